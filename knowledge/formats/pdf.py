"""PDF -> pieces with their pages: lines joined into paragraphs, without running headers, footers and page numbers."""

from __future__ import annotations

import ctypes
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from knowledge.formats.byline import parse_date
from knowledge.formats.lines import join_rows, words_of
from knowledge.formats.reading import Piece, Reading, UnreadableError
from knowledge.types import BlockKind, Omission

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfTextPage

_LARGER = 1.1  # times the size of the body: a heading; running text keeps within 5 % of one size
_SAME_SIZE = 0.06  # relative difference of sizes within a paragraph
_HEADING_LIMIT = 150  # characters
_GAP = 1.3  # times the usual distance of lines: a new paragraph; most are set half a line apart
_INDENT = 0.8  # times the size: the first line of a paragraph; most are set in by one size or more
_EDGE_LINES = 3  # at the top and at the bottom of a page, that may be running headers and footers
_SAME_HEIGHT = 2.0  # points; most running lines stand at one height on all pages
_RUNNING_SHARE = 0.3  # of the pages; left and right pages may have lines of their own, title pages none
_RUNNING_PAGES = 6  # at one height that is enough in a long document, whose chapters have lines of their own
_NUMERIC_SHARE = 0.4  # of the words of a line: a row of a table
_UNMAPPED_SHARE = 0.2  # of the characters: the fonts do not say which letters they draw
_REPORTED = 300  # characters of an omission

_LINE_END = re.compile("(?P<hyphen>\ufffe)|\r\n|\n|\r")  # PDFium gives U+FFFE for a hyphen with the line end after it
_NOT_SPACE = re.compile(r"\S")
_UNMAPPED = re.compile("[\ufffd\ue000-\uf8ff]")
_BOLD = re.compile(rb"bold|black|heavy|demi", re.IGNORECASE)
_PAGE_NUMBER = re.compile(
    r"(?:page |p\. ?)?[-–—|( ]{0,3}(?P<number>\d{1,4})[-–—|) ]{0,3}(?:(?:of|/) ?\d{1,4})?", re.IGNORECASE
)
_PAGE_AT_AN_END = re.compile(r"^\d{1,4}\b|\b\d{1,4}$")
_NUMERIC = re.compile(r"[-–—(]?[$€£¥]?[-–(]?\d[\d.,:/]*\)?%?\)?|[$€£¥%—–)-]")
_CONTENTS_LINE = re.compile(r"[^\W\d_a-z].* \d{1,3}$")
_FIGURE_FIRST = re.compile(r"[$€£¥(]?\d[\d.,]*\S? ")
_SENTENCE_END = re.compile(r"[.!?…:;][\"'”’)\]]{0,2}$")
_ITEM = re.compile(r"(?P<bullet>[*•‣◦▪●○·–-] +)?(?(bullet)|(?:\(?\d{1,2}[.)]|\([a-z]\)) +)(?P<text>\S.*)")
_NO_PROPERTY = frozenset(("", "(unspecified)", "(anonymous)", "unspecified", "anonymous", "untitled", "unknown"))
_FILE_NAME = re.compile(r".{1,200}\.(?:docx?|indd|pages|pdf|pptx?|qxd|rtf|tex|xlsx?)|[\d_-]{6,}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Line:
    """A printed line. Lengths are points (1/72 inch) from the page's lower left corner."""

    text: str
    page: int
    size: float
    """Height of its letters, from the lowest descender to the highest ascender."""
    is_bold: bool
    left: float
    right: float
    base: float
    """Its lower edge."""

    @property
    def letter(self) -> float:
        """Mean width of its letters."""
        return (self.right - self.left) / max(1, len(self.text))

    @property
    def is_row(self) -> bool:
        """Whether it is a row of figures."""
        words = self.text.split()
        numeric = sum(_NUMERIC.fullmatch(word) is not None for word in words)
        ends_sentence = self.text[0].islower() and self.text[-1] in ".;"
        return numeric >= 2 and numeric >= _NUMERIC_SHARE * len(words) and not ends_sentence


def read_pdf(data: bytes) -> Reading:
    """The pieces of a PDF and what its properties say about it.

    Raises UnreadableError for a damaged or encrypted file and for one without a text layer that can be read.
    """
    document = _open(data)
    try:
        pages = [_read_page(document, number) for number in range(len(document))]
        textless = _pictures_only(document, pages)
        properties = document.get_metadata_dict()
    finally:
        document.close()
    _check_text(pages)
    lines, running = _remove_running_lines(pages)
    return Reading(
        pieces=tuple(_read_groups(_group_lines(lines), lines)),
        title=_property(properties.get("Title", "")),
        author=_property(properties.get("Author", "")),
        created=_created(properties.get("CreationDate", "")),
        omissions=(*running, *textless),
    )


# File -> lines


def _open(data: bytes) -> PdfDocument:
    import pypdfium2
    from pypdfium2 import raw

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if error.err_code == raw.FPDF_ERR_PASSWORD:
            raise UnreadableError("it is protected with a password; save a copy without one") from error
        if error.err_code == raw.FPDF_ERR_SECURITY:
            raise UnreadableError("its kind of encryption is not known; save a copy without it") from error
        raise UnreadableError("it is a damaged or cut-off PDF; get it again") from error
    if len(document) == 0:
        document.close()
        raise UnreadableError("it is a PDF without pages")
    return document


def _read_page(document: PdfDocument, number: int) -> list[_Line]:
    page = document[number]
    try:
        text_page = page.get_textpage()
        try:
            text = text_page.get_text_range()
            lines = []
            start = 0
            for end in _LINE_END.finditer(text):
                lines += _read_line(text_page, text, start, end.start(), end["hyphen"] is not None, number + 1)
                start = end.end()
            lines += _read_line(text_page, text, start, len(text), False, number + 1)
            return lines
        finally:
            text_page.close()
    finally:
        page.close()


def _read_line(page: PdfTextPage, text: str, start: int, end: int, divided: bool, number: int) -> list[_Line]:
    from pypdfium2 import raw

    words = text[start:end]
    stripped = words.strip()
    if not stripped:
        return []
    first_at = start + len(words) - len(words.lstrip())
    first = max(0, raw.FPDFText_GetCharIndexFromTextIndex(page, first_at))
    last = max(0, raw.FPDFText_GetCharIndexFromTextIndex(page, first_at + len(stripped) - 1))
    left, bottom, _, top = page.get_charbox(first, loose=True)
    _, _, right, _ = page.get_charbox(last, loose=True)
    is_bold = _is_bold(page, first) and _is_bold(page, last)
    shown = " ".join(stripped.split()) + ("-" if divided else "")
    return [_Line(shown, number, top - bottom, is_bold, left, max(left, right), bottom)]


def _is_bold(page: PdfTextPage, index: int) -> bool:
    from pypdfium2 import raw

    name = ctypes.create_string_buffer(128)
    length = raw.FPDFText_GetFontInfo(page, index, name, len(name), ctypes.c_int())
    return 0 < length <= len(name) and _BOLD.search(name.value) is not None


def _pictures_only(document: PdfDocument, pages: Sequence[Sequence[_Line]]) -> list[Omission]:
    """The pages that have a picture and no text, as scanned pages do."""
    from pypdfium2 import raw

    omissions = []
    for number, lines in enumerate(pages):
        if lines:
            continue
        page = document[number]
        try:
            if next(page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE]), None) is not None:
                omissions.append(Omission(f"page {number + 1}", "picture without a text layer"))
        finally:
            page.close()
    return omissions


def _check_text(pages: Sequence[Sequence[_Line]]) -> None:
    text = "".join(line.text for lines in pages for line in lines)
    if not text:
        raise UnreadableError(
            "it has no text layer (its pages are pictures, as of a scanner); run text recognition on it"
        )
    if len(_UNMAPPED.findall(text)) > _UNMAPPED_SHARE * len(text):
        raise UnreadableError("its fonts do not say which letters they draw; run text recognition on it")


# Lines -> groups of lines


def _remove_running_lines(pages: Sequence[Sequence[_Line]]) -> tuple[list[_Line], list[Omission]]:
    """The lines without running headers, footers and page numbers, and what these were."""
    edges = [_edges(lines) for lines in pages]
    numbers = _page_numbers(edges)
    worded = [line for edge in edges for line in edge if not _PAGE_NUMBER.fullmatch(line.text)]
    running = _running_lines(worded, len(pages))
    kept = [line for lines in pages for line in lines if id(line) not in numbers and id(line) not in running]
    shown = {_running_key(line.text): line.text for line in reversed(list(running.values()))}
    omissions = [Omission(text[:_REPORTED], "running header or footer") for text in reversed(shown.values())]
    if numbers:
        omissions.append(Omission(", ".join(line.text for line in numbers.values())[:_REPORTED], "page number"))
    return kept, omissions


def _page_numbers(edges: Sequence[Sequence[_Line]]) -> dict[int, _Line]:
    """The lines, by identity, that count the pages: each is as far from the number of its sheet as the others."""
    places: defaultdict[int, list[_Line]] = defaultdict(list)
    for edge in edges:
        for line in edge:
            if found := _PAGE_NUMBER.fullmatch(line.text):
                places[int(found["number"]) - line.page].append(line)
    enough = max(2, _RUNNING_SHARE * len(edges))
    return {id(line): line for lines in places.values() if len(lines) >= enough for line in lines}


def _running_lines(lines: Sequence[_Line], pages: int) -> dict[int, _Line]:
    """The lines, by identity, that say the same on many pages, or on some at one height."""
    found: dict[int, _Line] = {}
    places: defaultdict[str, list[_Line]] = defaultdict(list)
    for line in lines:
        places[_running_key(line.text)].append(line)
    for same in places.values():
        anywhere = len({line.page for line in same}) >= max(_RUNNING_PAGES, _RUNNING_SHARE * pages)
        heights: defaultdict[int, set[int]] = defaultdict(set)
        for line in same:
            heights[round(line.base / _SAME_HEIGHT)].add(line.page)
        for line in same:
            height = round(line.base / _SAME_HEIGHT)
            level = heights[height - 1] | heights[height] | heights[height + 1]
            if anywhere or len(level) >= min(_RUNNING_PAGES, max(2, _RUNNING_SHARE * pages)):
                found[id(line)] = line
    return found


def _edges(lines: Sequence[_Line]) -> list[_Line]:
    by_height = sorted(lines, key=lambda line: line.base)
    return by_height if len(lines) <= 2 * _EDGE_LINES else by_height[:_EDGE_LINES] + by_height[-_EDGE_LINES:]


def _running_key(text: str) -> str:
    """A line without the number of the page at its beginning or end."""
    return _PAGE_AT_AN_END.sub("#", text.casefold())


def _group_lines(lines: Sequence[_Line]) -> list[list[_Line]]:
    """The lines of each paragraph, heading, list item or row."""
    gaps = _usual_gaps(lines)
    edges = _right_edges(lines)
    groups: list[list[_Line]] = []
    for line in lines:
        if groups and _continues(groups[-1], line, gaps, edges):
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def _continues(
    group: Sequence[_Line], line: _Line, gaps: dict[int, float], edges: dict[tuple[int, int], float]
) -> bool:
    """Whether a line goes on with the paragraph above it."""
    last = group[-1]
    if last.is_row or line.is_row or _ITEM.fullmatch(line.text):
        return False
    if any(form.match(last.text) and form.match(line.text) for form in (_CONTENTS_LINE, _FIGURE_FIRST)):
        return False
    if abs(line.size - last.size) > _SAME_SIZE * last.size or line.is_bold != last.is_bold:
        return False
    mid_sentence = line.text[0].islower() and not _SENTENCE_END.search(last.text)
    divided = last.text.endswith("-") and line.text[0].islower()
    gap = last.base - line.base
    if line.page != last.page or gap < 0:  # the next page or column
        return mid_sentence or divided
    if gap < 0.3 * line.size:
        return False  # another cell of the same row
    if gap > _GAP * gaps.get(round(line.size), 1.2 * line.size):
        return False
    if mid_sentence or divided:
        return True
    if line.left > last.left + _INDENT * line.size and not _ITEM.fullmatch(group[0].text):
        return False
    room = edges[_column(last)] - last.right
    first_word = len(line.text.split(" ", 1)[0]) + 1
    return room < first_word * line.letter


def _usual_gaps(lines: Sequence[_Line]) -> dict[int, float]:
    """The usual distance of lines, by size."""
    found: defaultdict[int, list[float]] = defaultdict(list)
    for above, below in pairwise(lines):
        gap = above.base - below.base
        if (
            above.page == below.page
            and round(above.size) == round(below.size)
            and 0.5 * below.size < gap < 2 * below.size
        ):
            found[round(below.size)].append(gap)
    return {size: median(distances) for size, distances in found.items()}


def _right_edges(lines: Sequence[_Line]) -> dict[tuple[int, int], float]:
    """How far the lines of each column reach."""
    edges: dict[tuple[int, int], float] = {}
    for line in lines:
        column = _column(line)
        edges[column] = max(edges.get(column, 0.0), line.right)
    return edges


def _column(line: _Line) -> tuple[int, int]:
    return line.page, round(line.left / 100)  # columns begin at least 150 points apart, paragraphs of one within 40


# Groups -> pieces


def _read_groups(groups: Sequence[Sequence[_Line]], lines: Sequence[_Line]) -> Iterable[Piece]:
    words = words_of(line.text for line in lines)
    texts = [join_rows([line.text for line in group], words=words, typeset=True) for group in groups]
    levels = _heading_levels(groups, texts)
    for group, text, level in zip(groups, texts, levels, strict=True):
        kind: BlockKind = "paragraph"
        if level:
            kind = "heading"
        elif group[0].is_row:
            kind = "table"
        elif item := _ITEM.fullmatch(text):
            kind, level = "list item", 1
            text = item["text"] if item["bullet"] else text
        yield Piece(kind, text, level, group[0].page)


def _heading_levels(groups: Sequence[Sequence[_Line]], texts: Sequence[str]) -> list[int]:
    """For each group the level of the heading that it is, by its size, then by its weight; 0 for what is none."""
    body = _body_size(groups)
    count = sum(map(len, groups))
    bold_stands_out = sum(line.is_bold for group in groups for line in group) < 0.5 * count
    ranks: list[float | None] = []  # size in sizes of the body; the last rank, 1.0, is bold letters of the body's size
    for group, text in zip(groups, texts, strict=True):
        size = group[0].size / body
        rank = round(size, 1) if size > _LARGER else 1.0 if group[0].is_bold and bold_stands_out else None
        ranks.append(rank if _may_head(group, text) else None)
    _drop_table_heads(groups, ranks)
    order = sorted({rank for rank in ranks if rank is not None}, reverse=True)
    return [0 if rank is None else min(6, order.index(rank) + 1) for rank in ranks]


def _drop_table_heads(groups: Sequence[Sequence[_Line]], ranks: list[float | None]) -> None:
    """Bold lines above a row of figures name its columns, and head no text."""
    above_row = True  # below the last group stands nothing to head
    for number in range(len(groups) - 1, -1, -1):
        if above_row and ranks[number] == 1.0:
            ranks[number] = None
        line = groups[number][0]
        above_row = line.is_row or (above_row and line.is_bold)


def _may_head(group: Sequence[_Line], text: str) -> bool:
    if len(text) > _HEADING_LIMIT or group[0].is_row or not any(map(str.isalpha, text)):
        return False
    return text.endswith("?") or _SENTENCE_END.search(text) is None


def _body_size(groups: Sequence[Sequence[_Line]]) -> float:
    sizes: Counter[float] = Counter()
    for group in groups:
        for line in group:
            sizes[round(line.size, 1)] += len(line.text)
    return max(0.1, sizes.most_common(1)[0][0]) if sizes else 1.0


# Properties


def _property(value: str) -> str | None:
    value = " ".join(value.split()).removeprefix("Microsoft Word - ")
    return None if value.casefold() in _NO_PROPERTY or _FILE_NAME.fullmatch(value) else value


def _created(value: str) -> date | None:
    found = re.match(r"(?:D:)?(\d{4})(\d{2})(\d{2})", value)
    return parse_date("-".join(found.groups())) if found else None
