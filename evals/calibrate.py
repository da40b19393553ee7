"""Training data -> the small fitted files in `assistant/weights/`: when to refuse, and what is about wholes."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.read import FEATURES, Calibration, confidence_of, read_hits
from assistant.reader import Reader
from assistant.recognise import INTENTS, question_features
from assistant.verifier import Verifier
from evals.benchmarks import against_own_text, read_benchmark
from evals.examples import is_kept_back
from evals.examples.questions import document_of
from evals.metrics import overlap
from evals.rows import read_rows
from evals.run import build_library, sample_cases
from evals.types import Benchmark, Case, OpensLibrary
from evals.written import written_benchmark
from knowledge import Encoder, Hit

READING_SETS = ("squad2_dev", "selqa_test", "nq_oracle", "covidqa")
"""Fitted on their training share. qed_dev is left out: it asks nq_oracle's questions again."""

QUESTION_SETS = ("selqa_test", "nq_oracle", "covidqa", "qed_dev")
"""Their questions are never about documents as wholes; their titles are what templates are filled with."""

TITLES_OF_TEMPLATE = 40
ORDINARY_QUESTIONS = 900
"""Of each set."""
INTENT_WEIGHT = 1500.0
"""What each intent counts as, in ordinary questions, however few its templates are."""

ACCEPTED_RISK = 0.25
"""The default threshold is the lowest at which at most this share of the answers goes to questions that the documents
do not answer, when every second question is one. Chosen on our own cases: from 0.3 to 0.25 their unanswerable questions
that are answered fall from 0.47 to 0.27, and their answerable ones from 0.56 to 0.51.
"""

VERIFIER_WEIGHT = 0.2
"""What the verifier's log odds count among the first sentences, of which alone it is asked.

Right sentence first without it, and with 0.1, 0.2, 0.35 and 0.5: hotpot100 0.79, 0.81, 0.80, 0.79 and 0.79, multirc_val
0.807, 0.800, 0.793, 0.787 and 0.767, inscit_dev 0.731, 0.731, 0.742, 0.742 and 0.742, squad2_dev 0.931, 0.944, 0.958,
0.944 and 0.944, written passages 0.673, 0.690, 0.714, 0.717 and 0.721.
"""

UNIT = Calibration(
    sentence={"intercept": 0.0, "match": 17.0, "reader": 0.4, "verifier": VERIFIER_WEIGHT},
    answerable=dict.fromkeys(("intercept", *FEATURES), 0.0),
    threshold=0.0,
    thresholds_by_risk=(),
)
"""Orders the sentences, for a first look, about as the fitted one does."""


READER_SHARE = 0.62
"""What the reader counts among sentences, as a share of what fits best.

It is fitted on other documents of sources that the reader learnt from, and on new sources it is worth less. Right
sentence first with 0.16, 0.31, 0.42, 0.62 and 1: hotpot100 0.77, 0.77, 0.77, 0.80 and 0.81, multirc_val 0.813, 0.807,
0.800, 0.793 and 0.780, inscit_dev 0.742, 0.747, 0.742, 0.742 and 0.737, squad2_dev 0.931, 0.944, 0.944, 0.958 and
0.944, written passages 0.677, 0.697, 0.714, 0.714 and 0.714.
"""

SCORES = ("match", "reader")
"""What a sentence's probability is fitted on."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What is measured of a question and what was found for it."""

    features: dict[str, float]
    answerable: bool
    sentences: NDArray[np.float64]
    """Shape (sentences, 3): match, the reader's log odds, and whether it is gold."""


def calibrate(
    folder: Path,
    weights: Path,
    *,
    cache: Path,
    open_library: OpensLibrary,
    encoder: Encoder,
    reader: Reader,
    verifier: Verifier,
    limit: int = 250,
    report: Callable[[str], None],
) -> None:
    """Fit on the benchmarks below `folder` and write `reading.json` and `intents.npz` into `weights`.

    `limit` is the number of questions taken of each set. Everything is seeded: the same data give the same files.
    """
    fit_intents(folder, weights / "intents.npz", encoder=encoder, report=report)
    fit_reading(
        folder,
        weights / "reading.json",
        cache=cache,
        open_library=open_library,
        encoder=encoder,
        reader=reader,
        verifier=verifier,
        limit=limit,
        report=report,
    )


def fit_intents(folder: Path, target: Path, *, encoder: Encoder, report: Callable[[str], None]) -> None:
    """Fit the recogniser of questions about documents as wholes, from templates and ordinary questions."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold

    chosen = random.Random(0)
    benchmarks = [read_benchmark(folder / name, split="train") for name in QUESTION_SETS]
    titles = sorted({d.title for benchmark in benchmarks for d in benchmark.documents if 3 < len(d.title) < 80})
    questions, intents, groups = [], [], []
    for number, row in enumerate(read_rows(Path(__file__).parent / "datasets" / "intents.jsonl")):
        template, intent = str(row["template"]), INTENTS.index(row["intent"])
        filled = [template]
        if "{}" in template:
            sample = chosen.sample(titles, TITLES_OF_TEMPLATE)
            filled = [template.format(_either(chosen, title, title.lower())) for title in sample]
        variants = [variant for text in filled for variant in (text, text.lower().rstrip("?."))]
        if len(filled) > 1:
            variants = [_either(chosen, *variants[i : i + 2]) for i in range(0, len(variants), 2)]
        questions += variants
        intents += [intent] * len(variants)
        groups += [number] * len(variants)
    for benchmark in benchmarks:
        ordinary = [case.question for case in benchmark.cases]
        chosen.shuffle(ordinary)
        questions += ordinary[:ORDINARY_QUESTIONS]
        intents += [0] * len(ordinary[:ORDINARY_QUESTIONS])
        groups += range(len(groups) + 1000, len(groups) + 1000 + len(ordinary[:ORDINARY_QUESTIONS]))

    features = np.array([question_features(question, encoder) for question in questions])
    labels, group = np.array(intents), np.array(groups)
    counts = np.bincount(labels, minlength=len(INTENTS))
    weight = np.where(labels == 0, 1.0, INTENT_WEIGHT / np.maximum(counts[labels], 1))

    def fit(rows: NDArray[np.intp]) -> LogisticRegression:
        return LogisticRegression(C=10.0, max_iter=3000).fit(features[rows], labels[rows], sample_weight=weight[rows])

    held_out = np.zeros((len(labels), len(INTENTS)))
    for rows, others in GroupKFold(4).split(features, labels, group):
        held_out[others] = fit(rows).predict_proba(features[others])
    found = held_out[:, 1:].sum(axis=1) >= 0.5
    report(
        f"intents: on templates held out, {found[labels > 0].mean():.3f} of questions about wholes are recognised "
        f"and {found[labels == 0].mean():.4f} of the others are taken for one"
    )
    model = fit(np.arange(len(labels)))
    with target.open("wb") as file:
        np.savez_compressed(
            file, weights=model.coef_.astype(np.float32), intercepts=model.intercept_.astype(np.float32)
        )


def fit_reading(
    folder: Path,
    target: Path,
    *,
    cache: Path,
    open_library: OpensLibrary,
    encoder: Encoder,
    reader: Reader,
    verifier: Verifier,
    limit: int,
    report: Callable[[str], None],
) -> None:
    """Fit how sentence scores become probabilities, and when the documents answer at all.

    Half of the weight is on questions that are answered. The other half is on questions that are not: those that
    their own text does not answer, and answerable ones whose document is kept from the search.
    """
    observations: list[Observation] = []
    for name in READING_SETS:
        benchmark = read_benchmark(folder / name, split="train")
        kept_back = tuple(case for case in benchmark.cases if is_kept_back(name, document_of(case)))
        benchmark = replace(benchmark, cases=kept_back)
        for one in (benchmark, against_own_text(benchmark)) if name == "squad2_dev" else (benchmark,):
            found = observe(_sample(one, limit), cache, open_library, encoder, reader, verifier)
            observations += found
            report(f"reading: {one.name}, {len(found)} questions")
    written = written_benchmark("fit")
    found = observe(_sample(written, limit), cache, open_library, encoder, reader, verifier)
    observations += found
    report(f"reading: {written.name}, {len(found)} questions")

    fitted = fit_calibration(observations)
    answerable = np.array([one.answerable for one in observations])
    answered = np.array([confidence_of(one.features, fitted) >= fitted.threshold for one in observations])
    report(
        f"reading: threshold {fitted.threshold:.3f} for a risk of {ACCEPTED_RISK:.0%}: "
        f"{answered[answerable].mean():.3f} of answerable and {answered[~answerable].mean():.3f} of the others answered"
    )
    data = {
        "made by": "python -m evals calibrate",
        "data": "what the reader did not learn from of " + ", ".join((*READING_SETS, "written")),
        "sentence": {name: round(weight, 4) for name, weight in fitted.sentence.items()},
        "answerable": {name: round(weight, 4) for name, weight in fitted.answerable.items()},
        "accepted risk": ACCEPTED_RISK,
        "threshold": round(fitted.threshold, 4),
        "thresholds_by_risk": [[round(risk, 3), round(at, 4)] for risk, at in fitted.thresholds_by_risk],
    }
    target.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")


def fit_calibration(observations: Sequence[Observation]) -> Calibration:
    """Give the calibration that fits what was observed; answered and unanswered questions weigh the same."""
    from sklearn.linear_model import LogisticRegression

    names = list(observations[0].features)
    features = np.array([[o.features[name] for name in names] for o in observations])
    answerable = np.array([o.answerable for o in observations])
    weight = np.empty(len(observations))
    for value in (False, True):
        weight[answerable == value] = 0.5 / (answerable == value).sum()

    spread = features.std(axis=0)
    spread[spread == 0.0] = 1.0  # what never changes tells nothing
    model = LogisticRegression(C=1.0, max_iter=3000).fit(
        features / spread, answerable, sample_weight=weight * len(weight)
    )
    slopes = model.coef_[0] / spread
    confidence = 1.0 / (1.0 + np.exp(-(features @ slopes + model.intercept_[0])))

    answered_by = [o.sentences for o in observations if o.answerable and o.sentences[:, -1].any()]
    slopes_of_scores = fit_order(answered_by) * (1.0, READER_SHARE)
    rows = np.concatenate(answered_by)
    sentence = LogisticRegression(C=100.0).fit(rows[:, :-1] @ slopes_of_scores[:, None], rows[:, -1])
    slopes_of_scores = slopes_of_scores * sentence.coef_[0, 0]

    by_risk = _thresholds(confidence, ~answerable, weight)
    return Calibration(
        sentence={
            "intercept": float(sentence.intercept_[0]),
            **dict(zip(SCORES, slopes_of_scores.tolist(), strict=True)),
            "verifier": VERIFIER_WEIGHT,
        },
        answerable={"intercept": float(model.intercept_[0]), **dict(zip(names, slopes.tolist(), strict=True))},
        threshold=min(at for risk, at in by_risk if risk <= ACCEPTED_RISK),
        thresholds_by_risk=tuple(by_risk),
    )


def fit_order(questions: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Give the weights of `SCORES` under which, question by question, a gold sentence most likely comes first.

    Each question has a table like `Observation.sentences`. The likelihood is that of a softmax over its sentences:
    what a logistic fit over all sentences of all questions finds is how likely a sentence answers, not which of them.
    """
    from scipy.optimize import minimize

    def loss(weights: NDArray[np.float64]) -> float:
        total = 0.0
        for table in questions:
            scores = table[:, :-1] @ weights
            scores = scores - scores.max()
            total -= float(np.log(np.exp(scores[table[:, -1] > 0]).sum() / np.exp(scores).sum()))
        return total / len(questions)

    found: NDArray[np.float64] = minimize(loss, np.array([17.0, 0.5]), method="Nelder-Mead").x
    return found


def observe(
    benchmark: Benchmark,
    cache: Path,
    open_library: OpensLibrary,
    encoder: Encoder,
    reader: Reader,
    verifier: Verifier | None,
) -> list[Observation]:
    """Observe each case, and an answerable one once more with its documents kept from the search."""
    observations = []
    with open_library(build_library(benchmark, cache, open_library), read_only=True) as library:
        for case in benchmark.cases:
            hits = list(library.search(case.question, limit=24, collections=case.collections))
            observations.append(_observation(case, hits[:12], encoder, reader, verifier, answerable=case.answerable))
            gold = {one.document_id for alternative in case.gold for one in alternative}
            elsewhere = [hit for hit in hits if hit.document_id not in gold][:12]
            if case.answerable and elsewhere and case.collections is None:
                observations.append(_observation(case, elsewhere, encoder, reader, verifier, answerable=False))
    return observations


def _observation(
    case: Case,
    hits: Sequence[Hit],
    encoder: Encoder,
    reader: Reader,
    verifier: Verifier | None,
    *,
    answerable: bool,
) -> Observation:
    reading = read_hits(case.question, hits, encoder=encoder, reader=reader, verifier=verifier, calibration=UNIT)
    gold = [one for alternative in case.gold for one in alternative]
    is_gold = [any(overlap(one, evidence) for one in gold) for evidence in reading.evidence]
    matches = reading.matches.mean(axis=1) if len(reading.matches) else np.zeros(0)
    return Observation(
        features=dict(reading.features),
        answerable=answerable,
        sentences=np.array(list(zip(matches, reading.log_odds, is_gold, strict=True)), dtype=float).reshape(-1, 3),
    )


def _sample(benchmark: Benchmark, limit: int) -> Benchmark:
    """The sampled cases over all documents: those left out are what a search must tell them from."""
    return replace(benchmark, cases=sample_cases(benchmark, limit).cases)


def _thresholds(
    confidence: NDArray[np.float64], wrong: NDArray[np.bool_], weight: NDArray[np.float64]
) -> list[tuple[float, float]]:
    """(risk, threshold) for risks from 5 % to 50 %: the lowest threshold with at most that share of such answers."""
    order = np.argsort(-confidence, kind="stable")
    risks = np.cumsum((wrong * weight)[order]) / np.cumsum(weight[order])
    pairs = []
    for risk in np.arange(0.05, 0.501, 0.05):
        fitting = np.flatnonzero(risks <= risk)
        pairs.append((float(risk), float(confidence[order][fitting[-1]]) if len(fitting) else 1.0))
    return pairs


def _either(chosen: random.Random, first: str, second: str) -> str:
    return first if chosen.random() < 0.5 else second
