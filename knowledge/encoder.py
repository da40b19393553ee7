"""A MiniLM in ONNX: tokenise and run. Shared by everything that looks at words through the small model.

Each text is run by itself, several at a time on the cores that there are. A batch would be padded, and int8
activations are scaled over the whole batch, so that a text's vector would depend on its neighbours; alone it is
always the same, and faster: on two cores 186 chunks of 170 tokens a second, against 154 in batches of 16.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]

TOKEN_LIMIT = 256
"""What all-MiniLM-L6-v2 was trained to read, special tokens included (`max_seq_length` of its model files)."""


REMEMBERED_BYTES = 48 * 2**20
"""About 180 chunks: what a conversation about some documents reads again and again."""

TILE_ROWS, TILE_COLUMNS = 16, 40
"""Rows of both sides of a product: with 384 dimensions just below 262,144, from which OpenBLAS uses several threads."""


@dataclass(frozen=True, slots=True)
class EncodedText:
    """A text as the model sees it, special tokens left out."""

    spans: NDArray[np.int32]
    """Shape (tokens, 2): where each token stands in the text."""
    vectors: Matrix
    """Shape (tokens, dimension): what each token means in this text; not normalised."""


class Encoder:
    """The model, opened once and used from any thread."""

    def __init__(self, model: Path, tokenizer: Path) -> None:
        """Open the ONNX file `model` and the tokenizer's JSON file."""
        keep_silent()
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session: Any = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._tokenizer: Any = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self.dimension: int = self._session.get_outputs()[0].shape[-1]
        self.limit = TOKEN_LIMIT
        self._remembered = _Remembered()

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(max_workers=os.cpu_count() or 1, thread_name_prefix="encoder")

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Number of tokens of each text, the two special ones included, without any limit."""
        return [len(encoding.ids) for encoding in self._tokenizer.encode_batch_fast(_sound(texts))]

    def tokenize(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """The ids of a text's tokens and where each stands, the special ones first and last; without any limit."""
        encoding = self._tokenizer.encode(_sound([text])[0])
        return encoding.ids, encoding.offsets

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Vectors of length one, shape (texts, dimension): the mean of each text's token vectors.

        Texts are cut at `limit` tokens.
        """
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch_fast(_sound(texts))]
        vectors = np.zeros((len(ids), self.dimension), dtype=np.float32)
        longest_first = sorted(range(len(ids)), key=lambda i: -len(ids[i]))
        for i, vector in zip(longest_first, self._each(self._run_mean, [ids[i] for i in longest_first]), strict=True):
            vectors[i] = vector
        return vectors

    def encode_tokens(self, texts: Sequence[str]) -> list[EncodedText]:
        """Every token of every text with its place and its vector, not to be changed. Texts are cut at `limit` tokens.

        The last texts are remembered, as far as `REMEMBERED_BYTES` go: who asks on reads the same chunks again.
        """
        known = self._remembered.get(texts)
        new = [text for text in dict.fromkeys(texts) if text not in known]
        encodings = self._tokenizer.encode_batch(_sound(new))
        outputs = self._each(self._run, [encoding.ids for encoding in encodings])
        for text, encoding, output in zip(new, encodings, outputs, strict=True):
            spans = np.array(encoding.offsets[1 : len(output) - 1], dtype=np.int32).reshape(-1, 2)
            spans.setflags(write=False)
            output.setflags(write=False)
            known[text] = EncodedText(spans=spans, vectors=output[1:-1])
        self._remembered.keep(known)
        return [known[text] for text in texts]

    def _each(self, run: Callable[[list[int]], Matrix], token_ids: Sequence[list[int]]) -> list[Matrix]:
        if len(token_ids) == 1:
            return [run(token_ids[0])]
        return list(self._pool.map(run, token_ids))

    def _run_mean(self, token_ids: list[int]) -> Matrix:
        """Made beside the model: the token vectors of many texts would fill the memory, 0.4 MB each."""
        mean: Matrix = self._run(token_ids).mean(axis=0)
        return mean / max(float(np.linalg.norm(mean)), 1e-12)

    def _run(self, token_ids: list[int]) -> Matrix:
        if len(token_ids) > self.limit:
            token_ids = [*token_ids[: self.limit - 1], token_ids[-1]]
        ids = np.array([token_ids], dtype=np.int64)
        output: Matrix = self._session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0][0]
        return output


class _Remembered:
    """The texts encoded last; used from any thread."""

    def __init__(self) -> None:
        self._texts: OrderedDict[str, EncodedText] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def get(self, texts: Sequence[str]) -> dict[str, EncodedText]:
        """Those of the texts that are remembered."""
        with self._lock:
            return {text: self._texts[text] for text in texts if text in self._texts}

    def keep(self, encoded: Mapping[str, EncodedText]) -> None:
        """Remember these, and forget what was not asked for longest."""
        with self._lock:
            for text, one in encoded.items():
                if self._texts.pop(text, None) is None:
                    self._bytes += _size(text, one)
                self._texts[text] = one
            while self._bytes > REMEMBERED_BYTES:
                self._bytes -= _size(*self._texts.popitem(last=False))


def _size(text: str, one: EncodedText) -> int:
    return len(text) + one.spans.nbytes + one.vectors.nbytes


def cosines(left: Matrix, right: Matrix) -> Matrix:
    """The cosine of each row of `left` with each row of `right`, shape (left, right).

    Computed in tiles that are too small for OpenBLAS to share out over threads. Its threads wait for each other
    spinning: on two cores with other work, twelve products of 14 and 170 tokens took 2 s, and 0.4 ms in tiles.
    """
    left, right = (rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12) for rows in (left, right))
    products = np.empty((len(left), len(right)), dtype=np.float32)
    for row in range(0, len(left), TILE_ROWS):
        for column in range(0, len(right), TILE_COLUMNS):
            tile = left[row : row + TILE_ROWS] @ right[column : column + TILE_COLUMNS].T
            products[row : row + TILE_ROWS, column : column + TILE_COLUMNS] = tile
    return products


def keep_silent() -> None:
    """Keep ONNX Runtime from counting its use.

    Since 1.32 it keeps a database of events in the user's cache folder and holds the address to send them to. It reads
    the variable once, when it is first imported; `disable_telemetry_events` comes too late.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"


def _sound(texts: Sequence[str]) -> list[str]:
    """The texts with half characters (lone surrogates), which the tokenizer does not take, as question marks."""
    return [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
