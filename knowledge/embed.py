"""Texts -> vectors, as a LangChain `Embeddings`."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
from langchain_core.embeddings import Embeddings

from knowledge.encoder import Encoder, Matrix
from knowledge.errors import EmbedderError
from knowledge.export import RECIPE, WEIGHTS_SHA256, open_encoder
from knowledge.settings import DEFAULT_EMBEDDER


class Embedder(Embeddings):
    """A sentence-transformers model; usable wherever LangChain takes an `Embeddings`."""

    name: str
    fingerprint: str
    """Tells whether two embedders give the same vectors; a library remembers it."""
    dimension: int
    limit: int
    """Tokens that the model reads of a text, special ones included."""

    @abstractmethod
    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Number of tokens of each text, special ones included."""

    @abstractmethod
    def encode_documents(self, texts: Sequence[str]) -> Matrix:
        """Vectors of length one, shape (texts, dimension), for texts that will be searched."""

    @abstractmethod
    def encode_question(self, text: str) -> Matrix:
        """A vector of length one, shape (dimension,), for a question."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """LangChain's name for `encode_documents`."""
        vectors: list[list[float]] = self.encode_documents(texts).tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        """LangChain's name for `encode_question`."""
        vector: list[float] = self.encode_question(text).tolist()
        return vector


class OnnxEmbedder(Embedder):
    """all-MiniLM-L6-v2 in int8: the default."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.name = DEFAULT_EMBEDDER
        self.fingerprint = f"{DEFAULT_EMBEDDER} {WEIGHTS_SHA256[:12]} {RECIPE}"
        self.dimension = encoder.dimension
        self.limit = encoder.limit

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """As the base class says."""
        return self._encoder.count_tokens(texts)

    def encode_documents(self, texts: Sequence[str]) -> Matrix:
        """As the base class says."""
        return self._encoder.encode(texts)

    def encode_question(self, text: str) -> Matrix:
        """As the base class says."""
        vector: Matrix = self._encoder.encode([text])[0]
        return vector


class TorchEmbedder(Embedder):
    """Any other sentence-transformers model, run by sentence-transformers itself."""

    def __init__(self, name: str) -> None:
        from sentence_transformers import SentenceTransformer

        try:
            self._model: Any = SentenceTransformer(name, device="cpu", local_files_only=True)
        except Exception as error:  # the loader raises whatever its parts raise
            raise EmbedderError(
                f"The embedder {name!r} cannot be opened from this disk ({error}). Name a folder that holds a "
                "sentence-transformers model, or download it first: nothing is downloaded at run time."
            ) from error
        self.name = name
        weights = hashlib.sha256()
        for key, tensor in sorted(self._model.state_dict().items()):
            weights.update(key.encode())
            weights.update(tensor.float().numpy().tobytes())
        self.fingerprint = f"{name} {weights.hexdigest()[:12]}"
        self.dimension = int(self._model.get_embedding_dimension())
        self.limit = int(self._model.max_seq_length or 512)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """As the base class says."""
        tokenizer = self._model.tokenizer
        return [len(ids) for ids in tokenizer(list(texts), truncation=False, verbose=False)["input_ids"]]

    def encode_documents(self, texts: Sequence[str]) -> Matrix:
        """As the base class says."""
        return np.asarray(
            self._model.encode_document(list(texts), normalize_embeddings=True, show_progress_bar=False),
            dtype=np.float32,
        ).reshape(-1, self.dimension)

    def encode_question(self, text: str) -> Matrix:
        """As the base class says."""
        return np.asarray(
            self._model.encode_query(text, normalize_embeddings=True, show_progress_bar=False), dtype=np.float32
        )


def open_embedder(name: str = DEFAULT_EMBEDDER) -> Embedder:
    """The embedder called `name`.

    Raises:
        EmbedderError: its weights are missing or not the published ones.
    """
    if name in (DEFAULT_EMBEDDER, DEFAULT_EMBEDDER.split("/")[1]):
        return OnnxEmbedder(open_encoder())
    return TorchEmbedder(name)
