"""The list of a visitor's conversations as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from assistant.page import icons, texts
from assistant.page.visitor import Visitor
from assistant.records import LISTED, ConversationSummary


def render_conversations(summaries: Sequence[ConversationSummary], *, searched: bool, visitor: Visitor) -> str:
    """The HTML of the list; `searched` says that these are the ones that a search found."""
    rows = "".join(_row(summary) for summary in summaries)
    if not visitor.key:
        said = texts.CONVERSATIONS_NOT_KEPT
    elif not rows:
        said = texts.CONVERSATIONS_NOT_FOUND if searched else texts.CONVERSATIONS_NONE
    else:
        said = texts.CONVERSATIONS_MORE if len(summaries) == LISTED else ""
    listed = f'<ul class="names-of-conversations">{rows}</ul>' if rows else ""
    return listed + (f'<p class="notice">{said}</p>' if said else "") + _signed_in(visitor)


def _row(summary: ConversationSummary) -> str:
    name, title = escape(summary.id), escape(summary.title)
    return (
        f'<li data-row="{name}"><button type="button" class="open" data-conversation="{name}" title="{title}">{title}'
        f'</button><a class="icon" href="/conversation.md?id={name}" download data-download="{name}" '
        f'title="{texts.DOWNLOAD}" aria-label="{escape(texts.download_label(summary.title))}">{icons.DOWNLOAD}</a>'
        f'<button type="button" class="icon" data-rename="{name}" title="{texts.RENAME}" '
        f'aria-label="{escape(texts.rename_label(summary.title))}">{icons.RENAME}</button>'
        f'<button type="button" class="icon" data-forget="{name}" title="{texts.DELETE}" '
        f'aria-label="{escape(texts.delete_label(summary.title))}">{icons.REMOVE}</button></li>'
    )


def _signed_in(visitor: Visitor) -> str:
    if not visitor.user:
        return ""
    return (
        f'<form class="signed-in" method="post" action="/logout"><span>{escape(texts.signed_in(visitor.user))}</span>'
        f'<button type="submit" class="quiet">{texts.SIGN_OUT}</button></form>'
    )
