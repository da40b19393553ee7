"""Sources that differ are shown side by side, each with its place and its date."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from assistant.page import texts
from assistant.page.answer import markdown, render_exchange
from assistant.page.conversation import Exchange
from assistant.types import Answer, Conflict, Statement
from tests.page.conftest import Outline, assert_safe
from tests.page.fakes import HOSTILE, KEEPERS, LIGHTHOUSE, cite

FIRST = cite(1, LIGHTHOUSE, "Since 2019 the lamp has run on 48 solar panels.", "The panels")
SECOND = cite(2, KEEPERS, "The harbour office can dim the lamp, but it cannot put it out.", "After the keepers", 2)
ANSWER = Answer(
    "How many panels are there?",
    status="answered",
    statements=(Statement(FIRST.quote, (FIRST,), 1.0),),
    confidence=0.9,
    written_by="quoted",
    conflicts=(Conflict("figure", FIRST, SECOND, (31, 33), (4, 18)),),
)


def html_of(answer: Answer) -> str:
    return render_exchange(Exchange(3, answer.question, answer, outcome="done"))


def test_both_sentences_stand_side_by_side_with_their_chips_and_dates():
    block = re.findall(r'<section class="differ".*?</section>', html_of(ANSWER))[0]
    outline = Outline(block)
    assert texts.DIFFER in outline.text
    assert outline.with_attribute("data-open") == ["citation/3/1", "citation/3/2"]
    assert re.findall(r"<mark>(.*?)</mark>", block) == ["48", "harbour office"]
    assert "How the lighthouse of Fara is powered · 18 March 2024" in outline.text
    assert "The last keepers of Fara · 2 November 2021" in outline.text


def test_the_second_source_is_among_the_sources_below_the_answer():
    sources = re.findall(r'<ul class="sources".*?</ul>', html_of(ANSWER))[0]
    assert "citation/3/2" in sources


def test_one_source_that_says_both_is_called_one_source():
    twice = replace(ANSWER, conflicts=(Conflict("figure", FIRST, FIRST, (0, 5), (6, 10)),))
    assert texts.DIFFERS in html_of(twice)
    assert texts.DIFFER not in html_of(twice)


def test_an_answer_whose_sources_agree_has_no_such_block():
    assert 'class="differ"' not in html_of(replace(ANSWER, conflicts=()))


def test_what_is_copied_says_that_the_sources_differ_and_gives_both():
    copied = markdown(ANSWER)
    assert "The sources differ: “48” (18 March 2024) [1] against “harbour office” (2 November 2021) [2]." in copied
    assert "\n[2] The last keepers of Fara" in copied


@pytest.mark.parametrize("cut", range(0, len(HOSTILE), 7))
def test_nothing_in_a_quote_becomes_markup(cut):
    cited = replace(FIRST, quote=HOSTILE, title=HOSTILE)
    hostile = replace(ANSWER, conflicts=(Conflict("name", cited, cited, (0, cut), (cut, len(HOSTILE))),))
    assert_safe(html_of(hostile))
