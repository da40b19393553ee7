"""Looks into an Office file before a library opens it: they are ZIP archives, and an archive can be a trap."""

from __future__ import annotations

import io
import zipfile

from knowledge.formats.reading import UnreadableError

# Far above real files: 300 pages with pictures unpack to some 50 MB, a sheet of a million cells to some 60 MB of XML.
_MOST_PARTS = 20_000
_MOST_BYTES = 512 * 2**20  # unpacked, pictures included
_MOST_XML_BYTES = 128 * 2**20  # a parsed tree takes some ten times as much memory
_MOST_RATIO = 150  # unpacked to packed; text packs to a tenth, repetitive sheets to a fortieth
_RATIO_FROM_BYTES = 16 * 2**20  # below this a high ratio does no harm
_MEDIA = (".png", ".jpg", ".jpeg", ".gif", ".emf", ".wmf", ".tif", ".tiff", ".bmp", ".mp3", ".mp4", ".wav", ".bin")
_STEP = 2**20
_DECLARATIONS = tuple(
    word.encode(encoding) for word in ("<!DOCTYPE", "<!ENTITY") for encoding in ("ascii", "utf-16-le", "utf-16-be")
)
_LONGEST_DECLARATION = max(map(len, _DECLARATIONS))


def check_archive(data: bytes) -> None:
    """Return if the Office file is safe to open.

    Raises UnreadableError when it unpacks to too much, is encrypted, is damaged, or declares XML entities.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
        total = sum(part.file_size for part in parts)
        xml_parts = [part for part in parts if not part.filename.lower().endswith(_MEDIA)]
        if len(parts) > _MOST_PARTS:
            raise UnreadableError(f"it holds {len(parts):,} parts, more than {_MOST_PARTS:,}; split it")
        if total > _RATIO_FROM_BYTES and total > _MOST_RATIO * len(data):
            raise UnreadableError(
                f"it unpacks to {total // len(data):,} times its size, as only a trap does; remove it"
            )
        if total > _MOST_BYTES or sum(part.file_size for part in xml_parts) > _MOST_XML_BYTES:
            raise UnreadableError(f"it unpacks to {total / 2**20:,.0f} MB, too much to read; split it")
        if any(part.flag_bits & 0x1 for part in parts):
            raise UnreadableError("it is protected with a password; save a copy without one")
        for part in xml_parts:
            _refuse_declarations(archive, part)


def _refuse_declarations(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Office files never declare a document type; one that does may multiply entities or name files to read."""
    with archive.open(part) as stream:
        tail = b""
        while step := stream.read(_STEP):
            window = tail + step
            if any(declaration in window for declaration in _DECLARATIONS):
                raise UnreadableError(
                    f"its part {part.filename[:80]!r} declares a document type, as no Office file does; save it anew"
                )
            tail = window[-_LONGEST_DECLARATION:]
