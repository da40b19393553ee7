"""Libraries and folders that are not as they should be: each error names the value and the mend."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import sqlite3

import pytest

from knowledge import KnowledgeError, Library, LibrarySettings, LoadError, SchemaError
from knowledge.catalog import SCHEMA_VERSION
from knowledge.errors import LibraryStorageError
from tests.conftest import LetterCountEmbedder


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "docs"
    root.mkdir()
    for name in ("bees", "tea", "salt"):
        (root / f"{name}.md").write_text(f"# {name}\n\nThis is about {name} and nothing else.\n", encoding="utf-8")
    return root


def change(path, *statements):
    connection = sqlite3.connect(path / "catalog.db")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


DOWNGRADES = ("DROP TABLE vectors", "ALTER TABLE documents DROP COLUMN reading")
"""What takes a catalog back to schema 1, 2, ..."""


def schema_of(path):
    connection = sqlite3.connect(path / "catalog.db")
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = {name: connection.execute(f"PRAGMA table_info({name})").fetchall() for name in tables}
    connection.close()
    return found


@pytest.mark.parametrize("version", range(1, SCHEMA_VERSION))
def test_a_library_of_an_older_schema_is_brought_up_to_date(library, folder, embedder, version):
    library.sync(folder)
    library.close()
    wanted = schema_of(library.path)
    change(library.path, *reversed(DOWNGRADES[version - 1 :]), f"PRAGMA user_version = {version}")
    assert schema_of(library.path) != wanted
    with pytest.raises(SchemaError, match=rf"schema {version}, older than {SCHEMA_VERSION}.*sync"):
        Library.open(library.path, read_only=True, embedder=embedder)
    with Library.open(library.path, embedder=embedder) as opened:
        assert opened.search("tea")[0].document_id == "tea.md"
    assert schema_of(library.path) == wanted
    with Library.open(library.path, read_only=True, embedder=embedder) as reader:
        assert reader.search("tea")[0].document_id == "tea.md"


def test_documents_of_an_older_schema_are_read_again(library, folder, embedder):
    library.sync(folder)
    library.close()
    change(library.path, "ALTER TABLE documents DROP COLUMN reading", "PRAGMA user_version = 2")
    with Library.open(library.path, embedder=embedder) as opened:
        assert opened.sync(folder).updated == ("bees.md", "salt.md", "tea.md")
        assert opened.sync(folder).unchanged == ("bees.md", "salt.md", "tea.md")


def test_a_file_that_is_no_catalog_is_an_error(tmp_path, embedder):
    (tmp_path / "catalog.db").write_bytes(b"This is no database. " * 100)
    with pytest.raises(LibraryStorageError, match=r"catalog\.db.*move it away"):
        Library.open(tmp_path, embedder=embedder)


def test_a_folder_without_documents_is_an_empty_library(library, tmp_path):
    (tmp_path / "empty").mkdir()
    report = library.sync(tmp_path / "empty")
    assert report.added == ()
    assert library.search("anything") == []


def test_a_file_where_the_library_should_be_is_an_error(tmp_path, embedder):
    (tmp_path / "file").write_text("words", encoding="utf-8")
    with pytest.raises(LibraryStorageError, match="--library"):
        Library.open(tmp_path / "file", embedder=embedder)


def test_a_file_that_changes_while_it_is_read_is_reported_and_read_by_the_next_sync(library, folder, monkeypatch):
    from knowledge import library as walk

    read_files = walk.load_files

    def read_and_change(jobs, **options):
        for job, result in read_files(jobs, **options):
            if job.document_id == "tea.md":
                (folder / "tea.md").write_text("# Tea\n\nOther words.\n", encoding="utf-8")
            yield job, result

    monkeypatch.setattr(walk, "load_files", read_and_change)
    (failure,) = library.sync(folder).failed
    assert (failure.path, failure.reason[:15]) == ("tea.md", "it changed whil")
    monkeypatch.undo()
    assert library.sync(folder).added == ("tea.md",)
    assert "Other words" in library.document("tea.md").text


def test_a_file_that_takes_the_old_content_of_a_changed_one_has_that_content(library, folder):
    library.sync(folder)
    (folder / "z.md").write_bytes((folder / "bees.md").read_bytes())
    (folder / "bees.md").write_text("# Bees\n\nOther words.\n", encoding="utf-8")
    library.sync(folder)
    assert "about bees" in library.document("z.md").text
    assert "Other words" in library.document("bees.md").text


@pytest.mark.parametrize("part", ["catalog", "originals"])
def test_a_full_disk_is_an_error_and_the_next_sync_goes_on(library, folder, monkeypatch, part):
    if part == "catalog":
        with library._catalog._engine.connect() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        (folder / "large.md").write_text("# Large\n\n" + "Many words stand here. " * 5000, encoding="utf-8")
    else:
        monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(LibraryStorageError, match=r"[Mm]ake room"):
        library.sync(folder)
    monkeypatch.undo()
    if part == "catalog":
        with library._catalog._engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    library.sync(folder)
    assert library.search("tea")[0].document_id == "tea.md"


def full(*_):
    raise OSError(28, "No space left on device")


def read_without_rights(path):
    """What a process does that is not root's: read the library, and be told that it may not write."""
    with Library.open(path, read_only=True, embedder=LetterCountEmbedder()) as reader:
        reader.search("tea")  # imports what is needed while all may be read
    if os.getuid() == 0:
        for parent in list(path.parents)[:3]:
            parent.chmod(0o755)
        os.setuid(65534)
    with Library.open(path, read_only=True, embedder=LetterCountEmbedder()) as reader:
        assert reader.search("tea")[0].document_id == "tea.md"
    with pytest.raises(LibraryStorageError, match="read_only=True"):
        Library.open(path, embedder=LetterCountEmbedder(), settings=LibrarySettings())


def test_a_library_that_may_not_be_written_to_can_be_read(library, folder):
    library.sync(folder)
    library.close()
    for place in [library.path, *library.path.rglob("*")]:
        place.chmod(0o555 if place.is_dir() else 0o444)
    child = multiprocessing.get_context("forkserver").Process(target=read_without_rights, args=(library.path,))
    child.start()
    child.join()
    for place in [library.path, *library.path.rglob("*")]:
        place.chmod(0o755)
    assert child.exitcode == 0


def test_documents_of_a_folder_that_cannot_be_opened_for_a_while_stay(library, folder, monkeypatch):
    (folder / "sealed").mkdir()
    (folder / "sealed" / "rye.md").write_text("# Rye\n\nThis is about rye.\n", encoding="utf-8")
    library.sync(folder)
    scan = os.scandir

    def refuse(path="."):
        if str(path).endswith("sealed"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    report = library.sync(folder)
    assert report.removed == ()
    assert [failure.path for failure in report.failed] == ["sealed"]
    assert "allow reading it" in report.failed[0].reason
    assert "about rye" in library.document("sealed/rye.md").text


@pytest.mark.parametrize(
    "name", [os.fsdecode(b"half \xff.md"), "two\nlines.md", "turned \u202e.md"], ids=["bytes", "line end", "direction"]
)
def test_a_file_whose_name_cannot_be_an_id_is_added_under_another(library, tmp_path, name):
    (tmp_path / name).write_text("# Rye\n\nThis is about rye.\n", encoding="utf-8")
    with pytest.raises(LoadError, match="rename it, or give it one with"):
        library.add(tmp_path / name)
    assert library.add(tmp_path / name, name="rye.md").id == "rye.md"


def test_a_folder_whose_name_cannot_be_kept_is_an_error(library, tmp_path):
    folder = tmp_path / os.fsdecode(b"half \xff")
    folder.mkdir()
    with pytest.raises(KnowledgeError, match="not valid UTF-8; rename it"):
        library.sync(folder)
