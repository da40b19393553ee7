"""How often sources that differ are told is counted on pairs and on ordinary questions."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date

import pytest

from assistant import Answer
from assistant.reader import open_reader
from assistant.types import Citation, Conflict
from assistant.verifier import open_verifier
from evals.__main__ import main
from evals.conflicts import PAIR_SETS, Pair, alarms_table, count_alarms, judge_pairs, pairs_table, read_pairs
from evals.types import Case
from knowledge import open_encoder

DAY = date(2025, 1, 1)
TOWN = ("The town of Ulm has 12 wells.", "The town of Ulm has 19 wells.")
LAKE = ("The town of Ulm has 12 wells.", "The town of Ulm has 12 wells in all.")


def pair(texts: tuple[str, str], conflict: bool) -> Pair:
    return Pair("ulm", "How many wells has the town of Ulm?", texts, (DAY, DAY), conflict, "figure")


@pytest.mark.parametrize(
    ("texts", "conflict", "line"),
    [
        (TOWN, True, "1 of 1 conflicts found, 0 of 0 others"),
        (TOWN, False, "0 of 0 conflicts found, 1 of 1 others"),
        (LAKE, True, "0 of 1 conflicts found, 0 of 0 others"),
        (LAKE, False, "0 of 0 conflicts found, 0 of 1 others"),
    ],
    ids=["found", "reported for nothing", "missed", "rightly not reported"],
)
def test_pairs_are_counted_by_what_a_person_said_of_them(texts, conflict, line):
    encoder = open_encoder()
    reader, verifier = open_reader(encoder), open_verifier(encoder)
    results = judge_pairs([pair(texts, conflict)], encoder=encoder, reader=reader, verifier=verifier)
    table = pairs_table("wells", results)
    assert line in table
    assert ("wrong: ulm" in table) == (not results[0].right)


@pytest.mark.parametrize("name", PAIR_SETS)
def test_about_half_of_the_pairs_conflict_and_no_two_ask_the_same(name):
    pairs = read_pairs(name)
    conflicts = sum(one.conflict for one in pairs)
    assert abs(2 * conflicts - len(pairs)) <= 10
    assert max(Counter((one.question, one.texts) for one in pairs).values()) == 1


def test_no_pair_of_the_detector_is_among_those_it_is_judged_by():
    judged, made_with, unseen = ({text for one in read_pairs(name) for text in one.texts} for name in PAIR_SETS)
    assert not judged & made_with
    assert not unseen & (judged | made_with)


def test_answers_that_report_a_conflict_are_counted_and_shown():
    citation = Citation(1, "a.md", "", 0, 9, "12 wells.", "Ulm", None, None)
    conflict = Conflict("figure", citation, citation, (0, 2), (0, 2))

    class Told:
        def ask(self, question, history=(), *, collections=None):
            conflicts = (conflict,) if question == "How many wells?" else ()
            return Answer(question, status="refused" if question == "Who?" else "answered", conflicts=conflicts)

    cases = [
        Case(text, "wells", text, "figure", answerable=True) for text in ("How many wells?", "Since when?", "Who?")
    ]
    table = alarms_table("wells", count_alarms(cases, Told()))
    assert table.startswith("wells: 2 questions answered, 1 of them with a conflict\n  How many wells? One source says")


def test_the_command_gives_the_pairs_that_were_written_first_apart_from_the_others(capsys):
    assert main(["conflicts"]) == 0
    printed = capsys.readouterr().out
    totals = re.findall(r"^(\w+): \d+ of (\d+) conflicts found, \d+ of (\d+) others", printed, re.MULTILINE)
    assert totals == [
        ("conflicts", "10", "10"),
        ("conflicts_development", "102", "94"),
        ("conflicts_unseen", "20", "20"),
    ]
