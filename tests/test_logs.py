"""What is logged tells what happened and never what documents and questions say."""

from __future__ import annotations

import logging

import pytest

from assistant import Assistant
from knowledge import Library, LoadError

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
    told = [record for record in records if record.name.startswith(("knowledge", "assistant"))]
    assert any(getattr(record, "status", "") == "answered" for record in told)
    assert any("tea.md" in getattr(record, "documents", ()) for record in told)
    for record in records:
        assert SECRET not in repr(vars(record)) + record.getMessage(), f"{record.name} tells"


def test_the_library_code_configures_no_logging(tmp_path):
    before = list(logging.getLogger().handlers)
    with Library.open(tmp_path / "library") as library:
        Assistant(library).ask("Where does tea grow?")
    assert logging.getLogger().handlers == before
    assert not logging.getLogger("assistant").handlers
    assert not logging.getLogger("knowledge").handlers
