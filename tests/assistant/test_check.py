"""A claim against the documents, and against a text."""

from __future__ import annotations

import json

import pytest

from assistant import Assistant, Verdict
from assistant.__main__ import main
from assistant.check import CHUNKS_READ, LONGEST_SENTENCE, MAX_TEXT_CHARACTERS, hits_in_text, in_order
from assistant.types import Evidence
from knowledge import Library

TEXT = """The harbour bridge at Lindholm, closed since March 2024, is to reopen in 2026. Repairs cost 48 million euros.

The mayor, Ines Adeyemi, said that the bridge would carry trams as well. No date was given for the trams.
"""


@pytest.mark.parametrize(
    ("claim", "support"),
    [
        pytest.param("Repairs of the bridge cost 48 million euros.", "supported", id="supported"),
        pytest.param("Repairs of the bridge cost 84 million euros.", "contradicted", id="another figure"),
        pytest.param("The bridge has reopened.", "contradicted", id="not yet"),
        pytest.param("Penguins live on ice.", "not supported", id="another subject"),
    ],
)
def test_a_claim_is_checked_against_a_text(claim, support, assistant):
    verdict = assistant.check(claim, text=TEXT)
    assert verdict.support == support
    assert verdict.claim == claim
    assert verdict.reason
    assert verdict.citations
    assert all(TEXT[one.start : one.end] == one.quote for one in verdict.citations)
    assert {one.document_id for one in verdict.citations} == {"text"}
    assert [one.number for one in verdict.citations] == list(range(1, len(verdict.citations) + 1))


def test_a_text_is_checked_whatever_the_documents_say(assistant):
    claim = "The bridge at Lindholm is made of glass."
    assert assistant.check(claim, text="The bridge at Lindholm is made of glass.").support == "supported"
    assert assistant.check(claim).support != "supported"


def test_what_the_documents_say_word_for_word_is_supported_and_cited(assistant, own_library):
    document = own_library.document(own_library.documents()[0].id)
    span = next(
        one for one in own_library.sentences(document.id) if len(document.text[one.start : one.end].split()) > 12
    )
    claim = document.text[span.start : span.end]
    verdict = assistant.check(claim)
    assert verdict.support == "supported"
    assert claim in [one.quote for one in verdict.citations]
    for one in verdict.citations:
        cited = own_library.document(one.document_id)
        assert cited.text[one.start : one.end] == one.quote
        assert cited.content_hash == one.document_hash


def test_the_reason_names_what_differs(assistant):
    verdict = assistant.check("Repairs of the bridge cost 84 million euros.", text=TEXT)
    assert verdict.reason == "The quoted words give another figure than “84 million euros”."


@pytest.mark.parametrize(
    "claim",
    [
        pytest.param("", id="empty"),
        pytest.param(" ?! ", id="no word"),
        pytest.param("x" * 5_000, id="too long"),
    ],
)
def test_what_is_no_claim_gets_a_reason(claim, assistant):
    verdict = assistant.check(claim, text=TEXT)
    assert (verdict.support, verdict.probability, verdict.citations) == ("not supported", 0.0, ())
    assert "question" not in verdict.reason


@pytest.mark.parametrize("text", [pytest.param("", id="empty"), pytest.param(" \n\n ", id="white space")])
def test_an_empty_text_supports_nothing(text, assistant):
    assert assistant.check("The bridge is closed.", text=text).support == "not supported"


def test_an_empty_library_supports_nothing(library: Library):
    assert Assistant(library).check("The bridge is closed.").support == "not supported"


def test_collections_that_are_not_named_are_not_looked_into(assistant):
    assert assistant.check("Anything at all is said.", collections=["no such"]).citations == ()


def test_of_a_long_text_the_nearest_part_is_read():
    filler = "Nothing of interest was reported from the valley on that day. " * 2_000
    document, hits = hits_in_text("The dam cost 48 million euros.", f"{filler}\n\nThe dam cost 48 million euros.")
    assert len(hits) == CHUNKS_READ
    assert "dam" in hits[-1].text
    assert all(document.text[one.start : one.end] == one.text for one in hits)


def test_a_text_without_end_is_cut():
    document, hits = hits_in_text("The dam is full.", "water " * MAX_TEXT_CHARACTERS)
    assert len(document.text) == MAX_TEXT_CHARACTERS
    assert len(hits) == CHUNKS_READ
    assert max(len(hit.text) for hit in hits) <= LONGEST_SENTENCE


def test_neighbouring_sentences_are_judged_as_one_quote():
    def place(start: int, text: str, document_id: str = "a") -> Evidence:
        return Evidence(document_id, start, start + len(text), text, 0.5)

    evidence = [place(20, "It is old."), place(0, "The dam leaks.", "b"), place(9, "The dam is."[:10])]
    assert in_order(evidence) == ["The dam is It is old.", "The dam leaks."]


def test_a_verdict_is_the_same_each_time(assistant):
    verdicts = [assistant.check("Repairs of the bridge cost 48 million euros.", text=TEXT) for _ in range(2)]
    assert isinstance(verdicts[0], Verdict)
    assert verdicts[0] == verdicts[1]


@pytest.fixture
def text_file(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_the_command_line_says_what_the_text_says(own_library, text_file, capsys):
    arguments = ["--library", str(own_library.path), "check", "Repairs cost 48 million euros.", "--text"]
    assert main([*arguments, str(text_file)]) == 0
    assert capsys.readouterr().out.startswith("supported (")
    assert main([*arguments, str(text_file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["support"] == "supported"


def test_the_command_line_names_a_file_that_is_not_there(own_library, tmp_path, capsys):
    missing = tmp_path / "missing.txt"
    arguments = ["--library", str(own_library.path), "check", "Repairs cost a lot.", "--text", str(missing)]
    assert main(arguments) == 1
    assert str(missing) in capsys.readouterr().err


def test_the_command_line_exits_with_3_when_it_is_not_supported(own_library, text_file, capsys):
    arguments = ["--library", str(own_library.path), "check", "Penguins live on ice.", "--text", str(text_file)]
    assert main(arguments) == 3
    assert capsys.readouterr().out.startswith("not supported (")
