"""Text as every offset refers to it: composed, visible characters and plain white space."""

from __future__ import annotations

import re
import unicodedata

# Characters that nobody sees: controls, soft hyphen, zero width, directions, tags (used to smuggle text), lone
# surrogates, noncharacters. Tab and line feed stay, and so do visible format characters such as Arabic number signs.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufdd0-\ufdef\ufeff\uffa0\ufff0-\ufffc\ufffe\uffff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# Joiners shape letters in Persian and in Indian scripts, and emoji; beside an ASCII character they only hide.
_STRAY_JOINER = re.compile("(?<![^\x00-\x7f])[\u200c\u200d]+|[\u200c\u200d]+(?![^\x00-\x7f])")
_LINE_END = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_SPACES = re.compile("[ \t\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_SPACE_AROUND_LINE_END = re.compile(" ?\n[ \n]*")


def visible_text(text: str) -> str:
    """The text without invisible characters, composed (NFC), with line feeds as line ends; spaces stay as they are."""
    text = _LINE_END.sub("\n", text)
    text = _INVISIBLE.sub("", text)
    text = _STRAY_JOINER.sub("", text)
    return unicodedata.normalize("NFC", text)


def flowing_text(text: str) -> str:
    """Visible text for reading: every run of spaces is one space, no blank lines, nothing around it."""
    text = _SPACES.sub(" ", visible_text(text))
    return _SPACE_AROUND_LINE_END.sub("\n", text).strip()


def code_text(text: str) -> str:
    """Visible text of code: spaces and blank lines inside stay, line ends lose what trails, outer blank lines go."""
    lines = [line.rstrip() for line in visible_text(text).split("\n")]
    while lines and not lines[0]:
        del lines[0]
    return "\n".join(lines).rstrip()
