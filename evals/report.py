"""A run -> one HTML page that opens offline: figures, plots, every case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path

import numpy as np

from evals.errors import RunError
from evals.figures import ALL, MEASURES, Table, by_dataset
from evals.metrics import reliability, risk_coverage
from evals.plots import plot_recall, plot_reliability, plot_risk_coverage, plot_seconds
from evals.types import CaseResult, Figure, Run

LONGEST_TEXT = 400
"""Characters of an answer that the table of cases shows."""

RISK_AND_COVERAGE = "Risk and coverage"

COLOURS = """
:root { color-scheme: light dark; --ink: #1c2330; --soft: #5a6475; --line: #dde2ea; --page: #fbfcfd; --card: #fff;
  --accent: #1f5fbf; --good: #1a7a4c; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ef; --soft: #a3adbd; --line: #333b49; --page: #12161d;
  --card: #1a1f29; --accent: #7fb0ff; --good: #6fcf9b; --bad: #ff8a80; } }
"""

PLOT_STYLE = """
svg text { fill: var(--soft); font: 11px system-ui, sans-serif; } svg .axis { font-size: 12px; }
svg .note { fill: var(--ink); }
.grid { stroke: var(--line); } .line { fill: none; stroke: var(--accent); stroke-width: 2; }
.reference { fill: none; stroke: var(--soft); stroke-dasharray: 4 4; }
.dot { fill: var(--accent); stroke: var(--card); stroke-width: 1.5; } .bar { fill: var(--accent); }
.whisker { stroke: var(--accent); stroke-width: 1.5; opacity: .55; }
"""

PAGE_STYLE = """
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1240px; padding: 32px 24px 64px; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { margin: 0; font-size: 26px; } h2 { margin: 44px 0 10px; font-size: 19px; } h3 { margin: 0 0 6px; font-size: 14px; }
p { margin: 6px 0; color: var(--soft); }
table { border-collapse: collapse; width: 100%; }
th, td { padding: 5px 12px 5px 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th { color: var(--soft); font-weight: 600; font-size: 13px; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.wide { overflow-x: auto; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(440px, 100%), 1fr)); gap: 16px;
  margin: 16px 0; }
.plot { padding: 14px; border: 1px solid var(--line); border-radius: 10px; background: var(--card); }
svg { display: block; width: 100%; height: auto; }
.good { color: var(--good); } .bad { color: var(--bad); } .mark { font-weight: 600; white-space: nowrap; }
.cases td { font-size: 13.5px; }
.cases td:nth-child(3) { min-width: 200px; } .cases td:nth-child(4) { min-width: 280px; }
.small { color: var(--soft); font-size: 12.5px; }
"""


def write_report(run: Run, path: Path) -> None:
    """Write the report of a run, in a folder that is made if it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(report(run), encoding="utf-8")


def write_risk_curve(run: Run, path: Path) -> None:
    """Write the risk-coverage curve of a run, of its sets together, as an SVG file that follows the reader's theme.

    Raises:
        RunError: the run answered no question of which it is known whether the answer is wrong.
    """
    sets = by_dataset(run.results)
    plots = dict(plots_of({}, sets.get(ALL) or list(run.results)))
    if RISK_AND_COVERAGE not in plots:
        raise RunError(f"{run.name} has no answers to judge. Run it without --search-only, on questions with gold.")
    frame = '<rect width="100%" height="100%" rx="10" fill="var(--card)"/>'
    start, drawn = plots[RISK_AND_COVERAGE].split(">", 1)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f'{start} xmlns="http://www.w3.org/2000/svg"><style>{COLOURS}{PLOT_STYLE}</style>{frame}{drawn}\n',
        encoding="utf-8",
    )


def report(run: Run) -> str:
    """Give the report as HTML; it loads nothing, runs nothing, and every text of the run is escaped in it."""
    datasets = by_dataset(run.results)
    names = sorted(run.figures, key=lambda name: name != ALL)
    sections = "".join(section(name, run.figures[name], datasets.get(name, [])) for name in names)
    title = f"Evaluation of {run.name}"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{COLOURS}{PLOT_STYLE}{PAGE_STYLE}</style></head><body>"
        f"<h1>{escape(title)}</h1>{about(run)}{sections}{cases_table(run.results)}</body></html>\n"
    )


def about(run: Run) -> str:
    """Say what was run, when and on what."""
    lines = (
        f"{len(run.results)} cases, {run.started}, commit {run.commit or 'unknown'}",
        pairs(run.settings),
        pairs(run.machine),
        pairs(run.versions),
    )
    return "".join(f"<p>{escape(line)}</p>" for line in lines)


def section(name: str, figures: Mapping[str, Figure], results: Sequence[CaseResult]) -> str:
    """Give a data set's plots and figures."""
    plots = "".join(
        f'<div class="plot"><h3>{escape(heading)}</h3>{svg}</div>' for heading, svg in plots_of(figures, results)
    )
    rows = "".join(
        f'<tr><td>{escape(measure.name)}</td><td class="number">{figures[measure.name].value:.3f}</td>'
        f'<td class="number">{figures[measure.name].low:.3f} to {figures[measure.name].high:.3f}</td>'
        f'<td class="number">{figures[measure.name].cases}</td><td class="small">{escape(measure.meaning)}</td></tr>'
        for measure in MEASURES
        if measure.name in figures
    )
    return (
        f'<h2>{escape(name)}</h2><div class="plots">{plots}</div><div class="wide"><table><tr><th>measure</th>'
        '<th class="number">value</th><th class="number">95 % interval</th><th class="number">cases</th><th></th></tr>'
        f"{rows}</table></div>"
    )


def plots_of(figures: Mapping[str, Figure], results: Sequence[CaseResult]) -> Iterable[tuple[str, str]]:
    """Give the plots for which there is something to plot."""
    recalls = [
        (int(name.removeprefix("recall@")), one.value, one.low, one.high)
        for name, one in figures.items()
        if name.startswith("recall@")
    ]
    if recalls:
        yield "Recall at k", plot_recall(recalls)
    table = Table(results)
    known = ~np.isnan(table.confidence)
    if table.answerable[known].any() and not table.answerable[known].all():
        yield "Reliability", plot_reliability(reliability(table.answerable[known], table.confidence[known]))
    wrong = table.judged()
    known &= ~np.isnan(wrong)
    if known.any():
        _, coverage, risk = risk_coverage(wrong[known], table.confidence[known])
        answered = known & table.answered
        operating = (float(answered.sum() / known.sum()), float(wrong[answered].mean())) if answered.any() else None
        yield RISK_AND_COVERAGE, plot_risk_coverage(coverage.tolist(), risk.tolist(), operating)
    if results:
        median, late = np.quantile(table.seconds, [0.5, 0.95])
        yield "Latency", plot_seconds(table.seconds.tolist(), float(median), float(late))


def cases_table(results: Sequence[CaseResult]) -> str:
    """Give every case, those that went wrong first."""
    ordered = sorted(results, key=lambda result: (result.scores.get("right", 1.0), result.dataset, result.case_id))
    return (
        '<h2>Cases</h2><div class="wide"><table class="cases"><tr><th></th><th>case</th><th>question</th>'
        '<th>answer</th><th class="number">confidence</th><th>scores</th><th class="number">ms</th></tr>'
        f"{''.join(case_row(result) for result in ordered)}</table></div>"
    )


def case_row(result: CaseResult) -> str:
    """Give a case as a row."""
    right = result.scores.get("right")
    mark = "" if right is None else '<span class="good">right</span>' if right else '<span class="bad">wrong</span>'
    expected = "has an answer" if result.answerable else "has no answer"
    answer = result.answer if len(result.answer) <= LONGEST_TEXT else result.answer[:LONGEST_TEXT] + " ..."
    scores = ", ".join(f"{name} {score:.2f}" for name, score in result.scores.items() if name != "right")
    confidence = "" if result.confidence is None else f"{result.confidence:.2f}"
    return (
        f'<tr><td class="mark">{mark}</td><td class="small">{escape(result.dataset)}<br>{escape(result.case_id)}</td>'
        f'<td>{escape(result.question)}<br><span class="small">{expected}</span></td>'
        f'<td>{escape(answer)}<br><span class="small">{escape(result.status or "searched only")}</span></td>'
        f'<td class="number">{confidence}</td><td class="small">{escape(scores)}</td>'
        f'<td class="number">{result.seconds * 1000:.0f}</td></tr>'
    )


def pairs(values: Mapping[str, str]) -> str:
    """Give names and values in one line."""
    return ", ".join(f"{name} {value}" for name, value in values.items())
