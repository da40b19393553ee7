"""Reading in workers that can be ended."""

from __future__ import annotations

import time

import pytest

from knowledge import LoadError
from knowledge.isolate import Job, Loaded, load_files


def job(path, name: str) -> Job:
    (path / name).write_text("# Tea\n\nTea grows on hills.\n", encoding="utf-8")
    return Job(str(path / name), name, "default", str(path / name), 10_000)


@pytest.fixture
def meddle(tmp_path, monkeypatch):
    """Run code in every worker before it reads its first file."""

    def run(code: str) -> None:
        (tmp_path / "sitecustomize.py").write_text(code, encoding="utf-8")
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    return run


def test_files_come_back_in_order_with_sentences(tmp_path):
    jobs = [job(tmp_path, f"{number}.md") for number in range(5)]
    results = list(load_files(jobs, workers=2, seconds=30))
    assert [one.document_id for one, _ in results] == [f"{number}.md" for number in range(5)]
    for one, loaded in results:
        assert isinstance(loaded, Loaded)
        assert loaded.document.id == one.document_id
        assert [loaded.document.text[s.start : s.end] for s in loaded.sentences] == ["Tea", "Tea grows on hills."]


def test_a_file_that_hangs_is_ended_and_the_others_go_on(tmp_path, meddle):
    meddle(
        "import knowledge.load as load, time\n"
        "read = load.load_document\n"
        "def slow(path, **options):\n"
        "    if path.name == 'hangs.md': time.sleep(60)\n"
        "    return read(path, **options)\n"
        "load.load_document = slow\n"
    )
    started = time.monotonic()
    results = dict(load_files([job(tmp_path, "hangs.md"), job(tmp_path, "good.md")], workers=1, seconds=4))
    assert time.monotonic() - started < 30
    outcomes = {one.document_id: outcome for one, outcome in results.items()}
    assert isinstance(outcomes["hangs.md"], LoadError)
    assert "longer than 4 s" in outcomes["hangs.md"].reason
    assert isinstance(outcomes["good.md"], Loaded)


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        ("import os; os._exit(9)", "ended the reader"),
        ("raise RuntimeError('unforeseen')", "RuntimeError: unforeseen"),
        ("bytearray(8 * 2**30)", "GiB of memory"),
    ],
    ids=["crashes", "raises", "fills the memory"],
)
def test_a_file_that_does_harm_is_reported_and_the_others_go_on(tmp_path, meddle, harm, reason):
    meddle(
        "import knowledge.load as load\n"
        "read = load.load_document\n"
        "def harmful(path, **options):\n"
        f"    if path.name == 'bad.md': {harm}\n"
        "    return read(path, **options)\n"
        "load.load_document = harmful\n"
    )
    results = load_files([job(tmp_path, "bad.md"), job(tmp_path, "good.md")], workers=1, seconds=60)
    (_, bad), (_, good) = results
    assert isinstance(bad, LoadError)
    assert reason in bad.reason
    assert isinstance(good, Loaded)
