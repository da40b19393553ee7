"""A file -> a Document: its canonical text, its blocks, and what is known about it."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from knowledge.clean import clean_blocks
from knowledge.errors import LoadError
from knowledge.formats.byline import read_byline
from knowledge.formats.canonical import code_text, flowing_text
from knowledge.formats.decode import decode_text
from knowledge.formats.detect import detect_content, is_html
from knowledge.formats.reading import Piece, Reading, UnreadableError
from knowledge.settings import DEFAULT_COLLECTION
from knowledge.types import Block, Document, Omission

_MOST_CHARACTERS = 20_000_000  # thirty long novels
_TITLE_LIMIT = 300  # characters
_TITLE_LINE_LIMIT = 120  # characters of a first line that may serve as a title
_TITLE_WITHIN = 4  # pieces; a heading further down heads a section
_NAME_WORDS = 3  # a file's name with at least this many words tells which line is the title
_BYLINE_WITHIN = 6  # pieces
_GENERIC_HEADING = re.compile(
    r"\W*(?:tl;?dr|abstract|summary|overview|introduction|(?:table of )?contents|key (?:questions|points|takeaways)"
    r"|faqs?)\W*",
    re.IGNORECASE,
)
_SENTENCE_END = (".", "!", "?", ":", ";", ",")


def load_document(
    path: Path,
    *,
    document_id: str,
    collection: str = DEFAULT_COLLECTION,
    max_bytes: int,
    origin: str | None = None,
) -> Document:
    """The document that a file holds, as it will be searched and cited.

    `origin` is where the file came from, by default its absolute path. Nothing in the file is executed or fetched.

    Raises LoadError, and nothing else, for a file that cannot be read: missing, larger than `max_bytes`, of a kind that
    is not read or not the kind that its name says, empty, damaged, encrypted, or in an unknown encoding.
    """
    try:
        reading = _read(path, _bytes_of(path, max_bytes))
        return _document(
            reading,
            document_id=document_id,
            collection=collection,
            origin=os.path.abspath(path) if origin is None else origin,
        )
    except UnreadableError as error:
        raise LoadError(str(path), str(error)) from error
    except Exception as error:  # the readers' libraries raise anything at all over a hostile file
        said = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        reason = f"it is damaged, or no proper {path.suffix.lower()} file; save it anew ({said})"
        raise LoadError(str(path), reason) from error


def supported(path: Path) -> bool:
    """Whether files with this suffix are read."""
    return path.suffix.lower() in SUFFIXES


def hash_content(title: str, text: str, blocks: Sequence[Block]) -> str:
    """SHA-256 (hex) of what offsets and citations rest on; the same in every version of Python."""
    parts = [title, text, [[block.kind, block.start, block.end, block.level, block.page] for block in blocks]]
    serialised = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(serialised.encode("utf-8")).hexdigest()


# File -> reading


def _bytes_of(path: Path, max_bytes: int) -> bytes:
    if not supported(path):
        known = " ".join(sorted(SUFFIXES))
        raise UnreadableError(f"files ending in {path.suffix or 'nothing'!r} are not read; these are: {known}")
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableError("it is not a file; name one, or sync it as a folder")
        if status.st_size > max_bytes:
            size, limit = f"{status.st_size / 2**20:,.1f} MB", f"{max_bytes / 2**20:,.1f} MB"
            raise UnreadableError(f"it has {size}, more than the limit of {limit}; split it or raise max_file_bytes")
        with open(path, "rb") as file:
            data = file.read(max_bytes + 1)
    except OSError as error:
        mend = "look for it, or sync again" if isinstance(error, FileNotFoundError) else "allow reading it"
        raise UnreadableError(f"it cannot be opened ({error.strerror or error}); {mend}") from error
    if len(data) > max_bytes:
        raise UnreadableError(f"it grew beyond {max_bytes:,} bytes while it was read; sync again when it is at rest")
    if not data.strip():
        raise UnreadableError("it is empty; fill it or remove it")
    return data


def _read(path: Path, data: bytes) -> Reading:
    suffix = path.suffix.lower()
    content = detect_content(data)
    if content is not None and content.suffix != suffix:
        mend = f"rename it to end in {content.suffix}" if content.suffix else content.mend
        raise UnreadableError(f"it is named {suffix} but is {content.name}; {mend}")
    if content is None and suffix in _BINARY_SUFFIXES:
        raise UnreadableError(f"it is named {suffix} but is no such file, or it is damaged; get it again")
    return _READERS[suffix](data)


def _read_text(data: bytes) -> Reading:
    from knowledge.formats.html import read_html
    from knowledge.formats.text import read_text

    text = decode_text(data)
    return read_html(text) if is_html(text) else read_text(_within_limit(text))


def _read_markdown(data: bytes) -> Reading:
    from knowledge.formats.html import read_html
    from knowledge.formats.markdown import read_markdown

    text = decode_text(data)
    return read_html(text) if is_html(text) else read_markdown(_within_limit(text))


def _read_html(data: bytes) -> Reading:
    from knowledge.formats.html import read_html

    return read_html(decode_text(data, html=True))


def _read_csv(data: bytes) -> Reading:
    from knowledge.formats.tables import read_csv

    return read_csv(_within_limit(decode_text(data)))


def _read_xlsx(data: bytes) -> Reading:
    from knowledge.formats.tables import read_xlsx

    return read_xlsx(data)


def _read_pdf(data: bytes) -> Reading:
    from knowledge.formats.pdf import read_pdf

    return read_pdf(data)


def _read_docx(data: bytes) -> Reading:
    from knowledge.formats.docx import read_docx

    return read_docx(data)


def _read_pptx(data: bytes) -> Reading:
    from knowledge.formats.pptx import read_pptx

    return read_pptx(data)


_READERS: dict[str, Callable[[bytes], Reading]] = {
    ".md": _read_markdown,
    ".markdown": _read_markdown,
    ".txt": _read_text,
    ".text": _read_text,
    ".html": _read_html,
    ".htm": _read_html,
    ".csv": _read_csv,
    ".tsv": _read_csv,
    ".pdf": _read_pdf,
    ".docx": _read_docx,
    ".xlsx": _read_xlsx,
    ".pptx": _read_pptx,
}
_BINARY_SUFFIXES = frozenset((".pdf", ".docx", ".xlsx", ".pptx"))
SUFFIXES = frozenset(_READERS)
"""The suffixes of the files that are read, in lower case."""


# Reading -> document


def _document(reading: Reading, *, document_id: str, collection: str, origin: str) -> Document:
    pieces, omissions = clean_blocks(_canonical(reading.pieces))
    omissions = (*reading.omissions, *omissions)
    if not pieces:
        reasons = ", ".join(sorted({omission.reason for omission in omissions}))
        held = f"nothing but what is left out ({reasons})" if reasons else "no text"
        raise UnreadableError(f"it holds {held}; remove it, or get it again")
    title = _title(reading.title, pieces, document_id)
    text, blocks = _join(pieces)
    bylines = [found for piece in pieces[:_BYLINE_WITHIN] if (found := read_byline(piece.text)) is not None]
    return Document(
        id=document_id,
        title=title,
        text=text,
        blocks=blocks,
        published=reading.published or next((line.published for line in bylines if line.published), reading.created),
        author=_one_line(reading.author) or next((line.author for line in bylines if line.author), _site(omissions)),
        content_hash=hash_content(title, text, blocks),
        origin=origin,
        collection=collection,
        omissions=omissions,
    )


def _canonical(pieces: Iterable[Piece]) -> list[Piece]:
    canonical = []
    for piece in pieces:
        if piece.kind == "code":
            text = code_text(piece.text)
        elif piece.kind in ("heading", "table"):
            text = _one_line(piece.text)
        else:
            text = flowing_text(piece.text)
        if text:
            canonical.append(replace(piece, text=text))
    return canonical


def _join(pieces: Sequence[Piece]) -> tuple[str, tuple[Block, ...]]:
    """The canonical text and its blocks: items of a list and rows of a table on lines of their own, others apart."""
    parts: list[str] = []
    blocks: list[Block] = []
    end = 0
    for number, piece in enumerate(pieces):
        if number:
            together = piece.kind == pieces[number - 1].kind and piece.kind in ("list item", "table")
            parts.append("\n" if together else "\n\n")
            end += len(parts[-1])
        blocks.append(Block(piece.kind, end, end + len(piece.text), piece.level, piece.page))
        parts.append(piece.text)
        end += len(piece.text)
    return _within_limit("".join(parts)), tuple(blocks)


def _within_limit(text: str) -> str:
    if len(text) > _MOST_CHARACTERS:
        raise UnreadableError(f"it holds {len(text):,} characters, more than {_MOST_CHARACTERS:,}; split it")
    return text


def _title(given: str | None, pieces: Sequence[Piece], document_id: str) -> str:
    """The title that a file gives; else the heading that its name repeats, a first heading, a first line, its name."""
    if title := _one_line(given):
        return title
    name = document_id.rstrip("/").rsplit("/", 1)[-1]
    name = name.rsplit(".", 1)[0] or name
    headings = [piece for piece in pieces if piece.kind == "heading"]
    words = _slug(name)
    if words.count("-") + 1 >= _NAME_WORDS:
        for heading in headings:
            if f"{_slug(heading.text)}-".startswith(f"{words}-"):
                return heading.text[:_TITLE_LIMIT]
    highest = [piece for piece in headings if piece.level == 1]
    for heading in [*highest[:1], *(piece for piece in pieces[:_TITLE_WITHIN] if piece.kind == "heading"), *highest]:
        if not _GENERIC_HEADING.fullmatch(heading.text):
            return heading.text[:_TITLE_LIMIT]
    first = pieces[0]
    if first.kind == "paragraph" and len(first.text) <= _TITLE_LINE_LIMIT and not first.text.endswith(_SENTENCE_END):
        return _one_line(first.text)
    spaced = " ".join(re.split(r"[-_\s]+", flowing_text(name))).strip()
    return (spaced[:1].upper() + spaced[1:])[:_TITLE_LIMIT] or "Untitled"


def _one_line(text: str | None) -> str:
    return " ".join(flowing_text(text).split()) if text else ""


def _slug(text: str) -> str:
    return "-".join(re.findall(r"[^\W_]+", text.casefold().replace("'", "").replace("’", "")))


def _site(omissions: Iterable[Omission]) -> str | None:
    """The site that a line "Source: example.org" names, which was left out as no content."""
    named = (omission.text.partition(":")[2] for omission in omissions if omission.reason == "source line")
    return next((re.sub(r"^ ?https?://|[/.]*$|/.*", "", name).strip() for name in named), None)
