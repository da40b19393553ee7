"""The text of a file's bytes, or the reason why they are no text."""

from __future__ import annotations

import codecs
import re

from knowledge.formats.reading import UnreadableError

_MARKS = (  # longest first: the mark of UTF-32 begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(rb"<meta[^>]{0,200}?charset\s{0,4}=\s{0,4}[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_DECLARED_WITHIN = 2048  # bytes; HTML asks for the declaration within the first 1024
_SAMPLE = 2**20  # bytes that are enough to guess an encoding
_MOST_CHAOS = 0.1  # share of odd letter sequences; charset-normalizer itself gives up at 0.2
_SAME = 0.05  # difference of chaos or coherence that tells nothing, as between Western and Central European
_MOST_USED = "cp1252"  # of the encodings that fit equally well
_EAST_ASIAN = frozenset(
    ("big5", "cp932", "cp949", "cp950", "euc_jis_2004", "euc_jp", "euc_kr", "gb18030", "gb2312", "gbk", "shift_jis")
)
"""Charset-normalizer often finds no coherence in their texts, whose byte patterns are proof enough."""
_SAVE = "save it as UTF-8"


def decode_text(data: bytes, *, html: bool = False) -> str:
    """The text of the bytes: by their mark, else what an HTML page declares, else UTF-8, else a guess that is sure.

    Raises UnreadableError for binary data and for an encoding that cannot be told.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _decode(data, encoding, f"its first bytes say {encoding.removesuffix('-sig').upper()}")
    if b"\x00" in data:
        raise UnreadableError(f"it holds NUL bytes, so it is binary, or UTF-16 without its mark; {_SAVE}")
    if html and (declared := _DECLARED.search(data[:_DECLARED_WITHIN])):
        encoding = declared[1].decode("ascii")
        try:
            return data.decode(encoding)
        except (LookupError, UnicodeDecodeError):
            pass  # a wrong declaration is common; what follows can still tell
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        broken = error
    if _mostly_utf8(data):
        raise UnreadableError(f"it is UTF-8 with broken bytes, the first at byte {broken.start}; {_SAVE}")
    return _decode(data, _guess_encoding(data), "it looks so")


def _decode(data: bytes, encoding: str, why: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        reason = f"it is not valid {encoding.removesuffix('-sig').upper()} at byte {error.start}, though {why}; {_SAVE}"
        raise UnreadableError(reason) from error


def _mostly_utf8(data: bytes) -> bool:
    """Whether most bytes beyond ASCII form UTF-8 sequences, so that another encoding would garble them."""
    lenient = data[:_SAMPLE].decode("utf-8", errors="replace")
    broken = lenient.count("\N{REPLACEMENT CHARACTER}")
    whole = sum(character > "\x7f" for character in lenient) - broken
    return whole > 3 * broken


def _guess_encoding(data: bytes) -> str:
    from charset_normalizer import from_bytes

    guesses = list(from_bytes(data[:_SAMPLE]))
    if guesses and guesses[0].chaos <= _MOST_CHAOS:
        best = guesses[0]
        equals = {
            name
            for guess in guesses
            if guess.chaos <= best.chaos + _SAME and guess.coherence >= best.coherence - _SAME
            for name in (guess.encoding, *guess.could_be_from_charset)
        }
        if best.coherence > 0:
            return _MOST_USED if _MOST_USED in equals else best.encoding
        if best.chaos <= _SAME and best.encoding in _EAST_ASIAN:
            return best.encoding
    raise UnreadableError(f"its encoding cannot be told (it is not UTF-8), or it is not text; {_SAVE}")
