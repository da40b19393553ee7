"""The page over the real library and the real assistant, from the enclosed documents to the marked words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant import Assistant
from assistant.page import texts
from assistant.page.opening import Opening
from knowledge import Library
from tests.page.conftest import served
from tests.page.fakes import HOSTILE
from tests.page.test_browser import ask, current_mark, photograph, wait_for_answer

SOURCES = Path(__file__).parents[2] / "knowledge" / "sources"


@pytest.fixture(scope="module")
def enclosed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Library]]:
    folder = tmp_path_factory.mktemp("page")
    opening = Opening(lambda progress: Library.open(folder / "library"), Assistant, sources=SOURCES).begin()
    with served(opening, folder) as address:
        assert opening.finished.wait(120)
        assert opening.failure is None
        yield address, opening.library
    opening.close()


def test_a_key_question_of_the_documents_is_answered_and_every_citation_opens_its_exact_words(visit, enclosed):
    address, library = enclosed
    page = visit(address)
    page.wait_for_selector(".card")
    photograph(page, "library-welcome")
    page.locator(".card").first.click()
    wait_for_answer(page)
    chips = page.locator("#exchange-1 .statements .chip")
    assert chips.count() >= 1
    for place in range(chips.count()):
        quote = chips.nth(place).get_attribute("data-quote")
        chips.nth(place).click()
        page.wait_for_selector(f"mark.current[data-quote-of='{chips.nth(place).get_attribute('data-open')}']")
        assert "".join(current_mark(page).split()) == "".join(quote.split())  # a mark in each block
        assert any(quote in library.document(one.id).text for one in library.documents())
    photograph(page, "library-source")


def test_what_the_documents_do_not_say_is_refused(visit, enclosed):
    page = visit(enclosed[0])
    ask(page, "Which bakery in Lisbon sells the best custard tart?")
    page.wait_for_selector("#exchange-1 .refusal")
    assert page.locator(".refused").inner_text() == texts.REFUSED
    page.locator(".nearest button").first.click()
    assert current_mark(page) == page.locator(".nearest .quote").first.text_content()


def test_an_uploaded_file_is_answered_from_and_its_markup_is_text(visit, enclosed):
    address, library = enclosed
    page = visit(address)
    page.click("[data-documents]")
    note = f"The ferry to Fara leaves at noon on Sundays {HOSTILE}.\n\nIt carries twelve passengers and one goat.\n"
    page.set_input_files(
        "#documents input[type=file]",
        [
            {"name": "ferry.txt", "mimeType": "text/plain", "buffer": note.encode()},
            {"name": "broken.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 nothing more"},
        ],
    )
    page.wait_for_selector(".uploads .skipped")
    assert page.locator(".uploads .added .name").inner_text() == "ferry.txt"
    assert library.original("ferry.txt").read_bytes() == note.encode()
    ask(page, "When does the ferry to Fara leave?")
    wait_for_answer(page)
    assert page.locator("#exchange-1 .statements .chip").count(), page.locator("#exchange-1").inner_text()
    page.locator("#exchange-1 .statements .chip").first.click()
    assert "The ferry to Fara leaves at noon on Sundays" in current_mark(page)
    assert HOSTILE.split("`")[0] in page.locator("#source .document").inner_text()
    assert page.evaluate("window.attacked") is None
    page.click("[data-documents]")
    page.click("[data-remove$='ferry.txt']")
    page.click("dialog[open] [value=remove]")
    page.wait_for_selector("[data-remove$='ferry.txt']", state="detached")
    assert "ferry.txt" not in {document.id for document in library.documents()}
