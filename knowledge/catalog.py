"""Documents, sentences, chunks and their vectors: the truth, in SQLite. The indexes are derived from it.

A document is *pending* from the moment it is written until both indexes hold its chunks, then *ready*, and *retired*
from the moment a newer version is ready or it is removed until its rows are deleted. Only ready documents are seen.
Whatever leaves the indexes to be changed says so in the same transaction, until `settle` says that they have been.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    ExceptionContext,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    Select,
    String,
    Table,
    Text,
    and_,
    create_engine,
    delete,
    event,
    func,
    insert,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects.sqlite import insert as upsert

from knowledge.encoder import Matrix
from knowledge.errors import DocumentNotFoundError, LibraryStorageError, SchemaError
from knowledge.types import READING, Block, Chunk, Document, DocumentQuestion, DocumentSummary, Hit, Omission, Span

UPGRADES = (
    # 1 to 2: vectors are kept here, so that an index is repaired without embedding, and read without Chroma
    "CREATE TABLE vectors (document INTEGER NOT NULL PRIMARY KEY, matrix BLOB NOT NULL, "
    "FOREIGN KEY(document) REFERENCES documents (key) ON DELETE CASCADE)",
    # 2 to 3: which version of the reading code made a document, so that another one reads its file again
    "ALTER TABLE documents ADD COLUMN reading INTEGER DEFAULT '1' NOT NULL",
)
"""What makes a catalog of each schema version one of the next; never changed, only added to."""

SCHEMA_VERSION = 1 + len(UPGRADES)

PENDING, READY, RETIRED = "pending", "ready", "retired"

metadata = MetaData()

facts = Table(
    "facts",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", String, nullable=False),
)

documents = Table(
    "documents",
    metadata,
    Column("key", Integer, primary_key=True, autoincrement=True),
    Column("collection", String, nullable=False),
    Column("id", String, nullable=False),
    Column("state", String, nullable=False),
    Column("root", String, nullable=False),
    Column("file_hash", String, nullable=False),
    Column("content_hash", String, nullable=False),
    Column("title", Text, nullable=False),
    Column("author", Text),
    Column("published", String),
    Column("origin", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("blocks", Text, nullable=False),
    Column("sentences", LargeBinary, nullable=False),
    Column("omissions", Text, nullable=False),
    Column("reading", Integer, nullable=False, server_default="1"),
    Index("documents_by_id", "collection", "id", "state"),
    Index("documents_by_content", "collection", "content_hash"),
    sqlite_autoincrement=True,
)

chunks = Table(
    "chunks",
    metadata,
    Column("document", Integer, ForeignKey("documents.key", ondelete="CASCADE"), primary_key=True),
    Column("id", String, primary_key=True),
    Column("collection", String, nullable=False),
    Column("first_sentence", Integer, nullable=False),
    Column("last_sentence", Integer, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("headings", Text, nullable=False),
    Column("page", Integer),
    Index("chunks_by_id", "collection", "id"),
)

vectors = Table(
    "vectors",
    metadata,
    Column("document", Integer, ForeignKey("documents.key", ondelete="CASCADE"), primary_key=True),
    Column("matrix", LargeBinary, nullable=False),
)
"""One row a document: float32, shape (chunks in the order of their ids, dimension)."""

questions = Table(
    "questions",
    metadata,
    Column("document", Integer, ForeignKey("documents.key", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("question", Text, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("answer_start", Integer, nullable=False),
    Column("answer_end", Integer, nullable=False),
)

sources = Table(
    "sources",
    metadata,
    Column("collection", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("root", String, nullable=False),
    Column("file_hash", String, nullable=False),
    Column("document", Integer, ForeignKey("documents.key", ondelete="CASCADE"), nullable=False),
    Index("sources_by_document", "document"),
)


@dataclass(frozen=True, slots=True)
class Source:
    """A file or address that a document comes from; several with the same content share one document."""

    collection: str
    id: str
    root: str
    """The synced folder; empty for what was added by itself."""
    file_hash: str
    document: int


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A document with everything that was found in it."""

    document: Document
    sentences: Sequence[Span]
    chunks: Sequence[Chunk]
    questions: Sequence[DocumentQuestion]
    root: str
    file_hash: str


@dataclass(frozen=True, slots=True)
class IndexRow:
    """A chunk as the indexes take it."""

    collection: str
    id: str
    title: str
    headings: tuple[str, ...]
    text: str


class Catalog:
    """The tables, opened once and used from any thread; one thread writes at a time."""

    def __init__(self, path: Path, *, read_only: bool) -> None:
        """Open, or make, the database file `path`.

        Raises:
            SchemaError: the file was made by a newer version.
        """
        self._path = path
        self._engine = _engine(path, read_only=read_only)
        try:
            self._bring_up_to_date(path, read_only=read_only)
        except BaseException:
            self._engine.dispose()
            raise

    def _bring_up_to_date(self, path: Path, *, read_only: bool) -> None:
        with self._engine.connect() as connection:
            version = int(connection.execute(text("PRAGMA user_version")).scalar_one())
        if version > SCHEMA_VERSION:
            raise SchemaError(
                f"{path} has schema {version}, this version of Key Questions knows {SCHEMA_VERSION}. "
                "Upgrade with: pip install --upgrade key-questions"
            )
        if version < SCHEMA_VERSION and read_only:
            raise SchemaError(
                f"{path} has schema {version}, older than {SCHEMA_VERSION}. Bring it up to date by opening the library "
                f"for writing once, for example with: python -m knowledge --library {path.parent} sync FOLDER"
            )
        if version < SCHEMA_VERSION:
            with self._engine.begin() as connection:
                connection.execute(text("BEGIN IMMEDIATE"))  # sqlite3 would commit each table by itself
                if version == 0:
                    metadata.create_all(connection)
                for statement in UPGRADES[version - 1 :] if version else ():
                    connection.execute(text(statement))
                connection.execute(text(f"PRAGMA user_version = {SCHEMA_VERSION}"))

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    @contextmanager
    def _change(self) -> Iterator[Connection]:
        """A transaction after which the indexes have to follow."""
        with self._engine.begin() as connection:
            _set_fact(connection, "indexes", "changing")
            yield connection

    # Facts about the library as a whole.

    def fact(self, name: str) -> str | None:
        """The value kept under a name."""
        with self._engine.connect() as connection:
            return connection.execute(select(facts.c.value).where(facts.c.name == name)).scalar_one_or_none()

    def set_fact(self, name: str, value: str) -> None:
        """Keep a value under a name."""
        with self._engine.begin() as connection:
            _set_fact(connection, name, value)

    def settled(self) -> bool:
        """Whether the indexes hold the chunks of the ready documents and no others, as far as the catalog knows."""
        return self.fact("indexes") in (None, "settled")

    def generation(self) -> int:
        """A number that grows whenever something that a search can see changes."""
        return int(self.fact("generation") or 0)

    # The document walk.

    def sources(self, collection: str) -> list[Source]:
        """Every source of a collection, by id."""
        statement = select(sources).where(sources.c.collection == collection).order_by(sources.c.id)
        with self._engine.connect() as connection:
            return [Source(**row) for row in connection.execute(statement).mappings()]

    def read_otherwise(self, collection: str) -> set[str]:
        """Ids of the sources whose documents were made by another version of the reading code."""
        statement = select(sources.c.id).join(documents, documents.c.key == sources.c.document)
        here = and_(sources.c.collection == collection, documents.c.reading != READING)
        with self._engine.connect() as connection:
            return set(connection.execute(statement.where(here)).scalars())

    def add_pending(self, new: Sequence[NewDocument]) -> list[int]:
        """Write documents that no search sees yet, all at once; returns their keys."""
        with self._change() as connection:
            return [_insert_document(connection, one) for one in new]

    def pending(self) -> list[int]:
        """Keys of the documents that are not yet ready, oldest first."""
        statement = select(documents.c.key).where(documents.c.state == PENDING).order_by(documents.c.key)
        with self._engine.connect() as connection:
            return list(connection.execute(statement).scalars())

    def unembedded(self) -> list[tuple[int, int]]:
        """(key, number of chunks) of the documents whose vectors are not kept yet, oldest first."""
        statement = (
            select(documents.c.key, func.count(chunks.c.id).label("chunks"))
            .outerjoin(chunks, chunks.c.document == documents.c.key)
            .outerjoin(vectors, vectors.c.document == documents.c.key)
            .where(documents.c.state != RETIRED, vectors.c.document.is_(None))
            .group_by(documents.c.key)
            .order_by(documents.c.key)
        )
        with self._engine.connect() as connection:
            return [(row.key, row.chunks) for row in connection.execute(statement)]

    def set_vectors(self, keys: Sequence[int], matrix: Matrix) -> None:
        """Keep the vectors of these documents, in the order in which `index_rows` gives their chunks."""
        counted = select(chunks.c.document, func.count().label("n")).where(chunks.c.document.in_(keys))
        with self._change() as connection:
            counts = {row.document: row.n for row in connection.execute(counted.group_by(chunks.c.document))}
            rows, start = [], 0
            for key in sorted(keys):
                end = start + counts.get(key, 0)
                rows.append({"document": key, "matrix": np.asarray(matrix[start:end], dtype="<f4").tobytes()})
                start = end
            connection.execute(insert(vectors), rows)

    def vectors(self, keys: Sequence[int] | None = None) -> dict[str, tuple[list[str], Matrix]]:
        """Chunk ids and vectors of these documents, or of all that are ready, by collection."""
        wanted = documents.c.state == READY if keys is None else documents.c.key.in_(keys)
        named = select(chunks.c.document, chunks.c.id).join(documents).where(wanted)
        kept = select(documents.c.collection, vectors).join(documents).where(wanted).order_by(vectors.c.document)
        ids: dict[int, list[str]] = {}
        found: dict[str, tuple[list[str], list[bytes]]] = {}
        with self._engine.connect() as connection:
            connection.execute(text("BEGIN"))  # both selects see the same moment
            for key, chunk_id in connection.execute(named.order_by(chunks.c.document, chunks.c.id)):
                ids.setdefault(key, []).append(chunk_id)
            for row in connection.execute(kept):
                if row.document in ids:
                    names, matrices = found.setdefault(row.collection, ([], []))
                    names.extend(ids[row.document])
                    matrices.append(row.matrix)
        return {
            collection: (names, np.frombuffer(b"".join(matrices), dtype="<f4").reshape(len(names), -1))
            for collection, (names, matrices) in found.items()
        }

    def make_ready(self, keys: Sequence[int]) -> None:
        """Let searches see these documents instead of their older versions, all at once."""
        new = select(documents.c.collection, documents.c.id, documents.c.root, documents.c.file_hash, documents.c.key)
        with self._change() as connection:
            rows = [Source(*row) for row in connection.execute(new.where(documents.c.key.in_(keys)))]
            for source in rows:
                _release(connection, source.collection, source.id)
            connection.execute(update(documents).where(documents.c.key.in_(keys)).values(state=READY))
            _set_sources(connection, rows)
            _advance(connection)

    def set_sources(self, same: Sequence[Source]) -> None:
        """Say that each source has the content of the ready document `source.document`.

        If it stood for another document before, that one goes, unless other sources share it.
        """
        with self._change() as connection:
            for source in same:
                here = and_(sources.c.collection == source.collection, sources.c.id == source.id)
                held = connection.execute(select(sources.c.document).where(here)).scalar_one_or_none()
                if held != source.document:
                    _release(connection, source.collection, source.id)
            _set_sources(connection, same)
            _advance(connection)

    def rename(self, collection: str, names: Iterable[tuple[str, str]], *, root: str) -> None:
        """Give sources, and the documents they stand for, other ids: (old, new), all at once."""
        with self._change() as connection:
            for old, new in names:
                here = and_(sources.c.collection == collection, sources.c.id == old)
                key = connection.execute(select(sources.c.document).where(here)).scalar_one()
                connection.execute(update(sources).where(here).values(id=new, root=root))
                own = and_(documents.c.key == key, documents.c.id == old)
                values = {"id": new, "root": root, "origin": str(Path(root) / new)}
                connection.execute(update(documents).where(own).values(values))
            _advance(connection)

    def remove(self, collection: str, names: Iterable[str]) -> None:
        """Retire what sources stand for, unless other sources share it, all at once."""
        with self._change() as connection:
            for name in names:
                _release(connection, collection, name)
            _advance(connection)

    def retired(self) -> list[tuple[str, str]]:
        """(collection, chunk id) of the chunks that may go."""
        kept = select(chunks.c.id, chunks.c.collection).join(documents).where(documents.c.state != RETIRED).subquery()
        statement = (
            select(chunks.c.collection, chunks.c.id)
            .join(documents)
            .outerjoin(kept, and_(kept.c.id == chunks.c.id, kept.c.collection == chunks.c.collection))
            .where(documents.c.state == RETIRED, kept.c.id.is_(None))
        )
        with self._engine.connect() as connection:
            return [(row.collection, row.id) for row in connection.execute(statement)]

    def settle(self) -> None:
        """Forget retired documents, once the indexes have; the indexes are what they should be."""
        with self._engine.begin() as connection:
            connection.execute(delete(documents).where(documents.c.state == RETIRED))
            _set_fact(connection, "indexes", "settled")

    def find_content(self, collection: str, content_hash: str) -> tuple[int, str] | None:
        """Key and id of the document, ready or pending, that this version of the reading code made of this content."""
        statement = select(documents.c.key, documents.c.id).where(
            documents.c.collection == collection,
            documents.c.content_hash == content_hash,
            documents.c.reading == READING,
            documents.c.state != RETIRED,
        )
        with self._engine.connect() as connection:
            row = connection.execute(statement.order_by(documents.c.key)).first()
            return (row.key, row.id) if row else None

    def index_rows(self, keys: Sequence[int] | None = None) -> list[IndexRow]:
        """The chunks of these documents, or of all that are ready, as the indexes take them."""
        wanted = documents.c.state == READY if keys is None else documents.c.key.in_(keys)
        statement = (
            select(
                chunks.c.collection,
                chunks.c.id,
                documents.c.title,
                chunks.c.headings,
                func.substr(documents.c.text, chunks.c.start + 1, chunks.c.end - chunks.c.start).label("text"),
            )
            .join(documents)
            .where(wanted)
            .order_by(chunks.c.document, chunks.c.id)
        )
        with self._engine.connect() as connection:
            return [
                IndexRow(row.collection, row.id, row.title, tuple(json.loads(row.headings)), row.text)
                for row in connection.execute(statement)
            ]

    def replace_chunks(self, chunk: Callable[[Document, Sequence[Span]], Sequence[Chunk]], *, embedder: str) -> None:
        """Cut every ready document into chunks again, for the embedder with this fingerprint, all at once."""
        with self._change() as connection:
            connection.execute(delete(vectors))
            keys = connection.execute(select(documents.c.key).where(documents.c.state == READY)).scalars().all()
            for key in keys:
                row = connection.execute(select(documents).where(documents.c.key == key)).one()
                connection.execute(delete(chunks).where(chunks.c.document == key))
                _insert_chunks(connection, key, row.collection, chunk(_document(row), _spans(row.sentences)))
            _set_fact(connection, "embedder", embedder)
            _advance(connection)

    def chunk_ids(self) -> dict[tuple[str, str], int]:
        """(collection, chunk id) of every chunk of a ready document, and the document's key."""
        statement = select(chunks.c.collection, chunks.c.id, chunks.c.document).join(documents)
        with self._engine.connect() as connection:
            rows = connection.execute(statement.where(documents.c.state == READY))
            return {(row.collection, row.id): row.document for row in rows}

    def chunk_count(self) -> int:
        """Number of distinct chunks of ready documents."""
        statement = select(func.count()).select_from(chunks.join(documents)).where(documents.c.state == READY)
        with self._engine.connect() as connection:
            return int(connection.execute(statement).scalar_one())

    def file_hashes(self) -> set[str]:
        """Hashes of the original files that some document needs."""
        with self._engine.connect() as connection:
            return set(connection.execute(select(documents.c.file_hash)).scalars())

    # What readers ask.

    def collections(self) -> list[str]:
        """Names of the collections that have a ready document."""
        statement = select(documents.c.collection).where(documents.c.state == READY).distinct()
        with self._engine.connect() as connection:
            return sorted(connection.execute(statement).scalars())

    def hits(self, found: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Hit]:
        """What (collection, chunk id) pairs stand for; pairs of no ready document are left out. Scores are 0."""
        wanted = list(dict.fromkeys(found))
        if not wanted:
            return {}
        length = chunks.c.end - chunks.c.start
        sentence_bytes = (chunks.c.last_sentence - chunks.c.first_sentence) * 8
        statement = (
            select(
                chunks,
                documents.c.id.label("document_id"),
                documents.c.content_hash,
                documents.c.title,
                documents.c.published,
                func.substr(documents.c.text, chunks.c.start + 1, length).label("text"),
                func.substr(documents.c.sentences, chunks.c.first_sentence * 8 + 1, sentence_bytes).label("spans"),
            )
            .join(documents)
            .where(documents.c.state == READY, tuple_(chunks.c.collection, chunks.c.id).in_(wanted))
        )
        with self._engine.connect() as connection:
            return {(row.collection, row.id): _hit(connection, row) for row in connection.execute(statement)}

    def document(self, document_id: str, collection: str | None) -> Document:
        """A ready document, by its id or that of another file with the same content.

        Raises:
            DocumentNotFoundError: there is none, or several collections have one and none was named.
        """
        return _document(self._ready_row(select(documents), document_id, collection))

    def sentences(self, document_id: str, collection: str | None) -> tuple[Span, ...]:
        """The sentences of a ready document, in order; found, or not, as `document` finds it."""
        wanted = select(documents.c.collection, documents.c.sentences)
        return _spans(self._ready_row(wanted, document_id, collection).sentences)

    def _ready_row(self, wanted: Select[Any], document_id: str, collection: str | None) -> Row[Any]:
        ready = wanted.where(documents.c.state == READY)
        if collection is not None:
            ready = ready.where(documents.c.collection == collection)
        by_id = ready.where(documents.c.id == document_id)
        by_alias = ready.join(sources, sources.c.document == documents.c.key).where(sources.c.id == document_id)
        with self._engine.connect() as connection:
            rows = connection.execute(by_id).all() or connection.execute(by_alias).all()
        if not rows:
            where = f" in the collection {collection!r}" if collection else ""
            raise DocumentNotFoundError(f"No document {document_id!r}{where}. List them with: python -m knowledge list")
        if len(rows) > 1:
            names = ", ".join(sorted(repr(row.collection) for row in rows))
            raise DocumentNotFoundError(f"{document_id!r} is in the collections {names}: name one with collection=")
        return rows[0]

    def summaries(self, only: Sequence[str] | None) -> list[DocumentSummary]:
        """Every ready document, by collection and id."""
        counts = select(chunks.c.document, func.count().label("n")).group_by(chunks.c.document).subquery()
        statement = (
            select(
                documents.c.key,
                documents.c.id,
                documents.c.collection,
                documents.c.title,
                documents.c.published,
                documents.c.author,
                documents.c.content_hash,
                documents.c.origin,
                func.length(documents.c.text).label("characters"),
                func.coalesce(counts.c.n, 0).label("chunks"),
            )
            .outerjoin(counts, counts.c.document == documents.c.key)
            .where(documents.c.state == READY)
            .order_by(documents.c.collection, documents.c.id)
        )
        if only is not None:
            statement = statement.where(documents.c.collection.in_(only))
        with self._engine.connect() as connection:
            aliases: dict[int, list[str]] = {}
            for row in connection.execute(select(sources.c.document, sources.c.id).order_by(sources.c.id)):
                aliases.setdefault(row.document, []).append(row.id)
            return [
                DocumentSummary(
                    id=row.id,
                    collection=row.collection,
                    title=row.title,
                    published=_date(row.published),
                    author=row.author,
                    content_hash=row.content_hash,
                    origin=row.origin,
                    characters=row.characters,
                    chunks=row.chunks,
                    aliases=tuple(alias for alias in aliases.get(row.key, ()) if alias != row.id),
                )
                for row in connection.execute(statement)
            ]

    def questions(self, only: Sequence[str] | None) -> list[DocumentQuestion]:
        """The questions that ready documents ask themselves, by collection, document and place."""
        statement = (
            select(questions, documents.c.id, documents.c.collection)
            .join(documents)
            .where(documents.c.state == READY)
            .order_by(documents.c.collection, documents.c.id, questions.c.number)
        )
        if only is not None:
            statement = statement.where(documents.c.collection.in_(only))
        with self._engine.connect() as connection:
            return [
                DocumentQuestion(
                    document_id=row.id,
                    collection=row.collection,
                    question=row.question,
                    start=row.start,
                    end=row.end,
                    answer_start=row.answer_start,
                    answer_end=row.answer_end,
                )
                for row in connection.execute(statement)
            ]

    def original(self, document_id: str, collection: str) -> tuple[str, str]:
        """(hash, origin) of the file that a ready document was read from."""
        statement = select(documents.c.file_hash, documents.c.origin).where(
            documents.c.id == document_id, documents.c.collection == collection, documents.c.state == READY
        )
        with self._engine.connect() as connection:
            row = connection.execute(statement).one()
            return row.file_hash, row.origin


def _engine(path: Path, *, read_only: bool) -> Engine:
    # a folder that must not be written to has no room for the files that SQLite coordinates by: it is taken as it lies
    lies_still = read_only and not os.access(path.parent, os.W_OK) and not Path(f"{path}-wal").exists()
    mode = "mode=ro&immutable=1" if lies_still else "mode=rwc"
    engine = create_engine(f"sqlite:///file:{quote(str(path))}?{mode}&uri=true")

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA busy_timeout = 30000")
        cursor.execute("PRAGMA foreign_keys = ON")
        if read_only:
            cursor.execute("PRAGMA query_only = ON")
        else:
            cursor.execute("PRAGMA journal_mode = WAL")
            cursor.execute("PRAGMA synchronous = FULL")
        cursor.close()

    @event.listens_for(engine, "handle_error")
    def explain(context: ExceptionContext) -> None:
        error = context.original_exception
        if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.IntegrityError):
            raise LibraryStorageError(
                f"{path} cannot be read or written ({error}). {_mend(error)} What was finished before is kept."
            ) from error

    return engine


def _mend(error: sqlite3.Error) -> str:
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_FULL:
            return "Make room on the disk, then do it again."
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return "Allow writing to the folder, or choose another with --library."
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return "It is damaged, or no library: move it away and sync again."
        case _:
            return "Do it again."


def _insert_document(connection: Connection, new: NewDocument) -> int:
    document = new.document
    spans = np.array([(span.start, span.end) for span in new.sentences], dtype="<i4").reshape(-1, 2)
    result = connection.execute(
        insert(documents).values(
            collection=document.collection,
            id=document.id,
            state=PENDING,
            root=new.root,
            file_hash=new.file_hash,
            content_hash=document.content_hash,
            title=document.title,
            author=document.author,
            published=document.published.isoformat() if document.published else None,
            origin=document.origin,
            text=document.text,
            blocks=json.dumps([[b.kind, b.start, b.end, b.level, b.page] for b in document.blocks]),
            sentences=spans.tobytes(),
            omissions=json.dumps([asdict(omission) for omission in document.omissions]),
            reading=READING,
        )
    )
    key = int(result.inserted_primary_key[0])  # type: ignore[index]
    _insert_chunks(connection, key, document.collection, new.chunks)
    if new.questions:
        rows = [
            {
                "document": key,
                "number": number,
                "question": question.question,
                "start": question.start,
                "end": question.end,
                "answer_start": question.answer_start,
                "answer_end": question.answer_end,
            }
            for number, question in enumerate(new.questions)
        ]
        connection.execute(insert(questions), rows)
    return key


def _insert_chunks(connection: Connection, key: int, collection: str, document_chunks: Sequence[Chunk]) -> None:
    if document_chunks:
        connection.execute(
            insert(chunks),
            [
                {
                    "document": key,
                    "id": chunk.id,
                    "collection": collection,
                    "first_sentence": chunk.first_sentence,
                    "last_sentence": chunk.last_sentence,
                    "start": chunk.start,
                    "end": chunk.end,
                    "headings": json.dumps(chunk.headings),
                    "page": chunk.page,
                }
                for chunk in document_chunks
            ],
        )


def _release(connection: Connection, collection: str, source_id: str) -> None:
    """Part a source from its document; the document goes on under another source's id, or is retired."""
    here = and_(sources.c.collection == collection, sources.c.id == source_id)
    row = connection.execute(select(sources.c.document).where(here)).first()
    connection.execute(delete(sources).where(here))
    if row is None:
        return
    heir = connection.execute(select(sources).where(sources.c.document == row.document).order_by(sources.c.id)).first()
    if heir is None:
        connection.execute(update(documents).where(documents.c.key == row.document).values(state=RETIRED))
    else:
        own = and_(documents.c.key == row.document, documents.c.id == source_id)
        origin = str(Path(heir.root) / heir.id) if heir.root else heir.id
        connection.execute(update(documents).where(own).values(id=heir.id, root=heir.root, origin=origin))


def _set_sources(connection: Connection, rows: Sequence[Source]) -> None:
    statement = upsert(sources)
    taken = {name: statement.excluded[name] for name in ("root", "file_hash", "document")}
    statement = statement.on_conflict_do_update(index_elements=["collection", "id"], set_=taken)
    connection.execute(statement, [asdict(row) for row in rows])


def _set_fact(connection: Connection, name: str, value: str) -> None:
    statement = upsert(facts).values(name=name, value=value)
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": value}))


def _advance(connection: Connection) -> None:
    value = connection.execute(select(facts.c.value).where(facts.c.name == "generation")).scalar_one_or_none()
    _set_fact(connection, "generation", str(int(value or 0) + 1))


def _spans(data: bytes) -> tuple[Span, ...]:
    return tuple(Span(start, end) for start, end in np.frombuffer(data, dtype="<i4").reshape(-1, 2).tolist())


def _date(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


def _hit(connection: Connection, row: Row[tuple[object, ...]]) -> Hit:
    spans = _spans(row.spans)
    start, words = row.start, row.text
    if spans and (spans[0].start < row.start or spans[-1].end > row.end):  # a sentence longer than a chunk
        start = spans[0].start
        stretch = func.substr(documents.c.text, start + 1, spans[-1].end - start)
        words = connection.execute(select(stretch).where(documents.c.key == row.document)).scalar_one()
    return Hit(
        document_id=row.document_id,
        document_hash=row.content_hash,
        collection=row.collection,
        chunk_id=row.id,
        start=row.start,
        end=row.end,
        text=row.text,
        title=row.title,
        headings=tuple(json.loads(row.headings)),
        page=row.page,
        sentences=spans,
        sentence_texts=tuple(words[span.start - start : span.end - start] for span in spans),
        score=0.0,
        published=_date(row.published),
    )


def _document(row: Row[tuple[object, ...]]) -> Document:
    return Document(
        id=row.id,
        title=row.title,
        text=row.text,
        blocks=tuple(Block(*values) for values in json.loads(row.blocks)),
        published=_date(row.published),
        author=row.author,
        content_hash=row.content_hash,
        origin=row.origin,
        collection=row.collection,
        omissions=tuple(Omission(**values) for values in json.loads(row.omissions)),
    )
