"""Probabilities and their log odds, in which evidence adds up."""

from __future__ import annotations

import math

MOST = 60.0
"""Beyond these log odds a probability no longer changes."""


def to_log_odds(probability: float, *, least: float = 1e-4) -> float:
    """log(p / (1 - p)) of a probability, which is first brought within `least` and 1 - `least`."""
    bounded = min(max(probability, least), 1.0 - least)
    return math.log(bounded / (1.0 - bounded))


def to_probability(log_odds: float) -> float:
    """1 / (1 + exp(-log odds)), 0 to 1."""
    return 1.0 / (1.0 + math.exp(-max(-MOST, min(MOST, log_odds))))
