"""What a question becomes. Every offset counts characters of the cited document's `text`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from knowledge import DocumentQuestion, Span

Status = Literal["answered", "refused"]
Writer = Literal["quoted", "described", "model"]
Support = Literal["supported", "contradicted", "not supported"]
Difference = Literal["figure", "date", "name", "event"]


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question and the answer that was given."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: the words, what was said before, and where to look."""

    text: str
    history: tuple[Turn, ...] = ()
    collections: tuple[str, ...] | None = None
    """Names of the collections to search; None for all."""


@dataclass(frozen=True, slots=True)
class Citation:
    """The exact words that a statement rests on: `library.document(document_id).text[start:end] == quote`."""

    number: int
    """The mark in the answer's text, from 1; one number is one stretch of one document."""
    document_id: str
    document_hash: str
    """`Document.content_hash` when the citation was made; another hash now means "changed since"."""
    start: int
    end: int
    quote: str
    title: str
    heading: str | None
    page: int | None
    collection: str = "default"
    published: date | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of an answer, with what it rests on."""

    text: str
    citations: tuple[Citation, ...]
    support: float
    """Probability that the citations support the text, 0 to 1; 1.0 for words quoted as they stand."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two cited sentences that answer the same question differently."""

    difference: Difference
    """What differs; "event" is whether something happened."""
    first: Citation
    second: Citation
    first_words: tuple[int, int]
    """Where the differing words stand in `first.quote`."""
    second_words: tuple[int, int]
    """Where they stand in `second.quote`."""

    @property
    def text(self) -> str:
        """The two in words, with their marks: "The sources differ: “about 5” (2 May 2026) [1] against “9” [2]."."""
        ones, others = (
            f"“{' '.join(citation.quote[slice(*words)].split())}”"
            + (f" ({citation.published.day} {citation.published:%B %Y})" if citation.published else "")
            + f" [{citation.number}]"
            for citation, words in ((self.first, self.first_words), (self.second, self.second_words))
        )
        sources = {(citation.collection, citation.document_id) for citation in (self.first, self.second)}
        if len(sources) == 1:
            return f"One source says both {ones} and {others}."
        return f"The sources differ: {ones} against {others}."


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the documents, or a given text, say of a claim."""

    claim: str
    support: Support
    probability: float
    """Calibrated probability that the claim is supported, 0 to 1."""
    citations: tuple[Citation, ...]
    """What it was judged by, the nearest first; empty when nothing comes near."""
    reason: str
    """The judgement in words, naming what differs where that is known."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence that was considered: `document.text[start:end] == text`."""

    document_id: str
    start: int
    end: int
    text: str
    score: float
    """How well it answers the question, 0 to 1; comparable within one answer."""
    document_hash: str = ""
    collection: str = "default"
    title: str = ""
    heading: str | None = None
    page: int | None = None
    published: date | None = None
    answer: Span | None = None
    """Where in the document those of its words stand that answer the question; None where it hardly answers."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading the retrieved chunks came to."""

    evidence: tuple[Evidence, ...]
    """Sentences, best first."""
    matches: NDArray[np.float32]
    """Shape (sentences, question tokens): how well each sentence matches each token of the question, -1 to 1."""
    weights: NDArray[np.float32]
    """Shape (question tokens,): 1 for tokens that carry meaning, 0 for stop words and punctuation."""
    log_odds: NDArray[np.float32]
    """Shape (sentences,): what the trained reader says of each sentence, against "nothing here answers"."""
    features: Mapping[str, float]
    """What the confidence was computed from, by name."""
    confidence: float
    """Probability that the documents answer the question, 0 to 1."""
    missing: tuple[str, ...]
    """Words of the question that no sentence matches."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A statement before its citations are made: its words, and the stretches that they rest on."""

    text: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One stage of the walk, as it went."""

    name: str
    seconds: float
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, whole or in the making. Every statement in it has citations and has been checked."""

    question: str
    """The question as it was asked."""
    status: Status | None = None
    """None while the answer is being made."""
    statements: tuple[Statement, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    """The sentences considered, best first."""
    confidence: float = 0.0
    """Calibrated probability that the documents answer the question, 0 to 1."""
    reason: str | None = None
    """Why it was refused, in words; None when answered."""
    standalone_question: str = ""
    """The question that was searched: a follow-up rewritten so that it stands alone."""
    related: tuple[DocumentQuestion, ...] = ()
    """Questions that the documents ask and answer themselves and that come near, nearest first."""
    written_by: Writer | None = None
    """"quoted": sentences quoted from the sources; "described": an answer about documents as wholes; "model": what a
    chat model wrote and what was checked against the sentences that it cites."""
    withheld: int = 0
    """Statements that a chat model wrote and that did not pass the check."""
    note: str | None = None
    """What the reader of the answer should know about how it came to be, such as a chat model that failed."""
    conflicts: tuple[Conflict, ...] = ()
    """Cited sentences that differ; each citation of them is among `citations`."""
    steps: tuple[Step, ...] = ()

    @property
    def text(self) -> str:
        """The statements with their marks: "... [1] ... [2]", then how the sources differ where they do.

        The reason when refused; empty while there is neither.
        """
        if self.status == "refused":
            return self.reason or ""
        statements = (
            statement.text + "".join(f" [{citation.number}]" for citation in statement.citations)
            for statement in self.statements
        )
        return " ".join([*statements, *(one.text for one in self.conflicts)])

    def __add__(self, later: Answer) -> Answer:
        """The later answer: LangChain adds up what a runnable streams, and each of these holds all before it."""
        return later

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Every citation of the answer once, by number."""
        found = {citation.number: citation for statement in self.statements for citation in statement.citations}
        found |= {citation.number: citation for one in self.conflicts for citation in (one.first, one.second)}
        return tuple(found[number] for number in sorted(found))
