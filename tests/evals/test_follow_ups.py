"""Follow-ups are searched alone, with their history and rewritten, and the three are compared."""

from __future__ import annotations

from dataclasses import dataclass

from assistant import Turn
from evals.__main__ import main
from evals.benchmarks import read_benchmark
from evals.follow_ups import WAYS, follow_ups_table, measure_follow_ups, own_table, rewrite_own
from evals.types import Benchmark, Case, Gold
from tests.conftest import folder_of


@dataclass
class Found:
    document_id: str
    start: int = 0
    end: int = 10


class FindsWhatIsNamed:
    """Finds the document that a question names."""

    def __init__(self) -> None:
        self.searched: list[str] = []

    def search(self, question, *, limit=10, collections=None):
        self.searched.append(question)
        return [Found(name) for name in ("Ardlan", "Corvo") if name in question]


def follow_up(question: str) -> Case:
    gold = ((Gold("Ardlan", 0, 10, "Ardlan is", "gold_passage"),),)
    history = (Turn("How tall is Ardlan Lighthouse?", "42 metres."),)
    return Case(question, "lights", question, "follow-up", answerable=True, gold=gold, history=history)


def test_only_a_rewritten_question_finds_what_its_pronoun_stands_for():
    library = FindsWhatIsNamed()
    figures = measure_follow_ups(Benchmark("lights", (), (follow_up("When was it built?"),)), library)
    assert library.searched == [
        "When was it built?",
        "How tall is Ardlan Lighthouse? When was it built?",
        "When was Ardlan Lighthouse built?",
    ]
    assert [figures[way].value for way in WAYS] == [0.0, 1.0, 1.0]
    assert figures["rewritten ahead of the last question alone"].value == 1.0
    assert figures["rewritten ahead of the history concatenated"].value == 0.0


def test_first_questions_and_questions_without_an_answer_are_left_out():
    first = Case("a", "lights", "How tall is Ardlan?", "question", answerable=True, gold=follow_up("x").gold)
    refused = Case("b", "lights", "Why?", "question", answerable=False, history=(Turn("a", "b"),))
    figures = measure_follow_ups(Benchmark("lights", (), (first, refused, follow_up("Why?"))), FindsWhatIsNamed())
    assert {figure.cases for figure in figures.values()} == {1}
    assert "the question rewritten" in follow_ups_table(figures)


def test_our_own_changes_of_subject_are_all_left_as_they_are():
    follow_ups = rewrite_own()
    assert all(one.right for one in follow_ups if one.subject_change)
    assert "10 of 10 new subjects left as they are" in own_table(follow_ups)


def test_at_least_nine_of_ten_of_our_own_follow_ups_are_rewritten():
    assert sum(one.right for one in rewrite_own() if not one.subject_change) >= 9


def test_questions_with_a_history_lose_nothing_that_the_last_question_alone_names():
    cases = read_benchmark(folder_of("KEYQ_BENCHMARKS") / "inscit_dev", split="select").cases
    shortened = [
        case.question
        for case in cases
        if case.history and not set(WAYS["the question rewritten"](case).split()) & set(case.question.split())
    ]
    assert not shortened


def test_the_command_shows_each_of_our_own_follow_ups_as_it_is_searched(capsys):
    assert main(["follow-ups"]) == 0
    printed = capsys.readouterr().out
    assert "How much does the former pay? -> How much does Anthropic pay?" in printed
