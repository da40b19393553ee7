"""A conversation as a Markdown file."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from markdown_it import MarkdownIt

from assistant.page import texts
from assistant.page.transcript import render_transcript
from assistant.records import RecordedConversation, RecordedExchange
from assistant.types import Answer, Citation, Conflict, Statement
from tests.page.conftest import Outline
from tests.page.fakes import HOSTILE, KEEPERS, LIGHTHOUSE, cite

QUESTION = "What drives the lamp?"
PANELS = cite(1, LIGHTHOUSE, "Since 2019 the lamp has run on 48 solar panels.", "The panels")
OFFICE = cite(2, KEEPERS, "The harbour office watches the lamp now, by radio.", "Who watches the lamp now?", 3)
MARKUP = f"""# Heading *strong* _soft_ `code` [link](https://example.org) ![x](y) ~~gone~~ &amp; $x$ \\ {HOSTILE}
- item
1. one

> quote
===
    code"""


def answered(*citations: Citation, **changes: object) -> Answer:
    statements = tuple(Statement(one.quote, (one,), 1.0) for one in citations)
    return replace(Answer(QUESTION, "answered", statements, written_by="quoted"), **changes)


def transcript(*answers: Answer, question: str = QUESTION, title: str = "The lamp", **changes: object) -> str:
    exchanges = [RecordedExchange(place, question, one, "done") for place, one in enumerate(answers, start=1)]
    return render_transcript(RecordedConversation("id", title, 1, tuple(replace(e, **changes) for e in exchanges)))


def test_each_question_is_followed_by_its_answer_and_the_words_that_it_rests_on():
    refused = Answer("Who owns it?", "refused", reason="The documents do not say.")
    assert transcript(answered(PANELS, OFFICE), refused) == (
        "# The lamp\n\n"
        "## What drives the lamp?\n\n"
        "Since 2019 the lamp has run on 48 solar panels. [1] The harbour office watches the lamp now, by radio. [2]\n\n"
        "[1] How the lighthouse of Fara is powered · The panels, 18 March 2024\n\n"
        "> Since 2019 the lamp has run on 48 solar panels.\n\n"
        "[2] The last keepers of Fara · Who watches the lamp now? · Page 3, 2 November 2021\n\n"
        "> The harbour office watches the lamp now, by radio.\n\n"
        "## What drives the lamp?\n\n"
        "The documents do not say.\n"
    )


@pytest.mark.parametrize(
    "words", [MARKUP, *filter(None, MARKUP.splitlines()), "-", "+ item", "12) twelve", "[1]: https://a.example"]
)
def test_markup_in_a_question_a_document_or_a_title_reads_as_it_is_written(words):
    hostile = Citation(1, "a", "hash", 0, 1, words, words, words + "!", None, "default", date(2024, 3, 18))
    html = (
        MarkdownIt("commonmark", {"html": True})
        .enable("strikethrough")
        .render(transcript(answered(hostile), question=words, title=words))
    )
    outline = Outline(html)
    assert {tag for tag, _ in outline.elements} == {"h1", "h2", "p", "blockquote"}
    said = " ".join(words.split())
    assert outline.text.split("\n")[:3] == [said, said, f"{said} [1]"]
    assert outline.text.count(said) >= 5


def test_what_was_withheld_and_where_the_sources_differ_is_in_the_file():
    conflict = Conflict("figure", PANELS, OFFICE, (0, 5), (0, 3))
    words = transcript(answered(PANELS, OFFICE, withheld=2, note="The model failed.", conflicts=(conflict,)))
    for said in ("The sources differ: “Since”", texts.withheld(2), "The model failed."):
        assert said in words


def test_an_answer_about_documents_as_wholes_is_a_list():
    assert "- Since 2019 the lamp has run on 48 solar panels. [1]\n- The harbour" in transcript(
        answered(PANELS, OFFICE, written_by="described")
    )


def test_an_answer_that_was_stopped_or_failed_says_so():
    assert transcript(Answer(QUESTION), outcome="stopped").endswith(f"## {QUESTION}\n\n{texts.STOPPED}\n")
    assert transcript(Answer(QUESTION), outcome="failed", failure="No *room*.").endswith("No \\*room\\*.\n")
