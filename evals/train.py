"""Public questions and claims -> the reader, and the verifier.

The reader is the project's MiniLM, taught on: question and passage are read together, so that a token of the passage
knows what is asked. Each sentence and "nothing here answers" get a score; a sentence that answers is trained to score
above those that do not and above nothing, whatever other sentences answer with it.

The verifier is a larger encoder, cut after some of its layers and taught on claims alone in the same way: what a
paraphrase may say is more than the reader's size holds.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from assistant.reader import Reader, open_reader
from evals.benchmarks import read_benchmark
from evals.examples import (
    POOLS,
    POOLS_OF_CLAIMS,
    pool_of,
    pool_of_claim,
    read_examples,
    write_claims,
    write_examples,
)
from evals.examples.claims import as_judged
from evals.examples.questions import make_judged
from evals.examples.types import Example
from evals.export import export_reader, export_verifier
from evals.judge import judge, score_all, score_packed
from evals.network import build_network, device_here, loss_of
from evals.pack import Inputs, Packed, batch_of, inputs_of, pack, split_by_tokens
from knowledge import Encoder

if TYPE_CHECKING:
    import torch

WEIGHTS, AVERAGED, EXPORTED, VERIFIER = "weights.pt", "averaged.pt", "reader.onnx", "verifier.onnx"
"""What a finished training leaves in its folder."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a reader or a verifier is trained."""

    steps: int = 6000
    tokens: int = 2600
    """Tokens of a batch, padding included."""
    batches: int = 1
    """Of a step."""
    dropout: float = 0.0
    """It guards against nothing, and costs a quarter of the time, where hardly an example is seen twice."""
    shares: tuple[float, ...] = (0.21, 0.31, 0.19, 0.29)
    """Of the steps, by `POOLS`; of a verifier by `POOLS_OF_CLAIMS`."""
    rate: float = 1.5e-4
    """Highest learning rate of the encoder's layers; it rises over the first steps and falls to nothing. The
    embeddings stay as published."""
    head_rate: float = 1e-3
    rising_steps: int = 150
    seed: int = 0
    threads: int = 2
    layers: int | None = None
    """Of the encoder, from below; without it all."""
    frozen: int = 0
    """Of these so many, from below, stay as published."""
    checkpoint_seconds: float = 300.0
    judgements: int = 5
    """How often it is judged on the way."""


ON_GPU = Recipe(steps=6500, tokens=24576, batches=2, dropout=0.1, rate=3e-4, rising_steps=300, seed=0)
"""Of MiniLM: what takes hours on a processor takes minutes there, so that it can be gone through several times."""
OF_TEACHER = Recipe(
    steps=1400, tokens=24576, batches=2, dropout=0.1, rate=6e-5, head_rate=5e-4, rising_steps=100, seed=1
)
"""Of a larger encoder that MiniLM learns from, on a GPU."""
GOING_ON = Recipe(
    steps=800, tokens=4096, batches=4, shares=(0.17, 0.21, 0.18, 0.44), rate=7e-5, head_rate=2e-4, rising_steps=40,
    seed=9,
)  # fmt: skip
"""Of a reader that begins with the weights of an earlier one: so slowly that it keeps what it knows."""
GOING_ON_ON_GPU = Recipe(
    steps=1200, tokens=24576, batches=2, shares=(0.20, 0.25, 0.15, 0.40), rate=2e-4, head_rate=6e-4, rising_steps=50,
)  # fmt: skip
"""The same on a GPU, in a minute and a half: faster, and the mean with the earlier weights keeps what they knew."""
OF_VERIFIER = Recipe(
    steps=2800, tokens=4096, shares=(0.32, 0.15, 0.04, 0.17, 0.10, 0.22), rate=5e-5, head_rate=5e-4, rising_steps=100,
    layers=8, frozen=2, seed=7,
)  # fmt: skip
"""Of a verifier on two cores: two hours and a half."""
OF_VERIFIER_ON_GPU = Recipe(
    steps=800, tokens=24576, batches=2, dropout=0.1, shares=(0.32, 0.15, 0.04, 0.18, 0.11, 0.20), rate=6e-5,
    head_rate=5e-4, rising_steps=50, layers=8, seed=7,
)  # fmt: skip
"""The same on a GPU, in two minutes: one and a half times as many tokens as the examples have."""

JUDGED = (
    ("squad2_dev", "select", 400),
    ("xquad_en", "unseen", 250),
    ("multirc_val", "select", 200),
    ("hotpot100", "select", 100),
)
"""Sets that are never trained on, their split, and how many questions of each show how the training goes."""

JUDGED_CLAIMS = ("qags_xsum", "wice_dev")


def recipe_here(*, going_on: bool = False) -> Recipe:
    """Give the recipe of a reader for this machine, from published weights or from an earlier reader's."""
    on_gpu = device_here() == "cuda"
    if going_on:
        return GOING_ON_ON_GPU if on_gpu else GOING_ON
    return ON_GPU if on_gpu else Recipe()


def verifier_recipe_here() -> Recipe:
    """Give the recipe of a verifier for this machine."""
    return OF_VERIFIER_ON_GPU if device_here() == "cuda" else OF_VERIFIER


def train(
    benchmarks: Path,
    training: Sequence[Path],
    squad: Path | None,
    folder: Path,
    *,
    start: Path | None = None,
    teacher: Path | None = None,
    encoder: Encoder,
    recipe: Recipe,
    report: Callable[[str], None],
) -> Path:
    """Make the examples, train, export; give the path of the exported reader, `folder / "reader.onnx"`.

    Everything is kept in `folder`: examples are made once, and an interrupted training goes on from its checkpoint.
    `start` is the folder of an earlier training: its weights are what this one begins with, its reader shows which
    examples are hard, and what is exported is the mean of both trainings' weights. `teacher` is the folder of a larger
    encoder's published weights: it is trained first, and the reader learns what it says of each example, too.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / "examples.jsonl"
    before = None if start is None else Reader(start / EXPORTED, encoder=encoder)
    write_examples(benchmarks, training, squad, made, encoder=encoder, reader=before, seed=recipe.seed, report=report)
    judged = {
        name: make_judged(read_benchmark(benchmarks / name, split=split), encoder=encoder, questions=count, seed=0)
        for name, split, count in JUDGED
    }
    examples = [one for one in read_examples(made) if one.support is None]
    packed, pools = pack_all(examples, encoder)
    tested = {name: [inputs_of(one, encoder) for one in many] for name, many in judged.items()}
    if teacher is not None:
        packed = teach(packed, pools, tested, folder / "teacher", weights=teacher, recipe=OF_TEACHER, report=report)
    last = train_packed(
        packed, pools, tested, folder, start=None if start is None else start / WEIGHTS, recipe=recipe, report=report
    )
    if start is not None:
        last = average_weights(start / WEIGHTS, last, folder / AVERAGED)
    samples = [one for many in judged.values() for one in many[:50]]
    strays = export_reader(last, folder / EXPORTED, samples=samples, encoder=encoder)
    report(f"int8 strays from the original by {strays:.3f} log odds on average")
    return folder / EXPORTED


def train_verifier(
    benchmarks: Path,
    training: Sequence[Path],
    squad: Path | None,
    folder: Path,
    *,
    published: Path,
    encoder: Encoder,
    recipe: Recipe,
    report: Callable[[str], None],
) -> Path:
    """Do the same for the verifier, from the published weights of an encoder; give `folder / "verifier.onnx"`."""
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / "claims.jsonl"
    asked, reader = folder / "questions.jsonl", open_reader(encoder)
    write_examples(benchmarks, training, squad, asked, encoder=encoder, reader=None, seed=recipe.seed, report=report)
    write_claims(
        benchmarks, training, squad, asked, made, encoder=encoder, reader=reader, seed=recipe.seed, report=report
    )
    examples, judged = read_examples(made), _judged_claims(benchmarks)
    packed, pools = pack_all(examples, encoder, lambda one: POOLS_OF_CLAIMS.index(pool_of_claim(one)))
    tested = {name: [inputs_of(one, encoder) for one in many] for name, many in judged.items()}
    last = train_packed(packed, pools, tested, folder, weights=published, recipe=recipe, report=report)
    samples = [one for many in judged.values() for one in many[:50]]
    strays = export_verifier(
        last, folder / VERIFIER, published=published, layers=recipe.layers, samples=samples, encoder=encoder
    )
    report(f"int8 strays from the original by {strays:.3f} log odds on average")
    return folder / VERIFIER


def _judged_claims(benchmarks: Path) -> dict[str, list[Example]]:
    judged = {}
    for name in JUDGED_CLAIMS:
        claims = read_benchmark(benchmarks / name).claims
        judged[name] = as_judged([(one.text, one.passage, one.label == "supported") for one in claims], name)
    return judged


def place_of(example: Example) -> int:
    """Give the place of an example's pool in `POOLS`."""
    return POOLS.index(pool_of(example))


def pack_all(
    examples: Sequence[Example], encoder: Encoder, pool: Callable[[Example], int] = place_of
) -> tuple[Packed, NDArray[np.int64]]:
    """Give the examples as arrays, and of each its pool, as a place among the shares of a recipe."""
    packed = pack(inputs_of(example, encoder) for example in examples)
    return packed, np.array([pool(example) for example in examples])


def teach(
    packed: Packed,
    pools: NDArray[np.int64],
    judged: Mapping[str, Sequence[Inputs]],
    folder: Path,
    *,
    weights: Path,
    recipe: Recipe,
    report: Callable[[str], None],
) -> Packed:
    """Train a larger encoder, whose published weights lie in a folder, and add to the examples what it says of them."""
    import torch

    folder.mkdir(parents=True, exist_ok=True)
    last = train_packed(packed, pools, judged, folder, weights=weights, recipe=recipe, report=report)
    reader = build_network(weights)
    reader.load_state_dict(torch.load(last, weights_only=True))
    sentences, _ = score_packed(reader.to(device_here()), packed, tokens=recipe.tokens)
    return replace(packed, taught_sentences=sentences.astype(np.float16))


def average_weights(before: Path, after: Path, target: Path) -> Path:
    """Write the mean of two readers' weights, of which one began as the other: it keeps more of what both know.

    Wortsman et al. 2022, "Robust fine-tuning of zero-shot models".
    """
    import torch

    old, new = (torch.load(path, weights_only=True) for path in (before, after))
    mean = {name: (old[name] + one) / 2 if one.is_floating_point() else one for name, one in new.items()}
    torch.save(mean, target)
    return target


# Training


def train_reader(
    examples: Sequence[Example],
    judged: Mapping[str, Sequence[Example]],
    folder: Path,
    *,
    start: Path | None = None,
    encoder: Encoder,
    recipe: Recipe,
    report: Callable[[str], None],
) -> Path:
    """Train a reader and give the path of its last weights, going on from the checkpoint in `folder` if there is one.

    Without a checkpoint it begins with the weights of `start`, or as `build_network` gives it. After each
    `checkpoint_seconds` the checkpoint is replaced. On the way the reader is judged on sets that it is not trained on;
    nothing follows from it but what is reported. It runs on a GPU where PyTorch finds one.
    """
    packed, pools = pack_all(examples, encoder)
    tested = {name: [inputs_of(example, encoder) for example in many] for name, many in judged.items()}
    return train_packed(packed, pools, tested, folder, start=start, recipe=recipe, report=report)


def train_packed(
    packed: Packed,
    pools: NDArray[np.int64],
    judged: Mapping[str, Sequence[Inputs]],
    folder: Path,
    *,
    start: Path | None = None,
    weights: Path | None = None,
    recipe: Recipe,
    report: Callable[[str], None],
) -> Path:
    """Train a reader as `train_reader` does, of `weights` if they are given (see `build_network`).

    `pools` gives the pool of each of the packed examples, as its place among the shares.
    """
    import torch

    device = device_here()
    torch.set_num_threads(recipe.threads)
    torch.manual_seed(recipe.seed)
    torch.backends.cuda.enable_cudnn_sdp(False)  # it compiles anew for every length of a batch
    reader = build_network(weights, dropout=recipe.dropout, layers=recipe.layers, frozen=recipe.frozen)
    if start is not None:
        reader.load_state_dict(torch.load(start, weights_only=True))
    reader.to(device)
    optimizer = _optimizer(reader, recipe)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, recipe))
    checkpoint, last_path = folder / "checkpoint.pt", folder / WEIGHTS
    first = 0
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True, map_location=device)
        reader.load_state_dict(state["reader"])
        optimizer.load_state_dict(state["optimizer"])
        schedule.load_state_dict(state["schedule"])
        first = state["step"]
        report(f"goes on from step {first}")
    batches = batches_of(packed.lengths, pools, packed.twins, recipe)
    for _ in range(first * recipe.batches):
        next(batches)
    saved, began, losses = time.monotonic(), time.monotonic(), []
    for step in range(first + 1, recipe.steps + 1):
        reader.train()
        for _ in range(recipe.batches):
            batch = batch_of(packed, next(batches))
            with torch.autocast(device, torch.bfloat16):
                loss = loss_of(reader, batch) / recipe.batches
            loss.backward()
            losses.append(loss.detach() * recipe.batches)
        torch.nn.utils.clip_grad_norm_(reader.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        schedule.step()
        if step % 20 == 0:
            pace = (time.monotonic() - began) / (step - first)
            losses = losses[-100:]
            report(f"step {step}/{recipe.steps}  loss {torch.stack(losses).mean():.4f}  {pace:.2f} s a step")
        if step % max(1, recipe.steps // recipe.judgements) == 0:
            figures = {name: judge(inputs, score_all(reader, inputs)) for name, inputs in judged.items()}
            report(f"step {step}  {json.dumps(figures)}")
        if time.monotonic() - saved > recipe.checkpoint_seconds or step == recipe.steps:
            saved = time.monotonic()
            _save(checkpoint, {
                "reader": reader.state_dict(), "optimizer": optimizer.state_dict(),
                "schedule": schedule.state_dict(), "step": step,
            })  # fmt: skip
    torch.save(reader.cpu().state_dict(), last_path)
    return last_path


def _optimizer(reader: Any, recipe: Recipe) -> torch.optim.Optimizer:
    import torch

    encoder = [one for name, one in reader.named_parameters() if name.startswith("encoder.") and one.requires_grad]
    heads = [one for name, one in reader.named_parameters() if not name.startswith("encoder.") and one.requires_grad]
    groups = [{"params": encoder, "lr": recipe.rate}, {"params": heads, "lr": recipe.head_rate}]
    return torch.optim.AdamW(groups, weight_decay=0.01, fused=True)


def _rate(step: int, recipe: Recipe) -> float:
    return min((step + 1) / recipe.rising_steps, max(0.0, 1 - step / recipe.steps))


def _save(path: Path, state: Mapping[str, Any]) -> None:
    import torch

    scratch = path.with_suffix(".new")
    torch.save(dict(state), scratch)
    scratch.replace(path)


def batches_of(
    lengths: NDArray[np.int64], pools: NDArray[np.int64], twins: NDArray[np.int64], recipe: Recipe
) -> Iterator[NDArray[np.int64]]:
    """Give batches without end, as rows of examples, each of a pool drawn by its share.

    The examples of a pool come in drawn order, twins in a row; of a stretch of them those of like length together.
    """
    chooser = random.Random(recipe.seed)
    members = {pool: np.flatnonzero(pools == pool).tolist() for pool in range(len(recipe.shares))}
    filled = {pool: share for pool, share in enumerate(recipe.shares) if members[pool] and share}
    streams = {
        pool: _batches_of_pool(members[pool], lengths, twins, recipe, random.Random(f"{recipe.seed} {pool}"))
        for pool in filled
    }
    while True:
        (pool,) = chooser.choices(list(filled), list(filled.values()))
        yield next(streams[pool])


def _batches_of_pool(
    pool: Sequence[int],
    lengths: NDArray[np.int64],
    twins: NDArray[np.int64],
    recipe: Recipe,
    chooser: random.Random,
) -> Iterator[NDArray[np.int64]]:
    together: dict[int, list[int]] = {}
    for row in pool:
        together.setdefault(int(twins[row]), []).append(row)
    groups = list(together.values())
    stretch = max(400, recipe.tokens // 6)
    while True:
        chooser.shuffle(groups)
        order = [row for group in groups for row in group]
        for start in range(0, len(order), stretch):
            batches = split_by_tokens(order[start : start + stretch], lengths, recipe.tokens)
            chooser.shuffle(batches)
            yield from batches
