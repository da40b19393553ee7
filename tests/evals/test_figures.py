from __future__ import annotations

import pytest

from evals.figures import ALL, MEASURES, measure_results
from tests.evals.village import case_result


def asked(number: int, *, answerable: bool = True, confidence: float = 0.9, cluster: str | None = None, **more):
    status = more.pop("status", "answered")
    return case_result(
        str(number), answerable=answerable, confidence=confidence, status=status, cluster=cluster or str(number), **more
    )


def value(results, name: str, dataset: str = "village") -> float:
    return measure_results(results)[dataset][name].value


def test_a_mean_is_over_the_cases_that_have_the_score():
    results = [asked(1, scores={"recall@1": 1.0}), asked(2, scores={"recall@1": 0.0}), asked(3)]
    figure = measure_results(results)["village"]["recall@1"]
    assert (figure.value, figure.cases) == (0.5, 2)
    assert figure.low <= 0.5 <= figure.high


def test_a_figure_that_is_not_defined_is_absent():
    figures = measure_results([asked(1)])["village"]
    assert not {"recall@1", "refusal precision", "refusal recall", "confidence AUROC", "ndcg@10"} & set(figures)


def test_risk_counts_unanswerable_and_miscited_answers_among_all_answers():
    results = [
        asked(1, scores={"first citation right": 1.0}),
        asked(2, scores={"first citation right": 0.0}),
        asked(3, answerable=False),
        asked(4, answerable=False, status="refused"),
        asked(5, status="refused", scores={"first citation right": 0.0}),
        asked(6),  # answered, and nothing tells whether rightly
    ]
    assert value(results, "risk") == pytest.approx(2 / 3)
    assert value(results, "refusal precision") == pytest.approx(1 / 2)
    assert value(results, "refusal recall") == pytest.approx(1 / 2)
    assert value(results, "answerable answered") == pytest.approx(3 / 4)


def test_unanswerable_questions_are_counted_where_four_of_five_answerable_ones_pass():
    answerable = [asked(number, confidence=0.5 + number / 10) for number in range(5)]
    unanswerable = [asked(10 + number, answerable=False, confidence=0.45 + number / 10) for number in range(4)]
    # The threshold is 0.6; 0.65 and 0.75 pass it.
    assert value([*answerable, *unanswerable], "unanswerable answered at 80 %") == 0.5


def test_citations_are_measured_where_four_of_five_answerable_ones_pass():
    results = [asked(number, confidence=number / 10, scores={"citation precision": number / 10}) for number in range(5)]
    assert value(results, "citation precision at 80 %") == pytest.approx((0.1 + 0.2 + 0.3 + 0.4) / 4)


def test_citations_at_80_percent_are_not_known_when_fewer_are_answered():
    results = [asked(number, status="refused" if number < 2 else "answered") for number in range(5)]
    assert "citation precision at 80 %" not in measure_results(results)["village"]


def test_several_sets_are_also_measured_together():
    results = [
        asked(1, dataset="answerable", confidence=0.8, scores={"right": 1.0}),
        asked(2, dataset="unanswerable", answerable=False, status="refused", confidence=0.2, scores={"right": 1.0}),
    ]
    figures = measure_results(results)
    assert list(figures) == ["answerable", "unanswerable", ALL]
    assert figures[ALL]["confidence AUROC"].value == 1.0
    assert figures[ALL]["right"].cases == 2


def test_an_interval_is_wider_when_the_cases_of_a_document_stand_and_fall_together():
    def width(cluster_of):
        results = [
            asked(number, cluster=cluster_of(number), scores={"right": float(number >= 50)}) for number in range(100)
        ]
        figure = measure_results(results)["village"]["right"]
        return figure.high - figure.low

    assert width(lambda number: str(number // 10)) > 2 * width(str)


def test_too_few_documents_are_resampled_case_by_case():
    results = [asked(number, cluster="one", scores={"right": float(number % 2)}) for number in range(20)]
    figure = measure_results(results)["village"]["right"]
    assert figure.low < 0.5 < figure.high


def test_every_measure_has_its_own_name_and_says_what_it_means():
    assert len({measure.name for measure in MEASURES}) == len(MEASURES)
    assert all(measure.meaning and (measure.ratio is None) != (measure.statistic is None) for measure in MEASURES)
