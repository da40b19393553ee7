"""A verdict as HTML: what the documents say of a sentence, with the quotes that it was judged by."""

from __future__ import annotations

from html import escape

from assistant.page import texts
from assistant.page.answer import where
from assistant.types import Citation, Verdict


def render_verdict(verdict: Verdict) -> str:
    """The HTML of a verdict."""
    label, meaning = texts.VERDICTS[verdict.support]
    kind = verdict.support.replace(" ", "-")
    rows = "".join(map(_judged_by, verdict.citations))
    judged = f'<h3>{texts.VERDICT_BY}</h3><ol class="nearest">{rows}</ol>' if rows else ""
    share = texts.verdict_probability(verdict.probability)
    return (
        f'<section class="verdict {kind}"><blockquote>{escape(verdict.claim)}</blockquote>'
        f'<p class="label">{label}</p><p>{escape(verdict.reason or meaning)}</p><p class="below">{share}</p>'
        f"{judged}</section>"
    )


def _judged_by(citation: Citation) -> str:
    place = where(citation.title, citation.heading, citation.page)
    return (
        f'<li><button type="button" data-open="verdict/{citation.number}">'
        f'<span class="quote">{escape(citation.quote)}</span><span class="below">{escape(place)}</span></button></li>'
    )


def render_unchecked(reason: str) -> str:
    """The HTML where a sentence could not be checked."""
    return f'<p class="notice">{escape(reason)}</p>'
