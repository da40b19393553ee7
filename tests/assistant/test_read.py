"""Reading: every sentence scored, the score independent of what else is read, probabilities that behave."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistant.read import FEATURES, HITS_READ, SENTENCES_ASKED_ABOUT, load_calibration, nearest_sentences, read_hits
from assistant.reader import open_reader
from assistant.verifier import Opinion, open_verifier
from knowledge import Hit, Span, open_encoder

QUESTION = "How many GPUs does Colossus have?"


@pytest.fixture(scope="module")
def hits(own_library):
    return own_library.search(QUESTION, limit=HITS_READ)


def read(question, hits, *, verifier="shipped", reader=None):
    encoder = open_encoder()
    return read_hits(
        question,
        hits,
        encoder=encoder,
        reader=reader or open_reader(encoder),
        verifier=open_verifier(encoder) if verifier == "shipped" else verifier,
        calibration=load_calibration(),
    )


def test_every_sentence_of_every_hit_is_scored_once(hits):
    reading = read(QUESTION, hits)
    wanted = {(hit.document_id, span.start) for hit in hits for span in hit.sentences}
    found = [(one.document_id, one.start) for one in reading.evidence]
    assert len(found) == len(set(found))
    assert set(found) == wanted
    assert [one.score for one in reading.evidence] == sorted((one.score for one in reading.evidence), reverse=True)


def test_without_a_verifier_a_score_does_not_depend_on_what_else_is_read(hits):
    together = {(one.document_id, one.start): one.score for one in read(QUESTION, hits, verifier=None).evidence}
    for hit in hits:
        for one in read(QUESTION, [hit], verifier=None).evidence:
            assert together[one.document_id, one.start] == pytest.approx(one.score, abs=1e-6)


def test_the_sentence_that_answers_comes_first(hits):
    assert "GPUs" in read(QUESTION, hits).evidence[0].text


def test_nothing_to_read_is_no_evidence_and_no_confidence():
    reading = read(QUESTION, [])
    assert reading.evidence == ()
    assert reading.confidence == 0.0


def test_the_sentences_nearest_to_a_claim_are_ordered_by_their_words_alone(hits):
    encoder = open_encoder()
    nearest = nearest_sentences("Colossus has GPUs.", hits, encoder=encoder)
    assert {(one.document_id, one.start) for one in nearest} == {
        (hit.document_id, span.start) for hit in hits for span in hit.sentences
    }
    assert [one.score for one in nearest] == sorted((one.score for one in nearest), reverse=True)
    assert 0 <= nearest[-1].score <= nearest[0].score <= 1
    assert nearest_sentences("Colossus has GPUs.", [], encoder=encoder) == []


def test_words_that_no_sentence_matches_are_named(hits):
    reading = read("How many violins does Colossus have?", hits)
    assert "violins" in reading.missing
    assert "Colossus" not in reading.missing


def test_a_question_that_is_answered_is_more_likely_answerable_than_one_on_another_subject(own_library):
    far = "How long should I boil an egg?"
    assert read(far, own_library.search(far)).confidence < 0.5 * read(QUESTION, own_library.search(QUESTION)).confidence


def test_the_calibration_weighs_exactly_the_features(hits):
    calibration = load_calibration()
    assert set(calibration.answerable) == {*FEATURES, "intercept"}
    assert set(read(QUESTION, hits).features) == set(FEATURES)


def test_the_best_sentence_is_read_once_more_with_its_neighbours_alone(hits):
    encoder = open_encoder()
    reader = open_reader(encoder)
    seen = []

    class Watched:
        def read(self, question, passages):
            seen.append(passages)
            return reader.read(question, passages)

    reading = read(QUESTION, hits, reader=Watched())
    whole, ((text, sentences),) = seen
    assert len(whole) == len(hits)
    assert 1 <= len(sentences) <= 3
    assert reading.evidence[0].text in [text[start:end] for start, end in sentences]
    close = reader.read(QUESTION, [(text, sentences)])[0].answerable
    assert reading.features["reader, close"] == pytest.approx(close, abs=1e-5)


class Believing:
    """A verifier that believes one sentence, or none."""

    def __init__(self, believed=""):
        self.believed = believed
        self.asked = []

    def judge(self, claim, passage):
        self.asked.append((claim, passage))
        supported = 0.99 if self.believed and self.believed in claim else 0.01
        return Opinion(supported, 0.0, 1.0 - supported)


def test_the_verifier_is_asked_whether_the_words_found_in_the_first_sentences_answer(hits):
    verifier = Believing()
    without, judged = read(QUESTION, hits, verifier=None), read(QUESTION, hits, verifier=verifier)
    assert len(verifier.asked) == SENTENCES_ASKED_ABOUT
    for (claim, passage), one in zip(verifier.asked, without.evidence, strict=False):
        assert claim.startswith(QUESTION)
        words = claim.removeprefix(QUESTION).strip(" .")
        assert words
        assert words in one.text
        assert one.text in passage
    assert judged.confidence < without.confidence
    assert without.features["verifier"] == 0.0


def test_a_sentence_cut_into_two_chunks_is_judged_with_the_words_found_in_either():
    text = (
        "Colossus, " + "which stands in Memphis and draws its water from the river nearby, " * 6 + "has 480,000 GPUs."
    )
    whole = Span(0, len(text))
    ends = (0, 200), (200, len(text))
    hits = [
        Hit(
            document_id="a.md", document_hash="", collection="default", chunk_id=str(start), start=start, end=end,
            text=text[start:end], title="", headings=(), page=None, sentences=(whole,), sentence_texts=(text,),
            score=0.0,
        )
        for start, end in ends
    ]  # fmt: skip
    verifier = Believing()
    reading = read(QUESTION, hits, verifier=verifier)
    ((claim, _),) = verifier.asked
    answer = reading.evidence[0].answer
    assert answer is not None
    assert claim == f"{QUESTION} {text[answer.start : answer.end]}."


def test_what_the_verifier_believes_comes_first_and_makes_surer(hits):
    doubting = Believing()
    before = read(QUESTION, hits, verifier=doubting)
    second = doubting.asked[1][0]
    believed = read(QUESTION, hits, verifier=Believing(second))
    assert second.removeprefix(QUESTION).strip(" .") in believed.evidence[0].text
    assert believed.evidence[0].text == before.evidence[1].text
    assert believed.confidence > before.confidence
    scores = [one.score for one in believed.evidence]
    assert scores == sorted(scores, reverse=True)


def test_a_lower_accepted_risk_asks_for_more_confidence():
    calibration = load_calibration()
    thresholds = [calibration.threshold_for(risk) for risk in (0.5, 0.3, 0.1, 0.05)]
    assert thresholds == sorted(thresholds)
    assert calibration.threshold_for(0.0) == 1.0
    assert calibration.threshold_for(None) == calibration.threshold


def test_a_sentence_cut_into_chunks_is_read_whole(own_library):
    hit = own_library.search(QUESTION, limit=1)[0]
    span = hit.sentences[0]
    cut = replace(hit, start=span.start + 10, text=hit.text[span.start - hit.start + 10 :])
    evidence = next(one for one in read(QUESTION, [cut]).evidence if one.start == span.start)
    assert evidence.text == hit.sentence_texts[0]
