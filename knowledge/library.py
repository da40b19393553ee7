"""A library of documents: the document walk (`sync`, `add`, `remove`) and the search walk."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import socket
import stat
import time
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock, RLock
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit
from uuid import uuid4

import numpy as np
from filelock import FileLock, Timeout

from knowledge.catalog import Catalog, IndexRow, NewDocument, Source
from knowledge.chunk import chunk_document, embedded_text
from knowledge.embed import Embedder, open_embedder
from knowledge.errors import (
    DocumentIdTakenError,
    DocumentNotFoundError,
    EmbedderError,
    KnowledgeError,
    LibraryInUseError,
    LibraryNotFoundError,
    LibraryReadOnlyError,
    LibraryStorageError,
    LoadError,
)
from knowledge.fetch import fetch_address
from knowledge.fuse import fuse_ranks
from knowledge.isolate import Job, Loaded, load_files
from knowledge.load import SUFFIXES
from knowledge.picture import Sought, draw_page
from knowledge.questions import find_questions
from knowledge.sentences import split_sentences
from knowledge.settings import DEFAULT_COLLECTION, LibrarySettings
from knowledge.types import (
    Chunk,
    Document,
    DocumentQuestion,
    DocumentSummary,
    Failure,
    Hit,
    PagePicture,
    Progress,
    ProgressCallback,
    Span,
    SyncReport,
)
from knowledge.vectors import LoadedVectors, VectorIndex, Vectors
from knowledge.words import WordIndex, WordRow

log = logging.getLogger(__name__)
"""What happened, with ids, counts and times; never words of a document, nor the reason why one could not be read, which
can hold some."""

GROUP = 256
"""Chunks embedded and made ready together: enough to keep every core busy, little to do again after a crash."""

EXACT_CHUNKS = 50_000
"""Chunks up to which a search compares every vector, and word scores do not depend on what was removed."""

CANDIDATES = 50
"""Chunks that each of the two rankings brings to a search, at least."""

_DIRECTIONS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks of direction, with which a name can look like another."""

PICTURE_CONTEXT = 400
"""Characters around words that are looked for on a picture: several times what is compared."""


class Library:
    """Documents that can be searched. Open it with `Library.open`; it is also a context manager.

    One process writes at a time; any number may read beside it. It may be used from several threads.
    """

    def __init__(self, path: Path, settings: LibrarySettings, embedder: Embedder, *, read_only: bool) -> None:
        """For `open`, which checks what this takes for granted."""
        self.path = path
        self.settings = settings
        self.read_only = read_only
        self._embedder = embedder
        self._opened = ExitStack()
        self._writing = RLock()
        self._refreshing = Lock()
        self._catalog = Catalog(path / "catalog.db", read_only=read_only)
        try:
            if not read_only and self._catalog.fact("id") is None:
                self._catalog.set_fact("id", uuid4().hex)
            self._generation = self._catalog.generation()
            self._words = WordIndex(path / "words", read_only=read_only)
            self._index: VectorIndex | None = None
            self._vectors = self._choose_vectors()
        except BaseException:
            self._catalog.close()
            raise

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        *,
        read_only: bool = False,
        settings: LibrarySettings | None = None,
        embedder: Embedder | None = None,
        progress: ProgressCallback | None = None,
    ) -> Self:
        """The library in the folder `path`, made if it is not there.

        Work that a crash interrupted is finished first. With `read_only=True` nothing is changed, a writer may be at
        work in another process, and what it adds is seen. `embedder` takes the place of the one named in `settings`.

        Raises:
            LibraryNotFoundError: `read_only`, and there is no library.
            LibraryInUseError: another process writes to it.
            LibraryStorageError: the folder cannot be read or written.
            VectorServerError: the Chroma server named in `settings` does not answer.
            EmbedderError: it was built with another embedder, or the embedder's weights are not right.
            SchemaError: it was made by a newer version, or by an older one and `read_only`.
        """
        started = time.perf_counter()
        folder = Path(path)
        settings = settings or LibrarySettings()
        if read_only and not (folder / "catalog.db").exists():
            raise LibraryNotFoundError(f"No library at {folder}. Build it with: python -m knowledge sync FOLDER")
        with ExitStack() as stack:  # undone where anything below fails
            if not read_only:
                stack.enter_context(_held(folder))
            library = cls(folder, settings, embedder or open_embedder(settings.embedder), read_only=read_only)
            stack.callback(library._let_go)
            library._check_embedder()
            if not read_only:
                library._recover(progress, broken_off=True)
            library._opened = stack.pop_all()
        told = {"library": str(folder), "read_only": read_only, "chunks": library._catalog.chunk_count()}
        log.info("library opened", extra={"event": "open", **told, "seconds": _since(started)})
        return library

    def close(self) -> None:
        """Let go of the files and of the lock."""
        self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # The document walk.

    def sync(
        self,
        folder: str | os.PathLike[str],
        *,
        collection: str = DEFAULT_COLLECTION,
        progress: ProgressCallback | None = None,
    ) -> SyncReport:
        """Make a collection say what the files below `folder` say now.

        New and changed files (by content hash) are read, renamed ones renamed, documents of files that are gone
        removed; what was added by `add`, or synced from another folder, stays. What another version of the reading code
        read is read again. The old version of a document answers until the new one is ready. A file that cannot be read
        is in the report's `failed`, and the others go on.

        Raises:
            KnowledgeError: `folder` is no folder.
            DocumentIdTakenError: a file's path below `folder` is the id of a document from elsewhere.
        """
        root = Path(folder).resolve()
        if not root.is_dir():
            raise KnowledgeError(f"{folder} is not a folder. Add a single file with: python -m knowledge add {folder}")
        if (problem := _name_problem(str(root))) is not None:
            raise KnowledgeError(f"The folder {str(root)!r} cannot be synced: {problem}.")
        started = time.perf_counter()
        with self._change(collection, progress):
            plan = self._plan(root, collection)
            if plan.gone:
                self._catalog.remove(collection, [source.id for source in plan.gone])
            if plan.renamed:
                self._catalog.rename(collection, plan.renamed, root=str(root))
            outcome = self._read(plan.jobs, collection, str(root), plan.hashes, progress)
            self._share(plan, outcome, collection, str(root), progress)
            self._read_kept(plan, outcome, collection, progress)
            self._sweep()
            known = {source.id for source in (*plan.known, *plan.kept)} | {name for _, name in plan.renamed}
            report = SyncReport(
                added=tuple(sorted(name for name in outcome.read if name not in known)),
                updated=tuple(sorted(name for name in outcome.read if name in known)),
                renamed=tuple(plan.renamed),
                removed=tuple(sorted(source.id for source in plan.gone)),
                unchanged=tuple(plan.unchanged),
                failed=(*plan.failed, *outcome.failed),
                duplicates=tuple(sorted(outcome.duplicates)),
                omissions=tuple(outcome.omissions),
            )
        _log_sync(report, collection, started)
        return report

    def add(
        self,
        source: str | os.PathLike[str],
        *,
        collection: str = DEFAULT_COLLECTION,
        name: str | None = None,
        progress: ProgressCallback | None = None,
    ) -> Document:
        """One file or http(s) address as a document; added again, it is updated. `sync` never removes it.

        Its id is the address, or the file's name, or `name`.

        Raises:
            LoadError: it cannot be fetched or read.
            DocumentIdTakenError: the id belongs to a synced file.
        """
        text, started = os.fspath(source), time.perf_counter()
        with self._change(collection, progress):
            if text.lower().startswith(("http://", "https://")):
                with fetch_address(
                    text,
                    max_bytes=self.settings.max_file_bytes,
                    allow_private=self.settings.allow_private_addresses,
                ) as fetched:
                    document = self._add_file(fetched, name or text, text, collection, progress)
            else:
                path = Path(text).resolve()
                origin = os.fsencode(path).decode("utf-8", "replace")
                document = self._add_file(path, name or path.name, origin, collection, progress)
        told = {"collection": collection, "documents": (_loggable(document.id),)}
        log.info("document added", extra={"event": "add", **told, "seconds": _since(started)})
        return document

    def add_documents(
        self, documents: Iterable[Document], *, progress: ProgressCallback | None = None
    ) -> tuple[str, ...]:
        """Documents that a program made itself, each into its own `collection`; returns their ids.

        One that is there already is updated. Two with the same content in one collection are kept once.
        """
        added: list[str] = []
        with self._change(DEFAULT_COLLECTION, progress):
            group = _Group(self, progress)
            for document in documents:
                _check_collection(document.collection)
                same = group.find_content(document.collection, document.content_hash)
                if same is None:
                    sentences = split_sentences(document.text, document.blocks)
                    loaded = Loaded(document, sentences, tuple(find_questions(document)))
                    group.add(loaded, root="", file_hash=document.content_hash)
                elif same[1] != document.id:
                    source = Source(document.collection, document.id, "", document.content_hash, same[0])
                    self._catalog.set_sources([source])
                added.append(document.id)
            group.finish()
            self._sweep()
        return tuple(added)

    def remove(self, document_id: str, *, collection: str = DEFAULT_COLLECTION) -> None:
        """Forget a document. A synced one comes back with the next `sync` while its file is there.

        Raises:
            DocumentNotFoundError: there is none.
        """
        with self._change(collection):
            if not any(source.id == document_id for source in self._catalog.sources(collection)):
                raise DocumentNotFoundError(
                    f"No document {document_id!r} in the collection {collection!r}. "
                    "List them with: python -m knowledge list"
                )
            self._catalog.remove(collection, [document_id])
            self._sweep()
        told = {"collection": collection, "documents": (_loggable(document_id),)}
        log.info("document removed", extra={"event": "remove", **told})

    @classmethod
    def rebuild(
        cls,
        path: str | os.PathLike[str],
        *,
        settings: LibrarySettings | None = None,
        embedder: Embedder | None = None,
        progress: ProgressCallback | None = None,
    ) -> None:
        """Make both indexes anew from the catalog, with another embedder if `settings` name one; reads no file.

        Raises:
            LibraryNotFoundError, LibraryInUseError, SchemaError: as `open`.
        """
        started = time.perf_counter()
        folder = Path(path)
        settings = settings or LibrarySettings()
        if not (folder / "catalog.db").exists():
            raise LibraryNotFoundError(f"No library at {folder}. Build it with: python -m knowledge sync FOLDER")
        with ExitStack() as stack:
            stack.enter_context(_held(folder))
            library = cls(folder, settings, embedder or open_embedder(settings.embedder), read_only=False)
            stack.callback(library._let_go)
            library._make_anew(progress)
            told = {"library": str(folder), "chunks": library._catalog.chunk_count()}
        log.info("indexes made anew", extra={"event": "rebuild", **told, "seconds": _since(started)})

    # The search walk.

    def search(self, question: str, *, limit: int = 10, collections: Sequence[str] | None = None) -> list[Hit]:
        """The chunks nearest to a question by meaning and by words, best first, at most `limit`."""
        question = question.encode("utf-8", "replace").decode("utf-8")  # half characters stop both indexes
        self._refresh()
        ready = self._catalog.collections()
        wanted = ready if collections is None else [name for name in ready if name in set(collections)]
        if not wanted or not question.strip():
            return []
        depth = max(CANDIDATES, limit)
        by_meaning = self._vectors.search(self._embedder.encode_question(question), wanted, depth)
        by_words = self._words.search(question, wanted, depth)
        similarity = {(collection, chunk_id): cosine for collection, chunk_id, cosine in by_meaning}
        fused = fuse_ranks(
            [(collection, chunk_id) for collection, chunk_id, _ in by_meaning],
            [(collection, chunk_id) for collection, chunk_id, _ in by_words],
        )
        hits: list[Hit] = []
        while fused and len(hits) < limit:  # again only where some are of no ready document
            part, fused = fused[:limit], fused[limit:]
            found = self._catalog.hits([key for key, _ in part])
            hits += [replace(found[k], score=score, similarity=similarity.get(k)) for k, score in part if k in found]
        return hits[:limit]

    def document(self, document_id: str, *, collection: str | None = None) -> Document:
        """A document with its canonical text; `collection` is needed where two have a document of this id.

        Raises:
            DocumentNotFoundError: there is none, or it is not clear which.
        """
        return self._catalog.document(document_id, collection)

    def sentences(self, document_id: str, *, collection: str | None = None) -> tuple[Span, ...]:
        """The sentences of a document, as spans of its text, in order."""
        return self._catalog.sentences(document_id, collection)

    def documents(self, *, collections: Sequence[str] | None = None) -> list[DocumentSummary]:
        """Every document, by collection and id."""
        return self._catalog.summaries(collections)

    def questions(self, *, collections: Sequence[str] | None = None) -> list[DocumentQuestion]:
        """The questions that the documents themselves ask and answer ("Key Questions")."""
        return self._catalog.questions(collections)

    def collections(self) -> list[str]:
        """Names of the collections that hold a document."""
        return self._catalog.collections()

    def original(self, document_id: str, *, collection: str | None = None) -> Path | None:
        """The file that a document was read from, as it was then; None for one that a program made itself."""
        document = self._catalog.document(document_id, collection)
        file_hash, _ = self._catalog.original(document.id, document.collection)
        file = self.path / "originals" / file_hash
        return file if file.exists() else None

    def picture(
        self,
        document_id: str,
        number: int | None = None,
        *,
        spans: Sequence[Span] = (),
        collection: str | None = None,
    ) -> PagePicture | None:
        """A page of a document's original as a picture, with boxes around the words of `spans` that stand on it.

        Without a `number` it is the page on which the first span stands. None for an original that is no PDF, and
        where there is no such page or it cannot be drawn.

        Raises:
            DocumentNotFoundError: there is no such document, or it is not clear which.
        """
        document = self._catalog.document(document_id, collection)
        original = self.original(document.id, collection=document.collection)
        if original is None or original.suffix != ".pdf":
            return None
        return draw_page(original, number, [_sought(document, span) for span in spans])

    def generation(self) -> int:
        """A number that grows whenever something that a search can see changes."""
        return self._catalog.generation()

    @property
    def embedder(self) -> Embedder:
        """What turns texts into this library's vectors; a LangChain `Embeddings`."""
        return self._embedder

    # Below: steps of the walks above.

    def _plan(self, root: Path, collection: str) -> _Plan:
        everything = self._catalog.sources(collection)
        homeless = {r for r in {source.root for source in everything} if r and r != str(root) and not Path(r).is_dir()}
        if homeless:  # the folder itself was moved
            moved = [(source.id, source.id) for source in everything if source.root in homeless]
            self._catalog.rename(collection, moved, root=str(root))
        everything = self._catalog.sources(collection)
        by_id = {source.id: source for source in everything}
        plan = _Plan(known=[source for source in everything if source.root == str(root)])
        files, plan.failed = _scan(root, include_hidden=self.settings.include_hidden)
        closed = tuple(f"{failure.path}/" for failure in plan.failed)  # what is in there may be there still
        plan.gone = [source for source in plan.known if source.id not in files and not source.id.startswith(closed)]
        older = self._catalog.read_otherwise(collection)
        plan.kept = [source for source in everything if source.id in older and source.root != str(root)]
        free = {source.file_hash: source for source in reversed(plan.gone)}
        for name, path in files.items():
            known = by_id.get(name)
            if known is not None and known.root != str(root):
                raise DocumentIdTakenError(
                    f"{name!r} in the collection {collection!r} comes from {known.root or known.id}. Sync {root} into "
                    f"a collection of its own, with collection=... or --collection, or remove the other first."
                )
            try:
                size = path.stat().st_size
                if size > self.settings.max_file_bytes:
                    plan.failed.append(Failure(name, _too_large(size, self.settings.max_file_bytes)))
                    continue
                digest = _hash_file(path)
            except OSError as error:
                plan.failed.append(Failure(name, _cannot_open(error)))
                continue
            plan.hashes[name] = digest
        current = [source for source in everything if source.id not in older]
        holders = {s.file_hash: s.id for s in current if s.root != str(root) or plan.hashes.get(s.id) == s.file_hash}
        for name, digest in plan.hashes.items():
            known = by_id.get(name)
            if known is not None and known.file_hash == digest and name not in older:
                plan.unchanged.append(name)
            elif known is None and digest in free:
                plan.renamed.append((free[digest].id, name))
                holders[digest] = name
                if free.pop(digest).id in older:
                    plan.jobs.append(self._job(files[name], name, str(files[name]), collection))
            elif digest in holders:
                plan.duplicates.append((name, holders[digest]))
            else:
                holders[digest] = name
                plan.jobs.append(self._job(files[name], name, str(files[name]), collection))
        renamed = {old for old, _ in plan.renamed}
        plan.gone = [source for source in plan.gone if source.id not in renamed]
        return plan

    def _job(self, path: Path, document_id: str, origin: str, collection: str) -> Job:
        return Job(str(path), document_id, collection, origin, self.settings.max_file_bytes)

    def _read(
        self, jobs: list[Job], collection: str, root: str, hashes: dict[str, str], progress: ProgressCallback | None
    ) -> _Outcome:
        """Load, split, chunk and index files; each is ready when its group is."""
        outcome = _Outcome()
        group = _Group(self, progress)
        workers = max(1, min(self.settings.workers, len(jobs)))
        loaded = load_files(jobs, workers=workers, seconds=self.settings.load_seconds)
        for done, (job, result) in enumerate(loaded if jobs else (), start=1):
            if progress is not None:
                progress(Progress("reading", done, len(jobs), job.document_id))
            if isinstance(result, LoadError):
                outcome.failed.append(Failure(job.document_id, result.reason))
                continue
            file_hash = hashes[job.document_id]
            try:
                self._keep_original(Path(job.path), file_hash)
            except LoadError as error:
                outcome.failed.append(Failure(job.document_id, error.reason))
                continue
            same = group.find_content(collection, result.document.content_hash)
            if same is None:
                group.add(result, root=root, file_hash=file_hash)
            else:
                self._catalog.set_sources([Source(collection, job.document_id, root, file_hash, same[0])])
                if same[1] != job.document_id:
                    outcome.duplicates.append((job.document_id, same[1]))
                    continue
            outcome.read.append(job.document_id)
            outcome.omissions.append((job.document_id, len(result.document.omissions)))
        group.finish()
        return outcome

    def _share(
        self, plan: _Plan, outcome: _Outcome, collection: str, root: str, progress: ProgressCallback | None
    ) -> None:
        """Let files with the same bytes stand for one document; those whose other half was not read are read now."""
        sources = {source.id: source for source in self._catalog.sources(collection)} if plan.duplicates else {}
        shared: list[Source] = []
        alone: list[Job] = []
        for name, same in plan.duplicates:
            file_hash = plan.hashes[name]
            if same in sources and sources[same].file_hash == file_hash:
                shared.append(Source(collection, name, root, file_hash, sources[same].document))
                outcome.duplicates.append((name, same))
            else:
                alone.append(self._job(Path(root) / name, name, str(Path(root) / name), collection))
        if shared:
            self._catalog.set_sources(shared)
        if alone:
            outcome.extend(self._read(alone, collection, root, plan.hashes, progress))

    def _read_kept(self, plan: _Plan, outcome: _Outcome, collection: str, progress: ProgressCallback | None) -> None:
        """Read again from the kept originals what was added by itself, or synced from elsewhere, and read otherwise."""
        folder = self.path / "originals"
        kept = [source for source in plan.kept if (folder / source.file_hash).is_file()]  # not what a program made
        for root in sorted({source.root for source in kept}):
            here = [source for source in kept if source.root == root]
            jobs = []
            for source in here:
                origin = self._catalog.document(source.id, collection).origin
                jobs.append(self._job(folder / source.file_hash, source.id, origin, collection))
            hashes = {source.id: source.file_hash for source in here}
            outcome.extend(self._read(jobs, collection, root, hashes, progress))

    def _add_file(
        self, path: Path, document_id: str, origin: str, collection: str, progress: ProgressCallback | None
    ) -> Document:
        known = next((s for s in self._catalog.sources(collection) if s.id == document_id), None)
        if known is not None and known.root:
            raise DocumentIdTakenError(
                f"{document_id!r} in the collection {collection!r} comes from the synced folder {known.root}. Add it "
                "to another collection, with collection=... or --collection, or give it another name."
            )
        if (problem := _name_problem(document_id)) is not None:
            raise LoadError(_printable(document_id), f"{problem}, or give it one with name=... or --name")
        try:
            digest = _hash_file(path)
        except OSError as error:
            raise LoadError(str(path), _cannot_open(error)) from error
        job = self._job(path, document_id, origin, collection)
        outcome = self._read([job], collection, "", {document_id: digest}, progress)
        if outcome.failed:
            raise LoadError(origin, outcome.failed[0].reason)
        self._sweep()
        return self._catalog.document(document_id, collection)

    def _keep_original(self, path: Path, file_hash: str) -> None:
        """Keep a file's bytes, provided that they are still those that were hashed before it was read."""
        target = self.path / "originals" / file_hash
        unfinished = target.with_name(target.name + ".part")
        try:
            if _hash_file(path) != file_hash:
                raise LoadError(str(path), "it changed while it was read; sync again when it is at rest")
        except OSError as error:
            raise LoadError(str(path), f"it vanished while it was read ({error.strerror}); sync again") from error
        if not target.exists():
            try:
                target.parent.mkdir(exist_ok=True)
                shutil.copyfile(path, unfinished)
                os.replace(unfinished, target)
            except OSError as error:
                unfinished.unlink(missing_ok=True)
                raise LibraryStorageError(
                    f"{path} cannot be copied to {target.parent} ({error.strerror}). Make room on the disk or allow "
                    "writing to the folder, then do it again. What was finished before is kept."
                ) from error

    def _index_pending(self, keys: Sequence[int], progress: ProgressCallback | None) -> None:
        """Put the chunks of pending documents into both indexes, then let searches see them."""
        started = time.perf_counter()
        self._embed(progress)
        embedded = _since(started)
        self._write_indexes(keys)
        self._catalog.make_ready(keys)
        told = {"count": len(keys), "embedding_seconds": embedded, "seconds": _since(started)}
        log.debug("documents made ready", extra={"event": "ready", **told})

    def _embed(self, progress: ProgressCallback | None) -> None:
        """Keep the vectors of every document that has none."""
        waiting = self._catalog.unembedded()
        total, done = sum(chunks for _, chunks in waiting), 0
        for keys in _groups(waiting):
            rows = self._catalog.index_rows(keys)
            parts = []
            for start in range(0, len(rows), GROUP):
                texts = [embedded_text(r.title, r.headings, r.text) for r in rows[start : start + GROUP]]
                parts.append(self._embedder.encode_documents(texts))
                done += len(texts)
                if progress is not None:
                    progress(Progress("embedding", done, total))
            self._catalog.set_vectors(keys, np.concatenate(parts) if parts else np.empty((0, 0), dtype=np.float32))

    def _write_indexes(self, keys: Sequence[int]) -> None:
        for collection, (ids, vectors) in self._catalog.vectors(keys).items():
            self._open_index().add(collection, ids, vectors)
        self._words.add([_word_row(row) for row in self._catalog.index_rows(keys)])

    def _sweep(self) -> None:
        """Take what was retired out of the indexes, then out of the catalog."""
        if not self._catalog.settled():
            retired = self._catalog.retired()
            exact = self._catalog.chunk_count() <= EXACT_CHUNKS
            for collection in sorted({name for name, _ in retired}):
                ids = [chunk_id for name, chunk_id in retired if name == collection]
                self._open_index().remove(collection, ids)
                if not exact:
                    self._words.remove(collection, ids)
            if retired and exact:
                self._words.replace(map(_word_row, self._catalog.index_rows()))
            self._catalog.settle()
        needed = self._catalog.file_hashes()
        for path in (self.path / "originals").glob("*"):
            if path.name not in needed:
                path.unlink(missing_ok=True)

    def _recover(self, progress: ProgressCallback | None, *, broken_off: bool = False) -> None:
        """Finish what an interrupted walk left undone, and mend indexes that do not hold what the catalog says."""
        index, home = self._open_index(), self.settings.chroma or "folder"
        if broken_off and not self._catalog.settled():
            # a killed process leaves files that tantivy trips over, and vectors that Chroma counts but does not find
            self._words.clear()
            if not self.settings.chroma:
                for collection in index.collections():
                    index.drop(collection)
        self._embed(progress)
        pending = self._catalog.pending()
        if pending:
            self._index_pending(pending, progress)
        counts = {sum(index.count(name) for name in index.collections()), self._words.count()}
        undisturbed = self._catalog.settled() and self._catalog.fact("vectors") == home
        if not undisturbed or counts != {self._catalog.chunk_count()}:
            self._mend_indexes(index)
            self._catalog.set_fact("vectors", home)
        self._sweep()

    def _mend_indexes(self, index: VectorIndex) -> None:
        wanted = self._catalog.chunk_ids()
        in_vectors = {(name, chunk_id) for name in index.collections() for chunk_id in index.ids(name)}
        in_words = self._words.ids()
        for name in index.collections():
            index.remove(name, [chunk_id for found, chunk_id in in_vectors - wanted.keys() if found == name])
            if not any(found == name for found, _ in wanted):
                index.drop(name)
        for name in sorted({name for name, _ in in_words - wanted.keys()}):
            self._words.remove(name, [chunk_id for found, chunk_id in in_words - wanted.keys() if found == name])
        missing = sorted({key for chunk, key in wanted.items() if chunk not in in_vectors & in_words})
        for start in range(0, len(missing), GROUP):
            self._write_indexes(missing[start : start + GROUP])
        if (missing or in_words - wanted.keys()) and self._catalog.chunk_count() <= EXACT_CHUNKS:
            self._words.replace(map(_word_row, self._catalog.index_rows()))

    def _make_anew(self, progress: ProgressCallback | None) -> None:
        """Forget both indexes, cut every document into chunks again and index them."""
        self._catalog.replace_chunks(self._chunk, embedder=self._embedder.fingerprint)
        for collection in self._open_index().collections():
            self._open_index().drop(collection)
        self._words.clear()
        self._recover(progress)

    def _open_index(self) -> VectorIndex:
        if self._index is None:
            place = self.settings.chroma or self.path / "vectors"
            self._index = VectorIndex(place, library_id=self._catalog.fact("id") or "")
        return self._index

    def _let_go(self) -> None:
        if self._index is not None:
            self._index.close()
        self._words.close()
        self._catalog.close()

    def _chunk(self, document: Document, sentences: Sequence[Span]) -> list[Chunk]:
        return chunk_document(
            document,
            sentences,
            count_tokens=self._embedder.count_tokens,
            size=self.settings.chunk_tokens,
            limit=self._embedder.limit,
        )

    def _check_embedder(self) -> None:
        known = self._catalog.fact("embedder")
        if known is None:
            if not self.read_only:
                self._catalog.set_fact("embedder", self._embedder.fingerprint)
        elif known != self._embedder.fingerprint:
            raise EmbedderError(
                f"The library at {self.path} was built with the embedder {known!r}, this is "
                f"{self._embedder.fingerprint!r}. Name the first one, or embed the documents again with: "
                f"python -m knowledge --library {self.path} rebuild --embedder {self._embedder.name}"
            )

    def _refresh(self) -> None:
        """See what has changed since the last search, in this process or in another."""
        if self._catalog.generation() == self._generation:
            return
        with self._refreshing:
            generation = self._catalog.generation()
            if generation != self._generation:
                if self.read_only:
                    self._check_embedder()
                    self._words.refresh()
                self._vectors = self._choose_vectors()
                self._generation = generation

    def _choose_vectors(self) -> Vectors:
        """What searches by meaning: all vectors one by one while that takes milliseconds, Chroma's graph above that.

        The graph is approximate, and not the same each time it is built. Where many chunks are equal, as a notice in
        every document is, it may not lead to the others at all: of twelve libraries with 140 equal chunks and three
        others, four did not find the best.
        """
        beside_a_writer = self.read_only and not self.settings.chroma
        if beside_a_writer or self._catalog.chunk_count() <= EXACT_CHUNKS:
            return LoadedVectors(self._catalog.vectors())
        return self._open_index()

    @contextmanager
    def _change(self, collection: str, progress: ProgressCallback | None = None) -> Iterator[None]:
        """One thread at a time; what an earlier walk left undone when it failed is finished first."""
        if self.read_only:
            raise LibraryReadOnlyError(
                f"The library at {self.path} was opened with read_only=True. Open it without, to change it."
            )
        _check_collection(collection)
        with self._writing:
            if not self._catalog.settled():
                self._recover(progress)
            yield


@dataclass(slots=True)
class _Plan:
    """What a sync is going to do."""

    known: list[Source]
    kept: list[Source] = field(default_factory=list)
    """Not of this folder, and made by another version of the reading code."""
    gone: list[Source] = field(default_factory=list)
    renamed: list[tuple[str, str]] = field(default_factory=list)
    duplicates: list[tuple[str, str]] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    hashes: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Outcome:
    """What reading files came to."""

    read: list[str] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    duplicates: list[tuple[str, str]] = field(default_factory=list)
    omissions: list[tuple[str, int]] = field(default_factory=list)

    def extend(self, more: _Outcome) -> None:
        self.read += more.read
        self.failed += more.failed
        self.duplicates += more.duplicates
        self.omissions += more.omissions


class _Group:
    """Documents that become ready together, once they have enough chunks or there are no more."""

    def __init__(self, library: Library, progress: ProgressCallback | None) -> None:
        self._library = library
        self._progress = progress
        self._waiting: list[NewDocument] = []

    def find_content(self, collection: str, content_hash: str) -> tuple[int, str] | None:
        """Key and id of the ready document that has this content; one that waits here is made ready first."""
        if any(one.document.content_hash == content_hash for one in self._waiting):
            self.finish()
        return self._library._catalog.find_content(collection, content_hash)

    def add(self, loaded: Loaded, *, root: str, file_hash: str) -> None:
        chunks = self._library._chunk(loaded.document, loaded.sentences)
        self._waiting.append(
            NewDocument(loaded.document, loaded.sentences, chunks, loaded.questions, root=root, file_hash=file_hash)
        )
        if sum(max(1, len(one.chunks)) for one in self._waiting) >= GROUP:
            self.finish()

    def finish(self) -> None:
        if self._waiting:
            keys = self._library._catalog.add_pending(self._waiting)
            self._library._index_pending(keys, self._progress)
        self._waiting = []


def _log_sync(report: SyncReport, collection: str, started: float) -> None:
    told = {
        "added": report.added,
        "updated": report.updated,
        "renamed": report.renamed,
        "removed": report.removed,
        "failed": tuple(failure.path for failure in report.failed),
        "duplicates": len(report.duplicates),
        "unchanged": len(report.unchanged),
    }
    log.info("synced", extra={"event": "sync", "collection": collection, **told, "seconds": _since(started)})


def _loggable(document_id: str) -> str:
    """The id, of an address without what may be a key: user, query and fragment."""
    if not document_id.lower().startswith(("http://", "https://")):
        return document_id
    parts = urlsplit(document_id)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def _since(started: float) -> float:
    return round(time.perf_counter() - started, 3)


def _groups(waiting: Sequence[tuple[int, int]]) -> Iterator[list[int]]:
    """Documents, given as (key, number of chunks), in groups of about `GROUP` chunks."""
    keys: list[int] = []
    size = 0
    for key, chunks in waiting:
        keys.append(key)
        size += max(1, chunks)
        if size >= GROUP:
            yield keys
            keys, size = [], 0
    if keys:
        yield keys


def _sought(document: Document, span: Span) -> Sought:
    """The words of a span, what stands around them, and the pages on which they may stand.

    A block has the page on which it begins; it may reach to the one on which the next block begins.
    """
    text, blocks = document.text, document.blocks
    place = max(0, bisect_right(blocks, span.start, key=lambda block: block.start) - 1)
    first = (blocks[place].page if blocks else None) or 1
    below = blocks[place + 1].page if place + 1 < len(blocks) else None
    return Sought(
        words=text[span.start : span.end],
        before=text[max(0, span.start - PICTURE_CONTEXT) : span.start],
        after=text[span.end : span.end + PICTURE_CONTEXT],
        first=first,
        last=below or first + 1,
    )


def _word_row(row: IndexRow) -> WordRow:
    return WordRow(row.collection, row.id, " ".join([row.title, *row.headings]), row.text)


def _hash_file(path: Path) -> str:
    """SHA-256 and suffix: the same bytes under another suffix are read in another way."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() + path.suffix.lower()


def _too_large(size: int, limit: int) -> str:
    return (
        f"it has {size / 2**20:.0f} MiB, more than the {limit / 2**20:.0f} MiB that are read; "
        "raise max_file_bytes in LibrarySettings to read it"
    )


def _cannot_open(error: OSError) -> str:
    vanished = isinstance(error, FileNotFoundError)
    return f"it cannot be opened ({error.strerror}); {'look for it, or sync again' if vanished else 'allow reading it'}"


def _scan(root: Path, *, include_hidden: bool) -> tuple[dict[str, Path], list[Failure]]:
    """Every file below a folder that can be read, by id, and why not those of a right name that cannot."""
    files: dict[str, Path] = {}
    failed: list[Failure] = []

    def closed(error: OSError) -> None:
        name = Path(os.fsdecode(error.filename)).relative_to(root).as_posix()
        failed.append(Failure(_printable(name), f"the folder cannot be opened ({error.strerror}); allow reading it"))

    for path in _walk(root, include_hidden, closed):
        name = path.relative_to(root).as_posix()
        reason = _name_problem(name) or _entry_problem(path, root)
        if reason is not None:
            failed.append(Failure(_printable(name), reason))
        else:
            files[name] = path
    return dict(sorted(files.items())), failed


def _walk(root: Path, include_hidden: bool, closed: Callable[[OSError], None]) -> Iterator[Path]:
    """What has the name of a file that is read, and links to folders elsewhere, which are not followed."""
    for folder, folders, names in os.walk(root, onerror=closed):
        if not include_hidden:
            folders[:] = [name for name in folders if not name.startswith(".")]
            names = [name for name in names if not name.startswith(".")]
        folders.sort()
        here = Path(folder)
        yield from (here / name for name in sorted(names) if Path(name).suffix.lower() in SUFFIXES)
        yield from (here / name for name in folders if (here / name).is_symlink() and not _is_inside(here / name, root))


def _is_inside(path: Path, root: Path) -> bool:
    return Path(os.path.realpath(path)).is_relative_to(root)


def _name_problem(name: str) -> str | None:
    """Why a document cannot have this id; None when it can."""
    if any("\ud800" <= character <= "\udfff" for character in name):
        return "its name is not valid UTF-8; rename it"
    if any(unicodedata.category(character) in ("Cc", "Zl", "Zp") or character in _DIRECTIONS for character in name):
        return "its name holds control characters; rename it"
    return None


def _entry_problem(path: Path, root: Path) -> str | None:
    """Why what has the name of a file that is read is none; None when it is one."""
    if not _is_inside(path, root):
        return "it is a link to a place outside the folder; add or sync that place by itself"
    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        if os.path.islink(path):
            return f"it is a link to nothing that can be opened ({error.strerror}); remove it, or point it at a file"
        return _cannot_open(error)
    return None if stat.S_ISREG(mode) else "it is no file but a pipe, a socket or a device; remove it"


def _printable(name: str) -> str:
    return name if _name_problem(name) is None else repr(name)


def _check_collection(name: str) -> None:
    allowed = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
    if not (1 <= len(name) <= 64 and set(name) <= allowed and name[0].isalnum() and name[-1].isalnum()):
        raise KnowledgeError(
            f"{name!r} cannot be the name of a collection. Use 1 to 64 letters, digits, '.', '_' or '-', "
            "beginning and ending with a letter or digit."
        )


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """The library's folder, made if it is not there, with no other writer."""
    owner = folder / "owner"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(str(folder / "lock"), timeout=0)
        lock.acquire()
    except Timeout:
        who = owner.read_text(encoding="utf-8") if owner.exists() else "another process"
        raise LibraryInUseError(
            f"The library at {folder} is being written to by {who}. Wait until it has ended, stop it, or open the "
            "library with read_only=True."
        ) from None
    except OSError as error:
        raise LibraryStorageError(
            f"The library at {folder} cannot be written to ({error.strerror}). Allow it, choose another folder with "
            "--library, or open the library with read_only=True."
        ) from error
    try:
        owner.write_text(f"process {os.getpid()} on {socket.gethostname()}", encoding="utf-8")
        yield
        owner.unlink(missing_ok=True)
    finally:
        lock.release()
