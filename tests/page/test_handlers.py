"""What happens on each event, without a browser."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import pytest

from assistant.page import texts
from assistant.page.conversation import Conversation
from assistant.page.handlers import Handlers
from assistant.page.opening import Opening
from assistant.types import Turn
from knowledge import Failure, KnowledgeError, Progress, SyncReport
from tests.page.conftest import Outline, assert_safe, ready, session_of
from tests.page.fakes import HOSTILE, KEEPERS, LIGHTHOUSE, FakeAssistant, FakeLibrary, make_document

QUESTION = "How long can the lamp shine without sun?"


@pytest.fixture
def handlers(library, assistant, tmp_path) -> Handlers:
    return Handlers(ready(library, assistant), uploads=tmp_path)


@pytest.fixture
def conversation() -> Conversation:
    return Conversation()


def upload(folder: Path, name: str, content: bytes = b"The keeper's cat was called Ember.") -> dict[str, str]:
    path = folder / "sent" / "blob"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return {"name": name, "path": str(path)}


def test_an_answer_grows_from_search_to_evidence_to_statements(handlers, conversation):
    patches = list(handlers.ask(conversation, f"  {QUESTION} "))
    texts_shown = [Outline(patch["html"]).text for patch in patches]
    assert texts.SEARCHING in texts_shown[0]
    assert "Reading 3 sentences in 3 documents…" in " ".join(texts_shown)
    assert [patch["working"] for patch in patches] == [True] * (len(patches) - 1) + [False]
    assert {patch["exchange"] for patch in patches} == {1}
    assert "nine nights without sun" in patches[-1]["announce"]


def test_a_question_of_nothing_but_spaces_begins_nothing(handlers, conversation):
    assert list(handlers.ask(conversation, " \n ")) == []
    assert conversation.exchanges == []


def test_a_follow_up_carries_what_was_said_before(handlers, conversation, assistant):
    list(handlers.ask(conversation, QUESTION))
    list(handlers.ask(conversation, "And who watches it?"))
    assert assistant.histories[0] == ()
    assert assistant.histories[1] == (Turn(QUESTION, conversation.exchanges[0].answer.text),)


def test_questions_of_the_cited_documents_are_offered_unless_they_were_asked(handlers, conversation):
    *_, last = handlers.ask(conversation, QUESTION)
    offered = Outline(last["html"]).with_attribute("data-ask")
    assert offered == ["Why was the diesel engine taken out?", "Who watches the lamp now?"]


def test_a_bug_in_the_assistant_ends_the_question_and_not_the_session(handlers, conversation):
    *_, last = handlers.ask(conversation, "break")
    assert texts.FAILED in Outline(last["html"]).text
    assert not last["working"]
    *_, last = handlers.ask(conversation, QUESTION)
    assert last["exchange"] == 2


def test_an_error_of_the_library_is_said_in_its_own_words(handlers, conversation, assistant):
    def broken(question, history=(), *, collections=None):
        raise KnowledgeError("The library was moved. Open it again.")
        yield

    assistant.stream = broken
    *_, last = handlers.ask(conversation, QUESTION)
    assert "The library was moved. Open it again." in Outline(last["html"]).text


def test_an_assistant_that_never_ends_its_answer_has_failed(handlers, conversation, assistant):
    assistant.stream = lambda question, history=(), collections=None: iter(())
    *_, last = handlers.ask(conversation, QUESTION)
    assert texts.FAILED in Outline(last["html"]).text


def test_stopping_keeps_what_there_is_and_drops_what_comes_later(handlers, conversation):
    answering = handlers.ask(conversation, QUESTION)
    for _ in range(4):
        next(answering)
    stopped = handlers.stop(conversation)
    assert texts.STOPPED in Outline(stopped["html"]).text
    assert "diesel engine was taken out" in Outline(stopped["html"]).text
    assert list(answering) == []
    assert "html" not in handlers.stop(conversation)


def test_asking_again_answers_in_the_same_place(handlers, conversation):
    list(handlers.ask(conversation, QUESTION))
    *_, last = handlers.retry(conversation)
    assert last["exchange"] == 1
    assert len(conversation.exchanges) == 1
    assert list(handlers.retry(Conversation())) == []


def test_clearing_is_seen_each_time(handlers, conversation):
    list(handlers.ask(conversation, QUESTION))
    first, second = handlers.clear(conversation), handlers.clear(conversation)
    assert conversation.exchanges == []
    assert first["cleared"]
    assert first["revision"] < second["revision"]


def test_every_change_has_a_later_revision_than_the_one_before(handlers, conversation):
    changes = [*handlers.ask(conversation, QUESTION), handlers.stop(conversation), *handlers.retry(conversation)]
    revisions = [change["revision"] for change in changes]
    assert revisions == sorted(set(revisions))


def test_a_citation_opens_its_document_at_the_quote(handlers, conversation):
    list(handlers.ask(conversation, QUESTION))
    outline = Outline(handlers.open(conversation, "citation/1/2"))
    assert outline.current_mark() == "Since 2019 the lamp has run on 48 solar panels."
    assert len(outline.marks) == 3
    assert texts.SOURCE_ORIGINAL in outline.text


def test_the_nearest_sentence_of_a_refusal_opens_its_document(handlers, conversation):
    list(handlers.ask(conversation, "Who owns the quarry?"))
    outline = Outline(handlers.open(conversation, "evidence/1/2"))
    assert outline.current_mark() == "The harbour office can dim the lamp, but it cannot put it out."


def test_a_document_opens_from_the_list_without_marks(handlers, conversation):
    outline = Outline(handlers.open(conversation, "document/default/reports/keepers.pdf"))
    assert "Two keepers lived on the rock" in outline.text
    assert outline.marks == []


def test_opening_the_same_source_twice_is_two_openings(handlers, conversation):
    reference = "document/default/reports/keepers.pdf"
    assert handlers.open(conversation, reference) != handlers.open(conversation, reference)


@pytest.mark.parametrize(
    "reference",
    [
        "", "citation", "citation/1/9", "citation/9/1", "citation/0/1", "citation/-1/1", "citation/²/1", "citation/x/y",
        "citation/" + "9" * 5000 + "/1", "evidence/1/99", "document/default/../../etc/passwd", "document//", "document",
        "document/other/lighthouse.md", "file:///etc/passwd", "citation/1/1/../../x",
    ],
)  # fmt: skip
def test_what_no_answer_of_the_session_holds_is_not_opened(handlers, conversation, reference):
    list(handlers.ask(conversation, QUESTION))
    outline = Outline(handlers.open(conversation, reference))
    assert outline.text == texts.SOURCE + texts.SOURCE + texts.SOURCE_UNKNOWN


def test_another_session_cannot_open_what_this_one_was_answered(handlers, conversation):
    list(handlers.ask(conversation, QUESTION))
    assert texts.SOURCE_UNKNOWN in handlers.open(Conversation(), "citation/1/1")


def test_a_document_that_changed_after_the_answer_is_not_marked(handlers, conversation, library):
    list(handlers.ask(conversation, QUESTION))
    library.put(make_document(LIGHTHOUSE.id, "The lighthouse", [("paragraph", "All is new.")]))
    outline = Outline(handlers.open(conversation, "citation/1/2"))
    assert texts.SOURCE_CHANGED in outline.text
    assert outline.marks == []


def test_a_document_that_was_removed_after_the_answer_is_said_to_be_gone(handlers, conversation, library):
    list(handlers.ask(conversation, QUESTION))
    library.remove(LIGHTHOUSE.id)
    outline = Outline(handlers.open(conversation, "citation/1/2"))
    assert texts.SOURCE_GONE in outline.text
    assert "Since 2019 the lamp has run on 48 solar panels." in outline.text


def test_an_uploaded_file_is_added_under_its_own_name(handlers, library, tmp_path):
    sent = upload(tmp_path, "note.txt")
    library.pause = 0.05
    shelves = list(handlers.add(session_of(), [sent]))
    states = [Outline(shelf.documents).text for shelf in shelves]
    assert texts.UPLOAD_READING in states[0]
    assert any("Indexing: 2 of 3 chunks" in state for state in states)
    assert texts.UPLOAD_ADDED in states[-1]
    assert library.document("note.txt").text == "The keeper's cat was called Ember."
    assert not Path(sent["path"]).exists()
    assert 'class="count">5<' in shelves[-1].header


@pytest.mark.parametrize(
    ("sent_as", "kept_as"),
    [
        pytest.param("../../etc/note.txt", "note.txt", id="path"),
        pytest.param("C:\\Users\\a\\note.txt", "note.txt", id="windows path"),
        pytest.param("https://example.org/note.txt", "note.txt", id="address"),
        pytest.param("no\u202ete\x00.txt\n", "note.txt", id="invisible characters"),
        pytest.param("Über 10 % \"quoted\" <b>.txt", "Über 10 % \"quoted\" <b>.txt", id="odd but visible"),
        pytest.param("a" * 500 + ".txt", "a" * 196 + ".txt", id="long"),
    ],
)  # fmt: skip
def test_a_files_name_is_never_a_path(handlers, library, tmp_path, sent_as, kept_as):
    list(handlers.add(session_of(), [upload(tmp_path, sent_as)]))
    assert kept_as in {document.id for document in library.documents()}


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        pytest.param("lighthouse.md", b"x", texts.name_taken("lighthouse.md"), id="name taken"),
        pytest.param("synced.md", b"x", "'synced.md' comes from the synced folder /notes", id="id taken"),
        pytest.param("empty.txt", b" ", "it is empty; fill it or remove it", id="cannot be read"),
        pytest.param("..", b"x", texts.UPLOAD_NAMELESS, id="nameless"),
    ],
)
def test_a_skipped_file_has_its_reason_and_the_others_go_on(handlers, library, tmp_path, name, content, reason):
    skipped = upload(tmp_path, name, content)
    before = len(library.documents())
    other = tmp_path / "other"
    other.write_bytes(b"Another text.")
    session = session_of()
    *_, last = handlers.add(session, [skipped, {"name": "other.txt", "path": str(other)}])
    assert texts.skipped(reason) in Outline(last.documents).text
    assert len(library.documents()) == before + 1
    handlers.dismiss(session)
    assert not Path(skipped["path"]).exists()


def test_a_file_that_was_not_sent_is_named_with_its_reason(handlers, library, tmp_path):
    before = library.generation()
    unsent = [
        {"name": f"big {HOSTILE}.pdf", "path": "", "problem": "large"},
        {"name": "lost.pdf", "path": "", "problem": "failed"},
        {"name": "odd.pdf", "path": "", "problem": HOSTILE},
    ]
    *_, last = handlers.add(session_of(), unsent)
    said = assert_safe(last.documents).text
    for name, reason in (
        (f"big {HOSTILE}.pdf".rsplit("/")[-1], "larger than 64 MB"),
        ("lost.pdf", texts.NOT_SENT["failed"]),
        ("odd.pdf", texts.UPLOAD_UNKNOWN),
    ):
        assert name + texts.skipped(reason) in said
    assert library.generation() == before


def test_what_became_of_files_is_said_until_others_are_added_or_it_is_dismissed(handlers, tmp_path):
    session, other = session_of(), session_of()
    reason = texts.skipped("it is empty; fill it or remove it")
    list(handlers.add(session, [upload(tmp_path, "empty.txt", b" ")]))
    assert reason in handlers.refresh(session).documents
    assert reason in handlers.remove(session, "document/default/harbour/fees.txt").documents
    assert reason not in handlers.refresh(other).documents
    *_, last = handlers.add(session, [upload(tmp_path, "note.txt")])
    assert reason not in last.documents
    assert texts.UPLOAD_ADDED in handlers.refresh(session).documents
    assert texts.UPLOAD_ADDED not in handlers.dismiss(session).documents
    assert texts.UPLOAD_ADDED not in handlers.refresh(session).documents


# Another version of a document


def test_a_file_whose_name_is_taken_takes_the_place_of_that_document_when_it_is_told_to(handlers, library, tmp_path):
    session = session_of()
    list(handlers.add(session, [upload(tmp_path, "note.txt", b"The cat was called Ember.")]))
    list(handlers.ask(session, "What does the uploaded note say?"))
    newer = upload(tmp_path, "note.txt", b"The cat was called Ash.")
    *_, last = handlers.add(session, [newer])
    reference = "document/default/note.txt"
    assert assert_safe(last.documents).with_attribute("data-replace") == [reference]
    assert library.document("note.txt").text == "The cat was called Ember."
    *_, last = handlers.replace(session, reference)
    assert library.document("note.txt").text == "The cat was called Ash."
    assert texts.SYNC_UPDATED in last.documents
    assert "data-replace" not in last.documents
    assert not Path(newer["path"]).exists()
    opened = Outline(handlers.open(session, "citation/1/1"))
    assert texts.SOURCE_CHANGED in opened.text
    assert opened.marks == []


def test_replacing_one_of_several_files_leaves_the_reasons_of_the_others(handlers, library, tmp_path):
    session = session_of()
    empty = tmp_path / "empty"
    empty.write_bytes(b" ")
    sent = [upload(tmp_path, "lighthouse.md"), {"name": "empty.txt", "path": str(empty)}]
    list(handlers.add(session, sent))
    *_, last = handlers.replace(session, "document/default/lighthouse.md")
    assert texts.SYNC_UPDATED in last.documents
    assert texts.skipped("it is empty; fill it or remove it") in last.documents


def test_the_same_file_sent_again_can_still_take_the_place_of_the_document(handlers, library, tmp_path):
    session = session_of()
    for _ in range(2):  # the server puts the same bytes at the same place
        *_, last = handlers.add(session, [upload(tmp_path, "lighthouse.md", b"All is new.")])
        assert texts.skipped(texts.name_taken("lighthouse.md")) in last.documents
    list(handlers.replace(session, "document/default/lighthouse.md"))
    assert library.document("lighthouse.md").text == "All is new."


@pytest.mark.parametrize("reference", ["", "document/default/lighthouse.md", "document/default/harbour/fees.txt"])
def test_nothing_is_replaced_by_a_file_that_this_session_does_not_hold(handlers, library, tmp_path, reference):
    list(handlers.add(session_of(), [upload(tmp_path, "lighthouse.md")]))
    before = library.generation()
    list(handlers.replace(session_of(), reference))
    assert library.generation() == before


def test_a_file_that_is_gone_when_it_should_replace_a_document_is_to_be_sent_again(handlers, library, tmp_path):
    session, before = session_of(), library.generation()
    sent = upload(tmp_path, "lighthouse.md")
    list(handlers.add(session, [sent]))
    Path(sent["path"]).unlink()
    *_, last = handlers.replace(session, "document/default/lighthouse.md")
    assert texts.skipped(texts.UPLOAD_UNKNOWN) in last.documents
    assert library.generation() == before


def test_a_document_that_was_added_by_address_is_fetched_again(handlers, library):
    session, address = session_of(), "https://example.org/a"
    library.put(make_document(address, "A page", [("paragraph", "Old words.")], origin=address))
    reference = f"document/default/{address}"
    assert Outline(handlers.refresh(session).documents).with_attribute("data-again") == [reference]
    *_, last = handlers.fetch_again(session, reference)
    assert library.document(address).text == "Words of a page."
    assert texts.SYNC_UPDATED in last.documents


def test_a_document_that_came_as_a_file_is_never_fetched(handlers, library):
    before = library.generation()
    list(handlers.fetch_again(session_of(), "document/default/lighthouse.md"))
    assert library.generation() == before


def test_a_file_that_was_not_sent_to_the_page_is_neither_read_nor_deleted(handlers, library, tmp_path):
    outside = tmp_path.parent / "outside.txt"
    outside.write_text("secret", encoding="utf-8")
    link = tmp_path / "link.txt"
    link.symlink_to(outside)
    for path in (outside, link, tmp_path / "missing.txt", tmp_path):
        *_, last = handlers.add(session_of(), [{"name": "stolen.txt", "path": str(path)}])
        assert texts.skipped(texts.UPLOAD_UNKNOWN) in Outline(last.documents).text
    assert outside.exists()
    assert "stolen.txt" not in {document.id for document in library.documents()}


def test_the_same_words_under_another_name_are_said_to_be_known(handlers, library, tmp_path):
    library.add = lambda path, *, collection, name, progress=None: KEEPERS
    *_, last = handlers.add(session_of(), [upload(tmp_path, "copy.pdf")])
    assert texts.skipped(texts.content_known(KEEPERS.id)) in Outline(last.documents).text


def test_a_removed_document_is_gone_from_the_list_and_from_the_count(handlers, library):
    shelf = handlers.remove(session_of(), "document/default/reports/keepers.pdf")
    assert "keepers.pdf" not in shelf.documents
    assert 'class="count">3<' in shelf.header
    assert handlers.remove(session_of(), "document/default/reports/keepers.pdf").documents == shelf.documents


def test_an_original_is_handed_out_by_id_alone(handlers, original):
    assert handlers.original("default", "lighthouse.md") == (original, "lighthouse.md")
    for collection, name in (("default", "reports/keepers.pdf"), ("x", "lighthouse.md"), ("", "../lighthouse.md")):
        assert handlers.original(collection, name) is None


def test_the_page_offers_every_documents_first_question_before_a_second(handlers):
    *_, shelf = handlers.load(session_of())
    assert Outline(shelf.welcome).with_attribute("data-ask") == [
        "Why was the diesel engine taken out?",
        "Who watches the lamp now?",
        "What does a night in the harbour cost?",
        "How long can the lamp shine without sun?",
        "Are there fees in winter?",
        *texts.ABOUT_THE_DOCUMENTS,
    ]


def test_an_empty_library_asks_for_documents(tmp_path):
    library = FakeLibrary([])
    *_, shelf = Handlers(ready(library, FakeAssistant(library)), uploads=tmp_path).load(session_of())
    assert texts.WELCOME_EMPTY in shelf.welcome
    assert texts.NO_DOCUMENTS in shelf.documents


class SlowLibrary(FakeLibrary):
    """Waits in the middle of a sync; one document is there from the start if `filled`."""

    def __init__(self, *, filled: bool) -> None:
        super().__init__([LIGHTHOUSE] if filled else [])
        self.go = Event()

    def sync(self, folder, *, progress=None):
        progress(Progress("embedding", 1, 4))
        assert self.go.wait(10)
        self.put(KEEPERS)
        return SyncReport(added=(KEEPERS.id,), failed=(Failure("broken.pdf", "it is encrypted"),))


def test_while_the_first_documents_are_read_the_page_says_how_far_it_is(tmp_path, conversation):
    library = SlowLibrary(filled=False)
    opening = Opening(lambda progress: library, FakeAssistant, sources=tmp_path).begin()
    handlers = Handlers(opening, uploads=tmp_path)
    shelves = handlers.load(session_of())
    first = next(shelf for shelf in shelves if "1 of 4" in shelf.header)
    assert 'value="0.250"' in first.welcome
    assert next(p for p in handlers.ask(conversation, "Who watches?") if "1 of 4" in p["html"])
    assert texts.SOURCE_UNKNOWN in handlers.open(conversation, "document/default/lighthouse.md")
    assert handlers.original("default", "lighthouse.md") is None
    library.go.set()
    *_, last = shelves
    assert 'class="count">1<' in last.header
    assert texts.skipped("it is encrypted") in Outline(last.documents).text


def test_a_library_that_has_documents_answers_while_it_is_synced(tmp_path, conversation):
    library = SlowLibrary(filled=True)
    handlers = Handlers(Opening(lambda progress: library, FakeAssistant, sources=tmp_path).begin(), uploads=tmp_path)
    shelves = handlers.load(session_of())
    during = next(shelf for shelf in shelves if 'class="count">1<' in shelf.header)
    assert "Learning what they say: 1 of 4" in during.header
    *_, answered = handlers.ask(conversation, QUESTION)
    assert not answered["working"]
    library.go.set()
    *_, last = shelves
    assert 'class="count">2<' in last.header
    assert "note" not in dict(Outline(last.header).elements).get("span", {}).get("class", "")


def test_a_library_that_cannot_be_opened_is_said_on_the_page_and_to_the_server(tmp_path, conversation):
    def fail(progress):
        raise KnowledgeError("Another process writes to it.")

    told = Event()
    opening = Opening(fail, FakeAssistant)
    opening.when_failed(told.set)
    handlers = Handlers(opening.begin(), uploads=tmp_path)
    *_, shelf = handlers.load(session_of())
    assert "Another process writes to it." in shelf.welcome
    *_, last = handlers.ask(conversation, QUESTION)
    assert "Another process writes to it." in last["html"]
    assert told.wait(5)
    assert isinstance(opening.failure, KnowledgeError)
    told.clear()
    opening.when_failed(told.set)
    assert told.is_set()


def test_the_library_is_closed_when_it_is_not_at_work(library, assistant):
    closed = []
    library.close = lambda: closed.append(True)
    ready(library, assistant).close()
    assert closed == [True]
