"""The trained verifier: a model that reads a claim together with a passage and says what the passage says of it.

Whether other words say the same takes a larger model than the reader: the lowest eight layers of all-mpnet-base-v2,
taught on (`python -m evals train-verifier`; `weights/verifier.md` is its model card). It is asked of each claim, of the
first sentences of each question, and where sources may differ.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from assistant.odds import to_log_odds
from assistant.reader import pair_up
from knowledge import Encoder

LEAST_OPINION = 0.001
"""The model is never taken for surer than this."""

MOST_QUESTION_WORDS = 40
"""Of a longer question only so many are read with what seems to answer it, which stands at the end."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the model says of a claim and a passage: three probabilities that sum to one."""

    supported: float
    contradicted: float
    neither: float

    @property
    def log_odds(self) -> float:
        """Log odds of "supported", never beyond `LEAST_OPINION`."""
        return to_log_odds(self.supported, least=LEAST_OPINION)


class Verifier:
    """The model, opened when it is first asked and used from any thread."""

    def __init__(self, model: Path, *, encoder: Encoder) -> None:
        """Take the ONNX file `model`; `encoder` splits texts into tokens."""
        self._model = model
        self._encoder = encoder
        self._opening = Lock()

    def judge(self, claim: str, passage: str) -> Opinion:
        """Judge a claim by a passage; of both together `reader.TOKEN_LIMIT` tokens are read."""
        with self._opening:
            session = self._session
        pair = pair_up(self._encoder, claim, passage, ())
        (support,) = session.run(
            None,
            {
                "token_ids": np.array([pair.token_ids], dtype=np.int64),
                "types": np.array([pair.types], dtype=np.int64),
            },
        )
        shares = np.exp(support[0] - support[0].max())
        return Opinion(*(shares / shares.sum()).tolist())

    @cached_property
    def _session(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = min(4, os.cpu_count() or 1)  # one pair at a time gains nothing from more
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(str(self._model), options, providers=["CPUExecutionProvider"])


def claim_of_answer(question: str, answer: str) -> str:
    """A question with the words that seem to answer it, as the verifier has learnt to judge them."""
    asked = " ".join(question.split()[:MOST_QUESTION_WORDS])
    return f"{asked.rstrip('?. ')}? {answer.strip().rstrip('.')}."


@lru_cache(maxsize=1)
def open_verifier(encoder: Encoder) -> Verifier:
    """Give the verifier that comes with the project."""
    return Verifier(Path(str(files("assistant").joinpath("weights/verifier.onnx"))), encoder=encoder)
