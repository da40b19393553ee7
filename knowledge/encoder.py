"""A MiniLM in ONNX: tokenise and run. Shared by everything that looks at words through the small model.

Each text is run by itself, several at a time on the cores that there are. A batch would be padded, and int8
activations are scaled over the whole batch, so that a text's vector would depend on its neighbours; alone it is
always the same, and faster: on two cores 186 chunks of 170 tokens a second, against 154 in batches of 16.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]

TOKEN_LIMIT = 256
"""What all-MiniLM-L6-v2 was trained to read, special tokens included (`max_seq_length` of its model files)."""


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

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(max_workers=os.cpu_count() or 1, thread_name_prefix="encoder")

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Number of tokens of each text, the two special ones included, without any limit."""
        return [len(encoding.ids) for encoding in self._tokenizer.encode_batch_fast(list(texts))]

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Vectors of length one, shape (texts, dimension): the mean of each text's token vectors.

        Texts are cut at `limit` tokens.
        """
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch_fast(list(texts))]
        vectors = np.zeros((len(ids), self.dimension), dtype=np.float32)
        longest_first = sorted(range(len(ids)), key=lambda i: -len(ids[i]))
        for i, tokens in zip(longest_first, self._run_all([ids[i] for i in longest_first]), strict=True):
            mean = tokens.mean(axis=0)
            vectors[i] = mean / max(float(np.linalg.norm(mean)), 1e-12)
        return vectors

    def encode_tokens(self, texts: Sequence[str]) -> list[EncodedText]:
        """Every token of every text with its place and its vector. Texts are cut at `limit` tokens."""
        encodings = self._tokenizer.encode_batch(list(texts))
        outputs = self._run_all([encoding.ids for encoding in encodings])
        return [
            EncodedText(
                spans=np.array(encoding.offsets[1 : len(output) - 1], dtype=np.int32).reshape(-1, 2),
                vectors=output[1:-1],
            )
            for encoding, output in zip(encodings, outputs, strict=True)
        ]

    def _run_all(self, token_ids: Sequence[list[int]]) -> list[Matrix]:
        if len(token_ids) == 1:
            return [self._run(token_ids[0])]
        return list(self._pool.map(self._run, token_ids))

    def _run(self, token_ids: list[int]) -> Matrix:
        if len(token_ids) > self.limit:
            token_ids = [*token_ids[: self.limit - 1], token_ids[-1]]
        ids = np.array([token_ids], dtype=np.int64)
        output: Matrix = self._session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0][0]
        return output
