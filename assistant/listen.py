"""Messages -> what a chat model says to them, chunk by chunk, for so long and no longer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from contextvars import copy_context
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import TYPE_CHECKING

from assistant.errors import WritingError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage, BaseMessageChunk

WAITING_CHUNKS = 64
"""Chunks that may wait to be read; a model that is faster waits."""

LOOK = 0.1
"""Seconds between looks whether anyone still reads."""

NOTHING_CAME = "No generation chunks were returned"
"""How LangChain's `ValueError` for an empty stream begins."""


def listen(model: BaseChatModel, messages: list[BaseMessage], *, seconds: float) -> Iterator[BaseMessageChunk]:
    """The model's stream, read in a thread of its own, so that one that hangs can be left.

    Raises:
        WritingError: the model failed, or did not end within `seconds`; what it says holds no words of the model's.
    """
    queue: Queue[BaseMessageChunk | Exception | None] = Queue(WAITING_CHUNKS)
    left = Event()

    def put(item: BaseMessageChunk | Exception | None) -> None:
        while not left.is_set():
            with suppress(Full):
                queue.put(item, timeout=LOOK)
                return

    def read() -> None:
        try:
            for chunk in model.stream(messages):
                put(chunk)
                if left.is_set():
                    return  # the stream is closed with its generator
            put(None)
        except Exception as error:  # whatever a provider raises ends in a quoted answer
            put(None if NOTHING_CAME in str(error) else error)

    until = time.monotonic() + seconds
    Thread(target=copy_context().run, args=(read,), name="reading a chat model", daemon=True).start()
    try:
        while True:
            remaining = until - time.monotonic()
            try:
                if remaining <= 0:
                    raise Empty
                item = queue.get(timeout=remaining)
            except Empty:
                raise WritingError(f"did not end within {seconds:g} seconds") from None
            if isinstance(item, Exception):
                raise WritingError(_what_happened(item)) from None
            if item is None:
                return
            yield item
    finally:
        left.set()


def _what_happened(error: Exception) -> str:
    """A failure in words of ours: a provider's message may hold a key or the question."""
    status = getattr(error, "status_code", None) or getattr(getattr(error, "response", None), "status_code", None)
    kinds = " ".join(kind.__name__ for kind in type(error).__mro__)
    if isinstance(status, int):
        return f"{_STATUS.get(status, 'failed on its server' if status >= 500 else 'was refused')} (HTTP {status})"
    if "Timeout" in kinds:
        return "did not answer in time"
    if "Connect" in kinds:
        return "cannot be reached"
    return f"failed ({type(error).__name__})"


_STATUS = {
    401: "was refused for its key",
    403: "was refused for its key",
    404: "is not known at its address",
    429: "has been asked too often",
}
