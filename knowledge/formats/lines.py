"""Rows that a fixed width cut, joined again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_LAST_WORD = re.compile(r"([^\W\d_]{2,40})[-\u2010]$")
_FIRST_WORD = re.compile(r"[^\W\d_]{2,40}")
_HYPHEN_END = re.compile(r"\w[-\u2010]$")
_WORD = re.compile(r"[^\W\d_]{2,40}(?:-[^\W\d_]{2,40}){0,3}")


def words_of(rows: Iterable[str]) -> frozenset[str]:
    """The words that stand whole in the rows, in lower case, compounds with their hyphens."""
    words: set[str] = set()
    divided = False
    for row in rows:
        found = [word.lower() for word in _WORD.findall(row)]
        first, divided = int(divided), _HYPHEN_END.search(row[-2:]) is not None
        words.update(found[first : len(found) - divided])
    return frozenset(words)


def join_rows(rows: Sequence[str], *, words: frozenset[str], typeset: bool) -> str:
    """The rows as one line.

    A hyphen at the end of a row goes when the document has the joined word elsewhere; it stays when it has the compound
    or both of its words. When it has neither, the hyphen goes from a typeset page, where it most often divides a word,
    and stays in a text that a program wrapped.
    """
    parts = [rows[0]] if rows else []
    for row in rows[1:]:
        left = parts[-1]
        last, first = _LAST_WORD.search(left[-42:]), _FIRST_WORD.match(row)
        if last is None or first is None:
            if _HYPHEN_END.search(left[-2:]) is None:
                parts.append(" ")
        elif first[0][0].islower() and _divides_word(last[1], first[0], words=words, typeset=typeset):
            parts[-1] = left[:-1]
        parts.append(row)
    return "".join(parts)


def _divides_word(left: str, right: str, *, words: frozenset[str], typeset: bool) -> bool:
    left, right = left.lower(), right.lower()
    if left + right in words:
        return True
    compound = f"{left}-{right}" in words or (left in words and right in words)
    return typeset and not compound
