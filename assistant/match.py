"""A question -> the documents' own question that asks the same, if there is one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assistant.language import asks_for
from knowledge import DocumentQuestion, Encoder
from knowledge.encoder import Matrix

SAME_QUESTION = 0.80
"""Least cosine of two questions that ask the same."""


def match_question(
    question: str, own: Sequence[DocumentQuestion], vectors: Matrix, *, encoder: Encoder
) -> DocumentQuestion | None:
    """The own question that asks the same; `vectors` are those of the own questions, shape (questions, dimension).

    Both must ask for the same kind of thing: "when" and "why" are near in meaning and far apart in their answers.
    """
    if not own:
        return None
    cosines = vectors @ encoder.encode([question])[0]
    best = int(np.argmax(cosines))
    if float(cosines[best]) < SAME_QUESTION or asks_for(question) != asks_for(own[best].question):
        return None
    return own[best]
