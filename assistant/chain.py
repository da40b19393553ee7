"""The question walk: a question in, ever fuller answers out."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from threading import Lock
from typing import Any, TypeVar

from langchain_core.runnables import Runnable, RunnableGenerator, RunnableLambda

from assistant.cite import cite_drafts
from assistant.describe import (
    describe_collection,
    find_document,
    names_document,
    suggest_questions,
    summarise_document,
)
from assistant.language import LEANING, one_line
from assistant.match import match_question
from assistant.quote import quote_sentences
from assistant.read import load_calibration, read_hits
from assistant.recognise import load_intent_model, recognise_intent
from assistant.retrieve import retrieve_hits
from assistant.rewrite import rewrite_question
from assistant.settings import AssistantSettings
from assistant.types import Answer, Citation, Draft, Evidence, Question, Reading, Statement, Step, Turn, Writer
from assistant.verify import verify_statements
from knowledge import (
    Document,
    DocumentNotFoundError,
    DocumentQuestion,
    DocumentSummary,
    Encoder,
    Library,
    Span,
    open_encoder,
)

log = logging.getLogger(__name__)
"""What happened, with ids and times; never words of a question or of a document."""

Result = TypeVar("Result")

ABOUT_WHOLES = 0.5
"""Probability from which a question is taken to be about documents as wholes."""

RATHER_THAN_REFUSE = 0.25
"""The same where the alternative is a refusal."""


class Assistant:
    """Answers questions from a library; every sentence of an answer opens the exact words it rests on.

    It may be used from several threads. Each call sees the library as it is then.
    """

    def __init__(
        self, library: Library, *, settings: AssistantSettings | None = None, encoder: Encoder | None = None
    ) -> None:
        """An assistant over `library`; `encoder` takes the place of the one that comes with the project."""
        self.library = library
        self.settings = settings or AssistantSettings()
        self._encoder = encoder or open_encoder()
        self._calibration = load_calibration()
        self._intents = load_intent_model()
        self._looking = Lock()
        self._own: tuple[int, list[DocumentQuestion], Any] | None = None
        self._known: tuple[int, list[DocumentSummary]] | None = None
        self.runnable: Runnable[Question, Answer] = RunnableGenerator(self._transform, name="answer")
        """The walk as a LangChain runnable: its stages are child runs that any callback sees by name."""

    def ask(self, question: str, history: Iterable[Turn] = (), *, collections: Sequence[str] | None = None) -> Answer:
        """The whole answer. Arguments as for `stream`."""
        return list(self.stream(question, history, collections=collections))[-1]

    def stream(
        self, question: str, history: Iterable[Turn] = (), *, collections: Sequence[str] | None = None
    ) -> Iterator[Answer]:
        """Ever fuller answers: first the evidence, then one checked statement after the other; the last has a status.

        `history` holds the earlier turns, oldest first; `collections` names those to search, None for all.
        """
        asked = Question(question, tuple(history), tuple(collections) if collections is not None else None)
        return self.runnable.stream(asked)

    def _transform(self, questions: Iterator[Question]) -> Iterator[Answer]:
        for question in questions:
            yield from self._walk(question)

    def _walk(self, question: Question) -> Iterator[Answer]:
        steps = _Steps()
        answer = Answer(question=question.text, standalone_question=question.text.strip())
        problem = self._problem(question.text)
        if problem:
            yield replace(answer, status="refused", reason=problem)
            return
        try:
            for partial in self._answer(question, answer, steps):
                answer = replace(partial, steps=steps.done())
                yield answer
            _log_answer(answer)
        except DocumentNotFoundError:
            yield replace(
                answer,
                status="refused",
                statements=(),
                reason="A document was removed while it was being read. Ask again.",
                steps=steps.done(),
            )

    def _answer(self, question: Question, answer: Answer, steps: _Steps) -> Iterator[Answer]:
        documents = _Documents(self.library)
        asked = question.text.encode("utf-8", "replace").decode("utf-8").strip()  # half characters stop the indexes
        intents = steps.run("recognise", recognise_intent, question=asked, encoder=self._encoder, model=self._intents)
        about_wholes = 1.0 - intents["none"]
        if question.history and about_wholes < ABOUT_WHOLES:  # "What is this about?" asks of everything, always
            asked = steps.run("rewrite", rewrite_question, question=asked, history=question.history)
            answer = replace(answer, standalone_question=asked)
            yield answer

        if about_wholes >= ABOUT_WHOLES and self._documents(question.collections):
            drafts = steps.run("describe", self._describe, question=question, asked=asked, intents=intents)
            answer = replace(answer, confidence=about_wholes)
            yield from self._cited(answer, drafts, documents, "described", steps)
            return

        hits = steps.run(
            "retrieve",
            retrieve_hits,
            question=asked,
            library=self.library,
            collections=question.collections,
            limit=self.settings.chunks_read,
        )
        if not hits:
            yield replace(answer, status="refused", reason=self._nothing_found(question))
            return
        reading = steps.run(
            "read", read_hits, question=asked, hits=hits, encoder=self._encoder, calibration=self._calibration
        )
        shown = reading.evidence[: self.settings.evidence_shown]
        answer = replace(answer, evidence=shown, confidence=reading.confidence)
        yield answer

        own, near = steps.run("match", self._match, asked=asked, collections=question.collections)
        answer = replace(answer, related=near)
        if own is not None:
            drafts = self._own_answer(own)
            answer = replace(answer, confidence=max(reading.confidence, OWN_QUESTION_CONFIDENCE))
            yield from self._cited(answer, drafts, documents, "quoted", steps)
            return

        if reading.confidence < self._calibration.threshold_for(self.settings.refuse_above_risk):
            named = names_document(asked, self._documents(question.collections))
            if about_wholes >= RATHER_THAN_REFUSE or named:
                drafts = steps.run("describe", self._describe, question=question, asked=asked, intents=intents)
                yield from self._cited(
                    replace(answer, confidence=max(about_wholes, reading.confidence)),
                    drafts,
                    documents,
                    "described",
                    steps,
                )
            else:
                yield replace(answer, status="refused", reason=_why_refused(reading))
            return

        drafts = steps.run(
            "quote",
            quote_sentences,
            reading=reading,
            document=documents.of,
            sentences=documents.sentences_of,
            limit=self.settings.max_statements,
        )
        yield from self._cited(answer, drafts, documents, "quoted", steps)

    def _cited(
        self, answer: Answer, drafts: list[Draft], documents: _Documents, written_by: Writer, steps: _Steps
    ) -> Iterator[Answer]:
        """Cite, verify and hand out statements one by one, then the whole answer."""
        statements = steps.run("cite", cite_drafts, drafts=drafts, document=documents.of)
        evidence = _with_cited(answer.evidence, drafts)
        answer = replace(answer, written_by=written_by, evidence=evidence)
        checked: list[Statement] = steps.run("verify", _verified, statements=statements, document=documents.of)
        for statement in checked:
            answer = replace(answer, statements=(*answer.statements, statement))
            yield answer
        if answer.statements:
            yield replace(answer, status="answered")
        else:
            yield replace(answer, status="refused", reason="No sentence of the documents answers this.")

    def _describe(self, question: Question, asked: str, intents: dict[str, float]) -> list[Draft]:
        documents = self._documents(question.collections)
        wanted = max(("overview", "suggest", "summarise"), key=lambda name: intents[name])
        if wanted == "suggest":
            return suggest_questions(self.library, documents, collections=question.collections)
        if wanted == "overview":
            return describe_collection(self.library, documents, encoder=self._encoder)
        document = find_document(
            asked, self.library, documents, collections=question.collections, encoder=self._encoder
        )
        return summarise_document(self.library, document, encoder=self._encoder)

    def _documents(self, collections: tuple[str, ...] | None) -> list[DocumentSummary]:
        """The documents to look in; asked of the library only when it has changed."""
        generation = self.library.generation()
        with self._looking:
            if self._known is None or self._known[0] != generation:
                self._known = (generation, self.library.documents())
            known = self._known[1]
        return [one for one in known if collections is None or one.collection in collections]

    def _match(
        self, asked: str, collections: tuple[str, ...] | None
    ) -> tuple[DocumentQuestion | None, tuple[DocumentQuestion, ...]]:
        generation = self.library.generation()
        with self._looking:
            if self._own is None or self._own[0] != generation:
                own = self.library.questions()
                self._own = (generation, own, self._encoder.encode([q.question for q in own]))
            _, own, vectors = self._own
        wanted = [i for i, q in enumerate(own) if collections is None or q.collection in collections]
        return match_question(
            asked, [own[i] for i in wanted], vectors[wanted], encoder=self._encoder, limit=self.settings.related_shown
        )

    def _own_answer(self, own: DocumentQuestion) -> list[Draft]:
        """The answer that a document gives to its own question, sentence by sentence; the question where it leans."""
        document = self.library.document(own.document_id, collection=own.collection)
        drafts: list[Draft] = []
        for span in self.library.sentences(document.id, collection=document.collection):
            if own.answer_start <= span.start and span.end <= own.answer_end:
                evidence = _whole(document, span)
                before = f"{own.question} " if not drafts and LEANING.match(evidence.text) else ""
                drafts.append(Draft(one_line(before + evidence.text), (evidence,)))
        return drafts[: self.settings.max_statements]

    def _problem(self, text: str) -> str | None:
        if not any(character.isalnum() for character in text):
            return "There is no question yet. Type one in words."
        if len(text) > self.settings.max_question_characters:
            return (
                f"The question has {len(text):,} characters; at most {self.settings.max_question_characters:,} are "
                "read. Ask it shorter, or add a long text as a document."
            )
        return None

    def _nothing_found(self, question: Question) -> str:
        if not self._documents(question.collections):
            return "There are no documents to look in yet. Add some, then ask again."
        return "The documents say nothing on this subject."


OWN_QUESTION_CONFIDENCE = 0.9
"""Probability that an own question above the threshold of `match` asks the same, and so is answered."""


MISSING_NAMED = 3
"""Missing words that a refusal names."""


def _log_answer(answer: Answer) -> None:
    log.info(
        "answered a question",
        extra={
            "status": answer.status,
            "confidence": round(answer.confidence, 3),
            "documents": sorted({citation.document_id for citation in answer.citations}),
            "seconds": {step.name: round(step.seconds, 4) for step in answer.steps},
        },
    )


class _Steps:
    """Runs stages as named LangChain runs and remembers how long each took."""

    def __init__(self) -> None:
        self._steps: list[Step] = []

    def run(self, name: str, stage: Callable[..., Result], **inputs: Any) -> Result:
        started = time.perf_counter()
        result: Result = RunnableLambda(_spread(stage), name=name).invoke(inputs)
        self._steps.append(Step(name, time.perf_counter() - started))
        return result

    def done(self) -> tuple[Step, ...]:
        return tuple(self._steps)


def _spread(stage: Callable[..., Result]) -> Callable[[dict[str, Any]], Result]:
    return lambda inputs: stage(**inputs)


class _Documents:
    """The documents that one question needs, each read once."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._documents: dict[tuple[str, str], Document] = {}

    def of(self, place: Evidence | Citation) -> Document:
        key = (place.collection, place.document_id)
        if key not in self._documents:
            self._documents[key] = self._library.document(place.document_id, collection=place.collection)
        return self._documents[key]

    def sentences_of(self, place: Evidence) -> tuple[Span, ...]:
        return self._library.sentences(place.document_id, collection=place.collection)


def _verified(statements: list[Statement], document: Callable[[Citation], Document]) -> list[Statement]:
    return list(verify_statements(statements, document=document))


def _with_cited(evidence: tuple[Evidence, ...], drafts: Sequence[Draft]) -> tuple[Evidence, ...]:
    """The evidence with every cited stretch among it."""
    places = {(e.collection, e.document_id, e.start, e.end) for e in evidence}
    cited = [e for draft in drafts for e in draft.evidence]
    return (*evidence, *(e for e in cited if (e.collection, e.document_id, e.start, e.end) not in places))


def _whole(document: Document, span: Span) -> Evidence:
    return Evidence(
        document_id=document.id,
        start=span.start,
        end=span.end,
        text=document.text[span.start : span.end],
        score=1.0,
        document_hash=document.content_hash,
        collection=document.collection,
        title=document.title,
        published=document.published,
    )


def _why_refused(reading: Reading) -> str:
    """As far as the scores tell: nothing on the subject, or the subject but not this about it."""
    meaning = int(reading.weights.sum())
    if meaning and len(reading.missing) >= meaning:
        return "The documents say nothing on this subject."
    if reading.missing:
        words = ", ".join(f"“{word}”" for word in reading.missing[:MISSING_NAMED])
        return f"The documents do not say. They touch on the subject, but no sentence speaks of {words}."
    return "The documents do not say. They touch on the subject, but no sentence answers the question."
