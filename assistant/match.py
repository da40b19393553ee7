"""A question -> the documents' own question that asks the same, and those that come near."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assistant.language import asks_for
from knowledge import DocumentQuestion, Encoder, Matrix

SAME_QUESTION = 0.80
"""Least cosine of two questions that ask the same. Over the project's own cases the likest pair that asks something
else has 0.75."""

NEAR_QUESTION = 0.35
"""Least cosine of an own question that is worth offering beside an answer."""


def match_question(
    question: str, own: Sequence[DocumentQuestion], vectors: Matrix, *, encoder: Encoder, limit: int
) -> tuple[DocumentQuestion | None, tuple[DocumentQuestion, ...]]:
    """The own question that asks the same, or None; and at most `limit` others that are near, nearest first.

    `vectors` are those of the own questions, shape (questions, dimension). To ask the same, both must ask for the same
    kind of thing: "when" and "why" are near in meaning and far apart in their answers.
    """
    if not own:
        return None, ()
    cosines = vectors @ encoder.encode([question])[0]
    order = np.argsort(-cosines, kind="stable").tolist()
    best = own[order[0]]
    same = cosines[order[0]] >= SAME_QUESTION and asks_for(question) == asks_for(best.question)
    near = [own[i] for i in order if cosines[i] >= NEAR_QUESTION and not (same and i == order[0])]
    return (best if same else None), tuple(near[:limit])
