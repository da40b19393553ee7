"""Our measures of rankings beside those of ranx, where it is installed; it is no dependency: pip install ranx."""

from __future__ import annotations

import random
import warnings

import pytest

from evals.metrics import ndcg_at, recall_at, reciprocal_rank

pytestmark = pytest.mark.filterwarnings("ignore")  # numba, and the plots that ranx imports, warn of their own


@pytest.fixture(scope="module")
def ranx():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("ranx", reason="ranx is not installed: pip install ranx")


@pytest.fixture(scope="module")
def rankings():
    """Rankings of twenty documents, and the grades of one to six relevant ones, of which some are not found."""
    chance = random.Random(5)
    drawn = []
    for _ in range(40):
        documents = [f"d{number}" for number in range(30)]
        chance.shuffle(documents)
        relevant = {document: chance.randint(1, 3) for document in chance.sample(documents, chance.randint(1, 6))}
        drawn.append((documents[:20], relevant))
    return drawn


def ranks_of(ranked: list[str], relevant: dict[str, int]) -> list[int | None]:
    return [ranked.index(document) + 1 if document in ranked else None for document in relevant]


def judged_by_ranx(ranx, rankings, measure: str) -> list[float]:
    qrels = ranx.Qrels({f"q{number:02}": relevant for number, (_, relevant) in enumerate(rankings)})
    run = ranx.Run(
        {
            f"q{number:02}": {document: 1 / rank for rank, document in enumerate(ranked, 1)}
            for number, (ranked, _) in enumerate(rankings)
        }
    )
    ranx.evaluate(qrels, run, measure)
    return [run.scores[measure][f"q{number:02}"] for number in range(len(rankings))]


@pytest.mark.parametrize("depth", [1, 3, 5, 10, 20])
def test_recall_is_that_of_ranx(ranx, rankings, depth):
    ours = [recall_at(ranks_of(ranked, relevant), depth) for ranked, relevant in rankings]
    assert ours == pytest.approx(judged_by_ranx(ranx, rankings, f"recall@{depth}"))


def test_the_reciprocal_rank_is_that_of_ranx(ranx, rankings):
    ours = [reciprocal_rank(ranks_of(ranked, relevant)) for ranked, relevant in rankings]
    assert ours == pytest.approx(judged_by_ranx(ranx, rankings, "mrr"))


@pytest.mark.parametrize("depth", [1, 5, 10])
def test_ndcg_is_that_of_ranx(ranx, rankings, depth):
    ours = [
        ndcg_at([relevant.get(document, 0) for document in ranked], list(relevant.values()), depth)
        for ranked, relevant in rankings
    ]
    assert ours == pytest.approx(judged_by_ranx(ranx, rankings, f"ndcg@{depth}"))
