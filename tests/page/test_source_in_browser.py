"""The source panel over real files: pages as pictures, outlines, and what cleaning left out."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pytest
from docx import Document as WordDocument
from openpyxl import Workbook
from pptx import Presentation
from pptx.util import Inches
from reportlab.pdfgen.canvas import Canvas

from assistant.page import texts
from assistant.page.opening import Opening
from assistant.types import Answer, Citation, Statement, Turn
from knowledge import Library
from tests.page.conftest import assert_fits_and_bars_nobody, served
from tests.page.test_browser import ask, current_mark, photograph, wait_for_answer

BENCHMARKS = os.environ.get("KEYQ_BENCHMARKS")

TOWER = [
    ["The tower of Fara", "", "The tower was built of grey stone.", "It took the masons eleven years."],
    ["The lamp", "", "The lamp on its top burns oil and is seen", "from thirty miles away.", "It is lit at dusk."],
    ["The keepers", "", "The last keeper left in the spring.", "Nobody lives on the rock today."],
]
LAMP = "The lamp on its top burns oil and is seen from thirty miles away."
KEEPER = "The last keeper left in the spring."
DUSK = "It is lit at dusk."

NOTES = """# Notes on the tower

By Ada Vale

## The stairs

There are ninety steps. The handrail is of rope.

Advertisement

## The light

The light turns once a minute. It is white.

## The sea

The sea is cold in May. Nobody swims.
"""

FEES = """# Fees

What a night in the harbour costs, in crowns.

| Boat | Summer | Winter |
|---|---|---|
| up to 8 m | 14 | none |
| up to 12 m | 22 | none |
| longer | by <b>agreement</b> | 5 |
"""

BOATS = """Boat,Built,Length,Engine,Crew,Home harbour,Last inspection,Condition of the hull
Ada,1961,8.2,diesel,2,Fara,2024-05-02,sound
Tern,1974,11.9,diesel,4,Skerry,2023-09-30,"painted, with rust at the bow"
Gull,2003,6.4,,1,Fara,2025-03-11,sound
"""


GATE = "The gate of the trap shuts at noon."
HOSTILE_PAGE = f"""<!doctype html><html><head><title>The trap <b onclick="window.attacked = true">x</b></title></head>
<body><main><article><h1>The trap</h1>
<p>{GATE} <script>window.attacked = true</script><img src="/x.png" onerror="window.attacked = true">
<a href="javascript:window.attacked = true">Its key</a> hangs by
&lt;script&gt;window.attacked = true&lt;/script&gt;.</p>
<h2 onclick="window.attacked = true">What it holds</h2>
<ul><li>A hook of iron, as long as an arm.</li><li><iframe src="/"></iframe>A net of rope, never mended.</li></ul>
<table><tr><th>Part</th><th>Weight</th></tr><tr><td>hook</td><td>4 kg</td></tr>
<tr><td>net</td><td>9 kg</td></tr></table>
<form action="/login"><input name="name"><button>Send</button></form></article></main></body></html>"""

LONG = "# The log of the tower\n\n" + "\n\n".join(
    f"## Week {week}\n\n" + " ".join(f"On watch {watch} of week {week} nothing was seen." for watch in range(60))
    for week in range(1, 41)
)


class QuotingAssistant:
    """Answers with the sentences of a document that the question names: "tower.pdf: one | another"."""

    def __init__(self, library: Library) -> None:
        self.library = library

    def stream(
        self, question: str, history: Iterable[Turn] = (), *, collections: Sequence[str] | None = None
    ) -> Iterator[Answer]:
        name, _, sentences = question.partition(": ")
        document = self.library.document(name)
        statements = []
        for number, words in enumerate(sentences.split(" | "), start=1):
            start = document.text.index(words)
            citation = Citation(
                number, document.id, document.content_hash, start, start + len(words), words, document.title, None, None
            )
            statements.append(Statement(words, (citation,), 1.0))
        yield Answer(question, "answered", tuple(statements), written_by="quoted", confidence=0.9)


def write_tower(path: Path) -> None:
    canvas = Canvas(str(path), pagesize=(420, 595))
    canvas.setTitle("The tower of Fara")
    for page in TOWER:
        for place, line in enumerate(page):
            canvas.setFont("Helvetica-Bold" if place == 0 else "Helvetica", 20 if place == 0 else 12)
            canvas.drawString(40, 540 - 18 * place, line)
        canvas.showPage()
    canvas.save()


def write_stores(path: Path) -> None:
    word = WordDocument()
    word.add_heading("The winter stores", 1)
    word.add_paragraph("The stores are filled in October. They last until April.")
    word.add_heading("What is kept", 2)
    for line in ("Forty sacks of flour.", "Two barrels of oil."):
        word.add_paragraph(line, style="List Bullet")
    table = word.add_table(rows=0, cols=2)
    for row in (("Good", "Sacks"), ("Flour", "40"), ("Peas", "12")):
        for cell, words in zip(table.add_row().cells, row, strict=True):
            cell.text = words
    word.save(str(path))


def write_prices(path: Path) -> None:
    book = Workbook()
    book.active.title = "Prices"
    for row in (("Good", "Crowns", "Since"), ("Flour", 14, 2021), ("<b>Oil</b>", 31, 2022)):
        book.active.append(row)
    book.save(path)


def write_horn(path: Path) -> None:
    talk = Presentation()
    slide = talk.slides.add_slide(talk.slide_layouts[1])
    slide.shapes.title.text = "How the fog horn works"
    slide.placeholders[1].text_frame.text = "Air is pressed into a tank.\nA reed sounds for three seconds."
    slide = talk.slides.add_slide(talk.slide_layouts[5])
    slide.shapes.title.text = "Who hears it"
    table = slide.shapes.add_table(2, 2, Inches(1), Inches(2), Inches(6), Inches(1)).table
    for place, words in enumerate(("Place", "Miles", "Skerry", "4")):
        table.cell(*divmod(place, 2)).text = words
    talk.save(str(path))


@pytest.fixture(scope="module")
def rock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Library]]:
    folder = tmp_path_factory.mktemp("rock")
    (folder / "sources").mkdir()
    write_tower(folder / "sources" / "tower.pdf")
    write_stores(folder / "sources" / "stores.docx")
    write_prices(folder / "sources" / "prices.xlsx")
    write_horn(folder / "sources" / "horn.pptx")
    written = {"notes.md": NOTES, "fees.md": FEES, "boats.csv": BOATS, "trap.html": HOSTILE_PAGE, "log.md": LONG}
    for name, text in written.items():
        (folder / "sources" / name).write_text(text, encoding="utf-8")
    if BENCHMARKS is not None:
        report = Path(BENCHMARKS) / "sec10q" / "documents" / "2022 Q3 AAPL.pdf"
        (folder / "sources" / "report.pdf").write_bytes(report.read_bytes())
    opening = Opening(
        lambda progress: Library.open(folder / "library"), QuotingAssistant, sources=folder / "sources"
    ).begin()
    with served(opening, folder) as address:
        assert opening.finished.wait(120)
        assert opening.failure is None
        assert opening.report.failed == ()
        yield address, opening.library
    opening.close()


def rectangle(page, selector: str) -> dict[str, float]:
    """Where a mark on the picture lies, in shares of the picture."""
    return page.locator(selector).evaluate(
        "box => { const [b, p] = [box, box.closest('.sheet')].map((e) => e.getBoundingClientRect());"
        " return { top: (b.top - p.top) / p.height, left: (b.left - p.left) / p.width } }"
    )


def test_a_citation_of_a_pdf_opens_its_page_as_a_picture_with_the_words_marked(visit, rock):
    page = visit(rock[0], motion="no-preference")
    ask(page, f"tower.pdf: {LAMP} | {DUSK} | {KEEPER}")
    wait_for_answer(page)
    page.locator(".statements .chip").first.click()
    page.wait_for_selector(".paper rect.current")
    assert page.locator("#source img").evaluate("img => img.decode().then(() => img.naturalWidth)") == 1240
    assert page.locator("rect.current").count() == 2
    assert page.locator(".sheet rect").count() == 3
    first = rectangle(page, "rect.current >> nth=0")
    assert first["top"] == pytest.approx((595 - 540 + 2 * 18 - 12) / 595, abs=0.02)
    assert first["left"] == pytest.approx(40 / 420, abs=0.01)
    assert page.locator("rect.current").first.is_visible()
    photograph(page, "pdf-page-desktop-light")
    page.click("[aria-label='Next citation']")
    page.wait_for_selector(".position >> text=2 of 3")
    page.wait_for_selector("rect.current >> nth=0")
    assert page.locator("rect.current").count() == 1
    page.click("[aria-label='Next citation']")
    page.wait_for_selector(f".turn >> text={texts.page_of(3, 3)}")


def test_the_text_stays_one_click_away_and_the_choice_is_kept(visit, rock):
    page = visit(rock[0])
    ask(page, f"tower.pdf: {LAMP} | {KEEPER}")
    wait_for_answer(page)
    page.locator(".statements .chip").first.click()
    page.wait_for_selector("rect.current")
    assert page.locator("#source .document").is_hidden()
    page.click(f"#source .views >> text={texts.SOURCE_AS_TEXT}")
    assert current_mark(page) == LAMP
    assert page.locator("mark.current").is_visible()
    page.click("[aria-label='Next citation']")
    page.wait_for_selector(".position >> text=2 of 2")
    assert page.locator("#source .paper").is_hidden()
    page.click(f"#source .views >> text={texts.SOURCE_AS_PAGE}")
    assert page.locator("#source .paper").is_visible()


def test_pages_are_turned_by_keyboard_and_keep_the_focus(visit, rock):
    page = visit(rock[0])
    ask(page, f"tower.pdf: {LAMP}")
    wait_for_answer(page)
    page.locator(".statements .chip").first.click()
    page.wait_for_selector("rect.current")
    page.focus(f"[aria-label='{texts.SOURCE_PAGE_AFTER}']")
    page.keyboard.press("Enter")
    page.wait_for_selector(f".turn >> text={texts.page_of(3, 3)}")
    assert page.locator(".sheet rect").count() == 0
    assert texts.SOURCE_PAGE_UNMARKED not in page.locator("#source").inner_text()
    page.focus(f"[aria-label='{texts.SOURCE_PAGE_BEFORE}']")
    page.keyboard.press("Enter")
    page.wait_for_selector("rect.current")
    page.wait_for_function(
        "label => document.activeElement.getAttribute('aria-label') === label", arg=texts.SOURCE_PAGE_BEFORE
    )


def test_a_page_is_made_larger_and_stays_so_with_the_words_in_sight(visit, rock):
    page = visit(rock[0], width=375, height=780)
    ask(page, f"tower.pdf: {LAMP} | {KEEPER}")
    wait_for_answer(page)
    page.locator(".statements .chip").first.click()
    page.wait_for_selector("rect.current")
    fitting = page.locator(".sheet").bounding_box()["width"]
    page.click("#source [data-larger]")
    assert page.locator(".sheet").bounding_box()["width"] > 2 * fitting
    photograph(page, "pdf-larger-phone-light")
    page.click("[aria-label='Next citation']")
    page.wait_for_selector(f".turn >> text={texts.page_of(3, 3)}")
    assert page.locator(".sheet").bounding_box()["width"] > 2 * fitting
    box = page.locator("rect.current").first.bounding_box()
    assert 0 <= box["x"] < 375
    assert page.evaluate("document.documentElement.scrollWidth") <= 375


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        pytest.param("collection=default&document=tower.pdf&page=2", 200, id="a page"),
        pytest.param("collection=default&document=tower.pdf&page=4", 404, id="no such page"),
        pytest.param("collection=default&document=tower.pdf&page=0", 404, id="page nought"),
        pytest.param("collection=default&document=tower.pdf&page=-1", 404, id="a negative page"),
        pytest.param("collection=default&document=tower.pdf&page=%C2%B2", 404, id="no number"),
        pytest.param("collection=default&document=notes.md&page=1", 404, id="no PDF"),
        pytest.param("collection=other&document=tower.pdf&page=1", 404, id="another collection"),
        pytest.param("collection=default&document=../../etc/passwd&page=1", 404, id="a path"),
        pytest.param("", 404, id="nothing"),
    ],
)
def test_pages_of_documents_are_handed_out_as_pictures_and_nothing_else_is(rock, asked, status):
    import httpx

    with httpx.Client(trust_env=False) as client:
        response = client.get(f"{rock[0]}/page.png?{asked}", timeout=30)
    assert response.status_code == status
    assert response.content.startswith(b"\x89PNG") == (status == 200)
    assert response.headers["content-type"].startswith("image/png" if status == 200 else "text/plain")
    assert response.headers["x-content-type-options"] == "nosniff"


def test_another_website_cannot_have_pages_drawn(rock):
    import httpx

    page = f"{rock[0]}/page.png?collection=default&document=tower.pdf&page=2"
    with httpx.Client(trust_env=False) as client:
        assert client.get(page, headers={"sec-fetch-site": "cross-site"}).status_code == 404


def test_a_pdf_that_is_only_looked_at_shows_its_text_and_then_its_pages(visit, rock):
    page = visit(rock[0])
    page.click("[data-documents]")
    page.click("[data-open$='tower.pdf']")
    page.wait_for_selector("#source .document >> text=It took the masons")
    page.click(f"#source .views >> text={texts.SOURCE_AS_PAGE}")
    page.wait_for_selector(f".turn >> text={texts.page_of(1, 3)}")
    assert page.locator("#source img").evaluate("img => img.decode().then(() => img.naturalWidth)") == 1240


def test_the_outline_leads_to_a_heading_and_closes(visit, rock):
    page = visit(rock[0], height=500)
    page.click("[data-documents]")
    page.click("[data-open$='notes.md']")
    page.click(f"#source summary:has-text('{texts.SOURCE_OUTLINE}')")
    page.click("#source [data-heading] >> text=The sea")
    heading = page.locator("#source .document h4 >> text=The sea")
    assert page.evaluate("document.activeElement.textContent") == "The sea"
    assert heading.is_visible()
    assert page.locator("#source details[open]").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
def test_a_page_as_a_picture_bars_nobody(visit, rock, axe, width, scheme):
    page = visit(rock[0], width=width, scheme=scheme)
    ask(page, f"tower.pdf: {LAMP}")
    wait_for_answer(page)
    page.locator(".statements .chip").first.click()
    page.wait_for_selector("rect.current")
    assert_fits_and_bars_nobody(page, axe)
    page.click(".turn [data-larger]")
    assert_fits_and_bars_nobody(page, axe)


@pytest.mark.parametrize(
    ("quoted", "headings", "items", "columns"),
    [
        pytest.param(
            "stores.docx: Two barrels of oil.",
            ["The winter stores", "What is kept"],
            ["Forty sacks of flour.", "Two barrels of oil."],
            ["Good", "Sacks"],
            id="Word",
        ),
        pytest.param(
            f"trap.html: {GATE}",
            ["The trap", "What it holds"],
            ["A hook of iron, as long as an arm.", "A net of rope, never mended."],
            ["Part", "Weight"],
            id="hostile HTML",
        ),
        pytest.param(
            "prices.xlsx: Good: <b>Oil</b>; Crowns: 31; Since: 2022.",
            ["Prices"],
            [],
            ["Good", "Crowns", "Since"],
            id="Excel",
        ),
        pytest.param(
            "horn.pptx: A reed sounds for three seconds.",
            ["How the fog horn works", "Who hears it"],
            ["Air is pressed into a tank.", "A reed sounds for three seconds."],
            ["Place", "Miles"],
            id="PowerPoint",
        ),
    ],
)
def test_a_file_is_shown_with_its_headings_lists_and_tables_and_the_quoted_words_on_them(
    visit, rock, quoted, headings, items, columns
):
    page = visit(rock[0])
    ask(page, quoted)
    wait_for_answer(page)
    page.locator(".statements .chip").first.click()
    name, _, words = quoted.partition(": ")
    assert current_mark(page) == words
    photograph(page, f"source-{name.partition('.')[2]}")
    assert page.locator("#source mark").first.is_visible()
    shown = page.locator("#source .document")
    assert shown.locator(":is(h3, h4, h5, h6)").all_inner_texts() == headings
    assert shown.locator("li").all_inner_texts() == items
    assert shown.locator("th[scope=col]").all_inner_texts() == columns
    assert page.locator("main :is(script, img, iframe, [onclick], [onerror], a[href^=javascript])").count() == 0
    assert shown.locator(":is(form, input, button)").count() == 0
    assert page.evaluate("window.attacked") is None


def test_the_outline_of_a_pdf_turns_to_the_page_of_a_heading_or_leads_to_it_in_the_text(visit, rock):
    page = visit(rock[0])
    ask(page, f"tower.pdf: {KEEPER}")
    wait_for_answer(page)
    page.locator(".statements .chip").first.click()
    page.wait_for_selector(f".turn >> text={texts.page_of(3, 3)}")
    page.click("#source .outline summary")
    assert page.locator("#source [data-heading]").all_inner_texts() == [heading for heading, *_ in TOWER]
    page.click("#source [data-heading] >> text=The lamp")
    page.wait_for_selector(f".turn >> text={texts.page_of(2, 3)}")
    page.click(f"#source .views >> text={texts.SOURCE_AS_TEXT}")
    page.click("#source .outline summary")
    page.click("#source [data-heading] >> text=The keepers")
    assert page.evaluate("document.activeElement.textContent") == "The keepers"
    assert page.locator("#source .document >> text=The last keeper left").is_visible()


def test_the_outline_of_a_long_document_brings_the_part_that_a_heading_stands_in(visit, rock):
    address, library = rock
    assert len(library.document("log.md").text) > 60_000
    page = visit(address, height=500)
    ask(page, "log.md: On watch 7 of week 2 nothing was seen.")
    wait_for_answer(page)
    page.locator(".statements .chip").first.click()
    assert current_mark(page) == "On watch 7 of week 2 nothing was seen."
    assert page.locator(f"#source >> text={texts.SOURCE_PART}").count() == 1
    assert page.locator("#source .document >> text=On watch 59 of week 40").count() == 0
    page.click("#source .outline summary")
    page.click("#source [data-heading]:text-is('Week 40')")
    page.wait_for_selector("#source .document >> text=On watch 59 of week 40")
    heading = page.locator("#source .document h4:text-is('Week 40')")
    page.wait_for_function("document.activeElement.textContent === 'Week 40'")
    box, region = heading.bounding_box(), page.locator("#source .document").bounding_box()
    assert region["y"] <= box["y"] < region["y"] + region["height"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
def test_a_table_is_read_as_a_grid_and_the_quoted_words_are_seen_on_it(visit, rock, width, scheme):
    page = visit(rock[0], width=width, scheme=scheme)
    fee = "Boat: up to 12 m; Summer: 22; Winter: none."
    ask(page, f"fees.md: {fee}")
    wait_for_answer(page)
    page.locator(".statements .chip").first.click()
    assert current_mark(page) == fee
    photograph(page, f"table-{width}-{scheme}")
    assert page.locator("#source th[scope=col]").all_inner_texts() == ["Boat", "Summer", "Winter"]
    assert page.locator("#source tr:nth-child(1) td").all_inner_texts() == ["up to 8 m", "14", "none"]
    assert page.locator("#source tr:nth-child(2) td").all_inner_texts() == [
        "Boat: up to 12 m;",
        "Summer: 22;",
        "Winter: none.",
    ]
    assert all(mark.is_visible() for mark in page.locator("#source mark").all())


@pytest.mark.parametrize("width", [375, 1280])
def test_a_wide_table_is_scrolled_in_its_own_box_to_the_quoted_words(visit, rock, width):
    page = visit(rock[0], width=width)
    ask(page, "boats.csv: rust at the bow")
    wait_for_answer(page)
    page.locator(".statements .chip").first.click()
    assert current_mark(page) == "rust at the bow"
    photograph(page, f"wide-table-{width}-light")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("#source .document").evaluate("region => region.scrollWidth <= region.clientWidth")
    grid, mark = (page.locator(selector).bounding_box() for selector in ("#source .grid", "#source mark"))
    assert page.locator("#source .grid").evaluate("grid => grid.scrollLeft") > 0
    assert grid["x"] <= mark["x"] < grid["x"] + grid["width"] <= width


def test_what_was_left_out_is_shown_and_escape_closes_the_list_before_the_panel(visit, rock):
    page = visit(rock[0])
    page.click("[data-documents]")
    page.click("[data-open$='notes.md']")
    page.click(f"#source summary:has-text('{texts.SOURCE_LEFT_OUT}')")
    assert "advertisement" in page.locator(".left-out").inner_text()
    page.keyboard.press("Escape")
    assert page.locator("#source details[open]").count() == 0
    assert page.locator("#source .panel").is_visible()


@pytest.mark.skipif(BENCHMARKS is None, reason="KEYQ_BENCHMARKS names no folder with sec10q/documents")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("size", "width"), [("phone", 375), ("desktop", 1280), ("wide", 1920)])
def test_a_report_as_it_was_filed_is_marked_on_its_page(visit, rock, size, width, scheme):
    address, library = rock
    sentence = next(
        library.document("report.pdf").text[span.start : span.end]
        for span in library.sentences("report.pdf")
        if span.end - span.start > 150 and span.start > 8_000
    )
    page = visit(address, width=width, height=900, scheme=scheme)
    ask(page, f"report.pdf: {sentence}")
    wait_for_answer(page)
    page.locator(".statements .chip").first.click()
    page.wait_for_selector("rect.current")
    page.locator("#source img").evaluate("img => img.decode()")
    photograph(page, f"report-page-{size}-{scheme}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    box = page.locator("rect.current").first.bounding_box()
    assert 0 < box["x"] < width
    assert 0 < box["y"] < 900
