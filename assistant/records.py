"""Conversations with their answers whole, what was said of the answers, and who is signed in: one SQLite file.

Nothing is read, changed or deleted without naming its owner, so that no owner ever gets what is another's; only
`judged` and `forget`, which are for whoever runs the program, see everyone's.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any, Literal, Self, get_args
from urllib.parse import quote

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Engine,
    ExceptionContext,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Row,
    String,
    Table,
    Text,
    create_engine,
    delete,
    event,
    func,
    insert,
    select,
    text,
    update,
)

from assistant.errors import RecordsError
from assistant.types import Answer

if TYPE_CHECKING:
    from pydantic import TypeAdapter

SCHEMA_VERSION = 3
"""2 added which collections a question was asked of, 3 which chat model wrote the answer."""

ADDED = {2: "collections", 3: "model"}
"""The column of `exchanges` that came with a version; what was kept before has nothing there."""

Outcome = Literal["working", "done", "stopped", "failed"]
Judgement = Literal["right", "wrong", "wrong citation", "should have answered", "should have refused"]
JUDGEMENTS: tuple[Judgement, ...] = get_args(Judgement)

TITLE_CHARACTERS = 120
"""Of a conversation's name; a list shows one or two lines of it."""
WORDS_CHARACTERS = 2_000
"""Of what may be said beside a judgement; as long as a question."""
LISTED = 100
"""Conversations in a list; older ones are found by searching."""
SEARCHED_WORDS = 8
"""Words of a search that count; each is one more pass over an owner's answers."""
SIGNED_IN_DAYS = 30


@dataclass(frozen=True, slots=True)
class RecordedExchange:
    """A question of a conversation and what became of it."""

    number: int
    """Its place in the conversation, from 1."""
    question: str
    answer: Answer
    outcome: Outcome
    failure: str | None = None
    """Why there is no answer, in words, when the outcome is "failed"."""
    judgement: Judgement | None = None
    words: str = ""
    """What was said beside the judgement."""
    collections: tuple[str, ...] | None = None
    """What the question was asked of, by name; None for all that its owner may read."""
    model: str = ""
    """The chat model that wrote the answer, by name; empty where none did, or where it is not known any more."""


@dataclass(frozen=True, slots=True)
class RecordedConversation:
    """A conversation, whole."""

    id: str
    title: str
    version: int
    """Grows with every change of its exchanges."""
    exchanges: tuple[RecordedExchange, ...]


@dataclass(frozen=True, slots=True)
class ConversationSummary:
    """A conversation as a list shows it."""

    id: str
    title: str
    changed: datetime
    """When it was last asked something, UTC."""
    exchanges: int


@dataclass(frozen=True, slots=True)
class JudgedExchange:
    """An exchange that somebody judged, with what had been said before it."""

    conversation: str
    exchange: RecordedExchange
    before: tuple[RecordedExchange, ...]


metadata = MetaData()

conversations = Table(
    "conversations",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("owner", String, nullable=False),
    Column("title", Text, nullable=False),
    Column("searched", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("changed", String, nullable=False),
    Index("conversations_by_owner", "owner", "changed"),
)

exchanges = Table(
    "exchanges",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("conversation", Integer, ForeignKey("conversations.key", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("replaced", Boolean, nullable=False),
    Column("question", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("searched", Text, nullable=False),
    Column("outcome", String, nullable=False),
    Column("failure", Text),
    Column("judgement", String),
    Column("words", Text, nullable=False),
    Column("collections", Text),
    Column("model", Text),
    Index("exchanges_by_number", "conversation", "number", unique=True, sqlite_where=text("replaced = 0")),
    Index("exchanges_judged", "judgement", sqlite_where=text("judgement IS NOT NULL")),
)
"""An exchange that was asked anew, or whose question was edited, is `replaced`; it is kept only if it was judged."""

signed_in = Table(
    "signed_in",
    metadata,
    Column("token", String, primary_key=True),
    Column("user", String, nullable=False),
    Column("until", String, nullable=False),
)
"""Tokens are kept as hashes: who reads this file can be nobody in the page."""


class Records:
    """The records in one file. They may be used from several threads and by several processes."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        """Open the file `path`; it is made, readable by its owner alone, where it is not there.

        Raises:
            RecordsError: it cannot be read or written, was made by a newer version, or is not there and `read_only`.
        """
        self.path = path
        if not path.exists():
            if read_only:
                raise RecordsError(f"No records at {path}. They are kept there once a question is asked in the page.")
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch(mode=0o600)
            except OSError as error:
                raise RecordsError(
                    f"{path} cannot be made ({error.strerror}). Choose another with --records."
                ) from error
        self._engine = _engine(path, read_only=read_only)
        try:
            self._prepare(read_only=read_only)
        except BaseException:
            self._engine.dispose()
            raise

    def _prepare(self, *, read_only: bool) -> None:
        with self._engine.connect() as connection:
            version = int(connection.execute(text("PRAGMA user_version")).scalar_one())
        if version > SCHEMA_VERSION:
            raise RecordsError(
                f"{self.path} has schema {version}, this version of Key Questions knows {SCHEMA_VERSION}. "
                "Upgrade with: pip install --upgrade key-questions"
            )
        if version < SCHEMA_VERSION and read_only:
            raise RecordsError(f"{self.path} is of an older version. Start the page once: that brings it up to date.")
        if version < SCHEMA_VERSION:
            with self._change() as connection:
                for since, column in ADDED.items():
                    if 0 < version < since:  # a new file is of no version, and made whole below
                        connection.execute(text(f"ALTER TABLE exchanges ADD COLUMN {column} TEXT"))
                metadata.create_all(connection)
                connection.execute(text(f"PRAGMA user_version = {SCHEMA_VERSION}"))

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Conversations.

    def begin(self, owner: str, question: str) -> str:
        """The id of a new conversation that is named by its first question; nobody can guess it."""
        name, title = token_urlsafe(12), _title(question)
        with self._change() as connection:
            connection.execute(
                insert(conversations).values(
                    id=name, owner=owner, title=title, searched=title.casefold(), version=0, changed=_now()
                )
            )
        return name

    def put(self, owner: str, conversation: str, exchange: RecordedExchange) -> int | None:
        """Keep an exchange in its place; the conversation's new version, None where the owner has no such one.

        What was said of an earlier state of it stays; `cut` makes room for another exchange in its place.
        """
        values = {
            "question": exchange.question,
            "answer": _answers().dump_json(exchange.answer).decode(),
            "searched": f"{exchange.question}\n{exchange.answer.text}".casefold(),
            "outcome": exchange.outcome,
            "failure": exchange.failure,
            "collections": None if exchange.collections is None else json.dumps(exchange.collections),
            "model": exchange.model or None,
        }
        with self._change() as connection:
            key = _key(connection, owner, conversation)
            if key is None:
                return None
            here = _at(key, exchange.number)
            if not connection.execute(update(exchanges).where(*here).values(values)).rowcount:
                new = {"conversation": key, "number": exchange.number, "replaced": False, "words": "", **values}
                connection.execute(insert(exchanges).values(new))
            return _advance(connection, key)

    def cut(self, owner: str, conversation: str, number: int) -> int | None:
        """Take an exchange and all after it out of a conversation; its new version, None as for `put`."""
        with self._change() as connection:
            key = _key(connection, owner, conversation)
            if key is None:
                return None
            after = (exchanges.c.conversation == key, exchanges.c.number >= number, exchanges.c.replaced.is_(False))
            connection.execute(delete(exchanges).where(*after, exchanges.c.judgement.is_(None)))
            connection.execute(update(exchanges).where(*after).values(replaced=True))
            return _advance(connection, key)

    def version(self, owner: str, conversation: str) -> int | None:
        """The version of a conversation; None where the owner has no such one."""
        with self._engine.connect() as connection:
            statement = select(conversations.c.version).where(*_its(owner, conversation))
            return connection.execute(statement).scalar_one_or_none()

    def read(self, owner: str, conversation: str) -> RecordedConversation | None:
        """A conversation; None where the owner has no such one."""
        with self._engine.connect() as connection:
            row = connection.execute(select(conversations).where(*_its(owner, conversation))).one_or_none()
            if row is None:
                return None
            its = (exchanges.c.conversation == row.key, exchanges.c.replaced.is_(False))
            found = connection.execute(select(exchanges).where(*its).order_by(exchanges.c.number)).all()
        return RecordedConversation(row.id, row.title, row.version, tuple(map(_exchange, found)))

    def summaries(self, owner: str, words: str = "", *, limit: int = LISTED) -> list[ConversationSummary]:
        """An owner's conversations, the latest first; with `words`, those in which each of the words stands."""
        statement = (
            select(conversations.c.id, conversations.c.title, conversations.c.changed, func.count(exchanges.c.key))
            .outerjoin(exchanges, (exchanges.c.conversation == conversations.c.key) & exchanges.c.replaced.is_(False))
            .where(conversations.c.owner == owner)
            .group_by(conversations.c.key)
            .order_by(conversations.c.changed.desc(), conversations.c.key.desc())
            .limit(limit)
        )
        for word in words.casefold().split()[:SEARCHED_WORDS]:
            statement = statement.where(_holds(word))
        with self._engine.connect() as connection:
            return [
                ConversationSummary(name, title, datetime.fromisoformat(changed), count)
                for name, title, changed, count in connection.execute(statement)
            ]

    def rename(self, owner: str, conversation: str, title: str) -> bool:
        """Whether a conversation has another name now; not so for an empty one, or where the owner has no such."""
        named = _title(title)
        if not named:
            return False
        change = update(conversations).where(*_its(owner, conversation))
        with self._change() as connection:
            return connection.execute(change.values(title=named, searched=named.casefold())).rowcount > 0

    def delete(self, owner: str, conversation: str) -> bool:
        """Whether a conversation was deleted, with what was said of its answers."""
        with self._change() as connection:
            gone = connection.execute(delete(conversations).where(*_its(owner, conversation))).rowcount > 0
        self._wipe()
        return gone

    def forget(self, *, owner: str | None = None, before: datetime | None = None) -> int:
        """Delete all conversations, or only an owner's, or only those last asked before a time; how many there were."""
        statement = delete(conversations)
        if owner is not None:
            statement = statement.where(conversations.c.owner == owner)
        if before is not None:
            statement = statement.where(conversations.c.changed < before.astimezone(UTC).isoformat())
        with self._change() as connection:
            count = connection.execute(statement).rowcount
        self._wipe()
        return count

    # What was said of answers.

    def judge(
        self, owner: str, conversation: str, number: int, judgement: Judgement | None, words: str = ""
    ) -> RecordedExchange | None:
        """An exchange with a judgement in place of any before, or without one; None where the owner has no such."""
        with self._change() as connection:
            key = _key(connection, owner, conversation)
            if key is None:
                return None
            said = {"judgement": judgement, "words": _clean(words)[:WORDS_CHARACTERS] if judgement else ""}
            connection.execute(update(exchanges).where(*_at(key, number)).values(said))
            row = connection.execute(select(exchanges).where(*_at(key, number))).one_or_none()
        return _exchange(row) if row is not None else None

    def judged(self) -> Iterator[JudgedExchange]:
        """Every exchange that was judged, whoever judged it, oldest first."""
        with self._engine.connect() as connection:
            found = connection.execute(
                select(exchanges, conversations.c.id.label("name"))
                .join(conversations)
                .where(exchanges.c.judgement.is_not(None))
                .order_by(exchanges.c.key)
            ).all()
            for row in found:
                earlier = (
                    exchanges.c.conversation == row.conversation,
                    exchanges.c.number < row.number,
                    exchanges.c.replaced.is_(False),
                )
                before = connection.execute(select(exchanges).where(*earlier).order_by(exchanges.c.number)).all()
                yield JudgedExchange(row.name, _exchange(row), tuple(map(_exchange, before)))

    # Who is signed in.

    def sign_in(self, user: str) -> str:
        """A token that `signed_in` knows the user by for some weeks; nobody can guess it."""
        token, until = token_urlsafe(32), datetime.now(UTC) + timedelta(days=SIGNED_IN_DAYS)
        with self._change() as connection:
            connection.execute(delete(signed_in).where(signed_in.c.until < _now()))
            connection.execute(insert(signed_in).values(token=_hash(token), user=user, until=until.isoformat()))
        return token

    def signed_in(self, token: str) -> str | None:
        """The user of a token; None where it is unknown or too old."""
        statement = select(signed_in.c.user).where(signed_in.c.token == _hash(token), signed_in.c.until >= _now())
        with self._engine.connect() as connection:
            return connection.execute(statement).scalar_one_or_none()

    def sign_out(self, token: str) -> None:
        """Know a token no longer."""
        with self._change() as connection:
            connection.execute(delete(signed_in).where(signed_in.c.token == _hash(token)))

    @contextmanager
    def _change(self) -> Iterator[Connection]:
        with self._engine.begin() as connection:
            connection.execute(text("BEGIN IMMEDIATE"))  # waits for another writer here and nowhere later
            yield connection

    def _wipe(self) -> None:
        """Have what was deleted written over in the file now, not when SQLite gets round to it."""
        with self._engine.connect() as connection:
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))


def _engine(path: Path, *, read_only: bool) -> Engine:
    engine = create_engine(f"sqlite:///file:{quote(str(path))}?mode={'ro' if read_only else 'rwc'}&uri=true")

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA busy_timeout = 10000")
        cursor.execute("PRAGMA foreign_keys = ON")
        if not read_only:
            cursor.execute("PRAGMA journal_mode = WAL")
            cursor.execute("PRAGMA synchronous = NORMAL")  # a crash loses nothing, a power cut the last moments
            cursor.execute("PRAGMA secure_delete = ON")  # a deleted conversation is overwritten, not only unlinked
        cursor.close()

    @event.listens_for(engine, "handle_error")
    def explain(context: ExceptionContext) -> None:
        error = context.original_exception
        if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.IntegrityError):
            raise RecordsError(
                f"The conversations in {path} cannot be read or written ({error}). Make room, allow it, or choose "
                "another file with --records; a damaged one can be moved away."
            ) from error

    return engine


@cache
def _answers() -> TypeAdapter[Answer]:
    from pydantic import TypeAdapter

    return TypeAdapter(Answer)


def _exchange(row: Row[Any]) -> RecordedExchange:
    from pydantic import ValidationError

    try:
        answer = _answers().validate_json(row.answer)
    except ValidationError as error:
        raise RecordsError(f"The answer to {row.question!r} was kept in a form that cannot be read: {error}") from error
    collections = None if row.collections is None else tuple(json.loads(row.collections))
    return RecordedExchange(
        row.number,
        row.question,
        answer,
        row.outcome,
        row.failure,
        row.judgement,
        row.words,
        collections,
        row.model or "",
    )


def _its(owner: str, conversation: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return conversations.c.id == conversation, conversations.c.owner == owner


def _at(key: int, number: int) -> tuple[ColumnElement[bool], ...]:
    return exchanges.c.conversation == key, exchanges.c.number == number, exchanges.c.replaced.is_(False)


def _key(connection: Connection, owner: str, conversation: str) -> int | None:
    return connection.execute(select(conversations.c.key).where(*_its(owner, conversation))).scalar_one_or_none()


def _advance(connection: Connection, key: int) -> int:
    version = conversations.c.version
    change = update(conversations).where(conversations.c.key == key).values(version=version + 1, changed=_now())
    return int(connection.execute(change.returning(version)).scalar_one())


def _holds(word: str) -> ColumnElement[bool]:
    said = exchanges.c.searched.contains(word, autoescape=True) & exchanges.c.replaced.is_(False)
    return conversations.c.searched.contains(word, autoescape=True) | conversations.c.key.in_(
        select(exchanges.c.conversation).where(said)
    )


def _title(question: str) -> str:
    line = " ".join(_clean(question).split())
    return line if len(line) <= TITLE_CHARACTERS else line[: TITLE_CHARACTERS - 1].rstrip() + "…"


def _clean(words: str) -> str:
    return words.encode("utf-8", "replace").decode("utf-8").strip()  # a file in UTF-8 holds no half characters


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
