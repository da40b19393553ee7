"""Documents, sentences and chunks: the truth, in SQLite. The indexes are derived from it.

A document is *pending* from the moment it is written until both indexes hold its chunks, then *ready*, and *retired*
from the moment a newer version is ready or it is removed until its rows are deleted. Only ready documents are seen.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Row,
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

from knowledge.errors import DocumentNotFoundError, SchemaError
from knowledge.types import Block, Chunk, Document, DocumentQuestion, DocumentSummary, Hit, Omission, Span

SCHEMA_VERSION = 1

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
        self._engine = create_engine(f"sqlite:///{path}")

        @event.listens_for(self._engine, "connect")
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

        with self._engine.connect() as connection:
            version = int(connection.execute(text("PRAGMA user_version")).scalar_one())
        if version > SCHEMA_VERSION:
            raise SchemaError(
                f"{path} has schema {version}, this version of Key Questions knows {SCHEMA_VERSION}. "
                "Upgrade with: pip install --upgrade key-questions"
            )
        if version < SCHEMA_VERSION and not read_only:
            with self._engine.begin() as connection:
                metadata.create_all(connection)
                connection.execute(text(f"PRAGMA user_version = {SCHEMA_VERSION}"))

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        with self._engine.begin() as connection:
            yield connection

    # Facts about the library as a whole.

    def fact(self, name: str) -> str | None:
        """The value kept under a name."""
        with self._engine.connect() as connection:
            return connection.execute(select(facts.c.value).where(facts.c.name == name)).scalar_one_or_none()

    def set_fact(self, name: str, value: str) -> None:
        """Keep a value under a name."""
        with self._write() as connection:
            _set_fact(connection, name, value)

    def generation(self) -> int:
        """A number that grows whenever something that a search can see changes."""
        return int(self.fact("generation") or 0)

    # The document walk.

    def sources(self, collection: str) -> list[Source]:
        """Every source of a collection, by id."""
        statement = select(sources).where(sources.c.collection == collection).order_by(sources.c.id)
        with self._engine.connect() as connection:
            return [Source(**row) for row in connection.execute(statement).mappings()]

    def add_pending(
        self,
        document: Document,
        sentences: Sequence[Span],
        document_chunks: Sequence[Chunk],
        document_questions: Sequence[DocumentQuestion],
        *,
        root: str,
        file_hash: str,
    ) -> int:
        """Write a document that no search sees yet; returns its key."""
        spans = np.array([(span.start, span.end) for span in sentences], dtype="<i4").reshape(-1, 2)
        with self._write() as connection:
            result = connection.execute(
                insert(documents).values(
                    collection=document.collection,
                    id=document.id,
                    state=PENDING,
                    root=root,
                    file_hash=file_hash,
                    content_hash=document.content_hash,
                    title=document.title,
                    author=document.author,
                    published=document.published.isoformat() if document.published else None,
                    origin=document.origin,
                    text=document.text,
                    blocks=json.dumps([[b.kind, b.start, b.end, b.level, b.page] for b in document.blocks]),
                    sentences=spans.tobytes(),
                    omissions=json.dumps([asdict(omission) for omission in document.omissions]),
                )
            )
            key = int(result.inserted_primary_key[0])  # type: ignore[index]
            _insert_chunks(connection, key, document.collection, document_chunks)
            if document_questions:
                connection.execute(
                    insert(questions),
                    [
                        {
                            "document": key,
                            "number": number,
                            "question": question.question,
                            "start": question.start,
                            "end": question.end,
                            "answer_start": question.answer_start,
                            "answer_end": question.answer_end,
                        }
                        for number, question in enumerate(document_questions)
                    ],
                )
        return key

    def pending(self) -> list[int]:
        """Keys of the documents that are not yet ready, oldest first."""
        statement = select(documents.c.key).where(documents.c.state == PENDING).order_by(documents.c.key)
        with self._engine.connect() as connection:
            return list(connection.execute(statement).scalars())

    def make_ready(self, keys: Sequence[int]) -> None:
        """Let searches see these documents instead of their older versions, all at once."""
        with self._write() as connection:
            for row in connection.execute(select(documents).where(documents.c.key.in_(keys))).all():
                _release(connection, row.collection, row.id)
                connection.execute(update(documents).where(documents.c.key == row.key).values(state=READY))
                _set_source(connection, Source(row.collection, row.id, row.root, row.file_hash, row.key))
            _advance(connection)

    def set_source(self, source: Source) -> None:
        """Say that a source has the content of the ready document `source.document`.

        If it stood for another document before, that one goes, unless other sources share it.
        """
        with self._write() as connection:
            here = and_(sources.c.collection == source.collection, sources.c.id == source.id)
            held = connection.execute(select(sources.c.document).where(here)).scalar_one_or_none()
            if held != source.document:
                _release(connection, source.collection, source.id)
            _set_source(connection, source)
            _advance(connection)

    def rename(self, collection: str, old: str, new: str, *, root: str, origin: str) -> None:
        """Give a source, and the document it stands for, another id."""
        with self._write() as connection:
            here = and_(sources.c.collection == collection, sources.c.id == old)
            row = connection.execute(select(sources).where(here)).one()
            connection.execute(update(sources).where(here).values(id=new, root=root))
            own = and_(documents.c.key == row.document, documents.c.id == old)
            connection.execute(update(documents).where(own).values(id=new, root=root, origin=origin))
            _advance(connection)

    def remove(self, collection: str, document_id: str) -> None:
        """Retire what a source stands for, unless other sources share it."""
        with self._write() as connection:
            _release(connection, collection, document_id)
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

    def delete_retired(self) -> None:
        """Forget retired documents, once the indexes have."""
        with self._write() as connection:
            connection.execute(delete(documents).where(documents.c.state == RETIRED))

    def find_content(self, collection: str, content_hash: str) -> tuple[int, str] | None:
        """Key and id of the document, ready or pending, that has this content."""
        statement = select(documents.c.key, documents.c.id).where(
            documents.c.collection == collection,
            documents.c.content_hash == content_hash,
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
        with self._write() as connection:
            keys = connection.execute(select(documents.c.key).where(documents.c.state == READY)).scalars().all()
            for key in keys:
                row = connection.execute(select(documents).where(documents.c.key == key)).one()
                connection.execute(delete(chunks).where(chunks.c.document == key))
                _insert_chunks(connection, key, row.collection, chunk(_document(row), _spans(row.sentences)))
            _set_fact(connection, "embedder", embedder)
            _advance(connection)

    def chunk_ids(self) -> set[tuple[str, str]]:
        """(collection, chunk id) of every chunk of a ready document."""
        statement = select(chunks.c.collection, chunks.c.id).join(documents).where(documents.c.state == READY)
        with self._engine.connect() as connection:
            return {(row.collection, row.id) for row in connection.execute(statement)}

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
        by_id = select(documents).where(documents.c.id == document_id, documents.c.state == READY)
        by_alias = (
            select(documents)
            .join(sources, sources.c.document == documents.c.key)
            .where(sources.c.id == document_id, documents.c.state == READY)
        )
        if collection is not None:
            by_id = by_id.where(documents.c.collection == collection)
            by_alias = by_alias.where(documents.c.collection == collection)
        with self._engine.connect() as connection:
            rows = connection.execute(by_id).all() or connection.execute(by_alias).all()
        if not rows:
            where = f" in the collection {collection!r}" if collection else ""
            raise DocumentNotFoundError(f"No document {document_id!r}{where}. List them with: python -m knowledge list")
        if len(rows) > 1:
            names = ", ".join(sorted(repr(row.collection) for row in rows))
            raise DocumentNotFoundError(f"{document_id!r} is in the collections {names}: name one with collection=")
        return _document(rows[0])

    def sentences(self, document_id: str, collection: str) -> tuple[Span, ...]:
        """The sentences of a ready document, in order."""
        statement = select(documents.c.sentences).where(
            documents.c.id == document_id, documents.c.collection == collection, documents.c.state == READY
        )
        with self._engine.connect() as connection:
            return _spans(connection.execute(statement).scalar_one())

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


def _set_source(connection: Connection, source: Source) -> None:
    values = asdict(source)
    statement = upsert(sources).values(values)
    connection.execute(statement.on_conflict_do_update(index_elements=["collection", "id"], set_=values))


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
