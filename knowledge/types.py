"""What a library is made of. Every offset counts characters of `Document.text`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

READING = 3
"""Version of what makes chunks of a file: `load`, `formats`, `clean`, `sentences`, `questions` and `chunk`.

It grows with every change that makes something else of the same file, so that a sync reads unchanged files again."""

BlockKind = Literal["heading", "paragraph", "list item", "table", "code"]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a text, `text[start:end]`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a document that a reader sees as one piece.

    Blocks are in reading order, do not overlap, and leave nothing but white space between them.
    """

    kind: BlockKind
    start: int
    end: int
    level: int = 0
    """Headings: 1 (highest) to 6. List items: depth of nesting from 1. Otherwise 0."""
    page: int | None = None
    """Page of the original, from 1; None where a format has no pages."""


@dataclass(frozen=True, slots=True)
class DocumentQuestion:
    """A question that a document itself asks and answers, as in a "Key Questions" section."""

    document_id: str
    collection: str
    question: str
    start: int
    end: int
    """Where the question stands."""
    answer_start: int
    answer_end: int
    """Where the document's own answer stands."""


@dataclass(frozen=True, slots=True)
class Omission:
    """Something that cleaning left out of a document's text."""

    text: str
    """The words left out, at most 300 characters of them."""
    reason: str
    """Why, in words: "advertisement", "repeated line", "navigation"."""


@dataclass(frozen=True, slots=True)
class Document:
    """A source document as it is cited: its canonical text and what is known about it."""

    id: str
    """The path below the synced folder with forward slashes, or the address."""
    title: str
    text: str
    """Canonical text: what every offset of the project refers to. Line ends are `\\n`."""
    blocks: tuple[Block, ...]
    published: date | None
    author: str | None
    content_hash: str
    """SHA-256 (hex) of the title, the text and the blocks: changes when an offset may mean something else."""
    origin: str
    """Where the document came from: an absolute path or an address."""
    collection: str = "default"
    omissions: tuple[Omission, ...] = ()


@dataclass(frozen=True, slots=True)
class Chunk:
    """A range of a document's sentences under one heading: the unit that is embedded and searched."""

    id: str
    """Deterministic: holds the document's content hash, the version of the reading code and the chunk's number."""
    document_id: str
    first_sentence: int
    last_sentence: int
    """Sentences `first_sentence <= i < last_sentence` of the document."""
    start: int
    end: int
    headings: tuple[str, ...] = ()
    """The headings above it, outermost first."""
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that a search found, with what is needed to read and cite it."""

    document_id: str
    document_hash: str
    collection: str
    chunk_id: str
    start: int
    end: int
    text: str
    """`document.text[start:end]`"""
    title: str
    headings: tuple[str, ...]
    page: int | None
    sentences: tuple[Span, ...]
    """The chunk's sentences, as spans of the document's text; a very long one reaches beyond the chunk."""
    sentence_texts: tuple[str, ...]
    """The words of each sentence."""
    score: float
    """Fused score; higher is better; comparable within one search only."""
    similarity: float | None = None
    """Cosine of question and chunk, -1 to 1; None when the chunk was found by its words alone."""
    published: date | None = None


@dataclass(frozen=True, slots=True)
class DocumentSummary:
    """A document as a list shows it."""

    id: str
    collection: str
    title: str
    published: date | None
    author: str | None
    content_hash: str
    origin: str
    characters: int
    chunks: int
    aliases: tuple[str, ...] = ()
    """Other files with the same content, which are kept once."""


@dataclass(frozen=True, slots=True)
class Box:
    """A part of a picture, in pixels from its upper left corner."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, slots=True)
class PagePicture:
    """A page of a document's original, drawn."""

    number: int
    """From 1."""
    pages: int
    """How many the original has."""
    png: bytes
    width: int
    height: int
    """Pixels."""
    boxes: tuple[tuple[Box, ...], ...]
    """For each stretch that was asked for, where its words stand, line by line; empty where that is not certain."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that could not be read."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a sync did, by document id."""

    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    """(old id, new id)"""
    removed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    failed: tuple[Failure, ...] = ()
    duplicates: tuple[tuple[str, str], ...] = ()
    """(file, the document that already holds the same content)"""
    omissions: tuple[tuple[str, int], ...] = field(default=())
    """(document id, how many pieces cleaning left out), for documents read in this sync."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a sync is."""

    stage: Literal["reading", "embedding"]
    done: int
    total: int
    name: str = ""
    """The document at hand."""


ProgressCallback = Callable[[Progress], None]
