"""Public questions and claims -> the reader: which sentence of a passage answers, does any, what of a claim?

The reader is the project's MiniLM, taught on: question and passage are read together, so that a token of the passage
knows what is asked. Each sentence and "nothing here answers" get a score, and one softmax over them is trained: the
sentences share the probability that the passage answers. A claim is judged from the whole of the pair.
"""

from __future__ import annotations

import json
import math
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from assistant.reader import Pair, Reader, holder_of, pair_up
from evals.benchmarks import read_benchmark
from evals.errors import EvaluationError
from evals.examples import POOLS, pool_of, read_examples, write_examples
from evals.examples.claims import as_judged
from evals.examples.questions import make_judged
from evals.examples.types import Example, Support
from evals.metrics import auroc
from knowledge import Encoder
from knowledge.export import weights_folder

if TYPE_CHECKING:
    import torch

WEIGHTS, EXPORTED = "reader.pt", "reader.onnx"
"""What a finished training leaves in its folder."""

TOKEN_FEATURES = 32
"""Features of a token of which a sentence gets the highest."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the reader is trained."""

    steps: int = 6000
    tokens: int = 2600
    """Tokens of a batch, padding included."""
    shares: tuple[float, ...] = (0.18, 0.42, 0.18, 0.22)
    """Of the steps, by `POOLS`."""
    rate: float = 1.5e-4
    """Highest learning rate of the encoder's layers; it rises over the first steps and falls to nothing. The
    embeddings stay as published."""
    head_rate: float = 1e-3
    rising_steps: int = 150
    seed: int = 0
    threads: int = 2
    checkpoint_seconds: float = 300.0
    judgements: int = 5
    """How often it is judged on the way."""


JUDGED = (
    ("squad2_dev", "select", 400),
    ("xquad_en", "unseen", 250),
    ("multirc_val", "select", 200),
    ("hotpot100", "select", 100),
)
"""Sets that are never trained on, their split, and how many questions of each show how the training goes."""

JUDGED_CLAIMS = ("qags_xsum", "wice_dev")

ANSWER_TOKEN_WEIGHT = 0.5
"""Weight of finding the exact words beside finding the sentence."""


def train(
    benchmarks: Path,
    training: Path,
    squad: Path | None,
    folder: Path,
    *,
    start: Path | None = None,
    encoder: Encoder,
    recipe: Recipe,
    report: Callable[[str], None],
) -> Path:
    """Make the examples, train, export; give the path of the exported reader, `folder / "reader.onnx"`.

    Everything is kept in `folder`: examples are made once, and an interrupted training goes on from its checkpoint.
    `start` is the folder of an earlier training: its weights are what this one begins with, and its reader shows which
    examples are hard.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / "examples.jsonl"
    before = None if start is None else Reader(start / EXPORTED, encoder=encoder)
    write_examples(benchmarks, training, squad, made, encoder=encoder, reader=before, seed=recipe.seed, report=report)
    judged = {
        name: make_judged(read_benchmark(benchmarks / name, split=split), encoder=encoder, questions=count, seed=0)
        for name, split, count in JUDGED
    }
    for name in JUDGED_CLAIMS:
        claims = read_benchmark(benchmarks / name).claims
        judged[name] = as_judged([(one.text, one.passage, one.label == "supported") for one in claims], name)
    weights = None if start is None else start / WEIGHTS
    last = train_reader(
        read_examples(made), judged, folder, start=weights, encoder=encoder, recipe=recipe, report=report
    )
    samples = [one for many in judged.values() for one in many[:50]]
    strays = export_reader(last, folder / EXPORTED, samples=samples, encoder=encoder)
    report(f"int8 strays from the original by {strays:.3f} log odds on average")
    return folder / EXPORTED


# The model


@dataclass(frozen=True, slots=True)
class Inputs:
    """An example as the reader sees it."""

    pair: Pair
    answer: tuple[bool, ...]
    """Whether a token belongs to the exact words that answer."""
    example: Example


def inputs_of(example: Example, encoder: Encoder) -> Inputs:
    """Give the tokens of an example."""
    pair = pair_up(encoder, example.question, example.text, example.sentences)
    answer = tuple(
        kind == 1 and place[1] > place[0] and holder_of(place, example.answers) > 0
        for kind, place in zip(pair.types, pair.places, strict=True)
    )
    return Inputs(pair, answer, example)


def build_reader() -> Any:
    """Give the untrained reader: the encoder's published weights, and heads that say nothing yet."""
    import torch
    from torch import nn
    from transformers import AutoModel

    class TrainedReader(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            # Hardly an example is seen twice: dropout would guard against nothing, and costs a quarter of the time. So
            # does fused attention, whose way back is slow on a processor.
            self.encoder = AutoModel.from_pretrained(
                weights_folder(),
                local_files_only=True,
                hidden_dropout_prob=0.0,
                attention_probs_dropout_prob=0.0,
                attn_implementation="eager",
            )
            width = self.encoder.config.hidden_size
            self.answer_token = nn.Linear(width, 1)
            self.token = nn.Linear(width, TOKEN_FEATURES)
            self.sentence = nn.Linear(width + TOKEN_FEATURES + 1, 1)
            self.pooled = nn.Linear(2 * width, width)
            self.nothing = nn.Linear(width, 1)
            self.judged = nn.Linear(2 * width, width)
            self.support = nn.Linear(width, 3)
            for head in (self.answer_token, self.sentence, self.nothing, self.support):
                nn.init.zeros_(head.weight)
                nn.init.zeros_(head.bias)
            with torch.no_grad():
                self.sentence.weight[0, -1] = 0.3  # the best answering token counts from the start

        def forward(
            self, token_ids: torch.Tensor, types: torch.Tensor, attention: torch.Tensor, membership: torch.Tensor
        ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
            """Scores of sentences, of "nothing here answers", of answering tokens and of support.

            Shapes (batch, sentences), (batch,), (batch, length), (batch, 3).
            """
            hidden = self.encoder(
                input_ids=token_ids, token_type_ids=types, attention_mask=attention
            ).last_hidden_state.float()
            mean = membership @ hidden / membership.sum(-1, keepdim=True).clamp(min=1)
            tokens = self.answer_token(hidden)
            features = torch.cat([nn.functional.gelu(self.token(hidden)), tokens], -1)
            outside = (1 - membership).unsqueeze(-1) * -30.0
            highest = (features.unsqueeze(1) * membership.unsqueeze(-1) + outside).amax(2)
            weights = attention.unsqueeze(-1).float()
            both = torch.cat([hidden[:, 0], (hidden * weights).sum(1) / weights.sum(1)], -1)
            return (
                self.sentence(torch.cat([mean, highest], -1)).squeeze(-1),
                self.nothing(torch.tanh(self.pooled(both))).squeeze(-1),
                tokens.squeeze(-1),
                self.support(torch.tanh(self.judged(both))),
            )

    return TrainedReader()


INPUT_NAMES = ("token_ids", "types", "attention", "membership")


def batch_of(inputs: Sequence[Inputs]) -> dict[str, torch.Tensor]:
    """Give the tensors of a batch, padded to its longest text and its largest number of sentences."""
    import torch

    length = max(len(one.pair.token_ids) for one in inputs)
    count = max(1, *(len(one.example.sentences) for one in inputs))
    batch = {
        "token_ids": torch.zeros(len(inputs), length, dtype=torch.long),
        "types": torch.zeros(len(inputs), length, dtype=torch.long),
        "attention": torch.zeros(len(inputs), length, dtype=torch.long),
        "membership": torch.zeros(len(inputs), count, length),
        "there": torch.zeros(len(inputs), count, dtype=torch.bool),
        "gold": torch.zeros(len(inputs), count, dtype=torch.bool),
        "answer": torch.zeros(len(inputs), length, dtype=torch.bool),
        "support": torch.full((len(inputs),), -1, dtype=torch.long),
    }
    for row, one in enumerate(inputs):
        size, sentences = len(one.pair.token_ids), len(one.example.sentences)
        batch["token_ids"][row, :size] = torch.tensor(one.pair.token_ids)
        batch["types"][row, :size] = torch.tensor(one.pair.types)
        batch["attention"][row, :size] = 1
        holders = torch.tensor(one.pair.sentence_of)
        batch["membership"][row, :sentences, :size] = (holders == torch.arange(1, sentences + 1)[:, None]).float()
        batch["there"][row, :sentences] = batch["membership"][row, :sentences].any(-1)
        if one.example.gold:
            batch["gold"][row, :sentences] = torch.tensor(one.example.gold)
        batch["answer"][row, :size] = torch.tensor(one.answer)
        if one.example.support is not None:
            batch["support"][row] = int(one.example.support)
    return batch


def loss_of(reader: Any, batch: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """Give the mean loss of a batch.

    Of a question it is -log of the probability of what answers, or of nothing where nothing does; of a claim -log of
    the probability of its judgement.
    """
    sentences, nothing, tokens, support = reader(*(batch[name] for name in INPUT_NAMES))
    claims = batch["support"] >= 0
    loss = sentences.new_zeros(())
    if claims.any():
        judged, shares = batch["support"][claims], support[claims].log_softmax(1)
        known = judged < Support.NOT_SUPPORTED
        loss = loss - shares[known].gather(1, judged[known, None]).sum() - shares[~known, 1:].logsumexp(1).sum()
    asked = ~claims
    if asked.any():
        import torch

        scores = torch.cat([nothing[:, None], sentences.masked_fill(~batch["there"], -1e4)], 1)[asked]
        gold = (batch["gold"] & batch["there"])[asked]
        right = torch.cat([~gold.any(1, keepdim=True), gold], 1)
        loss = loss - scores.log_softmax(1).masked_fill(~right, -1e4).logsumexp(1).sum()
        marked = batch["answer"].any(1) & asked
        if marked.any():
            words = tokens.masked_fill(~batch["membership"].any(1), -1e4)[marked].log_softmax(1)
            found = words.masked_fill(~batch["answer"][marked], -1e4).logsumexp(1)
            loss = loss - ANSWER_TOKEN_WEIGHT * found.sum()
    return loss / len(claims)


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

    Without a checkpoint it begins with the weights of `start`, or as `build_reader` gives it. After each
    `checkpoint_seconds` the checkpoint is replaced. On the way the reader is judged on sets that it is not trained on;
    nothing follows from it but what is reported.
    """
    import torch

    torch.set_num_threads(recipe.threads)
    torch.manual_seed(recipe.seed)
    pools: dict[str, list[Inputs]] = {name: [] for name in POOLS}
    for example in examples:
        pools[pool_of(example)].append(inputs_of(example, encoder))
    tested = {name: [inputs_of(example, encoder) for example in many] for name, many in judged.items()}
    reader = build_reader()
    if start is not None:
        reader.load_state_dict(torch.load(start, weights_only=True))
    for parameter in reader.encoder.embeddings.parameters():
        parameter.requires_grad_(False)
    optimizer = _optimizer(reader, recipe)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, recipe))
    checkpoint, last_path = folder / "checkpoint.pt", folder / WEIGHTS
    first = 0
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        reader.load_state_dict(state["reader"])
        optimizer.load_state_dict(state["optimizer"])
        schedule.load_state_dict(state["schedule"])
        first = state["step"]
        report(f"goes on from step {first}")
    batches = batches_of(pools, recipe)
    for _ in range(first):
        next(batches)
    saved, began, losses = time.monotonic(), time.monotonic(), []
    for step in range(first + 1, recipe.steps + 1):
        reader.train()
        with torch.autocast("cpu", torch.bfloat16):
            loss = loss_of(reader, batch_of(next(batches)))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(reader.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        schedule.step()
        losses.append(loss.item())
        if step % 20 == 0:
            pace = (time.monotonic() - began) / (step - first)
            report(f"step {step}/{recipe.steps}  loss {np.mean(losses[-100:]):.4f}  {pace:.2f} s a step")
        last = step == recipe.steps
        if last or step % max(1, recipe.steps // recipe.judgements) == 0:
            figures = {name: judge(many, score_all(reader, many)) for name, many in tested.items()}
            report(f"step {step}  {json.dumps(figures)}")
        if last or time.monotonic() - saved > recipe.checkpoint_seconds:
            saved = time.monotonic()
            _save(checkpoint, {
                "reader": reader.state_dict(), "optimizer": optimizer.state_dict(),
                "schedule": schedule.state_dict(), "step": step,
            })  # fmt: skip
    torch.save(reader.state_dict(), last_path)
    return last_path


def _optimizer(reader: Any, recipe: Recipe) -> torch.optim.Optimizer:
    import torch

    encoder = [one for name, one in reader.named_parameters() if name.startswith("encoder.") and one.requires_grad]
    heads = [one for name, one in reader.named_parameters() if not name.startswith("encoder.")]
    groups = [{"params": encoder, "lr": recipe.rate}, {"params": heads, "lr": recipe.head_rate}]
    return torch.optim.AdamW(groups, weight_decay=0.01, fused=True)


def _rate(step: int, recipe: Recipe) -> float:
    return min((step + 1) / recipe.rising_steps, max(0.0, 1 - step / recipe.steps))


def _save(path: Path, state: Mapping[str, Any]) -> None:
    import torch

    scratch = path.with_suffix(".new")
    torch.save(dict(state), scratch)
    scratch.replace(path)


def batches_of(pools: Mapping[str, Sequence[Inputs]], recipe: Recipe) -> Iterator[list[Inputs]]:
    """Give batches without end, each of a pool drawn by its share.

    The examples of a pool come in drawn order, those of like length together.
    """
    chooser = random.Random(recipe.seed)
    filled = {name: share for name, share in zip(POOLS, recipe.shares, strict=True) if pools[name]}
    streams = {name: _batches_of_pool(pools[name], recipe, random.Random(f"{recipe.seed} {name}")) for name in filled}
    while True:
        (name,) = chooser.choices(list(filled), list(filled.values()))
        yield next(streams[name])


def _batches_of_pool(pool: Sequence[Inputs], recipe: Recipe, chooser: random.Random) -> Iterator[list[Inputs]]:
    while True:
        order = list(range(len(pool)))
        chooser.shuffle(order)
        for start in range(0, len(order), 400):
            batches: list[list[Inputs]] = [[]]
            for index in sorted(order[start : start + 400], key=lambda index: len(pool[index].pair.token_ids)):
                size = len(pool[index].pair.token_ids)
                if batches[-1] and size * (len(batches[-1]) + 1) > recipe.tokens:
                    batches.append([])
                batches[-1].append(pool[index])
            chooser.shuffle(batches)
            yield from batches


# Judging


@dataclass(frozen=True, slots=True)
class Scored:
    """What the reader says of an example: log odds against "nothing here answers", and support of a claim."""

    sentences: NDArray[np.float32]
    answerable: float
    support: NDArray[np.float32]
    """Shape (3,): probabilities."""


def score_all(reader: Any, inputs: Sequence[Inputs], *, fast: bool = True) -> list[Scored]:
    """Give what the reader in PyTorch says of each example; `fast` computes in bfloat16."""
    import torch

    reader.eval()
    order = sorted(range(len(inputs)), key=lambda index: len(inputs[index].pair.token_ids))
    scored: dict[int, Scored] = {}
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=fast):
        for start in range(0, len(order), 16):
            part = order[start : start + 16]
            batch = batch_of([inputs[index] for index in part])
            sentences, nothing, _, support = reader(*(batch[name] for name in INPUT_NAMES))
            sentences = sentences.masked_fill(~batch["there"], -1e4) - nothing[:, None]
            whole, shares = sentences.logsumexp(1), support.float().softmax(1)
            for row, index in enumerate(part):
                count = len(inputs[index].example.sentences)
                scored[index] = Scored(sentences[row, :count].float().numpy(), float(whole[row]), shares[row].numpy())
    return [scored[index] for index in range(len(inputs))]


def judge(inputs: Sequence[Inputs], scored: Sequence[Scored]) -> dict[str, float]:
    """Give how well the reader does, by name.

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


# The exported reader

MOST_STRAY = 0.35
"""Log odds by which int8 may stray from the original on average."""


def export_reader(weights: Path, target: Path, *, samples: Sequence[Example], encoder: Encoder) -> float:
    """Write the reader as ONNX int8 per channel and give how far it strays from the original, in log odds.

    Its outputs are "sentences", log odds against "nothing here answers", and "support", unnormalised. Raises
    `EvaluationError` when it strays by more than `MOST_STRAY` on average over the samples.
    """
    import warnings

    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic

    reader = build_reader()
    reader.load_state_dict(torch.load(weights, weights_only=True))
    reader.eval()

    class Exported(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.reader = reader

        def forward(
            self, token_ids: torch.Tensor, types: torch.Tensor, membership: torch.Tensor
        ) -> tuple[torch.Tensor, torch.Tensor]:
            sentences, nothing, _, support = self.reader(token_ids, types, torch.ones_like(token_ids), membership)
            return sentences - nothing[:, None], support

    inputs = [inputs_of(one, encoder) for one in samples]
    batch = batch_of(inputs[:1])
    full = target.with_suffix(".full.onnx")
    names = [name for name in INPUT_NAMES if name != "attention"]
    axes = {"token_ids": {1: "length"}, "types": {1: "length"}, "sentences": {1: "count"}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns of its own deprecation; the comparison below decides
        torch.onnx.export(
            Exported(),
            tuple(batch[name] for name in names),
            str(full),
            input_names=names,
            output_names=["sentences", "support"],
            dynamic_axes={**axes, "membership": {1: "count", 2: "length"}},
            opset_version=17,
            dynamo=False,
        )
        quantize_dynamic(full, target, per_channel=True, weight_type=QuantType.QInt8)
    full.unlink()
    original = score_all(reader, inputs, fast=False)
    small = Reader(target, encoder=encoder)
    strays = []
    for one, before in zip(samples, original, strict=True):
        if one.support is not None:
            after = small.judge([(one.question, one.text)])[0].supported
            strays.append(abs(_log_odds(after) - _log_odds(float(before.support[0]))))
        else:
            (read,) = small.read(one.question, [(one.text, one.sentences)])
            strays.append(abs(read.answerable - before.answerable))
    average = float(np.mean(strays))
    if average > MOST_STRAY:
        raise EvaluationError(
            f"The exported reader strays from the original by {average:.3f} log odds on average; {MOST_STRAY} is the "
            "most. Install the versions of onnx, onnxruntime and torch that the lock file names."
        )
    return average


def _log_odds(probability: float) -> float:
    bounded = min(max(probability, 1e-4), 1 - 1e-4)
    return math.log(bounded / (1 - bounded))
