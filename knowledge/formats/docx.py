"""Word documents -> pieces."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from knowledge.formats.archive import check_archive
from knowledge.formats.byline import parse_date
from knowledge.formats.reading import Piece, Reading
from knowledge.formats.rows import table_pieces
from knowledge.types import Omission

if TYPE_CHECKING:
    from docx.document import Document as WordDocument
    from lxml.etree import _Element

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_FORMULA_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_CONTAINERS = frozenset(f"{_W}{name}" for name in ("sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag"))
_APART = frozenset((f"{_W}del", f"{_W}moveFrom", f"{_W}txbxContent", _FALLBACK))
"""Not part of a paragraph's text: what was deleted, and text boxes, which are read after it."""
_NOTE_REFERENCES = {f"{_W}footnoteReference": "footnotes", f"{_W}endnoteReference": "endnotes"}
_CHARACTERS = {f"{_W}tab": " ", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}
_HEADING_STYLE = re.compile(r"heading ([1-9])", re.IGNORECASE)
_LIST_STYLE = re.compile(r"list (?:bullet|number|paragraph)(?: (\d))?", re.IGNORECASE)
_EMPHASISED_HEADING_LIMIT = 120  # characters
_CELL_LIMIT = 500  # characters; a table with a longer cell lays out a page
_TEMPLATE_AUTHOR = "python-docx"
_TEMPLATE_DATE = date(2013, 12, 23)  # when python-docx's own template was made; it says nothing about the document
_MOST_OMISSIONS = 200
_REPORTED = 300  # characters of an omission


def read_docx(data: bytes) -> Reading:
    """The pieces of a Word document and what its properties say about it; hidden text is left out and listed.

    Raises UnreadableError for an archive that is not safe to open.
    """
    import docx

    check_archive(data)
    document = docx.Document(io.BytesIO(data))
    reader = _Reader(document)
    pieces = tuple(reader.pieces_of(document.element.body))
    properties = document.core_properties
    author, created = properties.author.strip(), parse_date(properties.created)
    return Reading(
        pieces=pieces,
        title=properties.title.strip() or None,
        author=None if author in ("", _TEMPLATE_AUTHOR) else author,
        created=None if created == _TEMPLATE_DATE else created,
        omissions=tuple(reader.omissions[:_MOST_OMISSIONS]),
    )


class _Reader:
    """Reads the body's own XML, since python-docx passes over content controls, inserted text and text boxes."""

    def __init__(self, document: WordDocument) -> None:
        self.omissions: list[Omission] = []
        self.style_names = {style.style_id: style.name or "" for style in document.styles}
        self.notes = _read_notes(document)
        """Footnotes and endnotes that have not been read, by kind and number."""
        self.heading_level = 1
        """Of the heading above."""

    def pieces_of(self, parent: _Element) -> Iterator[Piece]:
        for child in parent:
            if child.tag == f"{_W}p":
                yield from self.read_paragraph(child)
            elif child.tag == f"{_W}tbl":
                yield from self.read_table(child)
            elif child.tag in _CONTAINERS:
                yield from self.pieces_of(child)

    def read_paragraph(self, paragraph: _Element) -> Iterator[Piece]:
        text = self.text_of(paragraph)
        if text.strip():
            yield self.classify(paragraph, text)
        for box in paragraph.iter(f"{_W}txbxContent"):
            if next(box.iterancestors(_FALLBACK), None) is None:
                yield from self.pieces_of(box)
        yield from self.read_notes(paragraph)

    def read_notes(self, element: _Element) -> Iterator[Piece]:
        """The notes that hang on an element, each once in a document."""
        for reference in element.iter(*_NOTE_REFERENCES):
            note = self.notes.pop((_NOTE_REFERENCES[reference.tag], reference.get(f"{_W}id")), None)
            if note is not None:
                yield from self.pieces_of(note)

    def classify(self, paragraph: _Element, text: str) -> Piece:
        style = self.style_names.get(_value(paragraph, "pPr", "pStyle") or "", "")
        outline = _value(paragraph, "pPr", "outlineLvl")
        heading = _HEADING_STYLE.fullmatch(style)
        if heading or style == "Title" or (outline or "9") in "01234567":
            level = int(heading[1]) if heading else int(outline or "0") + 1
            self.heading_level = min(6, level)
            return Piece("heading", text, self.heading_level)
        item = _LIST_STYLE.fullmatch(style)
        numbering = _value(paragraph, "pPr", "numPr", "numId")
        if numbering != "0" and (numbering or (item and not style.lower().startswith("list paragraph"))):
            depth = int(_value(paragraph, "pPr", "numPr", "ilvl") or (int(item[1] or 1) - 1 if item else 0)) + 1
            return Piece("list item", text, max(1, min(6, depth)))
        if _is_emphasised_heading(paragraph, text):
            return Piece("heading", text, min(6, self.heading_level + 1))
        return Piece("paragraph", text)

    def text_of(self, element: _Element) -> str:
        return "".join(self.strings_of(element))

    def strings_of(self, element: _Element) -> Iterator[str]:
        for child in element:
            if child.tag in _APART:
                continue
            if child.tag == f"{_W}r" and _is_on(child, "vanish"):
                self.omissions.append(Omission(_all_text(child)[:_REPORTED], "hidden text"))
            elif child.tag in (f"{_W}t", _FORMULA_TEXT):
                yield child.text or ""
            elif child.tag in _CHARACTERS:
                yield _CHARACTERS[child.tag]
            elif child.tag != f"{_W}pPr":
                yield from self.strings_of(child)

    def read_table(self, table: _Element) -> Iterator[Piece]:
        rows = [_cells(row) for row in _unwrap(table, "tr")]
        nested = next(table.iterdescendants(f"{_W}tbl"), None) is not None
        texts = [] if nested else [[text for cell in row for text in self.cell_texts(cell)] for row in rows]
        if nested or any(len(text) > _CELL_LIMIT for row in texts for text in row):
            for cell in (cell for row in rows for cell in row):
                yield from self.pieces_of(cell)
            return
        first = next(iter(_unwrap(table, "tr")), None)
        named = first is not None and first.find(f"{_W}trPr/{_W}tblHeader") is not None
        yield from table_pieces(texts, header=True if named else None)
        yield from self.read_notes(table)

    def cell_texts(self, cell: _Element) -> list[str]:
        """The text of a cell, and nothing for each further column that it spans."""
        text = " ".join(filter(None, (self.text_of(paragraph).strip() for paragraph in cell.iter(f"{_W}p"))))
        span = _value(cell, "tcPr", "gridSpan") or "1"
        return [text, *[""] * (min(int(span), 100) - 1)] if span.isdecimal() else [text]


def _read_notes(document: WordDocument) -> dict[tuple[str, str | None], _Element]:
    from docx.oxml import parse_xml

    found = {}
    for relation in document.part.rels.values():
        kind = relation.reltype.rpartition("/")[2]
        if kind in _NOTE_REFERENCES.values() and not relation.is_external:
            for note in parse_xml(relation.target_part.blob):
                found[kind, note.get(f"{_W}id")] = note
    return found


def _cells(row: _Element) -> list[_Element]:
    return list(_unwrap(row, "tc"))


def _unwrap(parent: _Element, name: str) -> Iterator[_Element]:
    """The children of a name, also those inside content controls."""
    for child in parent:
        if child.tag == f"{_W}{name}":
            yield child
        elif child.tag in _CONTAINERS:
            yield from _unwrap(child, name)


def _value(element: _Element, *path: str) -> str | None:
    """The `w:val` of the element at the end of a path of names."""
    found = element.find("/".join(f"{_W}{name}" for name in path))
    return None if found is None else found.get(f"{_W}val")


def _is_on(run: _Element, switch: str) -> bool:
    found = run.find(f"{_W}rPr/{_W}{switch}")
    return found is not None and found.get(f"{_W}val") not in ("0", "false", "off")


def _all_text(element: _Element) -> str:
    return "".join(text.text or "" for text in element.iter(f"{_W}t"))


def _is_emphasised_heading(paragraph: _Element, text: str) -> bool:
    """Whether a paragraph is bold from end to end and does not end as a sentence does: a heading in all but style."""
    runs = [run for run in paragraph.iter(f"{_W}r") if _all_text(run).strip()]
    short = len(text) <= _EMPHASISED_HEADING_LIMIT and not text.rstrip().endswith((".", "!", ":", ";", ","))
    return short and bool(runs) and all(_is_on(run, "b") for run in runs)
