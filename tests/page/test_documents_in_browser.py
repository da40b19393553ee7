"""Collections, addresses, the folder, and a sentence to check, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from assistant.page import texts
from assistant.page.opening import Opening
from knowledge import SyncReport
from tests.page.conftest import ready, served
from tests.page.fakes import HARBOUR, KEEPERS, LIGHTHOUSE, FakeAssistant, FakeLibrary
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


DROP = """() => {
  const files = new DataTransfer();
  files.items.add(new File(["Words."], "note.txt"));
  for (const kind of ["dragover", "drop"]) {
    document.dispatchEvent(new DragEvent(kind, { dataTransfer: files, bubbles: true, cancelable: true }));
  }
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
def test_where_everyone_reaches_the_page_it_says_why_documents_cannot_be_changed(visit, tmp_path, width, scheme):
    library = FakeLibrary([LIGHTHOUSE, KEEPERS])
    with served(ready(library, FakeAssistant(library)), tmp_path, host="0.0.0.0") as address:
        page = visit(address, width=width, scheme=scheme)
        page.click("[data-documents]")
        page.wait_for_selector("#documents .documents")
        photograph(page, f"read-only-{width}-{scheme}")
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
