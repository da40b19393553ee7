"""Follow-ups take over the subject; new subjects are left alone."""

from __future__ import annotations

import pytest

from assistant.rewrite import rewrite_question
from assistant.types import Turn

HISTORY = (Turn("How many GPUs does Colossus in Memphis have?", "..."),)


@pytest.mark.parametrize(
    "question", ["And how is it cooled?", "Why?", "What about the power?", "Who owns it?", "How much did they cost?"]
)
def test_a_question_that_leans_on_the_last_one_gets_its_subject(question):
    rewritten = rewrite_question(question, HISTORY)
    assert rewritten.startswith(question)
    assert "Colossus" in rewritten
    assert "Memphis" in rewritten


@pytest.mark.parametrize(
    "question",
    [
        "What does antitrust law look at?",
        "How do code assistants choose their suggestions?",
        "What is this article about?",
        "Are there any plans for orbital data centers?",
    ],
)
def test_a_new_subject_is_left_as_it_is(question):
    assert rewrite_question(question, HISTORY) == question


def test_a_first_question_is_left_as_it_is():
    assert rewrite_question("Why?", ()) == "Why?"


def test_the_subject_is_carried_over_several_turns():
    history = (*HISTORY, Turn("And how is it cooled?", "..."), Turn("Why?", "..."))
    assert "Colossus" in rewrite_question("Since when?", history)
