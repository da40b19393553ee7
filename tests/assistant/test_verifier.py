"""The trained verifier: what it is sure of, and when it is opened."""

from __future__ import annotations

import pytest

from assistant import chain
from assistant.chain import Assistant
from assistant.verifier import Verifier, open_verifier
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


def test_a_quoted_answer_does_not_open_it(tmp_path, monkeypatch):
    (tmp_path / "mill.md").write_text(f"# Oxley\n\n{TEXT}\n", encoding="utf-8")

    absent = Verifier(tmp_path / "absent.onnx", encoder=open_encoder())
    monkeypatch.setattr(chain, "open_verifier", lambda encoder: absent)
    with Library.open(tmp_path / "library") as library:
        library.add(tmp_path / "mill.md")
        assistant = Assistant(library)
        assert assistant.ask("When did the mill at Oxley burn down?").status == "answered"
        with pytest.raises(Exception, match=r"absent\.onnx"):
            assistant.check("Fire destroyed the mill at Oxley.")
