"""Printed lines -> pieces: paragraphs, headings, list items and rows, found from sizes, weights and distances."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from knowledge.formats.lines import join_rows, words_of
from knowledge.formats.reading import Piece
from knowledge.types import BlockKind

LARGER = 1.1
"""Times the size of the body: a heading. Running text keeps within 5 % of one size."""
SAME_SIZE = 0.06
"""Relative difference of sizes within a paragraph."""

_HEADING_LIMIT = 150  # characters
_GAP = 1.3  # times the usual distance of lines: a new paragraph; most are set half a line apart
_INDENT = 0.8  # times the size: the first line of a paragraph; most are set in by one size or more
_NUMERIC_SHARE = 0.4  # of the words of a line: a row of a table

_NUMERIC = re.compile(r"[-–—(]?[$€£¥]?[-–(]?\d[\d.,:/]*\)?%?\)?|[$€£¥%—–)-]")
_CONTENTS_LINE = re.compile(r"[^\W\d_a-z].* \d{1,3}$")
_FIGURE_FIRST = re.compile(r"[$€£¥(]?\d[\d.,]*\S? ")
_SENTENCE_END = re.compile(r"[.!?…:;][\"'”’)\]]{0,2}$")
_ITEM = re.compile(r"(?P<bullet>[*•‣◦▪●○·–-] +)?(?(bullet)|(?:\(?\d{1,2}[.)]|\([a-z]\)) +)(?P<text>\S.*)")


@dataclass(frozen=True, slots=True)
class Line:
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


def read_layout(lines: Sequence[Line]) -> list[Piece]:
    """The pieces that a document's lines make, in the order of the lines; a piece has the page on which it begins."""
    groups = _group_lines(lines)
    words = words_of(line.text for line in lines)
    texts = [join_rows([line.text for line in group], words=words, typeset=True) for group in groups]
    levels = _heading_levels(groups, texts)
    return [_piece(group[0], text, level) for group, text, level in zip(groups, texts, levels, strict=True)]


def body_size(lines: Iterable[Line]) -> float:
    """The size of most characters."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size, 1)] += len(line.text)
    return max(0.1, sizes.most_common(1)[0][0]) if sizes else 1.0


# Lines -> groups


def _group_lines(lines: Sequence[Line]) -> list[list[Line]]:
    """The lines of each paragraph, heading, list item or row."""
    gaps = _usual_gaps(lines)
    edges = _right_edges(lines)
    groups: list[list[Line]] = []
    for line in lines:
        if groups and _continues(groups[-1], line, gaps, edges):
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def _continues(group: Sequence[Line], line: Line, gaps: dict[int, float], edges: dict[tuple[int, int], float]) -> bool:
    """Whether a line goes on with the paragraph above it."""
    last = group[-1]
    if last.is_row or line.is_row or _ITEM.fullmatch(line.text):
        return False
    if any(form.match(last.text) and form.match(line.text) for form in (_CONTENTS_LINE, _FIGURE_FIRST)):
        return False
    if abs(line.size - last.size) > SAME_SIZE * last.size or line.is_bold != last.is_bold:
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


def _usual_gaps(lines: Sequence[Line]) -> dict[int, float]:
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


def _right_edges(lines: Sequence[Line]) -> dict[tuple[int, int], float]:
    """How far the lines of each column reach."""
    edges: dict[tuple[int, int], float] = {}
    for line in lines:
        column = _column(line)
        edges[column] = max(edges.get(column, 0.0), line.right)
    return edges


def _column(line: Line) -> tuple[int, int]:
    return line.page, round(line.left / 100)  # columns begin at least 150 points apart, paragraphs of one within 40


# Groups -> pieces


def _piece(first: Line, text: str, level: int) -> Piece:
    kind: BlockKind = "paragraph"
    if level:
        kind = "heading"
    elif first.is_row:
        kind = "table"
    elif item := _ITEM.fullmatch(text):
        kind, level = "list item", 1
        text = item["text"] if item["bullet"] else text
    return Piece(kind, text, level, first.page)


def _heading_levels(groups: Sequence[Sequence[Line]], texts: Sequence[str]) -> list[int]:
    """For each group the level of the heading that it is, by its size, then by its weight; 0 for what is none."""
    body = body_size(line for group in groups for line in group)
    count = sum(map(len, groups))
    bold_stands_out = sum(line.is_bold for group in groups for line in group) < 0.5 * count
    ranks: list[float | None] = []  # size in sizes of the body; the last rank, 1.0, is bold letters of the body's size
    for group, text in zip(groups, texts, strict=True):
        size = group[0].size / body
        rank = round(size, 1) if size > LARGER else 1.0 if group[0].is_bold and bold_stands_out else None
        ranks.append(rank if _may_head(group, text) else None)
    _drop_table_heads(groups, ranks)
    order = sorted({rank for rank in ranks if rank is not None}, reverse=True)
    return [0 if rank is None else min(6, order.index(rank) + 1) for rank in ranks]


def _drop_table_heads(groups: Sequence[Sequence[Line]], ranks: list[float | None]) -> None:
    """Bold lines above a row of figures name its columns, and head no text."""
    above_row = True  # below the last group stands nothing to head
    for number in range(len(groups) - 1, -1, -1):
        if above_row and ranks[number] == 1.0:
            ranks[number] = None
        line = groups[number][0]
        above_row = line.is_row or (above_row and line.is_bold)


def _may_head(group: Sequence[Line], text: str) -> bool:
    if len(text) > _HEADING_LIMIT or group[0].is_row or not any(map(str.isalpha, text)):
        return False
    return text.endswith("?") or _SENTENCE_END.search(text) is None
