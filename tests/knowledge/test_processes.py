"""One writer and any number of readers, in processes and threads of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from knowledge import Library, LibraryInUseError, LibrarySettings
from tests.conftest import LetterCountEmbedder

WRITER = """
import sys
from knowledge import Library, LibrarySettings
from tests.conftest import LetterCountEmbedder
with Library.open(sys.argv[1], embedder=LetterCountEmbedder(), settings=LibrarySettings(workers=1)) as library:
    print("open", flush=True)
    for line in sys.stdin:
        library.sync(line.strip())
        print("synced", flush=True)
"""

SUBJECTS = ("bees", "tea", "salt", "glass", "paper", "wool", "iron", "slate")


class Writer:
    def __init__(self, path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout.readline() == "open\n"

    def begin(self, folder) -> None:
        self.process.stdin.write(f"{folder}\n")
        self.process.stdin.flush()

    def finish(self) -> None:
        assert self.process.stdout.readline() == "synced\n"

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


@pytest.fixture
def writer(tmp_path):
    started = Writer(tmp_path / "library")
    yield started
    started.end()


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "docs"
    root.mkdir()
    fill(root, "first", 40)
    return root


def fill(folder, name, number):
    for i in range(number):
        subject = SUBJECTS[i % len(SUBJECTS)]
        words = f"# {subject} {name} {i}\n\nWe speak of {subject} here. It is page {i} of the {name} part."
        (folder / f"{name}-{i:03}.md").write_text(words, encoding="utf-8")


def read(path):
    return Library.open(path, read_only=True, embedder=LetterCountEmbedder())


def test_a_second_writer_is_told_which_process_is_the_first_and_a_killed_one_is_no_hindrance(writer, tmp_path):
    with pytest.raises(LibraryInUseError, match=f"process {writer.process.pid} "):
        Library.open(tmp_path / "library", embedder=LetterCountEmbedder())
    os.kill(writer.process.pid, signal.SIGKILL)
    writer.process.wait()
    assert (tmp_path / "library" / "owner").exists()
    with Library.open(tmp_path / "library", embedder=LetterCountEmbedder()):
        assert str(os.getpid()) in (tmp_path / "library" / "owner").read_text(encoding="utf-8")


def test_a_reader_sees_what_another_process_writes_also_in_the_middle_of_it(writer, folder, tmp_path):
    writer.begin(folder)
    writer.finish()
    with read(tmp_path / "library") as reader:
        assert len(reader.documents()) == 40
        fill(folder, "second", 600)
        writer.begin(folder)
        seen = set()
        while len(reader.documents()) < 640:
            for hit in reader.search("slate second page"):
                assert reader.document(hit.document_id).text[hit.start : hit.end] == hit.text
            seen.add(len(reader.documents()))
        writer.finish()
        assert any(40 < number < 640 for number in seen)
        assert len(reader.search("slate second", limit=1000)) == 640
        found = reader._vectors.search(LetterCountEmbedder().encode_question("slate second"), ["default"], 1000)
        assert len(found) == 640


def test_a_reader_does_no_harm_to_the_vectors_of_the_writer(folder, tmp_path):
    path = tmp_path / "library"
    with Library.open(path, embedder=LetterCountEmbedder(), settings=LibrarySettings(workers=1)) as library:
        library.sync(folder)
        before = {file: file.stat().st_mtime_ns for file in (path / "vectors").rglob("*")}
        code = (
            "import sys; from tests.knowledge.test_processes import read\n"
            "with read(sys.argv[1]) as reader: print(len(reader.search('slate'))); print('chromadb' in sys.modules)"
        )
        run = [sys.executable, "-c", code, str(path)]
        outcome = subprocess.run(run, capture_output=True, text=True, check=True)
        assert outcome.stdout.split() == ["10", "False"]
        assert {file: file.stat().st_mtime_ns for file in (path / "vectors").rglob("*")} == before


@pytest.mark.parametrize("read_only", [pytest.param(False, id="writer"), pytest.param(True, id="reader")])
def test_twenty_threads_at_once_find_what_one_finds(library, folder, read_only):
    library.sync(folder)
    questions = [f"What is said of {subject} on page {i}?" for i, subject in enumerate(SUBJECTS * 5)]
    opened = read(library.path) if read_only else library
    one_by_one = [opened.search(question) for question in questions]
    with ThreadPoolExecutor(20) as pool:
        assert list(pool.map(opened.search, questions)) == one_by_one
    if read_only:
        opened.close()


def test_a_reader_finds_what_the_writer_finds(library, folder):
    library.sync(folder)
    with read(library.path) as reader:
        for subject in SUBJECTS:
            here, there = reader.search(subject, limit=5), library.search(subject, limit=5)
            assert [hit.chunk_id for hit in here] == [hit.chunk_id for hit in there]
            wanted = [hit.similarity for hit in there]
            assert [hit.similarity for hit in here] == pytest.approx(wanted, abs=1e-5)
