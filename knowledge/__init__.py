"""Source documents as a searchable library.

with Library.open(".library") as library:
    library.sync("docs/")
    hits = library.search("What does the contract say about delays?")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from knowledge.chunk import embedded_text
    from knowledge.embed import Embedder, open_embedder
    from knowledge.encoder import EncodedText, Encoder, Matrix, cosines
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
        SchemaError,
        VectorServerError,
    )
    from knowledge.export import open_encoder
    from knowledge.library import Library
    from knowledge.load import hash_content, load_document
    from knowledge.logs import log_to
    from knowledge.questions import find_questions, section_of_questions
    from knowledge.sentences import split_sentences
    from knowledge.settings import DEFAULT_COLLECTION, LibrarySettings
    from knowledge.types import (
        Block,
        Box,
        Chunk,
        Document,
        DocumentQuestion,
        DocumentSummary,
        Failure,
        Hit,
        Omission,
        PagePicture,
        Progress,
        Span,
        SyncReport,
    )
    from knowledge.watch import watch_folder

_HOME = {
    "Block": "types",
    "Box": "types",
    "Chunk": "types",
    "DEFAULT_COLLECTION": "settings",
    "Document": "types",
    "DocumentIdTakenError": "errors",
    "DocumentNotFoundError": "errors",
    "DocumentQuestion": "types",
    "DocumentSummary": "types",
    "Embedder": "embed",
    "EmbedderError": "errors",
    "EncodedText": "encoder",
    "Encoder": "encoder",
    "Failure": "types",
    "Hit": "types",
    "KnowledgeError": "errors",
    "Library": "library",
    "LibraryInUseError": "errors",
    "LibraryNotFoundError": "errors",
    "LibraryReadOnlyError": "errors",
    "LibraryStorageError": "errors",
    "LibrarySettings": "settings",
    "LoadError": "errors",
    "Matrix": "encoder",
    "Omission": "types",
    "PagePicture": "types",
    "Progress": "types",
    "SchemaError": "errors",
    "Span": "types",
    "SyncReport": "types",
    "VectorServerError": "errors",
    "cosines": "encoder",
    "embedded_text": "chunk",
    "find_questions": "questions",
    "log_to": "logs",
    "hash_content": "load",
    "load_document": "load",
    "open_embedder": "embed",
    "open_encoder": "export",
    "section_of_questions": "questions",
    "split_sentences": "sentences",
    "watch_folder": "watch",
}

__all__ = [
    "DEFAULT_COLLECTION",
    "Block",
    "Box",
    "Chunk",
    "Document",
    "DocumentIdTakenError",
    "DocumentNotFoundError",
    "DocumentQuestion",
    "DocumentSummary",
    "Embedder",
    "EmbedderError",
    "EncodedText",
    "Encoder",
    "Failure",
    "Hit",
    "KnowledgeError",
    "Library",
    "LibraryInUseError",
    "LibraryNotFoundError",
    "LibraryReadOnlyError",
    "LibrarySettings",
    "LibraryStorageError",
    "LoadError",
    "Matrix",
    "Omission",
    "PagePicture",
    "Progress",
    "SchemaError",
    "Span",
    "SyncReport",
    "VectorServerError",
    "cosines",
    "embedded_text",
    "find_questions",
    "hash_content",
    "load_document",
    "log_to",
    "open_embedder",
    "open_encoder",
    "section_of_questions",
    "split_sentences",
    "watch_folder",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that importing the package costs nothing."""
    if name not in _HOME:
        raise AttributeError(f"module 'knowledge' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"knowledge.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
