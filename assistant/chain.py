"""The question walk: a question in, ever fuller answers out."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

from langchain_core.runnables import Runnable, RunnableGenerator, RunnableLambda

from assistant.asked import ABOUT_SOURCES
from assistant.check import check_claim, hits_in_text
from assistant.cite import cite_drafts
from assistant.conflict import find_conflicts
from assistant.describe import (
    describe_collection,
    find_document,
    names_document,
    suggest_questions,
    summarise_document,
)
from assistant.errors import WritingError
from assistant.language import LEANING, one_line
from assistant.match import match_question
from assistant.model import open_model
from assistant.prompts import NOT_ANSWERED
from assistant.quote import quote_sentences
from assistant.read import load_calibration, read_hits
from assistant.reader import open_reader
from assistant.recognise import load_intent_model, recognise_intent
from assistant.retrieve import retrieve_hits
from assistant.rewrite import rewrite_by_model, rewrite_question
from assistant.settings import AssistantSettings
from assistant.types import (
    Answer,
    Citation,
    Conflict,
    Draft,
    Evidence,
    Question,
    Reading,
    Statement,
    Step,
    Turn,
    Verdict,
    Writer,
)
from assistant.verifier import open_verifier
from assistant.verify import judge_statement, verify_statements
from assistant.write import write_drafts
from knowledge import (
    Document,
    DocumentNotFoundError,
    DocumentQuestion,
    DocumentSummary,
    Encoder,
    Hit,
    Library,
    Span,
    open_encoder,
)

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

log = logging.getLogger(__name__)
"""What happened, with ids and times; never words of a question or of a document."""

Result = TypeVar("Result")

ABOUT_WHOLES = 0.5
"""Probability from which a question is taken to be about documents as wholes."""

RATHER_THAN_REFUSE = 0.25
"""The same where the alternative is a refusal."""

WHERE_NAMED = 0.1
"""The same where the question names a document besides. One that names it and no more asks about it as a whole."""


class Assistant:
    """Answers questions from a library; every sentence of an answer opens the exact words it rests on.

    It may be used from several threads. Each call sees the library as it is then.
    """

    def __init__(
        self,
        library: Library,
        *,
        model: BaseChatModel | str | None = None,
        settings: AssistantSettings | None = None,
        encoder: Encoder | None = None,
    ) -> None:
        """An assistant over `library`; `encoder` takes the place of the one that comes with the project.

        `model` writes answers in its own words, each checked against the sentences that it cites; without one, answers
        are quoted. It is any LangChain chat model, or "provider:name", such as "ollama:llama3.2", "anthropic:NAME" or
        "openai:NAME@http://127.0.0.1:8080/v1" for any server that speaks OpenAI's protocol.

        Raises:
            ModelError: `model` is a name that no chat model can be opened by.
        """
        self.library = library
        self.settings = settings or AssistantSettings()
        self._model = self._opened(model)
        self._encoder = encoder or open_encoder()
        self._reader = open_reader(self._encoder)
        self._verifier = open_verifier(self._encoder)
        self._calibration = load_calibration()
        self._intents = load_intent_model()
        self._looking = Lock()
        self._own: tuple[int, list[DocumentQuestion], Any] | None = None
        self._known: tuple[int, list[DocumentSummary]] | None = None
        self.runnable: Runnable[Question, Answer] = RunnableGenerator(self._transform, name="answer")
        """The walk as a LangChain runnable: its stages are child runs that any callback sees by name."""

    def with_model(self, model: BaseChatModel | str | None) -> Assistant:
        """The same assistant with another writer, None for quoting; both share the library and all that is loaded.

        Raises:
            ModelError: as for `Assistant`.
        """
        other = copy(self)
        other._model = self._opened(model)
        other.runnable = RunnableGenerator(other._transform, name="answer")
        return other

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

    def check(self, claim: str, *, text: str | None = None, collections: Sequence[str] | None = None) -> Verdict:
        """What the documents say of a claim; with `text`, what that text says, whatever the documents say.

        Against a text the citations' offsets are those of the text itself (`text[start:end] == quote`), their
        `document_id` is "text" and their `document_hash` that of the text; no document of the library is meant.
        """
        problem = self._problem(claim)
        if problem:
            return Verdict(claim, "not supported", 0.0, (), problem.replace("question", "sentence"))
        claim = claim.encode("utf-8", "replace").decode("utf-8").strip()
        if text is not None:
            document, hits = hits_in_text(claim, text)
            return self._checked(claim, hits, lambda _: document)
        hits = retrieve_hits(claim, library=self.library, collections=collections, limit=self.settings.chunks_read)
        try:
            return self._checked(claim, hits, _Documents(self.library).of)
        except DocumentNotFoundError:
            reason = "A document was removed while it was being read. Check again."
            return Verdict(claim, "not supported", 0.0, (), reason)

    def _opened(self, model: BaseChatModel | str | None) -> BaseChatModel | None:
        seconds, tokens = self.settings.model_seconds, self.settings.model_tokens
        return open_model(model, seconds=seconds, tokens=tokens) if isinstance(model, str) else model

    def _checked(self, claim: str, hits: Sequence[Hit], document: Callable[[Evidence], Document]) -> Verdict:
        return check_claim(claim, hits, document=document, encoder=self._encoder, verifier=self._verifier)

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
            documents = _Documents(self.library)
            for partial in self._answer(question, answer, documents, steps):
                if partial.status == "answered" and partial.written_by != "described":
                    partial = self._compared(partial, documents, steps)
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

    def _answer(self, question: Question, answer: Answer, documents: _Documents, steps: _Steps) -> Iterator[Answer]:
        asked = question.text.encode("utf-8", "replace").decode("utf-8").strip()  # half characters stop the indexes
        intents = steps.run("recognise", recognise_intent, question=asked, encoder=self._encoder, model=self._intents)
        about_wholes = 1.0 - intents["none"]
        if question.history and about_wholes < ABOUT_WHOLES:  # "What is this about?" asks of everything, always
            if self._model is None:
                asked = steps.run("rewrite", rewrite_question, question=asked, history=question.history)
            else:
                history, model = question.history, self._model
                asked = steps.run("rewrite", rewrite_by_model, question=asked, history=history, model=model)
            answer = replace(answer, standalone_question=asked)
            yield answer

        if about_wholes >= ABOUT_WHOLES and self._documents(question.collections):
            drafts = steps.run("describe", self._describe, question=question, asked=asked, intents=intents)
            answer = replace(answer, confidence=about_wholes)
            yield from self._cited(answer, drafts, documents, "described", steps)
            return

        if (of_sources := ABOUT_SOURCES.sub("", asked)) != asked:
            asked = of_sources
            answer = replace(answer, standalone_question=asked)
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
            "read",
            read_hits,
            question=asked,
            hits=hits,
            encoder=self._encoder,
            reader=self._reader,
            verifier=self._verifier,
            calibration=self._calibration,
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
            if named == 1.0 or about_wholes >= (WHERE_NAMED if named else RATHER_THAN_REFUSE):
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
            question=asked,
            reading=reading,
            document=documents.of,
            sentences=documents.sentences_of,
            limit=self.settings.max_statements,
        )
        if self._model is not None:
            written = answer
            sentences = _to_write_from(drafts, reading, limit=self.settings.evidence_shown)
            for written in self._written(answer, asked, sentences, documents, self._model, steps):
                yield written
            if written.status is not None:
                return
            answer = written
        yield from self._cited(answer, drafts, documents, "quoted", steps)

    def _written(
        self,
        answer: Answer,
        asked: str,
        evidence: list[Evidence],
        documents: _Documents,
        model: BaseChatModel,
        steps: _Steps,
    ) -> Iterator[Answer]:
        """The chat model's statements, each checked as it completes; the last has no status where none passed."""
        kept: list[Draft] = []
        problem: str | None = None
        gap = False
        drafts = steps.stream(
            "write",
            write_drafts,
            question=asked,
            evidence=evidence,
            model=model,
            seconds=self.settings.model_seconds,
            characters=self.settings.model_tokens * CHARACTERS_OF_A_TOKEN,
        )
        try:
            for draft in drafts:
                if draft.text == NOT_ANSWERED:
                    yield replace(answer, status="refused", reason=MODEL_REFUSED)
                    return
                leans = gap and LEANING.match(draft.text)  # on what was withheld: "He also ..."
                statement = None if leans else self._confirmed(draft, kept, documents, steps)
                gap = statement is None and not draft.text.endswith((":", "!"))  # not after "Here is the answer:"
                if statement is not None:
                    kept.append(draft)
                    statements, shown = (*answer.statements, statement), _with_cited(answer.evidence, [draft])
                    answer = replace(answer, written_by="model", statements=statements, evidence=shown)
                    yield answer
                else:
                    answer = replace(answer, withheld=answer.withheld + 1)
                if len(kept) == self.settings.max_statements:
                    break
                if answer.withheld == MOST_WITHHELD:
                    raise WritingError("wrote too much that could not be confirmed")
        except WritingError as error:
            problem = str(error)
            log.info("a chat model failed", extra={"problem": problem})
        yield _finished(answer, problem)

    def _confirmed(self, draft: Draft, kept: Sequence[Draft], documents: _Documents, steps: _Steps) -> Statement | None:
        """A draft as a statement, numbered on from those kept, where its citations support it; otherwise None."""
        cited = steps.run("cite", cite_drafts, drafts=[*kept, draft], document=documents.of)[len(kept) :]
        confirmed = steps.run("verify", self._supported, statements=cited)
        return confirmed[0] if confirmed else None

    def _supported(self, statements: Sequence[Statement]) -> list[Statement]:
        found: list[Statement] = []
        for statement in statements:
            judged = judge_statement(
                statement.text,
                [citation.quote for citation in statement.citations],
                encoder=self._encoder,
                context=list(dict.fromkeys(filter(None, _around(statement)))),
                verifier=self._verifier,
            )
            if judged.support == "supported":
                found.append(replace(statement, support=judged.probability))
        return found

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

    def _compared(self, answer: Answer, documents: _Documents, steps: _Steps) -> Answer:
        """The answer with the pairs of its evidence that differ, each side cited."""
        found = steps.run(
            "compare",
            find_conflicts,
            question=answer.standalone_question,
            evidence=answer.evidence,
            before=documents.before,
            encoder=self._encoder,
            verifier=self._verifier,
        )
        for one in found:
            first = _citation_of(one.first, answer.citations, documents)
            second = _citation_of(one.second, (*answer.citations, *([first] if first else [])), documents)
            if first is not None and second is not None:
                conflict = Conflict(
                    one.difference,
                    first,
                    second,
                    _moved(one.first_words, one.first.start - first.start),
                    _moved(one.second_words, one.second.start - second.start),
                )
                answer = replace(answer, conflicts=(*answer.conflicts, conflict))
        return answer

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
                leans = not drafts and LEANING.match(document.text[span.start : span.end])
                evidence = _whole(document, Span(own.start, span.end) if leans else span)
                drafts.append(Draft(one_line(evidence.text), (evidence,)))
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


CHARACTERS_OF_A_TOKEN = 8
"""What a chat model writes is read to this many characters a token of its limit: twice what English comes to."""

MOST_WITHHELD = 12
"""Sentences of a chat model that may fail the check before it is not read on."""

MODEL_REFUSED = (
    "The documents do not say. The chat model read the sentences that come nearest and found no answer in them."
)

QUOTED_INSTEAD = "Sentences of the documents are quoted instead."

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
        self._seconds: dict[str, float] = {}

    def run(self, name: str, stage: Callable[..., Result], **inputs: Any) -> Result:
        started = time.perf_counter()
        result: Result = RunnableLambda(_spread(stage), name=name).invoke(inputs)
        self._count(name, started)
        return result

    def stream(self, name: str, stage: Callable[..., Iterator[Result]], **inputs: Any) -> Iterator[Result]:
        """What a stage yields, as it yields it; the time that others take in between is not its own."""
        streamed = RunnableGenerator(_spread_each(stage), name=name).stream(inputs)
        while True:
            started = time.perf_counter()
            try:
                result: Result = next(streamed)
            except StopIteration:
                return
            finally:
                self._count(name, started)
            yield result

    def done(self) -> tuple[Step, ...]:
        return tuple(Step(name, seconds) for name, seconds in self._seconds.items())

    def _count(self, name: str, started: float) -> None:
        self._seconds[name] = self._seconds.get(name, 0.0) + time.perf_counter() - started


def _spread(stage: Callable[..., Result]) -> Callable[[dict[str, Any]], Result]:
    return lambda inputs: stage(**inputs)


def _spread_each(stage: Callable[..., Iterator[Result]]) -> Callable[[Iterator[dict[str, Any]]], Iterator[Result]]:
    def streamed(given: Iterator[dict[str, Any]]) -> Iterator[Result]:
        for inputs in given:
            yield from stage(**inputs)

    return streamed


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

    def before(self, place: Evidence) -> str:
        """What a sentence may lean on: its document's title and the sentence before it."""
        last = next((span for span in reversed(self.sentences_of(place)) if span.end <= place.start), Span(0, 0))
        return f"{place.title}. {self.of(place).text[last.start : last.end]}"


def _verified(statements: list[Statement], document: Callable[[Citation], Document]) -> list[Statement]:
    return list(verify_statements(statements, document=document))


def _around(statement: Statement) -> Iterator[str | None]:
    for citation in statement.citations:
        yield citation.title
        yield citation.heading


def _with_cited(evidence: tuple[Evidence, ...], drafts: Sequence[Draft]) -> tuple[Evidence, ...]:
    """The evidence with every cited stretch among it."""
    places = {(e.collection, e.document_id, e.start, e.end) for e in evidence}
    cited = [e for draft in drafts for e in draft.evidence]
    return (*evidence, *(e for e in cited if (e.collection, e.document_id, e.start, e.end) not in places))


def _to_write_from(drafts: Sequence[Draft], reading: Reading, *, limit: int) -> list[Evidence]:
    """What would be quoted and the best others up to `limit`, by document, in each in the order of its text."""
    chosen = [evidence for draft in drafts for evidence in draft.evidence]
    for evidence in reading.evidence:
        if len(chosen) >= limit:
            break
        if not any(_overlap(evidence, other) for other in chosen):
            chosen.append(evidence)
    ranks: dict[tuple[str, str], int] = {}
    for evidence in chosen:
        ranks.setdefault((evidence.collection, evidence.document_id), len(ranks))
    return sorted(chosen, key=lambda e: (ranks[e.collection, e.document_id], e.start))


def _overlap(one: Evidence, other: Evidence) -> bool:
    same = (one.collection, one.document_id) == (other.collection, other.document_id)
    return same and one.start < other.end and other.start < one.end


def _citation_of(evidence: Evidence, cited: Sequence[Citation], documents: _Documents) -> Citation | None:
    """The citation that holds a sentence already, or a new one; None where the document is no longer the same."""
    for one in cited:
        same = (one.collection, one.document_id) == (evidence.collection, evidence.document_id)
        if same and one.start <= evidence.start and evidence.end <= one.end:
            return one
    statements = cite_drafts([Draft(evidence.text, (evidence,))], document=documents.of, cited=cited)
    return statements[0].citations[0] if statements else None


def _moved(words: tuple[int, int], by: int) -> tuple[int, int]:
    return words[0] + by, words[1] + by


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


def _finished(answer: Answer, problem: str | None) -> Answer:
    """What a chat model wrote, with what has to be said of it; without a status where nothing of it is left."""
    if answer.statements:
        note = f"The chat model {problem}; what it had written by then was checked." if problem else None
        return replace(answer, status="answered", note=note)
    if problem is None and answer.withheld:
        return replace(answer, note=f"Nothing that the chat model wrote could be confirmed. {QUOTED_INSTEAD}")
    return replace(answer, note=f"The chat model {problem or 'wrote nothing'}. {QUOTED_INSTEAD}")


def _why_refused(reading: Reading) -> str:
    """As far as the scores tell: nothing on the subject, or the subject but not this about it."""
    meaning = int(reading.weights.sum())
    if meaning and len(reading.missing) >= meaning:
        return "The documents say nothing on this subject."
    if reading.missing:
        words = ", ".join(f"“{word}”" for word in reading.missing[:MISSING_NAMED])
        return f"The documents do not say. They touch on the subject, but no sentence speaks of {words}."
    return "The documents do not say. They touch on the subject, but no sentence answers the question."
