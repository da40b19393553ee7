"""The page over the real library and the real assistant, from the enclosed documents to the marked words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant import Assistant, ScriptedChatModel
from assistant.page import texts
from assistant.page.opening import Opening
from assistant.records import Records
from knowledge import Library
from tests.page.conftest import ready, served
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


def test_a_follow_up_says_what_was_searched_and_how_its_answer_came_to_be(visit, enclosed):
    page = visit(enclosed[0])
    ask(page, "Why did SpaceX buy Cursor?")
    wait_for_answer(page)
    assert page.locator("#exchange-1 .asked-as").count() == 0
    ask(page, "How much did it pay?")
    wait_for_answer(page, 2)
    assert "$60 billion" in page.locator("#exchange-2 .statements").inner_text()
    assert page.locator("#exchange-2 .asked-as summary").inner_text().startswith(f"{texts.ASKED_AS} ")
    searched = page.locator("#exchange-2 .asked-as q").inner_text()
    assert searched.startswith("How much did it pay?")
    assert {"SpaceX", "Cursor"} <= set(re.findall(r"\w+", searched))
    page.click("#exchange-2 .why summary")
    photograph(page, "library-why")
    why = page.locator("#exchange-2 .why")
    assert re.search(r"the documents answer about \d+\.", why.inner_text())
    groups = why.locator("h3").all_inner_texts()
    assert groups[:2] == [texts.WHY_USED, texts.WHY_UNUSED]
    cited = {chip.get_attribute("data-quote") for chip in page.locator("#exchange-2 .statements .chip").all()}
    used = why.locator(".considered").first
    assert set(used.locator(".quote").all_inner_texts()) <= cited
    scores = why.locator(".considered .score").all_inner_texts()
    assert len(scores) == why.locator(".considered .quote").count() > 1
    assert all(re.fullmatch(r"[01]\.\d\d", score) for score in scores)
    steps = [row.inner_text().split("\n") for row in why.locator(".steps li").all()]
    told = [texts.STEPS[name] for name in ("recognise", "rewrite", "retrieve", "read", "match", "quote", "cite")]
    assert [name.split(":")[0] for name, _ in steps][: len(told)] == told
    times = [seconds for _, seconds in steps] + [why.locator(".total").inner_text()]
    assert all(re.fullmatch(r"\d+ ms|\d+\.\d s", one) for one in times), times


def test_what_a_model_wrote_and_the_sources_do_not_support_is_counted_and_not_shown(visit, enclosed, tmp_path):
    library, price = enclosed[1], "SpaceX is paying $60 billion, all of it in its own shares."
    question, listening = "What does SpaceX pay for Cursor?", ScriptedChatModel(script=["Nothing."])
    Assistant(library, model=listening).ask(question)
    (number,) = re.findall(rf"\[(\d+)\] {re.escape(price)}", str(listening.asked[0][-1].content))
    wrote = (
        f"SpaceX is paying $60 billion in its own shares. [{number}]\n",
        "It pays $99 billion. [1]\n",
        "In gold. [1]",
    )
    writing = Assistant(library, model=ScriptedChatModel(script=wrote))
    with served(ready(library, writing), tmp_path) as address:
        page = visit(address)
        ask(page, question)
        wait_for_answer(page)
        assert page.locator(".beside").all_inner_texts() == [
            "2 sentences were withheld because the sources do not support what was written."
        ]
        answer = page.locator(".statements").inner_text()
        assert answer.startswith("SpaceX is paying $60 billion in its own shares.")
        assert "$99" not in page.content()
        page.locator(".statements .chip").first.click()
        assert current_mark(page) == price


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


def test_after_a_restart_a_conversation_has_the_same_words_and_its_citations_open(visit, enclosed, tmp_path):
    library = enclosed[1]
    with (
        Records(tmp_path / "records.db") as records,
        served(ready(library, Assistant(library)), tmp_path, records=records) as address,
    ):
        page = visit(address)
        ask(page, "Why did SpaceX buy Cursor?")
        wait_for_answer(page)
        page.wait_for_selector("[data-conversation]")
        said = page.locator("#exchange-1 .statements").inner_text()
        chip = page.locator("#exchange-1 .statements .chip").first
        quote = chip.get_attribute("data-quote")
    visit.broken.clear()  # the page heard that the server went away
    port = int(address.rpartition(":")[2])
    with (
        Records(tmp_path / "records.db") as records,
        served(ready(library, Assistant(library)), tmp_path, records=records, port=port),
    ):
        page.reload()
        page.wait_for_selector("#exchange-1 .byline")
        assert page.locator("#exchange-1 .statements").inner_text() == said
        page.locator("#exchange-1 .statements .chip").first.click()
        assert "".join(current_mark(page).split()) == "".join(quote.split())
        ask(page, "How much did it pay?")
        wait_for_answer(page, 2)
        assert "$60 billion" in page.locator("#exchange-2 .statements").inner_text()  # it knows what "it" is
        visit.broken.clear()
