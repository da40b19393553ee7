from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals import BenchmarkError, document_from_text
from evals.documents import without_span
from knowledge import Span
from tests.evals.village import BAKERY, LIGHTHOUSE


def block_texts(document) -> list[str]:
    return [document.text[block.start : block.end] for block in document.blocks]


def test_every_line_that_is_not_blank_is_a_paragraph():
    document = document_from_text("light", "Gull Rock", "  " + LIGHTHOUSE + " \n \n")
    assert block_texts(document) == [line for line in LIGHTHOUSE.split("\n") if line]


@given(st.text(alphabet="ab \n\t\u2028", min_size=1).filter(str.strip))
def test_blocks_hold_every_character_that_is_not_white_space(text):
    document = document_from_text("any", "", text)
    assert document.text == text
    outside, end = "", 0
    for block in document.blocks:
        assert end <= block.start < block.end
        outside += text[end : block.start]
        end = block.end
    assert not (outside + text[end:]).strip()


def test_a_document_without_text_is_an_error_that_names_it():
    with pytest.raises(BenchmarkError, match="'empty' has no text"):
        document_from_text("empty", "Nothing", " \n")


def test_two_documents_of_the_same_words_stay_two():
    one, other = (document_from_text(document_id, "", LIGHTHOUSE) for document_id in ("one", "other"))
    assert one.content_hash != other.content_hash


def test_a_part_that_is_left_out_moves_the_later_blocks_up():
    document = document_from_text("bread", "", f"{BAKERY}\n\nWho bakes?\nAnna bakes.\n\nClosed on Monday.")
    start = document.text.index("Who bakes?")
    shorter = without_span(document, Span(start, document.text.index("\n\nClosed")))
    assert block_texts(shorter) == [*BAKERY.split("\n\n"), "Closed on Monday."]
    assert "Anna" not in shorter.text
    assert shorter.content_hash != document.content_hash


def test_a_part_at_the_end_leaves_no_trailing_white_space():
    document = document_from_text("bread", "", f"{BAKERY}\n\nWho bakes?\nAnna bakes.")
    shorter = without_span(document, Span(document.text.index("Who bakes?"), len(document.text)))
    assert shorter.text == BAKERY


def test_a_block_that_reaches_into_the_part_goes_with_it():
    document = document_from_text("bread", "", BAKERY)
    within = document.text.index("costs")
    assert block_texts(without_span(document, Span(within, within + 5))) == [BAKERY.split("\n\n")[0]]
