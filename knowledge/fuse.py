"""Rankings -> one ranking."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TypeVar

Item = TypeVar("Item", bound=Hashable)

RANK_OFFSET = 60
"""The customary constant of reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009)."""


def fuse_ranks(*rankings: Sequence[Item]) -> list[tuple[Item, float]]:
    """Merge rankings into one, best first, each item with the sum of 1 / (60 + rank).

    Only ranks count, so scores of different kinds never need to be compared. Ties keep the order of first mention.
    """
    scores: dict[Item, float] = {}
    for ranking in rankings:
        for rank, item in enumerate(ranking, start=1):
            scores[item] = scores.get(item, 0.0) + 1.0 / (RANK_OFFSET + rank)
    return sorted(scores.items(), key=lambda pair: -pair[1])
