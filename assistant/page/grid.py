"""Rows of a table -> its columns: what reading made lines of becomes a grid again, where the lines tell its columns.

A library keeps each row as a line: "Column: value; Column: value." below a header, "Row - Column: value." where rows
have names, "Name: value." or "value | value" without a header. Values hold semicolons and colons, too, so the columns
are what the lines have in common; a line that does not fit stays a line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from itertools import accumulate

_DASH = " \N{EN DASH} "
"""Between the name of a row and its first cell."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a line: `line[start:value]` is the name of its column, `line[value:end]` what it says.

    What stands between it and the next one, or after the last, only the line needs: a semicolon, a bar, a full stop.
    """

    start: int
    value: int
    end: int
    column: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: the cells of each of its lines by the number of their column, or None where the line stays a line."""

    columns: tuple[str, ...]
    """Their names, empty where a column has none; no columns where the lines make up no grid."""
    named: bool
    """Whether the first column names the rows."""
    rows: tuple[Mapping[int, Cell] | None, ...]


def find_grids(lines: Sequence[str]) -> list[Grid]:
    """The tables that rows which follow each other make up, in order, with a row for each line."""
    columns = _columns(lines)
    if columns:
        return [_useful(_headed(part)) for part in _parts([_cells(line, columns) for line in lines])]
    return [_useful(_paired(lines), _barred(lines))]


def _useful(*grids: Grid) -> Grid:
    """The first grid that is one: several rows, or one below a header, and half of its cells filled."""
    for grid in grids:
        rows = [row for row in grid.rows if row is not None]
        headed = any(grid.columns) and len(grid.columns) > 1
        enough = len(rows) > 1 or (len(rows) == len(grid.rows) and headed)
        if enough and 2 * sum(map(len, rows)) >= len(grid.columns) * len(grid.rows):
            return grid
    return Grid((), False, (None,) * len(grids[0].rows))


def _columns(lines: Sequence[str]) -> set[str]:
    """The names that lines have in common; none where most lines say something without a name.

    What a single one of several lines names may be words of a value.
    """
    found = [names for line in lines if (names := _names(line))]
    if 2 * len(found) < len(lines):
        return set()
    shared = Counter(first.rpartition(_DASH)[2] for first in {names[0] for names in found})
    shared.update({name for names in found for name in names[1:]})
    for names in found:
        column = names[0].rpartition(_DASH)[2]
        if shared[column] > 1:  # the first cell of a row that has a name of its own is called by both: "Row - Column"
            names[0] = column
    counts = Counter(name for names in found for name in set(names) if name)
    return {name for name, count in counts.items() if count >= min(2, len(lines))}


def _names(line: str) -> list[str]:
    """The names in "Column: value; Column: value."; none where a piece has none, or two have the same."""
    pieces = [piece.partition(": ") for piece in line.split("; ")]
    names = [name for name, _, value in pieces if name and value]
    return names if len(set(names)) == len(pieces) and "\n" not in line else []


def _cells(line: str, columns: set[str]) -> list[Cell]:
    """The cells of a line, none where it begins with no column; what names none goes on with the cell before it."""
    cells: list[Cell] = []
    start = 0
    for piece in line.split("; "):
        name, colon, _ = piece.partition(": ")
        value, end = start + len(name) + len(colon), start + len(piece)
        own, dash, column = name.rpartition(_DASH)
        if colon and name in columns:
            cells.append(Cell(start, value, end, name))
        elif cells:
            cells[-1] = replace(cells[-1], end=end)
        elif colon and own and column in columns:
            cells += [Cell(0, 0, len(own)), Cell(len(own) + len(dash), value, end, column)]
        else:
            return []
        start = end + len("; ")
    if len({cell.column for cell in cells}) < len(cells) or "\n" in line:
        return []
    return [*cells[:-1], _without_stop(line, cells[-1])]


def _without_stop(line: str, last: Cell) -> Cell:
    """The last cell without the full stop that a line has and a row of a table has not."""
    return replace(last, end=last.end - 1) if line.endswith(".") and last.end - last.value > 1 else last


def _parts(lines: Sequence[list[Cell]]) -> Iterator[list[list[Cell]]]:
    """Tables that follow each other: another one begins where no column goes on."""
    part: list[list[Cell]] = []
    columns: set[str] = set()
    for cells in lines:
        named = {cell.column for cell in cells if cell.column}
        if named and columns and not named & columns:
            yield part
            part, columns = [], set()
        part.append(cells)
        columns |= named
    yield part


def _headed(lines: Sequence[Sequence[Cell]]) -> Grid:
    """The grid of lines that name their columns, in an order that all of them keep."""
    named = any(cells and not cells[0].column for cells in lines)
    order: TopologicalSorter[str] = TopologicalSorter()
    for cells in lines:
        names = [cell.column for cell in cells if cell.column]
        for place, name in enumerate(names):
            order.add(name, *names[place - 1 : place])  # none before the first
    try:
        columns = ("",) * named + tuple(order.static_order())
    except CycleError:
        return Grid((), False, (None,) * len(lines))
    places = {name: place for place, name in enumerate(columns)}
    rows = tuple({places[cell.column]: cell for cell in cells} if cells else None for cells in lines)
    return Grid(columns, named, rows)


def _paired(lines: Sequence[str]) -> Grid:
    """The grid of two columns that lines "Name: value." make up; a name that comes again names no single row."""
    names = Counter(line.partition(": ")[0] for line in lines)
    rows: list[Mapping[int, Cell] | None] = []
    for line in lines:
        name, colon, value = line.partition(": ")
        start = len(name) + len(colon)
        cells = {0: Cell(0, 0, len(name)), 1: _without_stop(line, Cell(start, start, len(line)))}
        rows.append(cells if name and value and names[name] == 1 and "\n" not in line else None)
    return Grid(("", ""), True, tuple(rows))


def _barred(lines: Sequence[str]) -> Grid:
    """The grid of lines "value | value" that have as many values as the longest; of others an empty cell is missing."""
    split = [[] if "\n" in line else line.split(" | ") for line in lines]
    width = max(map(len, split), default=0)
    rows: list[Mapping[int, Cell] | None] = []
    for pieces in split:
        starts = [0, *accumulate(len(piece) + len(" | ") for piece in pieces)]
        cells = [Cell(start, start, start + len(piece)) for start, piece in zip(starts, pieces, strict=False)]
        rows.append(dict(enumerate(cells)) if len(cells) == width > 1 else None)
    return Grid(("",) * width, False, tuple(rows))
