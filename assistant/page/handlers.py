"""What the page does when something happens in it: plain functions of a session and what was asked, without Gradio.

A browser is not trusted: what it asks to open, remove or add is looked up in the session, the library or the folder
of uploads before anything is done with it.
"""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import NotRequired, TypedDict

from assistant.page import texts
from assistant.page.answer import progress_of, render_exchange
from assistant.page.conversation import ChosenModel, Conversation, Exchange
from assistant.page.conversations import render_conversations
from assistant.page.documents import Upload, is_address, render_chooser, render_documents, render_header
from assistant.page.keep import Keeper
from assistant.page.opening import Opening
from assistant.page.pictures import Pictures
from assistant.page.settings import MODEL_LIMIT, render_settings
from assistant.page.source import Quote, View, holds, render_source
from assistant.page.transcript import render_transcript
from assistant.page.verdict import render_unchecked, render_verdict
from assistant.page.visitor import NOBODY, Visitor
from assistant.page.welcome import (
    nearby_questions,
    render_empty,
    render_failed,
    render_indexing,
    render_welcome,
)
from assistant.records import JUDGEMENTS, WORDS_CHARACTERS, Outcome, Records
from assistant.types import Citation, Evidence
from knowledge import (
    Document,
    DocumentNotFoundError,
    DocumentQuestion,
    DocumentSummary,
    KnowledgeError,
    LoadError,
    Progress,
    SyncReport,
)

SUGGESTED = 3
"""Questions offered below an answer: one line of them or two."""

LOOK = 0.2
"""Seconds between looks at what a thread is doing: seldom enough to cost nothing, often enough to seem alive."""

QUESTION_KEPT = 10 * texts.QUESTION_LIMIT
"""Characters of a question that are taken at all; the assistant says of a long one that it is too long."""

ADDRESS_LIMIT = 2_000
"""Characters of an address; browsers and servers agree on about as many."""

NAME_LIMIT = 200
"""Characters of an uploaded file's name; file systems end at about 250 bytes."""

log = logging.getLogger(__name__)


class Drawn(TypedDict):
    """An exchange as it is shown."""

    exchange: int
    html: str


class Patch(TypedDict, total=False):
    """A change to the conversation in the browser; each can be left out where a later one comes."""

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
    last: int
    """How many exchanges there are; what the browser has beyond that is to go."""
    whole: list[Drawn]
    """Every exchange up to `exchange`, where the browser may hold others."""
    conversation: str
    """The id under which the conversation is kept; empty where it is not."""


class Listing(TypedDict):
    """The list of conversations."""

    listing: int
    """Grows with every list of a session."""
    html: str


class Settings(TypedDict):
    """The settings of a session."""

    settings: int
    """Grows with every answer, so that each is another one for the browser."""
    html: str
    model: str
    """The chat model that writes; empty where answers are quoted."""
    problem: str
    """Why a model was not taken."""


class SentFile(TypedDict):
    """A file as the browser says that it sent it."""

    name: str
    path: str
    problem: NotRequired[str]
    """Why it was not sent, as in `texts.NOT_SENT`."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """The parts of the page that show the library."""

    header: str
    welcome: str
    documents: str
    chooser: str = ""


class Handlers:
    """Answers the events of the page, for every session, from one library and one assistant."""

    def __init__(
        self,
        opening: Opening,
        *,
        uploads: Path,
        records: Records | None = None,
        model: str = "",
        any_model: bool = False,
        read_only: bool = False,
    ) -> None:
        """Handlers for every session; with `read_only` documents are read and asked, and nobody changes them.

        `model` is the chat model that the page was started with. Only with `any_model` may a visitor name another: a
        model may cost its owner money, and naming one makes this machine speak to its server.
        """
        self._opening = opening
        self._model = model
        self._offered = model if any_model else model.partition("@http")[0]
        """The same as visitors see it: where a server stands that is not theirs to choose is not theirs to know."""
        self._any_model = any_model
        self.read_only = read_only
        self._keeper = Keeper(records)
        self._uploads = uploads.resolve()
        self._pictures = Pictures()

    def load(self, session: Conversation) -> Iterator[Shelf]:
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
                yield self._shelf(session, note=texts.indexing(opening.progress))
        failed = opening.report.failed if opening.report else ()
        session.uploads += [Upload(failure.path, texts.skipped(failure.reason), "skipped") for failure in failed]
        yield self._shelf(session)

    def refresh(self, session: Conversation) -> Shelf:
        """The library as it is now."""
        return self._shelf(session) if self._opening.usable else _indexing(self._opening.progress)

    def ask(
        self, conversation: Conversation, question: str, collections: Sequence[str] | None = None
    ) -> Iterator[Patch]:
        """The exchange that a question begins, ever fuller; with `collections` only those are searched."""
        asked = _clean_question(question)
        if asked:
            elsewhere = self._keeper.catch_up(conversation)
            yield from self._answer(conversation, conversation.begin(asked), collections, whole=elsewhere)

    def retry(self, conversation: Conversation, collections: Sequence[str] | None = None) -> Iterator[Patch]:
        """The last exchange anew."""
        if conversation.exchanges:
            last = conversation.exchanges[-1]
            yield from self.edit(conversation, last.number, last.question, collections)

    def edit(
        self, conversation: Conversation, number: int, question: str, collections: Sequence[str] | None = None
    ) -> Iterator[Patch]:
        """The exchange of a number with another question, in place of it and of all that came after it."""
        asked = _clean_question(question)
        if asked and 0 < number <= len(conversation.exchanges):
            elsewhere = self._keeper.catch_up(conversation)
            conversation.cut(number)
            self._keeper.cut(conversation, number)
            yield from self._answer(conversation, conversation.begin(asked), collections, whole=elsewhere)

    def stop(self, conversation: Conversation) -> Patch:
        """The exchange that was being answered, with what there is of it."""
        exchange = conversation.stop()
        if exchange is None:
            return Patch(revision=_next_revision(conversation), working=False)
        self._keeper.keep(conversation, exchange)
        return _patch(conversation, exchange, texts.STOPPED)

    def clear(self, conversation: Conversation) -> Patch:
        """An empty conversation; the one before stays where it is kept."""
        self.stop(conversation)
        conversation.clear()
        return _cleared(conversation)

    def resume(self, conversation: Conversation, name: str) -> Patch:
        """A conversation as it was left, where it is the visitor's."""
        self.stop(conversation)
        if not self._keeper.resume(conversation, name):
            return _cleared(conversation, texts.CONVERSATION_GONE)
        return Patch(
            revision=_next_revision(conversation),
            whole=self._whole(conversation),
            last=len(conversation.exchanges),
            conversation=conversation.kept_as,
            working=False,
        )

    def judge(self, conversation: Conversation, number: int, judgement: str, words: str) -> Patch:
        """An exchange with what its reader said of it; an unknown judgement takes back what was said."""
        known = next((one for one in JUDGEMENTS if one == judgement), None)
        said = words.encode("utf-8", "replace").decode("utf-8").strip()[:WORDS_CHARACTERS] if known else ""
        exchange = conversation.judge(number, known, said)
        if exchange is None:
            return Patch()
        self._keeper.judge(conversation, exchange)
        suggestions = self._suggestions(conversation, exchange) if number == len(conversation.exchanges) else ()
        return _patch(conversation, exchange, texts.judged(known) if known else texts.JUDGE, suggestions)

    def conversations(self, conversation: Conversation, words: str = "") -> Listing:
        """The visitor's conversations, the latest first; with words, those in which they stand."""
        conversation.listings += 1
        found = self._keeper.summaries(conversation, words)
        html = render_conversations(found, searched=bool(words.strip()), visitor=conversation.visitor)
        return Listing(listing=conversation.listings, html=html)

    def transcript(self, name: str, visitor: Visitor = NOBODY) -> tuple[str, str] | None:
        """One of the visitor's conversations as Markdown, and its title; None where there is no such one."""
        found = self._keeper.read(visitor, name)
        return (render_transcript(found), found.title) if found is not None else None

    def rename(self, conversation: Conversation, name: str, title: str, words: str = "") -> Listing:
        """The list with another name for one of the visitor's conversations."""
        self._keeper.rename(conversation, name, title)
        return self.conversations(conversation, words)

    def delete(self, conversation: Conversation, name: str, words: str = "") -> tuple[Listing, Patch]:
        """The list without one of the visitor's conversations; an empty conversation where that was the one shown."""
        self._keeper.delete(conversation, name)
        patch = Patch()
        if name == conversation.kept_as:
            conversation.clear()
            patch = _cleared(conversation)
        return self.conversations(conversation, words), patch

    def open(
        self, conversation: Conversation, reference: str, *, page: int | None = None, around: int | None = None
    ) -> str:
        """The source panel for a reference: "citation/2/1", "evidence/2/1" or "document/COLLECTION/ID".

        With a `page` that one of a PDF is shown, with `around` the part of a long document at that offset.
        """
        conversation.opened += 1
        if not self._opening.usable:
            return render_source(View(None, opened=conversation.opened))
        quotes = _quotes(conversation, reference)
        current = next((quote for quote in quotes if quote.reference == reference), None)
        if current is not None:
            document = self._find(conversation.visitor, current.collection, current.document_id)
        else:
            document = self._named(conversation.visitor, reference)
        original = self._original(document) if document is not None else None
        view = View(
            document,
            tuple(quotes),
            current,
            has_original=original is not None,
            opened=conversation.opened,
            reference=reference,
            around=around,
        )
        if document is not None and original is not None and original.suffix == ".pdf":
            view = self._with_picture(view, document, page)
        return render_source(view)

    def add(self, session: Conversation, files: Sequence[SentFile], collection: str = "") -> Iterator[Shelf]:
        """Files that were sent, added one after another; the list shows how far each is and why one is skipped.

        They go into `collection` where the visitor may change it, otherwise where the visitor's documents go.
        """
        if self.read_only:
            yield self.refresh(session)
            return
        into = _into(session.visitor, collection)
        names = [_clean_name(file["name"]) or file["name"][:NAME_LIMIT] for file in files]
        waiting = [Upload(name, texts.UPLOAD_WAITING, collection=into) for name in names]
        uploads = _begin(session, waiting, sent=[Path(file["path"]) for file in files])
        for place, file in enumerate(files):
            for state in self._add(file, uploads[place]):
                uploads[place] = state
                yield self._shelf(session)

    def replace(self, session: Conversation, reference: str) -> Iterator[Shelf]:
        """A file that was skipped because a document has its name, now in place of that document."""
        uploads = session.uploads
        held = [(place, one.held) for place, one in enumerate(uploads) if one.held and one.reference == reference]
        if self.read_only or not held:
            yield self.refresh(session)
            return
        place, path = held[-1]
        if not path.is_file():  # sent files go after a day
            uploads[place] = replace(_skipped(uploads[place], texts.UPLOAD_UNKNOWN), held=None)
            yield self._shelf(session)
            return
        try:
            for state in self._adding(path, replace(uploads[place], held=None)):
                uploads[place] = state
                yield self._shelf(session)
        finally:
            path.unlink(missing_ok=True)

    def dismiss(self, session: Conversation) -> Shelf:
        """The library without what became of what was added last."""
        _begin(session, [])
        return self.refresh(session)

    def check(
        self, conversation: Conversation, claim: str, collections: Sequence[str] | None = None
    ) -> dict[str, object]:
        """What the documents say of a sentence; its quotes can then be opened as "verdict/1"."""
        conversation.opened += 1
        try:
            readable = self._readable(conversation.visitor, collections)
            conversation.verdict = self._opening.assistant.check(claim.strip(), collections=readable)
            html = render_verdict(conversation.verdict)
        except KnowledgeError as error:
            html = render_unchecked(str(error))
        except Exception:  # a session goes on, whatever went wrong with one sentence
            html = render_unchecked(texts.CHECK_FAILED)
            log.exception("A sentence could not be checked.")
        return {"checked": conversation.opened, "html": html}

    def settings(self, conversation: Conversation, typed: str = "", problem: str = "") -> Settings:
        """The settings of a session; with what was typed and why it was not taken, where it was not."""
        conversation.opened += 1
        model = conversation.chosen.model if conversation.chosen else self._offered
        html = render_settings(model, typed=typed, problem=problem, offered=self._offered, free=self._any_model)
        return Settings(settings=conversation.opened, html=html, model=model, problem=problem)

    def choose_model(self, conversation: Conversation, named: str) -> Settings:
        """The settings once the model of this name writes the session's answers; without a name they are quoted."""
        model = named.strip()[:MODEL_LIMIT]
        if model not in ("", self._offered) and not self._any_model:
            return self.settings(conversation, problem=texts.MODEL_NOT_ALLOWED)
        whole = self._model if model == self._offered else model
        try:
            conversation.chosen = ChosenModel(model, self._opening.assistant.with_model(whole or None))
        except KnowledgeError as error:
            return self.settings(conversation, model, str(error))
        except Exception:  # a session goes on, whatever went wrong with a provider's package
            log.exception("A chat model could not be opened.")
            return self.settings(conversation, model, texts.MODEL_FAILED)
        return self.settings(conversation)

    def add_address(self, session: Conversation, address: str, collection: str = "") -> Iterator[Shelf]:
        """A page of the web, fetched and added, as `add` does with files; a known one is fetched anew."""
        if self.read_only:
            yield self.refresh(session)
            return
        asked = address.strip()
        upload = Upload(asked[:ADDRESS_LIMIT], texts.UPLOAD_WAITING, collection=_into(session.visitor, collection))
        if not is_address(asked) or len(asked) > ADDRESS_LIMIT or not asked.isascii():
            _begin(session, [_skipped(upload, texts.ADDRESS_WRONG)])
            yield self._shelf(session)
            return
        yield from self._fetch(session, asked, upload)

    def fetch_again(self, session: Conversation, reference: str) -> Iterator[Shelf]:
        """A document that was added by its address, as that is now."""
        document = self._named(session.visitor, reference)
        if document is None or not is_address(document.origin) or not self._may_change(session, document):
            yield self.refresh(session)
            return
        upload = Upload(document.id, texts.UPLOAD_WAITING, collection=document.collection)
        yield from self._fetch(session, document.origin, upload)

    def sync(self, session: Conversation) -> Iterator[Shelf]:
        """The library while the folder that it was started with is read again, then what has changed.

        With a login the folder is read again by whoever runs the program, not by those who sign in.
        """
        if not self._folder(session.visitor) or not self._opening.usable:
            yield self.refresh(session)
            return
        _begin(session, [])
        try:
            with ThreadPoolExecutor(1) as pool:
                syncing = pool.submit(self._opening.sync)
                while not syncing.done():
                    yield self._shelf(session, note=texts.indexing(self._opening.progress))
                    wait((syncing,), LOOK)
                report = syncing.result()
        except KnowledgeError as error:
            _begin(session, [Upload(texts.FOLDER_SYNC, str(error), "skipped")])
        else:
            _begin(session, _changes(report))
        yield self._shelf(session)

    def remove(self, session: Conversation, reference: str) -> Shelf:
        """The library without the document that a reference names, where the visitor may remove it."""
        document = self._named(session.visitor, reference)
        if document is not None and self._may_change(session, document):
            self._opening.library.remove(document.id, collection=document.collection)
        return self._shelf(session)

    def picture(self, collection: str, document_id: str, number: int, visitor: Visitor = NOBODY) -> bytes | None:
        """A page of a document's original as PNG; None where there is none."""
        document = self._find(visitor, collection, document_id) if self._opening.usable else None
        return self._pictures.png(self._opening.library, document, number) if document else None

    def original(self, collection: str, document_id: str, visitor: Visitor = NOBODY) -> tuple[Path, str] | None:
        """The original file of a document and the name under which it is handed out; None where there is none."""
        document = self._find(visitor, collection, document_id) if self._opening.usable else None
        path = self._original(document) if document else None
        return (path, document_id.rsplit("/", 1)[-1]) if path else None

    def _with_picture(self, view: View, document: Document, page: int | None) -> View:
        """The view with the page that the quote stands on, or that the reader turned to; none is drawn unasked."""
        held = [quote for quote in view.quotes if holds(document, quote)]
        clicked = [quote for quote in held if view.current is not None and quote.reference == view.current.reference]
        quotes = (*clicked, *(quote for quote in held if quote not in clicked))
        picture = None
        if page is not None or clicked:
            picture = self._pictures.draw(self._opening.library, document, page, quotes)
        return replace(
            view,
            picture=picture,
            pictured=quotes if picture is not None else (),
            pages=picture is not None or not clicked,
            turned=page is not None,
        )

    def _answer(
        self, conversation: Conversation, exchange: Exchange, collections: Sequence[str] | None, *, whole: bool
    ) -> Iterator[Patch]:
        """Patches while an exchange is answered, with all before it if `whole`; ends early where it was stopped."""
        earlier = Patch(whole=self._whole(conversation)) if whole else Patch()

        def patch(exchange: Exchange, announce: str = "", suggestions: Sequence[str] = ()) -> Patch:
            return Patch(**earlier, **_patch(conversation, exchange, announce, suggestions))

        self._keeper.keep(conversation, exchange)
        try:
            yield patch(exchange)
            while not self._opening.opened.wait(LOOK):
                before, exchange = exchange, replace(exchange, doing=texts.indexing(self._opening.progress))
                if not conversation.update(before, exchange):
                    return
                yield patch(exchange)
            history = conversation.history()
            readable = self._readable(conversation.visitor, collections)
            before, exchange = exchange, replace(exchange, collections=None if collections is None else readable)
            conversation.update(before, exchange)
            writer = conversation.chosen or ChosenModel(self._offered, self._opening.assistant)
            named = writer.model.partition("@http")[0]  # where its server stands is nobody's to keep
            for answer in writer.assistant.stream(exchange.question, history=history, collections=readable):
                outcome: Outcome = "working" if answer.status is None else "done"
                model = named if answer.written_by == "model" else ""
                before, exchange = exchange, replace(exchange, answer=answer, doing="", outcome=outcome, model=model)
                if not conversation.update(before, exchange):
                    return
                if outcome == "working":
                    yield patch(exchange)
            if exchange.outcome == "done":
                self._keeper.keep(conversation, exchange)
                said = exchange.answer.text if exchange.answer.status == "answered" else texts.REFUSED
                yield patch(exchange, said, self._suggestions(conversation, exchange))
                return
            failure = texts.FAILED
            log.error("The assistant ended without an answer to a question.")
        except GeneratorExit:  # the browser went away
            stopped = replace(exchange, outcome="stopped")
            if exchange.outcome == "working" and conversation.update(exchange, stopped):
                self._keeper.keep(conversation, stopped)
            raise
        except KnowledgeError as error:
            failure = str(error)
        except Exception:  # a session goes on, whatever went wrong with one question
            failure = texts.FAILED
            log.exception("A question could not be answered.")
        failed = replace(exchange, outcome="failed", failure=failure)
        if conversation.update(exchange, failed):
            self._keeper.keep(conversation, failed)
            yield patch(failed, failure)

    def _whole(self, conversation: Conversation) -> list[Drawn]:
        """Every exchange as it is shown, the last with its suggestions."""
        visitor = conversation.visitor
        drawn = [
            Drawn(exchange=one.number, html=render_exchange(one, visitor=visitor)) for one in conversation.exchanges
        ]
        if conversation.exchanges and conversation.exchanges[-1].outcome == "done" and self._opening.usable:
            last = conversation.exchanges[-1]
            drawn[-1]["html"] = render_exchange(last, self._suggestions(conversation, last), visitor)
        return drawn

    def _suggestions(self, conversation: Conversation, exchange: Exchange) -> list[str]:
        """The own questions nearest to what was asked, then others of the documents that the answer rests on."""
        answer, asked = exchange.answer, conversation.asked()
        near = [one.question for one in answer.related if one.question.casefold() not in asked]
        documents = {(cited.collection, cited.document_id) for cited in answer.citations or answer.evidence}
        others = nearby_questions(
            self._questions(conversation.visitor), documents, {*asked, *map(str.casefold, near)}, SUGGESTED
        )
        return [*near, *others][:SUGGESTED]

    def _readable(self, visitor: Visitor, chosen: Sequence[str] | None) -> tuple[str, ...]:
        """The collections that a visitor's question is asked of, by name; none that comes later."""
        readable = filter(visitor.may_read, self._opening.library.collections())
        return tuple(name for name in readable if chosen is None or name in chosen)

    def _questions(self, visitor: Visitor) -> list[DocumentQuestion]:
        return [one for one in self._opening.library.questions() if visitor.may_read(one.collection)]

    def _may_change(self, session: Conversation, document: Document) -> bool:
        return not self.read_only and session.visitor.may_change(document.collection)

    def _shelf(self, session: Conversation, note: str = "") -> Shelf:
        visitor = session.visitor
        documents = [one for one in self._opening.library.documents() if visitor.may_read(one.collection)]
        titles = {(document.collection, document.id): document.title for document in documents}
        return Shelf(
            render_header(len(documents), note),
            render_welcome(self._questions(visitor), titles) if documents else render_empty(read_only=self.read_only),
            render_documents(
                documents, session.uploads, visitor=visitor, folder=self._folder(visitor), read_only=self.read_only
            ),
            render_chooser(documents, visitor),
        )

    def _folder(self, visitor: Visitor) -> str:
        """The folder that the visitor may have read again; empty where there is none."""
        sources = self._opening.sources
        return str(sources) if sources is not None and visitor.may_sync and not self.read_only else ""

    def _named(self, visitor: Visitor, reference: str) -> Document | None:
        kind, _, name = reference.partition("/")
        collection, _, document_id = name.partition("/")
        return self._find(visitor, collection, document_id) if kind == "document" else None

    def _find(self, visitor: Visitor, collection: str, document_id: str) -> Document | None:
        """A document, where the visitor may read it."""
        if not visitor.may_read(collection):
            return None
        try:
            return self._opening.library.document(document_id, collection=collection)
        except DocumentNotFoundError:
            return None

    def _original(self, document: Document) -> Path | None:
        return self._opening.library.original(document.id, collection=document.collection)

    def _add(self, file: SentFile, upload: Upload) -> Iterator[Upload]:
        """A file while it is added, and what came of it; one whose name is taken is held until it is dismissed."""
        problem = file.get("problem", "")
        if problem:
            yield _skipped(upload, texts.NOT_SENT.get(problem, texts.UPLOAD_UNKNOWN))
            return
        name, path = _clean_name(file["name"]), Path(file["path"])
        if not (path.resolve().is_relative_to(self._uploads) and path.is_file()):
            yield _skipped(upload, texts.UPLOAD_UNKNOWN)
            return
        known = self._known(upload.collection, name)
        if known is not None and not self._is_synced(known):
            yield replace(_skipped(upload, texts.name_taken(name)), held=path)
            return
        try:
            if not name:
                yield _skipped(upload, texts.UPLOAD_NAMELESS)
            elif known is not None:
                yield _skipped(upload, texts.name_synced(name))
            else:
                yield from self._adding(path, upload)
        finally:
            path.unlink(missing_ok=True)  # the library keeps the original

    def _known(self, collection: str, name: str) -> DocumentSummary | None:
        """The document of a collection that has this name."""
        there = (document for document in self._opening.library.documents() if document.collection == collection)
        return next((document for document in there if name in (document.id, *document.aliases)), None)

    def _is_synced(self, document: DocumentSummary) -> bool:
        """Whether a document is kept as the folder says that the page was started with."""
        folder = self._opening.sources
        return folder is not None and Path(document.origin).is_relative_to(folder.resolve())

    def _fetch(self, session: Conversation, address: str, upload: Upload) -> Iterator[Shelf]:
        uploads = _begin(session, [upload])
        for state in self._adding(address, upload):
            uploads[0] = state
            yield self._shelf(session)

    def _adding(self, source: str | Path, upload: Upload) -> Iterator[Upload]:
        """A file or an address while the library adds it under the upload's name, and what came of it."""
        name, collection = upload.name, upload.collection
        done = texts.UPLOAD_ADDED if self._known(collection, name) is None else texts.SYNC_UPDATED
        yield replace(upload, state=texts.UPLOAD_READING, outcome="working")
        heard: SimpleQueue[Progress] = SimpleQueue()
        add = self._opening.library.add
        try:
            with ThreadPoolExecutor(1) as pool:
                adding = pool.submit(add, source, collection=collection, name=name, progress=heard.put)
                while not adding.done():
                    try:
                        yield replace(upload, state=texts.uploading(heard.get(timeout=LOOK)), outcome="working")
                    except Empty:
                        continue
                document = adding.result()
            if document.id != name:
                yield _skipped(upload, texts.content_known(document.id))
            else:
                yield replace(upload, state=done, outcome="added")
        except LoadError as error:
            yield _skipped(upload, error.reason)
        except KnowledgeError as error:
            yield _skipped(upload, str(error))


def _into(visitor: Visitor, collection: str) -> str:
    """Where a visitor's document goes: where it was asked for if the visitor may change that."""
    return collection if collection and visitor.may_change(collection) else visitor.collections[0]


def _begin(session: Conversation, uploads: list[Upload], sent: Sequence[Path] = ()) -> list[Upload]:
    """The session's uploads, those before forgotten with the files held for them, unless they were `sent` again."""
    for before in session.uploads:
        if before.held is not None and before.held not in sent:
            before.held.unlink(missing_ok=True)
    session.uploads = uploads
    return uploads


def _skipped(upload: Upload, reason: str) -> Upload:
    return replace(upload, state=texts.skipped(reason), outcome="skipped")


def _changes(report: SyncReport) -> list[Upload]:
    """What a sync did, as the list of files shows it."""
    changes = [
        *(Upload(name, texts.UPLOAD_ADDED, "added") for name in report.added),
        *(Upload(name, texts.SYNC_UPDATED, "added") for name in report.updated),
        *(Upload(new, texts.renamed(old), "added") for old, new in report.renamed),
        *(Upload(name, texts.SYNC_REMOVED, "added") for name in report.removed),
        *(Upload(failure.path, texts.skipped(failure.reason), "skipped") for failure in report.failed),
    ]
    return changes or [Upload(texts.SYNC_UNCHANGED, texts.count(len(report.unchanged), "document"), "added")]


def _next_revision(conversation: Conversation) -> int:
    conversation.revision += 1
    return conversation.revision


def _patch(
    conversation: Conversation, exchange: Exchange, announce: str = "", suggestions: Sequence[str] = ()
) -> Patch:
    return Patch(
        revision=_next_revision(conversation),
        exchange=exchange.number,
        html=render_exchange(exchange, suggestions, conversation.visitor),
        last=len(conversation.exchanges),
        conversation=conversation.kept_as,
        working=conversation.exchanges[-1].outcome == "working",
        announce=announce or progress_of(exchange),
    )


def _cleared(conversation: Conversation, announce: str = "") -> Patch:
    return Patch(
        revision=_next_revision(conversation), cleared=True, last=0, conversation="", working=False, announce=announce
    )


def _clean_question(question: str) -> str:
    """A question as it can be kept: no half characters, and no end to how long it is."""
    return question.strip()[:QUESTION_KEPT].encode("utf-8", "replace").decode("utf-8")


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
    if kind == "verdict":
        judged_by = conversation.verdict.citations if conversation.verdict else ()
        return [_quote(cited, f"verdict/{cited.number}") for cited in judged_by]
    if kind == "evidence":
        nearest = conversation.evidence(exchange)
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
