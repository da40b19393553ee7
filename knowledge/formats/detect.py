"""What a file really is, whatever its name says."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass

from knowledge.formats.reading import UnreadableError


@dataclass(frozen=True, slots=True)
class Content:
    """A kind of content that is told by its first bytes."""

    name: str
    """With its article: "a PDF"."""
    suffix: str | None = None
    """The suffix under which it is read; None when it is not read at all."""
    mend: str = "this kind of file is not read, remove it"


_PDF = Content("a PDF", ".pdf")
_DOCX = Content("a Word document", ".docx")
_XLSX = Content("an Excel workbook", ".xlsx")
_PPTX = Content("a PowerPoint presentation", ".pptx")
_ZIP = Content("a ZIP archive", mend="unpack it first")

_OFFICE_PARTS = {"word/document.xml": _DOCX, "xl/workbook.xml": _XLSX, "ppt/presentation.xml": _PPTX}
_OLD_OFFICE = Content("a file of an old Office version", mend="save it as .docx, .xlsx or .pptx")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_OFFICE_PART = "EncryptedPackage".encode("utf-16-le")
_PDF_HEADER_WITHIN = 1024  # bytes; readers accept a PDF header this far into a file

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", Content("a PNG image")),
    (b"\xff\xd8\xff", Content("a JPEG image")),
    (b"GIF87a", Content("a GIF image")),
    (b"GIF89a", Content("a GIF image")),
    (b"II*\x00", Content("a TIFF image")),
    (b"MM\x00*", Content("a TIFF image")),
    (b"RIFF", Content("a RIFF media file")),
    (b"ID3", Content("an MP3 recording")),
    (b"OggS", Content("an Ogg recording")),
    (b"\x1aE\xdf\xa3", Content("a Matroska video")),
    (b"{\\rtf", Content("a Rich Text file", mend="save it as .docx")),
    (b"\x1f\x8b", Content("a gzip archive", mend="unpack it first")),
    (b"BZh", Content("a bzip2 archive", mend="unpack it first")),
    (b"\xfd7zXZ\x00", Content("an xz archive", mend="unpack it first")),
    (b"\x28\xb5\x2f\xfd", Content("a Zstandard archive", mend="unpack it first")),
    (b"7z\xbc\xaf\x27\x1c", Content("a 7-Zip archive", mend="unpack it first")),
    (b"Rar!\x1a\x07", Content("a RAR archive", mend="unpack it first")),
    (b"%!PS", Content("a PostScript file", mend="convert it to PDF")),
    (b"SQLite format 3\x00", Content("an SQLite database")),
    (b"PAR1", Content("a Parquet file")),
    (b"\x7fELF", Content("a program")),
    (b"MZ\x90", Content("a program")),
    (b"wOFF", Content("a font")),
)


def detect_content(data: bytes) -> Content | None:
    """The kind of content that the bytes show; None when they show none, as text does.

    Raises UnreadableError for what is known to be protected or damaged.
    """
    if data.startswith(_OLE):
        if _ENCRYPTED_OFFICE_PART in data:
            raise UnreadableError("it is protected with a password; save a copy without one")
        return _OLD_OFFICE
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _detect_archive(data)
    for signature, content in _SIGNATURES:
        if data.startswith(signature):
            return content
    if data[4:8] == b"ftyp":
        return Content("a video or a photo")
    if b"%PDF-" in data[:_PDF_HEADER_WITHIN] and not data[: data.find(b"%PDF-")].strip(b"\x00\t\n\r \xef\xbb\xbf"):
        return _PDF
    return None


def is_html(text: str) -> bool:
    """Whether a text is a whole HTML page: it begins with a document type or an `html` element."""
    start = text[:4096].lstrip().lower()
    while start.startswith(("<!--", "<?xml")):
        end = start.find(">") if start.startswith("<?xml") else start.find("-->")
        if end < 0:
            return False
        start = start[end:].lstrip("->").lstrip()
    return start.startswith(("<!doctype html", "<html>", "<html "))


def _detect_archive(data: bytes) -> Content:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
    except Exception as error:  # a hostile directory makes zipfile raise more than BadZipFile
        raise UnreadableError("it is a damaged or cut-off ZIP archive or Office document; get it again") from error
    for part, content in _OFFICE_PARTS.items():
        if part in names:
            return content
    if "EncryptedPackage" in names:
        raise UnreadableError("it is protected with a password; save a copy without one")
    if "mimetype" in names:
        return Content("an OpenDocument or EPUB file", mend="save it as .docx, .xlsx, .pptx or .pdf")
    return _ZIP
