"""The question walk on the real parts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langchain_core.callbacks import BaseCallbackHandler

from assistant import Answer, Assistant, AssistantSettings, Question, Turn
from knowledge import Library

KEY_QUESTION = "Why didn't SpaceX simply train a coding model itself?"


def assert_sound(answer: Answer, library: Library) -> None:
    """What is promised of every answer."""
    assert answer.status in ("answered", "refused")
    assert 0.0 <= answer.confidence <= 1.0
    for statement in answer.statements:
        assert statement.citations
        for citation in statement.citations:
            document = library.document(citation.document_id, collection=citation.collection)
            assert document.text[citation.start : citation.end] == citation.quote
            assert citation.document_hash == document.content_hash
            assert " ".join(citation.quote.split()) in statement.text
    for evidence in answer.evidence:
        document = library.document(evidence.document_id, collection=evidence.collection)
        assert document.text[evidence.start : evidence.end] == evidence.text
    if answer.status == "answered":
        assert answer.statements
        assert answer.reason is None
        assert all(f"[{citation.number}]" in answer.text for citation in answer.citations)
    else:
        assert answer.reason
        assert not answer.statements


def test_a_documents_own_question_is_answered_with_its_own_answer(assistant, own_library):
    answer = assistant.ask(KEY_QUESTION)
    assert_sound(answer, own_library)
    assert answer.status == "answered"
    own = next(q for q in own_library.questions() if q.question == KEY_QUESTION)
    for citation in answer.citations:
        assert citation.document_id == own.document_id
        assert own.start <= citation.start < citation.end <= own.answer_end
        assert citation.end > own.answer_start, "the question alone is no answer"


def test_every_own_question_is_answered_in_its_own_section(assistant, own_library):
    for own in own_library.questions():
        answer = assistant.ask(own.question)
        assert_sound(answer, own_library)
        assert answer.status == "answered", own.question
        assert answer.citations[0].start >= own.start or answer.citations[0].document_id != own.document_id


def test_a_question_on_another_subject_is_refused_with_a_reason_and_the_nearest_sentences(assistant, own_library):
    answer = assistant.ask("How long should I boil an egg?")
    assert_sound(answer, own_library)
    assert answer.status == "refused"
    assert answer.evidence
    assert answer.text == answer.reason


@pytest.mark.parametrize(
    "question",
    [
        pytest.param("", id="empty"),
        pytest.param(" \n\t ", id="white space"),
        pytest.param("?!", id="no letters"),
        pytest.param("x" * 10_000, id="ten thousand letters"),
        pytest.param("Cursor", id="one word"),
        pytest.param("Warum hat SpaceX Cursor gekauft?", id="German"),
        pytest.param("SpaceX为什么收购Cursor？", id="Chinese"),
        pytest.param("🚀 why 🚀", id="emoji"),
        pytest.param("<script>alert(1)</script> who leads?", id="markup"),
        pytest.param("a\x00b\x1b[31m", id="control characters"),
        pytest.param('") OR 1=1; DROP TABLE documents; --', id="query syntax"),
        pytest.param("title:* AND NOT (text:[a TO z])", id="search syntax"),
    ],
)
def test_any_question_gets_an_answer_or_a_clear_sentence(assistant, own_library, question):
    answer = assistant.ask(question)
    assert_sound(answer, own_library)
    assert answer.question == question


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=300))
def test_no_question_raises(assistant, own_library, question):
    assert_sound(assistant.ask(question), own_library)


def test_an_answer_grows_and_never_takes_anything_back(assistant):
    partial = list(assistant.stream("What is the difference between training and inference?"))
    assert [answer.status for answer in partial[:-1]] == [None] * (len(partial) - 1)
    assert partial[-1].status == "answered"
    assert any(answer.evidence and not answer.statements for answer in partial)  # evidence comes first
    for earlier, later in pairwise(partial):
        assert later.statements[: len(earlier.statements)] == earlier.statements
        assert len(later.steps) >= len(earlier.steps)
    assert all(statement.citations for answer in partial for statement in answer.statements)


def test_the_same_question_gets_the_same_answer_from_twenty_threads(assistant):
    questions = [
        "How is concentration measured?",
        "how many gpus in memphis",
        "Who leads Cursor?",
        "What is this about?",
    ]
    alone = {question: assistant.ask(question) for question in questions}
    with ThreadPoolExecutor(20) as pool:
        for question, answer in zip(questions * 5, pool.map(assistant.ask, questions * 5), strict=True):
            assert answer.status == alone[question].status
            assert answer.statements == alone[question].statements
            assert answer.confidence == alone[question].confidence


def test_the_stages_are_seen_as_named_runs(assistant):
    class Names(BaseCallbackHandler):
        def __init__(self) -> None:
            self.names: list[str] = []

        def on_chain_start(self, serialized: Any, inputs: Any, **options: Any) -> None:
            self.names.append(options["name"])

    handler = Names()
    history = (Turn("What is SpaceX paying, and how?", "..."),)
    assistant.runnable.invoke(Question("And when?", history), config={"callbacks": [handler]})
    assert handler.names[:5] == ["answer", "recognise", "rewrite", "retrieve", "read"]


def test_the_runnable_is_a_langchain_runnable(assistant):
    answers = assistant.runnable.batch([Question("How is concentration measured?"), Question("Who leads Cursor?")])
    assert [answer.question for answer in answers] == ["How is concentration measured?", "Who leads Cursor?"]


def test_a_library_without_documents_says_so(tmp_path):
    with Library.open(tmp_path / "empty") as library:
        answer = Assistant(library).ask("What is this about?")
    assert answer.status == "refused"
    assert "no documents" in answer.reason


def test_only_the_named_collections_are_asked(assistant, own_library):
    assert assistant.ask(KEY_QUESTION, collections=["nothing here"]).status == "refused"
    assert assistant.ask(KEY_QUESTION, collections=["default"]).status == "answered"


def test_a_follow_up_is_asked_as_a_question_that_stands_alone(assistant, own_library):
    history = [Turn("What is SpaceX paying for Cursor, and how?", "$60 billion, in shares.")]
    answer = assistant.ask("And when does it close?", history)
    assert_sound(answer, own_library)
    assert "Cursor" in answer.standalone_question
    assert answer.question == "And when does it close?"


def test_a_document_removed_while_it_is_read_ends_in_a_refusal(tmp_path, monkeypatch):
    with Library.open(tmp_path / "library") as library:
        (tmp_path / "tea.md").write_text("# Tea\n\nTea grows on misty hills.\n", encoding="utf-8")
        library.add(tmp_path / "tea.md")
        answers = Assistant(library, settings=AssistantSettings(refuse_above_risk=1.0)).stream("Where does tea grow?")
        for answer in answers:
            if answer.evidence and answer.status is None:
                library.remove("tea.md")
        assert answer.status == "refused"
        assert "removed" in answer.reason


def test_own_questions_that_come_near_are_offered_beside_an_answer(assistant, own_library):
    answer = assistant.ask("Who leads Cursor?")
    own = {question.question for question in own_library.questions()}
    assert 0 < len(answer.related) <= 3
    assert {question.question for question in answer.related} <= own


def test_a_question_about_everything_is_never_taken_for_a_follow_up(assistant):
    answer = assistant.ask("What is this about?", [Turn("How many GPUs does Colossus have?", "...")])
    assert answer.written_by == "described"
    assert answer.standalone_question == "What is this about?"


def test_an_own_answer_that_leans_on_its_question_is_shown_with_it(assistant, own_library):
    statement = assistant.ask(KEY_QUESTION).statements[0]
    (citation,) = statement.citations
    assert statement.text.startswith(f"{KEY_QUESTION} Its ")
    assert " ".join(citation.quote.split()) == statement.text, "the question is quoted too"
