"""Streams of a chat model -> sentences with the numbers that they end in."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.marks import LONGEST_SENTENCE, MarkedSentence, read_marks


def read(text: str, *, size: int, shown: int = 9) -> list[tuple[str, tuple[int, ...]]]:
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    return [(sentence.text, sentence.numbers) for sentence in read_marks(pieces, shown=shown)]


@pytest.mark.parametrize("size", [pytest.param(1, id="letter by letter"), 4, pytest.param(10_000, id="at once")])
@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        pytest.param("It rained. [3] It froze. [4]", [("It rained.", (3,)), ("It froze.", (4,))], id="behind the stop"),
        pytest.param("It rained [3]. It froze [4].", [("It rained.", (3,)), ("It froze.", (4,))], id="before the stop"),
        pytest.param("It rained.[3][4]\nIt froze.", [("It rained.", (3, 4)), ("It froze.", ())], id="two marks"),
        pytest.param("It rained [3, 4].", [("It rained.", (3, 4))], id="a list"),
        pytest.param("It rained [3-5].", [("It rained.", (3, 4, 5))], id="a range"),
        pytest.param("It rained [3–5].", [("It rained.", (3, 4, 5))], id="a range with a dash"),
        pytest.param("It rained【3】.", [("It rained.", (3,))], id="wide brackets"),
        pytest.param("It rained【3†notes】.", [("It rained.", (3,))], id="wide brackets with a source"),
        pytest.param("It rained [3] and froze [4].", [("It rained and froze.", (3, 4))], id="in the middle"),
        pytest.param(
            "It rained [3] in the U.S. Then it froze. So it was [4].",
            [("It rained in the U.S.", (3,)), ("Then it froze.", ()), ("So it was.", (4,))],
            id="a sentence without a mark between",
        ),
        pytest.param("[1] It rained.\n[2] It hailed", [("It rained.", (1,)), ("It hailed", ())], id="before the line"),
        pytest.param("[1] It rained. [2] It froze.\n", [("It rained.", (1,)), ("It froze.", (2,))], id="before it"),
        pytest.param("It rained.\n[3]\nIt froze. [4]", [("It rained.", (3,)), ("It froze.", (4,))], id="next line"),
        pytest.param(
            "It rained all day [1] It froze all night [2]",
            [("It rained all day", (1,)), ("It froze all night", (2,))],
            id="no stop",
        ),
        pytest.param("- **It** rained [1]\n2. It froze [2]\n", [("It rained", (1,)), ("It froze", (2,))], id="items"),
        pytest.param("It cost $1.25 billion [1].", [("It cost $1.25 billion.", (1,))], id="a decimal"),
        pytest.param("It rained [99]. It froze [0][9].", [("It rained.", ()), ("It froze.", (9,))], id="never shown"),
        pytest.param("It rained [2-9999].", [("It rained.", tuple(range(2, 10)))], id="a range that ends nowhere"),
        pytest.param("It is `row[3]` there [2].", [("It is `row[3]` there.", (2,))], id="code in a line"),
        pytest.param("```\nrow[3] = 4\n\nb. C\n```\n[2]\n", [("```\nrow[3] = 4\n\nb. C\n```", (2,))], id="a listing"),
        pytest.param("It was [sic] so [2].", [("It was [sic] so.", (2,))], id="brackets that are no mark"),
        pytest.param("It rained [3", [("It rained", ())], id="ends in half a mark"),
        pytest.param("It rained [3] and fr", [("It rained and fr", ())], id="ends in half a sentence"),
        pytest.param("<think>So [3]? No.</think>\n\nIt rained. [1]", [("It rained.", (1,))], id="thinks first"),
        pytest.param("<think>So [3]? It rained. [1]", [], id="only thinks"),
        pytest.param(" \n\n ", [], id="white space"),
        pytest.param("", [], id="nothing"),
    ],
)  # fmt: skip
def test_marks_become_numbers_however_the_stream_is_cut(text, sentences, size):
    assert read(text, size=size) == sentences


def test_a_sentence_comes_as_soon_as_its_mark_is_complete():
    given_out: list[str] = []

    def pieces():
        for piece in ("It rained. ", "[", "3", "]", " Then", " it", " froze."):
            given_out.append(piece)
            yield piece

    assert next(read_marks(pieces(), shown=3)) == MarkedSentence("It rained.", (3,))
    assert given_out[-1] == " Then"


def test_when_the_stream_breaks_the_sentence_at_hand_is_lost():
    def pieces():
        yield "It rained. [1] It fro"
        raise ConnectionError

    sentences = read_marks(pieces(), shown=3)
    assert next(sentences).text == "It rained."
    with pytest.raises(ConnectionError):
        next(sentences)


def test_a_sentence_without_end_rests_on_nothing():
    sentences = read("word " * LONGEST_SENTENCE + "end [1]. It froze [2].", size=7)
    assert [numbers for _, numbers in sentences[:-1]] == [()] * (len(sentences) - 1)
    assert sentences[-1] == ("It froze.", (2,))


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet='ab.A [1]3,-【】†`\n<think>/*"', max_size=80), st.integers(1, 9))
def test_no_number_is_made_up_and_no_mark_is_left(text, size):
    for sentence, numbers in read(text, size=size, shown=3):
        assert set(numbers) <= {1, 2, 3}
        assert "`" in sentence or "[1]" not in sentence


@pytest.mark.parametrize("text", ["a [1", "!", "[1][", "[1, ", "``` ", "` ", " ", "\n", "【3†", "<think>", "A. [1] "])
def test_hostile_repetition_takes_no_time(text):
    started = time.perf_counter()
    read(text * (6_000 // len(text)), size=4)
    assert time.perf_counter() - started < 10
