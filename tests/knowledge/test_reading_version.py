"""What another version of the reading code read is read again, and the version grows when reading changes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace

import pytest

from knowledge.chunk import chunk_document
from knowledge.load import load_document
from knowledge.questions import find_questions
from knowledge.sentences import split_sentences
from knowledge.types import READING
from tests.knowledge.test_hostile import BINARIES, TEXTS

TEA = "# Tea\n\nTea grows on hills. Its leaves are picked by hand.\n"


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "docs"
    root.mkdir()
    for name in ("bees", "tea", "salt"):
        (root / f"{name}.md").write_text(TEA.replace("Tea", name.capitalize()), encoding="utf-8")
    return root


@pytest.fixture
def another_version(monkeypatch):
    """From here on the reading code is of another version."""

    def begin(version: int = READING + 1) -> None:
        for module in ("catalog", "chunk"):
            monkeypatch.setattr(f"knowledge.{module}.READING", version)

    return begin


def chunk_ids(library):
    return {chunk_id for _, chunk_id in library._catalog.chunk_ids()}


def assert_whole(library):
    ids = chunk_ids(library)
    assert library._words.ids() == {("default", chunk_id) for chunk_id in ids}
    assert library._index.ids("default") == ids
    for summary in library.documents():
        assert library.search(library.document(summary.id).text, limit=50)
    assert {path.name for path in (library.path / "originals").iterdir()} == library._catalog.file_hashes() - {
        summary.content_hash for summary in library.documents() if not summary.origin.startswith("/")
    }


def test_unchanged_files_are_read_again_once(library, folder, another_version):
    library.sync(folder)
    before = chunk_ids(library)
    another_version()
    report = library.sync(folder)
    assert (report.updated, report.added, report.removed) == (("bees.md", "salt.md", "tea.md"), (), ())
    assert not before & chunk_ids(library)
    assert_whole(library)
    assert library.sync(folder).unchanged == ("bees.md", "salt.md", "tea.md")


def test_the_older_reading_answers_until_the_newer_is_ready(library, folder, another_version, monkeypatch):
    library.sync(folder)
    before = chunk_ids(library)
    another_version()
    found = []

    make_ready = library._catalog.make_ready
    monkeypatch.setattr(
        library._catalog, "make_ready", lambda keys: (found.append(library.search("tea leaves")), make_ready(keys))
    )
    library.sync(folder)
    assert found
    assert {hit.chunk_id for hits in found for hit in hits} == before


def test_a_file_renamed_meanwhile_is_renamed_and_read_again(library, folder, another_version):
    library.sync(folder)
    another_version()
    (folder / "tea.md").rename(folder / "black-tea.md")
    report = library.sync(folder)
    assert report.renamed == (("tea.md", "black-tea.md"),)
    assert report.updated == ("bees.md", "black-tea.md", "salt.md")
    assert report.added == report.removed == ()
    assert_whole(library)
    assert len(library.sync(folder).unchanged) == 3


def test_files_with_one_content_stay_one_document(library, folder, another_version):
    (folder / "a.md").write_text(TEA, encoding="utf-8")
    (folder / "z.md").write_text(TEA, encoding="utf-8")
    library.sync(folder)
    another_version()
    library.sync(folder)
    assert next((one.id, one.aliases) for one in library.documents()) == ("a.md", ("tea.md", "z.md"))
    assert_whole(library)
    assert len(library.sync(folder).unchanged) == 5


def test_what_was_added_by_itself_is_read_again_from_its_kept_file(library, folder, tmp_path, another_version):
    alone = tmp_path / "alone.md"
    alone.write_text("# Alone\n\nThis was added by itself.\n", encoding="utf-8")
    library.sync(folder)
    added = library.add(alone)
    alone.unlink()
    another_version()
    report = library.sync(folder)
    assert report.updated == ("alone.md", "bees.md", "salt.md", "tea.md")
    assert library.document("alone.md") == added
    assert_whole(library)
    assert len(library.sync(folder).unchanged) == 3


def test_a_document_that_a_program_made_stays_as_it_is(library, folder, another_version):
    library.sync(folder)
    made = replace(library.document("tea.md"), id="made", text="Tea is made.", blocks=(), content_hash="0" * 64)
    library.add_documents([made])
    another_version()
    assert library.sync(folder).failed == ()
    assert library.document("made").text == "Tea is made."


def test_a_file_that_can_no_longer_be_read_keeps_its_older_reading(library, folder, another_version, monkeypatch):
    library.sync(folder)
    another_version()
    library.settings = replace(library.settings, load_seconds=0.0)
    report = library.sync(folder)
    assert {failure.path for failure in report.failed} == {"bees.md", "salt.md", "tea.md"}
    assert library.search("tea leaves")
    library.settings = replace(library.settings, load_seconds=60.0)
    assert len(library.sync(folder).updated) == 3


MADE_OF_THE_SAMPLES = "546e9d259a0794412c84380bb14376b57b3b7fd00f0f5b2115567f3e6eb4f9e0"
"""SHA-256 over what this version makes of the samples."""

SAMPLES = {
    "tea.md": TEA
    + "\n## Key Questions\n\n### Who picks?\n\nPeople do, e.g. Mr. Smith.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
    "tea.txt": "ALL ABOUT TEA\n\nTea grows, says Dr. Brown. It is picked\nby hand; then it dries.\n\n- one\n- two\n",
}


def digest_of_what_is_made(folder):
    made = []
    for name, content in {**SAMPLES, **{f"a{s}": c for s, c in (TEXTS | BINARIES).items()}}.items():
        path = folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        document = load_document(path, document_id=name, max_bytes=10**6, origin=name)
        sentences = split_sentences(document.text, document.blocks)
        chunks = chunk_document(
            document,
            sentences,
            count_tokens=lambda texts: [len(text.split()) + 2 for text in texts],
            size=60,
            limit=100,
        )
        made.append([
            document.text, document.title, document.author, [asdict(block) for block in document.blocks],
            [asdict(sentence) for sentence in sentences], [asdict(replace(chunk, id="")) for chunk in chunks],
            [asdict(question) for question in find_questions(document)],
        ])  # fmt: skip
    return hashlib.sha256(json.dumps(made, sort_keys=True).encode()).hexdigest()


def test_a_change_of_what_is_made_of_a_file_changes_the_version(tmp_path):
    assert (READING, digest_of_what_is_made(tmp_path)) == (3, MADE_OF_THE_SAMPLES), (
        "Other chunks are made of the same files. Raise READING in knowledge/types.py, and set both here."
    )
