"""Two users of one server, each in a browser of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from assistant import Assistant
from assistant.page import texts, users
from assistant.page.opening import Opening
from assistant.page.users import Users, user_line
from assistant.records import Records
from knowledge import Library
from tests.page.conftest import assert_fits_and_bars_nobody, ready, served
from tests.page.fakes import HARBOUR, KEEPERS, LIGHTHOUSE, FakeAssistant, FakeLibrary
from tests.page.test_browser import CONTRAST, QUESTION, SIZES, ask, current_mark, photograph, wait_for_answer

PASSWORDS = {"anna": "correct horse", "bert": "battery staple"}


@contextmanager
def guarded(opening: Opening, folder: Path) -> Iterator[str]:
    """The address of a page that asks who one is."""
    before, users.COST = users.COST, 2
    (folder / "users").write_text("\n".join(user_line(*one) for one in PASSWORDS.items()), encoding="utf-8")
    with (
        Records(folder / "records.db") as records,
        served(opening, folder, records=records, users=Users(folder / "users")) as address,
    ):
        yield address
    users.COST = before


@pytest.fixture(scope="module")
def address(original, tmp_path_factory) -> Iterator[str]:
    library = FakeLibrary([LIGHTHOUSE, KEEPERS, HARBOUR], original)
    with guarded(ready(library, FakeAssistant(library)), tmp_path_factory.mktemp("login")) as address:
        yield address


@pytest.fixture
def sign_in(browser, address) -> Iterator[Callable[..., Any]]:
    """Opens a browser that has not been here and signs in; afterwards nothing may have broken in the page."""
    contexts, broken = [], []

    def open_page(
        name: str, *, size: str = "desktop", scheme: str = "light", shown: str = "", axe: str = "", at: str = address
    ) -> Any:
        width, height = SIZES[size]
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce"
        )
        contexts.append(context)
        context.set_default_timeout(30_000)
        page = context.new_page()
        page.on("pageerror", lambda error: broken.append(str(error)))
        page.goto(at)
        page.wait_for_selector("[name=password]")
        if shown:
            photograph(page, shown)
            assert page.evaluate(CONTRAST) == []
            assert_fits_and_bars_nobody(page, axe)
        page.keyboard.type(name)
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORDS[name])
        page.keyboard.press("Enter")
        page.wait_for_selector(".welcome")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert broken == []


def test_a_user_finds_the_conversation_again_in_another_browser_and_another_user_does_not(sign_in):
    anna, bert = sign_in("anna"), sign_in("bert")
    ask(anna, QUESTION)
    wait_for_answer(anna)
    anna.wait_for_selector("[data-conversation]")
    elsewhere = sign_in("anna")
    elsewhere.click("[data-conversation]")
    elsewhere.wait_for_selector("#exchange-1 .byline")
    bert.goto(anna.url)
    bert.reload()
    bert.wait_for_selector(f"text={texts.CONVERSATION_GONE}", state="attached")
    assert bert.locator("[data-conversation]").count() == 0
    assert bert.locator(".exchange").count() == 0


def test_an_added_file_is_seen_by_its_owner_alone_unless_it_is_shared(sign_in):
    anna, bert = sign_in("anna"), sign_in("bert")

    def add(name: str, into: int) -> None:
        anna.select_option("[data-into]", index=into)
        anna.set_input_files(
            "#documents input[type=file]", [{"name": name, "mimeType": "text/plain", "buffer": name.encode()}]
        )
        anna.wait_for_selector(f".documents .title:has-text('{name}')")

    anna.click("[data-documents]")
    add("diary.txt", 0)
    add("ferry.txt", 1)
    bert.click("[data-documents]")
    bert.wait_for_selector(".documents .title:has-text('ferry.txt')")
    assert bert.locator(".documents .title:has-text('diary.txt')").count() == 0
    photograph(anna, "documents-of-a-user")


DIARY = "# Diary\n\nThe treasure of Fara lies under the old mill. Nobody has looked for it since the storm.\n"
TREASURE = "Where does the treasure of Fara lie?"


def test_what_is_private_is_answered_from_for_its_owner_and_for_nobody_else(sign_in, tmp_path):
    with Library.open(tmp_path / "library") as library:
        (tmp_path / "uploads").mkdir()
        with guarded(ready(library, Assistant(library)), tmp_path / "uploads") as address:
            anna, bert = sign_in("anna", at=address), sign_in("bert", at=address)
            anna.click("[data-documents]")
            anna.set_input_files(
                "#documents input[type=file]",
                [{"name": "diary.md", "mimeType": "text/markdown", "buffer": DIARY.encode()}],
            )
            anna.wait_for_selector(".uploads .added")
            ask(anna, TREASURE)
            wait_for_answer(anna)
            assert "The treasure of Fara lies under the old mill." in anna.locator(".statements").inner_text()
            anna.locator(".statements .chip").first.click()
            assert "under the old mill" in current_mark(anna)
            ask(bert, TREASURE)
            bert.wait_for_selector("#exchange-1 .refusal")
            bert.click("[data-documents]")
            bert.wait_for_selector(f"#documents >> text={texts.NO_DOCUMENTS}")
            seen = bert.content()
            assert not [words for words in ("mill", "storm", "diary", "Diary", "private-anna") if words in seen]


def test_signing_out_ends_it(sign_in, address):
    page = sign_in("anna")
    page.click(f"text={texts.SIGN_OUT}")
    page.wait_for_selector("[name=password]")
    page.goto(address)
    page.wait_for_selector("[name=password]")


def test_a_wrong_password_is_said(browser, address):
    page = browser.new_context().new_page()
    page.goto(address)
    page.fill("[name=name]", "anna")
    page.fill("[name=password]", "wrong")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"text={texts.SIGN_IN_WRONG}")
    assert page.locator("[name=name]").input_value() == "anna"
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_the_login_can_be_read_on_every_screen(sign_in, axe, size, scheme):
    page = sign_in("bert", size=size, scheme=scheme, shown=f"login-{size}-{scheme}", axe=axe)
    if size == "phone":
        page.click(".list-toggle")
    page.wait_for_selector(f"text={texts.signed_in('bert')}")
    photograph(page, f"signed-in-{size}-{scheme}")
    assert_fits_and_bars_nobody(page, axe)
    assert page.evaluate(CONTRAST) == []
