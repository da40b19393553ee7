"""A case and what was answered -> how it scored, measure by measure."""

from __future__ import annotations

import math
from collections.abc import Sequence

from assistant import Answer
from evals.metrics import (
    Stretch,
    answer_containment,
    citation_precision_recall,
    first_ranks,
    ndcg_at,
    overlap,
    recall_at,
    reciprocal_rank,
    sentence_precision_at_1,
)
from evals.types import Case, CaseResult, Gold, Place, ScoredPlace
from knowledge import Hit

RECALL_DEPTHS = (1, 3, 5, 10, 20)
READ_DEPTHS = (1, 5)
NDCG_DEPTH = 10
"""The depth at which BEIR reports nDCG."""
KEPT_EVIDENCE = 10
"""Sentences kept in a result: enough to see what came near, small enough to store thousands of cases."""


def score_case(case: Case, *, hits: Sequence[Hit] | None, answer: Answer | None, seconds: float) -> CaseResult:
    """Give the result of a case from the chunks that were found and the answer that was given.

    `hits` is None when no search was made beside the answer, `answer` when only the search was run.
    """
    found = [Place(hit.document_id, hit.start, hit.end) for hit in hits or ()]
    evidence = (
        [ScoredPlace(one.document_id, one.start, one.end, one.score) for one in answer.evidence] if answer else []
    )
    cited = [Place(one.document_id, one.start, one.end) for one in answer.citations] if answer else []
    scores: dict[str, float] = {}
    if case.gold and hits is not None:
        scores |= search_scores(case.gold, found)
    if answer is not None:
        scores |= answer_scores(case, answer, evidence, cited)
    if answer is not None and hits is not None and case.gold and not whole_documents(case.gold):
        ranked = search_scores(case.gold, in_order_of_reading(found, evidence))
        scores |= {f"read recall@{depth}": ranked[f"recall@{depth}"] for depth in READ_DEPTHS}
    return CaseResult(
        case_id=case.id,
        dataset=case.dataset,
        kind=case.kind,
        question=case.question,
        cluster=cluster_of(case),
        answerable=case.answerable,
        status=answer.status if answer else None,
        confidence=answer.confidence if answer else None,
        answer=answer.text if answer else "",
        hits=tuple(found),
        evidence=tuple(evidence[:KEPT_EVIDENCE]),
        citations=tuple(cited),
        seconds=seconds,
        steps={step.name: step.seconds for step in answer.steps} if answer else {},
        scores={name: score for name, score in scores.items() if not math.isnan(score)},
    )


def search_scores(gold: Sequence[Sequence[Gold]], found: Sequence[Stretch]) -> dict[str, float]:
    """Score a ranking of chunks; of several alternatives the one that it serves best counts."""
    whole = whole_documents(gold)
    ranked = first_of_each_document(found) if whole else found
    ranks = [first_ranks(ranked, alternative) for alternative in gold]
    scores = {f"recall@{depth}": max(recall_at(one, depth) for one in ranks) for depth in RECALL_DEPTHS}
    scores["reciprocal rank"] = max(reciprocal_rank(one) for one in ranks)
    # Only a ranking of documents has one gain an item: a chunk may hold several gold sentences, or none may fit.
    if whole:
        scores[f"ndcg@{NDCG_DEPTH}"] = max(
            ndcg_at(
                [max((one.grade for one in alternative if overlap(one, item)), default=0.0) for item in ranked],
                [one.grade for one in alternative],
                NDCG_DEPTH,
            )
            for alternative in gold
        )
    return scores


def in_order_of_reading(found: Sequence[Place], evidence: Sequence[Stretch]) -> list[Place]:
    """Give the chunks found in the order in which reading leaves them.

    First those of the sentences considered, best first, then the others as they were found.
    """
    read = [next((chunk for chunk in found if overlap(chunk, sentence)), None) for sentence in evidence]
    return list(dict.fromkeys([*(chunk for chunk in read if chunk is not None), *found]))


def answer_scores(
    case: Case, answer: Answer, evidence: Sequence[Stretch], cited: Sequence[Stretch]
) -> dict[str, float]:
    """Score an answer; what does not apply to the case is absent."""
    answered = answer.status == "answered"
    if not case.answerable:
        return {"right": float(not answered)}
    scores: dict[str, float] = {}
    if case.gold and not whole_documents(case.gold):
        scores |= sentence_scores(case.gold, evidence, cited, answered=answered)
    if case.document_ids and answered and cited:
        scores["citations in the right document"] = sum(one.document_id in case.document_ids for one in cited) / len(
            cited
        )
    if not case.gold and not case.answers:
        scores["described"] = float(answered and answer.written_by == "described")
    if case.answers:
        scores["answer containment"] = answer_containment(answer.text if answered else "", case.answers)
    scores["right"] = float(answered and bool(cited) and right_so_far(scores))
    return scores


def sentence_scores(
    gold: Sequence[Sequence[Gold]], evidence: Sequence[Stretch], cited: Sequence[Stretch], *, answered: bool
) -> dict[str, float]:
    """Score sentences and citations against stretches that a person marked."""
    scores = {
        "sentence precision@1": sentence_precision_at_1(evidence, gold),
        "gold in first 3 sentences": float(any(sentence_precision_at_1([sentence], gold) for sentence in evidence[:3])),
        # What is shown first: where nothing was cited, what would have been.
        "first citation right": sentence_precision_at_1(cited or evidence, gold),
    }
    if answered:
        scores["citation precision"], scores["citation recall"] = citation_precision_recall(cited, gold)
    several = [alternative for alternative in gold if len({one.document_id for one in alternative}) > 1]
    if several:
        shares = [documents_cited(alternative, cited[:3]) for alternative in several]
        scores["gold of one document in first 3 citations"] = float(max(shares) > 0)
        scores["gold of every document in first 3 citations"] = float(max(shares) == 1)
    return scores


def right_so_far(scores: dict[str, float]) -> bool:
    """Say whether an answer with citations is right in all that is known of it."""
    known = ("first citation right", "citations in the right document", "described")
    return all(scores[name] == 1.0 for name in known if name in scores)


def documents_cited(alternative: Sequence[Gold], cited: Sequence[Stretch]) -> float:
    """Share of the alternative's documents of which some gold stretch is cited."""
    documents = {one.document_id for one in alternative}
    reached = {one.document_id for one in alternative if any(overlap(one, citation) for citation in cited)}
    return len(reached) / len(documents)


def whole_documents(gold: Sequence[Sequence[Gold]]) -> bool:
    """Say whether the gold is known by document only."""
    return all(one.kind == "document" for alternative in gold for one in alternative)


def first_of_each_document(found: Sequence[Stretch]) -> list[Stretch]:
    """Give a ranking of documents: the first stretch of each."""
    first: dict[str, Stretch] = {}
    for item in found:
        first.setdefault(item.document_id, item)
    return list(first.values())


def cluster_of(case: Case) -> str:
    """Give the document that a case is about, or the case itself when none is known."""
    if case.document_id is not None:
        return case.document_id
    return case.gold[0][0].document_id if case.gold and case.gold[0] else case.id
