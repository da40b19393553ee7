"""The trained verifier: what it is sure of, and when it is opened."""

from __future__ import annotations

import pytest

from assistant import chain
from assistant.chain import Assistant
from assistant.reader import pair_up
from assistant.verifier import Verifier, claim_of_answer, open_verifier
from knowledge import Library, open_encoder

TEXT = "The mill at Oxley was built in 1822 by Thomas Pell. It burnt down in 1847 and was never rebuilt."


@pytest.fixture(scope="module")
def verifier():
    return open_verifier(open_encoder())


def test_a_claim_is_judged_by_three_shares_of_one(verifier):
    judged = verifier.judge("The mill burnt down in 1847.", TEXT)
    assert judged.supported + judged.contradicted + judged.neither == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("true", "false"),
    [
        ("The mill burnt down in 1847.", "The mill burnt down in 1901."),
        ("Fire destroyed the mill.", "A flood destroyed the mill."),
        ("The mill was the work of Thomas Pell.", "Thomas Pell sold the mill."),
        ("Nobody ever built the mill again.", "The mill was built again after the fire."),
    ],
)
def test_what_the_text_says_in_other_words_is_likelier_supported_than_its_contrary(verifier, true, false):
    assert verifier.judge(true, TEXT).supported > 2 * verifier.judge(false, TEXT).supported


def test_a_judgement_is_the_same_each_time(verifier):
    first = verifier.judge("Fire destroyed the mill.", TEXT)
    verifier.judge("Penguins live on ice.", TEXT * 40)
    assert verifier.judge("Fire destroyed the mill.", TEXT) == first


def test_it_is_opened_when_it_is_first_asked(tmp_path, monkeypatch):
    (tmp_path / "mill.md").write_text(f"# Oxley\n\n{TEXT}\n", encoding="utf-8")
    absent = Verifier(tmp_path / "absent.onnx", encoder=open_encoder())
    monkeypatch.setattr(chain, "open_verifier", lambda encoder: absent)
    with Library.open(tmp_path / "library") as library:
        library.add(tmp_path / "mill.md")
        assistant = Assistant(library)
        assert assistant.ask("What is this about?").status == "answered"
        for ask in (assistant.ask, assistant.check):
            with pytest.raises(Exception, match=r"absent\.onnx"):
                ask("When did the mill at Oxley burn down?")


@pytest.mark.parametrize(
    ("answered", "unanswered", "words"),
    [
        ("When did the mill burn down?", "When was the mill built again?", "1847"),
        ("Who built the mill at Oxley?", "Who sold the mill at Oxley?", "Thomas Pell"),
        ("when was the mill built", "when did Thomas Pell die", "1822"),
    ],
)
def test_words_are_likelier_the_answer_to_a_question_that_they_answer(answered, unanswered, words, verifier):
    right, wrong = (verifier.judge(claim_of_answer(question, words), TEXT) for question in (answered, unanswered))
    assert right.log_odds > wrong.log_odds + 2.0


def test_the_words_that_seem_to_answer_are_read_however_long_the_question_is():
    asked = claim_of_answer("Who, " + "after all that was said, " * 40 + "built the mill?", "Thomas Pell")
    pair = pair_up(open_encoder(), asked, TEXT, ())
    question = [number for number, kind in zip(pair.token_ids, pair.types, strict=True) if kind == 0]
    words, _ = open_encoder().tokenize("Thomas Pell.")
    assert question[-len(words) + 1 :] == words[1:]
