"""Errors of the evaluation suite. Each names the value that is wrong and the mend.

EvaluationError
├── BenchmarkError      a benchmark cannot be read, or has no such split
├── CasesError          our own cases do not fit the documents they were written for
└── RunError            a stored run cannot be read, or two runs cannot be compared
"""

from __future__ import annotations


class EvaluationError(Exception):
    """Anything that the evaluation suite reports to its user."""


class BenchmarkError(EvaluationError):
    """A benchmark is missing, malformed or has no such split."""


class CasesError(EvaluationError):
    """A case names a document or a quote that is not there."""


class RunError(EvaluationError):
    """A stored run is missing or malformed, or two runs have nothing in common."""
