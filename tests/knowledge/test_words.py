"""Search by words: the scores follow from what the library holds, not from how it came to hold it."""

from __future__ import annotations

import pytest

from knowledge import Library, LibrarySettings


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "docs"
    root.mkdir()
    for number in range(12):
        words = "amber tea " * (number + 1) + "salt " * (number % 3)
        (root / f"{number:02}.md").write_text(f"# Kind {number}\n\nThis is {words}here.\n", encoding="utf-8")
    return root


def found(library):
    return [(hit.document_id, hit.text, hit.score) for hit in library.search("amber salt", limit=20)]


def scores(library):
    return [score for *_, score in library._words.search("amber salt", ["default"], 20)]


@pytest.mark.parametrize("exact", [50_000, 0], ids=["small library", "large library"])
def test_what_was_removed_and_changed_does_not_count_in_a_library_that_is_not_large(
    library, folder, tmp_path, embedder, monkeypatch, exact
):
    monkeypatch.setattr("knowledge.library.EXACT_CHUNKS", exact)
    library.sync(folder)
    for number in range(6):
        (folder / f"{number:02}.md").unlink()
    (folder / "07.md").write_text("# Kind 7\n\nThis is amber tea and nothing else here.\n", encoding="utf-8")
    library.sync(folder)
    with Library.open(tmp_path / "fresh", embedder=embedder, settings=LibrarySettings(workers=1)) as fresh:
        fresh.sync(folder)
        assert (scores(library) == scores(fresh)) == bool(exact)
        assert {one[0] for one in found(library)} == {one[0] for one in found(fresh)}
        assert (found(library) == found(fresh)) or not exact


def test_of_equal_chunks_the_same_are_found_whatever_came_first(library, tmp_path, embedder):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    names = [f"{number:02}.md" for number in range(30)]
    for name in names:
        (tmp_path / "one" / name).write_text(f"# {name}\n\nAmber here.\n", encoding="utf-8")
    library.sync(tmp_path / "one")
    with Library.open(tmp_path / "other", embedder=embedder, settings=LibrarySettings(workers=1)) as other:
        for name in reversed(names):
            (tmp_path / "two" / name).write_bytes((tmp_path / "one" / name).read_bytes())
            other.sync(tmp_path / "two")
        assert other._words.search("amber", ["default"], 5) == library._words.search("amber", ["default"], 5)
