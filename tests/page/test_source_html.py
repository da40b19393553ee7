"""What the source panel shows, and above all what it marks."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.page import texts
from assistant.page.source import OUTLINED, PART, Quote, View, render_source
from knowledge import Box, Document, Omission, PagePicture
from tests.page.conftest import Outline, assert_safe
from tests.page.fakes import HOSTILE, KEEPERS, LIGHTHOUSE, find, make_document


def quote(document: Document, words: str, reference: str = "citation/1/1") -> Quote:
    start, end = find(document, words)
    return Quote(document.collection, document.id, document.content_hash, start, end, words, document.title, reference)


PANELS = quote(LIGHTHOUSE, "Since 2019 the lamp has run on 48 solar panels.")
NIGHTS = quote(LIGHTHOUSE, "which can carry the lamp through nine nights without sun.", "citation/1/2")
RADIO = quote(KEEPERS, "The harbour office can dim the lamp", "citation/1/3")


def panel(document: Document | None, *quotes: Quote, current: Quote | None = None, **more: object) -> Outline:
    return assert_safe(render_source(View(document, quotes, current, **more)))


def test_the_clicked_quote_is_marked_strongly_and_the_others_of_the_answer_too():
    outline = panel(LIGHTHOUSE, PANELS, NIGHTS, RADIO, current=NIGHTS)
    assert outline.current_mark() == NIGHTS.text
    assert [words for _, words in outline.marks] == [PANELS.text, NIGHTS.text]


@given(st.data())
def test_the_marked_words_are_the_quote_wherever_it_stands(data):
    start = data.draw(st.integers(0, len(LIGHTHOUSE.text) - 1))
    end = data.draw(st.integers(start + 1, len(LIGHTHOUSE.text)))
    other_start = data.draw(st.integers(0, len(LIGHTHOUSE.text) - 1))
    words = LIGHTHOUSE.text[start:end]
    clicked = replace(PANELS, start=start, end=end, text=words)
    beside = replace(NIGHTS, start=other_start, end=other_start + 30, text=LIGHTHOUSE.text[other_start:][:30])
    outline = panel(LIGHTHOUSE, clicked, beside, current=clicked)
    assert "".join(outline.current_mark().split()) == "".join(words.split())


@given(
    st.lists(st.text(min_size=1), min_size=1, max_size=6),
    st.sampled_from(["heading", "paragraph", "list item", "table", "code"]),
)
def test_every_character_of_a_document_is_shown_as_text(words, kind):
    document = make_document("any.txt", HOSTILE, [(kind, text) for text in words], author=HOSTILE)
    shown = panel(document).text
    assert all(text in shown for text in words)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        pytest.param(None, texts.SOURCE_GONE, id="gone"),
        pytest.param(replace(LIGHTHOUSE, content_hash="another"), texts.SOURCE_CHANGED, id="changed"),
        pytest.param(replace(LIGHTHOUSE, text=LIGHTHOUSE.text.upper()), texts.SOURCE_CHANGED, id="other words"),
        pytest.param(replace(LIGHTHOUSE, collection="elsewhere"), texts.SOURCE_CHANGED, id="another collection"),
    ],
)  # fmt: skip
def test_where_the_words_are_not_there_nothing_is_marked_and_the_panel_says_so(document, words):
    outline = panel(document, PANELS, NIGHTS, current=PANELS)
    assert outline.marks == []
    assert words in outline.text
    assert PANELS.text in outline.text


def test_a_quote_without_a_hash_is_marked_when_its_words_are_there():
    known = replace(PANELS, document_hash="")
    assert panel(LIGHTHOUSE, known, current=known).current_mark() == PANELS.text


def test_an_unknown_source_is_said_to_be_unknown():
    assert texts.SOURCE_UNKNOWN in panel(None).text


def test_the_panel_says_who_wrote_what_when_and_where_it_stands():
    facts = panel(KEEPERS, RADIO, current=RADIO).text
    for fact in ("The last keepers of Fara", "Tom Hale", "2 November 2021", "After the keepers", "Page 2"):
        assert fact in facts


def test_previous_and_next_go_round_the_citations_of_the_answer():
    outline = panel(LIGHTHOUSE, PANELS, NIGHTS, RADIO, current=PANELS)
    assert "1 of 3" in outline.text
    assert outline.with_attribute("data-open") == ["citation/1/3", "citation/1/2"]


def test_a_single_citation_has_no_neighbours():
    assert panel(LIGHTHOUSE, PANELS, current=PANELS).with_attribute("data-open") == []


@pytest.mark.parametrize(
    ("origin", "has_original", "href"),
    [
        pytest.param("https://example.org/a?b=1&c", False, "https://example.org/a?b=1&c", id="address"),
        pytest.param("/home/a/b.md", True, "/original?collection=default&document=a%2Fb%26c.md", id="file"),
        pytest.param("/home/a/b.md", False, None, id="no file kept"),
        pytest.param("javascript:alert(1)", False, None, id="script"),
    ],
)
def test_the_original_is_linked_by_id_or_address(origin, has_original, href):
    document = make_document("a/b&c.md", "Title", [("paragraph", "Words.")], origin=origin)
    outline = panel(document, has_original=has_original)
    assert outline.with_attribute("href") == ([href] if href else [])
    assert outline.with_attribute("rel") == (["noopener noreferrer"] if href else [])


def test_lists_tables_code_and_pages_read_as_such():
    html = render_source(View(LIGHTHOUSE))
    assert html.count("<ul>") == html.count("</ul>") == 1
    assert html.count("<table>") == 1
    assert html.count("<pre ") == 1
    assert "Page 2" in panel(KEEPERS).text


def table(*lines: str) -> Document:
    return make_document("table.csv", "Table", [("table", line) for line in lines])


SPARES = table(
    "Part: lamp; Spares on the rock: 3.",
    "Part: charge controller; Spares on the rock: 1.",
    "All of them are counted in May.",
    "Part: panel; Spares on the rock: none.",
)


def test_the_columns_of_a_table_are_named_once_and_a_row_that_does_not_fit_stays_a_line():
    html = render_source(View(SPARES))
    assert_safe(html)
    assert '<thead><tr><th scope="col">Part</th><th scope="col">Spares on the rock</th></tr></thead>' in html
    assert "<td><span hidden>Part: </span>lamp<span hidden>; </span></td>" in html
    assert "<td><span hidden>Spares on the rock: </span>none<span hidden>.</span></td>" in html
    assert '<td colspan="2">All of them are counted in May.</td>' in html


def test_of_a_row_all_the_marked_words_are_seen_also_those_that_the_grid_says_already():
    clicked = quote(SPARES, "Part: charge controller; Spares on the rock: 1.")
    html = render_source(View(SPARES, (clicked,), clicked))
    outline = assert_safe(html)
    assert outline.current_mark() == clicked.text
    row = next(row for row in html.split("<tr>") if "controller" in row)
    assert "hidden" not in row
    assert html.count("<span hidden>") == 8


def test_a_mark_within_a_cell_covers_its_words_alone():
    clicked = quote(SPARES, "controller")
    html = render_source(View(SPARES, (clicked,), clicked))
    mark = '<mark class="current" data-quote-of="citation/1/1">controller</mark>'
    assert f"<span hidden>Part: </span>charge {mark}<span hidden>; </span>" in html


def test_rows_with_names_of_their_own_are_headed_by_them():
    html = render_source(
        View(
            table(
                "Fara \N{EN DASH} Height: 31 m; Built: 1871.",
                "Skerry \N{EN DASH} Built: 1902.",
                "Rona \N{EN DASH} Height: 9 m.",
            )
        )
    )
    assert '<thead><tr><td></td><th scope="col">Height</th><th scope="col">Built</th></tr></thead>' in html
    assert '<tr><th scope="row">Skerry<span hidden> \N{EN DASH} </span></th><td></td><td>' in html


def test_markup_in_a_table_is_shown_as_text_in_its_head_and_in_its_cells():
    outline = panel(table(f"{HOSTILE}: {HOSTILE}; B: 1.", f"{HOSTILE}: x; B: 2."))
    assert "table" in [tag for tag, _ in outline.elements]
    assert outline.text.count(HOSTILE) == 4


PIECES = st.sampled_from(["A", "B", "C", ": ", "; ", " | ", " \N{EN DASH} ", ".", "x", "\n", "<b>"])
LINES = st.lists(st.lists(PIECES, min_size=1, max_size=12).map("".join), min_size=1, max_size=5)


@given(LINES, st.data())
def test_a_table_of_any_form_shows_every_character_once_and_marks_the_quote_alone(lines, data):
    document = table(*lines)
    start = data.draw(st.integers(0, len(document.text) - 1))
    words = document.text[start : data.draw(st.integers(start + 1, len(document.text)))]
    clicked = replace(quote(document, words), start=start, end=start + len(words))
    html = render_source(View(document, (clicked,), clicked))
    outline = assert_safe(html)
    assert "".join(outline.current_mark().split()) == "".join(words.split())
    assert re.search(r"<span hidden>(?:(?!</span>).)*<mark", html) is None
    body = Outline(re.sub(r"<thead>.*?</thead>", "", html).partition('<div class="document"')[2])
    assert "".join(body.text.split()).endswith("".join(document.text.split()))


def test_of_a_very_long_document_the_part_around_the_quote_is_shown():
    sentences = [f"Sentence number {i} of a long report." for i in range(20_000)]
    document = make_document("long.txt", "Long", [("paragraph", " ".join(sentences))], published=date(2020, 1, 1))
    clicked = quote(document, sentences[15_000])
    outline = panel(document, clicked, current=clicked)
    assert outline.current_mark() == sentences[15_000]
    assert texts.SOURCE_PART in outline.text
    assert len(outline.text) < PART * 1.1


BOX = Box(100, 200, 700, 230)


def paper(*boxes: tuple[Box, ...], current: Quote | None = RADIO, **more: object) -> Outline:
    picture = PagePicture(2, 3, b"", 1240, 1605, boxes)
    pictured = tuple(quote for quote in (RADIO, NIGHTS) if boxes)[: len(boxes)]
    return panel(KEEPERS, RADIO, current=current, picture=picture, pictured=pictured, pages=True, **more)


def view_of(outline: Outline) -> str:
    return next(attributes["data-view"] for _, attributes in outline.elements if attributes.get("class") == "source")


def test_the_page_is_shown_with_the_words_marked_and_the_text_is_one_click_away():
    outline = paper((BOX,))
    assert view_of(outline) == "page"
    rectangles = [attributes for tag, attributes in outline.elements if tag == "rect"]
    assert [(r["x"], r["y"], r["width"], r["height"], r["class"]) for r in rectangles] == [
        ("100", "200", "600", "30", "current")
    ]
    assert outline.current_mark() == RADIO.text
    assert outline.with_attribute("src")[0].startswith(
        "/page.png?collection=default&document=reports%2Fkeepers.pdf&page=2"
    )


def test_the_clicked_quote_lies_above_the_others_of_the_page():
    rectangles = [attributes for tag, attributes in paper((BOX,), (BOX,)).elements if tag == "rect"]
    assert [r["data-quote-of"] for r in rectangles] == ["citation/1/2", "citation/1/3"]


def test_where_the_words_are_not_found_on_the_picture_the_text_is_shown_and_the_page_says_why():
    outline = paper(())
    assert view_of(outline) == "text"
    assert texts.SOURCE_PAGE_UNMARKED in outline.text
    assert [tag for tag, _ in outline.elements if tag == "rect"] == []


def test_a_page_that_was_turned_to_is_shown_without_excuses():
    outline = paper((), turned=True)
    assert view_of(outline) == "page"
    assert texts.SOURCE_PAGE_UNMARKED not in outline.text
    assert outline.with_attribute("data-turn") == ["1", "3"]


@pytest.mark.parametrize(
    ("number", "off"), [pytest.param(1, [0], id="the first page"), pytest.param(3, [1], id="the last page")]
)
def test_there_is_no_page_before_the_first_and_none_after_the_last(number, off):
    picture = PagePicture(number, 3, b"", 10, 10, ())
    outline = panel(KEEPERS, picture=picture, pages=True, turned=True)
    turns = [
        attributes
        for _, attributes in outline.elements
        if attributes.get("class") == "icon" and "data-turn" in attributes
    ]
    assert [place for place, turn in enumerate(turns) if "disabled" in turn] == off


def test_a_document_that_is_only_looked_at_offers_its_pages():
    outline = panel(KEEPERS, pages=True)
    assert view_of(outline) == "text"
    assert outline.with_attribute("data-turn") == ["1"]


def test_the_outline_leads_to_every_heading():
    outline = panel(LIGHTHOUSE)
    offsets = [str(block.start) for block in LIGHTHOUSE.blocks if block.kind == "heading"]
    assert outline.with_attribute("data-heading") == outline.with_attribute("data-at") == offsets


def test_an_endless_outline_is_cut_and_says_so():
    document = make_document("a.md", "A", [("heading", f"Section {number}") for number in range(OUTLINED + 50)])
    outline = panel(document)
    assert len(outline.with_attribute("data-heading")) == OUTLINED
    assert texts.SOURCE_OUTLINE_MORE in outline.text


def test_a_long_document_can_be_shown_around_another_place():
    sentences = [f"Sentence number {i} of a long report." for i in range(20_000)]
    document = make_document("long.txt", "Long", [("paragraph", " ".join(sentences))])
    clicked = quote(document, sentences[15_000])
    outline = panel(document, clicked, current=clicked, around=document.text.index(sentences[3_000]))
    assert outline.marks == []
    assert sentences[3_000] in outline.text
    assert sentences[15_000] not in outline.text.replace(texts.SOURCE_PART, "")


def test_what_cleaning_left_out_can_be_seen():
    omissions = (Omission(f"Buy our lamps {HOSTILE}", "advertisement"), Omission("Home > News", "navigation"))
    outline = panel(replace(LIGHTHOUSE, omissions=omissions))
    assert f"{texts.SOURCE_LEFT_OUT} 2" in outline.text
    assert f"advertisement Buy our lamps {HOSTILE}" in outline.text
