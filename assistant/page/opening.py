"""A library and its assistant, opening in the background while the page is already up."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Protocol, Self

from assistant.types import Answer, Turn, Verdict
from knowledge import KnowledgeError, Progress, SyncReport, watch_folder

if TYPE_CHECKING:
    from knowledge import Library


LAST_SYNC = 5.0
"""Seconds for a sync to end when the page ends; most take one."""


class Answerer(Protocol):
    """What the page asks of an `Assistant`."""

    def stream(
        self, question: str, history: Sequence[Turn] = (), *, collections: Sequence[str] | None = None
    ) -> Iterator[Answer]:
        """Ever fuller answers; the last has a status."""

    def check(self, claim: str, *, collections: Sequence[str] | None = None) -> Verdict:
        """What the documents say of a claim."""

    def with_model(self, model: str | None) -> Answerer:
        """The same with another chat model that writes, None for none; raises `ModelError` where it cannot be."""


class Opening:
    """Opens a library, then its assistant, then syncs a folder into it, in a thread of its own.

    With `watch` that thread then follows the folder and syncs it after every change.
    Questions can be asked as soon as `opened` is set, while the sync goes on: what is ready by then answers.
    """

    def __init__(
        self,
        open_library: Callable[[Callable[[Progress], None]], Library],
        open_assistant: Callable[[Library], Answerer],
        *,
        sources: Path | None = None,
        watch: bool = False,
    ) -> None:
        self._open_library = open_library
        self._open_assistant = open_assistant
        self.sources = sources
        """The folder that the library is kept up with; None where there is none."""
        self._watch = watch
        self._ending = Event()
        self._thread = Thread(target=self._run, name="opening the library", daemon=True)
        self._library: Library | None = None
        self._assistant: Answerer | None = None
        self.opened = Event()
        """Set when the library can be asked, or when it cannot be opened."""
        self.finished = Event()
        """Set when nothing is left to do."""
        self.progress: Progress | None = None
        self.report: SyncReport | None = None
        self.failure: Exception | None = None
        """What went wrong while opening or syncing; None while nothing has."""
        self._when_failed: Callable[[], None] = lambda: None

    def begin(self) -> Self:
        """Start, and return at once."""
        self._thread.start()
        return self

    @property
    def usable(self) -> bool:
        """Whether the library can be asked already."""
        return self.opened.is_set() and self._library is not None

    @property
    def library(self) -> Library:
        """The library, once it is open.

        Raises:
            Exception: what `open_library` or `open_assistant` raised.
        """
        self.opened.wait()
        if self._library is None:
            raise self.failure or RuntimeError("The library was not opened.")
        return self._library

    @property
    def assistant(self) -> Answerer:
        """The assistant, once its library is open; raises as `library` does."""
        self.opened.wait()
        if self._assistant is None:
            raise self.failure or RuntimeError("The library was not opened.")
        return self._assistant

    def when_failed(self, act: Callable[[], None]) -> None:
        """Have `act` called when the library cannot be opened, at once if that is known already."""
        self._when_failed = act
        if self.finished.is_set() and not self.usable:
            act()

    def sync(self) -> SyncReport:
        """What has changed in the folder since it was last read, now read.

        Raises:
            KnowledgeError: there is no such folder, or as `Library.sync`.
        """
        if self.sources is None:
            raise KnowledgeError("No folder was named at the start, so there is none to read again.")
        self.progress = None
        self.report = self.library.sync(self.sources, progress=self._note)
        return self.report

    def close(self) -> None:
        """Let go of the library, unless it is at work: what that leaves pending is finished at the next start."""
        self._ending.set()
        if self._watch and self.finished.is_set():
            self._thread.join(LAST_SYNC)
        if self._library is not None and self.finished.is_set() and not (self._watch and self._thread.is_alive()):
            self._library.close()

    def _run(self) -> None:
        try:
            library = self._open_library(self._note)
            self._assistant = self._open_assistant(library)
            self._library = library
            if self.sources is None or library.documents():
                self.opened.set()
            if self.sources is not None:
                self.report = library.sync(self.sources, progress=self._note)
        except Exception as error:  # whatever it is, the page has to say it
            self.failure = error
            if self._library is not None or not isinstance(error, KnowledgeError):
                expected = isinstance(error, KnowledgeError)
                logging.getLogger(__name__).error("The documents were not read. %s", error, exc_info=not expected)
        finally:
            self.opened.set()
            self.finished.set()
            if self._library is None:
                self._when_failed()
        if self._watch and self.failure is None and self.sources is not None:
            self._follow(library, self.sources)

    def _follow(self, library: Library, folder: Path) -> None:
        try:
            for _ in watch_folder(folder, ignore=library.path, stop=self._ending):
                self.report = library.sync(folder)
        except KnowledgeError as error:
            logging.getLogger(__name__).error("The folder is no longer followed. %s", error)

    def _note(self, progress: Progress) -> None:
        self.progress = progress
