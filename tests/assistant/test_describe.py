"""Questions about documents as wholes get a useful cited answer, in whatever words they are asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import evals
from assistant import Assistant
from assistant.recognise import load_intent_model, recognise_intent
from knowledge import Library, open_encoder
from tests.assistant.test_chain import assert_sound

CASES = [
    json.loads(line)
    for line in (Path(evals.__file__).parent / "datasets" / "about.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_question_about_wholes_is_never_refused(assistant, own_library, case):
    answer = assistant.ask(case["question"])
    assert_sound(answer, own_library)
    assert answer.status == "answered", answer.reason


def test_most_are_recognised_for_what_they_are(assistant):
    described = [assistant.ask(case["question"]).written_by == "described" for case in CASES]
    assert sum(described) >= 0.9 * len(CASES)


def test_a_summary_speaks_of_the_document_that_is_meant(assistant):
    summaries = [case for case in CASES if case["kind"] == "summarise"]
    right = [
        {citation.document_id for citation in assistant.ask(case["question"]).citations} == set(case["document_ids"])
        for case in summaries
    ]
    assert sum(right) >= 0.9 * len(right)


def test_ordinary_questions_are_not_taken_for_questions_about_wholes():
    encoder, model = open_encoder(), load_intent_model()
    folder = Path(evals.__file__).parent / "datasets"
    for name in ("factual", "unanswerable", "key_questions", "two_documents"):
        for line in (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
            question = json.loads(line)["question"]
            assert recognise_intent(question, encoder=encoder, model=model)["none"] > 0.5, question


def test_suggestions_are_the_documents_own_questions(assistant, own_library):
    answer = assistant.ask("What can I ask?")
    own = {question.question for question in own_library.questions()}
    assert {statement.text for statement in answer.statements} <= own
    assert len({citation.document_id for citation in answer.citations}) == len(
        {q.document_id for q in own_library.questions()}
    )


def test_an_overview_names_every_document_once(assistant, own_library):
    answer = assistant.ask("What is this about?")
    cited = [citation.document_id for citation in answer.citations]
    assert len(cited) == len(set(cited)) == min(8, len(own_library.documents()))


def test_without_own_questions_headings_are_suggested(tmp_path):
    with Library.open(tmp_path / "library") as library:
        (tmp_path / "tea.md").write_text("# Tea on misty hills\n\nTea grows on hills.\n", encoding="utf-8")
        library.add(tmp_path / "tea.md")
        answer = Assistant(library).ask("What can I ask?")
        assert answer.status == "answered"
        assert "Tea on misty hills" in answer.text


def test_what_is_asked_of_a_named_document_is_refused_when_it_does_not_say(tmp_path):
    with Library.open(tmp_path / "library") as library:
        for name, words in (("Anna Morholt", "She paints boats."), ("Terry Vance", "He builds clocks of brass.")):
            (tmp_path / f"{name}.md").write_text(f"# {name}\n\n{words}\n", encoding="utf-8")
        library.sync(tmp_path)
        assistant = Assistant(library)
        assert assistant.ask("Who is older, Anna Morholt or Terry Vance?").status == "refused"
        for question in ("Terry Vance?", "Tell me about Terry Vance.", "Who is Anna Morholt?"):
            assert assistant.ask(question).status == "answered", question
