"""Errors of the library. Each names the value that is wrong and the mend.

KnowledgeError
├── LoadError               a file or address cannot be read: broken, empty, encrypted, too large, ...
├── LibraryNotFoundError    there is no library at a path that is to be read only
├── LibraryInUseError       another process is writing to the library
├── LibraryReadOnlyError    a change was asked of a library that was opened read-only
├── LibraryStorageError     the library's files cannot be read or written: no room, not allowed, damaged
├── SchemaError             the library was made by a newer version, or by an older one and is to be read only
├── EmbedderError           the embedder's weights are missing, altered or not those the library was built with
├── VectorServerError       the Chroma server cannot be reached, or failed
├── DocumentNotFoundError   no document has this id
└── DocumentIdTakenError    two sources claim one id
"""

from __future__ import annotations


class KnowledgeError(Exception):
    """Anything that the library reports to its user."""


class LoadError(KnowledgeError):
    """A source cannot be read; `reason` is a sentence without the path."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason

    def __reduce__(self) -> tuple[type[LoadError], tuple[str, str]]:
        return LoadError, (self.path, self.reason)


class LibraryNotFoundError(KnowledgeError):
    """There is no library at the path."""


class LibraryInUseError(KnowledgeError):
    """Another process holds the library for writing."""


class LibraryReadOnlyError(KnowledgeError):
    """The library was opened with `read_only=True`."""


class LibraryStorageError(KnowledgeError):
    """The library's files cannot be read or written."""


class SchemaError(KnowledgeError):
    """The library's schema is newer than this version, or older and cannot be migrated while it is only read."""


class EmbedderError(KnowledgeError):
    """The embedder cannot be used for this library."""


class VectorServerError(KnowledgeError):
    """The Chroma server cannot be reached, or failed."""


class DocumentNotFoundError(KnowledgeError):
    """No ready document has the id."""


class DocumentIdTakenError(KnowledgeError):
    """The id belongs to a document from another source."""
