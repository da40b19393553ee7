"""Two documents that differ, asked in a browser: both sides are shown, and each opens its own words."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from assistant import Assistant
from assistant.page import texts
from assistant.page.opening import Opening
from knowledge import Library
from tests.page.conftest import assert_fits_and_bars_nobody, served
from tests.page.test_browser import ask, current_mark, photograph, wait_for_answer

REPORT = """---
title: Halden Robotics in figures
published: 2026-02-10
---

# Halden Robotics in figures

Halden Robotics employed 1,240 people at the end of 2025. It builds arms for warehouses in Orme.
"""

NEWS = """---
title: A visit to Halden Robotics
published: 2026-02-14
---

# A visit to Halden Robotics

Halden Robotics employed 1,420 people at the end of 2025. The canteen serves soup on Fridays.
"""

SIDES = {
    "Halden Robotics in figures · 10 February 2026": (
        "1,240",
        "Halden Robotics employed 1,240 people at the end of 2025.",
    ),
    "A visit to Halden Robotics · 14 February 2026": (
        "1,420",
        "Halden Robotics employed 1,420 people at the end of 2025.",
    ),
}


@pytest.fixture(scope="module")
def differing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("differing")
    (folder / "sources").mkdir()
    (folder / "sources" / "report.md").write_text(REPORT, encoding="utf-8")
    (folder / "sources" / "news.md").write_text(NEWS, encoding="utf-8")
    opening = Opening(lambda progress: Library.open(folder / "library"), Assistant, sources=folder / "sources").begin()
    with served(opening, folder) as address:
        assert opening.finished.wait(120)
        assert opening.failure is None
        yield address
    opening.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
def test_sources_that_differ_stand_side_by_side_with_their_dates_and_each_opens_its_own_words(
    visit, differing, axe, width, scheme
):
    page = visit(differing, width=width, scheme=scheme)
    ask(page, "How many people did Halden Robotics employ at the end of 2025?")
    wait_for_answer(page)
    block = page.locator("#exchange-1 .differ")
    block.scroll_into_view_if_needed()
    photograph(page, f"differ-{width}-{scheme}")
    assert_fits_and_bars_nobody(page, axe)
    assert block.locator("h3").inner_text() == texts.DIFFER
    sides = block.locator("li").all()
    assert {side.locator(".below").inner_text() for side in sides} == set(SIDES)
    boxes = [side.bounding_box() for side in sides]
    assert (boxes[0]["y"] == boxes[1]["y"]) == (width == 1280)  # on a phone one below the other
    for side in sides:
        place = side.locator(".below").inner_text()
        figure, sentence = SIDES[place]
        assert figure in side.locator("mark").inner_text()
        chip = side.locator(".chip")
        chip.click()
        page.wait_for_selector(f"mark.current[data-quote-of='{chip.get_attribute('data-open')}']")
        assert sentence in current_mark(page)
        assert page.locator("#source h2").inner_text() == place.split(" · ")[0]
        assert page.locator("#source .facts").inner_text().startswith(place.split(" · ")[1])
    photograph(page, f"differ-source-{width}-{scheme}")
