"""The list of documents as HTML, with what became of the files that were just sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

from assistant.page import icons, texts
from knowledge import DocumentSummary


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was sent, and how far it is."""

    name: str
    state: str
    """In words."""
    outcome: Literal["waiting", "working", "added", "skipped"] = "waiting"


def render_documents(documents: Sequence[DocumentSummary], uploads: Sequence[Upload] = ()) -> str:
    """The HTML of the list."""
    collections = {document.collection for document in documents}
    rows = "".join(_document(document, several=len(collections) > 1) for document in documents)
    listed = f'<ul class="documents">{rows}</ul>' if rows else f'<p class="notice">{texts.NO_DOCUMENTS}</p>'
    return _uploads(uploads) + listed


def render_header(documents: int, note: str = "") -> str:
    """The HTML of the page's header; `note` is what the library is doing."""
    doing = f'<span class="note"><span class="pulse" aria-hidden="true"></span>{escape(note)}</span>' if note else ""
    return (
        f'<header class="top"><p class="brand">{icons.MARKER}<span>{texts.NAME}</span></p>{doing}<nav>'
        f'<button type="button" class="quiet" data-new aria-label="{texts.NEW_CONVERSATION}" '
        f'title="{texts.NEW_CONVERSATION}">{icons.NEW}</button>'
        f'<button type="button" class="quiet" data-theme-toggle aria-label="{texts.THEME}" title="{texts.THEME}">'
        f"{icons.THEME}</button>"
        f'<button type="button" class="quiet labelled" data-documents aria-label="{texts.DOCUMENTS}, {documents}">'
        f'{icons.DOCUMENTS}<span>{texts.DOCUMENTS}</span><span class="count">{documents:,}</span></button>'
        "</nav></header>"
    )


def _uploads(uploads: Sequence[Upload]) -> str:
    rows = "".join(
        f'<li class="{upload.outcome}"><span class="name">{escape(upload.name)}</span>'
        f'<span class="state">{escape(upload.state)}</span></li>'
        for upload in uploads
    )
    return f'<ul class="uploads" role="status">{rows}</ul>' if rows else ""


def _document(document: DocumentSummary, *, several: bool) -> str:
    facts = [
        document.author,
        texts.day(document.published) if document.published else None,
        document.collection if several else None,
        texts.count(document.chunks, "chunk"),
    ]
    reference = escape(f"document/{document.collection}/{document.id}")
    return (
        f'<li><button type="button" class="open" data-open="{reference}"><span class="title">{escape(document.title)}'
        f'</span><span class="below">{escape(" · ".join(fact for fact in facts if fact))}</span>'
        f'<span class="id">{escape(document.id)}</span></button>'
        f'<button type="button" class="icon" data-remove="{reference}" data-title="{escape(document.title)}" '
        f'aria-label="{escape(texts.remove_label(document.title))}">{icons.REMOVE}</button></li>'
    )
