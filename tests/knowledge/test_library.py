"""The document walk and the search walk, on real Chroma, tantivy and SQLite with a fake embedder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from knowledge import (
    DocumentIdTakenError,
    DocumentNotFoundError,
    EmbedderError,
    KnowledgeError,
    Library,
    LibraryInUseError,
    LibraryNotFoundError,
    LibraryReadOnlyError,
    LibrarySettings,
    Progress,
    SchemaError,
)
from tests.conftest import LetterCountEmbedder

BEES = (
    "# Bees\n\nBees make honey from nectar. A hive holds fifty thousand of them.\n\n"
    "## Winter\n\nIn winter they cluster.\n"
)
TEA = "# Tea\n\nTea grows on hills where mist is common. The leaves are picked by hand.\n"
SALT = "# Salt\n\nSalt is won from the sea in shallow basins. The sun does the work.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "docs"
    (root / "plants").mkdir(parents=True)
    (root / "bees.md").write_text(BEES, encoding="utf-8")
    (root / "plants" / "tea.md").write_text(TEA, encoding="utf-8")
    return root


def reopen(library: Library, embedder: LetterCountEmbedder, **options: object) -> Library:
    return Library.open(library.path, embedder=embedder, **options)  # type: ignore[arg-type]


def test_a_synced_folder_can_be_searched_and_each_hit_is_a_slice_of_its_document(library, folder):
    report = library.sync(folder)
    assert report.added == ("bees.md", "plants/tea.md")
    assert not report.failed
    hits = library.search("Who picks the leaves of tea?")
    assert hits[0].document_id == "plants/tea.md"
    for hit in hits:
        document = library.document(hit.document_id)
        assert document.text[hit.start : hit.end] == hit.text
        assert hit.document_hash == document.content_hash
        for span, words in zip(hit.sentences, hit.sentence_texts, strict=True):
            assert document.text[span.start : span.end] == words


def test_a_second_sync_of_an_unchanged_folder_embeds_nothing(library, folder, embedder):
    library.sync(folder)
    embedder.embedded.clear()
    generation = library.generation()
    report = library.sync(folder)
    assert report.unchanged == ("bees.md", "plants/tea.md")
    assert embedder.embedded == []
    assert library.generation() == generation


def test_a_changed_file_is_updated_and_its_old_words_are_gone(library, folder):
    library.sync(folder)
    (folder / "bees.md").write_text(BEES.replace("honey", "mead"), encoding="utf-8")
    report = library.sync(folder)
    assert report.updated == ("bees.md",)
    assert "mead" in library.document("bees.md").text
    assert not any("honey" in hit.text for hit in library.search("honey"))


def test_a_renamed_file_keeps_its_vectors(library, folder, embedder):
    library.sync(folder)
    before = library.document("bees.md")
    embedder.embedded.clear()
    (folder / "bees.md").rename(folder / "insects.md")
    report = library.sync(folder)
    assert report.renamed == (("bees.md", "insects.md"),)
    assert embedder.embedded == []
    assert library.document("insects.md").content_hash == before.content_hash
    assert library.search("honey")[0].document_id == "insects.md"
    with pytest.raises(DocumentNotFoundError, match=r"bees\.md"):
        library.document("bees.md")


def test_a_deleted_file_leaves_nothing_behind(library, folder):
    library.sync(folder)
    (folder / "bees.md").unlink()
    report = library.sync(folder)
    assert report.removed == ("bees.md",)
    assert [summary.id for summary in library.documents()] == ["plants/tea.md"]
    assert not any("honey" in hit.text for hit in library.search("honey"))
    assert len(list((library.path / "originals").iterdir())) == 1


def test_the_same_content_under_two_names_is_kept_once_and_outlives_either(library, folder):
    (folder / "again.md").write_text(BEES, encoding="utf-8")
    report = library.sync(folder)
    assert report.duplicates == (("bees.md", "again.md"),)
    assert [summary.id for summary in library.documents()] == ["again.md", "plants/tea.md"]
    assert library.documents()[0].aliases == ("bees.md",)
    assert library.document("bees.md").id == "again.md"
    (folder / "again.md").unlink()
    library.sync(folder)
    assert [summary.id for summary in library.documents()] == ["bees.md", "plants/tea.md"]
    assert library.search("honey")[0].document_id == "bees.md"


def test_one_of_two_equal_files_may_change_and_the_other_keeps_the_old_content(library, folder):
    (folder / "again.md").write_text(BEES, encoding="utf-8")
    library.sync(folder)
    (folder / "again.md").write_text(SALT, encoding="utf-8")
    library.sync(folder)
    assert library.document("again.md").title == "Salt"
    assert library.document("bees.md").title == "Bees"
    assert {hit.document_id for hit in library.search("honey sea", limit=9)} >= {"again.md", "bees.md"}


def test_a_file_that_becomes_the_same_as_another_shares_its_document(library, folder):
    library.sync(folder)
    (folder / "plants" / "tea.md").write_text(BEES, encoding="utf-8")
    library.sync(folder)
    assert [summary.id for summary in library.documents()] == ["bees.md"]
    assert library.documents()[0].aliases == ("plants/tea.md",)


def test_other_bytes_with_the_same_text_embed_nothing(library, folder, embedder):
    library.sync(folder)
    embedder.embedded.clear()
    (folder / "bees.md").write_text(BEES + "\n\n", encoding="utf-8")
    assert library.sync(folder).updated == ("bees.md",)
    assert embedder.embedded == []
    assert library.search("honey")[0].document_id == "bees.md"


def test_a_broken_file_is_reported_with_its_reason_and_the_others_go_on(library, folder):
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing else")
    (folder / "empty.md").write_bytes(b"")
    report = library.sync(folder)
    assert {failure.path for failure in report.failed} == {"broken.pdf", "empty.md"}
    assert all(failure.reason for failure in report.failed)
    assert report.added == ("bees.md", "plants/tea.md")


def test_a_file_that_breaks_leaves_its_last_good_version(library, folder):
    library.sync(folder)
    (folder / "bees.md").write_bytes(b"\x00\x01\x02")
    assert [failure.path for failure in library.sync(folder).failed] == ["bees.md"]
    assert "honey" in library.document("bees.md").text


def test_a_file_that_is_too_large_is_reported_without_being_read(tmp_path, folder, embedder):
    settings = LibrarySettings(max_file_bytes=100, workers=1)
    (folder / "plants" / "tea.md").write_text("tea " * 100, encoding="utf-8")
    with Library.open(tmp_path / "small", embedder=embedder, settings=settings) as library:
        assert "plants/tea.md" in {failure.path for failure in library.sync(folder).failed}


def test_links_out_of_the_folder_and_hidden_files_are_left_alone(library, folder, tmp_path):
    (tmp_path / "secret.md").write_text(SALT, encoding="utf-8")
    (folder / "link.md").symlink_to(tmp_path / "secret.md")
    (folder / ".hidden.md").write_text(SALT, encoding="utf-8")
    report = library.sync(folder)
    assert [failure.path for failure in report.failed] == ["link.md"]
    assert "outside the folder" in report.failed[0].reason
    assert report.added == ("bees.md", "plants/tea.md")


def test_two_folders_with_the_same_path_need_two_collections(library, folder, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "bees.md").write_text(SALT, encoding="utf-8")
    library.sync(folder)
    with pytest.raises(DocumentIdTakenError, match="collection="):
        library.sync(other)
    library.sync(other, collection="second")
    assert library.collections() == ["default", "second"]
    assert {hit.collection for hit in library.search("salt honey", collections=["second"])} == {"second"}
    with pytest.raises(DocumentNotFoundError, match="collection="):
        library.document("bees.md")
    assert library.document("bees.md", collection="second").title == "Salt"


def test_a_folder_that_was_moved_is_the_same_folder(library, folder, tmp_path, embedder):
    library.sync(folder)
    embedder.embedded.clear()
    moved = folder.rename(tmp_path / "moved")
    report = library.sync(moved)
    assert report.unchanged == ("bees.md", "plants/tea.md")
    assert embedder.embedded == []


def test_what_was_added_by_itself_survives_a_sync(library, folder, tmp_path):
    (tmp_path / "salt.md").write_text(SALT, encoding="utf-8")
    document = library.add(tmp_path / "salt.md")
    assert document.id == "salt.md"
    library.sync(folder)
    assert library.document("salt.md").title == "Salt"
    (tmp_path / "salt.md").write_text(SALT.replace("sea", "lake"), encoding="utf-8")
    library.add(tmp_path / "salt.md")
    assert "lake" in library.document("salt.md").text
    with pytest.raises(DocumentIdTakenError, match="another name"):
        library.add(folder / "bees.md")


def test_a_removed_document_is_gone_and_an_unknown_one_is_an_error(library, folder):
    library.sync(folder)
    library.remove("bees.md")
    assert [summary.id for summary in library.documents()] == ["plants/tea.md"]
    with pytest.raises(DocumentNotFoundError, match="list"):
        library.remove("bees.md")


def test_progress_is_told(library, folder):
    seen: list[Progress] = []
    library.sync(folder, progress=seen.append)
    assert {step.stage for step in seen} == {"reading", "embedding"}
    assert [step.done for step in seen if step.stage == "reading"] == [1, 2]


def test_a_second_writer_is_told_who_the_first_is(library, embedder):
    code = f"from knowledge import Library; Library.open({str(library.path)!r})"
    outcome = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "LibraryInUseError" in outcome.stderr
    assert "process" in outcome.stderr
    with pytest.raises(LibraryInUseError):
        reopen(library, embedder)


def test_a_reader_beside_the_writer_sees_what_it_adds(library, folder, embedder):
    with pytest.raises(LibraryNotFoundError, match="sync"):
        Library.open(library.path / "nowhere", read_only=True, embedder=embedder)
    library.sync(folder)
    with reopen(library, embedder, read_only=True) as reader:
        assert reader.search("honey")[0].document_id == "bees.md"
        (folder / "salt.md").write_text(SALT, encoding="utf-8")
        library.sync(folder)
        assert reader.search("Salt from the sea")[0].document_id == "salt.md"
        with pytest.raises(LibraryReadOnlyError):
            reader.sync(folder)


def test_a_library_of_another_embedder_is_refused_until_it_is_rebuilt(library, folder, embedder):
    library.sync(folder)
    library.close()
    other = LetterCountEmbedder()
    other.fingerprint, other.limit = "letters 2", 128
    with pytest.raises(EmbedderError, match="rebuild"):
        reopen(library, other)
    (folder / "bees.md").unlink()  # no file is read again
    Library.rebuild(library.path, embedder=other)
    with reopen(library, other) as rebuilt:
        assert rebuilt.search("honey")[0].document_id == "bees.md"


def test_a_library_of_a_newer_version_is_refused(library, embedder):
    import sqlite3

    library.close()
    with sqlite3.connect(library.path / "catalog.db") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(SchemaError, match="99"):
        reopen(library, embedder)


@pytest.mark.parametrize("step", ["add_pending", "set_vectors", "make_ready", "settle"])
def test_a_walk_that_breaks_off_is_finished_when_the_library_is_opened(library, folder, embedder, monkeypatch, step):
    library.sync(folder)
    (folder / "bees.md").write_text(BEES.replace("honey", "mead"), encoding="utf-8")
    (folder / "plants" / "tea.md").rename(folder / "tea.md")
    (folder / "salt.md").write_text(SALT, encoding="utf-8")

    def break_off(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(library._catalog, step, break_off)
    with pytest.raises(KeyboardInterrupt):
        library.sync(folder)
    library.close()
    with reopen(library, embedder) as opened:
        opened.sync(folder)
        assert [summary.id for summary in opened.documents()] == ["bees.md", "salt.md", "tea.md"]
        wanted = opened._catalog.chunk_ids()
        assert opened._words.ids() == wanted.keys()
        assert {("default", chunk_id) for chunk_id in opened._index.ids("default")} == wanted.keys()
        assert not any("honey" in hit.text for hit in opened.search("honey", limit=50))


def test_indexes_that_lost_or_gained_rows_are_mended(library, folder, embedder):
    library.sync(folder)
    wanted = library._catalog.chunk_ids()
    lost = sorted(wanted)[0]
    library._index.remove("default", [lost[1]])
    library._words.remove("default", [lost[1]])
    library._words.add([type(row)(row.collection, "nobody's", row.headings, row.text) for row in _rows(library)])
    library.close()
    with reopen(library, embedder) as opened:
        assert opened._words.ids() == wanted.keys()
        assert opened._index.ids("default") == {chunk_id for _, chunk_id in wanted}


def _rows(library: Library) -> list:
    from knowledge.words import WordRow

    return [WordRow(row.collection, row.id, row.title, row.text) for row in library._catalog.index_rows()][:1]


@pytest.mark.parametrize("name", ["", "a b", "../x", "-x", "x" * 65, "ü"])
def test_a_collection_with_an_impossible_name_is_an_error(library, folder, name):
    with pytest.raises(KnowledgeError, match="collection"):
        library.sync(folder, collection=name)


def test_a_folder_that_is_not_there_is_an_error_that_names_the_mend(library, tmp_path):
    with pytest.raises(KnowledgeError, match="python -m knowledge add"):
        library.sync(tmp_path / "nowhere")


def test_a_question_of_nothing_finds_nothing(library, folder):
    library.sync(folder)
    assert library.search("  ") == []
    assert library.search("honey", collections=[]) == []
    assert library.search("honey", collections=["unknown"]) == []


def test_the_original_file_is_kept(library, folder):
    library.sync(folder)
    original = library.original("bees.md")
    assert original is not None
    assert original.read_text(encoding="utf-8") == BEES
