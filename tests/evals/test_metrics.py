from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals import Place
from evals.metrics import (
    answer_containment,
    auroc,
    bootstrap_interval,
    bootstrap_ratios,
    bootstrap_statistics,
    citation_precision_recall,
    expected_calibration_error,
    first_ranks,
    ndcg_at,
    overlap,
    recall_at,
    reciprocal_rank,
    refusal_precision_recall,
    reliability,
    risk_coverage,
    risk_coverage_area,
    sentence_precision_at_1,
    threshold_for_share,
)

A, B, C, ELSEWHERE = Place("d", 0, 10), Place("d", 20, 30), Place("d", 40, 50), Place("other", 0, 10)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        pytest.param(Place("d", 9, 12), True, id="one character"),
        pytest.param(Place("d", 2, 4), True, id="within"),
        pytest.param(Place("d", 10, 12), False, id="next to it"),
        pytest.param(ELSEWHERE, False, id="another document"),
    ],
)
def test_stretches_overlap_when_they_share_a_character(other, expected):
    assert overlap(A, other) is expected
    assert overlap(other, A) is expected


def test_the_rank_of_gold_is_that_of_the_first_item_that_holds_some_of_it():
    assert first_ranks([ELSEWHERE, Place("d", 25, 45), B], [A, B, C]) == [None, 2, 2]


@pytest.mark.parametrize(
    ("depth", "expected"), [(1, 0.0), (2, 1 / 3), (3, 1 / 3), (5, 2 / 3)], ids=lambda value: f"{value:.2f}"
)
def test_recall_is_the_share_of_gold_found_early_enough(depth, expected):
    assert recall_at([2, None, 4], depth) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("ranks", "expected"),
    [
        pytest.param([None, 4, 2], 0.5, id="the best rank counts"),
        pytest.param([None], 0.0, id="nothing found"),
        pytest.param([1], 1.0, id="found first"),
    ],
)
def test_reciprocal_rank(ranks, expected):
    assert reciprocal_rank(ranks) == expected


@pytest.mark.parametrize(
    ("gains", "depth", "expected"),
    [
        # (1 / log2 3 + 2 / log2 5) / (2 / log2 2 + 1 / log2 3 + 1 / log2 4)
        pytest.param([0, 1, 0, 2], 10, 0.476626, id="by hand"),
        pytest.param([2, 1, 1], 10, 1.0, id="best possible"),
        pytest.param([0, 0], 10, 0.0, id="nothing found"),
        # 2 / log2 2 over (2 / log2 2 + 1 / log2 3)
        pytest.param([2, 0, 1], 2, 0.760188, id="cut at the depth"),
    ],
)
def test_ndcg(gains, depth, expected):
    assert ndcg_at(gains, [1, 2, 1], depth) == pytest.approx(expected, abs=1e-6)


def test_what_is_not_defined_is_no_number():
    assert math.isnan(recall_at([], 5))
    assert math.isnan(reciprocal_rank([]))
    assert math.isnan(ndcg_at([1], [], 5))
    assert math.isnan(auroc([1, 1], [0.1, 0.2]))
    assert math.isnan(answer_containment("six", []))
    assert math.isnan(risk_coverage_area([], []))
    assert math.isnan(threshold_for_share([], 0.8))
    assert all(math.isnan(value) for value in refusal_precision_recall([False], [True]))


@pytest.mark.parametrize(
    ("sentences", "expected"),
    [
        pytest.param([B, ELSEWHERE], 1.0, id="of the second alternative"),
        pytest.param([ELSEWHERE, A], 0.0, id="only second"),
        pytest.param([], 0.0, id="no sentence"),
    ],
)
def test_only_the_first_sentence_counts_for_precision_at_1(sentences, expected):
    assert sentence_precision_at_1(sentences, [[A], [B, C]]) == expected


@pytest.mark.parametrize(
    ("citations", "precision", "recall"),
    [
        pytest.param([A], 1.0, 1.0, id="one alternative is enough"),
        pytest.param([B, ELSEWHERE], 0.5, 0.5, id="half of the other, and one beside"),
        pytest.param([B, C], 1.0, 1.0, id="the whole of the other"),
        pytest.param([A, B], 1.0, 1.0, id="from both alternatives"),
        pytest.param([ELSEWHERE], 0.0, 0.0, id="beside"),
        pytest.param([], math.nan, 0.0, id="nothing cited"),
    ],
)
def test_citations_are_held_against_the_alternative_they_serve_best(citations, precision, recall):
    assert citation_precision_recall(citations, [[A], [B, C]]) == pytest.approx((precision, recall), nan_ok=True)


@pytest.mark.parametrize(
    ("answer", "accepted", "expected"),
    [
        pytest.param("It was lit in 1871, they say.", ["in 1871"], 1.0, id="with punctuation after it"),
        pytest.param("THE OLD KEEPER", ["an old keeper"], 1.0, id="case and articles"),
        pytest.param("It costs 1,500 crowns.", ["1500"], 1.0, id="thousands"),
        pytest.param("It costs 15 crowns.", ["1.5"], 0.0, id="a point is no comma"),
        pytest.param("They walked across.", ["Ross"], 0.0, id="part of a word"),
        pytest.param("Six.", ["half past five", "six"], 1.0, id="any of them"),
        pytest.param("", ["six"], 0.0, id="no answer"),
    ],
)
def test_an_answer_contains_an_accepted_string_as_whole_words(answer, accepted, expected):
    assert answer_containment(answer, accepted) == expected


def test_refusals_are_right_where_there_is_no_answer():
    refused = [True, True, True, False, False]
    answerable = [False, False, True, False, True]
    assert refusal_precision_recall(refused, answerable) == pytest.approx((2 / 3, 2 / 3))


def test_auroc_counts_a_tie_half():
    # Of the four pairs three are in order and one is a tie.
    assert auroc([1, 1, 0, 0], [0.9, 0.5, 0.5, 0.1]) == pytest.approx(3.5 / 4)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), max_size=30))
def test_auroc_is_the_share_of_pairs_in_order(rows):
    pairs = [(high, low) for positive, high in rows if positive for other, low in rows if not other]
    expected = sum((high > low) + (high == low) / 2 for high, low in pairs) / len(pairs) if pairs else math.nan
    value = auroc([positive for positive, _ in rows], [score for _, score in rows])
    assert value == pytest.approx(expected, nan_ok=True)


def test_calibration_error_is_the_mean_distance_of_the_bins():
    # One bin says 0.95 and is right half the time, the other says 0.15 and is never right.
    assert expected_calibration_error([1, 0, 0, 0], [0.95, 0.95, 0.15, 0.15]) == pytest.approx((0.45 + 0.15) / 2)


def test_full_confidence_lies_in_the_last_bin():
    assert reliability([1, 1], [1.0, 0.9]) == [(0.95, 1.0, 2)]


def test_the_risk_coverage_curve_has_a_point_for_each_threshold():
    thresholds, coverage, risk = risk_coverage([0, 1, 0, 1], [0.9, 0.8, 0.8, 0.1])
    assert thresholds.tolist() == [0.9, 0.8, 0.1]
    assert coverage.tolist() == [0.25, 0.75, 1.0]
    assert risk.tolist() == pytest.approx([0, 1 / 3, 1 / 2])


def test_the_risk_coverage_area_spreads_the_errors_of_a_tie():
    # The tie holds one error of two: risks 0/1, 0.5/2, 1/3, 2/4.
    assert risk_coverage_area([0, 1, 0, 1], [0.9, 0.8, 0.8, 0.1]) == pytest.approx((0 + 1 / 4 + 1 / 3 + 1 / 2) / 4)


@given(st.permutations([(0, 0.9), (1, 0.8), (0, 0.8), (1, 0.8), (0, 0.3)]))
def test_the_risk_coverage_area_does_not_depend_on_the_order_of_cases(rows):
    wrong, confidence = zip(*rows, strict=True)
    assert risk_coverage_area(wrong, confidence) == pytest.approx(
        risk_coverage_area([0, 1, 0, 1, 0], [0.9, 0.8, 0.8, 0.8, 0.3])
    )


@pytest.mark.parametrize(("share", "expected"), [(0.8, 0.2), (0.81, 0.1), (1.0, 0.1), (0.2, 0.5), (0.0, 0.5)], ids=str)
def test_a_threshold_lets_at_least_its_share_pass(share, expected):
    assert threshold_for_share([0.3, 0.1, 0.5, 0.2, 0.4], share) == expected


def test_resampling_cases_one_by_one_gives_the_interval_of_the_textbook():
    values = np.arange(400) % 2
    low, high = bootstrap_interval(bootstrap_ratios(values, np.ones(400), [str(case) for case in range(400)]))
    # A share of one half of 400: 1.96 x sqrt(0.25 / 400) on either side.
    assert (low, high) == pytest.approx((0.451, 0.549), abs=0.01)


def test_the_cases_of_a_document_are_drawn_together():
    values = [0] * 200 + [1] * 200
    clusters = ["first"] * 200 + ["second"] * 200
    replicates = bootstrap_ratios(values, np.ones(400), clusters)
    assert set(replicates) == {0.0, 0.5, 1.0}


def test_a_statistic_is_resampled_as_a_ratio_is():
    values, clusters = np.array([0.1, 0.4, 0.4, 0.9, 0.2]), ["a", "a", "b", "c", "d"]
    means = bootstrap_statistics(lambda cases: float(values[cases].mean()), clusters)
    assert means == pytest.approx(bootstrap_ratios(values, np.ones(5), clusters))


def test_two_measures_of_the_same_cases_are_resampled_as_pairs():
    values, clusters = np.array([0.1, 0.4, 0.4, 0.9, 0.2]), ["a", "a", "b", "c", "d"]
    change = bootstrap_ratios(values + 0.1, np.ones(5), clusters) - bootstrap_ratios(values, np.ones(5), clusters)
    assert change == pytest.approx(np.full(1000, 0.1))


def test_draws_in_which_a_figure_is_not_defined_are_left_out_of_its_interval():
    assert bootstrap_interval([math.nan, 1.0, 1.0]) == (1.0, 1.0)
    assert all(math.isnan(end) for end in bootstrap_interval([math.nan]))
