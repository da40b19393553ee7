"""Chunks by meaning, in Chroma. The only file that knows chromadb.

A folder of Chroma bears one process: a second one that only reads writes to it all the same, and vectors are lost. So
only the library's writer opens it; a reader beside it searches `LoadedVectors`, or a Chroma server by its address.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import numpy as np

from knowledge.encoder import Matrix
from knowledge.errors import KnowledgeError, LibraryStorageError, VectorServerError

PREFIX = "keyq-"
"""Chroma wants at least three characters in a collection's name."""

BATCH = 2_000
"""Rows of one call; Chroma refuses more than 5,461 at once."""

SERVER_SECONDS = 60.0
"""A server that takes longer to answer has failed."""

ROWS = 256
"""Rows multiplied at once: with 384 dimensions below 115,200 numbers, from which OpenBLAS uses several threads."""

PAGE = 1_000
"""Collections of one call: a server may be shared by many libraries."""


class Vectors(Protocol):
    """What a search needs."""

    def search(self, vector: Matrix, collections: Iterable[str], limit: int) -> list[tuple[str, str, float]]:
        """The nearest chunks as (collection, chunk id, cosine), best first."""


class VectorIndex:
    """One Chroma collection for each of ours, holding chunk ids and vectors and nothing else."""

    def __init__(self, place: Path | str, *, library_id: str) -> None:
        """Open, or make, the index in a folder, or on the Chroma server at an address ("http://host:port").

        Raises:
            VectorServerError: the server does not answer.
        """
        self._place = place
        self._prefix = PREFIX if isinstance(place, Path) else f"{PREFIX}{library_id}-"
        self._collections: dict[str, Any] = {}
        with self._explained():
            self._client: Any = _open_folder(place) if isinstance(place, Path) else _connect(place)

    def close(self) -> None:
        """Let go of the files, or of the connections."""
        self._client.close()
        if isinstance(self._place, str):
            for part in (self._client, self._client._admin_client):
                part._server._session.close()  # Chroma leaves both open

    def collections(self) -> list[str]:
        """Names of our collections that have an index."""
        names: list[str] = []
        with self._explained():
            while page := self._client.list_collections(limit=PAGE, offset=len(names)):
                names += [collection.name for collection in page]
        return [name.removeprefix(self._prefix) for name in names if name.startswith(self._prefix)]

    def add(self, collection: str, ids: Sequence[str], vectors: Matrix) -> None:
        """Write vectors, shape (ids, dimension), in place of any that these ids had."""
        with self._explained():
            # without embedding_function=None Chroma stores its own, which downloads a model when it is used
            target = self._client.get_or_create_collection(
                self._prefix + collection,
                embedding_function=None,
                configuration={"hnsw": {"space": "cosine", "ef_search": 200}},
            )
            for start in range(0, len(ids), BATCH):
                part = slice(start, start + BATCH)
                target.upsert(ids=list(ids[part]), embeddings=vectors[part])

    def remove(self, collection: str, ids: Sequence[str]) -> None:
        """Forget these ids; unknown ones are no error."""
        with self._explained():
            target = self._find(collection)
            for start in range(0, len(ids) if target else 0, BATCH):
                target.delete(ids=list(ids[start : start + BATCH]))

    def drop(self, collection: str) -> None:
        """Forget a whole collection."""
        with self._explained():
            if self._find(collection):
                self._client.delete_collection(self._prefix + collection)
        self._collections.pop(collection, None)

    def ids(self, collection: str) -> set[str]:
        """Every id in a collection."""
        with self._explained():
            target = self._find(collection)
            return set(target.get(include=[])["ids"]) if target else set()

    def count(self, collection: str) -> int:
        """Number of vectors in a collection."""
        with self._explained():
            target = self._find(collection)
            return int(target.count()) if target else 0

    def search(self, vector: Matrix, collections: Iterable[str], limit: int) -> list[tuple[str, str, float]]:
        """The nearest chunks as (collection, chunk id, cosine), best first."""
        found: list[tuple[str, str, float]] = []
        with self._explained():
            for collection in collections:
                target = self._find(collection)
                if target is None:
                    continue
                result = target.query(query_embeddings=[vector], n_results=limit, include=["distances"])
                for chunk_id, distance in zip(result["ids"][0], result["distances"][0], strict=True):
                    found.append((collection, chunk_id, 1.0 - float(distance)))
        return _best_first(found)[:limit]

    def _find(self, collection: str) -> Any:
        from chromadb.errors import NotFoundError

        if collection not in self._collections:
            try:
                name = self._prefix + collection
                self._collections[collection] = self._client.get_collection(name, embedding_function=None)
            except NotFoundError:
                return None
        return self._collections[collection]

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Say what Chroma's errors mean."""
        from chromadb.errors import ChromaError
        from httpx import HTTPError

        try:
            yield
        except (ChromaError, HTTPError, ValueError) as error:
            self._collections.clear()  # a server that was started anew may know them under other names
            if isinstance(self._place, Path):
                raise LibraryStorageError(
                    f"The vectors in {self._place} cannot be read or written ({error}). Look for room on the disk and "
                    "for leave to write, then do it again; if it stays, delete that folder, and it is made anew."
                ) from error
            raise VectorServerError(
                f"The Chroma server at {self._place} failed or does not answer ({error}). Start it with: chroma run "
                "--path FOLDER --host HOST --port PORT, then do it again; what it has lost is put back when the "
                "library is opened for writing."
            ) from error


class LoadedVectors:
    """The same search over all vectors in memory, one by one: exact, and the same for the same documents."""

    def __init__(self, vectors: Mapping[str, tuple[Sequence[str], Matrix]]) -> None:
        """Search these ids and vectors of each collection."""
        self._loaded = {
            collection: (ids, matrix / np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-12))
            for collection, (ids, matrix) in vectors.items()
        }

    def search(self, vector: Matrix, collections: Iterable[str], limit: int) -> list[tuple[str, str, float]]:
        """The nearest chunks as (collection, chunk id, cosine), best first."""
        loaded, found = self._loaded, []
        direction = vector / max(float(np.linalg.norm(vector)), 1e-12)
        for collection in collections:
            if collection not in loaded:
                continue
            ids, matrix = loaded[collection]
            cosines = _dot_products(matrix, direction)
            least = np.partition(cosines, -limit)[-limit] if len(ids) > limit else -np.inf
            found += [(collection, ids[i], float(cosines[i])) for i in np.flatnonzero(cosines >= least).tolist()]
        return _best_first(found)[:limit]


def _best_first(found: list[tuple[str, str, float]]) -> list[tuple[str, str, float]]:
    """Equal cosines are ordered by id, so that the same question finds the same chunks."""
    return sorted(found, key=lambda row: (-row[2], row[0], row[1]))


def _dot_products(matrix: Matrix, direction: Matrix) -> Matrix:
    """The dot product of each row with a vector, so few rows at a time that no threads have to wait for each other."""
    parts = [matrix[start : start + ROWS] @ direction for start in range(0, len(matrix), ROWS)]
    return np.concatenate(parts)


def _open_folder(path: Path) -> Any:
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(path=str(path), settings=Settings(anonymized_telemetry=False, allow_reset=False))


def _connect(address: str) -> Any:
    import chromadb
    from chromadb.config import Settings

    parts = urlsplit(address)
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if parts.scheme not in ("http", "https") or not host or parts.path.strip("/"):
        raise KnowledgeError(f"{address!r} is no address of a Chroma server; give one like http://127.0.0.1:8000")
    secure = parts.scheme == "https"
    settings = Settings(anonymized_telemetry=False)
    client: Any = chromadb.HttpClient(host=host, port=port or (443 if secure else 80), ssl=secure, settings=settings)
    client._server._session.timeout = SERVER_SECONDS  # Chroma's own waits for ever
    return client
