"""A village to ask about, and a library and an assistant with the real faces that go by shared words."""

from __future__ import annotations

import json
import pickle
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

from assistant import Answer, Citation, Evidence, Statement, Step, Turn
from evals import CaseResult, Place, Run
from evals.figures import measure_results
from knowledge import Document, Hit, Progress, Span

COMMON = frozenset(["a", "did", "does", "how", "in", "is", "it", "of", "the", "to", "was", "what", "when", "who"])


def words_of(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.lower())) - COMMON


class WordLibrary:
    """Each block is a chunk of one sentence; the more words it shares with the question, the better it fits."""

    built: ClassVar[list[Path]] = []
    """Where documents were added, in order: the test that opens a library looks here."""

    def __init__(self, path: Path, *, read_only: bool) -> None:
        self.path = path
        self.read_only = read_only
        file = path / "documents.pickle"
        self.documents: tuple[Document, ...] = pickle.loads(file.read_bytes()) if file.is_file() else ()

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False) -> WordLibrary:
        return cls(path, read_only=read_only)

    def __enter__(self) -> WordLibrary:
        return self

    def __exit__(self, *exception: object) -> None:
        self.documents = ()

    def add_documents(
        self, documents: Sequence[Document], *, progress: Callable[[Progress], None] | None = None
    ) -> None:
        assert not self.read_only
        self.path.mkdir(parents=True)
        for number, document in enumerate(documents, 1):
            if progress is not None:
                progress(Progress("embedding", number, len(documents), document.id))
        (self.path / "documents.pickle").write_bytes(pickle.dumps(tuple(documents)))
        self.built.append(self.path)

    def search(self, question: str, *, limit: int = 10, collections: Sequence[str] | None = None) -> list[Hit]:
        hits = [
            Hit(
                document_id=document.id,
                document_hash=document.content_hash,
                collection=document.collection,
                chunk_id=f"{document.id}-{block.start}",
                start=block.start,
                end=block.end,
                text=document.text[block.start : block.end],
                title=document.title,
                headings=(),
                page=None,
                sentences=(Span(block.start, block.end),),
                sentence_texts=(document.text[block.start : block.end],),
                score=share(question, document.text[block.start : block.end]),
            )
            for document in self.documents
            if collections is None or document.collection in collections
            for block in document.blocks
        ]
        return sorted(hits, key=lambda hit: -hit.score)[:limit]


class WordAssistant:
    """Quotes the block that shares most words with the question; refuses when that is less than half of them."""

    def __init__(self, library: WordLibrary) -> None:
        self.library = library

    def ask(self, question: str, history: Sequence[Turn] = (), *, collections: Sequence[str] | None = None) -> Answer:
        hits = self.library.search(question, limit=5, collections=collections)
        evidence = tuple(Evidence(hit.document_id, hit.start, hit.end, hit.text, hit.score) for hit in hits)
        best = hits[0]
        status, statements = "refused", ()
        if best.score >= 0.5:
            citation = Citation(
                1, best.document_id, best.document_hash, best.start, best.end, best.text, best.title, None, None
            )
            status, statements = "answered", (Statement(best.text, (citation,), 1.0),)
        return Answer(
            question=question,
            status=status,
            statements=statements,
            evidence=evidence,
            confidence=min(best.score, 1.0),
            reason=None if statements else "The documents do not say.",
            standalone_question=question,
            written_by="quoted" if statements else None,
            steps=(Step("retrieve", 0.001),),
        )


def share(question: str, text: str) -> float:
    asked = words_of(question)
    return len(asked & words_of(text)) / len(asked) if asked else 0.0


LIGHTHOUSE = (
    "The lighthouse on Gull Rock was lit in 1871.\n\nIts lamp burns rape oil.\nTwo keepers live there all winter."
)
BAKERY = "The bakery opens at six.\n\nRye bread costs four crowns. The oven is heated with birch wood."


def question_row(row_id: str, question: str, document_id: str, text: str, answers: list[str]) -> dict[str, object]:
    """A row whose answers are spans of one paragraph."""
    line = next(line for line in text.split("\n\n") if all(answer in line for answer in answers))
    return {
        "qid": row_id,
        "question": question,
        "answers": answers,
        "doc_ids": [document_id],
        "evidence": [
            {
                "doc_id": document_id,
                "start": text.index(answer),
                "end": text.index(answer) + len(answer),
                "text": answer,
                "kind": "answer_span",
            }
            for answer in answers
        ],
        "answerable": True,
        "context_doc_id": document_id,
        "context_span": [text.index(line), text.index(line) + len(line)],
    }


def write_rows(path: Path, rows: Sequence[dict[str, object]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def case_result(
    case_id: str = "q1",
    *,
    dataset: str = "village",
    question: str = "When was the lighthouse lit?",
    cluster: str = "light",
    answerable: bool = True,
    status: str | None = "answered",
    confidence: float | None = 0.9,
    answer: str = "In 1871.",
    seconds: float = 0.02,
    scores: dict[str, float] | None = None,
) -> CaseResult:
    """A result of which a test says only what it is about."""
    return CaseResult(
        case_id=case_id,
        dataset=dataset,
        kind="question",
        question=question,
        cluster=cluster,
        answerable=answerable,
        status=status,
        confidence=confidence,
        answer=answer,
        hits=(Place("light", 0, 44),),
        evidence=(),
        citations=(Place("light", 0, 44),),
        seconds=seconds,
        scores=scores or {},
    )


def run_of(results: Sequence[CaseResult]) -> Run:
    """A run of these results, with their figures."""
    return Run(
        name="village",
        started="2026-07-03T10:00:00+00:00",
        settings={"split": "all"},
        versions={"python": "3.11"},
        commit=None,
        machine={"cores": "2"},
        figures=measure_results(results),
        results=tuple(results),
    )
