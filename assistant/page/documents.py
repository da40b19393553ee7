"""The documents as HTML: the list with what became of the files that were just sent, and which collections to ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Literal

from assistant.page import icons, texts
from assistant.page.visitor import NOBODY, PRIVATE, SHARED, Visitor
from knowledge import DocumentSummary


@dataclass(frozen=True, slots=True)
class Upload:
    """A file or an address that was sent, and how far it is."""

    name: str
    state: str
    """In words."""
    outcome: Literal["waiting", "working", "added", "skipped"] = "waiting"
    collection: str = ""
    """Where it is added."""
    held: Path | None = None
    """The file, where it can take the place of the document of its name."""

    @property
    def reference(self) -> str:
        """The document that it is, or takes the place of."""
        return f"document/{self.collection}/{self.name}"


FILTERED = 10
"""Documents up to which all are seen at a glance, so that there is nothing to filter."""


def render_documents(
    documents: Sequence[DocumentSummary],
    uploads: Sequence[Upload] = (),
    *,
    visitor: Visitor = NOBODY,
    folder: str = "",
    read_only: bool = False,
) -> str:
    """The HTML of the list; `folder` is the one that can be read again, where there is one.

    Where it is `read_only`, nothing can be added or removed.
    """
    ordered = sorted(documents, key=lambda document: document.collection)  # within one they keep their order
    groups = [(name, list(group)) for name, group in groupby(ordered, key=lambda document: document.collection)]
    heads = len(groups) > 1 or bool(visitor.user)
    listed = "".join(
        _collection(name, group, visitor, headed=heads, changeable=not read_only and visitor.may_change(name))
        for name, group in groups
    )
    return (
        ("" if read_only else _into([name for name, _ in groups], visitor))
        + _uploads(uploads)
        + (_filter(len(documents)) if len(documents) > FILTERED else "")
        + (listed or f'<p class="notice">{texts.NO_DOCUMENTS}</p>')
        + _folder(folder)
    )


def render_chooser(documents: Sequence[DocumentSummary], visitor: Visitor = NOBODY) -> str:
    """The HTML of the choice of collections that a question is asked of; empty where there is nothing to choose."""
    names = sorted({document.collection for document in documents})
    if len(names) < 2:
        return ""
    rows = "".join(
        f'<li><label><input type="checkbox" value="{escape(name)}" checked>'
        f"<span>{escape(collection_name(name, visitor))}</span>"
        f'<span class="count">{sum(document.collection == name for document in documents):,}</span></label></li>'
        for name in names
    )
    return (
        f'<details class="chooser" data-some="{texts.CHOOSER_SOME}" data-all="{texts.CHOOSER_ALL}">'
        f'<summary title="{texts.CHOOSER_LABEL}">{texts.CHOOSER_ALL}</summary>'
        f"<fieldset><legend>{texts.CHOOSER_LABEL}</legend><ul>{rows}</ul></fieldset></details>"
    )


def render_header(documents: int, note: str = "") -> str:
    """The HTML of the page's header; `note` is what the library is doing."""
    doing = f'<span class="note"><span class="pulse" aria-hidden="true"></span>{escape(note)}</span>' if note else ""
    return (
        f'<header class="top"><p class="brand">{icons.MARKER}<span>{texts.NAME}</span></p>{doing}<nav>'
        f'<button type="button" class="quiet" data-new aria-label="{texts.NEW_CONVERSATION}" '
        f'title="{texts.NEW_CONVERSATION}">{icons.NEW}</button>'
        f'<button type="button" class="quiet" data-theme-toggle aria-label="{texts.THEME}" title="{texts.THEME}">'
        f"{icons.THEME}</button>"
        f'<button type="button" class="quiet" data-settings aria-label="{texts.SETTINGS}" title="{texts.SETTINGS}">'
        f"{icons.SETTINGS}</button>"
        f'<button type="button" class="quiet labelled" data-check title="{texts.CHECK}">'
        f"{icons.CHECK}<span>{texts.CHECK}</span></button>"
        f'<button type="button" class="quiet labelled" data-documents>{icons.DOCUMENTS}'
        f'<span>{texts.DOCUMENTS}</span> <span class="count">{documents:,}</span></button>'
        "</nav></header>"
    )


def collection_name(name: str, visitor: Visitor = NOBODY) -> str:
    """A collection as its reader calls it."""
    if name.startswith(PRIVATE):
        return texts.COLLECTION_PRIVATE
    if name.startswith(SHARED):
        user = name.removeprefix(SHARED)
        return texts.COLLECTION_SHARED if user == visitor.user else texts.shared_by(user)
    return name


def is_address(origin: str) -> bool:
    """Whether that is an address of the web, and no file."""
    return origin.lower().startswith(("https://", "http://"))


def _into(names: Sequence[str], visitor: Visitor) -> str:
    """Where what is added goes: a user's own two collections, or one of any name."""
    if visitor.user:
        options = "".join(
            f'<option value="{escape(name)}">{escape(collection_name(name, visitor))}</option>'
            for name in visitor.collections
        )
        field = f"<select data-into>{options}</select>"
    else:
        options = "".join(f'<option value="{escape(name)}"></option>' for name in names)
        field = (
            f'<input type="text" data-into list="collections" maxlength="64" autocomplete="off" spellcheck="false" '
            f'value="{escape(visitor.collections[0])}"><datalist id="collections">{options}</datalist>'
        )
    return f'<label class="into"><span>{texts.INTO}</span>{field}</label>'


def _folder(folder: str) -> str:
    if not folder:
        return ""
    return (
        f'<div class="folder"><p>{texts.FOLDER} <span class="id">{escape(folder)}</span></p>'
        f'<button type="button" class="secondary" data-sync>{texts.FOLDER_SYNC}</button></div>'
    )


def _uploads(uploads: Sequence[Upload]) -> str:
    if not uploads:
        return ""
    rows = "".join(
        f'<li class="{upload.outcome}"><span class="name">{escape(upload.name)}</span>'
        f'<span class="state">{escape(upload.state)}</span>{_replace(upload)}</li>'
        for upload in uploads
    )
    ended = all(upload.outcome in ("added", "skipped") for upload in uploads)
    dismiss = f'<button type="button" class="quiet" data-dismiss>{texts.UPLOAD_DISMISS}</button>' if ended else ""
    return f'<div role="status"><ul class="uploads">{rows}</ul></div>{dismiss}'


def _replace(upload: Upload) -> str:
    if upload.held is None:
        return ""
    return (
        f'<button type="button" class="secondary" data-replace="{escape(upload.reference)}" '
        f'aria-label="{escape(texts.replace_label(upload.name))}">{texts.REPLACE}</button>'
    )


def _filter(documents: int) -> str:
    return (
        f'<div class="filter"><label class="search">{icons.SEARCH}<input type="search" maxlength="200" data-filter '
        f'autocomplete="off" aria-label="{texts.FILTER}" placeholder="{texts.FILTER}"></label>'
        f'<span class="count" role="status" data-count="{texts.FILTER_COUNT}" data-all="{documents}"></span></div>'
    )


def _collection(
    name: str, documents: Sequence[DocumentSummary], visitor: Visitor, *, headed: bool, changeable: bool
) -> str:
    rows = "".join(_document(document, changeable=changeable) for document in documents)
    head = (
        f'<h3 class="collection">{escape(collection_name(name, visitor))} <span class="count">{len(documents):,}</span>'
        "</h3>"
        if headed
        else ""
    )
    return f'{head}<ul class="documents">{rows}</ul>'


def _document(document: DocumentSummary, *, changeable: bool) -> str:
    facts = [
        document.author,
        texts.day(document.published) if document.published else None,
        texts.count(document.chunks, "chunk"),
    ]
    reference = escape(f"document/{document.collection}/{document.id}")
    again = (
        f'<button type="button" class="icon" data-again="{reference}" title="{texts.FETCH_AGAIN}" '
        f'aria-label="{escape(texts.fetch_again_label(document.title))}">{icons.AGAIN}</button>'
        if changeable and is_address(document.origin)
        else ""
    )
    remove = (
        f'<button type="button" class="icon" data-remove="{reference}" data-title="{escape(document.title)}" '
        f'aria-label="{escape(texts.remove_label(document.title))}">{icons.REMOVE}</button>'
        if changeable
        else ""
    )
    return (
        f'<li><button type="button" class="open" data-open="{reference}"><span class="title">{escape(document.title)}'
        f'</span><span class="below">{escape(" · ".join(fact for fact in facts if fact))}</span>'
        f'<span class="id">{escape(document.id)}</span></button>{again}{remove}</li>'
    )
