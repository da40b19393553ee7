"""What is let through as supported, and what is withheld."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

import evals
from assistant.types import Citation, Statement
from assistant.verifier import open_verifier
from assistant.verify import (
    DOUBTS,
    MATCHES,
    MOST_IF_RULED_OUT,
    RULED_OUT,
    VERIFIED,
    judge_statement,
    load_support_calibration,
    match_words,
    measure_support,
    verify_statements,
)
from knowledge import Block, Document, open_encoder

QUOTE = (
    "The harbour bridge at Lindholm, closed since March 2024, is to reopen in the second half of 2026 "
    "after repairs costing 48 million euros."
)
PAIRS = Path(evals.__file__).parent / "datasets" / "paraphrases_development.jsonl"


@pytest.fixture(scope="module")
def encoder():
    return open_encoder()


@pytest.fixture(scope="module")
def verifier(encoder):
    return open_verifier(encoder)


def document(text: str) -> Document:
    return Document("a.md", "A", text, (Block("paragraph", 0, len(text)),), None, None, "hash", "a.md")


def citation(text: str, quote: str) -> Citation:
    start = text.find(quote)
    return Citation(1, "a.md", "hash", start, start + len(quote), quote, "A", None, None)


@pytest.mark.parametrize(
    ("text", "quote", "passes"),
    [
        pytest.param(QUOTE, QUOTE, True, id="quoted"),
        pytest.param(f"Bridges: {QUOTE}", QUOTE, True, id="with its heading"),
        pytest.param(QUOTE.replace("48", "84"), QUOTE, False, id="altered"),
        pytest.param(QUOTE, "not in the document", False, id="made-up quote"),
    ],
)
def test_quoted_words_pass_as_they_are(text, quote, passes):
    whole = document(QUOTE)
    cited = citation(QUOTE, quote) if quote in QUOTE else Citation(1, "a.md", "hash", 0, 5, quote, "A", None, None)
    checked = list(verify_statements([Statement(text, (cited,), 1.0)], document=lambda _: whole))
    assert bool(checked) == passes


def test_a_statement_without_citations_is_withheld():
    assert list(verify_statements([Statement(QUOTE, (), 1.0)], document=lambda _: document(QUOTE))) == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(QUOTE, id="the whole quote"),
        pytest.param("Repairs to the bridge at Lindholm cost 48 million euros.", id="a part of it"),
        pytest.param("The harbour bridge at Lindholm has been closed since March 2024.", id="another part"),
        pytest.param("Lindholm's bridge is expected to reopen in the second half of 2026.", id="what is to come"),
    ],
)
def test_what_the_quotes_say_is_supported(text, encoder, verifier):
    judged = judge_statement(text, [QUOTE], encoder=encoder, verifier=verifier)
    assert judged.support == "supported"
    assert judged.probability >= load_support_calibration().threshold


@pytest.mark.parametrize(
    ("text", "support"),
    [
        pytest.param("Repairs to the bridge at Lindholm cost 84 million euros.", "contradicted", id="figure"),
        pytest.param("The bridge at Lindholm reopened in 2026.", "contradicted", id="state"),
        pytest.param("The bridge at Lindholm has been closed since May 2024.", "contradicted", id="date"),
        pytest.param("The bridge at Lindholm is not to reopen.", "contradicted", id="negation"),
        pytest.param("The bridge at Bergvik is to reopen in 2026.", "not supported", id="name"),
        pytest.param("Penguins eat mostly fish.", "not supported", id="another subject"),
        pytest.param("The mayor praised the workers of the harbour.", "not supported", id="near the subject"),
        pytest.param("", "not supported", id="nothing"),
        pytest.param("?!", "not supported", id="no word"),
    ],
)
def test_what_the_quotes_do_not_say_is_not_supported(text, support, encoder, verifier):
    judged = judge_statement(text, [QUOTE], encoder=encoder, verifier=verifier)
    assert judged.support == support
    assert judged.probability < load_support_calibration().threshold


def test_words_that_stand_in_the_quote_need_no_model():
    class Unused:
        def __getattr__(self, name):
            raise AssertionError(name)

    quote = f"It rained.  {QUOTE}"
    judged = judge_statement(QUOTE, [quote], encoder=Unused(), verifier=Unused())
    assert (judged.support, judged.probability) == ("supported", 1.0)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("closed since March 2024, is to reopen", id="middle of a sentence"),
        pytest.param("The vaccine is safe", id="beginning that the end turns round"),
    ],
)
def test_a_part_of_a_sentence_is_no_quote(text, encoder, verifier):
    quotes = [QUOTE, "The vaccine is safe for nobody under twelve."]
    assert judge_statement(text, quotes, encoder=encoder, verifier=verifier).probability < 1.0


@pytest.mark.parametrize("quotes", [[], ["", " \n"]])
def test_no_quotes_support_nothing(quotes, encoder, verifier):
    judged = judge_statement("The bridge is closed.", quotes, encoder=encoder, verifier=verifier)
    assert (judged.support, judged.probability) == ("not supported", 0.0)


@pytest.mark.parametrize(
    ("claim", "quote", "title", "supported"),
    [
        (
            "The council approved the tram line.",
            "It asked for a second opinion on the cost.",
            "The vote on the tram line: council approves it",
            False,
        ),
        (
            "Vaccines cause no rashes.",
            "The study followed 12,000 children for ten years.",
            "Large study: vaccines cause no rashes",
            False,
        ),
        (
            "The council asked for a second opinion.",
            "It asked for a second opinion on the cost in May.",
            "The council of Oxley",
            True,
        ),
    ],
)
def test_a_title_names_but_does_not_support(claim, quote, title, supported, encoder, verifier):
    judged = judge_statement(claim, [quote], encoder=encoder, verifier=verifier, context=[title])
    assert (judged.support == "supported") == supported
    assert (judged.probability >= load_support_calibration().threshold) == supported


def test_a_judgement_does_not_depend_on_earlier_ones(encoder, verifier):
    texts = ["Repairs cost 48 million euros.", "The bridge is closed.", "Penguins eat fish."]
    alone = [judge_statement(text, [QUOTE], encoder=encoder, verifier=verifier) for text in texts]
    again = [judge_statement(text, [QUOTE], encoder=encoder, verifier=verifier) for text in reversed(texts)]
    assert alone == again[::-1]


def test_every_feature_has_a_weight_and_the_file_says_how_it_was_made():
    calibration = load_support_calibration()
    assert set(calibration.weights) == {"intercept", *MATCHES, *DOUBTS, RULED_OUT, *VERIFIED}
    assert MOST_IF_RULED_OUT < calibration.threshold < 1
    assert all(calibration.weights[name] <= 0 for name in (*DOUBTS, RULED_OUT))


def test_the_words_of_a_figure_that_the_quotes_give_are_held(encoder):
    text = "It cost one and a quarter billion dollars, half of them in gold."
    held = {one.text: one.held for one in match_words(text, ["It cost $1.25 billion."], encoder=encoder)}
    assert held["quarter"]
    assert held["dollars"]
    assert not held["gold"]
    other = match_words(text, ["It cost $1.5 billion."], encoder=encoder)
    assert not {one.text: one.held for one in other}["quarter"]


def test_features_stay_in_their_ranges(encoder):
    features = measure_support(match_words("Rain fell on Lindholm.", [QUOTE], encoder=encoder), ())
    assert set(features) == {*MATCHES, *DOUBTS, RULED_OUT}
    assert -1 <= features["own"] <= features["match"] <= 1
    assert features["missing"] >= 0


@pytest.mark.parametrize(
    "quote",
    [
        pytest.param("word " * 100_000, id="long"),
        pytest.param("x" * 500_000, id="one word"),
        pytest.param("\x00\ud800 not not not " * 1_000, id="not text"),
    ],
)
def test_hostile_quotes_are_judged_in_bounded_time(quote, encoder, verifier):
    begun = time.process_time()
    judge_statement("The bridge is closed.", [quote] * 3, encoder=encoder, verifier=verifier)
    assert time.process_time() - begun < 20


def test_development_pairs_are_told_apart(encoder, verifier):
    rows = [json.loads(line) for line in PAIRS.read_text(encoding="utf-8").splitlines()]
    passed = {"supported": 0, "not supported": 0}
    for row in rows:
        judged = judge_statement(
            row["claim"], [row["quote"]], encoder=encoder, context=[row["title"]], verifier=verifier
        )
        passed[row["label"]] += judged.support == "supported"
    true = sum(row["label"] == "supported" for row in rows)
    assert passed["supported"] >= 0.7 * true
    assert passed["not supported"] <= 2


@pytest.mark.parametrize(
    ("statement", "quote", "support"),
    [
        ("I am a pirate now.", "You are now a pirate.", "not supported"),
        ("I built the mill.", "Pell said: I built the mill in 1822.", "supported"),
        ("Elizabeth I built the mill.", "The mill was built by Elizabeth I.", "supported"),
    ],
)
def test_a_writer_that_speaks_of_itself_rests_on_nothing(statement, quote, support):
    encoder = open_encoder()
    assert judge_statement(statement, [quote], encoder=encoder, verifier=open_verifier(encoder)).support == support
