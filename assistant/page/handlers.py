"""What the page does when something happens in it: plain functions of a session and what was asked, without Gradio.

A browser is not trusted: what it asks to open, remove or add is looked up in the session, the library or the folder
of uploads before anything is done with it.
"""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TypedDict

from assistant.page import texts
from assistant.page.answer import NEAREST, progress_of, render_exchange
from assistant.page.conversation import Conversation, Exchange, Outcome
from assistant.page.documents import Upload, render_documents, render_header
from assistant.page.opening import Opening
from assistant.page.source import Quote, View, render_source
from assistant.page.welcome import (
    nearby_questions,
    render_empty,
    render_failed,
    render_indexing,
    render_welcome,
)
from assistant.types import Citation, Evidence
from knowledge import Document, DocumentNotFoundError, KnowledgeError, LoadError, Progress

SUGGESTED = 3
"""Questions offered below an answer: one line of them or two."""

LOOK = 0.2
"""Seconds between looks at what a thread is doing: seldom enough to cost nothing, often enough to seem alive."""

NAME_LIMIT = 200
"""Characters of an uploaded file's name; file systems end at about 250 bytes."""

log = logging.getLogger(__name__)


class Patch(TypedDict, total=False):
    """A change to the conversation in the browser."""

    revision: int
    """Grows with every change; the browser leaves out what is older than what it has."""
    exchange: int
    """Which exchange `html` is the whole of."""
    html: str
    working: bool
    announce: str
    """What a screen reader says."""
    cleared: bool
    """Whether everything before is to go."""


class SentFile(TypedDict):
    """A file as the browser says that it sent it."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Shelf:
    """The parts of the page that show the library."""

    header: str
    welcome: str
    documents: str


class Handlers:
    """Answers the events of the page, for every session, from one library and one assistant."""

    def __init__(self, opening: Opening, *, uploads: Path) -> None:
        self._opening = opening
        self._uploads = uploads.resolve()

    def load(self) -> Iterator[Shelf]:
        """The library as it is now, and again as it changes, until it has finished opening."""
        opening = self._opening
        while not opening.opened.wait(LOOK):
            yield _indexing(opening.progress)
        if opening.failure is not None and not opening.usable:
            yield Shelf(render_header(0), render_failed(str(opening.failure)), "")
            return
        generation = -1
        while not opening.finished.wait(LOOK):
            if generation != (generation := opening.library.generation()):
                yield self._shelf(note=texts.indexing(opening.progress))
        failed = opening.report.failed if opening.report else ()
        yield self._shelf([Upload(failure.path, texts.skipped(failure.reason), "skipped") for failure in failed])

    def refresh(self) -> Shelf:
        """The library as it is now."""
        return self._shelf() if self._opening.usable else _indexing(self._opening.progress)

    def ask(self, conversation: Conversation, question: str) -> Iterator[Patch]:
        """The exchange that a question begins, ever fuller."""
        if question.strip():
            yield from self._answer(conversation, conversation.begin(question.strip()))

    def retry(self, conversation: Conversation) -> Iterator[Patch]:
        """The last exchange anew."""
        exchange = conversation.again()
        if exchange is not None:
            yield from self._answer(conversation, exchange)

    def stop(self, conversation: Conversation) -> Patch:
        """The exchange that was being answered, with what there is of it."""
        exchange = conversation.stop()
        if exchange is None:
            return Patch(revision=_next_revision(conversation), working=False)
        return _patch(conversation, exchange, texts.STOPPED)

    def clear(self, conversation: Conversation) -> Patch:
        """An empty conversation."""
        conversation.clear()
        return Patch(revision=_next_revision(conversation), cleared=True, working=False)

    def open(self, conversation: Conversation, reference: str) -> str:
        """The source panel for a reference: "citation/2/1", "evidence/2/1" or "document/COLLECTION/ID"."""
        conversation.opened += 1
        if not self._opening.usable:
            return render_source(View(None, opened=conversation.opened))
        quotes = _quotes(conversation, reference)
        current = next((quote for quote in quotes if quote.reference == reference), None)
        if current is not None:
            document = self._find(current.collection, current.document_id)
        else:
            document = self._named(reference)
        return render_source(
            View(
                document,
                tuple(quotes),
                current,
                has_original=document is not None and self._original(document) is not None,
                opened=conversation.opened,
            )
        )

    def add(self, files: Sequence[SentFile]) -> Iterator[Shelf]:
        """Files that were sent, added one after another; the list shows how far each is and why one is skipped."""
        uploads = [
            Upload(_clean_name(file["name"]) or file["name"][:NAME_LIMIT], texts.UPLOAD_WAITING) for file in files
        ]
        for place, file in enumerate(files):
            for state in self._add(file, uploads[place]):
                uploads[place] = state
                yield self._shelf(uploads)

    def remove(self, reference: str) -> Shelf:
        """The library without the document that a reference names."""
        document = self._named(reference)
        if document is not None:
            self._opening.library.remove(document.id, collection=document.collection)
        return self._shelf()

    def original(self, collection: str, document_id: str) -> tuple[Path, str] | None:
        """The original file of a document and the name under which it is handed out; None where there is none."""
        document = self._find(collection, document_id) if self._opening.usable else None
        path = self._original(document) if document else None
        return (path, document_id.rsplit("/", 1)[-1]) if path else None

    def _answer(self, conversation: Conversation, exchange: Exchange) -> Iterator[Patch]:
        """Patches while an exchange is answered; ends early where it was stopped or cleared."""
        yield _patch(conversation, exchange)
        try:
            while not self._opening.opened.wait(LOOK):
                before, exchange = exchange, replace(exchange, doing=texts.indexing(self._opening.progress))
                if not conversation.update(before, exchange):
                    return
                yield _patch(conversation, exchange)
            history = conversation.history()
            for answer in self._opening.assistant.stream(exchange.question, history=history):
                outcome: Outcome = "working" if answer.status is None else "done"
                before, exchange = exchange, replace(exchange, answer=answer, doing="", outcome=outcome)
                if not conversation.update(before, exchange):
                    return
                if outcome == "working":
                    yield _patch(conversation, exchange)
            if exchange.outcome == "done":
                said = exchange.answer.text if exchange.answer.status == "answered" else texts.REFUSED
                yield _patch(conversation, exchange, said, self._suggestions(conversation, exchange))
                return
            failure = texts.FAILED
            log.error("The assistant ended without an answer to a question.")
        except KnowledgeError as error:
            failure = str(error)
        except Exception:  # a session goes on, whatever went wrong with one question
            failure = texts.FAILED
            log.exception("A question could not be answered.")
        failed = replace(exchange, outcome="failed", failure=failure)
        if conversation.update(exchange, failed):
            yield _patch(conversation, failed, failure)

    def _suggestions(self, conversation: Conversation, exchange: Exchange) -> list[str]:
        """The own questions nearest to what was asked, then others of the documents that the answer rests on."""
        answer, asked = exchange.answer, conversation.asked()
        near = [one.question for one in answer.related if one.question.casefold() not in asked]
        documents = {(cited.collection, cited.document_id) for cited in answer.citations or answer.evidence}
        others = nearby_questions(
            self._opening.library.questions(), documents, {*asked, *map(str.casefold, near)}, SUGGESTED
        )
        return [*near, *others][:SUGGESTED]

    def _shelf(self, uploads: Sequence[Upload] = (), note: str = "") -> Shelf:
        library = self._opening.library
        documents = library.documents()
        titles = {(document.collection, document.id): document.title for document in documents}
        return Shelf(
            render_header(len(documents), note),
            render_welcome(library.questions(), titles) if documents else render_empty(),
            render_documents(documents, uploads),
        )

    def _named(self, reference: str) -> Document | None:
        kind, _, name = reference.partition("/")
        collection, _, document_id = name.partition("/")
        return self._find(collection, document_id) if kind == "document" else None

    def _find(self, collection: str, document_id: str) -> Document | None:
        try:
            return self._opening.library.document(document_id, collection=collection)
        except DocumentNotFoundError:
            return None

    def _original(self, document: Document) -> Path | None:
        return self._opening.library.original(document.id, collection=document.collection)

    def _add(self, file: SentFile, upload: Upload) -> Iterator[Upload]:
        name, path = _clean_name(file["name"]), Path(file["path"])
        if not (path.resolve().is_relative_to(self._uploads) and path.is_file()):
            yield replace(upload, state=texts.skipped(texts.UPLOAD_UNKNOWN), outcome="skipped")
            return
        try:
            if not name:
                yield replace(upload, state=texts.skipped(texts.UPLOAD_NAMELESS), outcome="skipped")
                return
            library = self._opening.library
            taken = {known for document in library.documents() for known in (document.id, *document.aliases)}
            if name in taken:
                yield replace(upload, state=texts.skipped(texts.name_taken(name)), outcome="skipped")
                return
            yield replace(upload, state=texts.UPLOAD_READING, outcome="working")
            heard: SimpleQueue[Progress] = SimpleQueue()
            with ThreadPoolExecutor(1) as pool:
                adding = pool.submit(library.add, path, name=name, progress=heard.put)
                while not adding.done():
                    try:
                        yield replace(upload, state=texts.uploading(heard.get(timeout=LOOK)), outcome="working")
                    except Empty:
                        continue
                document = adding.result()
            same = document.id != name
            state = texts.skipped(texts.content_known(document.id)) if same else texts.UPLOAD_ADDED
            yield replace(upload, state=state, outcome="skipped" if same else "added")
        except LoadError as error:
            yield replace(upload, state=texts.skipped(error.reason), outcome="skipped")
        except KnowledgeError as error:
            yield replace(upload, state=texts.skipped(str(error)), outcome="skipped")
        finally:
            path.unlink(missing_ok=True)  # the library keeps the original


def _next_revision(conversation: Conversation) -> int:
    conversation.revision += 1
    return conversation.revision


def _patch(
    conversation: Conversation, exchange: Exchange, announce: str = "", suggestions: Sequence[str] = ()
) -> Patch:
    return Patch(
        revision=_next_revision(conversation),
        exchange=exchange.number,
        html=render_exchange(exchange, suggestions),
        working=exchange.outcome == "working",
        announce=announce or progress_of(exchange),
    )


def _indexing(progress: Progress | None) -> Shelf:
    state = texts.indexing(progress)
    share = progress.done / progress.total if progress and progress.total else None
    return Shelf(render_header(0, state), render_indexing(state, share), "")


def _quotes(conversation: Conversation, reference: str) -> list[Quote]:
    """Every quote that a reader steps through from the one that a reference names."""
    kind, _, rest = reference.partition("/")
    number = rest.partition("/")[0]
    exchange = int(number) if number.isascii() and number.isdigit() and len(number) < 8 else 0
    if kind == "citation":
        return [_quote(cited, f"citation/{exchange}/{cited.number}") for cited in conversation.citations(exchange)]
    if kind == "evidence":
        nearest = conversation.evidence(exchange)[:NEAREST]
        return [_quote(found, f"evidence/{exchange}/{place}") for place, found in enumerate(nearest, start=1)]
    return []


def _quote(cited: Citation | Evidence, reference: str) -> Quote:
    return Quote(
        collection=cited.collection,
        document_id=cited.document_id,
        document_hash=cited.document_hash,
        start=cited.start,
        end=cited.end,
        text=cited.quote if isinstance(cited, Citation) else cited.text,
        title=cited.title,
        reference=reference,
    )


def _clean_name(name: str) -> str:
    """A file's own name as a document's id: never a path, nothing invisible in it; empty where nothing is left."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    visible = "".join(character for character in last if not unicodedata.category(character).startswith("C"))
    cleaned = visible.strip()[-NAME_LIMIT:]
    return "" if cleaned.strip(".") == "" else cleaned
