"""Documents for an evaluation: made from a benchmark's text, read from a folder, or cut."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from evals.errors import BenchmarkError
from knowledge import Block, Document, LibrarySettings, Span


def document_from_text(document_id: str, title: str, text: str, *, collection: str = "default") -> Document:
    """Give a document whose text is exactly the given one, each line that is not blank a paragraph.

    Offsets into the given text are offsets into the document. An empty text is a `BenchmarkError`.
    """
    blocks = tuple(Block("paragraph", span.start, span.end) for span in lines_of(text))
    if not blocks:
        raise BenchmarkError(f"Document {document_id!r} has no text. Take it out of the corpus.")
    return Document(
        id=document_id,
        title=title,
        text=text,
        blocks=blocks,
        published=None,
        author=None,
        content_hash=hash_document(document_id, title, text, blocks),
        origin=document_id,
        collection=collection,
    )


def lines_of(text: str) -> Iterator[Span]:
    """Give the lines of a text that are not blank, without the white space around them."""
    start = 0
    for line in text.split("\n"):
        content = line.strip()
        if content:
            first = start + line.index(content[0])
            yield Span(first, first + len(content))
        start += len(line) + 1


def documents_in_folder(folder: Path) -> tuple[Document, ...]:
    """Give the documents in a folder as the library reads them, by id.

    A file that cannot be read raises the library's `LoadError`: a benchmark with a hole measures something else.
    """
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith(".")]
    if not paths:
        raise BenchmarkError(f"No documents in {folder!s}. Name a folder that holds source documents.")
    from knowledge import load_document

    return tuple(
        load_document(path, document_id=path.relative_to(folder).as_posix(), max_bytes=LibrarySettings().max_file_bytes)
        for path in paths
    )


def without_span(document: Document, span: Span) -> Document:
    """Give the document as it would be had this part never been written: later offsets move up.

    A block that lies in the part, or reaches into it, is gone as a whole.
    """
    kept = [block for block in document.blocks if block.end <= span.start or block.start >= span.end]
    gone = [block for block in document.blocks if block.end > span.start and block.start < span.end]
    start = min([span.start, *(block.start for block in gone)])
    end = max([span.end, *(block.end for block in gone)])
    text = (document.text[:start] + document.text[end:]).rstrip()
    blocks = tuple(
        block
        if block.end <= start
        else replace(block, start=block.start - (end - start), end=block.end - (end - start))
        for block in kept
    )
    return replace(
        document, text=text, blocks=blocks, content_hash=hash_document(document.id, document.title, text, blocks)
    )


def hash_document(document_id: str, title: str, text: str, blocks: tuple[Block, ...]) -> str:
    """Give the SHA-256 (hex) of id, title, text and blocks.

    With the id, so that two documents of the same words stay two: judgements name them one by one.
    """
    layout = [[block.kind, block.start, block.end, block.level, block.page] for block in blocks]
    return hashlib.sha256(json.dumps([document_id, title, text, layout], ensure_ascii=False).encode()).hexdigest()
