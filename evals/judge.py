"""What a network says of examples, and how right it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evals.examples.types import Support
from evals.metrics import auroc
from evals.pack import INPUT_NAMES, Inputs, Packed, batch_of, pack, split_by_tokens


@dataclass(frozen=True, slots=True)
class Scored:
    """What the network says of an example: log odds against "nothing here answers", and support of a claim."""

    sentences: NDArray[np.float32]
    answerable: float
    support: NDArray[np.float32]
    """Shape (3,): probabilities."""


def score_all(reader: Any, inputs: Sequence[Inputs], *, fast: bool = True) -> list[Scored]:
    """Give what the network says of each example; `fast` computes in bfloat16."""
    packed = pack(inputs)
    sentences, support = score_packed(reader, packed, fast=fast)
    scored = []
    for row, start in enumerate(packed.gold_starts[:-1].tolist()):
        of_example = sentences[start : packed.gold_starts[row + 1]]
        whole = float(np.logaddexp.reduce(of_example)) if len(of_example) else -OUT_OF_SIGHT
        scored.append(Scored(of_example, whole, support[row]))
    return scored


OUT_OF_SIGHT = 1e4
"""Minus these log odds are given to a sentence that the network does not see."""


def score_packed(
    reader: Any, packed: Packed, *, fast: bool = True, tokens: int = 4096
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Give log odds of all sentences against "nothing here answers", and of each example the shares of its support.

    Shapes (sentences of all examples,) and (examples, 3).
    """
    import torch

    reader.eval()
    device = next(reader.parameters()).device.type
    sentences = np.full(len(packed.gold), -OUT_OF_SIGHT, dtype=np.float32)
    support = np.zeros((len(packed.support), 3), dtype=np.float32)
    with torch.inference_mode(), torch.autocast(device, torch.bfloat16, enabled=fast):
        for rows in split_by_tokens(range(len(packed.support)), packed.lengths, tokens):
            batch = batch_of(packed, rows)
            scores, nothing, _, judged = reader(*(batch[name] for name in INPUT_NAMES))
            scores = (scores.float() - nothing.float()[:, None]).masked_fill(~batch["there"], -OUT_OF_SIGHT)
            number = np.arange(scores.shape[1])
            held = number < packed.counts[rows, None]
            sentences[(packed.gold_starts[rows, None] + number)[held]] = scores.cpu().numpy()[held]
            support[rows] = judged.float().softmax(1).cpu().numpy()
    return sentences, support


def judge(inputs: Sequence[Inputs], scored: Sequence[Scored]) -> dict[str, float]:
    """Give how well the network does, by name.

    "right first": the best sentence of a question is gold. "auroc": it has an answer. "claims": a claim is supported.
    """
    if all(one.example.support is not None for one in inputs):
        supported = [one.example.support is Support.SUPPORTED for one in inputs]
        return {"claims": round(auroc(supported, [float(one.support[0]) for one in scored]), 4)}
    groups: dict[str, list[int]] = {}
    for index, one in enumerate(inputs):
        groups.setdefault(one.example.group, []).append(index)
    right, answerable, confidence = [], [], []
    for members in groups.values():
        scores = np.concatenate([scored[index].sentences for index in members])
        gold = [flag for index in members for flag in inputs[index].example.gold]
        answerable.append(any(gold))
        confidence.append(max(scored[index].answerable for index in members))
        if any(gold):
            right.append(gold[int(np.argmax(scores))])
    figures = {"right first": round(float(np.mean(right)), 4)} if right else {}
    if not all(answerable) and any(answerable):
        figures["auroc"] = round(auroc(answerable, confidence), 4)
    return figures
