"""The rows of a table as lines that can be read, searched and cited on their own."""

from __future__ import annotations

import re
from collections.abc import Sequence

from knowledge.formats.canonical import flowing_text
from knowledge.formats.reading import Piece

_NUMERIC = re.compile(r"[-+(]?[$€£¥]?\s?\d[\d.,\s]*[%)]?\s?\w{0,3}")
_HEADER_CELL_LIMIT = 80  # characters; a longer cell is content


def table_pieces(rows: Sequence[Sequence[str]], *, header: bool | None, page: int | None = None) -> list[Piece]:
    """One piece a row: "Column: value; Column: value." below a header; else "Name: value." or "value | value | value".

    `header` says whether the first row names the columns; None when the format does not tell, then its cells do.
    """
    cleaned = [[" ".join(flowing_text(cell).split()) for cell in row] for row in rows]
    filled = [row for row in cleaned if any(row)]
    if not filled:
        return []
    if header is None:
        header = _names_columns(filled)
    if not header or len(filled) == 1:
        pairs = len(filled) > 1 and max(map(len, filled)) == 2
        return [Piece("table", _pair(row) if pairs else " | ".join(filter(None, row)), page=page) for row in filled]
    return [Piece("table", describe_row(filled[0], row), page=page) for row in filled[1:]]


def describe_row(columns: Sequence[str], row: Sequence[str]) -> str:
    """The line "Column: value; Column: value." without the empty cells; the name of a row stands before a dash."""
    named_row = bool(columns) and not columns[0] and bool(row[0])
    parts = []
    for number, cell in enumerate(row[1:] if named_row else row, start=int(named_row)):
        column = columns[number] if number < len(columns) else ""
        if cell:
            parts.append(f"{column.rstrip(':')}: {cell}" if column else cell)
    described = "; ".join(parts)
    if named_row:
        described = f"{row[0]} \N{EN DASH} {described}" if described else row[0]
    return described if described.endswith((".", "!", "?")) else described + "."


def _pair(row: Sequence[str]) -> str:
    """The line "Name: value." of a row of two cells."""
    name, value = (*row, "")[:2]
    if not name or not value:
        return name or value
    return f"{name.rstrip(':')}: {value}" + ("" if value.endswith((".", "!", "?")) else ".")


def _names_columns(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns: words throughout, none repeated, above rows of another kind."""
    first, others = rows[0], rows[1:]
    names_rows = len(first) > 2 and not first[0] and all(row[0] for row in others)
    if len(first) < 2 or not others or not all(first[names_rows:]) or len(set(first)) < len(first):
        return False
    if any(_NUMERIC.fullmatch(cell) or len(cell) > _HEADER_CELL_LIMIT for cell in first if cell):
        return False
    has_numbers = any(_NUMERIC.fullmatch(cell) for row in others[:20] for cell in row if cell)
    return has_numbers or len(first) > 2
