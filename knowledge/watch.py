"""Notices when the files of a folder change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

from knowledge.errors import KnowledgeError

REST = 400
"""Milliseconds without a change after which a folder is at rest: an editor saves a file in several steps."""

LONGEST = 5_000
"""Milliseconds after which a folder that never rests is looked at all the same."""

LOOK = 0.2
"""Seconds between looks at whether to end."""


def watch_folder(folder: Path, *, ignore: Path | None = None, stop: Event | None = None) -> Iterator[None]:
    """Yield at once, and again each time that something below the folder has changed and come to rest.

    What changes while the caller is at work is not missed: it leads to one more yield. Changes below `ignore`, and of
    files and folders whose names begin with a dot, are none. It ends when `stop` is set.

    Raises:
        KnowledgeError: the folder is not there, or the system does not let it be watched.
    """
    root, ignored = folder.resolve(), ignore.resolve() if ignore is not None else None
    if not root.is_dir():
        raise KnowledgeError(f"{folder} is not a folder, so there is nothing to follow. Name one that is there.")
    stop, changed, failures = stop or Event(), Event(), list[Exception]()
    watcher = Thread(target=_note, args=(root, ignored, stop, changed, failures), name="watcher", daemon=True)
    watcher.start()
    try:
        yield
        while not stop.is_set():
            if failures:
                raise KnowledgeError(
                    f"{folder} cannot be followed ({failures[0]}). Sync it by hand: python -m knowledge sync {folder}"
                )
            if changed.wait(LOOK):
                changed.clear()
                yield
    finally:
        stop.set()
        watcher.join()


def _note(root: Path, ignored: Path | None, stop: Event, changed: Event, failures: list[Exception]) -> None:
    from watchfiles import Change, watch

    def counts(change: Change, name: str) -> bool:
        path = Path(name)
        hidden = any(part.startswith(".") for part in path.relative_to(root).parts)
        return not hidden and not (ignored is not None and path.is_relative_to(ignored))

    try:
        for _ in watch(root, watch_filter=counts, step=REST, debounce=LONGEST, stop_event=stop, raise_interrupt=False):
            changed.set()
    except Exception as error:  # the caller has to say it, whatever it is
        failures.append(error)
