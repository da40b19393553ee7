"""Tables (CSV, TSV, Excel) -> pieces, one a row."""

from __future__ import annotations

import csv
import io
import warnings
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from knowledge.formats.archive import check_archive
from knowledge.formats.byline import parse_date
from knowledge.formats.reading import Piece, Reading, UnreadableError
from knowledge.formats.rows import table_pieces
from knowledge.types import Omission

if TYPE_CHECKING:
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

_DELIMITERS = ",;\t|"
_SAMPLE_LINES = 20
_MOST_CELLS = 1_000_000  # about 30 MB of text; a larger table is a database's work
_MOST_SCANNED = 20_000_000  # cells, most of them empty; a sheet may have a value in its last column only
_DEFAULT_SHEET_NAMES = ("sheet", "tabelle", "feuil", "hoja", "foglio")
_TEMPLATE_AUTHOR = "openpyxl"


def read_csv(text: str) -> Reading:
    """The rows of a table of text; the delimiter is the one that stands equally often in the first lines.

    Raises UnreadableError when the text is no such table, or too large.
    """
    rows: list[list[str]] = []
    cells = 0
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)):
            cells += len(row)
            if cells > _MOST_CELLS:
                raise UnreadableError(f"it has more than {_MOST_CELLS:,} cells; split it")
            rows.append(row)
    except csv.Error as error:
        raise UnreadableError(
            f"it is no table of separated values ({error}); save it anew, or rename it to end in .txt"
        ) from error
    return Reading(tuple(_read_rows(rows)))


def read_xlsx(data: bytes) -> Reading:
    """The rows of a workbook, sheet by sheet, with the values that its formulas had when it was saved.

    Raises UnreadableError for an archive that is not safe to open and for a workbook that is too large.
    """
    import openpyxl

    check_archive(data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about features, such as data validation, that hold no text
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        try:
            pieces: list[Piece] = []
            omissions: list[Omission] = []
            for sheet in book.worksheets:
                if sheet.sheet_state != "visible":
                    omissions.append(Omission(sheet.title, "hidden sheet"))
                    continue
                found = list(_read_rows(_sheet_rows(sheet)))
                if found and not sheet.title.lower().rstrip("0123456789 ").startswith(_DEFAULT_SHEET_NAMES):
                    pieces.append(Piece("heading", sheet.title, 2))
                pieces += found
            properties = book.properties
        finally:
            book.close()
    author = (properties.creator or "").strip()
    own = author not in ("", _TEMPLATE_AUTHOR)
    return Reading(
        pieces=tuple(pieces),
        title=(properties.title or "").strip() or None,
        author=author if own else None,
        created=parse_date(properties.created) if own else None,
        omissions=tuple(omissions),
    )


def _delimiter(text: str) -> str:
    lines = [line for line in text[:100_000].splitlines() if line.strip()][:_SAMPLE_LINES]
    counts = {mark: [line.count(mark) for line in lines] for mark in _DELIMITERS}

    def fitness(mark: str) -> tuple[float, int]:
        present = [count for count in counts[mark] if count]
        same = present.count(max(present, key=present.count)) if present else 0
        return same / max(1, len(lines)), sum(present)

    return max(_DELIMITERS, key=fitness)


def _read_rows(rows: Sequence[Sequence[str]]) -> Iterator[Piece]:
    """Lines of one cell above the table are paragraphs; the first row with more begins the table."""
    wide = max((len([cell for cell in row if cell.strip()]) for row in rows), default=0)
    begun = 0
    for row in rows:
        filled = [cell for cell in row if cell.strip()]
        if len(filled) > 1 or (filled and wide == 1):
            break
        begun += 1
        if filled:
            yield Piece("paragraph", filled[0])
    yield from table_pieces(rows[begun:], header=True if wide > 1 and _is_head(rows[begun:]) else None)


def _is_head(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns: all of it words."""
    first = [cell.strip() for cell in rows[0] if cell.strip()] if rows else []
    return len(rows) > 1 and all(any(map(str.isalpha, cell)) and parse_date(cell) is None for cell in first)


def _sheet_rows(sheet: ReadOnlyWorksheet) -> list[list[str]]:
    rows: list[list[str]] = []
    cells = scanned = 0
    sheet.reset_dimensions()  # what a file says about its size may be wrong; the rows are true
    for row in sheet.iter_rows():  # type: ignore[misc]  # the stubs type it for another class
        texts = [_cell_text(cell) for cell in row]
        scanned += 1 + len(row)
        cells += sum(map(bool, texts))
        if cells > _MOST_CELLS or scanned > _MOST_SCANNED:
            raise UnreadableError(f"its sheet {sheet.title!r} spans more than {_MOST_CELLS:,} cells; split it")
        if any(texts):
            rows.append(texts)
    return rows


def _cell_text(cell: Any) -> str:
    """A value as a reader of the sheet sees it, dates in ISO form."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        midnight = value.time() == time()
        return value.date().isoformat() if midnight else value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    if isinstance(value, int | float):
        percent = str(cell.number_format).rstrip().endswith("%")
        return f"{value * 100:.10g}%" if percent else f"{value:.15g}"
    return str(value)
