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
from assistant.page.handlers import Handlers, Patch, Shelf

SESSIONS_AT_ONCE = 4
"""Events of one kind that run side by side; more wait in the queue. Answering is bound by the processor."""

KEPT_UPLOADS = (3_600, 86_400)
"""Seconds: how often files that were sent but never added are looked for, and the age at which they go."""


def build_page(handlers: Handlers) -> gr.Blocks:
    """The page, to be mounted."""
    with gr.Blocks(title=texts.NAME, analytics_enabled=False, delete_cache=KEPT_UPLOADS, fill_width=True) as page:
        session = gr.State(Conversation())
        header = _region("header", layout.HEADER)
        welcome = _region("welcome", layout.WELCOME)
        conversation = _region("conversation", layout.CONVERSATION, "conversation.js", {})
        source = _region("source", layout.SOURCE, "source.js")
        documents = _region("documents", layout.DOCUMENTS, "documents.js")
        shelf = [header, welcome, documents]

        def load() -> Iterator[tuple[str, str, str]]:
            yield from map(_regions, handlers.load())

        def ask(state: Conversation, event: gr.EventData) -> Iterator[Patch]:
            yield from handlers.ask(state, _text(event, "question"))

        def retry(state: Conversation) -> Iterator[Patch]:
            yield from handlers.retry(state)

        def open_source(state: Conversation, event: gr.EventData) -> str:
            return handlers.open(state, _text(event, "reference"))

        def list_documents() -> tuple[str, str, str]:
            return _regions(handlers.refresh())

        def add(event: gr.EventData) -> Iterator[tuple[str, str, str]]:
            sent = [(str(file["name"]), str(file["path"])) for file in event.files]
            yield from map(_regions, handlers.add([{"name": name, "path": path} for name, path in sent]))

        def remove(event: gr.EventData) -> tuple[str, str, str]:
            return _regions(handlers.remove(_text(event, "reference")))

        quiet = {"show_progress": "hidden", "api_visibility": "private"}
        page.load(load, None, shelf, concurrency_limit=None, **quiet)
        # An event is stopped by its own handler and not by Gradio's `cancels`, which would take the next one with it.
        conversation.ask(ask, session, conversation, trigger_mode="multiple", **quiet)
        conversation.retry(retry, session, conversation, trigger_mode="multiple", **quiet)
        conversation.stop(handlers.stop, session, conversation, queue=False, **quiet)
        conversation.clear(handlers.clear, session, conversation, queue=False, **quiet)
        source.open(open_source, session, source, trigger_mode="always_last", **quiet)
        documents.list(list_documents, None, shelf, trigger_mode="always_last", **quiet)
        documents.upload(add, None, shelf, trigger_mode="multiple", concurrency_limit=1, **quiet)
        documents.delete(remove, None, shelf, trigger_mode="multiple", **quiet)
    page.queue(default_concurrency_limit=SESSIONS_AT_ONCE)
    return page


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


def _regions(shelf: Shelf) -> tuple[str, str, str]:
    return shelf.header, shelf.welcome, shelf.documents


def _text(event: gr.EventData, name: str) -> str:
    """A text that came with an event; empty where a browser sent something else."""
    value = getattr(event, name, "")
    return value if isinstance(value, str) else ""
