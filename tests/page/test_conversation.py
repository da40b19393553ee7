"""What one session remembers."""

from __future__ import annotations

from dataclasses import replace

from assistant.page.conversation import HISTORY, Conversation
from assistant.types import Answer, Turn
from tests.page.test_answer_html import ANSWERED, REFUSED


def answered(conversation: Conversation, answer: Answer = ANSWERED) -> None:
    exchange = conversation.begin(answer.question)
    assert conversation.update(exchange, replace(exchange, answer=answer, outcome="done"))


def test_exchanges_are_numbered_from_one():
    conversation = Conversation()
    assert [conversation.begin(question).number for question in "abc"] == [1, 2, 3]


def test_the_history_holds_the_latest_ended_exchanges_oldest_first():
    conversation = Conversation()
    for _ in range(HISTORY):
        answered(conversation)
    answered(conversation, REFUSED)
    conversation.begin("And then?")
    history = conversation.history()
    assert len(history) == HISTORY
    assert history[0] == Turn(ANSWERED.question, ANSWERED.text)
    assert history[-1] == Turn(REFUSED.question, REFUSED.reason)


def test_an_answer_that_comes_after_the_stop_is_dropped():
    conversation = Conversation()
    exchange = conversation.begin("a")
    assert conversation.stop().outcome == "stopped"
    assert not conversation.update(exchange, replace(exchange, outcome="done"))
    assert conversation.exchanges[0].outcome == "stopped"


def test_an_answer_that_comes_after_the_conversation_was_cleared_is_dropped():
    conversation = Conversation()
    exchange = conversation.begin("a")
    conversation.clear()
    conversation.begin("b")
    assert not conversation.update(exchange, replace(exchange, outcome="done"))
    assert conversation.exchanges[0].question == "b"


def test_what_is_not_being_answered_cannot_be_stopped():
    conversation = Conversation()
    assert conversation.stop() is None
    answered(conversation)
    assert conversation.stop() is None


def test_the_last_exchange_is_asked_again_in_its_own_place():
    conversation = Conversation()
    assert conversation.cut(1) is None
    answered(conversation)
    answered(conversation, REFUSED)
    again = conversation.begin(conversation.cut(2).question)
    assert (again.number, again.question, again.outcome) == (2, REFUSED.question, "working")
    assert len(conversation.exchanges) == 2


def test_only_exchanges_of_this_conversation_have_citations():
    conversation = Conversation()
    answered(conversation)
    assert conversation.citations(1) == ANSWERED.citations
    for number in (-1, 0, 2):
        assert conversation.citations(number) == ()
        assert conversation.evidence(number) == ()
