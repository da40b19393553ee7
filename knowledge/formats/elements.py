"""Elements of a page -> pieces, for HTML and for the tree that trafilatura makes of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from knowledge.formats.asking import is_question
from knowledge.formats.reading import Piece
from knowledge.formats.rows import table_pieces
from knowledge.types import BlockKind

if TYPE_CHECKING:
    from lxml.etree import _Element

_HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6, "summary": 0}
"""Level 0: one below the heading above."""
_LISTS = frozenset(("ul", "ol", "dl"))
_ITEMS = frozenset(("li", "dt", "dd"))
_CELLS = frozenset(("td", "th"))
# fmt: off
_BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "body", "caption", "center", "details", "dialog", "div", "fieldset",
    "figcaption", "figure", "footer", "form", "header", "hgroup", "hr", "legend", "main", "nav", "p", "pre", "section",
    "table", "tbody", "tfoot", "thead", "tr",
)).union(_HEADINGS, _LISTS, _ITEMS, _CELLS)
# fmt: on
_CELL_LIMIT = 500  # characters; a table with a longer cell lays out a page
_REGIONS = {
    "nav": "navigation",
    "aside": "aside",
    "footer": "page footer",
    "form": "form",
    "header": "page header",
    "navigation": "navigation",
    "complementary": "aside",
    "contentinfo": "page footer",
    "search": "form",
    "banner": "page header",
}
_COMMENTS = re.compile(r"(?:^|\s)(?:comments?|comments?[_-](?:list|area|section)|disqus_thread)(?:$|\s)")
_TRAFILATURA_TAGS = {
    "list": "ul",
    "item": "li",
    "row": "tr",
    "cell": "td",
    "lb": "br",
    "quote": "blockquote",
    "menu": "ul",
}
_LINE_BREAK = "\ue000"  # stands for `<br>` while the white space of the source is collapsed
_PARAGRAPH_BREAK = re.compile(rf"{_LINE_BREAK}\s*{_LINE_BREAK}")  # two line breaks are how old pages divide paragraphs
_SPACE = re.compile(r"\s+")


class Placed(NamedTuple):
    """A piece and the part of the page that it stands in; "" is the article."""

    piece: Piece
    region: str


def walk_elements(root: _Element) -> list[Placed]:
    """The pieces below an element, in reading order."""
    from lxml import etree

    walk = _Walk()
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if not isinstance(element.tag, str):
            continue  # a comment
        if event == "start":
            walk.begin(element, _tag(element))
        else:
            walk.end(element, _tag(element))
    return walk.placed


def _tag(element: _Element) -> str:
    """The element's tag in the words of HTML."""
    tag = str(element.tag)
    rend = element.get("rend") or ""
    match tag:
        case "head":
            return rend if rend in _HEADINGS else "summary"
        case "list" if rend in _LISTS:
            return rend
        case "item" if rend[:2] in _ITEMS:
            return rend[:2]
        case "cell" if element.get("role") == "head":
            return "th"
        case "code" if (parent := element.getparent()) is not None and parent.tag in ("body", "main", "quote"):
            return "pre"
    return _TRAFILATURA_TAGS.get(tag, tag)


@dataclass(frozen=True, slots=True)
class _Block:
    """A block that has begun and not ended."""

    tag: str
    region: str
    is_code: bool


@dataclass(slots=True)
class _Table:
    """What was read of a table of data that has not ended."""

    rows: list[list[str]] = field(default_factory=list)
    names: list[bool] = field(default_factory=list)
    """For each cell of the first row whether it is marked as a name."""
    depth: int = 1


@dataclass(slots=True)
class _Walk:
    placed: list[Placed] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    blocks: list[_Block] = field(default_factory=lambda: [_Block("", "", is_code=False)])
    numbers: list[int | None] = field(default_factory=list)
    """For each open list the number of its next item; None without numbers."""
    marker: str | None = None
    """From the beginning of an item to its first text: its number, or nothing."""
    heading_level: int = 1
    table: _Table | None = None

    def begin(self, element: _Element, tag: str) -> None:
        if tag == "br":
            self.text.append(_LINE_BREAK)
        elif tag in _BLOCKS:
            self.flush()
            self.blocks.append(self.block(element, tag))
        if self.table is not None:
            self.begin_in_table(self.table, tag)
        elif tag == "table" and _is_data(element):
            self.table = _Table()
        elif tag in _LISTS:
            self.numbers.append(1 if tag == "ol" else None)
        elif tag in _ITEMS:
            self.begin_item()
        self.text.append(element.text or "")

    def end(self, element: _Element, tag: str) -> None:
        if tag in _BLOCKS:
            self.flush()
            self.blocks.pop()
            if self.table is not None:
                self.end_in_table(self.table, tag)
            elif tag in _LISTS:
                self.numbers.pop()
                self.marker = None
        self.text.append(element.tail or "")

    def block(self, element: _Element, tag: str) -> _Block:
        above = self.blocks[-1]
        region = _REGIONS.get(element.get("role") or "") or _REGIONS.get(tag, "")
        if tag == "header" and any(block.tag in ("article", "main") for block in self.blocks):
            region = ""  # the article's own heading and byline
        if _COMMENTS.search(f"{element.get('class') or ''} {element.get('id') or ''}"):
            region = "comments"
        return _Block(tag, region or above.region, is_code=above.is_code or tag == "pre")

    def begin_item(self) -> None:
        self.marker = ""
        if self.numbers and (number := self.numbers[-1]) is not None:
            self.marker = f"{number}. "
            self.numbers[-1] = number + 1

    def begin_in_table(self, table: _Table, tag: str) -> None:
        if tag == "table":
            table.depth += 1
        elif tag == "tr":
            table.rows.append([])
        elif tag in _CELLS and table.rows:
            table.rows[-1].append("")
            if len(table.rows) == 1:
                table.names.append(tag == "th")

    def end_in_table(self, table: _Table, tag: str) -> None:
        table.depth -= tag == "table"
        if not table.depth:
            header = True if len(table.names) > 1 and all(table.names) else None
            self.placed += [Placed(piece, self.blocks[-1].region) for piece in table_pieces(table.rows, header=header)]
            self.table = None

    def flush(self) -> None:
        """What was read since the last boundary of a block becomes a piece of the innermost block."""
        raw = "".join(self.text)
        self.text.clear()
        block = self.blocks[-1]
        if block.is_code and self.table is None:
            self.add("code", raw.replace(_LINE_BREAK, "\n"))
            return
        for part in _PARAGRAPH_BREAK.split(raw):
            if text := _SPACE.sub(" ", part).replace(_LINE_BREAK, "\n").strip():
                self.place(block, text)

    def place(self, block: _Block, text: str) -> None:
        if self.table is not None and block.tag != "caption":
            self.add_to_cell(self.table, text)
        elif block.tag in _HEADINGS:
            level = _HEADINGS[block.tag]
            if level and not is_question(text):
                self.heading_level = level
            self.add("heading", text, level or min(6, self.heading_level + 1))
        elif block.tag == "dt" and is_question(text):
            self.add("heading", text, min(6, self.heading_level + 1))
        elif self.marker is not None and block.tag != "dd":
            self.add("list item", self.marker + text, max(1, min(6, len(self.numbers))))
            self.marker = None
        else:
            self.add("paragraph", text)

    def add(self, kind: BlockKind, text: str, level: int = 0) -> None:
        if text.strip():
            self.placed.append(Placed(Piece(kind, text, level), self.blocks[-1].region))

    def add_to_cell(self, table: _Table, text: str) -> None:
        if not table.rows:
            table.rows.append([])
        if not table.rows[-1]:
            table.rows[-1].append("")
        table.rows[-1][-1] = f"{table.rows[-1][-1]} {text}".strip()


def _is_data(table: _Element) -> bool:
    """Whether a table holds data; others lay out a page and are read cell by cell."""
    if next(table.iterdescendants("table"), None) is not None:
        return False
    return all(len("".join(map(str, cell.itertext()))) <= _CELL_LIMIT for cell in table.iter("td", "cell"))
