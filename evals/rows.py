"""JSON lines -> rows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from evals.errors import BenchmarkError

Row = Mapping[str, Any]


def read_rows(path: Path) -> Iterator[Row]:
    """Give the objects of a JSON lines file; a line that is none is a `BenchmarkError` that names it."""
    # Not splitlines(): a string may hold other line separators than the one that parts the rows.
    if not path.is_file():
        raise BenchmarkError(f"No rows at {path!s}.")
    with path.open(encoding="utf-8", newline="\n") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise BenchmarkError(f"{path!s}, line {number} is not JSON: {error}.") from error
            if not isinstance(row, dict):
                raise BenchmarkError(f"{path!s}, line {number} is not a JSON object.")
            yield row
