"""Whatever is asked gets an answer or a clear sentence, in time.

More questions by hand: `KEYQ_QUESTIONS=10000 python -m pytest tests/assistant/test_questions.py --timeout 0`.
"""

from __future__ import annotations

import os
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.assistant.test_chain import assert_sound

SECONDS = 10.0
"""A question may take this long on a busy machine; on an idle one it takes a tenth of a second."""

GENERATED = int(os.environ.get("KEYQ_QUESTIONS", "300"))

PIECES = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        "Why who Cursor SpaceX the price? Köln 東京 مرحبا 🚀👩‍👩‍👧 <b> </script> &amp; \x00 \x1b[31m \u202e \ud7ff "
        "AND OR NOT title: [a TO z] ~2 ^9 * \\ ' \" ; -- {0} {{x}} %s $1 ../../etc http://x.y 1e999 NaN".split(" ")
    ),
)
QUESTIONS = st.lists(PIECES, max_size=30).map(" ".join)


def asked_in_time(assistant, library, question):
    started = time.perf_counter()
    answer = assistant.ask(question)
    assert time.perf_counter() - started < SECONDS
    assert_sound(answer, library)
    assert answer.question == question
    assert answer.text.strip()
    return answer


@pytest.mark.parametrize(
    "question",
    [
        pytest.param("Tesla", id="one word"),
        pytest.param("a", id="one letter"),
        pytest.param("¿Por qué SpaceX compró Cursor?", id="Spanish"),
        pytest.param("لماذا اشترت سبيس إكس كورسر؟", id="Arabic"),
        pytest.param("なぜスペースXはカーソルを買ったのですか", id="Japanese"),
        pytest.param("👩‍👩‍👧‍👦🏳️‍🌈 why?", id="joined emoji"),
        pytest.param("<img src=x onerror=alert(1)> who <b>leads</b> Cursor?", id="markup"),
        pytest.param("why\x00\x07\x1b[2J\u202e did it\r\n\tbuy?", id="control characters"),
        pytest.param("e" + "\u0301" * 1_900, id="stacked accents"),
        pytest.param(" ".join(["SpaceX"] * 280), id="one word often"),
        pytest.param("x" * 2_000, id="a word without end"),
    ],
)
def test_an_odd_question_gets_an_answer_or_a_clear_sentence_in_time(assistant, own_library, question):
    asked_in_time(assistant, own_library, question)


@pytest.mark.parametrize("question", ["", " \n\t", "?!", "🚀", "\x00\x01"], ids=repr)
def test_what_holds_no_word_is_asked_for_in_words(assistant, own_library, question):
    answer = asked_in_time(assistant, own_library, question)
    assert answer.status == "refused"
    assert "Type one in words" in answer.reason


def test_a_pasted_document_is_refused_with_the_limit_and_the_mend(assistant, own_library):
    document = own_library.document("spacex-agrees-to-buy-cursor.md")
    answer = asked_in_time(assistant, own_library, (document.text * 3)[:10_000])
    assert answer.status == "refused"
    assert "10,000 characters" in answer.reason
    assert "2,000" in answer.reason
    assert "document" in answer.reason


def test_lone_surrogates_are_no_crash(assistant, own_library):
    asked_in_time(assistant, own_library, "why \ud83d did SpaceX buy?")


@pytest.mark.timeout(0 if GENERATED > 300 else 180)
@settings(
    max_examples=GENERATED,
    deadline=None,
    derandomize=GENERATED <= 300,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(question=QUESTIONS)
def test_no_generated_question_raises(assistant, own_library, question):
    asked_in_time(assistant, own_library, question)
