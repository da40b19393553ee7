from __future__ import annotations

import pytest

from assistant import Answer, Citation, Evidence, Statement, Step
from evals import Case, Gold
from evals.score import score_case
from knowledge import Hit


def gold(document_id: str, start: int, *, kind="quote", grade: float = 1.0) -> Gold:
    return Gold(document_id, start, start + 10, "x" * 10, kind, grade)


def case(*alternatives, answerable: bool = True, **more) -> Case:
    return Case("q", "village", "When?", "when", answerable=answerable, gold=alternatives, **more)


def hit(document_id: str, start: int, end: int) -> Hit:
    return Hit(
        document_id=document_id,
        document_hash="",
        collection="default",
        chunk_id="",
        start=start,
        end=end,
        text="",
        title="",
        headings=(),
        page=None,
        sentences=(),
        sentence_texts=(),
        score=1.0,
    )


def answer(*places: tuple[str, int], evidence=(), status="answered", written_by="quoted") -> Answer:
    citations = [
        Citation(number, document_id, "", start, start + 10, "lit in 1871", "", None, None)
        for number, (document_id, start) in enumerate(places, 1)
    ]
    return Answer(
        "When?",
        status=status,
        statements=tuple(Statement("lit in 1871", (citation,), 1.0) for citation in citations),
        evidence=tuple(Evidence(document_id, start, start + 10, "", 0.5) for document_id, start in evidence),
        confidence=0.7,
        reason="The documents do not say." if status == "refused" else None,
        written_by=written_by,
        steps=(Step("retrieve", 0.01), Step("read", 0.02)),
    )


def scores(one: Case, *, hits=None, given: Answer | None = None):
    return score_case(one, hits=hits, answer=given, seconds=0.1).scores


def test_of_several_alternatives_the_one_that_the_search_serves_best_counts():
    one = case((gold("d", 0), gold("d", 50)), (gold("e", 0),))
    found = [hit("x", 0, 9), hit("d", 0, 60)]
    result = scores(one, hits=found)
    assert (result["recall@1"], result["recall@3"], result["reciprocal rank"]) == (0, 1, 0.5)


def test_documents_without_marked_places_are_ranked_by_their_first_chunk():
    one = case((gold("a", 0, kind="document", grade=2.0), gold("b", 0, kind="document")))
    result = scores(one, hits=[hit("x", 0, 9), hit("x", 9, 20), hit("b", 0, 9), hit("x", 20, 30)])
    assert (result["recall@1"], result["recall@3"], result["reciprocal rank"]) == (0, 0.5, 0.5)
    # b is second, a is missing: (1 / log2 3) / (2 / log2 2 + 1 / log2 3)
    assert result["ndcg@10"] == pytest.approx(0.2398, abs=1e-4)


def test_reading_puts_the_chunks_of_the_best_sentences_first():
    one = case((gold("d", 0),))
    found = [hit("x", 0, 90), hit("d", 0, 60), hit("y", 0, 90)]
    result = scores(one, hits=found, given=answer(("d", 0), evidence=[("d", 0), ("x", 20), ("d", 20)]))
    assert (result["recall@1"], result["read recall@1"], result["read recall@5"]) == (0, 1, 1)
    misread = scores(one, hits=found, given=answer(("y", 0), evidence=[("y", 0)]))
    assert (misread["read recall@1"], misread["read recall@5"]) == (0, 1)


def test_a_ranking_of_chunks_has_no_ndcg():
    assert "ndcg@10" not in scores(case((gold("d", 0),)), hits=[hit("d", 0, 9)])


def test_a_search_by_itself_says_nothing_about_answers():
    result = score_case(case((gold("d", 0),)), hits=[hit("d", 0, 9)], answer=None, seconds=0.1)
    assert (result.status, result.confidence, result.answer) == (None, None, "")
    assert set(result.scores) == {*(f"recall@{depth}" for depth in (1, 3, 5, 10, 20)), "reciprocal rank"}


def test_an_answer_is_right_when_its_first_citation_is_gold():
    one = case((gold("d", 0),), answers=("1871",))
    right = scores(one, given=answer(("d", 5), ("e", 0), evidence=[("e", 0), ("d", 5)]))
    assert right == {
        "sentence precision@1": 0,
        "gold in first 3 sentences": 1,
        "first citation right": 1,
        "citation precision": 0.5,
        "citation recall": 1,
        "answer containment": 1,
        "right": 1,
    }
    assert scores(one, given=answer(("e", 0), ("d", 5)))["right"] == 0


def test_a_refused_question_that_has_an_answer_is_wrong_and_cites_nothing():
    one = case((gold("d", 0),), answers=("1871",))
    result = scores(one, given=answer(status="refused", evidence=[("d", 0)]))
    assert result == {
        "sentence precision@1": 1,
        "gold in first 3 sentences": 1,
        "first citation right": 1,
        "answer containment": 0,
        "right": 0,
    }


@pytest.mark.parametrize(("status", "right"), [("refused", 1), ("answered", 0)])
def test_a_question_without_an_answer_is_right_when_it_is_refused(status, right):
    assert scores(case(answerable=False), given=answer(("d", 0), status=status)) == {"right": right}


@pytest.mark.parametrize(
    ("cited", "one_document", "every_document"),
    [
        pytest.param([("a", 0), ("b", 0)], 1, 1, id="both"),
        pytest.param([("x", 0), ("b", 0)], 1, 0, id="one"),
        pytest.param([("x", 0)], 0, 0, id="none"),
        pytest.param([("a", 0), ("x", 0), ("x", 20), ("b", 0)], 1, 0, id="the other too late"),
    ],
)
def test_questions_of_several_documents_want_gold_of_each_among_the_first_three(cited, one_document, every_document):
    result = scores(case((gold("a", 0), gold("b", 0))), given=answer(*cited))
    assert result["gold of one document in first 3 citations"] == one_document
    assert result["gold of every document in first 3 citations"] == every_document


@pytest.mark.parametrize(
    ("cited", "written_by", "share", "right"),
    [
        pytest.param([("a", 0), ("a", 20)], "described", 1.0, 1, id="of the right document"),
        pytest.param([("a", 0), ("b", 0)], "described", 0.5, 0, id="half of another"),
        pytest.param([("a", 0)], "quoted", 1.0, 0, id="not described as a whole"),
    ],
)
def test_a_summary_must_speak_of_the_document_that_was_asked_about(cited, written_by, share, right):
    result = scores(case(document_ids=("a",)), given=answer(*cited, written_by=written_by))
    assert (result["citations in the right document"], result["right"]) == (share, right)


@pytest.mark.parametrize(("written_by", "right"), [("described", 1), ("quoted", 0)])
def test_a_question_about_documents_as_wholes_wants_a_description(written_by, right):
    result = scores(case(), given=answer(("a", 0), written_by=written_by))
    assert (result["described"], result["right"]) == (right, right)


def test_an_answer_without_citations_is_not_right():
    assert scores(case(), given=answer(written_by="described"))["right"] == 0


def test_a_result_tells_its_document_and_the_time_of_each_stage():
    result = score_case(case((gold("d", 0),)), hits=[], answer=answer(("d", 0)), seconds=0.1)
    assert (result.cluster, result.steps, result.confidence) == ("d", {"retrieve": 0.01, "read": 0.02}, 0.7)
    assert score_case(case(document_id="e"), hits=[], answer=None, seconds=0.1).cluster == "e"
    assert score_case(case(), hits=[], answer=None, seconds=0.1).cluster == "q"
