"""Which rows make up a grid, and which stay the lines that the library keeps."""

from __future__ import annotations

import pytest

from assistant.page.grid import find_grids
from knowledge.formats.rows import table_pieces

DASH = " \N{EN DASH} "


def shown(*lines: str) -> list[tuple[tuple[str, ...], list[list[str] | None]]]:
    """For each grid its columns and what its cells say; None for a line that stays one."""
    following = iter(lines)
    return [
        (
            grid.columns,
            [
                cells and [line[c.value : c.end] if (c := cells.get(i)) else "" for i in range(len(grid.columns))]
                for cells, line in zip(grid.rows, following, strict=False)
            ],
        )
        for grid in find_grids(lines)
    ]


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([["Ship", "Crew"], ["Ada", "9"], ["Tern", "12"]], id="a header"),
        pytest.param([["Ship", "Crew"], ["Ada", "9"]], id="a single row"),
        pytest.param(
            [["Ship", "Crew", "Flag"], ["Ada", "", "red"], ["Tern", "12", ""], ["Gull", "9", "red"]], id="empty cells"
        ),
        pytest.param(
            [["", "Crew", "Flag"], ["Ada", "9", "red"], ["Tern", "", "blue"], ["Gull", "7", ""]], id="rows with names"
        ),
        pytest.param([["Ship", "At"], ["Ada", "12:30"], ["Tern", "see: log"]], id="colons in values"),
    ],
)
def test_a_table_with_a_header_is_a_grid_again(rows):
    lines = [piece.text for piece in table_pieces(rows, header=True)]
    assert shown(*lines) == [(tuple(rows[0]), rows[1:])]


def test_a_table_without_a_header_is_a_grid_without_one():
    rows = [["Ada", "9", "red"], ["Tern", "12", "blue"]]
    lines = [piece.text for piece in table_pieces(rows, header=False)]
    assert shown(*lines) == [(("", "", ""), rows)]


def test_a_value_may_hold_semicolons_and_colons():
    lines = [
        "Stage: read; What: scores every sentence; the best ones first.",
        "Stage: cite; What: copies the quote; note: by code.",
        "Stage: load; What: reads a file.",
        "Stage: words; What: an index of words.",
    ]
    rows = [
        ["read", "scores every sentence; the best ones first"],
        ["cite", "copies the quote; note: by code"],
        ["load", "reads a file"],
        ["words", "an index of words"],
    ]
    assert shown(*lines) == [(("Stage", "What"), rows)]


def test_names_of_rows_may_come_again():
    lines = [f"{name}{DASH}Case: {number}; Seconds: 1." for number, name in enumerate(["right", "wrong"] * 2)]
    rows = [[name, str(number), "1"] for number, name in enumerate(["right", "wrong"] * 2)]
    assert shown(*lines) == [(("", "Case", "Seconds"), rows)]


def test_a_dash_in_the_name_of_a_column_stays_in_it():
    lines = [f"Sales{DASH}net: 1; Year: 2020.", f"Sales{DASH}net: 2; Year: 2021."]
    assert shown(*lines) == [((f"Sales{DASH}net", "Year"), [["1", "2020"], ["2", "2021"]])]


def test_pairs_are_a_grid_of_names_and_values():
    assert shown("Height: 31 m.", "Lamp: LED; since 2019.") == [
        (("", ""), [["Height", "31 m"], ["Lamp", "LED; since 2019"]])
    ]


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("A: 1; A: 2.", id="a name twice"),
        pytest.param(f"x{DASH}B: 1; B: 2.", id="a name twice beside the row's own"),
        pytest.param("A: 1\nB: 2.", id="two lines in one"),
        pytest.param("note: check it; A: 1.", id="a beginning that only one line has"),
        pytest.param("All of it.", id="a sentence"),
    ],
)  # fmt: skip
def test_a_line_that_leaves_a_doubt_stays_a_line_among_the_others(line):
    assert shown("A: 1; B: 2.", line, "A: 3; B: 4.") == [(("A", "B"), [["1", "2"], None, ["3", "4"]])]


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(["Revenue 5 6 7", "Cost 8 9 10"], id="lines of a page"),
        pytest.param(["Date: July 31"], id="a single line with a name"),
        pytest.param(["Date: July 31", "Signed by the board"], id="two lines, one with a name"),
        pytest.param(["a | b | c"], id="a single line without names"),
        pytest.param(["A: 1; at sea; B: 2.", "A: 3; on land; B: 4."], id="a column without a name"),
        pytest.param(["A: 1; B: 2.", "B: 1; A: 2."], id="columns without an order"),
        pytest.param(["A: 1; B: 1; C: 2; D: 3.", "A: 1.", "B: 1.", "C: 1.", "D: 1.", "A: 1."], id="mostly empty"),
        pytest.param(["a | b | c", "d | e", "f | g"], id="values of which most lines lack some"),
    ],
)  # fmt: skip
def test_lines_that_make_up_no_grid_stay_lines(lines):
    assert shown(*lines) == [((), [None] * len(lines))]


def test_tables_that_follow_each_other_stay_apart():
    first, second = ["A: 1; B: 2.", "A: 3; B: 4."], ["C: 5; D: 6.", "Nothing.", "C: 7; D: 8."]
    assert shown(*first, *second) == [
        (("A", "B"), [["1", "2"], ["3", "4"]]),
        (("C", "D"), [["5", "6"], None, ["7", "8"]]),
    ]
