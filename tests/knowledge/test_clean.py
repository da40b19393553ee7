"""Cleaning leaves out what is not content, reports it, and leaves content alone."""

from __future__ import annotations

import json
import re

import pytest

from knowledge.clean import clean_blocks
from knowledge.formats.canonical import flowing_text
from knowledge.formats.reading import Piece
from knowledge.load import load_document
from tests.conftest import folder_of

DISCLOSURE = "As an affiliate, I earn a little on what you buy here."
PROSE = "The station on the hill has measured the height of the water since 1931, and it has never failed for long."


def paragraphs(*lines: str) -> list[Piece]:
    return [Piece("paragraph", line) for line in lines]


def kept(*lines: str) -> list[str]:
    return [piece.text for piece in clean_blocks(paragraphs(*lines))[0]]


def reasons(*lines: str) -> list[str]:
    return [omission.reason for omission in clean_blocks(paragraphs(*lines))[1]]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        pytest.param(DISCLOSURE, "affiliate disclosure", id="formula of affiliates"),
        pytest.param(
            "As an Amazon Associate I earn from qualifying purchases.", "affiliate disclosure", id="other formula"
        ),
        pytest.param("This post may contain affiliate links.", "affiliate disclosure", id="affiliate links"),
        pytest.param(
            "If you buy through our links, we may earn a commission.", "affiliate disclosure", id="commission"
        ),
        pytest.param(
            "The Tide Gazette may receive a commission for purchases made through this page.",
            "affiliate disclosure",
            id="commission of a third person",
        ),
        pytest.param("We use cookies to improve your experience.", "cookie notice", id="cookies"),
        pytest.param("Accept all cookies", "cookie notice", id="cookie button"),
        pytest.param("ADVERTISEMENT", "advertisement", id="advertisement"),
        pytest.param("Story continues below advertisement", "advertisement", id="story continues"),
        pytest.param("Share this article on Facebook", "share or subscribe prompt", id="share"),
        pytest.param("Sign up for our weekly newsletter", "share or subscribe prompt", id="newsletter"),
        pytest.param("Skip to main content", "navigation", id="skip"),
        pytest.param("Home > News > Harbours", "navigation", id="trail"),
        pytest.param("Read more", "navigation", id="read more"),
    ],
)
def test_lines_that_are_not_content_go_with_their_reason(line, reason):
    assert kept(PROSE, line) == [PROSE]
    assert reasons(PROSE, line) == [reason]


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(
            "Affiliate links pay a commission of two to ten per cent, according to the study.", id="on affiliates"
        ),
        pytest.param("The broker earns a commission on every purchase.", id="on commissions"),
        pytest.param("Browsers are to refuse cookies of third parties from next year on.", id="on cookies"),
        pytest.param("Chocolate cookies", id="baked cookies"),
        pytest.param("Advertisement spending fell by a tenth in 1932.", id="on advertising"),
        pytest.param("Share of the market", id="share of a market"),
        pytest.param("Subscribers", id="subscribers"),
        pytest.param("Home", id="home"),
        pytest.param("Next", id="next"),
    ],
)
def test_lines_on_the_same_subjects_stay(line):
    assert kept(PROSE, line, PROSE + " Indeed.") == [PROSE, line, PROSE + " Indeed."]


@pytest.mark.parametrize("kind", ["code", "table"])
def test_code_and_tables_are_never_touched(kind):
    pieces = [Piece(kind, "Advertisement"), Piece(kind, "Advertisement"), Piece(kind, DISCLOSURE)]
    assert clean_blocks(pieces) == (tuple(pieces), ())


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(
            "📈 Full harbour report: The tide turns. on TideGazette.example — charts and prices.", id="report"
        ),
        pytest.param("Free download: get our guide to the tides today.", id="download"),
        pytest.param("Get the TideApp and never miss a deal on boats again!", id="app"),
    ],
)
def test_a_promotional_first_line_goes(line):
    assert kept(line, PROSE) == [PROSE]
    assert reasons(line, PROSE) == ["promotional line"]


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("Free Trade in the Nineteenth Century", id="free trade"),
        pytest.param("Get Carter is a British film of 1971.", id="film"),
        pytest.param("📈 Water levels rose again in 2025.", id="pictograph"),
        pytest.param("Complete report on the tides of 1931", id="report that is the document"),
    ],
)
def test_a_first_line_that_is_content_stays(line):
    assert kept(line, PROSE)[0] == line


def test_the_only_line_is_never_promotional():
    assert kept("Free download: get our guide to the tides today.") == [
        "Free download: get our guide to the tides today."
    ]


def test_names_of_products_above_disclosures_go_and_headings_stay():
    pieces = [
        Piece("heading", "The tides of 1931", 1),
        *paragraphs(DISCLOSURE, PROSE),
        Piece("heading", "Rubber boots", 2),
        *paragraphs(DISCLOSURE, "waterproof lamp", DISCLOSURE, DISCLOSURE),
        Piece("heading", "The tides of 1932", 2),
        *paragraphs(DISCLOSURE, f"{PROSE} Yes."),
        *paragraphs("A chart of the bay", DISCLOSURE),
    ]
    content, omissions = clean_blocks(pieces)
    assert [piece.text for piece in content] == ["The tides of 1931", PROSE, "The tides of 1932", f"{PROSE} Yes."]
    assert [omission.text for omission in omissions if omission.reason == "advertisement"] == [
        "Rubber boots",
        "waterproof lamp",
        "A chart of the bay",
    ]


def test_prose_above_a_disclosure_stays():
    assert kept(PROSE, "It was so in 1931.", DISCLOSURE) == [PROSE, "It was so in 1931."]


def test_a_line_that_follows_its_twin_counts_once():
    assert kept(PROSE, PROSE, "Yes.", "Yes.") == [PROSE, "Yes.", "Yes."]


def test_a_line_that_speaks_to_the_reader_in_three_places_counts_once():
    offer = "Want to know when your harbour floods? Look at our map."
    assert kept(offer, "One.", offer, "Two.", offer) == [offer, "One.", "Two."]
    fact = "The harbour was founded in 1914."
    assert kept(fact, "One.", fact, "Two.", fact) == [fact, "One.", fact, "Two.", fact]


def test_a_last_line_that_names_the_site_goes_and_other_sources_stay():
    assert reasons(PROSE, "Source: TideGazette.example") == ["source line"]
    assert reasons("Source: TideGazette.example", PROSE, *"abcd") == []
    assert reasons(PROSE, "Source: Harbour Office, yearly report") == []


def test_order_and_words_of_what_is_kept_do_not_change():
    lines = [PROSE, "Read more", "One.", DISCLOSURE, "Two."]
    assert kept(*lines) == [line for line in lines if line not in ("Read more", DISCLOSURE)]


def test_a_long_omission_is_reported_in_part():
    line = f"This page contains partner links, and {'so on ' * 40}"
    assert all(len(omission.text) <= 300 for omission in clean_blocks(paragraphs(PROSE, line))[1])


CORPORA = {
    "squad2_dev": 0.0,
    "xquad_en": 0.0,
    "selqa_test": 0.0,
    "qed_dev": 0.0,
    "nq_oracle": 0.0,
    "hotpot100": 0.0,
    "inscit_dev": 0.0,
    "multirc_val": 0.0,
    "qags_xsum": 0.0,
    "fever_eraser_val": 0.0,
    "covidqa": 0.0002,
    "wice_dev": 0.005,  # whole web pages as they were scraped, with their cookie notices and prompts
}
"""The largest share of a corpus's characters that cleaning may take, measured on all of it and rounded up."""
SAMPLE = 300  # documents of each corpus, evenly spread
MARKS = set("-*•#=~_+·")
"""What stands before items and headings in plain text, which the kinds of blocks say instead."""


@pytest.mark.parametrize("corpus", CORPORA)
def test_next_to_nothing_of_real_texts_is_left_out(corpus, tmp_path):
    path = folder_of("KEYQ_BENCHMARKS") / corpus / "corpus.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    texts = [row["text"] for row in rows if row["text"].strip()]
    total = omitted = 0
    for text in texts[:: max(1, len(texts) // SAMPLE)]:
        file = tmp_path / "text.txt"
        file.write_text(text, encoding="utf-8", newline="")
        document = load_document(file, document_id="text.txt", max_bytes=2**26)
        before, after = (re.sub(r"\s", "", part) for part in (flowing_text(text), document.text))
        reported = sum(len(re.sub(r"\s", "", omission.text)) for omission in document.omissions)
        marks = sum(character in MARKS for character in before) - sum(character in MARKS for character in after)
        assert len(before) - len(after) <= reported + marks
        total += len(before)
        omitted += reported
    assert omitted <= CORPORA[corpus] * total
