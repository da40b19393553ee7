"""Takes running headers, footers and page numbers from the lines of a printed document."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence, Set

from knowledge.formats.layout import LARGER, SAME_SIZE, Line, body_size
from knowledge.types import Omission

_EDGE_LINES = 3  # at the top and at the bottom of a page, that may be running headers and footers
_SAME_HEIGHT = 2.0  # points; most running lines stand at one height on all pages
_RUNNING_SHARE = 0.3  # of the pages; left and right pages may have lines of their own, title pages none
_RUNNING_PAGES = 6  # at one height that is enough in a long document, whose chapters have lines of their own
_APART = 1.5  # times the size of the larger line; lines of a paragraph stand one size apart
_REPORTED = 300  # characters of an omission

_PAGE_NUMBER = re.compile(
    r"(?:page |p\. ?)?[-–—|( ]{0,3}(?P<number>\d{1,4})[-–—|) ]{0,3}(?:(?:of|/) ?\d{1,4})?", re.IGNORECASE
)
_PAGE_AT_AN_END = re.compile(r"^\d{1,4}\b|\b\d{1,4}$")


def remove_running_lines(pages: Sequence[Sequence[Line]]) -> tuple[list[Line], list[Omission]]:
    """The lines without running headers, footers and page numbers, and what these were."""
    edges = [edge for lines in pages for edge in _edges(lines)]
    numbers = _page_numbers([line for edge in edges for line in edge[:_EDGE_LINES]], len(pages))
    repeated = _repeated([line for edge in edges for line in edge[:_EDGE_LINES]], len(pages))
    body = body_size([line for lines in pages for line in lines])
    running = {id(line): line for edge in edges for line in _running_part(edge, repeated | numbers.keys(), body)}
    kept = [line for lines in pages for line in lines if id(line) not in numbers and id(line) not in running]
    shown: dict[str, str] = {}
    for key, line in running.items():
        if key not in numbers:
            shown.setdefault(_running_key(line.text), line.text[:_REPORTED])
    omissions = [Omission(text, "running header or footer") for text in shown.values()]
    if numbers:
        omissions.append(Omission(", ".join(line.text for line in numbers.values())[:_REPORTED], "page number"))
    return kept, omissions


def _edges(lines: Sequence[Line]) -> list[list[Line]]:
    """The lines of a page from the top, and from the bottom."""
    by_height = sorted(lines, key=lambda line: line.base)
    return [by_height[::-1], by_height]


def _page_numbers(lines: Sequence[Line], pages: int) -> dict[int, Line]:
    """The lines, by identity, that count the pages: each is as far from the number of its sheet as the others."""
    places: defaultdict[int, list[Line]] = defaultdict(list)
    for line in lines:
        if found := _PAGE_NUMBER.fullmatch(line.text):
            places[int(found["number"]) - line.page].append(line)
    enough = max(2, _RUNNING_SHARE * pages)
    return {id(line): line for same in places.values() if len(same) >= enough for line in same}


def _repeated(lines: Sequence[Line], pages: int) -> set[int]:
    """The lines, by identity, that say the same on many pages, or on some at one height."""
    found: set[int] = set()
    places: defaultdict[str, list[Line]] = defaultdict(list)
    for line in lines:
        if not _PAGE_NUMBER.fullmatch(line.text):
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
                found.add(id(line))
    return found


def _running_part(edge: Sequence[Line], repeated: Set[int], body: float) -> Sequence[Line]:
    """The outermost repeated lines of a page, if they are set smaller than the body or apart from it."""
    part: list[Line] = []
    for line in edge[:_EDGE_LINES]:
        if id(line) not in repeated or line.size > LARGER * body:
            break
        part.append(line)
    while part:
        small = all(line.size < (1 - SAME_SIZE) * body for line in part)
        inner = edge[len(part)] if len(part) < len(edge) else None
        if inner is None or small or abs(part[-1].base - inner.base) > _APART * max(inner.size, part[-1].size):
            break
        part.pop()
    return part


def _running_key(text: str) -> str:
    """A line without the number of the page at its beginning or end."""
    return _PAGE_AT_AN_END.sub("#", text.casefold())
