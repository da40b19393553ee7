"""A trained network -> the reader, or the verifier, as ONNX with 8-bit weights."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from assistant.odds import to_log_odds
from assistant.reader import Reader
from assistant.verifier import Verifier
from evals.errors import EvaluationError
from evals.examples.types import Example
from evals.judge import score_all
from evals.network import build_network, device_here
from evals.pack import INPUT_NAMES, Inputs, batch_of, inputs_of, pack
from knowledge import Encoder

if TYPE_CHECKING:
    import torch

MOST_STRAY = 0.35
"""Log odds by which int8 may stray from the original on average."""
SMOOTHED = 0.8
"""Share of the outliers of a verifier's activations that its weights take over. At 0.75, 0.8 and 0.85 the verifier
strays by 0.36, 0.27 and 0.33 on 190 claims by which the activations were measured."""


def export_reader(weights: Path, target: Path, *, samples: Sequence[Example], encoder: Encoder) -> float:
    """Write the reader as ONNX int8 per channel and give how far it strays from the original, in log odds.

    Its output "sentences" are log odds against "nothing here answers"; "words" scores tokens as parts of the words that
    answer, to be compared within a sentence. Raises `EvaluationError` when it strays by more
    than `MOST_STRAY` on average over the samples.
    """
    network, inputs = _opened(build_network(), weights), [inputs_of(one, encoder) for one in samples]

    def read(*batch: torch.Tensor) -> tuple[torch.Tensor, ...]:
        scores, nothing, words, _ = network(*batch)
        return scores - nothing[:, None], words

    axes = {"membership": {1: "count", 2: "length"}, "sentences": {1: "count"}, "words": {1: "length"}}
    _write(network, read, inputs[0], target, outputs=("sentences", "words"), axes=axes)
    small = Reader(target, encoder=encoder)
    after = [small.read(one.question, [(one.text, one.sentences)])[0].answerable for one in samples]
    before = [one.answerable for one in score_all(network.to(device_here()), inputs, fast=False)]
    return _stray(before, after)


def export_verifier(
    weights: Path,
    target: Path,
    *,
    published: Path,
    layers: int | None,
    samples: Sequence[Example],
    encoder: Encoder,
) -> float:
    """Do the same for a verifier of some layers of a published encoder; its output "support" is unnormalised.

    The samples are claims.
    """
    network = _opened(build_network(published, layers=layers), weights)
    inputs = [inputs_of(one, encoder) for one in samples]
    before = [to_log_odds(float(one.support[0])) for one in score_all(network.to(device_here()), inputs, fast=False)]
    _smooth(network, inputs)

    def support(*batch: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return (network(*batch)[3],)

    _write(network, support, inputs[0], target, outputs=("support",), axes={})
    small = Verifier(target, encoder=encoder)
    after = [to_log_odds(small.judge(one.question, one.text).supported) for one in samples]
    return _stray(before, after)


def _opened(network: Any, weights: Path) -> Any:
    import torch

    network.load_state_dict(torch.load(weights, weights_only=True))
    return network.eval()


def _smooth(network: Any, inputs: Sequence[Inputs]) -> None:
    """Divide what enters the last product of each layer by what its weights are multiplied with; nothing else changes.

    A few of those activations are far larger than the others, and 8 bits that span them leave none for the rest (Xiao
    et al. 2022, "SmoothQuant"). They are measured on the samples.
    """
    import torch

    class Smoothed(torch.nn.Module):  # type: ignore[misc]
        def __init__(self, product: Any, scale: torch.Tensor) -> None:
            super().__init__()
            with torch.no_grad():
                product.weight.mul_(scale)
            self.register_buffer("divided", 1 / scale)
            self.product = product

        def forward(self, entering: torch.Tensor) -> torch.Tensor:
            return self.product(entering * self.divided)

    blocks = [block.output for block in network.encoder.encoder.layer]
    largest: dict[Any, torch.Tensor] = {}

    def measure(product: Any, entering: tuple[torch.Tensor]) -> None:
        highest = entering[0].abs().amax((0, 1))
        largest[product] = torch.maximum(largest[product], highest) if product in largest else highest

    watching = [block.dense.register_forward_pre_hook(measure) for block in blocks]
    score_all(network, inputs, fast=False)
    for one in watching:
        one.remove()
    for block in blocks:
        weights = block.dense.weight.abs().amax(0).clamp(min=1e-4)
        scale = largest[block.dense].clamp(min=1e-4) ** SMOOTHED / weights ** (1 - SMOOTHED)
        block.dense = Smoothed(block.dense, scale.detach())


def _write(
    network: Any,
    compute: Callable[..., tuple[torch.Tensor, ...]],
    sample: Inputs,
    target: Path,
    *,
    outputs: Sequence[str],
    axes: dict[str, dict[int, str]],
) -> None:
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic

    class Exported(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, token_ids: torch.Tensor, types: torch.Tensor, membership: torch.Tensor) -> Any:
            return compute(token_ids, types, torch.ones_like(token_ids), membership)

    network.cpu()
    batch = batch_of(pack([sample]), np.array([0]))
    full = target.with_suffix(".full.onnx")
    names = [name for name in INPUT_NAMES if name != "attention"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns of its own deprecation; the comparison decides
        torch.onnx.export(
            Exported(),
            tuple(batch[name].cpu() for name in names),
            str(full),
            input_names=names,
            output_names=list(outputs),
            dynamic_axes={"token_ids": {1: "length"}, "types": {1: "length"}, **axes},
            opset_version=17,
            dynamo=False,
        )
        quantize_dynamic(full, target, per_channel=True, weight_type=QuantType.QInt8)
    full.unlink()


def _stray(before: Sequence[float], after: Sequence[float]) -> float:
    average = float(np.mean(np.abs(np.subtract(before, after))))
    if average > MOST_STRAY:
        raise EvaluationError(
            f"What was exported strays from the original by {average:.3f} log odds on average; {MOST_STRAY} is the "
            "most. Install the versions of onnx, onnxruntime and torch that the lock file names."
        )
    return average
