"""Chunks by meaning, in Chroma. The only file that knows chromadb."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from knowledge.encoder import Matrix

PREFIX = "keyq-"
"""Chroma wants at least three characters in a collection's name."""

BATCH = 2_000
"""Rows of one call; Chroma refuses more than 5,461 at once."""


class VectorIndex:
    """One Chroma collection for each of ours, holding chunk ids and vectors and nothing else."""

    def __init__(self, path: Path) -> None:
        """Open, or make, the index in the folder `path`."""
        self._path = path
        self._client: Any = _connect(path)
        self._collections: dict[str, Any] = {}

    def close(self) -> None:
        """Let go of the files."""
        self._client.close()

    def reopen(self) -> None:
        """See what another process has written: Chroma reads its index once and never looks again."""
        self._client.close()
        self._client, self._collections = _connect(self._path), {}

    def collections(self) -> list[str]:
        """Names of our collections that have an index."""
        return [c.name.removeprefix(PREFIX) for c in self._client.list_collections() if c.name.startswith(PREFIX)]

    def add(self, collection: str, ids: Sequence[str], vectors: Matrix) -> None:
        """Write vectors, shape (ids, dimension), in place of any that these ids had."""
        target = self._open(collection)
        for start in range(0, len(ids), BATCH):
            part = slice(start, start + BATCH)
            target.upsert(ids=list(ids[part]), embeddings=vectors[part])

    def remove(self, collection: str, ids: Sequence[str]) -> None:
        """Forget these ids; unknown ones are no error."""
        for start in range(0, len(ids), BATCH):
            self._open(collection).delete(ids=list(ids[start : start + BATCH]))

    def drop(self, collection: str) -> None:
        """Forget a whole collection."""
        if collection in self.collections():
            self._client.delete_collection(PREFIX + collection)
        self._collections.pop(collection, None)

    def ids(self, collection: str) -> set[str]:
        """Every id in a collection."""
        return set(self._open(collection).get(include=[])["ids"])

    def count(self, collection: str) -> int:
        """Number of vectors in a collection."""
        return int(self._open(collection).count())

    def search(self, vector: Matrix, collections: Iterable[str], limit: int) -> list[tuple[str, str, float]]:
        """The nearest chunks as (collection, chunk id, cosine), best first."""
        found: list[tuple[str, str, float]] = []
        for collection in collections:
            target = self._open(collection)
            result = target.query(query_embeddings=[vector], n_results=limit, include=["distances"])
            for chunk_id, distance in zip(result["ids"][0], result["distances"][0], strict=True):
                found.append((collection, chunk_id, 1.0 - float(distance)))
        # equal cosines are ordered by id, so that the same question finds the same chunks
        return sorted(found, key=lambda row: (-row[2], row[0], row[1]))[:limit]

    def _open(self, collection: str) -> Any:
        if collection not in self._collections:
            # without embedding_function=None Chroma stores its own, which downloads a model when it is used
            self._collections[collection] = self._client.get_or_create_collection(
                PREFIX + collection,
                embedding_function=None,
                configuration={"hnsw": {"space": "cosine", "ef_search": 200}},
            )
        return self._collections[collection]


def _connect(path: Path) -> Any:
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(path=str(path), settings=Settings(anonymized_telemetry=False, allow_reset=False))
