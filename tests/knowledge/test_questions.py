"""The questions that a document itself asks are found with their answers, and no others."""

from __future__ import annotations

import json

import pytest

from knowledge.load import load_document
from knowledge.questions import find_questions, section_of_questions
from knowledge.types import Document
from tests.conftest import folder_of

PROSE = "The station on the hill has measured the height of the water since 1931, and it has never failed for long."


@pytest.fixture
def load(tmp_path):
    def _load(name: str, content: str) -> Document:
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        return load_document(path, document_id=name, max_bytes=2**26, collection="notes")

    return _load


def pairs(document: Document) -> list[tuple[str, str]]:
    found = []
    for question in find_questions(document):
        assert document.text[question.start : question.end] == question.question
        assert (question.document_id, question.collection) == (document.id, "notes")
        assert question.end <= question.answer_start < question.answer_end
        found.append((question.question, document.text[question.answer_start : question.answer_end]))
    return found


TWO = [("What is a tide?", "The rise and fall of the sea."), ("Who measures it?", "A station does.\n\nIt has a float.")]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param(
            "a.md",
            f"# T\n\n{PROSE}\n\n## Key Questions\n\n### What is a tide?\n\nThe rise and fall of the sea.\n\n"
            "### Who measures it?\n\nA station does.\n\nIt has a float.\n\n## After\n\nMore.",
            id="headings below a heading",
        ),
        pytest.param(
            "a.md",
            f"# T\n\n{PROSE}\n\n## FAQ\n\n**What is a tide?**\n\n"
            "The rise and fall of the sea.\n\n**Who measures it?**\n\n"
            "A station does.\n\nIt has a float.\n\n## After\n\nMore.",
            id="bold lines",
        ),
        pytest.param(
            "a.md",
            f"# T\n\n{PROSE}\n\n## Frequently asked questions\n\n1. What is a tide?\n\n"
            "   The rise and fall of the sea.\n\n"
            "2. Who measures it?\n\n   A station does.\n\n   It has a float.\n\n## After\n\nMore.",
            id="numbered items",
        ),
        pytest.param(
            "a.txt",
            f"{PROSE}\nKey Questions\nWhat is a tide?\nThe rise and fall of the sea.\n"
            "Who measures it?\nA station does.\n"
            "It has a float.\nSource: the harbour office",
            id="lines without markup",
        ),
        pytest.param(
            "a.txt",
            f"{PROSE}\n\nQuestions and Answers\n\nWhat is a tide?\nThe rise and fall of the sea.\n\nWho measures it?\n"
            f"A station does.\n\nIt has a float.\n\nWhat comes after it all\n\n{PROSE}",
            id="paragraphs without markup",
        ),
        pytest.param(
            "a.md",
            "# T\n\n## What is a tide?\n\nThe rise and fall of the sea.\n\n## Who measures it?\n\nA station does.\n\n"
            "It has a float.\n\n## After\n\nMore.",
            id="headings in a row",
        ),
        pytest.param(
            "a.txt",
            f"{PROSE}\n\nQ: What is a tide?\nA: The rise and fall of the sea.\n\n"
            "Q: Who measures it?\nA: A station does.\n\n"
            "It has a float.\n\nQ: Unanswered?",
            id="marked in plain text",
        ),
        pytest.param(
            "a.html",
            f"<body><main><h1>T</h1><p>{PROSE}</p><h2>FAQ</h2><dl><dt>What is a tide?</dt>"
            "<dd>The rise and fall of the sea.</dd><dt>Who measures it?</dt>"
            "<dd><p>A station does.</p><p>It has a float.</p></dd></dl></main></body>",
            id="list of definitions",
        ),
        pytest.param(
            "a.html",
            f"<body><main><h1>T</h1><p>{PROSE}</p><h2>FAQ</h2><div><button>What is a tide?</button>"
            "<div><p>The rise and fall of the sea.</p></div></div>"
            "<div><h3><button>Who measures it?</button></h3><div><p>A station does.</p>"
            "<p>It has a float.</p></div></div></main></body>",
            id="buttons that open answers",
        ),
    ],
)
def test_questions_and_answers_are_found_in_many_forms(load, name, content):
    assert pairs(load(name, content)) == TWO


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("**Q: What is a tide?**  \nA: It rises.\n\nQ. Who measures it? A. A station does.", id="marked"),
        pytest.param("## FAQ\n\n**What is a tide?** It rises.\n\n**Who measures it?** A station does.", id="in a FAQ"),
    ],
)
def test_a_question_and_its_answer_may_share_a_paragraph(load, content):
    assert pairs(load("a.md", content)) == [("What is a tide?", "It rises."), ("Who measures it?", "A station does.")]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("a.md", f"# T\n\nWhat is a tide? {PROSE}", id="first sentence of a paragraph"),
        pytest.param("a.md", f"# T\n\n{PROSE} So what is a tide?\n\n{PROSE}", id="last sentence of a paragraph"),
        pytest.param(
            "a.txt", f"{PROSE}\n\nAnd what does it all mean?\n\n{PROSE}\n\nBut who is to say?\n\n{PROSE}", id="asides"
        ),
        pytest.param("a.txt", f"{PROSE}\nWhat does it mean?\n{PROSE}", id="one line that asks"),
        pytest.param("a.md", f"# Is the sea rising?\n\n{PROSE}\n\n## How it is measured\n\n{PROSE}", id="headline"),
        pytest.param(
            "a.md", f"# T\n\n## Questions of law\n\n{PROSE}\n\n## Common ground\n\n{PROSE}", id="similar headings"
        ),
        pytest.param("a.md", "# T\n\nQ: What is a tide?\n\nProse without a mark.", id="mark without an answer"),
        pytest.param("a.md", "# T\n\n## FAQ\n\nComing soon.", id="empty section"),
        pytest.param("a.md", "# T\n\n```\nQ: What?\nA: This.\n```", id="code"),
        pytest.param("a.csv", "Q,A\nQ: What is a tide?,A: It rises\n", id="table"),
    ],
)
def test_other_questions_are_not_the_document_s_own(load, name, content):
    document = load(name, content)
    assert pairs(document) == []
    assert section_of_questions(document) is None


def test_an_answer_may_have_parts_of_its_own_and_ends_with_the_section(load):
    document = load(
        "a.md",
        "# T\n\n## Key Questions\n\n### What is a tide?\n\nIt rises.\n\n- at noon\n- at night\n\n"
        "#### Detail\n\nTwice a day.\n\n"
        "### Who measures it?\n\nA station.\n\n# Next\n\nMore.",
    )
    assert pairs(document) == [
        ("What is a tide?", "It rises.\n\nat noon\nat night\n\nDetail\n\nTwice a day."),
        ("Who measures it?", "A station."),
    ]


def test_groups_of_questions_in_a_section_are_no_answers(load):
    document = load(
        "a.md", "# FAQ\n\n## Tides\n\n### What is one?\n\nA rise.\n\n## Floods\n\n### What is one?\n\nToo much."
    )
    assert pairs(document) == [("What is one?", "A rise."), ("What is one?", "Too much.")]


def test_the_section_reaches_from_its_heading_to_the_last_answer(load):
    document = load("a.md", "# T\n\nBody.\n\n## Key Questions\n\n### What is it?\n\nA tide.\n\n## After\n\nMore.")
    section = section_of_questions(document)
    assert section is not None
    assert document.text[section.start : section.end] == "Key Questions\n\nWhat is it?\n\nA tide."


def test_of_several_sections_the_largest_is_held_out(load):
    document = load(
        "a.md",
        "# T\n\nQ: One? A: Yes.\n\n## FAQ\n\n### What is two?\n\nTwo.\n\n"
        "### What is three?\n\nThree.\n\n## End\n\nBye.",
    )
    assert len(find_questions(document)) == 3
    section = section_of_questions(document)
    assert section is not None
    assert document.text[section.start : section.end].startswith("FAQ")


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "line",
    [
        pytest.param("## What is it?\n\n", id="headings without answers"),
        pytest.param("Q: What is it?\n\n", id="marked questions without answers"),
        pytest.param("## FAQ\n\n", id="sections without questions"),
        pytest.param("###### What?\n\n##### What?\n\n#### What?\n\n", id="headings of changing level"),
    ],
)
def test_endless_questions_without_answers_are_done_in_time(load, line):
    assert find_questions(load("a.md", line * 5_000)) == []


def test_the_five_questions_of_the_real_article_are_found():
    path = folder_of("KEYQ_SOURCES") / "spacex-owns-every-layer-of-ai.txt"
    document = load_document(path, document_id=path.name, max_bytes=2**26, collection="notes")
    found = pairs(document)
    assert len(found) == 5
    assert all(question.endswith("?") and answer.endswith(".") and "\n" not in answer for question, answer in found)
    section = section_of_questions(document)
    assert section is not None
    assert document.text[section.start : section.end].startswith("Key Questions\n\n")
    assert section.end == len(document.text)


@pytest.mark.parametrize(
    "corpus", ["squad2_dev", "xquad_en", "multirc_val", "qags_xsum", "fever_eraser_val", "inscit_dev"]
)
def test_prose_has_no_questions_of_its_own(corpus, tmp_path):
    path = folder_of("KEYQ_BENCHMARKS") / corpus / "corpus.jsonl"
    for line in path.read_text(encoding="utf-8").splitlines()[:150]:
        file = tmp_path / "text.txt"
        file.write_text(json.loads(line)["text"] or "-", encoding="utf-8", newline="")
        assert find_questions(load_document(file, document_id="text.txt", max_bytes=2**26)) == []
