"""What the tests share: a pleasant fake embedder, libraries in temporary folders, and where outside data lies."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from string import ascii_lowercase

import numpy as np
import pytest

from knowledge import Library, LibrarySettings
from knowledge.embed import Embedder
from knowledge.encoder import Matrix


class LetterCountEmbedder(Embedder):
    """Texts with like letters are near; no model, no download, always the same."""

    name = "letters"
    fingerprint = "letters 1"
    dimension = 27
    limit = 256

    def __init__(self) -> None:
        self.embedded: list[str] = []

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) + 2 for text in texts]

    def encode_documents(self, texts: Sequence[str]) -> Matrix:
        self.embedded.extend(texts)
        return np.array([self.encode_question(text) for text in texts], dtype=np.float32).reshape(-1, 27)

    def encode_question(self, text: str) -> Matrix:
        counts = np.array([1.0, *(text.lower().count(letter) for letter in ascii_lowercase)], dtype=np.float32)
        return counts / np.linalg.norm(counts)


@pytest.fixture
def embedder() -> LetterCountEmbedder:
    return LetterCountEmbedder()


@pytest.fixture
def library(tmp_path: Path, embedder: LetterCountEmbedder) -> Iterator[Library]:
    """An empty library with the fake embedder."""
    with Library.open(tmp_path / "library", embedder=embedder, settings=LibrarySettings(workers=1)) as opened:
        yield opened


def folder_of(variable: str) -> Path:
    """The folder that an environment variable names; where it names none, the test is skipped, or fails in CI."""
    folder = os.environ.get(variable)
    if folder and Path(folder).is_dir():
        return Path(folder)
    if os.environ.get("CI"):
        pytest.fail(f"{variable} names no folder, and in CI it must")
    pytest.skip(f"{variable} names no folder")
