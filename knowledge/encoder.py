"""A MiniLM in ONNX: tokenise and run. Shared by everything that looks at words through the small model.

Each text is run by itself, several at a time on the cores that there are. A batch would be padded, and int8
activations are scaled over the whole batch, so that a text's vector would depend on its neighbours; alone it is
always the same, and faster: on two cores 186 chunks of 170 tokens a second, against 154 in batches of 16.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
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

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(max_workers=os.cpu_count() or 1, thread_name_prefix="encoder")

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Number of tokens of each text, the two special ones included, without any limit."""
        return [len(encoding.ids) for encoding in self._tokenizer.encode_batch_fast(_sound(texts))]

    def tokenize(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """The ids of a text's tokens and where each stands in it, the special ones first and last; without any limit."""
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
        """Every token of every text with its place and its vector. Texts are cut at `limit` tokens."""
        encodings = self._tokenizer.encode_batch(_sound(texts))
        outputs = self._each(self._run, [encoding.ids for encoding in encodings])
        return [
            EncodedText(
                spans=np.array(encoding.offsets[1 : len(output) - 1], dtype=np.int32).reshape(-1, 2),
                vectors=output[1:-1],
            )
            for encoding, output in zip(encodings, outputs, strict=True)
        ]

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


def keep_silent() -> None:
    """Keep ONNX Runtime from counting its use.

    Since 1.32 it keeps a database of events in the user's cache folder and holds the address to send them to. It reads
    the variable once, when it is first imported; `disable_telemetry_events` comes too late.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"


def _sound(texts: Sequence[str]) -> list[str]:
    """The texts with half characters (lone surrogates), which the tokenizer does not take, as question marks."""
    return [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
