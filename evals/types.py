"""What an evaluation is made of. Every offset counts characters of the named document's `text`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from assistant import Answer, Turn
from knowledge import Document, Hit, Progress, Span

GoldKind = Literal["answer_span", "gold_sentence", "gold_passage", "answer_string_match", "quote", "document"]
"""How the gold was marked: the exact words, whole sentences, a whole passage, words found by string search (not
annotated), a quote of our own cases, or nothing finer than a document."""

Label = Literal["supported", "contradicted", "not found"]


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of a document: `document.text[start:end]`."""

    document_id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ScoredPlace:
    """A stretch of a document with the score that it was given."""

    document_id: str
    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Gold:
    """A stretch of a document that a person marked as answering, or helping to answer, a question."""

    document_id: str
    start: int
    end: int
    text: str
    kind: GoldKind
    grade: float = 1.0
    """How relevant, above 0; only ranking benchmarks grade."""


@dataclass(frozen=True, slots=True)
class Case:
    """A question with what is known about its answer."""

    id: str
    dataset: str
    """The set of questions it belongs to; figures are given for each set."""
    question: str
    kind: str
    answerable: bool
    answers: tuple[str, ...] = ()
    """Short strings, any of which counts."""
    gold: tuple[tuple[Gold, ...], ...] = ()
    """Alternatives; the stretches of one alternative answer the question together."""
    history: tuple[Turn, ...] = ()
    document_id: str | None = None
    """The document that the question was written against."""
    span: Span | None = None
    """The part of that document that the question was written against."""
    document_ids: tuple[str, ...] = ()
    """Documents that an answer about documents as wholes must speak of."""
    collections: tuple[str, ...] | None = None
    """Where to look; None for everywhere."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence to be checked against a text."""

    id: str
    dataset: str
    text: str
    passage: str
    label: Label
    document_id: str | None = None
    evidence: tuple[tuple[Gold, ...], ...] = ()
    """Alternatives, as in `Case.gold`."""


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Documents and the questions and claims about them."""

    name: str
    documents: tuple[Document, ...]
    cases: tuple[Case, ...]
    claims: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What became of one case, and how it scored."""

    case_id: str
    dataset: str
    kind: str
    question: str
    cluster: str
    """The document that the case is about: the cases of one document are resampled together."""
    answerable: bool
    status: Literal["answered", "refused"] | None
    """None when only the search was run."""
    confidence: float | None
    answer: str
    """The answer as it was shown, or the reason for refusing."""
    hits: tuple[Place, ...]
    """Chunks found, best first."""
    evidence: tuple[ScoredPlace, ...]
    """Sentences considered, best first."""
    citations: tuple[Place, ...]
    """In the order of their numbers."""
    seconds: float
    """The whole question, as a user waits for it."""
    steps: Mapping[str, float] = field(default_factory=dict)
    """Seconds of each stage of the walk."""
    scores: Mapping[str, float] = field(default_factory=dict)
    """By the name of the measure; a measure that does not apply is absent."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value with its 95 % interval."""

    value: float
    low: float
    high: float
    cases: int
    """How many cases it rests on."""


@dataclass(frozen=True, slots=True)
class Run:
    """One evaluation: what was run, on what, and what came out."""

    name: str
    started: str
    """ISO 8601, UTC."""
    settings: Mapping[str, str]
    versions: Mapping[str, str]
    commit: str | None
    """The commit of the working tree, "+changes" added when it was not clean; None outside a repository."""
    machine: Mapping[str, str]
    figures: Mapping[str, Mapping[str, Figure]]
    """By data set, then by name of the measure."""
    results: tuple[CaseResult, ...]


class SearchesLibrary(Protocol):
    """The part of a library that a search needs."""

    def search(self, question: str, *, limit: int = ..., collections: Sequence[str] | None = ...) -> Sequence[Hit]:
        """Give the chunks that fit the question, best first."""
        ...


class BuildsLibrary(SearchesLibrary, Protocol):
    """The part of a library that building it needs."""

    def add_documents(
        self, documents: Sequence[Document], *, progress: Callable[[Progress], None] | None = ...
    ) -> object:
        """Add documents that were read elsewhere."""
        ...


class AnswersQuestions(Protocol):
    """The part of an assistant that an evaluation needs."""

    def ask(self, question: str, history: Sequence[Turn] = ..., *, collections: Sequence[str] | None = ...) -> Answer:
        """Give the checked answer to a question."""
        ...


class OpensLibrary(Protocol):
    """What opens the library in a folder; `Library.open` is one."""

    def __call__(self, path: Path, *, read_only: bool = False) -> AbstractContextManager[BuildsLibrary]:
        """Open the library, making it when it is not there and may be written."""
        ...
