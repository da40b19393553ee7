"""Examples -> the arrays that a network is trained on, and batches of them."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assistant.reader import Pair, holder_of, pair_up
from evals.examples.types import Example
from knowledge import Encoder

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True)
class Inputs:
    """An example as a network sees it."""

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


@dataclass(frozen=True)
class Packed:
    """Many examples as a few long arrays: a million of them fit into memory, and a batch is drawn in one go."""

    token_ids: NDArray[np.int32]
    """Of all examples, one after the other; so are the next two."""
    sentence_of: NDArray[np.uint8]
    answer: NDArray[np.bool_]
    starts: NDArray[np.int64]
    """Where an example's tokens begin, and at last where they end."""
    heads: NDArray[np.int64]
    """Tokens of the question."""
    gold: NDArray[np.bool_]
    """Of all sentences of all examples."""
    gold_starts: NDArray[np.int64]
    support: NDArray[np.int64]
    """The judgement of a claim, -1 for a question."""
    twins: NDArray[np.int64]
    """Rows with the same number, `Example.twins`, are drawn one after the other, and mostly into one batch: where two
    claims differ in one thing, what tells them apart is learnt, not what they share."""
    taught_sentences: NDArray[np.float16] | None = None
    """What a larger reader says of all sentences: log odds against "nothing here answers"."""

    @cached_property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens of each example."""
        return np.diff(self.starts)

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """Sentences of each example."""
        return np.diff(self.gold_starts)

    @cached_property
    def tensors(self) -> dict[str, torch.Tensor]:
        """The arrays as tensors, by name, on the device that the examples are trained on: batches are drawn there."""
        import torch

        device = "cuda" if torch.cuda.is_available() else "cpu"
        arrays = {one.name: getattr(self, one.name) for one in fields(self)} | {
            "lengths": self.lengths, "counts": self.counts,
        }  # fmt: skip
        return {name: torch.from_numpy(array).to(device) for name, array in arrays.items() if array is not None}


def pack(inputs: Iterable[Inputs]) -> Packed:
    """Give examples as arrays; they are looked at one by one, and not kept."""
    token_ids, sentence_of, answer, gold = array("i"), array("B"), array("B"), array("B")
    starts, heads, gold_starts, support = [0], [], [0], []
    numbers: dict[str, int] = {}
    twins = []
    for row, one in enumerate(inputs):
        count = len(one.example.sentences)
        token_ids.extend(one.pair.token_ids)
        # No passage that a network sees has as many sentences as tokens.
        sentence_of.extend(one.pair.sentence_of)
        answer.extend(one.answer)
        gold.extend(one.example.gold or (False,) * count)
        starts.append(len(token_ids))
        heads.append(one.pair.types.index(1))
        gold_starts.append(len(gold))
        support.append(-1 if one.example.support is None else int(one.example.support))
        twins.append(numbers.setdefault(one.example.twins or str(row), len(numbers)))
    return Packed(
        np.array(token_ids, dtype=np.int32),
        np.array(sentence_of, dtype=np.uint8),
        np.array(answer, dtype=np.bool_),
        np.array(starts),
        np.array(heads, dtype=np.int64),
        np.array(gold, dtype=np.bool_),
        np.array(gold_starts),
        np.array(support, dtype=np.int64),
        np.array(twins, dtype=np.int64),
    )


INPUT_NAMES = ("token_ids", "types", "attention", "membership")


def batch_of(packed: Packed, rows: NDArray[np.int64]) -> dict[str, torch.Tensor]:
    """Give the tensors of some examples, padded to the longest text and the largest number of sentences."""
    import torch

    held = packed.tensors
    device = held["starts"].device
    chosen = torch.from_numpy(rows).to(device)
    place = torch.arange(int(packed.lengths[rows].max()), device=device)
    number = torch.arange(max(1, int(packed.counts[rows].max())), device=device)
    inside = place < held["lengths"][chosen][:, None]
    at = torch.where(inside, held["starts"][chosen][:, None] + place, 0)
    holders = torch.where(inside, held["sentence_of"][at], 0)
    membership = (holders[:, None, :] == number[:, None] + 1).float()
    batch = {
        "token_ids": torch.where(inside, held["token_ids"][at], 0).long(),
        "types": (inside & (place >= held["heads"][chosen][:, None])).long(),
        "attention": inside.long(),
        "membership": membership,
        "there": membership.any(-1),
        "answer": held["answer"][at] & inside,
        "support": held["support"][chosen],
    }
    if not len(packed.gold):  # claims about texts without a sentence
        return batch | {"gold": batch["there"]}
    there = number < held["counts"][chosen][:, None]
    at = torch.where(there, held["gold_starts"][chosen][:, None] + number, 0)
    batch["gold"] = held["gold"][at] & there
    if "taught_sentences" in held:
        batch["taught_sentences"] = held["taught_sentences"][at].float()
    return batch


def split_by_tokens(rows: Iterable[int], lengths: NDArray[np.int64], tokens: int) -> list[NDArray[np.int64]]:
    """Give the rows in batches of those of like length, of up to `tokens` tokens each, padding included."""
    batches: list[list[int]] = [[]]
    for row in sorted(rows, key=lambda row: int(lengths[row])):
        if batches[-1] and int(lengths[row]) * (len(batches[-1]) + 1) > tokens:
            batches.append([])
        batches[-1].append(row)
    return [np.array(batch, dtype=np.int64) for batch in batches if batch]
