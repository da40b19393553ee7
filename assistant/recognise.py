"""A question about the documents as wholes is recognised, in whatever words it is asked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from knowledge import Encoder

Intent = Literal["none", "overview", "suggest", "summarise"]

INTENTS: tuple[Intent, ...] = ("none", "overview", "suggest", "summarise")
"""Not about documents as wholes; what is all this about; what can I ask; what does this document say."""

PLACE_WEIGHT = 0.5
"""Weight of the first, the first four and the last token beside the whole question: with it, on templates held out,
ordinary questions were taken for one about wholes half as often (0.2 % against 0.5 %)."""


@dataclass(frozen=True, slots=True)
class IntentModel:
    """A multinomial logistic regression on a question's vectors; fitted by `python -m evals calibrate`."""

    weights: NDArray[np.float32]
    """Shape (intents, features)."""
    intercepts: NDArray[np.float32]
    """Shape (intents,)."""


@lru_cache(maxsize=1)
def load_intent_model() -> IntentModel:
    """The model that comes with the project."""
    with files("assistant").joinpath("weights/intents.npz").open("rb") as file, np.load(file) as data:
        return IntentModel(weights=data["weights"], intercepts=data["intercepts"])


def recognise_intent(question: str, *, encoder: Encoder, model: IntentModel) -> dict[Intent, float]:
    """Probability of each intent."""
    scores = model.weights @ question_features(question, encoder) + model.intercepts
    likely = np.exp(scores - scores.max())
    return dict(zip(INTENTS, (likely / likely.sum()).tolist(), strict=True))


def question_features(question: str, encoder: Encoder) -> NDArray[np.float32]:
    """Shape (4 * dimension,): the question as a whole, its first token, its first four and its last."""
    vectors = encoder.encode_tokens([question])[0].vectors
    if not len(vectors):
        return np.zeros(4 * encoder.dimension, dtype=np.float32)
    parts = [vectors.mean(axis=0), vectors[0], vectors[:4].mean(axis=0), vectors[-1]]
    unit = [part / max(float(np.linalg.norm(part)), 1e-12) for part in parts]
    return np.concatenate([unit[0], *(PLACE_WEIGHT * part for part in unit[1:])]).astype(np.float32)
