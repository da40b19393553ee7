"""PDF -> pieces with their pages."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from knowledge.formats.byline import parse_date
from knowledge.formats.layout import Line, read_layout
from knowledge.formats.reading import Reading, UnreadableError
from knowledge.formats.running import remove_running_lines
from knowledge.types import Omission

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfTextPage

_UNMAPPED_SHARE = 0.2  # of the characters: the fonts do not say which letters they draw
_LINE_END = re.compile("(?P<hyphen>\ufffe)|\r\n|\n|\r")  # PDFium gives U+FFFE for a hyphen with the line end after it
_UNMAPPED = re.compile("[\ufffd\ue000-\uf8ff]")
_BOLD = re.compile(rb"bold|black|heavy|demi", re.IGNORECASE)
_NO_PROPERTY = frozenset(("", "(unspecified)", "(anonymous)", "unspecified", "anonymous", "untitled", "unknown"))
_FILE_NAME = re.compile(r".{1,200}\.(?:docx?|indd|pages|pdf|pptx?|qxd|rtf|tex|xlsx?)|[\d_-]{6,}", re.IGNORECASE)


def read_pdf(data: bytes) -> Reading:
    """The pieces of a PDF and what its properties say about it; running headers, footers and page numbers are left out.

    Raises UnreadableError for a damaged or encrypted file and for one without a text layer that can be read.
    """
    document = _open(data)
    try:
        pages = [_read_page(document, number) for number in range(len(document))]
        textless = _pictures_only(document, pages)
        properties = document.get_metadata_dict()
    finally:
        document.close()
    _check_text(pages)
    lines, running = remove_running_lines(pages)
    return Reading(
        pieces=tuple(read_layout(lines)),
        title=_property(properties.get("Title", "")),
        author=_property(properties.get("Author", "")),
        created=_created(properties.get("CreationDate", "")),
        omissions=(*running, *textless),
    )


# File -> lines


def _open(data: bytes) -> PdfDocument:
    import pypdfium2
    from pypdfium2 import raw

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if error.err_code == raw.FPDF_ERR_PASSWORD:
            raise UnreadableError("it is protected with a password; save a copy without one") from error
        if error.err_code == raw.FPDF_ERR_SECURITY:
            raise UnreadableError("its kind of encryption is not known; save a copy without it") from error
        raise UnreadableError("it is a damaged or cut-off PDF; get it again") from error
    if len(document) == 0:
        document.close()
        raise UnreadableError("it is a PDF without pages; remove it, or get it again")
    return document


def _read_page(document: PdfDocument, number: int) -> list[Line]:
    page = document[number]
    try:
        text_page = page.get_textpage()
        try:
            text = text_page.get_text_range()
            lines = []
            start = 0
            for end in _LINE_END.finditer(text):
                lines += _read_line(text_page, text, start, end.start(), end["hyphen"] is not None, number + 1)
                start = end.end()
            lines += _read_line(text_page, text, start, len(text), False, number + 1)
            return lines
        finally:
            text_page.close()
    finally:
        page.close()


def _read_line(page: PdfTextPage, text: str, start: int, end: int, divided: bool, number: int) -> list[Line]:
    from pypdfium2 import raw

    words = text[start:end]
    stripped = words.strip()
    if not stripped:
        return []
    first_at = start + len(words) - len(words.lstrip())
    first = max(0, raw.FPDFText_GetCharIndexFromTextIndex(page, first_at))
    last = max(0, raw.FPDFText_GetCharIndexFromTextIndex(page, first_at + len(stripped) - 1))
    left, bottom, _, top = page.get_charbox(first, loose=True)
    _, _, right, _ = page.get_charbox(last, loose=True)
    is_bold = _is_bold(page, first) and _is_bold(page, last)
    shown = " ".join(stripped.split()) + ("-" if divided else "")
    return [Line(shown, number, top - bottom, is_bold, left, max(left, right), bottom)]


def _is_bold(page: PdfTextPage, index: int) -> bool:
    from pypdfium2 import raw

    name = ctypes.create_string_buffer(128)
    length = raw.FPDFText_GetFontInfo(page, index, name, len(name), ctypes.c_int())
    return 0 < length <= len(name) and _BOLD.search(name.value) is not None


def _pictures_only(document: PdfDocument, pages: Sequence[Sequence[Line]]) -> list[Omission]:
    """The pages that have a picture and no text, as scanned pages do."""
    from pypdfium2 import raw

    omissions = []
    for number, lines in enumerate(pages):
        if lines:
            continue
        page = document[number]
        try:
            if next(page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE]), None) is not None:
                omissions.append(Omission(f"page {number + 1}", "picture without a text layer"))
        finally:
            page.close()
    return omissions


def _check_text(pages: Sequence[Sequence[Line]]) -> None:
    text = "".join(line.text for lines in pages for line in lines)
    if not text:
        raise UnreadableError(
            "it has no text layer (its pages are pictures, as of a scanner); run text recognition on it"
        )
    if len(_UNMAPPED.findall(text)) > _UNMAPPED_SHARE * len(text):
        raise UnreadableError("its fonts do not say which letters they draw; run text recognition on it")


# Properties


def _property(value: str) -> str | None:
    value = " ".join(value.split()).removeprefix("Microsoft Word - ")
    return None if value.casefold() in _NO_PROPERTY or _FILE_NAME.fullmatch(value) else value


def _created(value: str) -> date | None:
    found = re.match(r"(?:D:)?(\d{4})(\d{2})(\d{2})", value)
    return parse_date("-".join(found.groups())) if found else None
