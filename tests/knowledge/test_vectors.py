"""Search by meaning: exact while it can be, whatever else the library holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge import Library


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "docs"
    root.mkdir()
    for name in ("bees", "tea", "salt"):
        (root / f"{name}.md").write_text(f"# {name}\n\nThis is about {name} and nothing else.\n", encoding="utf-8")
    return root


NOTICE = "Many words stand here in every document. "


@pytest.mark.parametrize("number", range(4))
def test_many_equal_chunks_do_not_hide_the_others(library, folder, number):
    (folder / "notice.md").write_text("# Notice\n\n" + NOTICE * 3000, encoding="utf-8")
    library.sync(folder)
    hit = library.search("tea", limit=50)[0]
    assert hit.document_id == "tea.md"
    nearest = library._vectors.search(library.embedder.encode_question("This is about bees."), ["default"], 1)
    assert nearest[0][1] in {chunk_id for _, chunk_id, _ in _nearest_by_hand(library, "This is about bees.")}


def _nearest_by_hand(library: Library, question: str) -> list[tuple[str, str, float]]:
    ids, vectors = library._catalog.vectors()["default"]
    cosines = vectors @ library.embedder.encode_question(question)
    return [("default", ids[i], float(cosines[i])) for i in (cosines >= cosines.max() - 1e-6).nonzero()[0]]


def test_a_library_that_is_too_large_to_compare_every_vector_searches_chroma(library, folder, monkeypatch):
    monkeypatch.setattr("knowledge.library.EXACT_CHUNKS", 1)
    library.sync(folder)
    assert library.search("tea")[0].document_id == "tea.md"
    assert library._vectors is library._index
