"""What an exchange looks like."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.page import texts
from assistant.page.answer import markdown, progress_of, render_exchange
from assistant.page.conversation import Exchange
from assistant.types import Answer, Citation, Evidence, Statement, Step
from knowledge import Span
from tests.page.conftest import Outline, assert_safe
from tests.page.fakes import HOSTILE, KEEPERS, LIGHTHOUSE, cite, evidence_of

FIRST = cite(1, LIGHTHOUSE, "Since 2019 the lamp has run on 48 solar panels.", "The panels")
SECOND = cite(2, KEEPERS, "The harbour office can dim the lamp, but it cannot put it out.", "After the keepers", 2)
ANSWERED = Answer(
    "What powers the lamp?",
    status="answered",
    statements=(Statement(FIRST.quote, (FIRST,), 1.0), Statement("It can be dimmed.", (FIRST, SECOND), 0.9)),
    confidence=0.91,
    written_by="quoted",
)
REFUSED = Answer(
    "Who owns the quarry?",
    status="refused",
    reason="The documents do not say. They touch on the subject, but no sentence answers the question.",
    evidence=tuple(evidence_of(LIGHTHOUSE, words) for words in ("Since 2019", "On a clear day", "nine nights", "61")),
)


def exchange(answer: Answer, **changes: object) -> Exchange:
    return replace(Exchange(3, answer.question, answer, outcome="done"), **changes)


def test_each_statement_is_followed_by_a_chip_for_each_of_its_citations():
    statements = re.findall(r'<p class="statements">.*?</p>', render_exchange(exchange(ANSWERED)))
    assert Outline(statements[0]).with_attribute("data-open") == ["citation/3/1", "citation/3/1", "citation/3/2"]
    assert Outline(statements[0]).text == f"{FIRST.quote}1 It can be dimmed.12"


@pytest.mark.parametrize(
    ("writer", "words", "heading", "strong"),
    [
        ("quoted", "48 solar panels", "", "48 solar panels"),
        ("quoted", "48 solar panels", "The lamp: ", "48 solar panels"),
        ("quoted", "lamp", "", ""),
        ("model", "48 solar panels", "", ""),
    ],
    ids=["a figure", "behind a heading", "neither name nor figure", "in other words"],
)
def test_the_name_or_figure_that_answers_is_set_off(writer, words, heading, strong):
    sentence = evidence_of(LIGHTHOUSE, FIRST.quote)
    start = sentence.start + FIRST.quote.index(words)
    answer = replace(
        ANSWERED,
        statements=(Statement(heading + FIRST.quote, (FIRST,), 1.0),),
        evidence=(replace(sentence, answer=Span(start, start + len(words))),),
        written_by=writer,
    )
    (statement,) = re.findall(r'<p class="statements">.*?</p>', render_exchange(exchange(answer)))
    assert "".join(re.findall("<strong>(.*?)</strong>", statement)) == strong
    assert Outline(statement).text == f"{heading}{FIRST.quote}1"


def test_below_the_answer_stands_each_cited_document_once_with_its_citations():
    sources = re.findall(r'<ul class="sources".*?</ul>', render_exchange(exchange(ANSWERED)))
    outline = Outline(sources[0])
    assert outline.with_attribute("data-open") == ["citation/3/1"] * 2 + ["citation/3/2"] * 2
    assert outline.text == "How the lighthouse of Fara is powered18 March 20241The last keepers of Fara2 November 20212"


def test_a_chip_tells_a_screen_reader_where_it_leads():
    outline = Outline(render_exchange(exchange(ANSWERED)))
    assert "Source 2: The last keepers of Fara · After the keepers · Page 2" in outline.with_attribute("aria-label")


def test_an_answer_says_what_it_is_and_how_sure():
    html = render_exchange(exchange(ANSWERED))
    assert texts.QUOTED in html
    assert "High confidence" in html
    assert "answer about 91" in html


@pytest.mark.parametrize(
    ("probability", "words"),
    [
        pytest.param(0.95, "High confidence", id="high"),
        pytest.param(0.8, "High confidence", id="just high"),
        pytest.param(0.79, "Fair confidence", id="fair"),
        pytest.param(0.0, "Low confidence", id="none"),
    ],
)
def test_confidence_is_put_in_words(probability, words):
    assert texts.confidence(probability) == words


def test_a_description_is_a_list_of_sentences_and_says_that_it_is_one():
    html = render_exchange(exchange(replace(ANSWERED, written_by="described")))
    assert html.count("<li>") >= 2
    assert texts.DESCRIBED in html


def test_a_question_in_a_description_can_be_asked():
    described = Answer(
        "What can I ask?", "answered", (Statement("What powers it?", (FIRST,), 1.0),), written_by="described"
    )
    outline = Outline(render_exchange(exchange(described)))
    assert outline.with_attribute("data-ask") == ["What powers it?"]


def test_a_refusal_is_a_card_of_its_own_with_the_nearest_sentences():
    html = re.findall(r'<section class="refusal">.*?</section>', render_exchange(exchange(REFUSED)))[0]
    outline = Outline(html)
    assert outline.text.count(texts.REFUSED) == 1
    assert "no sentence answers the question" in outline.text
    assert [a["data-open"] for _, a in outline.elements if "data-open" in a] == [
        f"evidence/3/{place}" for place in (1, 2, 3)
    ]


def test_a_refusal_without_evidence_says_its_reason_alone():
    answer = Answer("?", status="refused", reason="There is no question yet. Type one in words.")
    text = Outline(render_exchange(exchange(answer))).text
    assert text.startswith("?There is no question yet.")
    assert texts.REFUSED not in text


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        pytest.param(Answer("?"), texts.SEARCHING, id="at first"),
        pytest.param(replace(REFUSED, status=None), "Reading 4 sentences in 1 document…", id="with evidence"),
        pytest.param(replace(ANSWERED, status=None), texts.CHECKING, id="with statements"),
    ],
)
def test_an_answer_in_the_making_says_what_is_being_done(answer, words):
    working = exchange(answer, outcome="working")
    assert progress_of(working) == words
    assert words in Outline(render_exchange(working)).text


def test_evidence_is_seen_before_the_first_statement():
    working = exchange(replace(REFUSED, status=None), outcome="working")
    assert "Since 2019" in Outline(render_exchange(working)).text


def test_a_stopped_answer_keeps_what_it_had_and_can_be_asked_again():
    outline = Outline(render_exchange(exchange(replace(ANSWERED, status=None), outcome="stopped")))
    assert texts.STOPPED in outline.text
    assert FIRST.quote in outline.text
    assert outline.with_attribute("data-retry") == ["3"]
    assert outline.with_attribute("data-copy") == []


def test_the_copied_answer_has_its_references():
    copied = Outline(render_exchange(exchange(ANSWERED))).with_attribute("data-copy")
    assert copied == [markdown(ANSWERED)]
    assert copied[0].startswith(f"{FIRST.quote} [1] It can be dimmed. [1] [2]\n\n[1] How the lighthouse")
    assert f"[2] The last keepers of Fara · After the keepers · Page 2, 2 November 2021: “{SECOND.quote}”" in copied[0]


def test_suggestions_ask_their_question():
    outline = Outline(render_exchange(exchange(ANSWERED), ["Who watches?"]))
    assert outline.with_attribute("data-ask") == ["Who watches?"]


FOLLOW_UP = replace(ANSWERED, question="And who powers it?", standalone_question="And who powers the lamp of Fara?")


def test_a_rewritten_question_is_shown_and_can_be_corrected():
    outline = Outline(render_exchange(exchange(FOLLOW_UP)))
    assert f"{texts.ASKED_AS} And who powers the lamp of Fara?" in outline.text
    assert outline.with_attribute("data-ask") == outline.with_attribute("value") == ["And who powers the lamp of Fara?"]


@pytest.mark.parametrize("searched", ["", "what powers the lamp? "])
def test_a_question_that_was_searched_as_it_was_asked_is_shown_once(searched):
    answer = replace(ANSWERED, standalone_question=searched)
    assert texts.ASKED_AS not in Outline(render_exchange(exchange(answer))).text


@pytest.mark.parametrize(
    ("number", "words"),
    [
        pytest.param(1, "1 sentence was withheld", id="one"),
        pytest.param(3, "3 sentences were withheld", id="several"),
    ],
)
@pytest.mark.parametrize("answer", [pytest.param(ANSWERED, id="answered"), pytest.param(REFUSED, id="refused")])
def test_what_was_withheld_is_said(answer, number, words):
    assert words in Outline(render_exchange(exchange(replace(answer, withheld=number)))).text


def test_nothing_is_said_of_withholding_where_nothing_was():
    assert "withheld" not in Outline(render_exchange(exchange(ANSWERED))).text


def test_a_note_on_how_the_answer_came_to_be_is_shown():
    noted = replace(ANSWERED, note=f"The chat model did not answer. {HOSTILE}")
    assert noted.note in assert_safe(render_exchange(exchange(noted))).text


@pytest.mark.parametrize("writer", texts.WRITERS)
def test_who_wrote_the_answer_is_said_with_its_meaning_on_hover_and_focus(writer):
    outline = Outline(render_exchange(exchange(replace(ANSWERED, written_by=writer))))
    words, meaning = texts.WRITERS[writer]
    assert words in outline.text
    explained = [(tag, a["data-tip"]) for tag, a in outline.elements if "data-tip" in a]
    assert explained == [("button", meaning), ("button", texts.confidence_meaning(0.91))]


def why(answer: Answer) -> str:
    return re.findall(r'<details class="why">.*?</details>', render_exchange(exchange(answer)))[0]


def test_why_shows_the_evidence_with_its_scores_the_cited_apart_from_what_was_left_out():
    evidence = (replace(evidence_of(LIGHTHOUSE, "nine nights"), score=0.41), evidence_of(LIGHTHOUSE, FIRST.quote))
    used, unused = why(replace(ANSWERED, evidence=evidence)).split(texts.WHY_UNUSED)
    assert texts.WHY_USED in used
    assert Outline(used).with_attribute("data-open") == ["evidence/3/2"]
    assert Outline(unused).with_attribute("data-open") == ["evidence/3/1"]
    assert "0.50" in Outline(used).text
    assert "0.41" in Outline(unused).text


def test_why_shows_each_step_with_its_time_and_what_they_come_to():
    steps = (Step("retrieve", 0.0123), Step("read", 1.24, "12 chunks"), Step("a new one", 0.1))
    shown = Outline(why(replace(ANSWERED, steps=steps))).text
    assert f"{texts.STEPS['retrieve']}12 ms" in shown
    assert f"{texts.STEPS['read']}: 12 chunks1.2 s" in shown
    assert "a new one100 ms" in shown
    assert f"{texts.WHY_STEPS} 1.4 s" in shown


@pytest.mark.parametrize(
    ("writer", "model", "said"),
    [
        ("quoted", "", texts.WRITERS["quoted"][1]),
        ("described", "", texts.WRITERS["described"][1]),
        ("model", f"ollama:{HOSTILE}", texts.wrote(f"ollama:{HOSTILE}")),
        ("model", "", texts.WRITERS["model"][1]),
    ],
)
def test_why_says_who_wrote_the_answer_by_name_where_it_is_known(writer, model, said):
    written = replace(exchange(replace(ANSWERED, written_by=writer, steps=(Step("read", 0.1),))), model=model)
    html = render_exchange(written)
    assert_safe(html)
    assert said in Outline(html.partition('<details class="why">')[2]).text


def test_a_refusal_can_be_asked_why_too():
    assert Outline(why(REFUSED)).with_attribute("data-open") == [f"evidence/3/{place}" for place in (1, 2, 3, 4)]


@pytest.mark.parametrize("outcome", ["working", "stopped", "failed"])
def test_an_answer_that_did_not_come_to_its_end_has_no_why(outcome):
    answer = replace(ANSWERED, steps=(Step("read", 1.0),))
    assert texts.WHY not in Outline(render_exchange(exchange(answer, outcome=outcome))).text


hostile = st.one_of(st.just(HOSTILE), st.text(alphabet="<>\"'&`$/{}=abonerrorscript \n"), st.text())


@given(hostile, hostile, hostile, st.sampled_from(["working", "done", "stopped", "failed"]), st.booleans())
def test_whatever_a_document_a_question_or_an_error_says_is_text(question, words, title, outcome, refused):
    cited = Citation(1, words, words, 0, 1, words, title, words, 2, words)
    answer = Answer(
        question,
        status="refused" if refused else "answered",
        written_by="quoted",
        statements=() if refused else (Statement(words, (cited,), 1.0),),
        evidence=(Evidence(words, 0, 1, words, 0.1, words, words, title, words, answer=Span(0, 1)),),
        reason=words,
        standalone_question=words,
        note=words,
        steps=(Step(words, 0.1, words),),
    )
    shown = Exchange(1, question, answer, outcome=outcome, failure=words, doing=words)
    outline = assert_safe(render_exchange(shown, [words]))
    assert " ".join(question.split()) in " ".join(outline.text.split())
