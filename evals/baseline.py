"""The accepted figures: written when a run is accepted, and held against later ones."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path

from evals.errors import RunError
from evals.figures import MEASURES
from evals.types import Figure, Run

BASELINE = Path(__file__).parent / "baseline.json"
SAMPLE = 12
"""Questions of each of our own sets in the sample that the tests run: about a minute of asking at most."""
TIMED = frozenset({"median seconds", "seconds, 95th percentile"})
"""Not accepted: they depend on the machine."""


def accept_run(run: Run, path: Path = BASELINE) -> None:
    """Write a run's figures, and the cases they rest on, as the accepted ones."""
    accepted = {
        "name": run.name,
        "settings": dict(run.settings),
        "commit": run.commit,
        "versions": dict(run.versions),
        "cases": cases_of(run),
        "figures": {
            dataset: {name: dataclasses.asdict(figure) for name, figure in figures.items() if name not in TIMED}
            for dataset, figures in run.figures.items()
        },
    }
    path.write_text(json.dumps(accepted, ensure_ascii=False, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def falls_below_baseline(run: Run, path: Path = BASELINE) -> list[str]:
    """Say, a sentence each, which accepted figures a run falls short of by more than their interval; none: all is well.

    A figure that is gone counts as fallen. Raises `RunError` when there are no accepted figures, or when they rest on
    other cases than the run.
    """
    try:
        accepted = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise RunError(f"No accepted figures at {path!s}. {mend()}") from error
    if accepted["cases"] != cases_of(run):
        raise RunError(f"The figures in {path!s} rest on other cases than this run. {mend()}")
    higher_is_better = {measure.name: measure.higher_is_better for measure in MEASURES}
    falls = []
    for dataset, figures in accepted["figures"].items():
        for name, stored in figures.items():
            figure = Figure(**stored)
            now = run.figures.get(dataset, {}).get(name)
            if now is None:
                falls.append(f"{dataset}: {name} was {figure.value:.3f} and is not measured any more.")
            elif now.value < figure.low if higher_is_better.get(name, True) else now.value > figure.high:
                falls.append(
                    f"{dataset}: {name} is {now.value:.3f}, accepted was {figure.value:.3f} "
                    f"({figure.low:.3f} to {figure.high:.3f})."
                )
    return falls


def cases_of(run: Run) -> Mapping[str, list[str]]:
    """Give the ids of a run's cases by data set."""
    cases: dict[str, list[str]] = {}
    for result in run.results:
        cases.setdefault(result.dataset, []).append(result.case_id)
    return {dataset: sorted(ids) for dataset, ids in sorted(cases.items())}


def mend() -> str:
    """Say how figures are accepted."""
    return f"Look at the figures, then accept them: python -m evals run own --limit {SAMPLE} --accept"
