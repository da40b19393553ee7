"""A chat model is chosen in the page, for one tab."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from assistant.page import texts
from tests.page.conftest import ready, served
from tests.page.fakes import LIGHTHOUSE, FakeAssistant, FakeLibrary
from tests.page.test_browser import ask, photograph, wait_for_answer

QUESTION = "How long can the lamp shine without sun?"


@pytest.fixture(scope="module")
def address(original, tmp_path_factory) -> Iterator[str]:
    library = FakeLibrary([LIGHTHOUSE], original)
    with served(ready(library, FakeAssistant(library)), tmp_path_factory.mktemp("uploads")) as address:
        yield address


def choose(page, model: str) -> None:
    page.click("[data-settings]")
    page.fill("#settings input", model)
    page.press("#settings input", "Enter")


@pytest.mark.parametrize(("size", "width"), [("phone", 375), ("desktop", 1280)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_model_is_chosen_by_keyboard_writes_and_is_left_again(visit, address, size, width, scheme):
    page = visit(address, width=width, scheme=scheme)
    choose(page, "ollama:one")
    page.wait_for_selector(f"#settings .now >> text={texts.written_by('ollama:one')}")
    photograph(page, f"settings-{size}-{scheme}")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.matches('[data-settings]')")
    ask(page, QUESTION)
    wait_for_answer(page)
    assert texts.WRITTEN in page.locator(".byline").inner_text()
    page.click("[data-settings]")
    page.click("#settings [data-quote]")
    page.wait_for_selector(f"#settings .now >> text={texts.MODEL_NONE}")
    assert page.locator("#settings [data-quote]").count() == 0


def test_a_model_that_cannot_be_used_is_said_beside_its_name(visit, address):
    page = visit(address)
    choose(page, "nobody:knows")
    page.wait_for_selector("#settings .wrong >> text=There is no provider 'nobody'")
    assert page.input_value("#settings input") == "nobody:knows"
    assert page.evaluate("document.activeElement.matches('#settings input')")
    photograph(page, "settings-wrong-desktop-light")
    page.reload()
    page.click("[data-settings]")
    assert page.locator("#settings .now").inner_text() == texts.MODEL_NONE


def test_the_choice_outlives_a_reload_and_is_no_other_tabs(visit, address):
    page = visit(address)
    choose(page, "ollama:one")
    page.wait_for_selector("#settings [data-quote]")
    page.reload()
    page.click("[data-settings]")
    page.wait_for_selector("#settings [data-quote]")
    other = page.context.new_page()
    other.goto(address)
    other.click("[data-settings]")
    assert other.locator("#settings .now").inner_text() == texts.MODEL_NONE
