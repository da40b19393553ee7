from __future__ import annotations

import json

import pytest

from evals import RunError, accept_run, falls_below_baseline
from evals.__main__ import open_assistant, own_benchmarks
from evals.baseline import SAMPLE
from evals.run import run_benchmarks
from tests.evals.village import case_result, run_of


def results(rights, **more):
    return [
        case_result(str(number), cluster=str(number), scores={"right": float(right)}, **more)
        for number, right in enumerate(rights)
    ]


@pytest.fixture
def baseline(tmp_path):
    path = tmp_path / "baseline.json"
    accept_run(run_of(results([0] * 4 + [1] * 16)), path)
    return path


@pytest.mark.parametrize(
    "rights",
    [
        pytest.param([0] * 4 + [1] * 16, id="the same"),
        pytest.param([1] * 20, id="better"),
        pytest.param([0] * 5 + [1] * 15, id="a little worse"),
    ],
)
def test_figures_within_their_interval_pass(baseline, rights):
    assert falls_below_baseline(run_of(results(rights)), baseline) == []


def test_a_fall_below_the_interval_is_told_with_its_values(baseline):
    (fall,) = falls_below_baseline(run_of(results([0] * 15 + [1] * 5)), baseline)
    assert fall.startswith("village: right is 0.250, accepted was 0.800 (0.")


def test_a_risk_that_rises_is_a_fall(tmp_path):
    def risk(wrong: int):
        return run_of(
            [
                case_result(str(number), cluster=str(number), scores={"first citation right": float(number >= wrong)})
                for number in range(20)
            ]
        )

    accept_run(risk(2), tmp_path / "baseline.json")
    falls = falls_below_baseline(risk(15), tmp_path / "baseline.json")
    assert any(fall.startswith("village: risk is 0.750") for fall in falls)


def test_a_figure_that_is_gone_is_a_fall(baseline):
    silent = [case_result(str(number), cluster=str(number)) for number in range(20)]
    assert "village: right was 0.800 and is not measured any more." in falls_below_baseline(run_of(silent), baseline)


def test_seconds_are_not_held_against_a_slower_machine(baseline):
    assert falls_below_baseline(run_of(results([0] * 4 + [1] * 16, seconds=60)), baseline) == []
    assert "seconds" not in json.dumps(json.loads(baseline.read_text(encoding="utf-8"))["figures"])


def test_figures_of_other_cases_are_not_compared(baseline):
    with pytest.raises(RunError, match=r"rest on other cases.*--accept"):
        falls_below_baseline(run_of(results([1] * 19)), baseline)


def test_without_accepted_figures_the_error_says_how_to_accept_them(tmp_path):
    with pytest.raises(RunError, match="python -m evals run own --limit 12 --accept"):
        falls_below_baseline(run_of(results([1])), tmp_path / "baseline.json")


def test_our_own_questions_are_answered_as_well_as_when_the_figures_were_accepted(tmp_path):
    from knowledge import Library

    made = run_benchmarks(
        "own",
        own_benchmarks(),
        cache=tmp_path,
        open_library=Library.open,
        open_assistant=open_assistant,
        settings={},
        limit=SAMPLE,
    )
    assert falls_below_baseline(made) == []
