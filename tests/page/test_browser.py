"""The page in a real browser, over a library and an assistant whose answers are known beforehand."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from assistant.page import texts
from assistant.page.opening import Opening
from knowledge import Progress, SyncReport
from tests.page.conftest import SCREENSHOTS, ready, served
from tests.page.fakes import HARBOUR, HOSTILE, KEEPERS, LIGHTHOUSE, TRAP, FakeAssistant, FakeLibrary

QUESTION = "How long can the lamp shine without sun?"
SIZES = {"desktop": (1440, 900), "phone": (375, 780)}


@pytest.fixture(scope="module")
def village(original, tmp_path_factory) -> Iterator[tuple[str, FakeLibrary, FakeAssistant]]:
    library = FakeLibrary([LIGHTHOUSE, KEEPERS, HARBOUR, TRAP], original)
    assistant = FakeAssistant(library, pause=0.02)
    with served(ready(library, assistant), tmp_path_factory.mktemp("uploads")) as address:
        yield address, library, assistant


@pytest.fixture
def address(village):
    return village[0]


def ask(page, question: str) -> None:
    page.fill("#question", question)
    page.press("#question", "Enter")


def wait_for_answer(page, number: int = 1) -> None:
    page.wait_for_selector(f"#exchange-{number} :is(.byline, .refusal, .notice)")
    page.wait_for_selector("form:not([data-working])")


def current_mark(page) -> str:
    page.wait_for_selector("mark.current")
    return "".join(page.locator("mark.current").all_text_contents())


def photograph(page, name: str) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")


def test_a_key_question_is_asked_with_a_click_and_its_citation_opens_the_exact_words(visit, address):
    page = visit(address)
    page.click(f".card:has-text('{QUESTION}')")
    wait_for_answer(page)
    assert page.locator("#exchange-1 .question").inner_text() == QUESTION
    page.locator(".chip").nth(2).click()
    expected = (
        "What is left over charges a bank of iron phosphate batteries, which can carry the lamp through nine nights "
        "without sun."
    )
    assert current_mark(page) == expected
    assert page.locator("mark.current").is_visible()
    assert page.locator("mark").count() == 3
    assert page.locator("mark.current").evaluate(
        "mark => { const [m, d] = [mark.getBoundingClientRect(), mark.closest('.document').getBoundingClientRect()];"
        " return m.top >= d.top && m.bottom <= d.bottom }"
    )


def test_next_and_previous_go_through_the_citations_across_documents(visit, address):
    page = visit(address)
    ask(page, QUESTION)
    wait_for_answer(page)
    page.locator(".chip").nth(2).click()
    page.wait_for_selector("text=3 of 4")
    page.click(f"[aria-label='{texts.SOURCE_NEXT}']")
    page.wait_for_selector("text=4 of 4")
    assert current_mark(page).startswith("A telephone line by radio")
    assert page.locator(".statements .chip[aria-current]").inner_text() == "4"
    page.click(f"[aria-label='{texts.SOURCE_NEXT}']")
    page.wait_for_selector("text=1 of 4")
    page.click(f"[aria-label='{texts.SOURCE_PREVIOUS}']")
    page.wait_for_selector("text=4 of 4")


def test_a_refusal_shows_the_nearest_sentences_and_each_opens_its_source(visit, address):
    page = visit(address)
    ask(page, "Who owns the quarry?")
    page.wait_for_selector(".refusal")
    assert page.locator(".refused").inner_text() == texts.REFUSED
    page.locator(".nearest button").nth(1).click()
    assert current_mark(page) == "The harbour office can dim the lamp, but it cannot put it out."


def test_markup_and_script_in_a_document_are_shown_as_text_everywhere(visit, address):
    page = visit(address)
    ask(page, f"What does the trap say? {HOSTILE}")
    wait_for_answer(page)
    page.locator(".chip").first.hover()
    page.wait_for_selector(".tip:not([hidden])")
    assert HOSTILE in page.locator(".tip").inner_text()
    page.locator(".chip").first.click()
    assert current_mark(page) == f"The trap springs at noon {HOSTILE}."
    assert HOSTILE in page.locator("#source h2").inner_text()
    page.click("[data-documents]")
    assert HOSTILE in page.locator("#documents .title").nth(3).inner_text()
    page.click("[data-remove$='trap.html']")
    assert HOSTILE in page.locator("dialog[open] .what").inner_text()
    page.click("dialog[open] >> text=Keep")
    assert HOSTILE in page.locator(".question").inner_text()
    assert page.evaluate("window.attacked") is None
    assert page.locator("main :is(script, img, iframe)").count() == 0


def test_the_policy_of_the_page_stops_a_script_that_got_into_it(visit, address):
    page = visit(address)
    page.evaluate("document.querySelector('.exchanges').innerHTML = '<b onclick=\"window.attacked = true\">x</b>'")
    page.evaluate("document.querySelector('.exchanges b').click()")
    assert page.evaluate("window.attacked") is None
    assert "script-src-attr 'none'" in visit.broken.pop()


def test_a_file_is_uploaded_asked_about_and_removed_after_a_confirmation(visit, address):
    page = visit(address)
    page.click("[data-documents]")
    page.set_input_files(
        "#documents input[type=file]",
        [
            {"name": "note.txt", "mimeType": "text/plain", "buffer": b"The keeper's cat was called Ember."},
            {"name": "empty.txt", "mimeType": "text/plain", "buffer": b" "},
        ],
    )
    page.wait_for_selector(".uploads .skipped")
    assert page.locator(".uploads .added").inner_text().split("\n") == ["note.txt", texts.UPLOAD_ADDED]
    assert page.locator(".uploads .skipped").inner_text().split("\n") == [
        "empty.txt",
        "Skipped: it is empty; fill it or remove it.",
    ]
    assert page.locator("[data-documents] .count").inner_text() == "5"

    ask(page, "What does the uploaded note say?")
    wait_for_answer(page)
    page.locator(".chip").first.click()
    assert current_mark(page) == "The keeper's cat was called Ember."

    page.click("[data-documents]")
    page.click("[data-remove$='note.txt']")
    page.click("dialog[open] >> text=Keep")
    assert page.locator("[data-remove$='note.txt']").count() == 1
    page.locator("[data-remove$='note.txt']").press("Enter")
    page.locator("dialog[open] [value=remove]").press("Enter")
    page.wait_for_selector("[data-remove$='note.txt']", state="detached")
    assert page.locator("[data-documents] .count").inner_text() == "4"

    page.locator(".chip").first.click()
    page.wait_for_selector(f"text={texts.SOURCE_GONE}")
    assert page.locator("mark").count() == 0


def test_a_running_answer_is_stopped_and_asked_again(visit, village):
    address, _, assistant = village
    assistant.go.clear()
    page = visit(address)
    ask(page, "wait: how long without sun?")
    page.wait_for_selector(".progress")
    page.locator("[data-stop]").press("Enter")
    page.wait_for_selector(f"#exchange-1 >> text={texts.STOPPED}")
    assistant.go.set()
    page.click("#exchange-1 [data-retry]")
    page.wait_for_selector("#exchange-1 .byline")
    assert page.locator(".exchange").count() == 1


def test_a_new_conversation_is_empty_and_the_next_exchange_is_the_first(visit, address):
    page = visit(address)
    ask(page, QUESTION)
    wait_for_answer(page)
    page.click("[data-new]")
    page.wait_for_selector(".welcome", state="visible")
    assert page.locator(".exchange").count() == 0
    ask(page, "Who owns the quarry?")
    page.wait_for_selector("#exchange-1 .refusal")


def test_two_browsers_never_see_each_others_conversation(visit, address):
    first, second = visit(address), visit(address)
    ask(first, QUESTION)
    wait_for_answer(first)
    assert second.locator(".exchange").count() == 0
    second.evaluate(
        "document.querySelector('.exchanges').innerHTML = '<button data-open=\"citation/1/1\">x</button>';"
        "document.querySelector('.exchanges button').click()"
    )
    second.wait_for_selector(f"text={texts.SOURCE_UNKNOWN}")


def test_the_whole_way_goes_by_keyboard(visit, address):
    page = visit(address)
    page.locator("body").click(position={"x": 5, "y": 400})
    page.keyboard.press("/")
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    wait_for_answer(page)
    for _ in range(30):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.matches('#exchange-1 .chip')"):
            break
    assert page.locator(".tip:not([hidden])").is_visible()
    page.keyboard.press("Enter")
    assert current_mark(page)
    assert page.evaluate("document.activeElement.closest('#source') !== null")
    page.keyboard.press("Escape")
    assert page.locator("#source .panel").is_hidden()
    assert page.evaluate("document.activeElement.matches('.chip')")


TIPS = {
    1: ("How the lighthouse of Fara is powered · The panels", "“Since 2019 the lamp has run on 48 solar panels.”"),
    3: (
        "The last keepers of Fara · After the keepers · Page 2",
        "“A telephone line by radio now reports the state of the lamp to the harbour office each hour.”",
    ),
}
"""Place and quote of two citations, by their position."""


@pytest.mark.parametrize("position", TIPS)
def test_a_chip_shows_its_place_and_its_exact_quote_on_hover_and_on_focus_until_escape(visit, address, position):
    page = visit(address)
    ask(page, QUESTION)
    wait_for_answer(page)
    chip, tip = page.locator(".statements .chip").nth(position), page.locator(".tip")
    place, quote = TIPS[position]

    def assert_shown_until_escape() -> None:
        page.wait_for_selector(".tip:not([hidden])")
        assert (tip.locator("b").inner_text(), tip.locator("span").inner_text()) == (place, quote)
        assert (
            chip.evaluate("chip => document.getElementById(chip.getAttribute('aria-describedby')).className") == "tip"
        )
        page.keyboard.press("Escape")
        assert tip.is_hidden()
        assert tip.text_content() == ""

    chip.hover()
    assert_shown_until_escape()
    page.mouse.move(5, 5)
    page.focus("#question")
    for _ in range(40):
        page.keyboard.press("Shift+Tab")
        if chip.evaluate("chip => chip === document.activeElement"):
            break
    assert_shown_until_escape()
    assert chip.evaluate("chip => chip === document.activeElement")  # and nothing else has closed


def test_the_answer_is_copied_with_its_references(visit, address):
    page = visit(address)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask(page, QUESTION)
    wait_for_answer(page)
    page.locator("[data-copy]").press("Enter")
    page.wait_for_selector(f"text={texts.COPIED}")
    assert "[4] The last keepers of Fara" in page.evaluate("navigator.clipboard.readText()")


def test_the_choice_of_light_or_dark_is_kept(visit, address):
    page = visit(address, scheme="dark")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.click("[data-theme-toggle]")
    page.reload()
    page.wait_for_selector(".welcome")
    assert page.evaluate("document.documentElement.dataset.theme") == "light"


def test_an_answer_in_the_making_keeps_the_focus_and_the_place_of_what_is_shown(visit, village):
    page = visit(village[0])
    ask(page, QUESTION)
    page.wait_for_selector(".chip")
    page.locator(".chip").first.focus()
    top = page.locator(".chip").first.bounding_box()["y"]
    wait_for_answer(page)
    assert page.evaluate("document.activeElement.matches('.chip')")
    assert page.locator(".chip").first.bounding_box()["y"] == top


CONTRAST = """() => {
  const channels = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
  const linear = (v) => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const bright = (c) => { const [r, g, b] = c.map(linear);
    return .2126 * r + .7152 * g + .0722 * b; };
  const behind = (element) => { for (let e = element; e; e = e.parentElement) {
    const c = channels(getComputedStyle(e).backgroundColor); if (c.length === 3 || c[3] === 1) return c.slice(0, 3); }
    return [255, 255, 255]; };
  const poor = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const element = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || !element.checkVisibility({ visibilityProperty: true })) continue;
    if (element.closest('script, style, template, .said')) continue;
    const [a, b] = [channels(getComputedStyle(element).color).slice(0, 3), behind(element)].map(bright);
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) poor.push(`${ratio.toFixed(2)} ${walk.currentNode.data.slice(0, 40)}`);
  }
  return poor;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_every_state_fits_the_screen_and_can_be_read(visit, address, size, scheme):
    width, height = SIZES[size]
    page = visit(address, width=width, height=height, scheme=scheme)
    page.evaluate("document.fonts.ready")

    def check(name: str) -> None:
        photograph(page, f"{name}-{size}-{scheme}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        wide = page.evaluate(
            "width => [...document.querySelectorAll('main *')].filter((e) => e.checkVisibility() &&"
            " !e.closest('pre, .said') && e.getBoundingClientRect().right > width + 1)"
            ".map((e) => e.outerHTML.slice(0, 90))",
            width,
        )
        assert wide == [], name
        assert page.evaluate(CONTRAST) == [], name

    check("welcome")
    ask(page, QUESTION)
    wait_for_answer(page)
    check("answer")
    page.locator(".chip").nth(1).click()
    page.wait_for_selector("mark.current")
    check("source")
    page.click("#source [data-close]")
    ask(page, "Who owns the quarry?")
    page.wait_for_selector(".refusal")
    check("refusal")
    page.click("[data-documents]")
    check("documents")
    page.click("[data-remove$='lighthouse.md']")
    photograph(page, f"remove-{size}-{scheme}")
    box = page.locator("dialog[open]").bounding_box()
    assert box["x"] >= 16
    assert box["x"] + box["width"] <= width - 16


class SyncingLibrary(FakeLibrary):
    """Empty until its sync is allowed to go on."""

    go = False

    def sync(self, folder, *, progress=None):
        progress(Progress("embedding", 3, 8))
        while not self.go:
            time.sleep(0.02)
        self.put(LIGHTHOUSE)
        return SyncReport(added=(LIGHTHOUSE.id,))


def test_the_page_is_up_while_the_library_is_made_and_takes_a_question_then(visit, tmp_path):
    library = SyncingLibrary([])
    opening = Opening(lambda progress: library, FakeAssistant, sources=tmp_path).begin()
    with served(opening, tmp_path) as address:
        page = visit(address)
        page.wait_for_selector("progress")
        photograph(page, "indexing-desktop-light")
        assert "Learning what they say: 3 of 8" in page.locator(".welcome").inner_text()
        ask(page, "What is not here?")
        page.wait_for_selector("#exchange-1 >> text=3 of 8")
        page.click("[data-new]")
        library.go = True
        page.wait_for_selector(".card")
        assert page.locator("[data-documents] .count").inner_text() == "1"


def test_an_empty_library_leads_to_its_documents(visit, tmp_path):
    library = FakeLibrary([])
    with served(ready(library, FakeAssistant(library)), tmp_path) as address:
        page = visit(address, width=375, height=780)
        page.wait_for_selector(f"text={texts.WELCOME_EMPTY}")
        photograph(page, "empty-phone-light")
        page.click(".primary")
        assert page.locator("#documents .drop").is_visible()


def where(page, name: str) -> str:
    """What has the focus: a panel of this name, or the element."""
    return page.evaluate(
        "name => document.activeElement.closest(`#${name} .panel`) ? 'panel' : document.activeElement.tagName", name
    )


def test_on_a_phone_the_source_opens_below_the_answer_and_gives_the_focus_back_to_its_chip(visit, address):
    page = visit(address, width=375, height=780)
    ask(page, QUESTION)
    wait_for_answer(page)
    chip = page.locator(".statements .chip").nth(3)
    chip.focus()
    page.keyboard.press("Enter")
    assert current_mark(page).startswith("A telephone line")
    assert where(page, "source") == "panel"
    page.wait_for_selector("#source [role=complementary]")
    assert page.locator("[inert]").count() == 0
    answer, source, box = (page.locator(one).bounding_box() for one in (".exchanges", "#source .panel", ".composer"))
    assert answer["height"] > 200
    assert answer["y"] + answer["height"] <= source["y"]
    assert source["height"] > 300
    assert source["y"] + source["height"] <= box["y"]
    mark, sentence = page.locator("mark.current").bounding_box(), chip.bounding_box()
    assert source["y"] < mark["y"] < source["y"] + source["height"]
    assert answer["y"] < sentence["y"] < answer["y"] + answer["height"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    page.keyboard.press("Escape")
    assert page.locator("#source .panel").is_hidden()
    assert chip.evaluate("chip => chip === document.activeElement")


def test_above_its_source_the_answer_shows_the_sentence_of_each_citation_in_turn(visit, address):
    page = visit(address, width=375, height=667)
    ask(page, QUESTION)
    wait_for_answer(page)
    page.locator(".statements .chip").first.click()
    for number in (2, 3, 4, 1):
        page.click(f"[aria-label='{texts.SOURCE_NEXT}']")
        page.wait_for_selector(f"text={number} of 4")
        answer, chip = (page.locator(one).bounding_box() for one in (".exchanges", ".statements [aria-current]"))
        assert answer["y"] <= chip["y"] <= answer["y"] + answer["height"] - chip["height"]
    page.locator(".statements .chip").first.click()
    page.wait_for_selector("text=1 of 4")


@pytest.mark.parametrize("width", [375, 1280])
def test_an_answer_in_the_making_stays_where_it_is_beside_its_source(visit, original, tmp_path, width):
    library = FakeLibrary([LIGHTHOUSE, KEEPERS], original)
    with served(ready(library, FakeAssistant(library, pause=1.0)), tmp_path) as address:
        page = visit(address, width=width, height=780)
        ask(page, QUESTION)
        page.locator(".statements .chip").first.click()
        current_mark(page)
        chip = page.locator(".statements .chip").first
        place, shown = chip.bounding_box(), page.locator(".statement").count()
        wait_for_answer(page)
        assert shown < page.locator(".statement").count()
        assert chip.bounding_box() == place


def test_a_phone_on_its_side_shows_the_source_beside_the_answer(visit, address):
    page = visit(address, width=812, height=375)
    ask(page, QUESTION)
    wait_for_answer(page)
    page.locator(".statements .chip").first.click()
    current_mark(page)
    answer, source = (page.locator(one).bounding_box() for one in (".exchanges", "#source .panel"))
    assert answer["x"] + answer["width"] <= source["x"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 812


def test_on_a_phone_the_documents_hold_the_focus_until_they_are_closed_and_give_it_back(visit, address):
    page = visit(address, width=375, height=780)
    page.focus("[data-documents]")
    page.keyboard.press("Enter")
    assert where(page, "documents") == "panel"
    assert page.locator("#documents [role=dialog][aria-modal=true]").count() == 1
    reached = set()
    for key in ["Tab"] * 25 + ["Shift+Tab"] * 25:
        page.keyboard.press(key)
        reached.add(where(page, "documents"))
    assert reached <= {"panel", "BODY"}
    assert "panel" in reached
    page.keyboard.press("Escape")
    assert page.locator("#documents .panel").is_hidden()
    assert page.evaluate("document.activeElement.matches('[data-documents]')")


def test_a_document_that_was_opened_from_the_list_gives_it_back_on_a_phone(visit, address):
    page = visit(address, width=375, height=780)
    page.click("[data-documents]")
    page.click("[data-open$='lighthouse.md']")
    page.wait_for_selector("#source .document")
    assert page.locator("[inert]").count() == 0
    page.keyboard.press("Escape")
    assert page.locator("#documents .panel").is_visible()
    assert page.locator("[inert]").count() == 5


def test_a_touch_beside_a_sheet_closes_it(visit, address):
    page = visit(address, width=375, height=780)
    page.click("[data-documents]")
    assert page.locator("[inert]").count() == 5
    page.mouse.click(60, 20)
    assert page.locator("#documents .panel").is_hidden()


def test_a_panel_beside_the_answer_leaves_the_rest_of_the_page_within_reach(visit, address):
    page = visit(address, width=375, height=780)
    ask(page, QUESTION)
    wait_for_answer(page)
    page.click("[data-documents]")
    assert page.locator("[inert]").count() == 5
    page.set_viewport_size({"width": 1280, "height": 780})
    page.wait_for_selector("[inert]", state="detached")
    assert page.locator("#documents [role=complementary]").count() == 1
    page.locator(".statements .chip").nth(2).click()
    page.wait_for_selector("text=3 of 4")
