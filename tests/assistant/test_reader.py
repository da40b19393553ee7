"""The trained reader: what it is sure of, and that a score is the same whatever else is read."""

from __future__ import annotations

import numpy as np
import pytest

from assistant.reader import TOKEN_LIMIT, open_reader, pair_up
from knowledge import open_encoder

SENTENCES = (
    "The mill at Oxley was built in 1822 by Thomas Pell.",
    "It burnt down in 1847 and was never rebuilt.",
    "The stones were carried to Harrow and sold.",
)
TEXT = " ".join(SENTENCES)
PLACES = tuple((TEXT.index(one), TEXT.index(one) + len(one)) for one in SENTENCES)


@pytest.fixture(scope="module")
def encoder():
    return open_encoder()


@pytest.fixture(scope="module")
def reader(encoder):
    return open_reader(encoder)


@pytest.mark.parametrize(
    ("question", "answering"),
    [
        ("Who built the mill at Oxley?", 0),
        ("When did the mill burn down?", 1),
        ("where did the stones go", 2),
    ],
)
def test_the_sentence_that_answers_is_the_likeliest_and_likelier_than_none(reader, question, answering):
    (read,) = reader.read(question, [(TEXT, PLACES)])
    assert int(np.argmax(read.sentences)) == answering
    assert read.answerable > 0


@pytest.mark.parametrize("question", ["How do bees find their way home?", "Who painted the ceiling of the library?"])
def test_a_question_on_something_else_is_answered_by_nothing(reader, question):
    (read,) = reader.read(question, [(TEXT, PLACES)])
    assert read.answerable < 0


def test_a_score_does_not_depend_on_what_else_is_read(reader):
    others = [("Bees dance.", ((0, 11),)), (TEXT * 3, PLACES), (SENTENCES[1], ((0, len(SENTENCES[1])),))]
    together = reader.read("When did the mill burn down?", [(TEXT, PLACES), *others])[0]
    (alone,) = reader.read("When did the mill burn down?", [(TEXT, PLACES)])
    assert np.array_equal(together.sentences, alone.sentences)
    assert together.answerable == alone.answerable


def test_what_lies_beyond_the_limit_answers_nothing(reader):
    long = "word " * 400
    (read,) = reader.read(
        "When did it burn?", [(long + TEXT, tuple((a + len(long), b + len(long)) for a, b in PLACES))]
    )
    assert np.isneginf(read.sentences).all()
    assert read.answerable == -np.inf


def test_a_passage_without_a_sentence_is_read_too(reader):
    (read,) = reader.read("When did it burn?", [("", ())])
    assert read.sentences.shape == (0,)


def test_tokens_know_their_sentence_and_stay_below_the_limit(encoder):
    pair = pair_up(encoder, "Who built it?", TEXT * 20, PLACES)
    assert set(pair.sentence_of) == {0, 1, 2, 3}
    assert len(pair.token_ids) == TOKEN_LIMIT


@pytest.mark.parametrize("number", ["555,000", "1.25"])
def test_the_words_that_answer_hold_a_number_whole(reader, number):
    text = f"Its supercomputers in Memphis, which carry the name Colossus, now contain more than {number} GPUs."
    (read,) = reader.read("How many GPUs does Colossus have?", [(text, ((0, len(text)),))])
    (answer,) = read.answers
    assert number in text[slice(*answer)]
