"""The documents and the collections: what is listed, added, read again, chosen and checked, without a browser."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from assistant.page import texts
from assistant.page.conversation import Conversation
from assistant.page.documents import collection_name, render_chooser, render_documents
from assistant.page.handlers import Handlers
from assistant.page.opening import Opening
from assistant.page.verdict import render_verdict
from assistant.page.visitor import Visitor
from assistant.types import Verdict
from knowledge import Failure, KnowledgeError, PagePicture, SyncReport
from tests.page.conftest import Outline, assert_safe, ready, session_of
from tests.page.fakes import HARBOUR, HOSTILE, KEEPERS, LIGHTHOUSE, FakeAssistant, FakeLibrary, cite, make_document

ANN = Visitor("key", "ann")
PAGE = make_document(
    "https://example.org/old", "An old page", [("paragraph", "Old words.")], origin="https://example.org/old"
)


@pytest.fixture
def handlers(library, assistant, tmp_path) -> Handlers:
    return Handlers(ready(library, assistant), uploads=tmp_path)


def shelved(*collections: str) -> FakeLibrary:
    """A library with a document in each collection."""
    return FakeLibrary([replace(HARBOUR, collection=name) for name in collections])


def states(html: str) -> list[str]:
    return [piece.split("</span></li>")[0] for piece in html.split('<span class="state">')[1:]]


# Where everyone reaches the page and nobody signs in


def test_documents_that_are_read_only_are_asked_and_opened_but_neither_added_removed_nor_read_again(tmp_path):
    library = FakeLibrary([LIGHTHOUSE, PAGE])
    opening = Opening(lambda progress: library, FakeAssistant, sources=tmp_path).begin()
    assert opening.finished.wait(5)
    library.reports.append(SyncReport(added=("a.md",)))
    handlers = Handlers(opening, uploads=tmp_path, read_only=True)
    (tmp_path / "note.txt").write_text("Words.", encoding="utf-8")
    changes = [
        *handlers.add(session_of(), [{"name": "note.txt", "path": str(tmp_path / "note.txt")}]),
        *handlers.add_address(session_of(), "https://example.org/a", collection="web"),
        *handlers.sync(session_of()),
        *handlers.replace(session_of(), f"document/default/{LIGHTHOUSE.id}"),
        *handlers.fetch_again(session_of(), f"document/default/{PAGE.id}"),
        handlers.remove(session_of(), f"document/default/{LIGHTHOUSE.id}"),
    ]
    assert [one.id for one in library.documents()] == [LIGHTHOUSE.id, PAGE.id]
    assert library.document(PAGE.id) is PAGE
    assert library.reports
    for shelf in changes:
        outline = assert_safe(shelf.documents)
        for attribute in ("data-remove", "data-again", "data-into", "data-sync"):
            assert outline.with_attribute(attribute) == []
        assert outline.with_attribute("data-open") == [f"document/default/{one.id}" for one in (LIGHTHOUSE, PAGE)]
    conversation = Conversation()
    list(handlers.ask(conversation, "How long without sun?"))
    assert conversation.exchanges[0].answer.status == "answered"
    assert "lamp has run on 48" in handlers.open(conversation, f"document/default/{LIGHTHOUSE.id}")


def test_an_empty_library_that_is_read_only_invites_nobody_to_add_to_it(tmp_path):
    library = FakeLibrary([])
    shelf = Handlers(ready(library, FakeAssistant(library)), uploads=tmp_path, read_only=True).refresh(session_of())
    assert texts.READ_ONLY in shelf.welcome
    assert texts.ADD_DOCUMENTS not in shelf.welcome


# Addresses


def test_an_address_is_fetched_and_added_to_the_chosen_collection(handlers, library):
    *_, last = handlers.add_address(session_of(), " https://example.org/a ", collection="web")
    assert states(last.documents) == [texts.UPLOAD_ADDED]
    assert library.document("https://example.org/a", collection="web").text == "Words of a page."


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        pytest.param("https://nowhere.example", "the address does not answer", id="no answer"),
        pytest.param("example.org", texts.ADDRESS_WRONG, id="no scheme"),
        pytest.param("/etc/passwd", texts.ADDRESS_WRONG, id="a path"),
        pytest.param("file:///etc/passwd", texts.ADDRESS_WRONG, id="a file"),
        pytest.param("javascript:alert(1)", texts.ADDRESS_WRONG, id="a script"),
        pytest.param("https://" + "a" * 3_000, texts.ADDRESS_WRONG, id="endless"),
        pytest.param("", texts.ADDRESS_WRONG, id="nothing"),
    ],
)
def test_an_address_that_cannot_be_added_is_skipped_with_its_reason(handlers, library, address, reason):
    before = library.generation()
    *_, last = handlers.add_address(session_of(), address)
    assert "skipped" in last.documents
    assert reason in Outline(last.documents).text
    assert library.generation() == before


def test_a_user_adds_an_address_only_to_collections_of_their_own(handlers, library):
    list(handlers.add_address(session_of(ANN), "https://example.org/a", "private-eve"))
    assert [one.collection for one in library.documents() if one.id.startswith("https")] == ["private-ann"]


def test_a_user_has_only_addresses_of_their_own_fetched_again(handlers, library):
    library.put(replace(PAGE, collection="shared-eve"))
    reference = f"document/shared-eve/{PAGE.id}"
    assert "data-again" not in handlers.refresh(session_of(ANN)).documents
    before = library.generation()
    list(handlers.fetch_again(session_of(ANN), reference))
    assert library.generation() == before


# Reading the folder again


def syncing(library: FakeLibrary, folder: Path) -> Handlers:
    opening = Opening(lambda progress: library, FakeAssistant, sources=folder).begin()
    assert opening.finished.wait(5)
    return Handlers(opening, uploads=folder)


def test_reading_the_folder_again_says_what_changed_and_why_a_file_was_skipped(library, tmp_path):
    handlers = syncing(library, tmp_path)
    library.reports.append(
        SyncReport(
            added=("a.md",), updated=("b.md",), renamed=(("old.md", "new.md"),), removed=("c.md",),
            failed=(Failure("d.pdf", "it is damaged."),),
        )
    )  # fmt: skip
    *_, last = handlers.sync(session_of())
    assert states(last.documents) == [
        texts.UPLOAD_ADDED, texts.SYNC_UPDATED, "Renamed from old.md", texts.SYNC_REMOVED, "Skipped: it is damaged.",
    ]  # fmt: skip


def test_a_document_of_the_folder_is_changed_there_and_not_replaced_by_a_file(library, tmp_path):
    handlers = syncing(library, tmp_path)
    library.put(make_document("a.md", "A", [("paragraph", "Words.")], origin=str(tmp_path / "a.md")))
    sent = tmp_path / "sent"
    sent.write_text("Other words.", encoding="utf-8")
    session = session_of()
    *_, last = handlers.add(session, [{"name": "a.md", "path": str(sent)}])
    assert states(last.documents) == [texts.skipped(texts.name_synced("a.md"))]
    assert not sent.exists()
    list(handlers.replace(session, "document/default/a.md"))
    assert library.document("a.md").text == "Words."


def test_a_folder_that_has_not_changed_is_said_not_to_have(library, tmp_path):
    *_, last = syncing(library, tmp_path).sync(session_of())
    assert texts.SYNC_UNCHANGED in Outline(last.documents).text


def test_a_folder_that_is_gone_is_said_to_be(library, tmp_path):
    handlers = syncing(library, tmp_path)

    def gone(folder, *, progress=None):
        raise KnowledgeError("The folder is gone. Name another.")

    library.sync = gone
    *_, last = handlers.sync(session_of())
    assert "The folder is gone. Name another." in Outline(last.documents).text


def test_without_a_folder_there_is_nothing_to_read_again(handlers):
    *_, last = handlers.sync(session_of())
    assert Outline(last.documents).with_attribute("data-sync") == []


def test_the_folder_is_named_to_and_read_again_by_those_alone_whom_no_login_tells_apart(library, tmp_path):
    handlers = syncing(library, tmp_path)
    library.reports.append(SyncReport(added=("new.md",)))
    assert str(tmp_path) in handlers.refresh(session_of()).documents
    assert tmp_path.name not in handlers.refresh(session_of(ANN)).documents
    *_, last = handlers.sync(session_of(ANN))
    assert states(last.documents) == []
    assert len(library.reports) == 1
    *_, last = handlers.sync(session_of())
    assert states(last.documents) == [texts.UPLOAD_ADDED]


# Collections


def test_documents_are_listed_by_collection_when_there_are_several():
    html = render_documents(shelved("tea", "sea").documents())
    assert [part.split(" <")[0] for part in html.split('<h3 class="collection">')[1:]] == ["sea", "tea"]
    assert '<h3 class="collection">' not in render_documents(shelved("tea").documents())


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        pytest.param("private-ann", texts.COLLECTION_PRIVATE, id="own"),
        pytest.param("shared-ann", texts.COLLECTION_SHARED, id="own, shared"),
        pytest.param("shared-eve", "Shared by eve", id="another's"),
        pytest.param("default", "default", id="everyone's"),
    ],
)
def test_a_collection_of_a_user_has_a_name_that_says_whose_it_is(name, shown):
    assert collection_name(name, ANN) == shown


def test_only_documents_that_a_visitor_may_change_can_be_removed():
    outline = assert_safe(render_documents(shelved("private-ann", "shared-eve").documents(), visitor=ANN))
    assert outline.with_attribute("data-remove") == ["document/private-ann/harbour/fees.txt"]


def test_without_a_login_any_collection_can_be_named_and_those_there_are_offered():
    outline = assert_safe(render_documents(shelved("tea", "sea").documents()))
    assert outline.with_attribute("value") == ["default", "sea", "tea"]


@pytest.mark.parametrize(("documents", "offered"), [(10, 0), (11, 1)])
def test_a_list_that_is_seen_at_a_glance_needs_no_filter(documents, offered):
    library = FakeLibrary([replace(HARBOUR, id=f"{number}.txt") for number in range(documents)])
    assert len(assert_safe(render_documents(library.documents())).with_attribute("data-filter")) == offered


def test_a_user_chooses_between_documents_of_their_own_and_shared_ones():
    outline = assert_safe(render_documents([], visitor=ANN))
    assert outline.with_attribute("value") == ["private-ann", "shared-ann"]


def test_there_is_a_choice_of_collections_only_where_there_are_several():
    assert render_chooser(shelved("tea").documents()) == ""
    assert assert_safe(render_chooser(shelved("tea", "sea").documents())).with_attribute("value") == ["sea", "tea"]


@pytest.mark.parametrize(
    ("chosen", "asked"),
    [
        pytest.param(None, ("default", "sea"), id="all"),
        pytest.param(["sea"], ("sea",), id="one"),
        pytest.param(
            ["sea", "private-eve", "nowhere"], ("sea",), id="one that may not be read and one that is not there"
        ),
        pytest.param(["private-eve"], (), id="none that may be read"),
    ],
)
def test_a_question_is_asked_of_the_chosen_collections_that_may_be_read(tmp_path, chosen, asked):
    library = FakeLibrary([LIGHTHOUSE, replace(HARBOUR, collection="sea"), replace(KEEPERS, collection="private-eve")])
    assistant = FakeAssistant(library)
    handlers, conversation = Handlers(ready(library, assistant), uploads=tmp_path), Conversation()
    list(handlers.ask(conversation, "How long without sun?", chosen))
    list(handlers.retry(conversation, chosen))
    handlers.check(conversation, "It has 48 panels.", chosen)
    assert assistant.asked_of == [asked, asked, asked]


def test_the_picture_of_a_page_is_only_for_those_who_may_read_the_document(tmp_path):
    library = FakeLibrary([replace(KEEPERS, collection="private-eve")])
    drawn = PagePicture(1, 3, b"png", 1, 1, ())
    library.picture = lambda document_id, number=None, *, spans=(), collection=None: drawn
    handlers = Handlers(ready(library, FakeAssistant(library)), uploads=tmp_path)
    assert handlers.picture("private-eve", KEEPERS.id, 1, Visitor("key", "eve")) == b"png"
    assert handlers.picture("private-eve", KEEPERS.id, 1, ANN) is None
    assert handlers.picture("private-eve", KEEPERS.id, 1) is None


# Checking a sentence


def test_a_sentence_is_judged_and_what_it_was_judged_by_can_be_opened(handlers):
    conversation = Conversation()
    outline = assert_safe(handlers.check(conversation, " The lamp has 50 panels. ")["html"])
    assert texts.VERDICTS["contradicted"][0] in outline.text
    assert "The sentence says 50, the source 48." in outline.text
    assert outline.with_attribute("data-open") == ["verdict/1", "verdict/2"]
    opened = Outline(handlers.open(conversation, "verdict/1"))
    assert opened.current_mark() == "Since 2019 the lamp has run on 48 solar panels."


def test_a_sentence_that_nothing_comes_near_has_a_verdict_without_quotes(handlers):
    outline = Outline(handlers.check(Conversation(), "nothing")["html"])
    assert texts.VERDICTS["not supported"][0] in outline.text
    assert outline.with_attribute("data-open") == []


def test_another_session_cannot_open_what_a_sentence_was_judged_by(handlers):
    handlers.check(Conversation(), "48")
    assert texts.SOURCE_UNKNOWN in handlers.open(Conversation(), "verdict/1")


def test_a_bug_while_checking_is_said_and_the_session_goes_on(handlers):
    conversation = Conversation()
    assert texts.CHECK_FAILED in handlers.check(conversation, "break")["html"]
    assert texts.VERDICTS["supported"][0] in handlers.check(conversation, "48")["html"]


def test_markup_in_a_sentence_and_in_its_verdict_is_text():
    cited = replace(cite(1, LIGHTHOUSE, "Since 2019"), quote=HOSTILE, title=HOSTILE)
    outline = assert_safe(render_verdict(Verdict(HOSTILE, "contradicted", 0.1, (cited,), HOSTILE)))
    assert outline.text.count(HOSTILE) == 4
