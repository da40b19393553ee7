"""Collections, addresses, the folder, and a sentence to check, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from assistant.page import texts
from assistant.page.opening import Opening
from knowledge import SyncReport
from tests.page.conftest import assert_fits_and_bars_nobody, ready, served
from tests.page.fakes import HARBOUR, KEEPERS, LIGHTHOUSE, FakeAssistant, FakeLibrary, make_document
from tests.page.test_browser import ask, current_mark, photograph, wait_for_answer

QUESTION = "How long can the lamp shine without sun?"


@pytest.fixture
def shelves(original, tmp_path) -> Iterator[tuple[str, FakeLibrary, FakeAssistant]]:
    library = FakeLibrary([LIGHTHOUSE, KEEPERS, replace(HARBOUR, collection="harbour-office")], original)
    assistant = FakeAssistant(library)
    opening = Opening(lambda progress: library, lambda opened: assistant, sources=tmp_path).begin()
    assert opening.finished.wait(5)
    with served(opening, tmp_path) as address:
        yield address, library, assistant


def test_a_question_is_asked_of_the_chosen_collections_by_keyboard(visit, shelves):
    address, _, assistant = shelves
    page = visit(address, width=1280)
    page.wait_for_selector(".chooser")
    page.focus(".chooser summary")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    photograph(page, "chooser-desktop-light")
    assert page.locator(".chooser summary").inner_text() == "harbour-office"
    page.keyboard.press("Escape")
    assert page.locator(".chooser[open]").count() == 0
    ask(page, QUESTION)
    wait_for_answer(page)
    assert assistant.asked_of == [("harbour-office",)]


def test_at_least_one_collection_is_asked_and_a_new_one_is_asked_too(visit, shelves):
    address, _, assistant = shelves
    page = visit(address)
    page.click(".chooser summary")
    page.uncheck(".chooser [value=default]")
    page.click(".chooser [value=harbour-office]")
    assert page.is_checked(".chooser [value=harbour-office]")
    page.click("[data-documents]")
    page.fill("[data-into]", "letters")
    page.set_input_files(
        "#documents input[type=file]", [{"name": "a.txt", "mimeType": "text/plain", "buffer": b"Dear Ember."}]
    )
    page.wait_for_selector(".uploads .added")
    assert page.input_value("[data-into]") == "letters"
    assert page.locator(".chooser summary").inner_text() == "2 of 3 collections"
    ask(page, QUESTION)
    wait_for_answer(page)
    assert assistant.asked_of == [("harbour-office", "letters")]


def test_an_address_is_added_with_enter_and_one_that_does_not_answer_says_why(visit, shelves):
    address, library, _ = shelves
    page = visit(address)
    page.click("[data-documents]")
    page.fill(".address input", "https://example.org/a")
    page.keyboard.press("Enter")
    page.wait_for_selector(".uploads .added")
    assert library.document("https://example.org/a").text == "Words of a page."
    page.fill(".address input", "https://nowhere.example/")
    page.click("[data-fetch]")
    page.wait_for_selector(".uploads .skipped >> text=the address does not answer")


def test_the_folder_is_read_again_and_what_changed_is_listed(visit, shelves):
    address, library, _ = shelves
    library.reports.append(SyncReport(added=("new.md",), removed=("old.md",)))
    page = visit(address)
    page.click("[data-documents]")
    page.click("[data-sync]")
    page.wait_for_selector(f".uploads >> text={texts.SYNC_REMOVED}")
    assert page.locator(".uploads .name").all_inner_texts() == ["new.md", "old.md"]


def test_a_document_that_is_looked_at_leads_back_to_the_list(visit, shelves):
    page = visit(shelves[0])
    page.click("[data-documents]")
    page.click("[data-open$='lighthouse.md']")
    page.wait_for_selector("#source .document h3")
    page.click("#source [data-close]")
    assert page.locator("#documents .documents").first.is_visible()
    assert page.evaluate("document.activeElement.dataset.open").endswith("lighthouse.md")
    page.click("#documents [data-close]")
    assert page.locator(".panel:visible").count() == 0


SENDING = """() => {
  window.sending = [];
  const line = document.querySelector(".sending");
  new MutationObserver(() => line.textContent && window.sending.push(line.textContent))
    .observe(line, { childList: true, characterData: true, subtree: true });
}"""


def results(page) -> list[tuple[str, str]]:
    """The names and the states of what was added last."""
    rows = page.locator(".uploads li").all()
    return [(row.locator(".name").inner_text(), row.locator(".state").inner_text()) for row in rows]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
def test_every_file_is_named_with_what_became_of_it_also_when_the_documents_are_opened_again(
    visit, shelves, tmp_path, axe, width, scheme
):
    files = {name: tmp_path / name for name in ("note.txt", "empty.txt", "blank.txt", "big.pdf")}
    for path in files.values():
        path.write_bytes(b" ")
    files["note.txt"].write_bytes(b"The keeper's cat was called Ember.")
    with files["big.pdf"].open("wb") as big:
        big.truncate(texts.UPLOAD_LIMIT * 2**20 + 1)  # no room on the disk is taken
    page = visit(shelves[0], width=width, scheme=scheme)
    page.click("[data-documents]")
    page.evaluate(SENDING)
    page.set_input_files("#documents input[type=file]", list(files.values()))
    page.wait_for_selector("[data-dismiss]")
    expected = [
        ("note.txt", texts.UPLOAD_ADDED),
        ("empty.txt", texts.skipped("it is empty; fill it or remove it")),
        ("blank.txt", texts.skipped("it is empty; fill it or remove it")),
        ("big.pdf", "Skipped: larger than 64 MB."),
    ]
    assert results(page) == expected
    assert page.evaluate("window.sending") == ["Sending 1 of 3…", "Sending 2 of 3…", "Sending 3 of 3…"]
    photograph(page, f"uploads-{width}-{scheme}")
    assert_fits_and_bars_nobody(page, axe)
    page.click("[data-remove$='note.txt']")
    assert_fits_and_bars_nobody(page, axe)
    page.click("dialog[open] [value=keep]")
    page.click("#documents [data-close]")
    page.click("[data-documents]")
    page.wait_for_timeout(500)  # the list is asked for anew
    assert results(page) == expected
    page.focus("[data-dismiss]")
    page.keyboard.press("Enter")
    page.wait_for_selector(".uploads", state="detached")
    assert page.evaluate("document.activeElement.closest('#documents') !== null")


def test_a_file_that_does_not_reach_the_server_is_named_and_the_next_is_added(visit, shelves):
    page = visit(shelves[0])
    page.click("[data-documents]")
    page.route("**/gradio_api/upload*", lambda route: route.abort(), times=1)
    page.set_input_files(
        "#documents input[type=file]",
        [{"name": name, "mimeType": "text/plain", "buffer": b"Words."} for name in ("lost.txt", "note.txt")],
    )
    page.wait_for_selector("[data-dismiss]")
    assert results(page) == [
        ("lost.txt", texts.skipped(texts.NOT_SENT["failed"])),
        ("note.txt", texts.UPLOAD_ADDED),
    ]
    assert "ERR_FAILED" in visit.broken.pop()


def test_a_newer_file_takes_the_place_of_the_document_of_its_name_and_old_citations_say_so(visit, shelves, axe):
    address, library, _ = shelves
    page = visit(address)

    def send(words: str) -> None:
        page.set_input_files(
            "#documents input[type=file]", [{"name": "note.txt", "mimeType": "text/plain", "buffer": words.encode()}]
        )

    page.click("[data-documents]")
    send("The keeper's cat was called Ember.")
    page.wait_for_selector(".uploads .added")
    ask(page, "What does the uploaded note say?")
    wait_for_answer(page)
    send("The keeper's cat was called Ash.")
    page.wait_for_selector("[data-replace]")
    photograph(page, "replace-desktop-light")
    assert_fits_and_bars_nobody(page, axe)
    assert results(page) == [("note.txt", texts.skipped(texts.name_taken("note.txt")))]
    page.focus("[data-replace]")
    page.keyboard.press("Enter")
    page.wait_for_selector(f".uploads .added >> text={texts.SYNC_UPDATED}")
    assert library.document("note.txt").text == "The keeper's cat was called Ash."
    assert page.evaluate("document.activeElement.closest('#documents') !== null")
    page.locator("#exchange-1 .chip").first.click()
    page.wait_for_selector(f"#source >> text={texts.SOURCE_CHANGED}")
    assert page.locator("mark").count() == 0
    assert "Ember" in page.locator("#source blockquote").inner_text()
    ask(page, "What does the uploaded note say?")
    wait_for_answer(page, 2)
    page.locator("#exchange-2 .chip").first.click()
    assert current_mark(page) == "The keeper's cat was called Ash."


def test_an_address_is_fetched_again_with_its_button(visit, shelves):
    address, library, _ = shelves
    old = make_document("https://example.org/a", "A", [("paragraph", "Old words.")], origin="https://example.org/a")
    library.put(old)
    page = visit(address, width=375)
    page.click("[data-documents]")
    page.focus("[data-again]")
    photograph(page, "fetch-again-375-light")
    page.keyboard.press("Enter")
    page.wait_for_selector(f".uploads .added >> text={texts.SYNC_UPDATED}")
    assert library.document(old.id).text == "Words of a page."


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
def test_a_long_list_of_documents_is_filtered_by_title_or_name_by_keyboard(visit, shelves, axe, width, scheme):
    address, library, _ = shelves
    for number in range(17):
        library.put(make_document(f"tides/{number}.txt", f"Tide table {number}", [("paragraph", "High at noon.")]))
    page = visit(address, width=width, scheme=scheme)
    page.click("[data-documents]")
    field, count = page.locator("#documents [data-filter]"), page.locator(".filter .count")
    field.focus()
    page.keyboard.type("TIDES 1")
    assert count.inner_text() == "8 of 20"
    assert page.locator(".documents li:visible").count() == 8
    assert page.locator(".collection:visible").all_inner_texts() == ["default 19"]
    photograph(page, f"filter-{width}-{scheme}")
    assert_fits_and_bars_nobody(page, axe)
    page.click("[data-remove$='tides/1.txt']")
    page.click("dialog[open] [value=remove]")
    page.wait_for_selector("[data-remove$='tides/1.txt']", state="detached")
    assert count.inner_text() == "7 of 19"  # the list was drawn anew
    assert page.locator(".documents li:visible").count() == 7
    field.fill("fees")
    assert page.locator(".documents li:visible .title").all_inner_texts() == [HARBOUR.title]
    field.fill("zeppelin")
    assert count.inner_text() == "0 of 19"
    field.press("Escape")
    assert count.inner_text() == ""
    assert page.locator(".documents li:visible").count() == 19
    assert page.locator("#documents .panel").is_visible()


DROP = """() => {
  const files = new DataTransfer();
  files.items.add(new File(["Words."], "note.txt"));
  for (const kind of ["dragover", "drop"]) {
    document.dispatchEvent(new DragEvent(kind, { dataTransfer: files, bubbles: true, cancelable: true }));
  }
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
def test_where_everyone_reaches_the_page_it_says_why_documents_cannot_be_changed(visit, tmp_path, axe, width, scheme):
    library = FakeLibrary([LIGHTHOUSE, KEEPERS])
    with served(ready(library, FakeAssistant(library)), tmp_path, host="0.0.0.0") as address:
        page = visit(address, width=width, scheme=scheme)
        page.click("[data-documents]")
        page.wait_for_selector("#documents .documents")
        photograph(page, f"read-only-{width}-{scheme}")
        assert_fits_and_bars_nobody(page, axe)
        assert page.locator("#documents .notice").all_inner_texts() == [texts.READ_ONLY]
        assert page.locator("#documents :is(.drop, .address, .into, [data-remove], [data-sync])").count() == 0
        page.evaluate(DROP)
        page.click("#documents [data-open$='lighthouse.md']")
        page.wait_for_selector("#source .document >> text=48 solar panels")
        assert len(library.documents()) == 2
        assert not any(path.is_file() for path in tmp_path.rglob("*"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("size", "width"), [("phone", 375), ("desktop", 1280), ("wide", 1920)])
def test_a_sentence_is_checked_and_its_sources_open(visit, shelves, size, width, scheme):
    page = visit(shelves[0], width=width, height=800, scheme=scheme)
    page.click("[data-check]")
    page.wait_for_selector("#check textarea:focus")
    page.keyboard.type("The lamp has 50 solar panels.")
    page.keyboard.press("Enter")
    page.wait_for_selector(".verdict.contradicted")
    photograph(page, f"check-{size}-{scheme}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert "The sentence says 50, the source 48." in page.locator(".verdict").inner_text()
    page.locator(".verdict .nearest button").first.click()
    assert current_mark(page) == "Since 2019 the lamp has run on 48 solar panels."
    page.keyboard.press("Escape")
    assert page.locator(".verdict").is_visible()
    assert page.locator("#check textarea").input_value() == "The lamp has 50 solar panels."
