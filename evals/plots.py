"""Plots as SVG, drawn by hand so that a report needs no network and no plotting library.

Colours are classes that the page styles, so that a plot follows the page into the dark. Every text is escaped.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT = 460, 270
LEFT, RIGHT, TOP, BOTTOM = 64, 22, 14, 44
"""Room around the plot for its numbers and labels, in pixels."""

Point = tuple[float, float]


class Plot:
    """A frame with axes; what is drawn into it is given in the axes' own units."""

    def __init__(self, label: str, x_label: str, y_label: str, *, x_end: float = 1.0, y_end: float = 1.0) -> None:
        self._label = label
        self._labels = (x_label, y_label)
        self._ends = (x_end or 1.0, y_end or 1.0)
        self._drawn: list[str] = []

    def x(self, value: float) -> float:
        """Give the pixel of a value on the horizontal axis."""
        return LEFT + (WIDTH - LEFT - RIGHT) * value / self._ends[0]

    def y(self, value: float) -> float:
        """Give the pixel of a value on the vertical axis."""
        return TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / self._ends[1])

    def line(self, points: Sequence[Point], kind: str = "line") -> None:
        """Draw a line through points."""
        path = " ".join(f"{self.x(x):.1f},{self.y(y):.1f}" for x, y in points)
        self._drawn.append(f'<polyline class="{kind}" points="{path}"/>')

    def dot(self, point: Point, note: str, radius: float = 4) -> None:
        """Draw a dot that says `note` when the pointer rests on it."""
        self._drawn.append(
            f'<circle class="dot" cx="{self.x(point[0]):.1f}" cy="{self.y(point[1]):.1f}" r="{radius:.1f}">'
            f"<title>{escape(note)}</title></circle>"
        )

    def bar(self, start: float, end: float, height: float, note: str) -> None:
        """Draw a bar from the horizontal axis up, that says `note` when the pointer rests on it."""
        left, top = self.x(start) + 0.75, self.y(height)
        self._drawn.append(
            f'<rect class="bar" x="{left:.1f}" y="{top:.1f}" width="{max(self.x(end) - left - 0.75, 0.5):.1f}" '
            f'height="{self.y(0) - top:.1f}"><title>{escape(note)}</title></rect>'
        )

    def whisker(self, x: float, low: float, high: float) -> None:
        """Draw an interval."""
        self._drawn.append(
            f'<line class="whisker" x1="{self.x(x):.1f}" x2="{self.x(x):.1f}" '
            f'y1="{self.y(low):.1f}" y2="{self.y(high):.1f}"/>'
        )

    def note(self, point: Point, text: str, *, anchor: str = "start") -> None:
        """Write a short text at a point."""
        self._drawn.append(
            f'<text class="note" x="{self.x(point[0]):.1f}" y="{self.y(point[1]):.1f}" text-anchor="{anchor}">'
            f"{escape(text)}</text>"
        )

    def svg(self, x_ticks: Sequence[tuple[float, str]], y_ticks: Sequence[tuple[float, str]]) -> str:
        """Give the whole plot."""
        grid = [
            f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{self.y(at):.1f}" y2="{self.y(at):.1f}"/>'
            f'<text class="tick" x="{LEFT - 7}" y="{self.y(at) + 4:.1f}" text-anchor="end">{escape(text)}</text>'
            for at, text in y_ticks
        ] + [
            f'<text class="tick" x="{self.x(at):.1f}" y="{HEIGHT - BOTTOM + 17}" text-anchor="middle">'
            f"{escape(text)}</text>"
            for at, text in x_ticks
        ]
        middle = (TOP + HEIGHT - BOTTOM) / 2
        labels = (
            f'<text class="axis" x="{(LEFT + WIDTH - RIGHT) / 2:.1f}" y="{HEIGHT - 6}" text-anchor="middle">'
            f"{escape(self._labels[0])}</text>"
            f'<text class="axis" transform="translate(14 {middle:.1f}) rotate(-90)" text-anchor="middle">'
            f"{escape(self._labels[1])}</text>"
        )
        return (
            f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(self._label)}">'
            + "".join(grid)
            + labels
            + "".join(self._drawn)
            + "</svg>"
        )


SHARES = tuple((tenths / 10, f"{tenths * 10} %") for tenths in range(0, 11, 2))


def plot_recall(recalls: Sequence[tuple[int, float, float, float]]) -> str:
    """Plot (depth, recall, low, high), the depths evenly apart."""
    plot = Plot("Recall at k", "first k chunks", "gold found", x_end=len(recalls) + 1)
    plot.line([(place, recall) for place, (_, recall, _, _) in enumerate(recalls, 1)])
    for place, (depth, recall, low, high) in enumerate(recalls, 1):
        plot.whisker(place, low, high)
        plot.dot((place, recall), f"recall@{depth} {recall:.3f} ({low:.3f} to {high:.3f})")
    return plot.svg([(place, str(depth)) for place, (depth, *_) in enumerate(recalls, 1)], SHARES)


def plot_reliability(bins: Sequence[tuple[float, float, int]]) -> str:
    """Plot (mean confidence, share with an answer, cases) against the diagonal on which a calibrated score lies."""
    plot = Plot("Reliability", "confidence", "questions with an answer")
    plot.line([(0, 0), (1, 1)], "reference")
    plot.line([(mean, share) for mean, share, _ in bins])
    most = max((count for _, _, count in bins), default=1)
    for mean, share, count in bins:
        plot.dot((mean, share), f"confidence {mean:.2f}, {share:.0%} of {count}", 3 + 7 * (count / most) ** 0.5)
    return plot.svg(SHARES, SHARES)


def plot_risk_coverage(coverage: Sequence[float], risk: Sequence[float], operating: Point | None) -> str:
    """Plot risk over coverage; `operating` is where the assistant's own threshold stands."""
    plot = Plot("Risk and coverage", "questions answered", "answers that are wrong")
    plot.line(list(zip(coverage, risk, strict=True)))
    if operating is not None:
        plot.dot(operating, f"as it stands: {operating[0]:.0%} answered, {operating[1]:.0%} of them wrong", 5)
        plot.note(
            (operating[0], min(operating[1] + 0.06, 0.97)),
            "as it stands",
            anchor="end" if operating[0] > 0.5 else "start",
        )
    return plot.svg(SHARES, SHARES)


def plot_seconds(seconds: Sequence[float], median: float, late: float, bins: int = 24) -> str:
    """Plot how many questions took how long, the median and the 95th percentile marked."""
    end = max(seconds, default=0.0) or 1.0
    counts = [0] * bins
    for one in seconds:
        counts[min(int(one / end * bins), bins - 1)] += 1
    top = max(counts) * 1.1
    plot = Plot("Latency", "milliseconds", "questions", x_end=end, y_end=top)
    for number, count in enumerate(counts):
        start, stop = end * number / bins, end * (number + 1) / bins
        plot.bar(start, stop, count, f"{start * 1000:.0f} to {stop * 1000:.0f} ms: {count}")
    for at, text in ((median, "median"), (late, "95 %")):
        plot.line([(at, 0), (at, top)], "reference")
        plot.note(
            (at + end * 0.01, top * (0.95 if text == "median" else 0.86)),
            f"{text} {at * 1000:.0f} ms",
            anchor="start" if at < end * 0.7 else "end",
        )
    x_ticks = [(at / 1000, f"{at:g}") for at in round_ticks(end * 1000)]
    return plot.svg(x_ticks, [(at, f"{at:g}") for at in round_ticks(top) if at == int(at)])


def round_ticks(end: float) -> list[float]:
    """Give three to six round numbers from 0 up to `end`: steps of 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(end))
    step = next(one for one in (power / 5, power / 2, power, power * 2) if end / one < 6)
    return [number * step for number in range(int(end / step) + 1)]
