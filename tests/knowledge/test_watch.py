"""A folder that is followed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty, Queue
from threading import Event, Thread

import pytest

from knowledge import KnowledgeError, Library, watch_folder


@pytest.fixture
def followed(tmp_path: Path) -> Iterator[tuple[Path, Queue[None]]]:
    """A folder, and a queue that gets an entry for each yield."""
    folder, seen, stop = tmp_path / "notes", Queue(), Event()
    folder.mkdir()

    def follow() -> None:
        for _ in watch_folder(folder, ignore=folder / "library", stop=stop):
            seen.put(None)

    thread = Thread(target=follow)
    thread.start()
    seen.get(timeout=10)
    time.sleep(0.3)  # the system begins to report a moment after the watcher asks it to
    yield folder, seen
    stop.set()
    thread.join(10)
    assert not thread.is_alive()


def yields(seen: Queue[None], *, within: float) -> int:
    count = 0
    while True:
        try:
            seen.get(timeout=within)
        except Empty:
            return count
        count += 1


def write(folder: Path) -> None:
    (folder / "a.md").write_text("Tea grows on hills.", encoding="utf-8")


def write_below(folder: Path) -> None:
    (folder / "deep").mkdir()
    (folder / "deep" / "b.md").write_text("Rain falls.", encoding="utf-8")


@pytest.mark.parametrize("change", [pytest.param(write, id="a file"), pytest.param(write_below, id="a folder's file")])
def test_a_change_is_noticed(followed, change: Callable[[Path], None]):
    folder, seen = followed
    change(folder)
    assert yields(seen, within=3) >= 1


def test_many_changes_at_once_are_one(followed):
    folder, seen = followed
    for number in range(30):
        (folder / f"{number}.md").write_text("Words.", encoding="utf-8")
    assert yields(seen, within=3) == 1


@pytest.mark.parametrize("name", [".git", "library"])
def test_what_is_hidden_or_to_be_ignored_is_no_change(followed, name):
    folder, seen = followed
    (folder / name).mkdir()
    (folder / name / "catalog.db").write_bytes(b"x")
    assert yields(seen, within=2) == 0


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(KnowledgeError, match=r"nowhere is not a folder.*Name one"):
        next(watch_folder(tmp_path / "nowhere"))


def test_the_command_follows_a_folder_and_ends_cleanly(tmp_path):
    sources, library = tmp_path / "sources", tmp_path / "library"
    sources.mkdir()
    write(sources)
    process = subprocess.Popen(
        [sys.executable, "-m", "knowledge", "--library", str(library), "sync", "--watch", str(sources)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # what runs the tests may ignore Ctrl+C
    )  # fmt: skip
    try:
        assert "added    a.md" in next(process.stdout)
        while "following" not in next(process.stdout):
            pass
        (sources / "late.md").write_text("The ferry leaves at noon.", encoding="utf-8")
        assert "added    late.md" in next(process.stdout)
        while "following" not in next(process.stdout):
            pass
        (sources / "a.md").unlink()
        assert "removed  a.md" in next(process.stdout)
        while "following" not in next(process.stdout):
            pass
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 0
    assert said.strip().endswith("no longer followed; what was finished is kept")
    with Library.open(library, read_only=True) as opened:
        assert [document.id for document in opened.documents()] == ["late.md"]
