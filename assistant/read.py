"""Every sentence of the retrieved chunks scored against the question; can the question be answered from them?

Two ways of reading are joined in a small calibrated combination. Late interaction (ColBERT's MaxSim: Khattab and
Zaharia, SIGIR 2020) compares a sentence with the question on the embedder's own token vectors: each token of the
question takes its best cosine among the sentence's tokens, and the mean of these is the match. The trained reader
(`assistant.reader`) reads question and chunk together and says how likely each sentence answers, if any does; the best
sentence it reads once more, with its neighbours alone. Of the first few a larger model is asked as well, the
`assistant.verifier`: are the words that the reader takes for the answer one? All see a chunk with its title and
headings before it, so that "it" and "the company" stand for something.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from assistant.language import carries_meaning
from assistant.odds import to_log_odds, to_probability
from assistant.reader import PassageReading, Reader
from assistant.types import Evidence, Reading
from assistant.verifier import LEAST_OPINION, Verifier, claim_of_answer
from knowledge import EncodedText, Encoder, Hit, Span, cosines, embedded_text

Vector = NDArray[np.float32]


FEATURES = (
    "best",
    "best words",
    "weakest",
    "lead",
    "similarity",
    "agreement",
    "names",
    "reader",
    "reader, close",
    "verifier",
)

MOST_LOG_ODDS = 12.0
"""The reader's log odds are cut here on both sides: beyond, they say nothing more."""

NAME = re.compile(r"(?<!^)\b(?:[A-Z]\w+|\d+)")
"""A name or figure in a question: a capital anywhere but at its start, or digits."""

HITS_READ = 6
"""Hits that the reader reads; late interaction looks at all of them. With 8 the right sentence first, read recall@5 and
the area were the same on xquad_en, inscit_dev and hotpot100, within a hundredth."""

SENTENCES_ASKED_ABOUT = 2
"""Sentences, best first, of which the verifier is asked: each takes its time."""

BEST_FUSED_SCORE = 2 / 61
"""Reciprocal rank fusion of a chunk that is the first of both rankings."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """How scores become probabilities; fitted by `python -m evals calibrate`, kept as a readable file."""

    sentence: dict[str, float]
    """Log odds that a sentence answers: "intercept", and weights of its "match" (late interaction), of the "reader"'s
    log odds, and, of the first sentences, of the "verifier"'s."""
    answerable: dict[str, float]
    """Log odds that the chunks answer the question: weights of `FEATURES`, and "intercept"."""
    threshold: float
    """Refuse below this probability."""
    thresholds_by_risk: tuple[tuple[float, float], ...]
    """(risk, threshold): the share of answers that go to questions which the documents do not answer, when every second
    question is one and everything above the threshold is answered."""

    def threshold_for(self, risk: float | None) -> float:
        """The lowest threshold whose risk is at most `risk`; the default one for None."""
        if risk is None:
            return self.threshold
        fitting = [threshold for at, threshold in self.thresholds_by_risk if at <= risk]
        return min(fitting, default=1.0)


@lru_cache(maxsize=1)
def load_calibration() -> Calibration:
    """The calibration that comes with the project."""
    data = json.loads(files("assistant").joinpath("weights/reading.json").read_text(encoding="utf-8"))
    return Calibration(
        sentence=data["sentence"],
        answerable=data["answerable"],
        threshold=data["threshold"],
        thresholds_by_risk=tuple((risk, threshold) for risk, threshold in data["thresholds_by_risk"]),
    )


def read_hits(
    question: str,
    hits: Sequence[Hit],
    *,
    encoder: Encoder,
    reader: Reader,
    verifier: Verifier | None,
    calibration: Calibration,
) -> Reading:
    """The sentences of the hits, best first, and the probability that they answer the question.

    The verifier changes the order of the first `SENTENCES_ASKED_ABOUT` sentences. Without one its opinion counts as
    even; the calibration is then one that was fitted without it.
    """
    asked = encoder.encode_tokens([question])[0]
    weights = _weights_of(question, asked)
    matches = _match_sentences(asked.vectors, weights > 0, hits, encoder)
    nearest = _nearest_hits(hits, matches)
    read = reader.read(question, [_as_passage(hit) for hit in nearest])
    answers = dict.fromkeys(matches, (-MOST_LOG_ODDS, None)) | _best_of_chunks(nearest, read)
    log_odds = {
        key: calibration.sentence["intercept"]
        + calibration.sentence["match"] * float(row.mean())
        + calibration.sentence["reader"] * answers[key][0]
        for key, row in matches.items()
    }
    source = _sources_of(hits)
    first = _best_first(log_odds)[:SENTENCES_ASKED_ABOUT]
    opinions = {key: _opinion(question, *source[key], key[2], answers[key][1], verifier) for key in first}
    # What is not asked about stays behind what is.
    worst = min([0.0, *opinions.values()])
    log_odds = {key: one + calibration.sentence["verifier"] * opinions.get(key, worst) for key, one in log_odds.items()}
    keys = _best_first(log_odds)
    table = np.array([matches[key] for key in keys], dtype=np.float32).reshape(len(keys), len(weights))
    words = {key: words if found >= MAY_ANSWER else None for key, (found, words) in answers.items()}
    evidence = tuple(_evidence(*source[key], key[2], to_probability(log_odds[key]), words[key]) for key in keys)
    features = measure(question, evidence, table, weights, hits)
    features |= measure_reader(read, _read_close(question, source[keys[0]][0], keys[0][2], reader) if keys else None)
    if keys:
        features["verifier"] = max(opinions.values())
    confidence = confidence_of(features, calibration)
    return Reading(
        evidence=evidence,
        matches=table,
        weights=weights,
        log_odds=np.array([answers[key][0] for key in keys], dtype=np.float32),
        features=features,
        confidence=confidence if evidence else 0.0,
        missing=_missing(table, weights, question, asked.spans, evidence),
    )


def confidence_of(features: Mapping[str, float], calibration: Calibration) -> float:
    """The probability that the chunks answer, from what was measured of them."""
    weights = calibration.answerable
    return to_probability(weights["intercept"] + sum(weights[name] * value for name, value in features.items()))


def nearest_sentences(text: str, hits: Sequence[Hit], *, encoder: Encoder) -> list[Evidence]:
    """The sentences of the hits, those whose words come nearest first, scored by late interaction alone, 0 to 1.

    What answers a question best is another thing: see `read_hits`.
    """
    asked = encoder.encode_tokens([text])[0]
    matches = _match_sentences(asked.vectors, _weights_of(text, asked) > 0, hits, encoder)
    means = {key: float(row.mean()) for key, row in matches.items()}
    source = _sources_of(hits)
    keys = sorted(means, key=lambda key: (-means[key], key[0], key[2].start))
    return [_evidence(*source[key], key[2], max(0.0, means[key])) for key in keys]


def _weights_of(question: str, asked: EncodedText) -> Vector:
    """1 for each token of the question that carries meaning, 0 for the others; all 1 where none does."""
    words = [question[start:end] for start, end in asked.spans.tolist()]
    weights = np.array([float(carries_meaning(word)) for word in words], dtype=np.float32)
    return weights if weights.any() else np.ones_like(weights)


def _sources_of(hits: Sequence[Hit]) -> dict[tuple[str, str, Span], tuple[Hit, str]]:
    """The best hit and the words of each sentence, by (collection, document, sentence)."""
    return {
        (hit.collection, hit.document_id, span): (hit, text)
        for hit in reversed(hits)
        for span, text in zip(hit.sentences, hit.sentence_texts, strict=True)
    }


def measure_reader(read: Sequence[PassageReading], close: PassageReading | None) -> dict[str, float]:
    """What the reader tells about whether the chunks answer, by name.

    reader: log odds that the chunk most likely to answer does.
    reader, close: log odds that the sentence that comes first answers, or one beside it, with nothing else to read.
    """
    best = max((one.answerable for one in read), default=-MOST_LOG_ODDS)
    return {"reader": _cut(best), "reader, close": _cut(close.answerable if close else -MOST_LOG_ODDS)}


def _read_close(question: str, hit: Hit, sentence: Span, reader: Reader) -> PassageReading:
    """What the reader says of a sentence and its neighbours in a chunk: of less text it judges better."""
    (read,) = reader.read(question, [_around(hit, sentence)])
    return read


def _best_first(log_odds: Mapping[tuple[str, str, Span], float]) -> list[tuple[str, str, Span]]:
    return sorted(log_odds, key=lambda key: (-log_odds[key], key[0], key[2].start))


def _opinion(
    question: str, hit: Hit, text: str, sentence: Span, answer: Span | None, verifier: Verifier | None
) -> float:
    """The verifier's log odds that the words found in a sentence answer, beside it and its neighbours."""
    if verifier is None:
        return 0.0
    if answer is None:
        return to_log_odds(0.0, least=LEAST_OPINION)
    words = text[answer.start - sentence.start : answer.end - sentence.start]
    return verifier.judge(claim_of_answer(question, words), _around(hit, sentence)[0]).log_odds


def _around(hit: Hit, sentence: Span) -> tuple[str, list[tuple[int, int]]]:
    """A sentence and its neighbours in a chunk, as a passage."""
    place = hit.sentences.index(sentence)
    return _as_passage(hit, hit.sentences[max(0, place - 1) : place + 2])


def _as_passage(hit: Hit, sentences: Sequence[Span] | None = None) -> tuple[str, list[tuple[int, int]]]:
    """A chunk, or some neighbouring sentences of it, as it is embedded, and where the sentences stand in that."""
    spans = [Span(max(one.start, hit.start), min(one.end, hit.end)) for one in sentences or hit.sentences]
    start, end = (spans[0].start, spans[-1].end) if sentences else (hit.start, hit.end)
    text = embedded_text(hit.title, hit.headings, hit.text[start - hit.start : end - hit.start])
    shift = end - len(text)
    return text, [(one.start - shift, one.end - shift) for one in spans]


def _nearest_hits(hits: Sequence[Hit], matches: Mapping[tuple[str, str, Span], Vector]) -> list[Hit]:
    """The hits that are worth the reader's time, in their order: those with the sentences that match best."""

    def best(hit: Hit) -> float:
        keys = ((hit.collection, hit.document_id, span) for span in hit.sentences)
        return max((float(matches[key].mean()) for key in keys if key in matches), default=-1.0)

    kept = {id(hit) for hit in sorted(hits, key=best, reverse=True)[:HITS_READ]}
    return [hit for hit in hits if id(hit) in kept]


def _best_of_chunks(
    hits: Sequence[Hit], read: Sequence[PassageReading]
) -> dict[tuple[str, str, Span], tuple[float, Span | None]]:
    """The reader's log odds of each sentence, by (collection, document, sentence), in the chunk where it reads best.

    With them goes where those of its words stand that answer best.
    """
    found: dict[tuple[str, str, Span], tuple[float, Span | None]] = {}
    for hit, reading in zip(hits, read, strict=True):
        shift = hit.end - len(embedded_text(hit.title, hit.headings, hit.text))
        for span, log_odds, words in zip(hit.sentences, reading.sentences.tolist(), reading.answers, strict=True):
            key = (hit.collection, hit.document_id, span)
            if key not in found or _cut(log_odds) > found[key][0]:
                answer = Span(words[0] + shift, words[1] + shift) if words else None
                found[key] = _cut(log_odds), answer
    return found


MAY_ANSWER = -1.0
"""The reader's log odds from which a sentence is taken to say something that answers."""


def _cut(log_odds: float) -> float:
    return max(-MOST_LOG_ODDS, min(MOST_LOG_ODDS, log_odds))


def measure(
    question: str,
    evidence: Sequence[Evidence],
    matches: NDArray[np.float32],
    weights: Vector,
    hits: Sequence[Hit],
) -> dict[str, float]:
    """What tells whether the sentences answer the question, by name.

    best: mean match of the best sentence over the question's tokens, -1 to 1.
    best words: the same over the tokens that carry meaning.
    weakest: the worst match of such a token with the best sentence.
    lead: how far the best sentence is ahead of the fifth.
    similarity: the best cosine of question and chunk.
    agreement: how far the rankings by meaning and by words agree on the best chunk, 1 when it is the first of both.
    names: the share of the question's names and figures that the best three sentences or their titles hold.
    """
    if not len(matches):
        return dict.fromkeys(FEATURES, 0.0)
    means = matches.mean(axis=1)
    meaning = weights > 0
    return {
        "best": float(means[0]),
        "best words": float(matches[0][meaning].mean()),
        "weakest": float(matches[0][meaning].min()),
        "lead": float(means[0] - means[min(4, len(means) - 1)]),
        "similarity": max((hit.similarity for hit in hits if hit.similarity is not None), default=0.0),
        "agreement": max(hit.score for hit in hits) / BEST_FUSED_SCORE,
        "names": _share_of_names(question, evidence[:3]),
    }


def _share_of_names(question: str, evidence: Sequence[Evidence]) -> float:
    names = {name.lower() for name in NAME.findall(question)}
    held = {word.lower() for one in evidence for word in re.findall(r"\w+", f"{one.title} {one.text}")}
    return len(names & held) / len(names) if names else 1.0


def _match_sentences(
    question_tokens: Vector, meaning: NDArray[np.bool_], hits: Sequence[Hit], encoder: Encoder
) -> dict[tuple[str, str, Span], Vector]:
    """Best cosine of each question token with each sentence, by (collection, document, sentence)."""
    texts = [embedded_text(hit.title, hit.headings, hit.text) for hit in hits]
    found: dict[tuple[str, str, Span], Vector] = {}
    for hit, text, encoded in zip(hits, texts, encoder.encode_tokens(texts), strict=True):
        near = cosines(question_tokens, encoded.vectors)
        places = encoded.spans + (hit.start - (len(text) - len(hit.text)))
        nothing = np.full(len(question_tokens), -1.0, dtype=np.float32)
        context = CONTEXT_SHARE * _best(near, places[:, 1] <= hit.start, nothing)
        context[~meaning] = -1.0  # "who" in a heading says nothing about the sentences below it
        previous = nothing
        for span in hit.sentences:
            inside = (places[:, 0] >= max(span.start, hit.start)) & (places[:, 1] <= min(span.end, hit.end))
            own = _best(near, inside, nothing)
            if inside.any():
                key = (hit.collection, hit.document_id, span)
                best = np.maximum.reduce([own, context, PREVIOUS_SHARE * previous])
                if key not in found or best.mean() > found[key].mean():
                    found[key] = best
            previous = own
    return found


CONTEXT_SHARE = 0.9
"""What a match with the title or a heading counts for the sentences below it. Right sentence first without it and with
it, whole corpora searched: nq_oracle 0.533 and 0.607, selqa_test 0.733 and 0.787, hotpot100 0.683 and 0.750."""

PREVIOUS_SHARE = 0.8
"""What a match with the sentence before counts for a sentence: squad2_dev (select) 0.898 and 0.920."""


def _best(near: NDArray[np.float32], chosen: NDArray[np.bool_], otherwise: Vector) -> Vector:
    """The best cosine of each question token with the chosen tokens."""
    best: Vector = near[:, chosen].max(axis=1) if chosen.any() else otherwise
    return best


def _evidence(hit: Hit, text: str, span: Span, score: float, answer: Span | None = None) -> Evidence:
    return Evidence(
        document_id=hit.document_id,
        start=span.start,
        end=span.end,
        text=text,
        score=score,
        document_hash=hit.document_hash,
        collection=hit.collection,
        title=hit.title,
        heading=hit.headings[-1] if hit.headings else None,
        page=hit.page,
        published=hit.published,
        answer=answer,
    )


def _missing(
    matches: NDArray[np.float32],
    weights: Vector,
    question: str,
    spans: NDArray[np.int32],
    evidence: Sequence[Evidence],
) -> tuple[str, ...]:
    """Words of the question that the best sentences neither hold nor come near in meaning, the farthest first."""
    if not evidence:
        return ()
    best = matches[:BEST_SENTENCES].max(axis=0)
    held = " ".join(f"{one.title} {one.heading or ''} {one.text}" for one in evidence[:BEST_SENTENCES]).lower()
    missing: dict[str, float] = {}
    for word in re.finditer(r"\w+", question):
        inside = (spans[:, 0] >= word.start()) & (spans[:, 1] <= word.end()) & (weights > 0)
        stem = re.escape(word.group().lower()[: max(4, len(word.group()) - 2)])
        match = float(best[inside].mean()) if inside.any() else 1.0
        if match < POOR_MATCH and not re.search(rf"\b{stem}", held):
            missing[word.group()] = match
    return tuple(sorted(missing, key=missing.__getitem__))


BEST_SENTENCES = 10
"""Sentences looked at to say which words of a question are missing."""

POOR_MATCH = 0.5
"""Mean cosine of a word's tokens below which its meaning counts as not found: over the project's own cases, 95 % of the
words that the best sentences hold match better than this, and seven of ten that they do not hold match worse."""
