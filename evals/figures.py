"""Results of cases -> figures, each with the interval that resampling the documents gives it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evals.metrics import (
    Array,
    Indices,
    auroc,
    bootstrap_interval,
    bootstrap_ratios,
    bootstrap_statistics,
    expected_calibration_error,
    risk_coverage_area,
    threshold_for_share,
)
from evals.types import CaseResult, Figure

RESAMPLES = 1000
"""Enough for a 95 % percentile interval (Efron & Tibshirani 1993, section 14.2)."""
SEED = 20_260_703
FEWEST_CLUSTERS = 5
"""With fewer documents than this the interval would say nothing, and cases are resampled one by one."""
ALL = "all together"
"""The name under which several data sets are measured as one: refusal needs questions with and without an answer."""
SHARE_ANSWERED = 0.8
"""Where systems that refuse more or less readily are compared: at the same share of answerable questions answered."""


class Table:
    """Results as columns; what a case does not have is `nan`."""

    def __init__(self, results: Sequence[CaseResult]) -> None:
        self.answerable = np.array([result.answerable for result in results], bool)
        self.answered = np.array([result.status == "answered" for result in results], bool)
        self.refused = np.array([result.status == "refused" for result in results], bool)
        self.confidence = np.array([_number(result.confidence) for result in results])
        self.seconds = np.array([result.seconds for result in results])
        self.scores = {
            name: np.array([_number(result.scores.get(name)) for result in results])
            for name in {name for result in results for name in result.scores}
        }

    def score(self, name: str) -> Array:
        """Give the scores of a measure, all `nan` where no case has it."""
        return self.scores.get(name, np.full(len(self.answerable), np.nan))

    def judged(self) -> Array:
        """Give 1 where answering is wrong (unanswerable, or miscited), 0 where right, `nan` where nothing tells."""
        return np.where(self.answerable, 1 - self.score("first citation right"), 1.0)


Column = Array | NDArray[np.bool_]
Ratio = Callable[[Table], tuple[Array, Array]]
"""Numerators and denominators of the cases: the figure is the sum of the one over the sum of the other."""
Statistic = Callable[[Table, Indices], float]
"""What only all the cases together have, of the cases with these numbers."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure's name, what it says, and how to get it."""

    name: str
    meaning: str
    higher_is_better: bool
    ratio: Ratio | None = None
    statistic: Statistic | None = None
    among: Callable[[Table], Column] = lambda table: np.ones(len(table.seconds), bool)
    """Which cases a statistic rests on."""


def measure_results(results: Sequence[CaseResult]) -> dict[str, dict[str, Figure]]:
    """Give the figures of each data set, by the measure's name; what is not defined for a set is absent."""
    figures: dict[str, dict[str, Figure]] = {}
    for dataset, members in by_dataset(results).items():
        table, clusters = Table(members), resampling_clusters(members)
        measured = {measure.name: _figure(measure, table, clusters) for measure in MEASURES}
        figures[dataset] = {name: figure for name, figure in measured.items() if figure is not None}
    return figures


def by_dataset(results: Sequence[CaseResult]) -> dict[str, list[CaseResult]]:
    """Give the results of each data set, and of `ALL` of them together where there are several."""
    datasets: dict[str, list[CaseResult]] = {}
    for result in results:
        datasets.setdefault(result.dataset, []).append(result)
    return datasets | {ALL: list(results)} if len(datasets) > 1 else datasets


def resample(measure: Measure, table: Table, clusters: Sequence[str]) -> Array:
    """Give the measure's value in each of `RESAMPLES` draws; the same clusters are drawn the same way each time."""
    if measure.ratio is not None:
        return bootstrap_ratios(*measure.ratio(table), clusters, resamples=RESAMPLES, seed=SEED)
    assert measure.statistic is not None
    statistic = measure.statistic
    return bootstrap_statistics(lambda cases: statistic(table, cases), clusters, resamples=RESAMPLES, seed=SEED)


def value_of(measure: Measure, table: Table) -> tuple[float, int]:
    """Give the measure's value and the number of cases it rests on; `nan` and 0 where it is not defined."""
    if measure.ratio is not None:
        numerators, denominators = measure.ratio(table)
        below = float(denominators.sum())
        return (float(numerators.sum()) / below if below else math.nan), int((denominators > 0).sum())
    assert measure.statistic is not None
    value = measure.statistic(table, np.arange(len(table.seconds)))
    return value, 0 if math.isnan(value) else int(measure.among(table).sum())


def resampling_clusters(results: Sequence[CaseResult]) -> list[str]:
    """Give the cluster of each case: its document, or itself where there are too few documents to resample."""
    clusters = [result.cluster for result in results]
    return clusters if len(set(clusters)) >= FEWEST_CLUSTERS else [str(number) for number in range(len(results))]


def _figure(measure: Measure, table: Table, clusters: Sequence[str]) -> Figure | None:
    value, cases = value_of(measure, table)
    if not cases:
        return None
    low, high = bootstrap_interval(resample(measure, table, clusters))
    if math.isnan(low):
        return None
    return Figure(value, low, high, cases)


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def _mean(name: str, meaning: str) -> Measure:
    def ratio(table: Table) -> tuple[Array, Array]:
        scores = table.score(name)
        return np.nan_to_num(scores), (~np.isnan(scores)).astype(float)

    return Measure(name, meaning, higher_is_better=True, ratio=ratio)


def _share(count: Callable[[Table], Column], among: Callable[[Table], Column]) -> Ratio:
    def ratio(table: Table) -> tuple[Array, Array]:
        whole = among(table).astype(float)
        return count(table) * whole, whole

    return ratio


def _of_both_classes(statistic: Callable[[Array, Array], float]) -> Statistic:
    """Make a statistic of (answerable, confidence) that needs questions with and without an answer."""

    def both(table: Table, cases: Indices) -> float:
        answerable, confidence = table.answerable[cases], table.confidence[cases]
        if np.isnan(confidence).any() or answerable.all() or not answerable.any():
            return math.nan
        return statistic(answerable.astype(float), confidence)

    return both


def _risk_area(table: Table, cases: Indices) -> float:
    wrong, confidence = table.judged()[cases], table.confidence[cases]
    known = ~np.isnan(wrong) & ~np.isnan(confidence)
    return risk_coverage_area(wrong[known], confidence[known])


def _unanswerable_answered(answerable: Array, confidence: Array) -> float:
    threshold = threshold_for_share(confidence[answerable == 1], SHARE_ANSWERED)
    return float((confidence[answerable == 0] >= threshold).mean())


def _score_at_share(name: str) -> Statistic:
    """Average the scores of the answerable questions answered when the share `SHARE_ANSWERED` of them is."""

    def at_share(table: Table, cases: Indices) -> float:
        answerable = cases[table.answerable[cases]]
        confidence, answered = table.confidence[answerable], table.answered[answerable]
        # The assistant's own threshold must let that many pass, otherwise their citations are not known.
        if not len(answerable) or np.isnan(confidence).any() or answered.mean() < SHARE_ANSWERED:
            return math.nan
        scores = table.score(name)[answerable]
        kept = scores[(confidence >= threshold_for_share(confidence, SHARE_ANSWERED)) & ~np.isnan(scores)]
        return float(kept.mean()) if len(kept) else math.nan

    return at_share


def _seconds(quantile: float) -> Statistic:
    return lambda table, cases: float(np.quantile(table.seconds[cases], quantile)) if len(cases) else math.nan


MEASURES: tuple[Measure, ...] = (
    _mean("right", "cases handled rightly: first citation right, or refused where there is no answer"),
    _mean("recall@1", "gold stretches that the first chunk found holds"),
    _mean("recall@3", "gold stretches that the first three chunks hold"),
    _mean("recall@5", "gold stretches that the first five chunks hold"),
    _mean("recall@10", "gold stretches that the first ten chunks hold"),
    _mean("recall@20", "gold stretches that the first twenty chunks hold"),
    _mean("read recall@1", "gold stretches that the first chunk holds, once the chunks are read"),
    _mean("read recall@5", "gold stretches that the first five chunks hold, once they are read"),
    _mean("reciprocal rank", "1 / rank of the first chunk that holds gold"),
    _mean("ndcg@10", "graded ranking of documents against the best possible one"),
    _mean("sentence precision@1", "questions whose first sentence is gold"),
    _mean("gold in first 3 sentences", "questions with gold among the first three sentences"),
    _mean("first citation right", "questions whose first citation, or first sentence when refused, is gold"),
    _mean("citation precision", "citations that are gold, in answered questions that have an answer"),
    _mean("citation recall", "gold that is cited, in answered questions that have an answer"),
    _mean("gold of one document in first 3 citations", "questions of several documents: gold of one is cited early"),
    _mean("gold of every document in first 3 citations", "questions of several documents: gold of all is cited early"),
    _mean("answer containment", "answers that hold an accepted string; a refusal holds none"),
    _mean("citations in the right document", "citations that lie in the document that was asked about"),
    _mean("described", "questions about documents as wholes that are answered as such"),
    Measure(
        "answerable answered",
        "questions with an answer that are answered",
        higher_is_better=True,
        ratio=_share(lambda table: table.answered, lambda table: table.answerable & (table.answered | table.refused)),
    ),
    Measure(
        "refusal precision",
        "refusals of questions that have no answer",
        higher_is_better=True,
        ratio=_share(lambda table: ~table.answerable, lambda table: table.refused),
    ),
    Measure(
        "refusal recall",
        "questions without an answer that are refused",
        higher_is_better=True,
        ratio=_share(lambda table: table.refused, lambda table: ~table.answerable & (table.answered | table.refused)),
    ),
    Measure(
        "risk",
        "answers to questions without an answer, or with a wrong first citation, among all answers",
        higher_is_better=False,
        ratio=_share(
            lambda table: np.nan_to_num(table.judged()), lambda table: table.answered & ~np.isnan(table.judged())
        ),
    ),
    Measure(
        "risk-coverage area",
        "mean risk over all coverages",
        higher_is_better=False,
        statistic=_risk_area,
        among=lambda table: ~np.isnan(table.judged()),
    ),
    Measure(
        "confidence AUROC",
        "a question with an answer gets more confidence than one without",
        higher_is_better=True,
        statistic=_of_both_classes(auroc),
    ),
    Measure(
        "calibration error",
        "mean distance of confidence and truth",
        higher_is_better=False,
        statistic=_of_both_classes(expected_calibration_error),
    ),
    Measure(
        "unanswerable answered at 80 %",
        "questions without an answer that are answered when 80 % of those with one are",
        higher_is_better=False,
        statistic=_of_both_classes(_unanswerable_answered),
    ),
    Measure(
        "citation precision at 80 %",
        "citation precision when 80 % of the questions with an answer are answered",
        higher_is_better=True,
        statistic=_score_at_share("citation precision"),
        among=lambda table: table.answerable,
    ),
    Measure(
        "citation recall at 80 %",
        "citation recall when 80 % of the questions with an answer are answered",
        higher_is_better=True,
        statistic=_score_at_share("citation recall"),
        among=lambda table: table.answerable,
    ),
    Measure("median seconds", "half the questions are answered in", higher_is_better=False, statistic=_seconds(0.5)),
    Measure(
        "seconds, 95th percentile",
        "19 of 20 questions are answered in",
        higher_is_better=False,
        statistic=_seconds(0.95),
    ),
)
