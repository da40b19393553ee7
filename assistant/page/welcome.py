"""What stands on the page before the first question: what this is, and the documents' own questions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from html import escape
from itertools import chain, zip_longest

from assistant.page import texts
from knowledge import DocumentQuestion

SHOWN = 6
"""Questions offered at first: two or three rows of cards, on one screen with the question box."""


def render_welcome(questions: Sequence[DocumentQuestion], titles: Mapping[tuple[str, str], str]) -> str:
    """The HTML of the welcome; `titles` names the documents by collection and id."""
    cards = "".join(
        f'<li><button type="button" class="card" data-ask="{escape(one.question)}"><span class="ask">'
        f'{escape(one.question)}</span><span class="below">{escape(titles.get((one.collection, one.document_id), ""))}'
        "</span></button></li>"
        for one in choose_questions(questions, SHOWN)
    )
    offered = f'<h2>{texts.OWN_QUESTIONS}</h2><ul class="cards">{cards}</ul>' if cards else ""
    about = "".join(
        f'<button type="button" class="suggestion" data-ask="{escape(question)}">{escape(question)}</button>'
        for question in texts.ABOUT_THE_DOCUMENTS
    )
    return (
        f'<div class="welcome"><h1>{texts.WELCOME}</h1><p class="lead">{texts.WELCOME_LEAD}</p>{offered}'
        f'<div class="about">{about}</div></div>'
    )


def render_empty(*, read_only: bool = False) -> str:
    """The HTML of the welcome where there are no documents; with `read_only` none is added in the page."""
    if read_only:
        return f'<div class="welcome"><h1>{texts.NO_DOCUMENTS}</h1><p class="lead">{texts.READ_ONLY}</p></div>'
    return (
        f'<div class="welcome"><h1>{texts.WELCOME_EMPTY}</h1><p class="lead">{texts.WELCOME_EMPTY_LEAD}</p>'
        f'<button type="button" class="primary" data-documents>{texts.ADD_DOCUMENTS}</button></div>'
    )


def render_indexing(state: str, share: float | None) -> str:
    """The HTML of the welcome while the library is made; `share` is how much is done, 0 to 1, where it is known."""
    known = f' value="{share:.3f}"' if share is not None else ""
    return (
        f'<div class="welcome" aria-busy="true"><h1>{texts.INDEXING}</h1><p class="lead">{texts.INDEXING_LEAD}</p>'
        f'<div class="indexing"><progress max="1"{known} aria-label="{texts.INDEXING}"></progress>'
        f'<p role="status">{escape(state)}</p></div></div>'
    )


def render_failed(reason: str) -> str:
    """The HTML of the welcome where the library cannot be opened."""
    return f'<div class="welcome"><h1>{texts.LIBRARY_FAILED}</h1><p class="lead">{escape(reason)}</p></div>'


def choose_questions(questions: Sequence[DocumentQuestion], limit: int) -> list[DocumentQuestion]:
    """At most `limit` of the questions, none twice: every document's first, then every document's second, and so on."""
    by_document: dict[tuple[str, str], list[DocumentQuestion]] = {}
    for question in questions:
        by_document.setdefault((question.collection, question.document_id), []).append(question)
    rounds = chain.from_iterable(zip_longest(*by_document.values()))
    chosen: dict[str, DocumentQuestion] = {}
    for one in rounds:
        if one is not None:
            chosen.setdefault(one.question.casefold(), one)
    return list(chosen.values())[:limit]


def nearby_questions(
    questions: Sequence[DocumentQuestion], documents: Collection[tuple[str, str]], asked: Collection[str], limit: int
) -> list[str]:
    """At most `limit` questions, not yet asked, of the documents (collection and id) that an answer rests on."""
    near = [
        one
        for one in questions
        if (one.collection, one.document_id) in documents and one.question.casefold() not in asked
    ]
    return [one.question for one in choose_questions(near, limit)]
