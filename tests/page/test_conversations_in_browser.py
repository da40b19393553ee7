"""Conversations in a real browser: kept, listed, searched, renamed, deleted, edited, judged."""

from __future__ import annotations

import hashlib
import re
import statistics
from collections.abc import Iterator
from dataclasses import replace

import pytest

from assistant.page import texts
from assistant.records import Records
from tests.page.conftest import assert_fits_and_bars_nobody, ready, served
from tests.page.fakes import HARBOUR, KEEPERS, LIGHTHOUSE, TRAP, FakeAssistant, FakeLibrary, make_document
from tests.page.test_browser import CONTRAST, QUESTION, SIZES, ask, current_mark, photograph, wait_for_answer

REFUSED = "Who owns the quarry?"


@pytest.fixture(scope="module")
def records(tmp_path_factory) -> Iterator[Records]:
    with Records(tmp_path_factory.mktemp("records") / "records.db") as records:
        yield records


@pytest.fixture(scope="module")
def village(original, tmp_path_factory, records) -> Iterator[tuple[str, FakeLibrary, FakeAssistant]]:
    """One server for all; each test comes with a browser that nobody has seen yet."""
    library = FakeLibrary([LIGHTHOUSE, KEEPERS, HARBOUR, TRAP], original)
    assistant = FakeAssistant(library)
    with served(ready(library, assistant), tmp_path_factory.mktemp("uploads"), records=records) as address:
        yield address, library, assistant


@pytest.fixture
def address(village) -> str:
    return village[0]


def titles(page) -> list[str]:
    return page.locator(".conversations [data-conversation]").all_inner_texts()


def wait_for_titles(page, *expected: str) -> None:
    page.wait_for_function(
        "expected => JSON.stringify([...document.querySelectorAll('[data-conversation]')].map((e) => e.title)) =="
        " JSON.stringify(expected)",
        arg=list(expected),
    )


def converse(page, *questions: str) -> None:
    page.click("[data-new]")
    page.wait_for_selector(".exchange", state="detached")
    for number, question in enumerate(questions, start=1):
        ask(page, question)
        wait_for_answer(page, number)


def test_a_conversation_is_listed_by_its_first_question_and_is_there_again_after_a_reload(visit, address):
    page = visit(address)
    page.wait_for_selector(f"text={texts.CONVERSATIONS_NONE}")
    ask(page, QUESTION)
    wait_for_answer(page)
    wait_for_titles(page, QUESTION)
    shown = page.locator("#exchange-1 .statements").inner_text()
    page.reload()
    page.wait_for_selector("#exchange-1 .byline")
    assert page.locator("#exchange-1 .statements").inner_text() == shown
    assert page.locator("#exchange-1 .ask-next button").count() == 2
    page.locator(".chip").nth(1).click()
    assert current_mark(page) == "Since 2019 the lamp has run on 48 solar panels."


def test_going_from_one_conversation_to_another_and_back_in_the_browser(visit, address):
    page = visit(address)
    converse(page, QUESTION)
    converse(page, REFUSED, "And why was the diesel engine taken out?")
    wait_for_titles(page, REFUSED, QUESTION)
    page.click(f"[data-conversation]:has-text('{QUESTION}')")
    page.wait_for_selector("#exchange-2", state="detached")
    assert page.locator("#exchange-1 .question").inner_text() == QUESTION
    assert page.locator(".conversations [aria-current]").inner_text() == QUESTION
    page.go_back()
    page.wait_for_selector("#exchange-2")
    assert page.locator("#exchange-1 .question").inner_text() == REFUSED
    ask(page, "Is there more about the sun?")
    wait_for_answer(page, 3)
    page.go_forward()
    page.wait_for_selector("#exchange-2", state="detached")


def test_an_old_answer_whose_document_has_changed_since_says_so(visit, village):
    address, library, _ = village
    page = visit(address)
    ask(page, QUESTION)
    wait_for_answer(page)
    library.put(make_document(LIGHTHOUSE.id, "The lighthouse", [("paragraph", "All is new.")]))
    page.reload()
    page.wait_for_selector("#exchange-1 .byline")
    page.locator(".chip").nth(1).click()
    page.wait_for_selector(f"text={texts.SOURCE_CHANGED}")
    library.put(LIGHTHOUSE)
    assert page.locator("mark").count() == 0


def test_conversations_are_searched_by_the_words_of_questions_and_answers(visit, address):
    page = visit(address)
    converse(page, QUESTION)
    converse(page, REFUSED)
    page.fill(".search input", "telephone")
    wait_for_titles(page, QUESTION)
    page.fill(".search input", "quarry")
    wait_for_titles(page, REFUSED)
    page.fill(".search input", "zeppelin")
    page.wait_for_selector(f"text={texts.CONVERSATIONS_NOT_FOUND}")
    page.fill(".search input", "")
    wait_for_titles(page, REFUSED, QUESTION)


def test_a_conversation_is_renamed_and_deleted_by_keyboard(visit, address):
    page = visit(address)
    named = "The lamp <img src=x onerror='window.attacked = true'>"
    converse(page, QUESTION)
    wait_for_titles(page, QUESTION)
    page.locator("[data-rename]").focus()
    page.keyboard.press("Enter")
    page.keyboard.type(named)
    page.keyboard.press("Enter")
    wait_for_titles(page, named)
    assert page.evaluate("document.activeElement.matches('[data-conversation]')")
    page.locator("[data-rename]").focus()
    page.keyboard.press("Enter")
    page.keyboard.type("Not this")
    page.keyboard.press("Escape")
    assert titles(page)[0].startswith("The lamp")
    page.reload()
    page.wait_for_selector("[data-conversation]:has-text('The lamp')")
    page.locator("[data-forget]").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open]")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"text={texts.CONVERSATIONS_NONE}")
    page.wait_for_selector(".exchange", state="detached")
    assert page.evaluate("location.hash") == ""
    assert page.evaluate("window.attacked") is None


def test_a_conversation_is_downloaded_as_markdown_by_keyboard_and_by_nobody_else(visit, address):
    page, other = visit(address), visit(address)
    converse(page, QUESTION, REFUSED)
    wait_for_titles(page, QUESTION)
    page.locator("[data-download]").focus()
    photograph(page, "download-desktop-light")
    with page.expect_download() as downloading:
        page.keyboard.press("Enter")
    assert downloading.value.suggested_filename == "How long can the lamp shine without sun_.md"
    words = downloading.value.path().read_text(encoding="utf-8")
    assert words.startswith(f"# {QUESTION}\n\n## {QUESTION}\n\nThe diesel engine was taken out because")
    assert "> Since 2019 the lamp has run on 48 solar panels.\n\n[3] How the lighthouse of Fara is powered" in words
    assert f"## {REFUSED}\n\nThe documents do not say." in words
    link = page.locator("[data-download]").get_attribute("href")
    status = "async (link) => (await fetch(link)).status"
    assert page.evaluate(status, link) == 200
    assert other.evaluate(status, link) == 404
    assert "404" in visit.broken.pop()


def test_two_browsers_never_see_each_others_conversations(visit, address):
    first, second = visit(address), visit(address)
    ask(first, QUESTION)
    wait_for_answer(first)
    second.reload()
    second.wait_for_selector(f"text={texts.CONVERSATIONS_NONE}")
    second.goto(first.url)
    second.reload()
    second.wait_for_selector(f"text={texts.CONVERSATION_GONE}", state="attached")
    assert second.locator(".exchange").count() == 0
    assert titles(second) == []
    second.evaluate(
        "document.querySelector('.exchanges').innerHTML = '<button data-open=\"citation/1/1\">x</button>';"
        "document.querySelector('.exchanges button').click()"
    )
    second.wait_for_selector(f"text={texts.SOURCE_UNKNOWN}")


def test_the_cookie_cannot_be_read_by_a_script_nor_be_sent_from_elsewhere(visit, address):
    page = visit(address)
    (cookie,) = page.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")
    assert re.fullmatch(r"[\w-]{43}", cookie["value"])
    assert page.evaluate("document.cookie") == ""


def test_a_question_is_edited_and_what_followed_it_is_replaced(visit, village):
    address, _, assistant = village
    page = visit(address)
    converse(page, QUESTION, "Who owns the mill?", REFUSED)
    page.locator("[data-edit='2']").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Control+A")
    page.keyboard.type("Why was the diesel engine taken out?")
    page.keyboard.press("Enter")
    page.wait_for_selector("#exchange-2 .byline")
    page.wait_for_selector("#exchange-3", state="detached")
    assert page.locator("#exchange-2 .question").inner_text() == "Why was the diesel engine taken out?"
    assert [turn.question for turn in assistant.histories[-1]] == [QUESTION]
    page.reload()
    page.wait_for_selector("#exchange-2 .byline")
    assert page.locator(".exchange").count() == 2


def test_an_edit_that_is_given_up_changes_nothing(visit, address):
    page = visit(address)
    converse(page, QUESTION)
    page.locator("[data-edit='1']").click()
    page.keyboard.type("something else")
    page.keyboard.press("Escape")
    assert page.locator("#exchange-1 .question").inner_text() == QUESTION
    assert page.evaluate("document.activeElement.matches('[data-edit]')")


def test_an_answer_is_judged_in_words_and_the_judgement_can_be_changed(visit, address, records):
    page = visit(address)
    ask(page, QUESTION)
    wait_for_answer(page)
    page.click(f"text={texts.JUDGE}")
    page.locator("[data-judge='wrong citation']").press("Enter")
    page.wait_for_selector(f".feedback summary:has-text('{texts.judged('wrong citation')}')")
    assert page.evaluate("document.activeElement.dataset.judge") == "wrong citation"
    page.fill(".feedback textarea", "The second is about something else.")
    page.locator("#question").focus()
    page.wait_for_timeout(300)
    (judged,) = records.judged()
    assert (judged.exchange.judgement, judged.exchange.words) == (
        "wrong citation",
        "The second is about something else.",
    )
    page.reload()
    page.click(f".feedback summary:has-text('{texts.judged('wrong citation')}')")
    assert page.locator(".feedback textarea").input_value() == "The second is about something else."
    page.click("[data-judge='right']")
    page.wait_for_selector(f".feedback summary:has-text('{texts.judged('right')}')")
    page.click("[data-judge='right']")
    page.wait_for_selector(f".feedback summary:has-text('{texts.JUDGE}')")
    assert list(records.judged()) == []


@pytest.mark.parametrize(
    ("question", "judgement"),
    [
        (QUESTION, "right"),
        (QUESTION, "wrong"),
        (QUESTION, "wrong citation"),
        (QUESTION, "should have refused"),
        (REFUSED, "should have answered"),
    ],
)
def test_each_judgement_is_recorded_with_its_words_and_is_there_after_a_reload(
    visit, address, records, question, judgement
):
    page = visit(address)
    ask(page, question)
    wait_for_answer(page)
    page.click(f"text={texts.JUDGE}")
    page.click(f"[data-judge='{judgement}']")
    page.fill(".feedback textarea", f"It is {judgement}.")
    page.locator("#question").focus()
    chosen = f".feedback summary:has-text('{texts.judged(judgement)}')"
    page.wait_for_selector(chosen)
    page.wait_for_function("document.querySelector('.feedback textarea').textContent !== ''")  # it came back
    page.reload()
    page.click(chosen)
    assert page.locator("[data-judge][aria-pressed=true]").get_attribute("data-judge") == judgement
    assert page.locator(".feedback textarea").input_value() == f"It is {judgement}."
    (judged,) = [one.exchange for one in records.judged() if one.exchange.words]
    assert (judged.question, judged.judgement, judged.words) == (question, judgement, f"It is {judgement}.")
    page.click(f"[data-judge='{judgement}']")  # the same again takes it back
    page.wait_for_selector(f".feedback summary:has-text('{texts.JUDGE}')")
    assert not any(one.exchange.words for one in records.judged())


def test_what_can_be_said_of_an_answer_comes_into_sight_when_it_is_unfolded(visit, address):
    page = visit(address, width=1280, height=700)
    ask(page, REFUSED)
    wait_for_answer(page)
    page.evaluate(
        "() => { const log = document.querySelector('.exchanges'), line = log.querySelector('.feedback summary');"
        " log.style.height = `${line.getBoundingClientRect().bottom - log.getBoundingClientRect().top + 4}px` }"
    )
    page.click(".feedback summary")
    page.wait_for_function(
        "() => document.querySelector('.feedback').getBoundingClientRect().bottom"
        " <= document.querySelector('.exchanges').getBoundingClientRect().bottom + 1"
    )


def test_what_can_be_said_of_a_refusal_is_that_it_should_have_answered(visit, address):
    page = visit(address)
    ask(page, REFUSED)
    wait_for_answer(page)
    page.click(f"text={texts.JUDGE}")
    assert page.locator("[data-judge]").all_inner_texts() == ["Right", "Should have answered"]


def test_a_conversation_goes_on_where_another_window_left_it(visit, address):
    page = visit(address)
    ask(page, QUESTION)
    wait_for_answer(page)
    other = page.context.new_page()
    other.goto(page.url)
    other.wait_for_selector("#exchange-1 .byline")
    ask(other, REFUSED)
    wait_for_answer(other, 2)
    ask(page, "Why was the diesel engine taken out?")
    page.wait_for_selector("#exchange-3 .byline")
    assert page.locator("#exchange-2 .question").text_content() == REFUSED


def test_the_list_is_a_drawer_on_a_phone(visit, address):
    page = visit(address, width=375, height=780)
    converse(page, QUESTION)
    assert page.locator(".conversations").is_hidden()
    page.click(".list-toggle")
    assert page.locator(".list-toggle").get_attribute("aria-expanded") == "true"
    assert page.locator(".conversations").is_visible()
    page.keyboard.press("Escape")
    assert page.locator(".conversations").is_hidden()
    assert page.evaluate("document.activeElement.matches('.list-toggle')")
    page.click("[data-new]")
    page.wait_for_selector(".exchange", state="detached")
    page.click(".list-toggle")
    page.click("[data-conversation]")
    page.wait_for_selector("#exchange-1 .byline")
    assert page.locator(".conversations").is_hidden()


def test_a_folded_list_stays_folded(visit, address):
    page = visit(address)
    assert page.locator(".conversations").is_visible()
    page.click(".list-toggle")
    assert page.locator(".conversations").is_hidden()
    page.reload()
    page.wait_for_selector(".welcome")
    assert page.locator(".conversations").is_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [*SIZES, "laptop"])
def test_every_state_of_a_conversation_fits_the_screen_and_can_be_read(visit, address, axe, size, scheme):
    width, height = {**SIZES, "laptop": (1280, 800)}[size]
    page = visit(address, width=width, height=height, scheme=scheme)
    page.evaluate("document.fonts.ready")

    def check(name: str) -> None:
        photograph(page, f"{name}-{size}-{scheme}")
        assert page.evaluate(CONTRAST) == [], name
        assert_fits_and_bars_nobody(page, axe)

    check("list-empty")
    converse(page, "Which part has the most spares on the rock, and how many of each part are kept there?", REFUSED)
    converse(page, "What does a longer boat pay in the harbour?")
    converse(page, QUESTION)
    if size == "phone":
        page.click(".list-toggle")
    page.wait_for_function("document.querySelectorAll('[data-conversation]').length == 3")
    page.locator("[data-rename]").nth(1).focus()
    check("list")
    if size == "phone":
        page.keyboard.press("Escape")
    page.click(f"text={texts.JUDGE}")
    page.click("[data-judge='wrong']")
    page.wait_for_selector(f".feedback summary:has-text('{texts.judged('wrong')}')")
    page.locator(".feedback .below").scroll_into_view_if_needed()
    check("feedback")
    page.locator("[data-edit='1']").click()
    check("editing")


ASKED_AND_DRAWN = """async (question) => {
  const number = document.querySelector('.exchanges').children.length + 1, box = document.getElementById('question');
  box.value = question;
  const began = performance.now();
  box.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
  const done = () => document.querySelector(`#exchange-${number} .byline`) &&
    !document.querySelector('form[data-working]');
  while (!done()) await new Promise((next) => requestAnimationFrame(next));
  document.querySelector('.exchanges').getBoundingClientRect();
  return performance.now() - began;
}"""


def test_a_conversation_of_200_turns_goes_on_about_as_fast_as_one_of_five(visit, address, records, capsys):
    """The median of several turns each, in turn, so that whatever else the machine does falls on both alike."""
    pages = {}
    for turns in (4, 199):
        page = visit(address, width=1280, height=800)
        ask(page, QUESTION)
        wait_for_answer(page)
        page.wait_for_function("location.hash.startsWith('#conversation-')")
        name = page.evaluate("location.hash").removeprefix("#conversation-")
        owner = "browser:" + hashlib.sha256(page.context.cookies()[0]["value"].encode()).hexdigest()
        first = records.read(owner, name).exchanges[0]
        for number in range(2, turns + 1):
            records.put(owner, name, replace(first, number=number))
        page.reload()
        page.wait_for_selector(f"#exchange-{turns} .byline")
        pages[turns] = page
    seconds = {turns: [] for turns in pages}
    for _ in range(8):
        for turns, page in pages.items():
            page.bring_to_front()
            seconds[turns].append(page.evaluate(ASKED_AND_DRAWN, QUESTION))
    assert pages[199].locator(".exchange").count() == 207
    ratio = statistics.median(seconds[199]) / statistics.median(seconds[4])
    with capsys.disabled():
        print(f"\na turn of 200 takes {ratio:.2f} times as long as a turn of 5")  # noqa: T201
    assert ratio <= 1.5, seconds


STANDS_STILL = """async (selector) => {
  const place = () => document.querySelector(selector).getBoundingClientRect().y
  const before = place()
  await new Promise((done) => setTimeout(done, 300))
  return place() === before
}"""

SHIFTED = """() => new Promise((done) => new PerformanceObserver((list) =>
  done(list.getEntries().reduce((sum, one) => sum + one.value, 0))).observe({ type: 'layout-shift', buffered: true })
  || setTimeout(() => done(0), 500))"""


@pytest.mark.parametrize("size", SIZES)
def test_nothing_jumps_when_a_conversation_comes_back_or_an_answer_is_judged(visit, address, size):
    """0.1 is what the web's own measure of layout shift calls good (https://web.dev/articles/cls)."""
    width, height = SIZES[size]
    page = visit(address, width=width, height=height)
    converse(page, QUESTION, QUESTION)
    page.reload()
    page.wait_for_selector("#exchange-2 .byline")
    page.locator("#exchange-2 .feedback summary").click()
    page.wait_for_function(STANDS_STILL, arg="#exchange-2 [data-judge='wrong']")  # what is unfolded comes into sight
    place = page.locator("#exchange-2 [data-judge='wrong']").bounding_box()
    page.click("#exchange-2 [data-judge='wrong']")
    page.wait_for_selector(f"#exchange-2 summary:has-text('{texts.judged('wrong')}')")
    assert page.locator("#exchange-2 [data-judge='wrong']").bounding_box()["y"] == place["y"]
    assert page.evaluate(SHIFTED) < 0.1
