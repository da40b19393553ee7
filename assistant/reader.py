"""The trained reader: one small model that reads a question together with a passage.

It is the project's MiniLM, taught on (`python -m evals train`; `weights/reader.md` is its model card). One pass gives a
score for each sentence and for "nothing here answers", and finds the words of each sentence that answer.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from knowledge import Encoder

TOKEN_LIMIT = 256
"""Tokens of question and passage together: what the model was trained to read."""
QUESTION_TOKENS = 64
"""A longer question or claim is cut."""


class Pair(NamedTuple):
    """A question, or a claim, and a passage as a model sees them: "[CLS] question [SEP] passage [SEP]"."""

    token_ids: tuple[int, ...]
    types: tuple[int, ...]
    """0 for tokens of the question, 1 for tokens of the passage."""
    sentence_of: tuple[int, ...]
    """The sentence of the passage that a token belongs to, from 1; 0 for none."""
    places: tuple[tuple[int, int], ...]
    """Where a token stands in the passage; (0, 0) outside it."""


@dataclass(frozen=True, slots=True)
class PassageReading:
    """What the model says of a question and a passage."""

    sentences: NDArray[np.float32]
    """Shape (sentences,): log odds that each answers, against "nothing here answers"."""
    answers: tuple[tuple[int, int] | None, ...]
    """Where in the passage those words of each sentence stand that answer best; None for one that is not read."""
    answerable: float
    """Log odds that any of them does."""


class Reader:
    """The model, opened once and used from any thread.

    Each pair is run by itself, so that no score depends on what else is read.
    """

    def __init__(self, model: Path, *, encoder: Encoder) -> None:
        """Open the ONNX file `model`; `encoder` splits texts into tokens."""
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session: Any = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._encoder = encoder

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(max_workers=os.cpu_count() or 1, thread_name_prefix="reader")

    def read(self, question: str, passages: Sequence[tuple[str, Sequence[tuple[int, int]]]]) -> list[PassageReading]:
        """Read a question with each passage, given as its text and where its sentences stand in it.

        A sentence beyond `TOKEN_LIMIT` has the score of nothing: minus infinity.
        """

        def one(passage: tuple[str, Sequence[tuple[int, int]]]) -> PassageReading:
            text, sentences = passage
            pair = pair_up(self._encoder, question, text, sentences)
            scores, words = self._run(pair, max(1, len(sentences)))
            answers = tuple(_answer_in(text, pair, words, number, span) for number, span in enumerate(sentences, 1))
            seen = np.zeros(max(1, len(sentences)), dtype=bool)
            seen[[number - 1 for number in set(pair.sentence_of) - {0}]] = True
            scores = np.where(seen, scores, -np.inf)
            whole = float(np.logaddexp.reduce(scores)) if seen.any() else -np.inf
            return PassageReading(scores[: len(sentences)].astype(np.float32), answers, whole)

        return [one(passages[0])] if len(passages) == 1 else list(self._pool.map(one, passages))

    def _run(self, pair: Pair, count: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Scores of the sentences, and of the tokens."""
        numbers = np.arange(1, count + 1)
        sentences, words = self._session.run(
            ["sentences", "words"],
            {
                "token_ids": np.array([pair.token_ids], dtype=np.int64),
                "types": np.array([pair.types], dtype=np.int64),
                "membership": (np.array(pair.sentence_of) == numbers[:, None]).astype(np.float32)[None],
            },
        )
        return sentences[0], words[0]


ANSWER_SHARE = 0.25
"""Tokens beside the one that answers best belong to the answer from this share of its likelihood on."""


def _answer_in(
    text: str, pair: Pair, words: NDArray[np.float32], number: int, sentence: tuple[int, int]
) -> tuple[int, int] | None:
    """Where the words of a sentence that answer stand: its best token and those around it, in whole words."""
    inside = np.flatnonzero(np.array(pair.sentence_of) == number)
    if not len(inside):
        return None
    likely = words[inside] >= words[inside].max() + np.log(ANSWER_SHARE)
    first = last = int(words[inside].argmax())
    while likely[max(0, first - 2) : first].any():  # one token between may be unlikely, as a decimal point is
        first -= 1
    while likely[last + 1 : last + 3].any():
        last += 1
    start, end = pair.places[inside[first]][0], pair.places[inside[last]][1]
    while start > sentence[0] and _joins(text, start):
        start -= 1
    while end < sentence[1] and _joins(text, end):
        end += 1
    return start, end


def _joins(text: str, at: int) -> bool:
    """Whether the characters before and after a place belong to one word or number."""
    around = text[at - 1 : at + 2], text[max(0, at - 2) : at + 1]
    return text[at - 1 : at + 1].isalnum() or any(_WITHIN_NUMBER.fullmatch(some) for some in around)


_WITHIN_NUMBER = re.compile(r"\d[.,]\d")


def pair_up(encoder: Encoder, question: str, text: str, sentences: Sequence[tuple[int, int]]) -> Pair:
    """Give the tokens of a question and a passage, cut at `QUESTION_TOKENS` and `TOKEN_LIMIT`."""
    asked, _ = encoder.tokenize(question)
    separator = asked[-1]
    asked = [*asked[: QUESTION_TOKENS - 1], separator] if len(asked) > QUESTION_TOKENS else asked
    ids, places = encoder.tokenize(text)
    room = TOKEN_LIMIT - len(asked) - 1
    ids, places = ids[1:-1][:room], places[1:-1][:room]
    head = len(asked)
    return Pair(
        token_ids=(*asked, *ids, separator),
        types=(*[0] * head, *[1] * (len(ids) + 1)),
        sentence_of=(*[0] * head, *(holder_of(place, sentences) for place in places), 0),
        places=(*[(0, 0)] * head, *places, (0, 0)),
    )


def holder_of(place: tuple[int, int], spans: Sequence[tuple[int, int]]) -> int:
    """Give the number of the span that holds a token, from 1; 0 for none."""
    return next((number for number, (start, end) in enumerate(spans, 1) if start <= place[0] and place[1] <= end), 0)


@lru_cache(maxsize=1)
def open_reader(encoder: Encoder) -> Reader:
    """Give the reader that comes with the project."""
    with as_file(files("assistant").joinpath("weights/reader.onnx")) as model:
        return Reader(model, encoder=encoder)
