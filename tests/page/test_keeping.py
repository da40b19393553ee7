"""What is kept of a session, and how it comes back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from assistant.errors import RecordsError
from assistant.page import texts
from assistant.page.conversation import Conversation
from assistant.page.handlers import QUESTION_KEPT, Handlers
from assistant.page.visitor import NOBODY, Visitor
from assistant.records import Records
from tests.page.conftest import Outline, assert_safe, ready
from tests.page.fakes import HARBOUR, HOSTILE, KEEPERS, LIGHTHOUSE, FakeAssistant, FakeLibrary

QUESTION = "How long can the lamp shine without sun?"
REFUSED = "Who owns the quarry?"
ANNA = Visitor("user:anna", "anna")


@pytest.fixture
def records(tmp_path) -> Iterator[Records]:
    with Records(tmp_path / "records.db") as records:
        yield records


@pytest.fixture
def handlers(library, assistant, tmp_path, records) -> Handlers:
    return Handlers(ready(library, assistant), uploads=tmp_path, records=records)


def session(visitor: Visitor = ANNA) -> Conversation:
    conversation = Conversation()
    conversation.belong_to(visitor)
    return conversation


@pytest.fixture
def conversation() -> Conversation:
    return session()


def resumed(handlers: Handlers, conversation: Conversation) -> tuple[Conversation, str]:
    """The conversation in a session that begins now, and its words as they are shown."""
    later = session(conversation.visitor)
    patch = handlers.resume(later, conversation.kept_as)
    return later, " ".join(Outline(drawn["html"]).text for drawn in patch.get("whole", ()))


def test_an_old_answer_is_shown_as_it_was(handlers, conversation):
    *_, first = handlers.ask(conversation, QUESTION)
    *_, second = handlers.ask(conversation, REFUSED)
    patch = handlers.resume(session(), conversation.kept_as)
    assert patch["whole"][1] == {"exchange": 2, "html": second["html"]}
    without_suggestions = patch["whole"][0]["html"].removesuffix("</div>")
    assert first["html"].startswith(without_suggestions)
    assert len(without_suggestions) > len(first["html"]) / 2
    assert (patch["last"], patch["conversation"]) == (2, conversation.kept_as)


@pytest.mark.parametrize("named", ["openai:one", "openai:one@http://10.0.0.7:8080/v1"])
def test_which_model_wrote_an_answer_is_shown_again_after_a_restart_without_its_address(
    library, assistant, tmp_path, named
):
    path = tmp_path / "kept.db"
    with Records(path) as records:
        handlers = Handlers(ready(library, assistant), uploads=tmp_path, records=records, any_model=True)
        conversation = session()
        list(handlers.ask(conversation, QUESTION))
        handlers.choose_model(conversation, named)
        list(handlers.ask(conversation, QUESTION))
        list(handlers.ask(conversation, REFUSED))
    assert b"10.0.0.7" not in b"".join(file.read_bytes() for file in tmp_path.iterdir() if file.is_file())
    with Records(path) as records:
        handlers = Handlers(ready(library, assistant), uploads=tmp_path, records=records)
        later, shown = resumed(handlers, conversation)
        assert [exchange.model for exchange in later.exchanges] == ["", "openai:one", ""]
        assert shown.count(texts.wrote("openai:one")) == 1


def test_a_follow_up_in_a_resumed_conversation_carries_what_was_said_before(handlers, conversation, assistant):
    list(handlers.ask(conversation, QUESTION))
    later, _ = resumed(handlers, conversation)
    list(handlers.ask(later, "And who watches it?"))
    assert [turn.question for turn in assistant.histories[-1]] == [QUESTION]


def test_a_browser_that_goes_away_in_the_middle_finds_what_there_was(handlers, conversation):
    answering = handlers.ask(conversation, QUESTION)
    for _ in range(4):
        next(answering)
    answering.close()
    assert conversation.exchanges[0].outcome == "stopped"
    _, shown = resumed(handlers, conversation)
    assert "diesel engine was taken out" in shown
    assert texts.STOPPED in shown


def test_a_server_that_dies_in_the_middle_leaves_the_question(handlers, conversation):
    answering = handlers.ask(conversation, QUESTION)
    next(answering)
    _, shown = resumed(handlers, conversation)
    assert QUESTION in shown
    assert texts.STOPPED in shown
    answering.close()


def test_what_was_stopped_and_what_failed_is_kept_as_that(handlers, conversation):
    answering = handlers.ask(conversation, QUESTION)
    for _ in range(3):
        next(answering)
    handlers.stop(conversation)
    list(answering)
    list(handlers.ask(conversation, "break"))
    _, shown = resumed(handlers, conversation)
    assert texts.STOPPED in shown
    assert texts.FAILED in shown


def test_leaving_for_another_conversation_stops_the_answer_that_is_being_made(handlers, conversation):
    list(handlers.ask(conversation, REFUSED))
    first = conversation.kept_as
    handlers.clear(conversation)
    answering = handlers.ask(conversation, QUESTION)
    next(answering)
    left = session()
    left.kept_as = conversation.kept_as
    handlers.resume(conversation, first)
    assert list(answering) == []
    assert [one.question for one in conversation.exchanges] == [REFUSED]
    _, shown = resumed(handlers, left)
    assert texts.STOPPED in shown


def test_a_new_conversation_is_another_one_in_the_list(handlers, conversation):
    list(handlers.ask(conversation, QUESTION))
    handlers.clear(conversation)
    list(handlers.ask(conversation, REFUSED))
    assert Outline(handlers.conversations(conversation)["html"]).with_attribute("title")[::4] == [REFUSED, QUESTION]


def test_an_edited_question_takes_the_place_of_what_followed_it(handlers, conversation):
    for question in (QUESTION, REFUSED, QUESTION):
        list(handlers.ask(conversation, question))
    patches = list(handlers.edit(conversation, 2, " Who owns the mill? "))
    assert {patch["exchange"] for patch in patches} == {2}
    assert {patch["last"] for patch in patches} == {2}
    later, _ = resumed(handlers, conversation)
    assert [one.question for one in later.exchanges] == [QUESTION, "Who owns the mill?"]


@pytest.mark.parametrize("number", [0, -1, 2, 10**9])
def test_an_exchange_that_is_not_there_cannot_be_edited_or_judged(handlers, conversation, number):
    list(handlers.ask(conversation, QUESTION))
    assert list(handlers.edit(conversation, number, "Why?")) == []
    assert handlers.judge(conversation, number, "wrong", "") == {}
    assert len(conversation.exchanges) == 1


def test_an_answer_in_the_making_cannot_be_judged(handlers, conversation):
    answering = handlers.ask(conversation, QUESTION)
    next(answering)
    assert handlers.judge(conversation, 1, "wrong", "") == {}
    *_, last = answering
    assert not last["working"]


def test_a_judgement_is_kept_and_an_unknown_one_takes_it_back(handlers, conversation, records):
    list(handlers.ask(conversation, QUESTION))
    patch = handlers.judge(conversation, 1, "wrong", f"No: {HOSTILE} \ud800")
    assert_safe(patch["html"])
    assert texts.judged("wrong") in Outline(patch["html"]).text
    later, shown = resumed(handlers, conversation)
    assert f"No: {HOSTILE} ?" in shown
    assert [one.exchange.judgement for one in records.judged()] == ["wrong"]
    handlers.judge(later, 1, "<script>", "No.")
    assert list(records.judged()) == []


def test_what_a_question_was_asked_of_is_said_where_it_was_not_all_and_comes_back(tmp_path, records):
    library = FakeLibrary([LIGHTHOUSE, replace(HARBOUR, collection="sea"), replace(KEEPERS, collection="private-anna")])
    handlers = Handlers(ready(library, FakeAssistant(library)), uploads=tmp_path, records=records)
    conversation = session()
    *_, last = handlers.ask(conversation, QUESTION, ["sea", "private-anna", "private-eve", "nowhere"])
    assert texts.asked_of([texts.COLLECTION_PRIVATE, "sea"]) in Outline(last["html"]).text
    *_, last = handlers.ask(conversation, QUESTION)
    assert "asked-of" not in last["html"]
    later, shown = resumed(handlers, conversation)
    assert shown.count(texts.asked_of([texts.COLLECTION_PRIVATE, "sea"])) == 1
    assert [one.collections for one in later.exchanges] == [("private-anna", "sea"), None]
    *_, last = handlers.retry(later, ["sea"])
    assert texts.asked_of(["sea"]) in Outline(last["html"]).text


@pytest.mark.parametrize(
    ("count", "said"),
    [
        pytest.param(0, texts.ASKED_OF_NONE, id="none that is left"),
        pytest.param(2, "Asked of: c0, c1", id="two"),
        pytest.param(7, "Asked of: c0, c1, c2, c3, c4, 2 others", id="many"),
    ],
)
def test_many_collections_are_not_all_named(count, said):
    assert texts.asked_of([f"c{number}" for number in range(count)]) == said


def test_asking_again_forgets_the_judgement_of_the_answer_before(handlers, conversation):
    list(handlers.ask(conversation, QUESTION))
    handlers.judge(conversation, 1, "wrong", "No.")
    *_, last = handlers.retry(conversation)
    assert texts.JUDGE in Outline(last["html"]).text
    assert "No." not in last["html"]


def test_what_another_window_asked_is_there_before_the_next_question(handlers, conversation):
    list(handlers.ask(conversation, QUESTION))
    other, _ = resumed(handlers, conversation)
    list(handlers.ask(other, REFUSED))
    patches = list(handlers.ask(conversation, QUESTION))
    assert {patch["exchange"] for patch in patches} == {3}
    assert [drawn["exchange"] for drawn in patches[-1]["whole"]][:2] == [1, 2]
    assert "whole" not in list(handlers.ask(conversation, REFUSED))[-1]


def test_a_conversation_that_another_window_deleted_begins_anew(handlers, conversation):
    list(handlers.ask(conversation, QUESTION))
    other, _ = resumed(handlers, conversation)
    handlers.delete(other, other.kept_as)
    *_, last = handlers.ask(conversation, REFUSED)
    assert (last["exchange"], last["last"]) == (1, 1)
    assert last["conversation"] not in ("", other.kept_as)


def test_what_cannot_be_kept_is_answered_all_the_same(handlers, conversation, records, monkeypatch, caplog):
    def fail(*_):
        raise RecordsError("records.db cannot be written. Make room.")

    monkeypatch.setattr(records, "put", fail)
    *_, last = handlers.ask(conversation, QUESTION)
    assert "nine nights without sun" in last["announce"]
    assert "Make room." in caplog.text


def test_a_browser_without_cookies_is_answered_and_nothing_is_kept(handlers, records):
    conversation = session(NOBODY)
    *_, last = handlers.ask(conversation, QUESTION)
    assert last["conversation"] == ""
    assert records.forget() == 0
    assert texts.CONVERSATIONS_NOT_KEPT in handlers.conversations(conversation)["html"]


def test_a_question_of_any_length_and_of_broken_characters_is_kept(handlers, conversation):
    list(handlers.ask(conversation, "half \ud800 " + "x" * 10 * QUESTION_KEPT))
    later, _ = resumed(handlers, conversation)
    assert later.exchanges[0].question.startswith("half ? x")
    assert len(later.exchanges[0].question) <= QUESTION_KEPT


def test_a_name_in_the_list_is_text(handlers, conversation):
    list(handlers.ask(conversation, f"{HOSTILE} \" onclick='x'"))
    outline = assert_safe(handlers.conversations(conversation)["html"])
    assert "<script>window.attacked" in outline.text


def test_what_is_sent_and_written_for_a_question_does_not_grow_with_the_conversation(handlers, conversation, records):
    def ask() -> int:
        return len(json.dumps(list(handlers.ask(conversation, REFUSED))))

    early = [ask() for _ in range(5)][-1]
    for _ in range(194):
        list(handlers.ask(conversation, REFUSED))
    assert abs(ask() - early) < 100  # the numbers have more digits
    assert records.version(ANNA.key, conversation.kept_as) == 2 * len(conversation.exchanges) == 400
