"""Two runs -> what got better, what got worse, and what is a tie."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from evals.errors import RunError
from evals.figures import MEASURES, Measure, Table, by_dataset, resample, resampling_clusters, value_of
from evals.metrics import bootstrap_interval
from evals.types import CaseResult, Run

Verdict = Literal["better", "worse", "tie"]

CASE_SCORES = (
    "right",
    "sentence precision@1",
    "citation precision",
    "citation recall",
    "citations in the right document",
    "answer containment",
    "reciprocal rank",
)
"""What decides whether a case got better: the first of these that changed, most telling first."""


@dataclass(frozen=True, slots=True)
class FigureChange:
    """How a figure changed over the cases that both runs have."""

    dataset: str
    name: str
    before: float
    after: float
    low: float
    high: float
    """The 95 % interval of `after - before`, both runs resampled alike."""
    verdict: Verdict
    """A difference whose interval holds 0 is a tie."""


@dataclass(frozen=True, slots=True)
class CaseChange:
    """What changed about a case."""

    dataset: str
    case_id: str
    question: str
    score: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed from one run to another."""

    figures: tuple[FigureChange, ...]
    better: tuple[CaseChange, ...]
    worse: tuple[CaseChange, ...]
    common: int
    """Cases that both runs have; only these are compared."""
    only_before: int
    only_after: int


def compare_runs(before: Run, after: Run) -> Comparison:
    """Compare two runs case by case, and their figures by the paired bootstrap.

    Raises `RunError` when no case is in both.
    """
    old = {(result.dataset, result.case_id): result for result in before.results}
    new = {(result.dataset, result.case_id): result for result in after.results}
    keys = [key for key in old if key in new]
    if not keys:
        raise RunError(
            f"The runs have no case in common: {before.name} asks {sorted({key[0] for key in old})}, "
            f"{after.name} asks {sorted({key[0] for key in new})}."
        )
    changes = [change for key in keys if (change := case_change(old[key], new[key])) is not None]
    firsts, seconds = by_dataset([old[key] for key in keys]), by_dataset([new[key] for key in keys])
    return Comparison(
        figures=tuple(
            change for dataset in firsts for change in figure_changes(dataset, firsts[dataset], seconds[dataset])
        ),
        better=tuple(change for change in changes if change.after > change.before),
        worse=tuple(change for change in changes if change.after < change.before),
        common=len(keys),
        only_before=len(old) - len(keys),
        only_after=len(new) - len(keys),
    )


def figure_changes(dataset: str, before: Sequence[CaseResult], after: Sequence[CaseResult]) -> list[FigureChange]:
    """Give the change of each measure that is defined in both runs; the results are of the same cases, in order."""
    # The new run's clusters for both: pairs must be drawn together.
    clusters = resampling_clusters(after)
    old, new = Table(before), Table(after)
    changes = []
    for measure in MEASURES:
        first, second = value_of(measure, old)[0], value_of(measure, new)[0]
        if math.isnan(first) or math.isnan(second):
            continue
        low, high = bootstrap_interval(resample(measure, new, clusters) - resample(measure, old, clusters))
        changes.append(FigureChange(dataset, measure.name, first, second, low, high, verdict_of(measure, low, high)))
    return changes


def verdict_of(measure: Measure, low: float, high: float) -> Verdict:
    """Say whether a difference with this interval is for the better; a tie when 0 lies within or nothing is known."""
    if not (low > 0 or high < 0):
        return "tie"
    return "better" if (low > 0) == measure.higher_is_better else "worse"


def case_change(before: CaseResult, after: CaseResult) -> CaseChange | None:
    """Give the most telling change of a case, None when nothing that counts changed."""
    for name in CASE_SCORES:
        first, second = before.scores.get(name), after.scores.get(name)
        if first is not None and second is not None and not math.isclose(first, second):
            return CaseChange(after.dataset, after.case_id, after.question, name, first, second)
    return None
