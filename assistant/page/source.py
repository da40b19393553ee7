"""The source panel as HTML: a document as it reads and, for a PDF, its page as it looks, with the quoted words marked.

A quote is marked only where the document holds the very words at the very place; otherwise the panel says so.
Everything that comes from a document passes `escape`; pictures come from this server alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from itertools import groupby, pairwise
from urllib.parse import quote_plus as quote_address
from urllib.parse import urlencode

from assistant.page import icons, texts
from assistant.page.grid import Cell, Grid, find_grids
from knowledge import Block, Document, PagePicture

PART = 60_000
"""Characters of a document that are shown around the quote, at most: some 20 printed pages, drawn at once."""

OUTLINED = 400
"""Headings of the outline, at most: what is longer is no outline any more."""

LEFT_OUT = 200
"""Pieces that cleaning left out which are shown, at most."""


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
    reference: str = ""
    """What was asked to be opened; turning a page or going to a heading asks for it again."""
    picture: PagePicture | None = None
    """A page of the original, with boxes for `pictured`."""
    pictured: tuple[Quote, ...] = ()
    pages: bool = False
    """Whether pages of the original can be drawn at all."""
    turned: bool = False
    """Whether the reader turned to the page that is shown."""
    around: int | None = None
    """The offset that a long document is shown around; None for the quote's."""


def render_source(view: View) -> str:
    """The HTML of the source panel."""
    document, current = view.document, view.current
    if document is None and current is None:
        return _frame(view, f'<p class="notice">{texts.SOURCE_UNKNOWN}</p>')
    if document is None or (current is not None and not holds(document, current)):
        return _frame(
            view, _then(document is None, current) + ("" if document is None else _document(view, document, []))
        )
    return _frame(view, _document(view, document, [mark for mark in view.quotes if holds(document, mark)]))


def holds(document: Document, quote: Quote) -> bool:
    """Whether the document still says the very words at the very place."""
    return (
        (document.collection, document.id) == (quote.collection, quote.document_id)
        and quote.document_hash in ("", document.content_hash)
        and document.text[quote.start : quote.end] == quote.text
    )


def _frame(view: View, body: str) -> str:
    title = view.document.title if view.document else view.current.title if view.current else texts.SOURCE
    region = f'tabindex="0" role="region" aria-label="{escape(title)}"'
    return (
        f'<div class="source" data-opened="{view.opened}" data-view="{_shown(view)}" '
        f'data-reference="{escape(view.reference)}"><header><div class="bar">{_steps(view)}'
        f'<button type="button" class="icon" data-close aria-label="{texts.CLOSE}">{icons.CLOSE}</button></div>'
        f'<h2 tabindex="-1">{escape(title)}</h2>{_facts(view)}{_tools(view)}</header>'
        f'<div class="document" {region}>{body}</div>{_paper(view)}</div>'
    )


def _shown(view: View) -> str:
    """What is shown at first: the page where the quote is marked on it or the reader turned to it, else the text."""
    return "page" if view.picture is not None and (view.turned or _boxes_of_current(view)) else "text"


def _tools(view: View) -> str:
    """The choice between page and text, the outline, and what was left out."""
    document = view.document
    if document is None:
        return ""
    tools = _views(view) + _outline(document) + _left_out(document)
    return f'<div class="tools">{tools}</div>' if tools else ""


def _views(view: View) -> str:
    if not view.pages:
        return ""
    turn = f' data-turn="{_page_of(view)}"' if view.picture is None else ""
    buttons = "".join(
        f'<button type="button" data-view="{name}" aria-pressed="{str(name == _shown(view)).lower()}"{more}>'
        f"{words}</button>"
        for name, words, more in (("page", texts.SOURCE_AS_PAGE, turn), ("text", texts.SOURCE_AS_TEXT, ""))
    )
    return f'<div class="views" role="group" aria-label="{texts.SOURCE_VIEWS}">{buttons}</div>'


def _page_of(view: View) -> int:
    """The page that the quote begins on, as far as the blocks tell; the first where nothing was quoted."""
    if view.document is None or view.current is None or not holds(view.document, view.current):
        return 1
    return place_of(view.document, view.current.start)[1] or 1


def _outline(document: Document) -> str:
    headings = [block for block in document.blocks if block.kind == "heading"]
    if len(headings) < 2:
        return ""
    rows = "".join(
        f'<li class="level-{min(max(block.level, 1), 4)}"><button type="button" data-heading="{block.start}"'
        + (f' data-page="{block.page}"' if block.page is not None else "")
        + f">{escape(document.text[block.start : block.end])}</button></li>"
        for block in headings[:OUTLINED]
    )
    more = f'<p class="notice">{texts.SOURCE_OUTLINE_MORE}</p>' if len(headings) > OUTLINED else ""
    return (
        f'<details class="drawer outline"><summary>{texts.SOURCE_OUTLINE}</summary>'
        f'<nav class="unfolded" aria-label="{texts.SOURCE_OUTLINE}"><ol>{rows}</ol>{more}</nav></details>'
    )


def _left_out(document: Document) -> str:
    omissions = document.omissions
    if not omissions:
        return ""
    rows = "".join(
        f'<li><span class="reason">{escape(omission.reason)}</span> {escape(omission.text)}</li>'
        for omission in omissions[:LEFT_OUT]
    )
    return (
        f'<details class="drawer left-out"><summary>{texts.SOURCE_LEFT_OUT} <span class="count">{len(omissions)}</span>'
        f'</summary><div class="unfolded"><p class="notice">{texts.SOURCE_LEFT_OUT_MEANING}</p><ul>{rows}</ul></div>'
        "</details>"
    )


def _boxes_of_current(view: View) -> bool:
    """Whether the clicked quote is marked on the picture."""
    if view.picture is None or view.current is None:
        return False
    marked = zip(view.pictured, view.picture.boxes, strict=True)
    return any(boxes for quote, boxes in marked if quote.reference == view.current.reference)


def _paper(view: View) -> str:
    """The page as a picture, with the words marked on it, and the way to the pages beside it."""
    picture, document = view.picture, view.document
    if picture is None or document is None:
        return ""
    name = texts.page_of(picture.number, picture.pages)
    asked = {"collection": document.collection, "document": document.id, "page": picture.number}
    address = f"/page.png?{urlencode({**asked, 'version': document.content_hash[:16]}, quote_via=quote_address)}"
    unmarked = view.current is not None and not view.turned and not _boxes_of_current(view)
    notice = f'<p class="notice">{texts.SOURCE_PAGE_UNMARKED}</p>' if unmarked else ""
    return (
        f'<div class="paper" tabindex="0" role="region" aria-label="{name}" data-page="{picture.number}">'
        f'<div class="turn">{_turn(picture.number - 1, picture.pages, texts.SOURCE_PAGE_BEFORE, icons.BEFORE)}'
        f"<span>{name}</span>{_turn(picture.number + 1, picture.pages, texts.SOURCE_PAGE_AFTER, icons.AFTER)}"
        f'<button type="button" class="icon" data-larger aria-pressed="false" aria-label="{texts.SOURCE_PAGE_LARGER}" '
        f'title="{texts.SOURCE_PAGE_LARGER}">{icons.LARGER}</button></div>'
        f'{notice}<div class="sheet"><img src="{escape(address)}" width="{picture.width}" height="{picture.height}" '
        f'alt="{escape(texts.page_picture(name, document.title))}">{_overlay(view, picture)}</div></div>'
    )


def _turn(number: int, pages: int, label: str, icon: str) -> str:
    off = "" if 1 <= number <= pages else " disabled"
    return f'<button type="button" class="icon" data-turn="{number}" aria-label="{label}"{off}>{icon}</button>'


def _overlay(view: View, picture: PagePicture) -> str:
    """Boxes over the words; those of the clicked quote last, so that they lie above."""
    current = view.current.reference if view.current else None
    marked = sorted(zip(view.pictured, picture.boxes, strict=True), key=lambda pair: pair[0].reference == current)
    boxes = "".join(
        f'<rect x="{box.left}" y="{box.top}" width="{box.right - box.left}" height="{box.bottom - box.top}" rx="3"'
        + (' class="current"' if quote.reference == current else "")
        + f' data-quote-of="{escape(quote.reference)}"/>'
        for quote, found in marked
        for box in found
    )
    return f'<svg viewBox="0 0 {picture.width} {picture.height}" aria-hidden="true">{boxes}</svg>' if boxes else ""


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


def _document(view: View, document: Document, quotes: Sequence[Quote]) -> str:
    current = view.current if quotes else None
    first, last = _part(document, view.around if view.around is not None else current.start if current else 0)
    marks = _Marks(document.text, quotes, current, first, last)
    pieces = list(_blocks(document, first, last, marks))
    if last - first < len(document.text):
        pieces.insert(0, f'<p class="notice">{texts.SOURCE_PART}</p>')
    return "".join(pieces)


def _part(document: Document, middle: int) -> tuple[int, int]:
    """The stretch of the text that is shown: all of it, or as much as fits around a place."""
    length = len(document.text)
    if length <= PART:
        return 0, length
    first = max(0, min(middle - PART // 2, length - PART))
    return first, min(length, first + PART)


def _blocks(document: Document, first: int, last: int, marks: _Marks) -> Iterator[str]:
    """The blocks of a stretch; those of a list and the rows of a table stand together, page by page."""
    shown = (
        replace(block, start=max(block.start, first), end=min(block.end, last))
        for block in document.blocks
        if max(block.start, first) < min(block.end, last)
    )
    page: int | None = None
    for (kind, number), group in groupby(shown, key=lambda block: (block.kind, block.page)):
        if number is not None and number != page:
            page = number
            yield f'<p class="page">{texts.page(number)}</p>'
        blocks = list(group)
        if kind == "table":
            yield from _tables(document.text, blocks, marks)
        else:
            words = "".join(_block(block, marks.render(block.start, block.end)) for block in blocks)
            yield f"<ul>{words}</ul>" if kind == "list item" else words


def _tables(text: str, blocks: Sequence[Block], marks: _Marks) -> Iterator[str]:
    """The tables that rows make up; rows that make up none are shown as the lines that they are."""
    following = iter(blocks)
    for grid in find_grids([text[block.start : block.end] for block in blocks]):
        rows = list(zip(grid.rows, following, strict=False))
        if grid.columns:
            body = "".join(f"<tr>{_row(grid, cells, block, marks)}</tr>" for cells, block in rows)
            table = f"<table>{_head(grid)}<tbody>{body}</tbody></table>"
            yield f'<div class="grid" tabindex="0" role="group" aria-label="{texts.SOURCE_TABLE}">{table}</div>'
        else:
            lines = "".join(f"<p>{marks.render(block.start, block.end)}</p>" for _, block in rows)
            yield f'<div class="rows">{lines}</div>'


def _head(grid: Grid) -> str:
    if not any(grid.columns):
        return ""
    names = "".join(f'<th scope="col">{escape(name)}</th>' if name else "<td></td>" for name in grid.columns)
    return f"<thead><tr>{names}</tr></thead>"


def _row(grid: Grid, cells: Mapping[int, Cell] | None, block: Block, marks: _Marks) -> str:
    """A row with all of its line in it: what the grid says already is seen only where it is marked."""
    if cells is None:
        return f'<td colspan="{len(grid.columns)}">{marks.render(block.start, block.end)}</td>'
    drawn = []
    ends = [*(cell.start for cell in cells.values()), block.end - block.start][1:]
    for place in range(len(grid.columns)):
        words = ""
        if cell := cells.get(place):
            edges = [block.start + edge for edge in (cell.start, cell.value, cell.end, ends.pop(0))]
            first = edges[0] if marks.touch(*edges[:2]) else edges[1]
            last = edges[3] if marks.touch(*edges[2:]) else edges[2]
            words = f"{_hidden(edges[0], first, marks)}{marks.render(first, last)}{_hidden(last, edges[3], marks)}"
        drawn.append(f'<th scope="row">{words}</th>' if grid.named and not place else f"<td>{words}</td>")
    return "".join(drawn)


def _hidden(start: int, end: int, marks: _Marks) -> str:
    return f"<span hidden>{marks.render(start, end)}</span>" if start < end else ""


def _block(block: Block, words: str) -> str:
    match block.kind:
        case "heading":
            level = min(max(block.level, 1) + 2, 6)  # the panel's own title is an h2
            return f'<h{level} tabindex="-1" data-at="{block.start}">{words}</h{level}>'
        case "list item":
            return f'<li class="level-{min(max(block.level, 1), 4)}">{words}</li>'
        case "code":
            return f'<pre tabindex="0"><code>{words}</code></pre>'
        case _:
            return f"<p>{words}</p>"


class _Marks:
    """Where marks begin and end within the part that is shown."""

    def __init__(self, text: str, quotes: Iterable[Quote], current: Quote | None, first: int, last: int) -> None:
        self._text = text
        self._quotes = [quote for quote in quotes if quote.start < last and quote.end > first]
        self._current = current.reference if current else None
        self._edges = sorted({edge for quote in self._quotes for edge in (quote.start, quote.end)})

    def render(self, start: int, end: int) -> str:
        """`text[start:end]`, escaped, with its marks; a mark over several blocks is one element in each."""
        inner = [edge for edge in self._edges if start < edge < end]
        edges = [start, *inner, end]
        return "".join(self._stretch(a, b) for a, b in pairwise(edges))

    def touch(self, start: int, end: int) -> bool:
        """Whether anything in `text[start:end]` is marked."""
        return any(quote.start < end and start < quote.end for quote in self._quotes)

    def _stretch(self, start: int, end: int) -> str:
        words = escape(self._text[start:end])
        over = [quote for quote in self._quotes if quote.start <= start and end <= quote.end]
        if not over or not words:
            return words
        current = any(quote.reference == self._current for quote in over)
        shown = next((q for q in over if q.reference == self._current), over[0])
        kind = ' class="current"' if current else ""
        return f'<mark{kind} data-quote-of="{escape(shown.reference)}">{words}</mark>'
