"""What is logged tells what happened and never what documents and questions say."""

from __future__ import annotations

import json
import logging

import pytest

from assistant import Assistant
from assistant.__main__ import main as assistant_main
from knowledge import Library, LoadError, log_to
from knowledge.__main__ import main as knowledge_main

SECRET = "zanzibarquux"


@pytest.fixture
def records():
    """Every record of our own code, at every level."""

    class Keeper(logging.Handler):
        def __init__(self) -> None:
            super().__init__(logging.DEBUG)
            self.records: list[logging.LogRecord] = []

        def emit(self, record: logging.LogRecord) -> None:
            self.records.append(record)

    keeper, root = Keeper(), logging.getLogger()
    level = root.level
    root.addHandler(keeper)
    root.setLevel(logging.DEBUG)
    yield keeper.records
    root.removeHandler(keeper)
    root.setLevel(level)


def test_no_record_holds_words_of_a_document_or_a_question(tmp_path, records):
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "tea.md").write_text(
        f"# Tea and {SECRET}\n\nThe {SECRET} grows on misty hills.\n", encoding="utf-8"
    )
    (tmp_path / "documents" / "broken.pdf").write_text(f"%PDF {SECRET}", encoding="utf-8")
    with Library.open(tmp_path / "library") as library:
        library.sync(tmp_path / "documents")
        with pytest.raises(LoadError):
            library.add(tmp_path / "documents" / "broken.pdf", name="other")
        assistant = Assistant(library)
        assert assistant.ask(f"Where does the {SECRET} grow?").status == "answered"
        assistant.ask(f"Who leads the {SECRET} ministry of moonlight?")
        assistant.ask("")
        assistant.ask(SECRET * 1_000)
        library.remove("tea.md")
    Library.rebuild(tmp_path / "library")
    told = [record for record in records if record.name.startswith(("knowledge", "assistant"))]
    assert any(getattr(record, "status", "") == "answered" for record in told)
    assert any("tea.md" in getattr(record, "documents", ()) for record in told)
    for record in records:
        assert SECRET not in repr(vars(record)) + record.getMessage(), f"{record.name} tells"


def test_what_a_library_does_is_told_with_ids_counts_and_times(tmp_path, records, embedder):
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "tea.md").write_text(f"# Tea and {SECRET}\n\nTea grows on hills.\n", encoding="utf-8")
    (folder / "broken.docx").write_text(f"No document, but {SECRET}.", encoding="utf-8")
    with Library.open(tmp_path / "library", embedder=embedder) as library:
        library.sync(folder, collection="herbs")
        library.add(folder / "tea.md", name=f"https://someone:{SECRET}@example.org/tea?key={SECRET}#{SECRET}")
        library.remove("tea.md", collection="herbs")
    Library.rebuild(tmp_path / "library", embedder=embedder)
    told = {record.event: record for record in records if record.name == "knowledge.library"}
    assert set(told) == {"open", "sync", "add", "remove", "rebuild", "ready"}
    sync = told["sync"]
    assert (sync.collection, sync.added, sync.failed, sync.unchanged) == ("herbs", ("tea.md",), ("broken.docx",), 0)
    assert told["add"].documents == ("https://example.org/tea",)
    assert told["remove"].documents == ("tea.md",)
    assert told["rebuild"].chunks == 1
    assert all(told[event].seconds >= 0 for event in told.keys() - {"remove"})
    for record in records:
        assert SECRET not in repr(vars(record)) + record.getMessage(), f"{record.name} tells"


@pytest.fixture
def unlogged():
    """Loggers as they were before."""
    loggers = [logging.getLogger(name) for name in ("knowledge", "assistant")]
    before = [(logger, list(logger.handlers), logger.level) for logger in loggers]
    yield
    for logger, handlers, level in before:
        for handler in set(logger.handlers) - set(handlers):
            handler.close()
        logger.handlers[:] = handlers
        logger.setLevel(level)


@pytest.mark.usefixtures("unlogged")
def test_a_door_writes_lines_of_json_to_a_file(tmp_path, capsys):
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "tea.md").write_text("# Tea\n\nTea grows on hills.\n", encoding="utf-8")
    options = ["--library", str(tmp_path / "library"), "--log", str(tmp_path / "log.jsonl")]
    assert knowledge_main([*options, "sync", str(tmp_path / "documents")]) == 0
    assert assistant_main([*options, "ask", "Where does tea grow?"]) == 0
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["event"] for line in lines if line["logger"] == "knowledge.library"][:2] == ["open", "sync"]
    assert any(line["logger"] == "assistant.chain" and line["status"] == "answered" for line in lines)
    assert all(line["time"] and line["level"] == "info" for line in lines)
    assert "hills" not in (tmp_path / "log.jsonl").read_text(encoding="utf-8")
    assert "logger" not in capsys.readouterr().err


@pytest.mark.usefixtures("unlogged")
def test_a_line_tells_the_kind_of_an_error_and_not_its_words(capsys):
    log_to("-")
    try:
        raise ValueError(SECRET)
    except ValueError as error:
        logging.getLogger("assistant.page").exception("It failed. %s", error)
    logging.getLogger("another.package").error(SECRET)
    line = json.loads(capsys.readouterr().err)
    assert (line["error"], line["message"]) == ("ValueError", "It failed. %s")
    assert SECRET not in repr(line)


def test_a_log_that_cannot_be_written_is_an_error_with_the_mend(tmp_path, capsys):
    assert knowledge_main(["--log", str(tmp_path / "none" / "log"), "list"]) == 1
    assert "Name another file with --log" in capsys.readouterr().err


def test_the_library_code_configures_no_logging(tmp_path):
    before = list(logging.getLogger().handlers)
    with Library.open(tmp_path / "library") as library:
        Assistant(library).ask("Where does tea grow?")
    assert logging.getLogger().handlers == before
    assert not logging.getLogger("assistant").handlers
    assert not logging.getLogger("knowledge").handlers
