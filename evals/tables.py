"""Figures and comparisons as plain text, for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evals.compare import CaseChange, Comparison
from evals.types import Figure, Run

OVERVIEW = (
    ("right", "right"),
    ("answerable answered", "answered"),
    ("refusal recall", "refused"),
    ("recall@1", "chunk@1"),
    ("recall@5", "chunk@5"),
    ("sentence precision@1", "sentence@1"),
    ("citation precision", "cited right"),
    ("citation recall", "gold cited"),
    ("gold of every document in first 3 citations", "both cited"),
    ("answer containment", "contains"),
    ("confidence AUROC", "AUROC"),
    ("calibration error", "ECE"),
    ("risk", "risk"),
)
"""Measures that fit side by side, with their short names."""
SHOWN_CHANGES = 20
"""Cases listed in each direction; the stored runs hold the others."""


def figures_table(run: Run) -> str:
    """Give a run's figures: one table of all sets where there are several, otherwise one line a figure."""
    if len(run.figures) > 1:
        shown = [(name, short) for name, short in OVERVIEW if any(name in one for one in run.figures.values())]
        counts = {
            dataset: max((figure.cases for figure in one.values()), default=0) for dataset, one in run.figures.items()
        }
        rows = [
            [dataset, str(counts[dataset]), *(_short(figures.get(name)) for name, _ in shown)]
            for dataset, figures in run.figures.items()
        ]
        return _table([["", "cases", *(short for _, short in shown)], *rows])
    return "".join(
        f"{dataset}\n"
        + _table(
            [["", "", "95 % interval", "cases"]]
            + [
                [name, _number(one.value), f"{_number(one.low)} to {_number(one.high)}", str(one.cases)]
                for name, one in figures.items()
            ]
        )
        for dataset, figures in run.figures.items()
    )


def comparison_table(comparison: Comparison) -> str:
    """Give what changed: every figure with its verdict, then the cases that got better and worse."""
    left_out = comparison.only_before + comparison.only_after
    apart = f" ({comparison.only_before} only before, {comparison.only_after} only after)" if left_out else ""
    figures = [
        [
            one.dataset,
            one.name,
            _number(one.before),
            _number(one.after),
            f"{one.after - one.before:+.3f}",
            f"{one.low:+.3f} to {one.high:+.3f}",
            one.verdict,
        ]
        for one in comparison.figures
    ]
    return (
        f"{comparison.common} cases in common{apart}\n\n"
        + _table([["", "", "before", "after", "change", "95 % interval", ""], *figures])
        + _changes("Better", comparison.better)
        + _changes("Worse", comparison.worse)
    )


def signals_table(name: str, signals: Mapping[str, Mapping[str, Figure]]) -> str:
    """Give a set's figures, one line for each signal."""
    measures = list(dict.fromkeys(measure for figures in signals.values() for measure in figures))
    counts = [max(figures[measure].cases for figures in signals.values()) for measure in measures]
    return _table([
        [name, *(f"{measure} ({count})" for measure, count in zip(measures, counts, strict=True))],
        *([signal, *(_interval(figures[measure]) for measure in measures)] for signal, figures in signals.items()),
    ])  # fmt: skip


def _interval(figure: Figure) -> str:
    return f"{_number(figure.value)} ({figure.low:.2f} to {figure.high:.2f})"


def _changes(heading: str, changes: Sequence[CaseChange]) -> str:
    rows = [
        [one.dataset, one.case_id, f"{one.score} {_number(one.before)} -> {_number(one.after)}", one.question[:80]]
        for one in changes[:SHOWN_CHANGES]
    ]
    more = f"... and {len(changes) - SHOWN_CHANGES} more\n" if len(changes) > SHOWN_CHANGES else ""
    return f"\n{heading}: {len(changes)}\n" + (_table(rows) if rows else "") + more


def _short(figure: Figure | None) -> str:
    return "" if figure is None else f"{figure.value:.2f} ±{(figure.high - figure.low) / 2:.2f}"


def _number(value: float) -> str:
    return f"{value:.3f}"


def _table(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
    return "".join(f"{line}\n" for line in lines)
