"""What each signal tells alone, and what a reader finds in sets that it never saw."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import evals.leave_out as leaving_out
import evals.signals as signals
from assistant.read import load_calibration
from assistant.reader import open_reader
from assistant.types import Evidence, Reading
from assistant.verifier import open_verifier
from evals import Benchmark, EvaluationError, Figure, read_benchmark
from evals.examples import QUESTIONS
from evals.examples.types import Example, Support
from evals.leave_out import FAMILIES, LEFT_OUT, LeftOut, leave_out
from evals.signals import SIGNALS, measure_signals, scores_of
from evals.tables import signals_table
from evals.train import Recipe
from knowledge import Library, open_encoder
from tests.evals.village import LIGHTHOUSE


@pytest.fixture(scope="module")
def encoder():
    return open_encoder()


def test_every_signal_scores_the_same_sentences(encoder):
    evidence = tuple(
        Evidence("d", start, start + 10, text, score)
        for start, text, score in ((0, "The lamp was lit in 1871.", 0.4), (30, "Bread is sold at six.", 0.9))
    )
    reading = Reading(
        evidence=evidence,
        matches=np.array([[0.9, 0.7], [0.2, 0.4]], dtype=np.float32),
        weights=np.ones(2, dtype=np.float32),
        log_odds=np.array([-1.0, 2.0], dtype=np.float32),
        features={},
        confidence=0.5,
        missing=(),
    )
    scores = scores_of("When was the lamp lit?", reading, encoder)
    assert set(scores) == set(SIGNALS)
    assert scores["similarity"][0] > scores["similarity"][1]
    assert scores["late interaction"] == pytest.approx([0.8, 0.3])
    assert scores["reader"].tolist() == [-1.0, 2.0]
    assert scores["together"].tolist() == [0.4, 0.9]


def test_figures_of_the_signals_rest_on_the_same_questions(benchmark_folder, tmp_path, encoder):
    figures = measure_signals(
        read_benchmark(benchmark_folder),
        cache=tmp_path / "libraries",
        open_library=Library.open,
        encoder=encoder,
        reader=open_reader(encoder),
        verifier=open_verifier(encoder),
        calibration=load_calibration(),
    )
    assert list(figures) == list(SIGNALS)
    assert {one["sentence precision@1"].cases for one in figures.values()} == {3}
    assert {one["confidence AUROC"].cases for one in figures.values()} == {4}


def test_the_table_has_a_line_for_each_signal():
    figures = {"similarity": {"confidence AUROC": Figure(0.5, 0.4, 0.6, 12)}}
    heading, line = signals_table("village", figures).splitlines()
    assert heading.split("  ")[0] == "village"
    assert "confidence AUROC (12)" in heading
    assert "0.500 (0.40 to 0.60)" in line


def test_every_set_of_questions_belongs_to_one_family():
    known = [name for family in FAMILIES.values() for name in family]
    assert len(known) == len(set(known))
    assert {source.name for source in QUESTIONS} <= set(known)


def test_a_set_is_measured_with_a_reader_that_saw_nothing_of_its_family(
    benchmark_folder, tmp_path, encoder, monkeypatch
):
    """The trainings are of one step; what they learn from, and what is measured with which, is what counts."""
    used: list[str] = []
    measure = leaving_out.measure_signals

    def measured(benchmark, *, reader, **more):
        used.append(readers[id(reader)])
        return measure(benchmark, reader=reader, **more)

    readers: dict[int, str] = {}
    make = leaving_out._trained

    def made(learnt_from, folder, **more):
        reader = make(learnt_from, folder, **more)
        readers[id(reader)] = folder.name
        return reader

    monkeypatch.setattr(leaving_out, "_trained", made)
    monkeypatch.setattr(leaving_out, "measure_signals", measured)
    learnt: dict[str, set[str]] = {}
    train = leaving_out.train_reader

    def watched(examples, judged, folder, **more):
        learnt[folder.name] = {one.source for one in examples}
        return train(examples, judged, folder, **more)

    monkeypatch.setattr(leaving_out, "train_reader", watched)
    monkeypatch.setattr(leaving_out, "FAMILIES", {"ours": frozenset({"village"}), "others": frozenset({"mills"})})
    monkeypatch.setattr(leaving_out, "LEFT_OUT", (LeftOut("village", None, "ours", own_text=False),))
    monkeypatch.setattr(leaving_out, "READING_SETS", ("mills", "village"))
    monkeypatch.setattr(leaving_out, "_kept_back", lambda folders, name, limit: read_benchmark(benchmark_folder))
    question = Example(
        "When was the lamp lit?", LIGHTHOUSE, ((0, len(LIGHTHOUSE)),), (True,), (), None, "village", "answered", "a"
    )
    claim = replace(question, gold=(), support=Support.SUPPORTED, source="snli", kind="claim")
    written = replace(question, source="written")
    examples = [question, replace(question, source="mills"), written, claim]
    monkeypatch.setattr(leaving_out, "read_examples", lambda path: examples)
    found = dict(
        leave_out(
            (tmp_path,),
            tmp_path / "examples.jsonl",
            tmp_path / "left-out",
            cache=tmp_path / "libraries",
            open_library=Library.open,
            encoder=encoder,
            recipe=Recipe(steps=1, tokens=300),
            limit=4,
            report=lambda line: None,
        )
    )
    assert learnt == {"ours-1": {"village", "written"}, "others-1": {"mills", "written"}}
    assert used == ["others-1"]
    assert list(found) == ["village"]
    assert set(found["village"]) == set(SIGNALS)


def test_what_is_left_out_is_of_its_own_family():
    made_of_squad = {"xquad_en"}
    assert all(one.name in FAMILIES[one.family] | made_of_squad for one in LEFT_OUT)
    assert {one.family for one in LEFT_OUT} == set(FAMILIES)


def test_a_set_without_questions_is_named(tmp_path, encoder):
    with pytest.raises(EvaluationError, match="claims"):
        measure_signals(
            Benchmark("claims", (), ()),
            cache=tmp_path,
            open_library=Library.open,
            encoder=encoder,
            reader=open_reader(encoder),
            verifier=open_verifier(encoder),
            calibration=load_calibration(),
        )


def test_a_signal_is_as_sure_as_its_best_sentence_scores(benchmark_folder, tmp_path, encoder, monkeypatch):
    """Log odds lie below nothing and differ all the same: those of answered questions are the higher ones here."""
    asked = read_benchmark(benchmark_folder)
    answerable = {case.question: case.answerable for case in asked.cases}
    monkeypatch.setattr(
        signals,
        "scores_of",
        lambda question, reading, encoder: {
            signal: np.full(len(reading.evidence), -3.0 if answerable[question] else -5.0) for signal in SIGNALS
        },
    )
    figures = measure_signals(
        asked,
        cache=tmp_path / "libraries",
        open_library=Library.open,
        encoder=encoder,
        reader=open_reader(encoder),
        verifier=open_verifier(encoder),
        calibration=load_calibration(),
    )
    assert figures["reader"]["confidence AUROC"].value == 1.0
