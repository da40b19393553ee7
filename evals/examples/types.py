"""What the reader and the verifier learn from: a question or a claim, a passage, and what the passage says to it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum


class Support(IntEnum):
    """What a passage says of a claim, in the order of a network's outputs."""

    SUPPORTED = 0
    CONTRADICTED = 1
    NEITHER = 2
    NOT_SUPPORTED = 3
    """One of the two before, and nobody noted which."""


@dataclass(frozen=True, slots=True)
class Example:
    """A question and a passage with what answers it there, or a claim and a passage with its judgement."""

    question: str
    """The question, or the claim."""
    text: str
    """The passage as it is read, title and headings before it; every offset counts its characters."""
    sentences: tuple[tuple[int, int], ...]
    gold: tuple[bool, ...]
    """Which sentences answer the question; none when the passage does not. Empty for a claim."""
    answers: tuple[tuple[int, int], ...]
    """The exact words that answer, where they were marked."""
    support: Support | None
    """The judgement of a claim; None for a question."""
    source: str
    kind: str
    """How it was made: "answered" (or to be judged), "unanswerable", "other chunk", "answer left out",
    "name exchanged", "sense turned", "claim"."""
    group: str
    """The question or claim it belongs to: the passages of one question are judged together."""

    @property
    def twins(self) -> str | None:
        """The name of two claims in a row about one text, of which one is often the other with one thing changed.

        None for what has no such neighbour.
        """
        found = _NUMBER_OF_CLAIM.search(self.group) if self.support is not None else None
        return f"{self.group[: found.start()]} {int(found[1]) // 2}" if found else None


_NUMBER_OF_CLAIM = re.compile(r" claim (\d+)\Z")
