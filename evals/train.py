"""Public questions -> a reader: which sentence of a chunk answers a question, and does the chunk answer it at all?

The reader is the project's MiniLM, taught on: question and chunk are read together, so that a token of the chunk knows
what is asked. Each sentence and "nothing here answers" get a score, and one softmax over them is trained: the sentences
share the probability that the chunk answers. A sentence's score begins as the late interaction of the untrained
encoder (`assistant.read`), so that training can only add to it, and the null score as nothing.
"""

from __future__ import annotations

import json
import math
import random
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from evals.benchmarks import read_benchmark
from evals.metrics import overlap
from evals.types import Benchmark, Case, Place
from knowledge import Document, EncodedText, Encoder, LibrarySettings, Span, embedded_text, split_sentences
from knowledge.chunk import chunk_document
from knowledge.export import weights_folder

if TYPE_CHECKING:
    import torch

Scores = NDArray[np.float32]

TOKEN_LIMIT = 256
"""Tokens of question and chunk together: what the encoder was trained to read."""
QUESTION_TOKENS = 64
"""A longer question is cut."""
SLOPE, INTERCEPT = 17.0, -11.7
"""Log odds that a sentence answers, in its late-interaction score: what `python -m evals calibrate` fitted. They are
where training begins; both are trained on."""
TOKEN_FEATURES = 32
"""Features of a token of which a sentence gets the highest."""


@dataclass(frozen=True, slots=True)
class Source:
    """A set that is trained on, and how much of it."""

    name: str
    split: str | None
    questions: int
    licence: str


SOURCES = (
    Source("squad2_dev", "train", 6000, "CC BY-SA 4.0"),
    Source("nq_oracle", None, 1700, "MIT, text CC BY-SA"),
    Source("selqa_test", None, 800, "Apache-2.0"),
    Source("selqa_dev", None, 500, "Apache-2.0"),
    Source("covidqa", None, 900, "Apache-2.0"),
    Source("policyqa", None, 800, "MIT"),
    Source("timeqa_human", None, 1300, "BSD-3-Clause"),
    Source("friendsqa", None, 450, "Apache-2.0"),
)
"""Only sets whose licence is established, since what is trained on them is shipped."""


@dataclass(frozen=True, slots=True)
class Example:
    """A question and a chunk, with what answers it there."""

    question: str
    text: str
    """The chunk as it is embedded, title and headings before it; every offset counts its characters."""
    sentences: tuple[tuple[int, int], ...]
    gold: tuple[bool, ...]
    """Which sentences answer; none when the chunk does not."""
    answers: tuple[tuple[int, int], ...]
    """The exact words that answer, where they were marked."""
    matches: tuple[float, ...]
    """Late interaction of each sentence with the question, by the untrained encoder."""
    source: str
    kind: str
    """How it was made: "answered", "unanswerable", "other chunk", "answer left out", "name exchanged"."""
    group: str
    """The question it belongs to: the chunks of one question are judged together."""


@dataclass(frozen=True, slots=True)
class Shares:
    """How many examples without an answer are made of a question that has one, on average."""

    other_chunk: float = 0.35
    """The chunk of the same document that is nearest to the question and does not answer it."""
    answer_left_out: float = 0.12
    """The chunk that answers, without the sentences that do."""
    name_exchanged: float = 0.18
    """The question with a name or number exchanged for another one of the chunk."""
    without_mark: float = 0.3
    """Questions that lose their question mark. (The model reads no capitals.)"""


# Examples


def make_examples(
    benchmark: Benchmark, *, encoder: Encoder, shares: Shares, seed: int, chunks_each: int = 12
) -> Iterator[Example]:
    """Give the training examples of a benchmark's questions, document by document.

    Of a long document only the chunks that answer and `chunks_each` others, drawn once, are looked at.
    """
    documents = {one.id: one for one in benchmark.documents}
    asked: dict[str, list[Case]] = {}
    for case in benchmark.cases:
        document_id = document_of(case)
        if document_id in documents:
            asked.setdefault(document_id, []).append(case)
    elsewhere = _Elsewhere(documents, asked, encoder)
    for document_id, cases in asked.items():
        chooser = random.Random(f"{seed} {document_id}")
        yield from _examples_of(documents[document_id], cases, encoder, shares, chooser, chunks_each, elsewhere)


def document_of(case: Case) -> str:
    """Give the id of the document that a case is asked about; "" where there is none or more than one."""
    if case.document_id is not None:
        return case.document_id
    found = {one.document_id for alternative in case.gold for one in alternative}
    return found.pop() if len(found) == 1 else ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A chunk with its sentences, as the encoder reads it."""

    document_id: str
    start: int
    end: int
    text: str
    sentences: tuple[tuple[int, int], ...]
    """Within `text`."""
    shift: int
    """What to take from an offset in the document to get one in `text`."""


def pieces_of(document: Document, encoder: Encoder) -> list[Piece]:
    """Give the chunks of a document, made as the library makes them."""
    sentences = split_sentences(document.text, document.blocks)
    chunks = chunk_document(
        document,
        sentences,
        count_tokens=encoder.count_tokens,
        size=LibrarySettings().chunk_tokens,
        limit=encoder.limit,
    )
    pieces = []
    for chunk in chunks:
        words = document.text[chunk.start : chunk.end]
        text = embedded_text(document.title, chunk.headings, words)
        shift = chunk.start - (len(text) - len(words))
        inside = tuple(
            (max(span.start, chunk.start) - shift, min(span.end, chunk.end) - shift)
            for span in sentences[chunk.first_sentence : chunk.last_sentence]
        )
        pieces.append(Piece(document.id, chunk.start, chunk.end, text, inside, shift))
    return pieces


def match_sentences(question: EncodedText, piece: Piece, encoded: EncodedText) -> tuple[float, ...]:
    """Give the late interaction of each sentence of a piece with a question; 0 for one without a token."""
    cosines = _unit(question.vectors) @ _unit(encoded.vectors).T
    matches = []
    for start, end in piece.sentences:
        inside = (encoded.spans[:, 0] >= start) & (encoded.spans[:, 1] <= end)
        matches.append(float(cosines[:, inside].max(axis=1).mean()) if inside.any() else 0.0)
    return tuple(matches)


class _Elsewhere:
    """Chunks of other documents that are near to a question: for documents that are one chunk themselves."""

    def __init__(self, documents: Mapping[str, Document], asked: Mapping[str, Sequence[Case]], encoder: Encoder):
        self._documents = [documents[one] for one in asked]
        self._encoder = encoder
        starts = [f"{document.title}\n{document.text[:500]}" for document in self._documents]
        self._vectors = encoder.encode(starts) if len(starts) > 1 else np.zeros((len(starts), encoder.dimension))

    def piece(self, case: Case, own: str) -> Piece | None:
        near = np.argsort(-(self._vectors @ self._encoder.encode([case.question])[0]))[:8]
        for index in near:
            document = self._documents[int(index)]
            if document.id == own:
                continue
            first = pieces_of(replace(document, text=document.text), self._encoder)[0]
            if not _says(first.text, case.answers):
                return first
        return None


def _examples_of(
    document: Document,
    cases: Sequence[Case],
    encoder: Encoder,
    shares: Shares,
    chooser: random.Random,
    chunks_each: int,
    elsewhere: _Elsewhere,
) -> Iterator[Example]:
    pieces = pieces_of(document, encoder)
    wanted = {index for index, piece in enumerate(pieces) for case in cases if _concerns(case, piece)}
    others = [index for index in range(len(pieces)) if index not in wanted]
    wanted |= set(chooser.sample(others, min(chunks_each, len(others))))
    read = {index: encoder.encode_tokens([pieces[index].text])[0] for index in sorted(wanted)}
    for case in cases:
        question = case.question.rstrip("? ") if chooser.random() < shares.without_mark else case.question
        asked = encoder.encode_tokens([question])[0]
        if not len(asked.vectors):
            continue
        scored = {index: match_sentences(asked, pieces[index], tokens) for index, tokens in read.items()}
        answering = [index for index in scored if any(_gold_of(case, pieces[index]))]
        for index in _near_first(scored, set(answering))[:2]:
            yield _example(question, pieces[index], case, scored[index], "answered")
        if not case.answerable:
            own = {index for index in scored if case.span is None or _within(case.span, pieces[index])}
            for index in _near_first(scored, own)[:1]:
                yield _example(question, pieces[index], case, scored[index], "unanswerable")
        if not answering:
            continue
        index = answering[0]
        if chooser.random() < shares.other_chunk:
            quiet = {one for one in scored if one not in answering and not _says(pieces[one].text, case.answers)}
            if quiet:
                nearest = _near_first(scored, quiet)[0]
                yield _example(question, pieces[nearest], case, scored[nearest], "other chunk")
            elif (other := elsewhere.piece(case, document.id)) is not None:
                matches = match_sentences(asked, other, encoder.encode_tokens([other.text])[0])
                yield _example(question, other, case, matches, "other chunk")
        if chooser.random() < shares.answer_left_out:
            yield from leave_answer_out(_example(question, pieces[index], case, scored[index], "answered"), case.answers)
        if chooser.random() < shares.name_exchanged and (other_question := exchange_name(case, pieces[index], chooser)):
            matches = match_sentences(encoder.encode_tokens([other_question])[0], pieces[index], read[index])
            yield _example(other_question, pieces[index], case, matches, "name exchanged")


def _near_first(scored: Mapping[int, Sequence[float]], kept: set[int]) -> list[int]:
    return sorted(kept, key=lambda index: (-max(scored[index], default=0.0), index))


def _concerns(case: Case, piece: Piece) -> bool:
    if case.answerable:
        return any(_gold_of(case, piece))
    return case.span is not None and _within(case.span, piece)


def _within(span: Span, piece: Piece) -> bool:
    return piece.start < span.end and span.start < piece.end


def _gold_of(case: Case, piece: Piece) -> list[bool]:
    gold = [one for alternative in case.gold for one in alternative if one.kind not in ("gold_passage", "document")]
    places = [
        Place(piece.document_id, start + piece.shift, end + piece.shift) for start, end in piece.sentences
    ]
    return [any(overlap(place, one) for one in gold) for place in places]


def _example(question: str, piece: Piece, case: Case, matches: Sequence[float], kind: str) -> Example:
    gold = _gold_of(case, piece) if kind == "answered" else [False] * len(piece.sentences)
    answers = {
        (one.start - piece.shift, one.end - piece.shift)
        for alternative in case.gold
        for one in alternative
        if kind == "answered"
        and one.document_id == piece.document_id
        and one.kind in ("answer_span", "answer_string_match")
        and piece.start <= one.start
        and one.end <= piece.end
    }
    return Example(
        question,
        piece.text,
        piece.sentences,
        tuple(gold),
        tuple(sorted(answers)),
        tuple(round(match, 4) for match in matches),
        case.dataset,
        kind,
        case.id,
    )


def leave_answer_out(example: Example, answers: Sequence[str]) -> Iterator[Example]:
    """Give the example without the sentences that answer, if anything is left and it does not say the answer."""
    text, sentences, matches = example.text[: example.sentences[0][0]], [], []
    for (start, end), gold, match in zip(example.sentences, example.gold, example.matches, strict=True):
        if not gold:
            sentences.append((len(text), len(text) + end - start))
            text += example.text[start:end] + " "
            matches.append(match)
    if sentences and not _says(text, answers):
        yield replace(
            example,
            text=text,
            sentences=tuple(sentences),
            gold=(False,) * len(sentences),
            answers=(),
            matches=tuple(matches),
            kind="answer left out",
        )


_NAME = re.compile(r"(?<![.!?\n] )\b[A-Z][\w’'-]+(?: [A-Z][\w’'-]+){0,3}|\b\d[\d,.]*\d\b")


def exchange_name(case: Case, piece: Piece, chooser: random.Random) -> str | None:
    """Give the question with a name or a number of the chunk exchanged for another one; None where there are not two.

    The new question is about what the chunk speaks of and almost never answered by it.
    """
    names = sorted(set(_NAME.findall(piece.text)))
    asked = case.question.casefold()
    spoken = [answer.casefold() for answer in case.answers]

    def stands(name: str) -> re.Match[str] | None:
        return re.search(rf"\b{re.escape(name.casefold())}\b", asked)

    there = [name for name in names if stands(name)]
    absent = [
        name
        for name in names
        if not stands(name)
        and not any(name.casefold() in answer or answer in name.casefold() for answer in spoken)
        and not any(part in asked for part in name.casefold().split() if len(part) > 3)
    ]
    chooser.shuffle(there)
    for name in there:
        alike = [one for one in absent if one[0].isdigit() == name[0].isdigit() and (len(one) == len(name)) >= name[0].isdigit()]
        place = stands(name)
        if alike and place and len(asked) == len(case.question):
            return case.question[: place.start()] + chooser.choice(alike) + case.question[place.end() :]
    return None


def _says(text: str, answers: Sequence[str]) -> bool:
    folded = text.casefold()
    return any(answer.casefold().strip(" .") in folded for answer in answers if answer.strip(" ."))


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)
