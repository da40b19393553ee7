"""The source panel as HTML: a document as it reads, with the quoted words marked.

A quote is marked only where the document holds the very words at the very place; otherwise the panel says so.
Everything that comes from a document passes `escape`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from urllib.parse import quote_plus as quote_address
from urllib.parse import urlencode

from assistant.page import icons, texts
from knowledge import Block, Document

PART = 60_000
"""Characters of a document that are shown around the quote, at most: some 20 printed pages, drawn at once."""


@dataclass(frozen=True, slots=True)
class Quote:
    """Words that an answer took from a document, as they stood when they were taken."""

    collection: str
    document_id: str
    document_hash: str
    """Empty where it is not known; the words themselves are then all that is compared."""
    start: int
    end: int
    text: str
    title: str
    reference: str
    """What a click on the quote asks to open."""


@dataclass(frozen=True, slots=True)
class View:
    """What the source panel is to show."""

    document: Document | None
    """None when it is no longer in the library."""
    quotes: tuple[Quote, ...] = ()
    """Every quote of the answer, in its order."""
    current: Quote | None = None
    """The quote that was clicked; None when a document is only looked at."""
    has_original: bool = False
    opened: int = 0
    """How many times the panel was opened in this session."""


def render_source(view: View) -> str:
    """The HTML of the source panel."""
    document, current = view.document, view.current
    if document is None and current is None:
        return _frame(view, f'<p class="notice">{texts.SOURCE_UNKNOWN}</p>')
    if document is None or (current is not None and not holds(document, current)):
        return _frame(
            view, _then(document is None, current) + ("" if document is None else _document(document, [], None))
        )
    marked = [mark for mark in view.quotes if holds(document, mark)]
    return _frame(view, _document(document, marked, current))


def holds(document: Document, quote: Quote) -> bool:
    """Whether the document still says the very words at the very place."""
    return (
        (document.collection, document.id) == (quote.collection, quote.document_id)
        and quote.document_hash in ("", document.content_hash)
        and document.text[quote.start : quote.end] == quote.text
    )


def _frame(view: View, body: str) -> str:
    title = view.document.title if view.document else view.current.title if view.current else texts.SOURCE
    return (
        f'<div class="source" data-opened="{view.opened}"><header><div class="bar">{_steps(view)}'
        f'<button type="button" class="icon" data-close aria-label="{texts.CLOSE}">{icons.CLOSE}</button></div>'
        f'<h2 tabindex="-1">{escape(title)}</h2>{_facts(view)}</header>'
        f'<div class="document" tabindex="0" role="region" aria-label="{escape(title)}">{body}</div></div>'
    )


def _steps(view: View) -> str:
    """Previous and next citation, and where the reader is among them."""
    if view.current is None or len(view.quotes) < 2:
        return f'<span class="position">{texts.SOURCE}</span>'
    place = next((i for i, quote in enumerate(view.quotes) if quote.reference == view.current.reference), 0)
    previous, following = view.quotes[place - 1], view.quotes[(place + 1) % len(view.quotes)]
    return (
        f'<button type="button" class="icon" data-open="{escape(previous.reference)}" '
        f'aria-label="{texts.SOURCE_PREVIOUS}">{icons.PREVIOUS}</button>'
        f'<span class="position">{texts.position(place + 1, len(view.quotes))}</span>'
        f'<button type="button" class="icon" data-open="{escape(following.reference)}" '
        f'aria-label="{texts.SOURCE_NEXT}">{icons.NEXT}</button>'
    )


def _facts(view: View) -> str:
    document = view.document
    if document is None:
        return ""
    facts = [document.author, texts.day(document.published) if document.published else None]
    if view.current is not None and holds(document, view.current):
        heading, page = place_of(document, view.current.start)
        facts += [heading if heading != document.title else None, texts.page(page) if page is not None else None]
    items = [f"<span>{escape(fact)}</span>" for fact in facts if fact]
    if document.origin.lower().startswith(("http://", "https://")):
        items.append(_link(document.origin, texts.SOURCE_ADDRESS))
    elif view.has_original:
        asked = urlencode({"collection": document.collection, "document": document.id}, quote_via=quote_address)
        items.append(_link(f"/original?{asked}", texts.SOURCE_ORIGINAL))
    return f'<p class="facts">{"".join(items)}</p>' if items else ""


def place_of(document: Document, offset: int) -> tuple[str | None, int | None]:
    """The heading above a place in a document, and the page that it stands on."""
    heading, page = None, None
    for block in document.blocks:
        if block.start > offset:
            break
        page = block.page
        if block.kind == "heading":
            heading = document.text[block.start : block.end]
    return heading, page


def _link(address: str, text: str) -> str:
    return f'<a href="{escape(address)}" target="_blank" rel="noopener noreferrer">{text}</a>'


def _then(gone: bool, current: Quote | None) -> str:
    said = f"<blockquote>{escape(current.text)}</blockquote>" if current else ""
    return f'<div class="notice"><p>{texts.SOURCE_GONE if gone else texts.SOURCE_CHANGED}</p>{said}</div>'


def _document(document: Document, quotes: Sequence[Quote], current: Quote | None) -> str:
    first, last = _part(document, current)
    marks = _Marks(document.text, quotes, current, first, last)
    pieces = list(_blocks(document, first, last, marks))
    if last - first < len(document.text):
        pieces.insert(0, f'<p class="notice">{texts.SOURCE_PART}</p>')
    return "".join(pieces)


def _part(document: Document, current: Quote | None) -> tuple[int, int]:
    """The stretch of the text that is shown: all of it, or as much as fits around the quote."""
    length = len(document.text)
    if length <= PART:
        return 0, length
    middle = current.start if current else 0
    first = max(0, min(middle - PART // 2, length - PART))
    return first, min(length, first + PART)


_GROUPS = {"list item": ("<ul>", "</ul>"), "table": ('<div class="rows">', "</div>")}
"""What stands around blocks of a kind that follow each other; a block of a table is one of its rows."""


def _blocks(document: Document, first: int, last: int, marks: _Marks) -> Iterator[str]:
    page: int | None = None
    closing, grouped = "", ""
    for block in document.blocks:
        start, end = max(block.start, first), min(block.end, last)
        if start >= end:
            continue
        turned = block.page is not None and block.page != page
        if closing and (turned or block.kind != grouped):
            yield closing
            closing, grouped = "", ""
        if turned:
            page = block.page
            yield f'<p class="page">{texts.page(block.page or 0)}</p>'
        if block.kind in _GROUPS and not closing:
            opening, closing = _GROUPS[block.kind]
            grouped = block.kind
            yield opening
        yield _block(block, marks.render(start, end))
    yield closing


def _block(block: Block, words: str) -> str:
    match block.kind:
        case "heading":
            level = min(max(block.level, 1) + 2, 6)  # the panel's own title is an h2
            return f"<h{level}>{words}</h{level}>"
        case "list item":
            return f'<li class="level-{min(max(block.level, 1), 4)}">{words}</li>'
        case "code":
            return f"<pre><code>{words}</code></pre>"
        case _:
            return f"<p>{words}</p>"


class _Marks:
    """Where marks begin and end within the part that is shown."""

    def __init__(self, text: str, quotes: Iterable[Quote], current: Quote | None, first: int, last: int) -> None:
        self._text = text
        self._quotes = [quote for quote in quotes if quote.start < last and quote.end > first]
        if current is not None and all(quote.reference != current.reference for quote in self._quotes):
            self._quotes.append(current)
        self._current = current.reference if current else None
        self._edges = sorted({edge for quote in self._quotes for edge in (quote.start, quote.end)})

    def render(self, start: int, end: int) -> str:
        """`text[start:end]`, escaped, with its marks; a mark over several blocks is one element in each."""
        inner = [edge for edge in self._edges if start < edge < end]
        edges = [start, *inner, end]
        return "".join(self._stretch(a, b) for a, b in pairwise(edges))

    def _stretch(self, start: int, end: int) -> str:
        words = escape(self._text[start:end])
        over = [quote for quote in self._quotes if quote.start <= start and end <= quote.end]
        if not over or not words:
            return words
        current = any(quote.reference == self._current for quote in over)
        shown = next((q for q in over if q.reference == self._current), over[0])
        kind = ' class="current"' if current else ""
        return f'<mark{kind} data-quote-of="{escape(shown.reference)}">{words}</mark>'
