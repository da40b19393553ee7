"""Measures of answers, refusals and rankings: pure functions of a few lines.

Labels and relevance are given as booleans or as 0 and 1; ranks count from 1. A measure that is not defined for its
input (no relevant item, one class only) is `nan`, never a convenient number.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Indices = NDArray[np.intp]


class Stretch(Protocol):
    """Anything that is a part of a document."""

    @property
    def document_id(self) -> str:
        """Whose text the offsets count."""
        ...

    @property
    def start(self) -> int:
        """First character."""
        ...

    @property
    def end(self) -> int:
        """One past the last character."""
        ...


def overlap(one: Stretch, other: Stretch) -> bool:
    """Say whether two stretches share a character of the same document."""
    return one.document_id == other.document_id and max(one.start, other.start) < min(one.end, other.end)


# Rankings


def first_ranks(ranked: Sequence[Stretch], gold: Sequence[Stretch]) -> list[int | None]:
    """For each gold stretch, the rank of the first item that overlaps it; None when none does."""
    return [next((rank for rank, item in enumerate(ranked, 1) if overlap(item, one)), None) for one in gold]


def recall_at(ranks: Sequence[int | None], depth: int) -> float:
    """Share of the gold found among the first `depth`: |found within depth| / |gold|."""
    return sum(rank is not None and rank <= depth for rank in ranks) / len(ranks) if ranks else float("nan")


def reciprocal_rank(ranks: Sequence[int | None]) -> float:
    """1 / rank of the first item that is right, 0 when there is none (Voorhees 1999; its mean is the MRR)."""
    return max((1 / rank for rank in ranks if rank is not None), default=0.0) if ranks else float("nan")


def ndcg_at(gains: Sequence[float], ideal: Sequence[float], depth: int) -> float:
    """DCG of the first `depth` gains over the best possible one: DCG = sum of gain / log2(rank + 1).

    Järvelin & Kekäläinen 2002, with the gain itself in the numerator, as trec_eval has it. `gains` are those of the
    ranking, best rank first, 0 for what is not relevant; `ideal` are the gains of everything that is relevant.
    """

    def discounted(values: Sequence[float]) -> float:
        return float(sum(gain / np.log2(rank + 1) for rank, gain in enumerate(values[:depth], 1)))

    best = discounted(sorted(ideal, reverse=True))
    return discounted(gains) / best if best > 0 else float("nan")


# Citations and answers


def sentence_precision_at_1(sentences: Sequence[Stretch], gold: Sequence[Sequence[Stretch]]) -> float:
    """1 when the first sentence overlaps a gold stretch of any alternative, otherwise 0; 0 for no sentence."""
    return float(bool(sentences) and any(overlap(sentences[0], one) for alternative in gold for one in alternative))


def citation_precision_recall(citations: Sequence[Stretch], gold: Sequence[Sequence[Stretch]]) -> tuple[float, float]:
    """How much of what is cited is gold, and how much of the gold is cited.

    Precision: citations that overlap a gold stretch of any alternative / citations (`nan` without citations). Recall:
    the best, over the alternatives, of stretches that some citation overlaps / stretches of the alternative.
    """
    right = sum(any(overlap(citation, one) for alternative in gold for one in alternative) for citation in citations)
    precision = right / len(citations) if citations else float("nan")
    shares = (
        sum(any(overlap(citation, one) for citation in citations) for one in alternative) / len(alternative)
        for alternative in gold
        if alternative
    )
    return precision, max(shares, default=float("nan"))


def answer_containment(answer: str, accepted: Sequence[str]) -> float:
    """1 when the answer holds one of the accepted strings as whole words, otherwise 0; `nan` when none is given.

    Compared as SQuAD's evaluation does (Rajpurkar et al. 2016): lower case, without punctuation and articles. Digits
    keep the points and commas between them, so that 1.5 is not 15 and 1,500 is 1500.
    """
    wanted = [words for words in (comparable_words(text) for text in accepted) if words.strip()]
    return float(any(words in comparable_words(answer) for words in wanted)) if wanted else float("nan")


def comparable_words(text: str) -> str:
    """Give the words of a text in lower case, a space around each, without punctuation and articles."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    folded = re.sub(r"(?<=\d),(?=\d{3})", "", folded)
    words = re.findall(r"\d+(?:\.\d+)*|[^\W\d_]+", folded)
    return " " + " ".join(word for word in words if word not in {"a", "an", "the"}) + " "


# Refusals and confidence


def refusal_precision_recall(refused: ArrayLike, answerable: ArrayLike) -> tuple[float, float]:
    """Of the refused, the share that has no answer; of those without an answer, the share that is refused."""
    refused, unanswerable = np.asarray(refused, bool), ~np.asarray(answerable, bool)
    right = float((refused & unanswerable).sum())
    return divide(right, float(refused.sum())), divide(right, float(unanswerable.sum()))


def auroc(positive: ArrayLike, scores: ArrayLike) -> float:
    """Probability that a positive scores above a negative, a tie counting half.

    The Mann-Whitney U statistic over |positives| x |negatives| (Hanley & McNeil 1982).
    """
    positive = np.asarray(positive, bool)
    _, level = np.unique(np.asarray(scores, float), return_inverse=True)
    positives = np.bincount(level, weights=positive)
    negatives = np.bincount(level, weights=~positive)
    below = np.cumsum(negatives) - negatives
    return divide(float((positives * (below + negatives / 2)).sum()), float(positives.sum() * negatives.sum()))


def reliability(positive: ArrayLike, confidence: ArrayLike, bins: int = 10) -> list[tuple[float, float, int]]:
    """For each bin of equal width that is not empty: mean confidence, share of positives, number of cases."""
    positive, confidence = np.asarray(positive, float), np.asarray(confidence, float)
    number = np.clip((confidence * bins).astype(int), 0, bins - 1)
    members = [number == one for one in range(bins)]
    return [
        (float(confidence[one].mean()), float(positive[one].mean()), int(one.sum())) for one in members if one.any()
    ]


def expected_calibration_error(positive: ArrayLike, confidence: ArrayLike, bins: int = 10) -> float:
    """Mean distance of confidence and truth: sum over bins of |cases| / n x |share of positives - mean confidence|.

    Naeini et al. 2015, bins of equal width.
    """
    rows = reliability(positive, confidence, bins)
    total = sum(count for _, _, count in rows)
    return divide(sum(count * abs(share - mean) for mean, share, count in rows), total)


def risk_coverage(wrong: ArrayLike, confidence: ArrayLike) -> tuple[Array, Array, Array]:
    """Give risk over coverage as (threshold, coverage, risk), one point a distinct confidence, highest first.

    At a threshold the questions at or above it are answered: coverage is their share of all questions, risk the share
    of them that is wrong (El-Yaniv & Wiener 2010).
    """
    wrong, confidence = np.asarray(wrong, float), np.asarray(confidence, float)
    thresholds, level = np.unique(-confidence, return_inverse=True)
    answered = np.cumsum(np.bincount(level))
    return -thresholds, answered / max(len(wrong), 1), np.cumsum(np.bincount(level, weights=wrong)) / answered


def risk_coverage_area(wrong: ArrayLike, confidence: ArrayLike) -> float:
    """Mean risk over all coverages 1/n, 2/n, ..., 1; lower is better (Geifman et al. 2019).

    Within a tie, which no threshold can part, the errors count as spread evenly.
    """
    wrong, confidence = np.asarray(wrong, float), np.asarray(confidence, float)
    if not len(wrong):
        return float("nan")
    _, level, counts = np.unique(-confidence, return_inverse=True, return_counts=True)
    even = (np.bincount(level, weights=wrong) / counts)[np.sort(level)]
    return float((np.cumsum(even) / np.arange(1, len(wrong) + 1)).mean())


def threshold_for_share(confidence: ArrayLike, share: float) -> float:
    """Give the highest threshold at or above which at least this share of the confidences lies; `nan` for none."""
    ordered = np.sort(np.asarray(confidence, float))[::-1]
    # Rounded first: 0.8 x 5 must ask for four of five, whatever the last bit of the product.
    return float(ordered[max(int(np.ceil(round(share * len(ordered), 9))), 1) - 1]) if len(ordered) else float("nan")


def divide(numerator: float, denominator: float) -> float:
    """Give the quotient, `nan` when there is nothing to divide by."""
    return numerator / denominator if denominator else float("nan")


# Intervals


def cluster_draws(clusters: Sequence[str], resamples: int, seed: int) -> Iterator[tuple[Indices, NDArray[np.int64]]]:
    """Draw as many clusters as there are, with replacement, again and again (Efron & Tibshirani 1993, chapter 8).

    Yields blocks: (number of each case's cluster, how often each cluster was drawn, one row a draw). The same clusters
    and seed give the same draws, so that two measures of the same cases are resampled as pairs.
    """
    names, member = np.unique(np.asarray(clusters, dtype=np.str_), return_inverse=True)
    generator = np.random.default_rng(seed)
    for done in range(0, resamples, 100):
        draws = generator.integers(len(names), size=(min(100, resamples - done), len(names)))
        offsets = np.arange(len(draws))[:, None] * len(names)
        counts = np.bincount((draws + offsets).ravel(), minlength=draws.size)
        yield member, counts.reshape(draws.shape)


def bootstrap_ratios(
    numerators: ArrayLike, denominators: ArrayLike, clusters: Sequence[str], *, resamples: int = 1000, seed: int = 0
) -> Array:
    """Sum of numerators / sum of denominators in each of `resamples` draws of whole clusters; `nan` where 0 / 0."""
    numerators, denominators = np.asarray(numerators, float), np.asarray(denominators, float)
    ratios = []
    for member, counts in cluster_draws(clusters, resamples, seed):
        above = counts @ np.bincount(member, weights=numerators)
        below = counts @ np.bincount(member, weights=denominators)
        ratios.append(np.divide(above, below, out=np.full(len(counts), np.nan), where=below > 0))
    return np.concatenate(ratios)


def bootstrap_statistics(
    statistic: Callable[[Indices], float], clusters: Sequence[str], *, resamples: int = 1000, seed: int = 0
) -> Array:
    """Give the statistic of the drawn cases' numbers, in each of `resamples` draws of whole clusters."""
    cases = np.arange(len(clusters))
    return np.array(
        [
            statistic(np.repeat(cases, row[member]))
            for member, counts in cluster_draws(clusters, resamples, seed)
            for row in counts
        ]
    )


def bootstrap_interval(replicates: ArrayLike, level: float = 0.95) -> tuple[float, float]:
    """Give the interval that holds the middle `level` of the replicates that are defined (percentile method)."""
    replicates = np.asarray(replicates, float)
    defined = replicates[~np.isnan(replicates)]
    if not len(defined):
        return float("nan"), float("nan")
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
