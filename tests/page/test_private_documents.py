"""What is private to one user is found by that user alone, over the real library and the real assistant."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant import Assistant
from assistant.page import texts
from assistant.page.handlers import Handlers
from assistant.page.visitor import NOBODY, Visitor
from assistant.records import Records
from knowledge import Library
from tests.page.conftest import Outline, ready, session_of

ANNA, BERT = Visitor("user:anna", "anna"), Visitor("user:bert", "bert")
DIARY = (
    "# Diary\n\nThe treasure of Fara lies under the old mill.\n\n## Key Questions\n\n"
    "### Where does the treasure of Fara lie?\n\nThe treasure of Fara lies under the old mill, says the diary.\n"
)
FERRY = "# Ferry\n\nThe ferry to Fara leaves at noon. It carries twelve passengers.\n"
QUESTION = "Where does the treasure of Fara lie?"


@pytest.fixture(scope="module")
def uploads(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("uploads")


@pytest.fixture(scope="module")
def library(tmp_path_factory) -> Iterator[Library]:
    with Library.open(tmp_path_factory.mktemp("private") / "library") as library:
        yield library


@pytest.fixture(scope="module")
def handlers(library, uploads) -> Iterator[Handlers]:
    with Records(uploads / "records.db") as records:
        handlers = Handlers(ready(library, Assistant(library)), uploads=uploads, records=records)
        send(handlers, uploads, "ferry.md", FERRY, BERT, "shared-bert")
        send(handlers, uploads, "diary.md", DIARY, ANNA)
        yield handlers


def send(handlers: Handlers, uploads: Path, name: str, text: str, visitor: Visitor, collection: str = "") -> str:
    path = uploads / name
    path.write_text(text, encoding="utf-8")
    *_, shelf = handlers.add(session_of(visitor), [{"name": name, "path": str(path)}], collection)
    return Outline(shelf.documents).text


def test_an_added_document_is_private_unless_it_is_shared(handlers, library):
    assert {(one.collection, one.id) for one in library.documents()} == {
        ("private-anna", "diary.md"),
        ("shared-bert", "ferry.md"),
    }


def test_its_owner_is_answered_from_it(handlers):
    conversation = session_of(ANNA)
    *_, last = handlers.ask(conversation, QUESTION)
    assert "under the old mill" in Outline(last["html"]).text
    assert "old mill" in Outline(handlers.open(conversation, "citation/1/1")).current_mark()


@pytest.mark.parametrize("visitor", [pytest.param(BERT, id="another user"), pytest.param(NOBODY, id="without a login")])
@pytest.mark.parametrize(
    "question",
    [QUESTION, "What is this about?", "What can I ask?", "Summarise the diary", "Who says what of the mill?"],
)
def test_nobody_else_is_answered_from_it_nor_offered_its_questions(handlers, visitor, question):
    conversation = session_of(visitor)
    shown = "".join(patch["html"] for patch in handlers.ask(conversation, question))
    answer = conversation.exchanges[0].answer
    places = [*answer.citations, *answer.evidence, *answer.related]
    assert {place.collection for place in places} <= {"shared-bert"}
    assert "old mill" not in shown
    assert "says the diary" not in shown


@pytest.mark.parametrize("visitor", [pytest.param(BERT, id="another user"), pytest.param(NOBODY, id="without a login")])
def test_nobody_else_sees_opens_downloads_or_removes_it(handlers, library, visitor):
    shelf = handlers.refresh(session_of(visitor))
    assert "diary" not in (shelf.header + shelf.welcome + shelf.documents).casefold()
    opened = handlers.open(session_of(visitor), "document/private-anna/diary.md")
    assert texts.SOURCE_UNKNOWN in opened
    assert "treasure" not in opened
    assert handlers.original("private-anna", "diary.md", visitor) is None
    handlers.remove(session_of(visitor), "document/private-anna/diary.md")
    assert library.document("diary.md", collection="private-anna").title == "Diary"


def test_its_owner_sees_opens_and_downloads_it(handlers):
    assert "Diary" in handlers.refresh(session_of(ANNA)).documents
    assert QUESTION in handlers.refresh(session_of(ANNA)).welcome
    assert "old mill" in handlers.open(session_of(ANNA), "document/private-anna/diary.md")
    assert handlers.original("private-anna", "diary.md", ANNA) is not None


def test_what_is_shared_is_found_by_all_and_removed_by_its_owner_alone(handlers, library):
    conversation = session_of(ANNA)
    *_, last = handlers.ask(conversation, "When does the ferry to Fara leave?")
    assert "at noon" in Outline(last["html"]).text
    handlers.remove(session_of(ANNA), "document/shared-bert/ferry.md")
    assert library.document("ferry.md").title == "Ferry"


def test_another_users_file_of_the_same_name_is_no_news_and_into_their_collection_nothing_is_added(
    handlers, library, uploads
):
    said = send(handlers, uploads, "diary.md", "# Mine\n\nI keep bees.\n", BERT, "private-anna")
    assert texts.UPLOAD_ADDED in said
    assert library.document("diary.md", collection="private-bert").title == "Mine"
    assert library.document("diary.md", collection="private-anna").title == "Diary"
    handlers.remove(session_of(BERT), "document/private-bert/diary.md")
    assert library.collections() == ["private-anna", "shared-bert"]


def test_another_users_conversation_is_neither_resumed_nor_deleted(handlers):
    conversation = session_of(ANNA)
    list(handlers.ask(conversation, QUESTION))
    name = conversation.kept_as
    other = session_of(BERT)
    assert handlers.resume(other, name)["announce"] == texts.CONVERSATION_GONE
    handlers.rename(other, name, "Mine")
    listing, _ = handlers.delete(other, name)
    assert name not in listing["html"]
    assert name in handlers.conversations(conversation)["html"]
    assert handlers.resume(session_of(ANNA), name)["conversation"] == name


def test_a_session_that_another_user_takes_over_is_empty(handlers):
    conversation = session_of(ANNA)
    list(handlers.ask(conversation, QUESTION))
    conversation.belong_to(BERT)
    assert conversation.exchanges == []
    assert texts.SOURCE_UNKNOWN in handlers.open(conversation, "citation/1/1")
