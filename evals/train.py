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
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from assistant.reader import Reader
from evals.benchmarks import read_benchmark
from evals.errors import EvaluationError
from evals.examples import POOLS, pool_of, read_examples, write_examples
from evals.examples.claims import as_judged
from evals.examples.questions import make_judged
from evals.examples.types import Example, Support
from evals.metrics import auroc
from evals.pack import INPUT_NAMES, Inputs, Packed, batch_of, inputs_of, pack, split_by_tokens
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
    batches: int = 1
    """Of a step."""
    dropout: float = 0.0
    """It guards against nothing, and costs a quarter of the time, where hardly an example is seen twice."""
    shares: tuple[float, ...] = (0.16, 0.24, 0.14, 0.24, 0.22)
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


ON_GPU = Recipe(steps=6500, tokens=24576, batches=2, dropout=0.1, rate=3e-4, rising_steps=300, seed=0)
"""Of MiniLM: what takes hours on a processor takes minutes there, so that it can be gone through several times."""
OF_TEACHER = Recipe(
    steps=1400, tokens=24576, batches=2, dropout=0.1, rate=6e-5, head_rate=5e-4, rising_steps=100, seed=1
)
"""Of a larger encoder that MiniLM learns from, on a GPU."""

TAUGHT = 0.7
"""Share of the loss that a larger reader's opinion has beside what is noted of an example."""

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


def recipe_here() -> Recipe:
    """Give the recipe for this machine."""
    return ON_GPU if _device() == "cuda" else Recipe()


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
    `start` is the folder of an earlier training: its weights are what this one begins with, and its reader shows which
    examples are hard. `teacher` is the folder of a larger encoder's published weights: it is trained first, and the
    reader learns what it says of each example, too.
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
    examples = read_examples(made)
    packed, pools = pack_all(examples, encoder)
    tested = {name: [inputs_of(one, encoder) for one in many] for name, many in judged.items()}
    if teacher is not None:
        packed = teach(packed, pools, tested, folder / "teacher", weights=teacher, recipe=OF_TEACHER, report=report)
    last = train_packed(
        packed, pools, tested, folder, start=None if start is None else start / WEIGHTS, recipe=recipe, report=report
    )
    samples = [one for many in judged.values() for one in many[:50]]
    strays = export_reader(last, folder / EXPORTED, samples=samples, encoder=encoder)
    report(f"int8 strays from the original by {strays:.3f} log odds on average")
    return folder / EXPORTED


def pack_all(examples: Sequence[Example], encoder: Encoder) -> tuple[Packed, NDArray[np.int64]]:
    """Give the examples as arrays, and of each its place in `POOLS`."""
    packed = pack(inputs_of(example, encoder) for example in examples)
    return packed, np.array([POOLS.index(pool_of(example)) for example in examples])


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
    reader = build_reader(weights)
    reader.load_state_dict(torch.load(last, weights_only=True))
    sentences, support = score_packed(reader.to(_device()), packed, tokens=recipe.tokens)
    return replace(packed, taught_sentences=sentences.astype(np.float16), taught_support=support.astype(np.float16))


# The model


def build_reader(weights: Path | None = None, *, dropout: float = 0.0) -> Any:
    """Give an untrained reader: the encoder's published weights, or those in a folder, and heads that say nothing yet.

    Any encoder of `transformers` whose vocabulary holds MiniLM's tokens will do; it is given their ids.
    """
    import torch
    from torch import nn
    from transformers import AutoModel

    class TrainedReader(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            # Fused attention is slow on its way back on a processor.
            self.encoder = AutoModel.from_pretrained(
                weights or weights_folder(),
                local_files_only=True,
                hidden_dropout_prob=dropout,
                attention_probs_dropout_prob=dropout,
                attn_implementation="eager" if _device() == "cpu" else None,
            )
            width = self.encoder.config.hidden_size
            if weights is not None:
                self.register_buffer("vocabulary", torch.tensor(_ids_in(weights)), persistent=False)
                self.kind = nn.Embedding(2, width)
                nn.init.zeros_(self.kind.weight)
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
            if weights is None:
                given = {"input_ids": token_ids, "token_type_ids": types}
            else:
                words = self.encoder.get_input_embeddings()(self.vocabulary[token_ids])
                given = {"inputs_embeds": words + self.kind(types)}
            hidden = self.encoder(**given, attention_mask=attention).last_hidden_state.float()
            mean = membership @ hidden / membership.sum(-1, keepdim=True).clamp(min=1)
            tokens = self.answer_token(hidden)
            features = torch.cat([nn.functional.gelu(self.token(hidden)), tokens], -1)
            outside = (1 - membership).unsqueeze(-1) * -30.0
            highest = (features.unsqueeze(1) * membership.unsqueeze(-1) + outside).amax(2)
            shares = attention.unsqueeze(-1).float()
            both = torch.cat([hidden[:, 0], (hidden * shares).sum(1) / shares.sum(1)], -1)
            return (
                self.sentence(torch.cat([mean, highest], -1)).squeeze(-1),
                self.nothing(torch.tanh(self.pooled(both))).squeeze(-1),
                tokens.squeeze(-1),
                self.support(torch.tanh(self.judged(both))),
            )

    return TrainedReader()


SPECIAL_TOKENS = {"[CLS]": "cls_token", "[SEP]": "sep_token", "[PAD]": "pad_token", "[UNK]": "unk_token"}


def _ids_in(weights: Path) -> list[int]:
    """The ids of MiniLM's tokens in another vocabulary."""
    from transformers import AutoTokenizer

    own, other = (AutoTokenizer.from_pretrained(one, local_files_only=True) for one in (weights_folder(), weights))
    ids = [other.unk_token_id] * len(own)
    vocabulary = other.get_vocab()
    for token, number in own.get_vocab().items():
        name = getattr(other, SPECIAL_TOKENS[token]) if token in SPECIAL_TOKENS else token
        ids[number] = vocabulary.get(name, other.unk_token_id)
    return ids


def loss_of(reader: Any, batch: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """Give the mean loss of a batch.

    Of a question it is -log of the probability of what answers, or of nothing where nothing does; of a claim -log of
    the probability of its judgement. Where a larger reader has said how likely each is, `TAUGHT` of the loss is the
    cross entropy against that (Hinton et al. 2015, "Distilling the Knowledge in a Neural Network").
    """
    import torch

    sentences, nothing, tokens, support = reader(*(batch[name] for name in INPUT_NAMES))
    is_claim = batch["support"] >= 0
    judged = support.log_softmax(1)
    known = judged.gather(1, batch["support"].clamp(0, 2)[:, None])[:, 0]
    of_claim = -torch.where(batch["support"] == Support.NOT_SUPPORTED, judged[:, 1:].logsumexp(1), known)

    scores = torch.cat([nothing[:, None], sentences.masked_fill(~batch["there"], -1e4)], 1).log_softmax(1)
    gold = batch["gold"] & batch["there"]
    right = torch.cat([~gold.any(1, keepdim=True), gold], 1)
    of_question = -scores.masked_fill(~right, -1e4).logsumexp(1)

    loss = torch.where(is_claim, of_claim, of_question)
    if "taught_sentences" in batch:
        taught = batch["taught_sentences"].masked_fill(~batch["there"], -1e4)
        taught = torch.cat([torch.zeros_like(taught[:, :1]), taught], 1).softmax(1)
        softly = torch.where(is_claim, -(batch["taught_support"] * judged).sum(1), -(taught * scores).sum(1))
        loss = (1 - TAUGHT) * loss + TAUGHT * softly
    words = tokens.masked_fill(~batch["membership"].any(1), -1e4).log_softmax(1)
    found = -words.masked_fill(~batch["answer"], -1e4).logsumexp(1)
    marked = batch["answer"].any(1) & ~is_claim
    return (loss + ANSWER_TOKEN_WEIGHT * torch.where(marked, found, 0.0)).mean()


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
    """Train a reader as `train_reader` does, of `weights` if they are given (see `build_reader`).

    `pools` gives the place in `POOLS` of each of the packed examples.
    """
    import torch

    device = _device()
    torch.set_num_threads(recipe.threads)
    torch.manual_seed(recipe.seed)
    torch.backends.cuda.enable_cudnn_sdp(False)  # it compiles anew for every length of a batch
    reader = build_reader(weights, dropout=recipe.dropout)
    if start is not None:
        reader.load_state_dict(torch.load(start, weights_only=True))
    reader.to(device)
    for parameter in reader.encoder.embeddings.parameters():
        parameter.requires_grad_(False)
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
    batches = batches_of(packed.lengths, pools, recipe)
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


def _device() -> str:
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


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


def batches_of(lengths: NDArray[np.int64], pools: NDArray[np.int64], recipe: Recipe) -> Iterator[NDArray[np.int64]]:
    """Give batches without end, as rows of examples, each of a pool drawn by its share.

    The examples of a pool come in drawn order, those of like length together.
    """
    chooser = random.Random(recipe.seed)
    members = {name: np.flatnonzero(pools == number).tolist() for number, name in enumerate(POOLS)}
    filled = {name: share for name, share in zip(POOLS, recipe.shares, strict=True) if members[name] and share}
    streams = {
        name: _batches_of_pool(members[name], lengths, recipe, random.Random(f"{recipe.seed} {name}"))
        for name in filled
    }
    while True:
        (name,) = chooser.choices(list(filled), list(filled.values()))
        yield next(streams[name])


def _batches_of_pool(
    pool: Sequence[int], lengths: NDArray[np.int64], recipe: Recipe, chooser: random.Random
) -> Iterator[NDArray[np.int64]]:
    order = list(pool)
    stretch = max(400, recipe.tokens // 6)
    while True:
        chooser.shuffle(order)
        for start in range(0, len(order), stretch):
            batches = split_by_tokens(order[start : start + stretch], lengths, recipe.tokens)
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
    packed = pack(inputs)
    sentences, support = score_packed(reader, packed, fast=fast)
    scored = []
    for row, start in enumerate(packed.gold_starts[:-1].tolist()):
        of_example = sentences[start : packed.gold_starts[row + 1]]
        whole = float(np.logaddexp.reduce(of_example)) if len(of_example) else -OUT_OF_SIGHT
        scored.append(Scored(of_example, whole, support[row]))
    return scored


OUT_OF_SIGHT = 1e4
"""Minus these log odds are given to a sentence that the reader does not see."""


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
    batch = batch_of(pack(inputs[:1]), np.array([0]))
    full = target.with_suffix(".full.onnx")
    names = [name for name in INPUT_NAMES if name != "attention"]
    axes = {"token_ids": {1: "length"}, "types": {1: "length"}, "sentences": {1: "count"}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns of its own deprecation; the comparison below decides
        torch.onnx.export(
            Exported(),
            tuple(batch[name].cpu() for name in names),
            str(full),
            input_names=names,
            output_names=["sentences", "support"],
            dynamic_axes={**axes, "membership": {1: "count", 2: "length"}},
            opset_version=17,
            dynamo=False,
        )
        quantize_dynamic(full, target, per_channel=True, weight_type=QuantType.QInt8)
    full.unlink()
    original = score_all(reader.to(_device()), inputs, fast=False)
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
