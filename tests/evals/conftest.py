"""What the tests of the evaluation suite share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.evals.village import BAKERY, LIGHTHOUSE, WordLibrary, question_row, write_rows


@pytest.fixture(autouse=True)
def no_library_built_yet() -> None:
    WordLibrary.built.clear()


@pytest.fixture
def benchmark_folder(tmp_path: Path) -> Path:
    """A folder of JSON lines with two documents, four questions and two claims."""
    folder = tmp_path / "village"
    folder.mkdir()
    write_rows(
        folder / "corpus.jsonl",
        [
            {"doc_id": "light", "title": "Gull Rock", "text": LIGHTHOUSE},
            {"doc_id": "bread", "title": "The bakery", "text": BAKERY},
        ],
    )
    write_rows(
        folder / "questions.jsonl",
        [
            question_row("q1", "When was the lighthouse lit?", "light", LIGHTHOUSE, ["1871"]),
            question_row("q2", "Which fuel does the lamp take?", "light", LIGHTHOUSE, ["rape oil", "oil"]),
            question_row("q3", "When does the bakery open?", "bread", BAKERY, ["six"]),
            {
                "qid": "q4",
                "question": "Who painted the harbour master?",
                "answers": [],
                "doc_ids": [],
                "evidence": [],
                "answerable": False,
                "context_doc_id": "bread",
                "context_span": [0, 24],
            },
        ],
    )
    write_rows(
        folder / "claims.jsonl",
        [
            {"id": "c1", "claim": "The oven burns coal.", "passage": BAKERY, "label": "refuted", "doc_id": "bread"},
            {"id": "c2", "claim": "Rye bread is sold.", "passage": BAKERY, "label": "supported", "doc_id": "bread"},
        ],
    )
    return folder
