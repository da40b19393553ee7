from __future__ import annotations

import dataclasses

import pytest

from evals import RunError, compare_runs
from evals.tables import comparison_table, figures_table
from tests.evals.village import case_result, run_of


def results(rights, *, dataset: str = "village", seconds: float = 0.02):
    return [
        case_result(str(number), dataset=dataset, cluster=str(number), seconds=seconds, scores={"right": float(right)})
        for number, right in enumerate(rights)
    ]


def verdicts(before, after):
    return {change.name: change.verdict for change in compare_runs(run_of(before), run_of(after)).figures}


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        pytest.param([0] * 20 + [1] * 20, [1] * 40, "better", id="much better"),
        pytest.param([1] * 40, [0] * 20 + [1] * 20, "worse", id="much worse"),
        pytest.param([0] + [1] * 39, [1] * 40, "tie", id="one case better"),
        pytest.param([1] * 40, [1] * 40, "tie", id="the same"),
    ],
)
def test_a_difference_within_its_interval_is_a_tie(before, after, verdict):
    assert verdicts(results(before), results(after))["right"] == verdict


def test_fewer_seconds_are_better():
    assert verdicts(results([1] * 5, seconds=0.2), results([1] * 5, seconds=0.1))["median seconds"] == "better"


def test_cases_that_got_better_and_worse_are_told_apart():
    comparison = compare_runs(run_of(results([0, 1, 1])), run_of(results([1, 0, 1])))
    assert [(change.case_id, change.before, change.after) for change in comparison.better] == [("0", 0, 1)]
    assert [(change.case_id, change.before, change.after) for change in comparison.worse] == [("1", 1, 0)]


def test_the_most_telling_score_says_what_became_of_a_case():
    (before,), (after,) = results([1]), results([1])
    before = dataclasses.replace(before, scores={"right": 1.0, "citation recall": 0.5, "reciprocal rank": 1.0})
    after = dataclasses.replace(after, scores={"right": 1.0, "citation recall": 1.0, "reciprocal rank": 0.5})
    (change,) = compare_runs(run_of([before]), run_of([after])).better
    assert (change.score, change.before, change.after) == ("citation recall", 0.5, 1.0)


def test_only_cases_that_both_runs_have_are_compared():
    before, after = results([0, 0, 1]), results([1, 1])
    comparison = compare_runs(run_of(before), run_of(after))
    assert (comparison.common, comparison.only_before, comparison.only_after) == (2, 1, 0)
    assert next(change.before for change in comparison.figures if change.name == "right") == 0


def test_runs_without_a_common_case_are_an_error_that_names_their_sets():
    with pytest.raises(RunError, match=r"\['village'\].*\['town'\]"):
        compare_runs(run_of(results([1])), run_of(results([1], dataset="town")))


def test_a_comparison_reads_as_a_table():
    text = comparison_table(compare_runs(run_of(results([0, 1])), run_of(results([1, 1, 1]))))
    assert text.startswith("2 cases in common (0 only before, 1 only after)\n")
    assert "Better: 1\nvillage  0  right 0.000 -> 1.000  When was the lighthouse lit?\n" in text
    assert text.endswith("\nWorse: 0\n")
    right = next(line for line in text.splitlines() if line.startswith("village  right "))
    assert right.split() == ["village", "right", "0.500", "1.000", "+0.500", "+0.000", "to", "+1.000", "tie"]


def test_many_changes_are_cut_and_counted():
    text = comparison_table(compare_runs(run_of(results([0] * 25)), run_of(results([1] * 25))))
    assert "Better: 25\n" in text
    assert "... and 5 more\n" in text


def test_the_figures_of_one_set_are_listed_with_their_intervals():
    lines = figures_table(run_of(results([1, 1, 1]))).splitlines()
    assert lines[0] == "village"
    assert lines[2].split() == ["right", "1.000", "1.000", "to", "1.000", "3"]


def test_the_figures_of_several_sets_stand_side_by_side():
    lines = figures_table(run_of([*results([1]), *results([0, 0], dataset="town")])).splitlines()
    assert [line.split("  ")[0] for line in lines] == ["", "village", "town", "all together"]
    assert lines[0].split() == ["cases", "right", "answered"]
    assert lines[2].split() == ["town", "2", "0.00", "±0.00", "1.00", "±0.00"]
