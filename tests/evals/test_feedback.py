"""What readers said of answers becomes cases that can be read back."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from assistant import Answer, Citation, Evidence, Statement
from assistant.records import JUDGEMENTS, RecordedExchange, Records
from evals import document_from_text
from evals.__main__ import main
from evals.cases import read_set
from evals.feedback import cases_from_feedback
from knowledge import Library, Span
from tests.evals.village import LIGHTHOUSE, write_rows

ASKED = "Key Questions\nWhen was the lighthouse lit?\nIt was lit in 1871."
DOCUMENT = document_from_text("light.md", "Gull Rock", f"{ASKED}\n\n{LIGHTHOUSE}")


def cite(number: int, words: str, start: int | None = None) -> Citation:
    place = DOCUMENT.text.index(words) if start is None else start
    return Citation(
        number, DOCUMENT.id, DOCUMENT.content_hash, place, place + len(words), words, DOCUMENT.title, None, None
    )


OWN, BODY = cite(1, "It was lit in 1871."), cite(2, "rape oil")
ANSWERED = Answer(
    "When was it lit?",
    "answered",
    statements=(Statement(OWN.quote, (OWN,), 1.0), Statement(BODY.quote, (BODY,), 1.0)),
)
REFUSED = Answer(
    "Who painted it?",
    "refused",
    reason="The documents do not say.",
    evidence=(Evidence(DOCUMENT.id, OWN.start, OWN.end, OWN.quote, 0.2),),
)


@pytest.fixture
def records(tmp_path):
    with Records(tmp_path / "records.db") as records:
        yield records


def judge(records: Records, judgement: str, *answers: Answer, words: str = "") -> None:
    """A conversation whose last answer is judged."""
    name = records.begin("somebody", answers[0].question)
    for number, answer in enumerate(answers, start=1):
        records.put("somebody", name, RecordedExchange(number, answer.question, answer, "done"))
    records.judge("somebody", name, len(answers), judgement, words)


def rows_of(records: Records, document=DOCUMENT) -> list[dict]:
    return list(
        cases_from_feedback(
            records.judged(),
            find_document=lambda collection, name: document if name == DOCUMENT.id else None,
            find_section=lambda found: Span(0, len(ASKED)),
        )
    )


def test_what_was_right_becomes_a_case_whose_evidence_is_what_was_cited(records, tmp_path):
    judge(records, "right", REFUSED, ANSWERED)
    (row,) = rows_of(records)
    write_rows(tmp_path / "feedback.jsonl", [row])
    (case,) = read_set(tmp_path, "feedback", [DOCUMENT], {DOCUMENT.id: Span(0, len(ASKED))}, hold_out=False)
    assert (case.question, case.kind, case.answerable) == ("When was it lit?", "feedback", True)
    assert [(gold.start, gold.text) for gold in case.gold[0]] == [(OWN.start, OWN.quote), (BODY.start, BODY.quote)]
    assert [turn.question for turn in case.history] == ["Who painted it?"]


@pytest.mark.parametrize(
    ("judgement", "answer", "answerable"),
    [
        pytest.param("right", REFUSED, False, id="a refusal that was right"),
        pytest.param("wrong", ANSWERED, True, id="a wrong answer"),
        pytest.param("wrong citation", ANSWERED, True, id="a wrong citation"),
        pytest.param("should have answered", REFUSED, True, id="should have answered"),
        pytest.param("should have refused", ANSWERED, False, id="should have refused"),
    ],
)
def test_what_was_not_right_is_left_to_be_filled_in_by_hand(records, tmp_path, judgement, answer, answerable):
    judge(records, judgement, answer, words="It was the smith.")
    (row,) = rows_of(records)
    assert (row["answerable"], row["evidence"], row["words"]) == (answerable, [], "It was the smith.")
    assert row["review"]
    write_rows(tmp_path / "feedback.jsonl", [row])
    (case,) = read_set(tmp_path, "feedback", [DOCUMENT], {}, hold_out=False)
    assert case.answerable == answerable


def test_a_case_names_the_collections_that_its_question_was_asked_of(records):
    name = records.begin("somebody", "When was it lit?")
    some = RecordedExchange(1, "When was it lit?", ANSWERED, "done", collections=("sea", "tea"))
    records.put("somebody", name, some)
    records.put("somebody", name, RecordedExchange(2, "When was it lit?", ANSWERED, "done"))
    for number in (1, 2):
        records.judge("somebody", name, number, "wrong")
    assert [row["collections"] for row in rows_of(records)] == [["sea", "tea"], None]


def test_a_quote_that_its_document_no_longer_holds_is_no_evidence(records):
    judge(records, "right", ANSWERED)
    changed = document_from_text(DOCUMENT.id, "Gull Rock", DOCUMENT.text.replace("1871", "1872"))
    (row,) = rows_of(records, changed)
    assert [quote["quote"] for quote in row["evidence"][0]] == ["rape oil"]


def test_a_case_has_the_same_id_each_time_and_no_two_have_one(records):
    for judgement in JUDGEMENTS:
        judge(records, judgement, ANSWERED)
    judge(records, "wrong", replace(ANSWERED, statements=()))
    first, second = rows_of(records), rows_of(records)
    assert [row["id"] for row in first] == [row["id"] for row in second]
    assert len({row["id"] for row in first}) == len(first) == 6


def test_the_command_prints_a_case_a_line(tmp_path, capsys):
    with Library.open(tmp_path / "library") as library:
        library.add_documents([DOCUMENT])
    assert main(["from-feedback", "--library", str(tmp_path / "library")]) == 1
    assert "No records at" in capsys.readouterr().err
    with Records(tmp_path / "library" / "records.db") as records:
        judge(records, "right", ANSWERED)
        judge(records, "should have answered", REFUSED)
    assert main(["from-feedback", "--library", str(tmp_path / "library")]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["judgement"] for row in rows] == ["right", "should have answered"]
    assert [quote["quote"] for quote in rows[0]["evidence"][0]] == [OWN.quote, BODY.quote]
    assert rows[1]["nearest"] == [{"document_id": "light.md", "quote": OWN.quote}]
