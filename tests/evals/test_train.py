"""What a reader is taught, and what is done when a taught reader is judged."""

from __future__ import annotations

import random

import numpy as np
import pytest

from evals.documents import document_from_text
from evals.train import (
    TOKEN_LIMIT,
    Example,
    Inputs,
    Recipe,
    Scored,
    Shares,
    Tokens,
    batches_of,
    exchange_name,
    export_reader,
    judge,
    leave_answer_out,
    make_examples,
    make_judged,
    pieces_of,
    read_examples,
    run_alone,
    score_all,
    train_reader,
)
from evals.types import Benchmark, Case, Gold
from knowledge import open_encoder

TEXT = (
    "The mill at Oxley was built in 1822. It burnt down in 1847 and was never rebuilt. "
    "Its last owner was Thomas Pell. The stones were carried to Harrow and sold."
)
ALWAYS = Shares(other_chunk=0.0, answer_left_out=1.0, name_exchanged=1.0, without_mark=0.0)
NEVER = Shares(other_chunk=0.0, answer_left_out=0.0, name_exchanged=0.0, without_mark=1.0)


@pytest.fixture(scope="module")
def encoder():
    return open_encoder()


def benchmark() -> Benchmark:
    start = TEXT.index("1847")
    gold = Gold("mill", start, start + 4, "1847", "answer_span")
    return Benchmark(
        "mills",
        (document_from_text("mill", "Oxley", TEXT),),
        (
            Case(
                "burnt",
                "mills",
                "When did the mill at Oxley burn?",
                "question",
                True,
                ("1847",),
                ((gold,),),
                (),
                "mill",
            ),
            Case("painted", "mills", "Who painted the mill?", "question", False, document_id="mill"),
        ),
    )


def example(**changed) -> Example:
    values = {
        "question": "When did the mill burn?",
        "text": "Oxley\nThe mill was built in 1822. It burnt in 1847.",
        "sentences": ((6, 33), (34, 51)),
        "gold": (False, True),
        "answers": ((46, 50),),
        "matches": (0.5, 0.7),
        "source": "mills",
        "kind": "answered",
        "group": "burnt",
    }
    return Example(**{**values, **changed})


def test_the_sentence_that_holds_the_answer_is_gold_and_its_words_are_marked(encoder):
    made = next(
        one for one in make_examples(benchmark(), encoder=encoder, shares=NEVER, seed=0) if one.kind == "answered"
    )
    gold = [made.text[start:end] for (start, end), flag in zip(made.sentences, made.gold, strict=True) if flag]
    assert gold == ["It burnt down in 1847 and was never rebuilt."]
    assert [made.text[start:end] for start, end in made.answers] == ["1847"]


def test_a_question_without_an_answer_is_shown_the_text_it_was_asked_about(encoder):
    made = [one for one in make_examples(benchmark(), encoder=encoder, shares=NEVER, seed=0) if one.group == "painted"]
    assert [one.kind for one in made] == ["unanswerable"]
    assert not any(made[0].gold)


def test_questions_lose_their_mark_as_often_as_asked_for(encoder):
    assert all(
        not one.question.endswith("?") for one in make_examples(benchmark(), encoder=encoder, shares=NEVER, seed=0)
    )


def test_the_same_seed_makes_the_same_examples(encoder):
    first, second = (list(make_examples(benchmark(), encoder=encoder, shares=ALWAYS, seed=3)) for _ in range(2))
    assert first == second


def test_without_its_answer_a_chunk_keeps_the_other_sentences_and_their_places():
    (left,) = leave_answer_out(example(), ["1847"])
    assert [left.text[start:end] for start, end in left.sentences] == ["The mill was built in 1822."]
    assert (left.gold, left.matches, left.kind) == ((False,), (0.5,), "answer left out")


def test_a_chunk_that_says_the_answer_twice_is_not_shown_as_one_without():
    assert list(leave_answer_out(example(), ["1822"])) == []


def test_an_exchanged_name_is_one_of_the_chunk_and_not_the_answer(encoder):
    case = benchmark().cases[0]
    (piece,) = pieces_of(benchmark().documents[0], encoder)
    changed = {exchange_name(case, piece, random.Random(seed)) for seed in range(8)}
    assert changed
    assert all(one is not None and "Oxley" not in one and "1847" not in one for one in changed)


def test_judged_chunks_of_one_question_stand_together(encoder):
    judged = make_judged(benchmark(), encoder=encoder, questions=5, seed=0)
    assert {one.group for one in judged} == {"burnt", "painted"}


def test_tokens_know_their_sentence_and_the_answer():
    read = Tokens().read(example())
    assert read.types[0] == 0
    assert read.types[-1] == 1
    assert set(read.sentence_of) == {0, 1, 2}
    assert sum(read.answer) == 1


def test_a_long_text_is_cut_where_the_encoder_ends():
    read = Tokens().read(
        example(
            question="why " * 300, text="word " * 600, sentences=((0, 2999),), gold=(True,), answers=(), matches=(0.1,)
        )
    )
    assert len(read.token_ids) == TOKEN_LIMIT
    assert len(read.types) == len(read.sentence_of) == len(read.answer) == TOKEN_LIMIT


def test_each_example_is_read_once_before_any_is_read_again():
    inputs = [Inputs((1,) * (number % 7 + 3), (), (), (), example()) for number in range(40)]
    batches = batches_of(inputs, Recipe(steps=10, batch=4))
    assert sorted(index for batch in batches for index in batch) == list(range(40))


def test_right_first_looks_over_all_chunks_and_auroc_at_the_best():
    inputs = [
        Inputs((), (), (), (), example(group="a", gold=(True, False))),
        Inputs((), (), (), (), example(group="a", gold=(False, False))),
        Inputs((), (), (), (), example(group="b", gold=(False, False))),
        Inputs((), (), (), (), example(group="c", gold=(False, True))),
    ]
    scored = [
        Scored(np.array([1.0, 0.0], dtype=np.float32), 1.0),
        Scored(np.array([2.0, 0.0], dtype=np.float32), 2.0),
        Scored(np.array([0.0, 0.0], dtype=np.float32), 1.5),
        Scored(np.array([0.0, 3.0], dtype=np.float32), 1.0),
    ]
    assert judge(inputs, scored) == {"right first": 0.5, "auroc": 0.5}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reader")
    reports: list[str] = []
    recipe = Recipe(steps=2, batch=2, checkpoint_seconds=0.0, threads=1)
    examples = [example(), example(gold=(False, False), answers=(), kind="unanswerable")]
    best = train_reader(examples, {"mills": examples}, folder, recipe=recipe, report=reports.append)
    return folder, best, recipe, examples, reports


def test_an_untrained_reader_says_what_late_interaction_says():
    from evals.train import INTERCEPT, SLOPE, build_reader

    inputs = [Tokens().read(example())]
    (scored,) = score_all(build_reader(), inputs)
    assert scored.sentences == pytest.approx(SLOPE * np.array([0.5, 0.7]) + INTERCEPT, abs=0.1)


def test_training_goes_on_from_its_checkpoint(trained):
    folder, _, recipe, examples, _ = trained
    reports: list[str] = []
    train_reader(examples, {}, folder, recipe=recipe, report=reports.append)
    assert reports == ["goes on from step 2"]


def test_the_exported_reader_agrees_and_no_score_depends_on_the_others(trained, tmp_path):
    _, best, _, examples, _ = trained
    target = tmp_path / "reader.onnx"
    assert export_reader(best, target, samples=examples) < 0.35
    inputs = [Tokens().read(one) for one in [*examples, example(question="Who painted it?")]]
    together = run_alone(target, inputs)
    for one, scored in zip(inputs, together, strict=True):
        (alone,) = run_alone(target, [one])
        assert np.array_equal(alone.sentences, scored.sentences)
        assert alone.answerable == scored.answerable


def test_examples_survive_being_written(tmp_path):
    import json
    from dataclasses import asdict

    path = tmp_path / "examples.jsonl"
    path.write_text(json.dumps(asdict(example())) + "\n", encoding="utf-8")
    assert read_examples(path) == [example()]
