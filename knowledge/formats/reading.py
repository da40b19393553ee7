"""What reading a file yields, whatever its format."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from knowledge.types import BlockKind, Omission


class UnreadableError(Exception):
    """The content cannot be read; the message is a sentence that says why and names the mend.

    `knowledge.load` adds the path and raises it as `LoadError`.
    """


@dataclass(frozen=True, slots=True)
class Piece:
    """A block before it has its place in the canonical text."""

    kind: BlockKind
    text: str
    level: int = 0
    """As in `Block.level`."""
    page: int | None = None
    """As in `Block.page`."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The pieces of a file in reading order, and what the file says about itself."""

    pieces: tuple[Piece, ...]
    title: str | None = None
    author: str | None = None
    published: date | None = None
    created: date | None = None
    """When the file was made, which counts if nothing says when it was published."""
    omissions: tuple[Omission, ...] = ()
    """What the reader itself left out, such as hidden text."""
