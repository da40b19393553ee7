"""The page as a Gradio application: five regions of our own HTML, and which handler answers which event.

Gradio brings the queue, the streaming, the sessions and the uploads; what is drawn is drawn by `handlers` and the
style and scripts beside this file. Importing this module imports Gradio: set its environment variables first.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

import gradio as gr

from assistant.page import layout, texts
from assistant.page.conversation import Conversation
from assistant.page.handlers import Handlers, Listing, Patch, SentFile, Settings, Shelf
from assistant.page.visitor import NOBODY, Visitor

SESSIONS_AT_ONCE = 4
"""Events of one kind that run side by side; more wait in the queue. Answering is bound by the processor."""

KEPT_UPLOADS = (3_600, 86_400)
"""Seconds: how often files that were sent but never added are looked for, and the age at which they go."""


Regions = tuple[str, str, str, str]
"""The HTML of the header, the welcome, the documents and the choice of collections."""

QUIET = {"show_progress": "hidden", "api_visibility": "private"}
"""Of every event: the page shows by itself what goes on, and none is for other programs."""


def build_page(handlers: Handlers) -> gr.Blocks:
    """The page, to be mounted."""
    with gr.Blocks(title=texts.NAME, analytics_enabled=False, delete_cache=KEPT_UPLOADS, fill_width=True) as page:
        session = gr.State(Conversation())
        header = _region("header", layout.HEADER)
        conversations = _region("conversations", layout.CONVERSATIONS, "conversations.js", {})
        welcome = _region("welcome", layout.WELCOME)
        conversation = _region("conversation", layout.CONVERSATION, "conversation.js", {})
        source = _region("source", layout.SOURCE, "source.js")
        kept = layout.DOCUMENTS_READ_ONLY if handlers.read_only else layout.DOCUMENTS
        documents = _region("documents", kept, "documents.js")
        chooser = _region("chooser", layout.CHOOSER, "chooser.js")
        check = _region("check", layout.CHECK, "check.js", {})
        settings = _region("settings", layout.SETTINGS, "settings.js", handlers.settings(Conversation()))
        shelf = [header, welcome, documents, chooser]

        def load(state: Conversation, request: gr.Request) -> Iterator[Regions]:
            yield from map(_regions, handlers.load(_owned(state, request)))

        def open_source(state: Conversation, event: gr.EventData, request: gr.Request) -> str:
            page, around = _number(event, "page"), _number(event, "around")
            return handlers.open(_owned(state, request), _text(event, "reference"), page=page, around=around)

        def judge_claim(state: Conversation, event: gr.EventData, request: gr.Request) -> dict[str, object]:
            claim, collections = _text(event, "claim"), _names(event, "collections")
            return handlers.check(_owned(state, request), claim, collections)

        def choose_model(state: Conversation, event: gr.EventData, request: gr.Request) -> Settings:
            return handlers.choose_model(_owned(state, request), _text(event, "model"))

        quiet = QUIET
        page.load(load, session, shelf, concurrency_limit=None, **quiet)
        _hold_conversation(handlers, session, conversation)
        _list_conversations(handlers, session, conversations, conversation)
        source.open(open_source, session, source, trigger_mode="always_last", **quiet)
        check.submit(judge_claim, session, check, trigger_mode="once", **quiet)
        settings.submit(choose_model, session, settings, trigger_mode="once", concurrency_limit=None, **quiet)
        _keep_documents(handlers, session, documents, shelf)
    page.queue(default_concurrency_limit=SESSIONS_AT_ONCE)
    return page


def _keep_documents(handlers: Handlers, session: gr.State, documents: gr.HTML, shelf: list[gr.HTML]) -> None:
    """The events in which documents are listed and changed."""

    def show(state: Conversation, request: gr.Request) -> Regions:
        return _regions(handlers.refresh(_owned(state, request)))

    def add(state: Conversation, event: gr.EventData, request: gr.Request) -> Iterator[Regions]:
        files = [
            SentFile(name=str(file["name"]), path=str(file["path"]), problem=str(file.get("problem", "")))
            for file in event.files
        ]
        yield from map(_regions, handlers.add(_owned(state, request), files, _text(event, "into")))

    def put(state: Conversation, event: gr.EventData, request: gr.Request) -> Iterator[Regions]:
        yield from map(_regions, handlers.replace(_owned(state, request), _text(event, "reference")))

    def dismiss(state: Conversation, request: gr.Request) -> Regions:
        return _regions(handlers.dismiss(_owned(state, request)))

    def add_address(state: Conversation, event: gr.EventData, request: gr.Request) -> Iterator[Regions]:
        address, into = _text(event, "address"), _text(event, "into")
        yield from map(_regions, handlers.add_address(_owned(state, request), address, into))

    def fetch_again(state: Conversation, event: gr.EventData, request: gr.Request) -> Iterator[Regions]:
        yield from map(_regions, handlers.fetch_again(_owned(state, request), _text(event, "reference")))

    def sync(state: Conversation, request: gr.Request) -> Iterator[Regions]:
        yield from map(_regions, handlers.sync(_owned(state, request)))

    def remove(state: Conversation, event: gr.EventData, request: gr.Request) -> Regions:
        return _regions(handlers.remove(_owned(state, request), _text(event, "reference")))

    # One change after the other, so that each is followed in the list until it has come to its end.
    changing = {"trigger_mode": "multiple", "concurrency_limit": 1, "concurrency_id": "documents", **QUIET}
    documents.list(show, session, shelf, trigger_mode="always_last", **QUIET)
    documents.upload(add, session, shelf, **changing)
    documents.replace(put, session, shelf, **changing)
    documents.dismiss(dismiss, session, shelf, trigger_mode="once", **QUIET)
    documents.submit(add_address, session, shelf, **changing)
    documents.again(fetch_again, session, shelf, **changing)
    documents.input(sync, session, shelf, **{**changing, "trigger_mode": "once"})
    documents.delete(remove, session, shelf, trigger_mode="multiple", **QUIET)


def _hold_conversation(handlers: Handlers, session: gr.State, conversation: gr.HTML) -> None:
    """The events in which a conversation grows and is gone through again."""

    def ask(state: Conversation, event: gr.EventData, request: gr.Request) -> Iterator[Patch]:
        yield from handlers.ask(_owned(state, request), _text(event, "question"), _names(event, "collections"))

    def retry(state: Conversation, event: gr.EventData, request: gr.Request) -> Iterator[Patch]:
        yield from handlers.retry(_owned(state, request), _names(event, "collections"))

    def edit(state: Conversation, event: gr.EventData, request: gr.Request) -> Iterator[Patch]:
        number, question = _number(event, "exchange") or 0, _text(event, "question")
        yield from handlers.edit(_owned(state, request), number, question, _names(event, "collections"))

    def judge(state: Conversation, event: gr.EventData, request: gr.Request) -> Patch:
        exchange, judgement = _number(event, "exchange") or 0, _text(event, "judgement")
        return handlers.judge(_owned(state, request), exchange, judgement, _text(event, "words"))

    def stop(state: Conversation, request: gr.Request) -> Patch:
        return handlers.stop(_owned(state, request))

    def clear(state: Conversation, request: gr.Request) -> Patch:
        return handlers.clear(_owned(state, request))

    # An event is stopped by its own handler and not by Gradio's `cancels`, which would take the next one with it.
    conversation.ask(ask, session, conversation, trigger_mode="multiple", **QUIET)
    conversation.retry(retry, session, conversation, trigger_mode="multiple", **QUIET)
    conversation.edit(edit, session, conversation, trigger_mode="multiple", **QUIET)
    conversation.judge(judge, session, conversation, trigger_mode="multiple", queue=False, **QUIET)
    conversation.stop(stop, session, conversation, queue=False, **QUIET)
    conversation.clear(clear, session, conversation, queue=False, **QUIET)


def _list_conversations(handlers: Handlers, session: gr.State, listed: gr.HTML, conversation: gr.HTML) -> None:
    """The events of the list of conversations."""

    def show(state: Conversation, event: gr.EventData, request: gr.Request) -> Listing:
        return handlers.conversations(_owned(state, request), _text(event, "words"))

    def resume(state: Conversation, event: gr.EventData, request: gr.Request) -> Patch:
        return handlers.resume(_owned(state, request), _text(event, "conversation"))

    def rename(state: Conversation, event: gr.EventData, request: gr.Request) -> Listing:
        name, title = _text(event, "conversation"), _text(event, "title")
        return handlers.rename(_owned(state, request), name, title, _text(event, "words"))

    def delete(state: Conversation, event: gr.EventData, request: gr.Request) -> tuple[Listing, Patch]:
        return handlers.delete(_owned(state, request), _text(event, "conversation"), _text(event, "words"))

    listed.list(show, session, listed, trigger_mode="always_last", queue=False, **QUIET)
    listed.open(resume, session, conversation, trigger_mode="always_last", queue=False, **QUIET)
    listed.rename(rename, session, listed, trigger_mode="multiple", queue=False, **QUIET)
    listed.delete(delete, session, [listed, conversation], trigger_mode="multiple", queue=False, **QUIET)


def read_asset(name: str) -> str:
    """A file of the page's own style or script."""
    return (files("assistant.page") / name).read_text(encoding="utf-8")


def _region(name: str, template: str, script: str | None = None, value: object = "") -> gr.HTML:
    return gr.HTML(
        value,
        elem_id=name,
        html_template=template,
        js_on_load=read_asset(script) if script else None,
        apply_default_css=False,
    )


def _regions(shelf: Shelf) -> Regions:
    return shelf.header, shelf.welcome, shelf.documents, shelf.chooser


def _visitor(request: gr.Request) -> Visitor:
    """Who an event comes from, as the server found out before Gradio saw the request."""
    found = request.request.scope.get("visitor") if request.request else None
    return found if isinstance(found, Visitor) else NOBODY


def _owned(conversation: Conversation, request: gr.Request) -> Conversation:
    """The session's conversation, for whoever it belongs to; a name of a session is no proof of who one is."""
    conversation.belong_to(_visitor(request))
    return conversation


def _number(event: gr.EventData, name: str) -> int | None:
    """A number that came with an event; None where there was none that can be meant."""
    value = getattr(event, name, None)
    return value if type(value) is int and abs(value) < 2**31 else None


def _names(event: gr.EventData, name: str) -> list[str] | None:
    """Names that came with an event; None where none were sent."""
    value = getattr(event, name, None)
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else None


def _text(event: gr.EventData, name: str) -> str:
    """A text that came with an event; empty where a browser sent something else."""
    value = getattr(event, name, "")
    return value if isinstance(value, str) else ""
