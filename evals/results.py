"""Runs as JSON files."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from evals.errors import RunError
from evals.types import CaseResult, Figure, Place, Run, ScoredPlace

FORMAT = 1
"""Changes when a stored run can no longer be read as it is."""


def save_run(run: Run, path: Path) -> None:
    """Write a run, in a folder that is made if it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    stored = {"format": FORMAT, **dataclasses.asdict(run)}
    path.write_text(json.dumps(stored, ensure_ascii=False, indent=1, allow_nan=False, default=dict), encoding="utf-8")


def load_run(path: Path) -> Run:
    """Read a run that `save_run` wrote; anything else is a `RunError`."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        if stored.pop("format") != FORMAT:
            raise RunError(f"{path!s} was written by another version. Run the evaluation again.")
        stored["figures"] = {
            dataset: {name: Figure(**figure) for name, figure in figures.items()}
            for dataset, figures in stored["figures"].items()
        }
        stored["results"] = tuple(_result(row) for row in stored["results"])
        return Run(**stored)
    except FileNotFoundError as error:
        raise RunError(f"No run at {path!s}. Make one with: python -m evals run BENCHMARK") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise RunError(
            f"{path!s} is not a stored run: {error!r}. Make one with: python -m evals run BENCHMARK"
        ) from error


def _result(row: dict[str, Any]) -> CaseResult:
    row["hits"] = tuple(Place(**place) for place in row["hits"])
    row["citations"] = tuple(Place(**place) for place in row["citations"])
    row["evidence"] = tuple(ScoredPlace(**place) for place in row["evidence"])
    return CaseResult(**row)
