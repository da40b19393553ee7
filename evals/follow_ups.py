"""Questions with a history -> how well they are searched alone, with all that was asked before, and rewritten."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assistant import Turn
from assistant.rewrite import rewrite_question
from evals.cases import DATASETS
from evals.metrics import Array, bootstrap_interval, bootstrap_ratios
from evals.rows import read_rows
from evals.run import SEARCH_LIMIT
from evals.score import search_scores
from evals.types import Benchmark, Case, Figure, Place, SearchesLibrary

MEASURE = "recall@5"


def alone(case: Case) -> str:
    """Give the question as it was asked."""
    return case.question


def concatenated(case: Case) -> str:
    """Give every question of the conversation, one after the other."""
    return " ".join([*(turn.question for turn in case.history), case.question])


def rewritten(case: Case) -> str:
    """Give the question as the assistant searches it."""
    return rewrite_question(case.question, case.history)


WAYS: Mapping[str, Callable[[Case], str]] = {
    "the last question alone": alone,
    "the history concatenated": concatenated,
    "the question rewritten": rewritten,
}


def measure_follow_ups(benchmark: Benchmark, library: SearchesLibrary) -> dict[str, Figure]:
    """Give recall@5 of the gold documents by way of asking, and how far rewriting is ahead of each other way.

    Only questions that have a history and an answer count. Whole conversations are resampled.
    """
    cases = [case for case in benchmark.cases if case.history and case.gold]
    conversations = [case.history[0].question for case in cases]
    scores = {way: np.array([recall(case, ask(case), library) for case in cases]) for way, ask in WAYS.items()}
    figures = {way: mean_of(column, conversations) for way, column in scores.items()}
    *others, last = WAYS
    for way in others:
        figures[f"rewritten ahead of {way}"] = mean_of(scores[last] - scores[way], conversations)
    return figures


def recall(case: Case, question: str, library: SearchesLibrary) -> float:
    """Give the share of the case's gold that the first five chunks hold; of several alternatives the best counts."""
    hits = library.search(question, limit=SEARCH_LIMIT, collections=case.collections)
    return search_scores(case.gold, [Place(hit.document_id, hit.start, hit.end) for hit in hits])[MEASURE]


def mean_of(scores: Array, conversations: Sequence[str]) -> Figure:
    """Give a mean with the interval that resampling the conversations gives it."""
    low, high = bootstrap_interval(bootstrap_ratios(scores, np.ones(len(scores)), conversations))
    return Figure(float(scores.mean()) if len(scores) else float("nan"), low, high, len(scores))


def follow_ups_table(figures: Mapping[str, Figure]) -> str:
    """Give the figures as lines of text."""
    width = max(map(len, figures), default=0)
    return "".join(
        f"{name:{width}}  {one.value:6.3f}  ({one.low:.3f} to {one.high:.3f})  {one.cases} questions\n"
        for name, one in figures.items()
    )


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One of our own follow-ups, with what became of it."""

    id: str
    question: str
    subject_change: bool
    rewritten: str

    @property
    def right(self) -> bool:
        """Whether a new subject was left as it is, and anything else was not."""
        return (self.rewritten == self.question) == self.subject_change


def rewrite_own(*, folder: Path = DATASETS) -> list[FollowUp]:
    """Rewrite our own follow-ups."""
    rows = read_rows(folder / "follow_ups.jsonl")
    return [
        FollowUp(
            id=row["id"],
            question=row["question"],
            subject_change=row["subject_change"],
            rewritten=rewrite_question(
                row["question"], [Turn(turn["question"], turn["answer"]) for turn in row["history"]]
            ),
        )
        for row in rows
    ]


def own_table(follow_ups: Sequence[FollowUp]) -> str:
    """Give how many were left alone and how many rewritten, and each rewritten question to be read."""
    changed = [one for one in follow_ups if one.subject_change]
    others = [one for one in follow_ups if not one.subject_change]
    lines = [
        f"follow_ups: {sum(one.right for one in changed)} of {len(changed)} new subjects left as they are, "
        f"{sum(one.right for one in others)} of {len(others)} others rewritten"
    ]
    lines += [f"  {'' if one.right else 'wrong: '}{one.question} -> {one.rewritten}" for one in follow_ups]
    return "\n".join(lines) + "\n"
