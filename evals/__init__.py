"""How good are the answers? Public and own questions, measures, runs, comparisons and reports."""

from __future__ import annotations

from evals.baseline import accept_run, falls_below_baseline
from evals.benchmarks import against_own_text, read_benchmark
from evals.cases import read_own_cases
from evals.compare import Comparison, compare_runs
from evals.documents import document_from_text
from evals.errors import BenchmarkError, CasesError, EvaluationError, RunError
from evals.report import write_report
from evals.results import load_run, save_run
from evals.run import run_benchmarks
from evals.types import Benchmark, Case, CaseResult, Claim, Figure, Gold, Place, Run, ScoredPlace

__all__ = [
    "Benchmark",
    "BenchmarkError",
    "Case",
    "CaseResult",
    "CasesError",
    "Claim",
    "Comparison",
    "EvaluationError",
    "Figure",
    "Gold",
    "Place",
    "Run",
    "RunError",
    "ScoredPlace",
    "accept_run",
    "against_own_text",
    "compare_runs",
    "document_from_text",
    "falls_below_baseline",
    "load_run",
    "read_benchmark",
    "read_own_cases",
    "run_benchmarks",
    "save_run",
    "write_report",
]
