"""Follow-ups take over what was spoken of; new subjects are left alone."""

from __future__ import annotations

import time

import pytest
from langchain_core.language_models import FakeListChatModel

from assistant import rewrite
from assistant.rewrite import rewrite_by_model, rewrite_question
from assistant.types import Turn

LIGHTHOUSE = (Turn("How tall is the Ardlan lighthouse in Norway?", "It is 42 metres tall. [1]"),)


@pytest.mark.parametrize(
    ("before", "follow_up", "expected"),
    [
        ("How tall is Ardlan Lighthouse?", "When was it built?", "When was Ardlan Lighthouse built?"),
        ("How tall is Ardlan Lighthouse?", "And who owns it?", "Who owns Ardlan Lighthouse?"),
        ("What is a heat pump?", "How does it work?", "How does a heat pump work?"),
        ("How do glaciers move?", "Why do they melt?", "Why do glaciers melt?"),
        ("How did Marie Dubek become a judge?", "What was her first case?", "What was Marie Dubek's first case?"),
        (
            "How did Marie Dubek become a judge?",
            "What did her rulings change?",
            "What did Marie Dubek's rulings change?",
        ),
        ("How did glaciers form?", "What is their age?", "What is glaciers' age?"),
        ("How many members do the Kestrel Guides have?", "Where have they met?", "Where have Kestrel Guides met?"),
        (
            "How many members do the Kestrel Guides have?",
            "Which badges they've won?",
            "Which badges Kestrel Guides have won?",
        ),
        ("How many ships call at Corvo in winter?", "Is it a safe harbour?", "Is Corvo a safe harbour?"),
    ],
    ids=lambda text: text,
)
def test_a_pronoun_gives_way_to_the_one_thing_it_can_stand_for(before, follow_up, expected):
    assert rewrite_question(follow_up, (Turn(before, "..."),)) == expected


def test_what_a_name_in_a_place_does_is_asked_of_the_name_and_not_of_the_place():
    history = (Turn("Where in Norway does Halvorsen Shipping build ferries?", "..."),)
    assert rewrite_question("How many people does it employ?", history).startswith("How many people does Halvorsen")


@pytest.mark.parametrize(
    "question",
    [
        "And in 1950?",
        "Why?",
        "Since when?",
        "What about its lamp and its keeper?",
        "Why is that?",
        "What about the stairs?",
        "How was this paid for?",
        "Who restored the first one?",
        "Why do it by night?",
    ],
)
def test_what_no_pronoun_can_be_replaced_in_gets_the_subject_in_brackets(question):
    rewritten = rewrite_question(question, (Turn("Did Ardlan join the Northern Lights board?", "..."),))
    assert "Ardlan" in rewritten
    assert rewritten != question


def test_two_things_that_a_pronoun_can_stand_for_both_go_into_brackets():
    rewritten = rewrite_question("How old is it?", (Turn("Did Tessaly Bank lend money to Corvo Mills?", "..."),))
    assert rewritten.startswith("How old is it? (")
    assert "Tessaly" in rewritten
    assert "Corvo" in rewritten


@pytest.mark.parametrize(
    ("follow_up", "expected"),
    [
        ("What does the former grow?", "What does Halden grow?"),
        ("What does the latter grow?", "What does Prost grow?"),
        ("Where do they farm?", "Where do Halden and Prost farm?"),
    ],
    ids=["former", "latter", "they"],
)
def test_names_that_the_answer_gave_are_what_the_next_question_speaks_of(follow_up, expected):
    history = (Turn("Who rents land from the abbey?", "Halden and Prost both rent fields from it. [1]"),)
    assert rewrite_question(follow_up, history) == expected


@pytest.mark.parametrize(
    "question",
    [
        "What does maritime law say about salvage?",
        "How do beekeepers choose their hives?",
        "Did Rosa Tandem keep the promise she made?",
        "What is this article about?",
        "Are there any plans for a museum of glass?",
        "How long does it take to train a pilot?",
        "Is it legal to keep bees in town?",
        "How are cheeses stored after they are salted?",
        "Which of the drinks that are made with mint is the oldest?",
        "Summarise the report on tides.",
    ],
)
def test_a_new_subject_is_left_as_it_is(question):
    assert rewrite_question(question, LIGHTHOUSE) == question


def test_a_first_question_is_left_as_it_is():
    assert rewrite_question("Why?", ()) == "Why?"


def test_an_answer_that_asks_back_makes_the_next_words_its_answer():
    history = (Turn("What grows in the Tarn valley?", "Would you like to know about fruit, or about grain?"),)
    assert "Tarn" in rewrite_question("Tell me about grain, please.", history)


def test_the_subject_is_carried_over_several_turns():
    history = (*LIGHTHOUSE, Turn("And when was it lit?", "..."), Turn("Why?", "..."))
    assert "Ardlan" in rewrite_question("Since when?", history)


@pytest.mark.parametrize(
    "question", ["(" * 2_000, "it " * 600, "A" * 2_000, "the " * 500 + "?", "A b " * 500, "what is a " + "b" * 1_900]
)
def test_no_question_takes_long(question):
    started = time.process_time()
    rewrite_question(question, (Turn(question, question), Turn("Who is it?", question)))
    assert time.process_time() - started < 1.0


def by_rule(question: str) -> str:
    return rewrite_question(question, LIGHTHOUSE)


def by_model(written: str, question: str = "When was it built?") -> str:
    return rewrite_by_model(question, LIGHTHOUSE, FakeListChatModel(responses=[written]))


def test_a_chat_model_may_rewrite_the_question():
    assert by_model("When was the Ardlan lighthouse built?") == "When was the Ardlan lighthouse built?"


@pytest.mark.parametrize(
    "written",
    [
        "",
        "It was built in 1901.",
        "When was the Ardlan lighthouse built?\nWho built it?",
        "When was the Ardlan lighthouse built by Elon Musk?",
        "When was the Ardlan lighthouse built in 1901?",
        "How tall is the Ardlan lighthouse?",
        "When was the Ardlan lighthouse built" + " in Norway" * 40 + "?",
    ],
    ids=["nothing", "an answer", "two lines", "a new name", "a new figure", "another question", "too long"],
)
def test_what_a_chat_model_makes_of_it_is_not_used_when_it_is_no_rewritten_question(written):
    assert by_model(written) == by_rule("When was it built?")


class Failing(FakeListChatModel):
    def _stream(self, *arguments, **options):
        raise ConnectionError("no route")
        yield


class Silent(FakeListChatModel):
    def _stream(self, *arguments, **options):
        time.sleep(3)
        yield from super()._stream(*arguments, **options)


class Endless(FakeListChatModel):
    def _stream(self, *arguments, **options):
        while True:
            yield from super()._stream(*arguments, **options)


@pytest.mark.parametrize("kind", [Failing, Silent, Endless])
def test_a_chat_model_that_fails_or_takes_too_long_leaves_the_question_to_the_rules(kind, monkeypatch):
    monkeypatch.setattr(rewrite, "MODEL_SECONDS", 0.5)
    model = kind(responses=["When was the Ardlan lighthouse built? "])
    started = time.perf_counter()
    assert rewrite_by_model("When was it built?", LIGHTHOUSE, model) == by_rule("When was it built?")
    assert time.perf_counter() - started < 2.5


def test_a_first_question_is_shown_to_no_chat_model():
    assert rewrite_by_model("Why?", (), Failing(responses=[])) == "Why?"
