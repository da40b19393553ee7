"""A benchmark's questions over the library's own chunks -> examples, with chunks that come near and do not answer."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evals.benchmarks import against_own_text
from evals.examples.alter import exchange_name
from evals.examples.types import Example
from evals.metrics import overlap
from evals.types import Benchmark, Case, Place
from knowledge import Document, EncodedText, Encoder, LibrarySettings, Span, cosines, embedded_text, split_sentences
from knowledge.chunk import chunk_document

NEAR_CHUNKS = 5
"""Chunks of a document among which the nearest one that does not answer is looked for."""


@dataclass(frozen=True, slots=True)
class Shares:
    """How many examples without an answer are made of a question that has one, on average."""

    other_chunk: float = 0.35
    """The chunk of the same document that is nearest to the question and does not answer it."""
    answer_left_out: float = 0.15
    """The chunk that answers, without the sentences that do."""
    name_exchanged: float = 0.45
    """The question with a name or number exchanged for another one of the chunk."""
    without_mark: float = 0.3
    """Questions that lose their question mark. (The model reads no capitals.)"""


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
    return [piece for piece in pieces if piece.sentences]


def nearness(question: EncodedText, piece: Piece, encoded: EncodedText) -> float:
    """Give the best late interaction of a question with a sentence of a piece."""
    near = cosines(question.vectors, encoded.vectors)
    best = 0.0
    for start, end in piece.sentences:
        inside = (encoded.spans[:, 0] >= start) & (encoded.spans[:, 1] <= end)
        if inside.any():
            best = max(best, float(near[:, inside].max(axis=1).mean()))
    return best


class _Elsewhere:
    """Chunks of other documents that are near to a question: for documents that are one chunk themselves."""

    def __init__(
        self, documents: Mapping[str, Document], asked: Mapping[str, Sequence[Case]], encoder: Encoder
    ) -> None:
        self._documents = [documents[one] for one in asked]
        self._encoder = encoder
        starts = [f"{document.title}\n{document.text[:500]}" for document in self._documents]
        self._vectors = encoder.encode(starts) if len(starts) > 1 else np.zeros((len(starts), encoder.dimension))

    def piece(self, case: Case, own: str) -> Piece | None:
        """Give a chunk near to the question, of another document, that does not say its answer."""
        near = np.argsort(-(self._vectors @ self._encoder.encode([case.question])[0]))[:8]
        for index in near:
            document = self._documents[int(index)]
            if document.id == own:
                continue
            first = next(iter(pieces_of(document, self._encoder)), None)
            if first is not None and not says(first.text, case.answers):
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
    places = sorted(wanted | set(chooser.sample(others, min(chunks_each, len(others)))))
    if not places:
        return
    read = dict(zip(places, encoder.encode_tokens([pieces[index].text for index in places]), strict=True))
    middles = np.array([tokens.vectors.mean(axis=0) for tokens in read.values()])
    for case in cases:
        question = case.question.rstrip("? ") if chooser.random() < shares.without_mark else case.question
        asked = encoder.encode_tokens([question])[0]
        if not len(asked.vectors):
            continue
        close = np.argsort(-cosines(middles, asked.vectors.mean(axis=0, keepdims=True))[:, 0])[:NEAR_CHUNKS]
        looked_at = {places[int(index)] for index in close} | {one for one in places if _concerns(case, pieces[one])}
        near = {index: nearness(asked, pieces[index], read[index]) for index in sorted(looked_at)}
        answering = [index for index in near if any(_gold_of(case, pieces[index]))]
        for index in _near_first(near, set(answering))[:2]:
            yield _example(question, pieces[index], case, "answered")
        if not case.answerable:
            own = {index for index in near if case.span is None or _within(case.span, pieces[index])}
            for index in _near_first(near, own)[:1]:
                yield _example(question, pieces[index], case, "unanswerable")
        if not answering:
            continue
        piece = pieces[answering[0]]
        if chooser.random() < shares.other_chunk:
            quiet = {one for one in near if one not in answering and not says(pieces[one].text, case.answers)}
            if quiet:
                yield _example(question, pieces[_near_first(near, quiet)[0]], case, "other chunk")
            elif (other := elsewhere.piece(case, document.id)) is not None:
                yield _example(question, other, case, "other chunk")
        if chooser.random() < shares.answer_left_out:
            yield from leave_answer_out(_example(question, piece, case, "answered"), case.answers)
        if chooser.random() < shares.name_exchanged and (
            other_question := exchange_name(case.question, case.answers, piece.text, chooser)
        ):
            yield _example(other_question, piece, case, "name exchanged")


def _near_first(near: Mapping[int, float], kept: set[int]) -> list[int]:
    return sorted(kept, key=lambda index: (-near[index], index))


def _concerns(case: Case, piece: Piece) -> bool:
    if case.answerable:
        return any(_gold_of(case, piece))
    return case.span is not None and _within(case.span, piece)


def _within(span: Span, piece: Piece) -> bool:
    return piece.start < span.end and span.start < piece.end


def _gold_of(case: Case, piece: Piece) -> list[bool]:
    gold = [
        one
        for alternative in case.gold
        for one in alternative
        if one.kind not in ("gold_passage", "document") and one.start < piece.end and piece.start < one.end
    ]
    if not gold:
        return [False] * len(piece.sentences)
    places = [Place(piece.document_id, start + piece.shift, end + piece.shift) for start, end in piece.sentences]
    return [any(overlap(place, one) for one in gold) for place in places]


def _example(question: str, piece: Piece, case: Case, kind: str) -> Example:
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
        None,
        case.dataset,
        kind,
        case.id,
    )


def leave_answer_out(example: Example, answers: Sequence[str]) -> Iterator[Example]:
    """Give the example without the sentences that answer, if anything is left and it does not say the answer."""
    text, sentences = example.text[: example.sentences[0][0]], []
    for (start, end), gold in zip(example.sentences, example.gold, strict=True):
        if not gold:
            sentences.append((len(text), len(text) + end - start))
            text += example.text[start:end] + " "
    if sentences and not says(text, answers):
        yield replace(
            example,
            text=text,
            sentences=tuple(sentences),
            gold=(False,) * len(sentences),
            answers=(),
            kind="answer left out",
        )


def says(text: str, answers: Sequence[str]) -> bool:
    """Say whether a text holds one of the answers."""
    folded = text.casefold()
    return any(answer.casefold().strip(" .") in folded for answer in answers if answer.strip(" ."))


# Questions that are judged


def make_judged(
    benchmark: Benchmark, *, encoder: Encoder, questions: int, seed: int, characters: int = 6000
) -> list[Example]:
    """Give the chunks of the text that each question was asked about, or of the documents that answer it.

    The chunks of one question have one `group`. Questions about a longer text than `characters` are left out.
    """
    alone = against_own_text(benchmark)
    documents = {one.id: one for one in (*benchmark.documents, *alone.documents)}
    own = {one.collection: one.id for one in alone.documents}
    pooled = [case for case in benchmark.cases if case.document_id is None and len(_documents_of(case)) > 1]
    cases = sorted((*alone.cases, *pooled), key=lambda case: case.id)
    random.Random(seed).shuffle(cases)
    pieces: dict[str, list[Piece]] = {}
    judged: list[Example] = []
    found = 0
    for case in cases:
        names = [own[case.collections[0]]] if case.collections else _documents_of(case)
        if found == questions or sum(len(documents[one].text) for one in names) > characters:
            continue
        for name in names:
            if name not in pieces:
                pieces[name] = pieces_of(documents[name], encoder)
        made = [_example(case.question, piece, case, "answered") for name in names for piece in pieces[name]]
        if not case.answerable or any(any(one.gold) for one in made):
            judged += made
            found += 1
    return judged


def _documents_of(case: Case) -> list[str]:
    return sorted({one.document_id for alternative in case.gold for one in alternative})
