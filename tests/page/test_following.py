"""The page over a folder that is followed."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from assistant.page.opening import Opening
from knowledge import KnowledgeError, Library
from tests.page.fakes import FakeAssistant


def wait_for(opening: Opening, *names: str) -> None:
    for _ in range(300):
        if [document.id for document in opening.library.documents()] == list(names):
            return
        time.sleep(0.1)
    pytest.fail(f"the library never held {names}: {opening.library.documents()}")


def test_a_followed_folder_is_synced_after_each_change_until_the_end(tmp_path: Path):
    sources = tmp_path / "sources"
    sources.mkdir()
    (sources / "a.md").write_text("Tea grows on hills.", encoding="utf-8")
    opening = Opening(
        lambda progress: Library.open(tmp_path / "library"), FakeAssistant, sources=sources, watch=True
    ).begin()
    assert opening.finished.wait(60)
    wait_for(opening, "a.md")
    (sources / "b.md").write_text("The ferry leaves at noon.", encoding="utf-8")
    wait_for(opening, "a.md", "b.md")
    (sources / "a.md").unlink()
    wait_for(opening, "b.md")
    opening.close()
    with Library.open(tmp_path / "library") as again:  # it was let go of
        assert [document.id for document in again.documents()] == ["b.md"]


def test_without_a_folder_there_is_none_to_read_again(tmp_path: Path):
    opening = Opening(lambda progress: Library.open(tmp_path / "library"), FakeAssistant).begin()
    assert opening.finished.wait(60)
    with pytest.raises(KnowledgeError, match="none to read again"):
        opening.sync()
    opening.close()
