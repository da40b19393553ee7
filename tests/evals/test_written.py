"""Passages, claims and questions that were written for this."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from evals.errors import CasesError
from evals.examples.types import Support
from evals.examples.written import make_written
from evals.written import FOLDER, read_written, written_benchmark
from knowledge import open_encoder

ONE = """## mill-1 The mill at Oxley
1 The mill was built in 1822.
2 It burnt down in 1847.
3 Nobody rebuilt it.
+ Fire destroyed the mill.
- The mill was built anew.
0 The owner set the fire.
-? Does the mill still stand?
? 2,3 | What became of the mill?
x Who owned the mill?
"""
TWO = """## mill-2 Oxley || Thomas Pell
a1 Oxley is where Thomas Pell was born.
a2 It has a mill.
b1 Thomas Pell wrote a book on mills.
& a1,b1 | Where was the author of a book on mills born?
"""
OF_SQUAD = """## squad:q7 Oxley
+ The mill is gone.
? 2 | What happened to it?
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "mills.txt").write_text(f"{ONE}\n{TWO}\n{OF_SQUAD}", encoding="utf-8")
    return tmp_path


def test_a_passage_is_its_sentences_with_the_claims_and_questions_about_it(folder):
    one, two = read_written(folder)
    text = one.texts[""]
    assert text.title == "The mill at Oxley"
    assert [text.words[start:end] for start, end in text.sentences][1] == "It burnt down in 1847."
    assert one.claims == [
        ("supported", "Fire destroyed the mill."),
        ("contradicted", "The mill was built anew."),
        ("neither", "The owner set the fire."),
    ]
    assert one.yes_or_no == [("contradicted", "Does the mill still stand?")]
    assert [(asked.places, asked.together) for asked in one.questions] == [((("", 1), ("", 2)), False), ((), False)]
    assert (two.texts["b"].title, two.questions[0].places, two.questions[0].together) == (
        "Thomas Pell", (("a", 0), ("b", 0)), True,
    )  # fmt: skip


def test_a_paragraph_of_squad_is_there_only_with_its_text(folder):
    *_, last = read_written(folder, {"q7": "There was a mill. It burnt down."})
    assert (last.is_of_squad, last.texts[""].sentences) == (True, ((0, 17), (18, 32)))


@pytest.mark.parametrize("wrong", ["* what is this", "? 9 | Which sentence is that?"])
def test_a_line_that_says_nothing_known_is_named(tmp_path, wrong):
    (tmp_path / "mills.txt").write_text(ONE + wrong, encoding="utf-8")
    with pytest.raises(CasesError, match=r"mills\.txt"):
        read_written(tmp_path)


def test_what_is_written_is_learnt_from_fitted_on_or_measured_never_two_of_them():
    parts = Counter(one.part for one in read_written())
    assert parts["train"] > 4 * parts["fit"] > 0
    assert parts["select"] > 0
    names = [{document.id for document in written_benchmark(part).documents} for part in ("train", "fit", "select")]
    assert not names[0] & names[1]
    assert not names[0] & names[2]
    assert not names[1] & names[2]


def test_names_of_passages_are_told_apart():
    names = [one.name for one in read_written()]
    assert len(names) == len(set(names))


def test_the_benchmark_marks_the_sentences_that_answer():
    benchmark = written_benchmark("select")
    texts = {one.id: one.text for one in benchmark.documents}
    for case in benchmark.cases:
        assert case.answerable == bool(case.gold)
        for alternative in case.gold:
            assert all(texts[gold.document_id][gold.start : gold.end] == gold.text for gold in alternative)
    assert {claim.label for claim in benchmark.claims} == {"supported", "contradicted", "not found"}


@pytest.fixture(scope="module")
def encoder():
    return open_encoder()


def test_examples_say_what_was_written(encoder, tmp_path):
    squad = tmp_path / "squad.json"
    squad.write_text(json.dumps({"data": []}), encoding="utf-8")
    some = {one.name: one for one in read_written() if one.part == "select"}
    made = list(make_written(squad, encoder=encoder, seed=0, part="select"))
    assert {one.kind for one in made} == {"claim", "answered", "unanswerable", "answer left out", "other chunk"}
    for example in made:
        if " section " in example.group:
            continue
        name, number = example.group.rsplit(" ", 2)[0], int(example.group.rsplit(" ", 1)[1])
        if example.kind == "claim":
            judged = some[name].judged[number][0]
            allowed = {
                "supported": {Support.SUPPORTED, Support.NEITHER},
                "contradicted": {Support.CONTRADICTED, Support.NOT_SUPPORTED, Support.NEITHER},
                "neither": {Support.NEITHER, Support.NOT_SUPPORTED},
            }
            assert example.support in allowed[judged]
        else:
            asked = some[name].questions[number]
            words = {
                some[name].texts[at].words[slice(*some[name].texts[at].sentences[place])] for at, place in asked.places
            }
            gold = {example.text[a:b] for (a, b), flag in zip(example.sentences, example.gold, strict=True) if flag}
            assert gold <= words
            assert bool(gold) == (example.kind == "answered")


def test_a_question_for_all_that_a_section_says_is_answered_by_each_of_its_sentences_and_by_no_other_text(encoder):
    some = {one.name: one for one in read_written() if one.part == "select"}
    asked = [one for one in make_written(None, encoder=encoder, seed=0, part="select") if " section " in one.group]
    assert {one.kind for one in asked} == {"answered", "unanswerable"}
    for example in asked:
        (text,) = some[example.group.split(" section ")[0]].texts.values()
        title, section = text.title.split(", ")
        of_section = title in example.question and (
            section.lower() in example.question.lower() or example.group.endswith("0")
        )
        own = text.words.startswith(example.text[example.sentences[0][0] :][:40])
        assert example.gold == (of_section and own,) * len(example.sentences)


def test_two_texts_are_also_shown_a_few_sentences_of_either_in_a_row(encoder):
    texts = {one.name: one.texts.values() for one in read_written() if one.part == "select" and len(one.texts) == 2}
    in_a_row = []
    for example in make_written(None, encoder=encoder, seed=0, part="select"):
        both = texts.get(example.group.split(" question")[0], ())
        if both and all(text.title in example.text.split("\n") for text in both):
            known = {text.words[start:end] for text in both for start, end in text.sentences}
            assert {example.text[start:end] for start, end in example.sentences} <= known
            in_a_row.append(example)
    assert any(sum(one.gold) > 1 for one in in_a_row)
    assert {one.kind for one in in_a_row} == {"answered", "answer left out", "unanswerable"}


def test_every_file_of_the_folder_is_read():
    assert {one.name.split(" ")[0] for one in read_written()} <= {path.stem for path in FOLDER.glob("*.txt")}
