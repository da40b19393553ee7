"""Who wrote a document and when, as its first lines or its metadata say it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan",
            "february feb",
            "march mar",
            "april apr",
            "may",
            "june jun",
            "july jul",
            "august aug",
            "september sept sep",
            "october oct",
            "november nov",
            "december dec",
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH = "(?P<month>" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\.?"
_DATE_FORMS = tuple(
    re.compile(r"(?<!\w)" + form + r"(?!\d)", re.IGNORECASE)
    for form in (
        r"(?P<year>\d{4})[-/](?P<month>\d{1,2})[-/](?P<day>\d{1,2})",
        rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\.? {_MONTH},? (?P<year>\d{{4}})",
        rf"{_MONTH} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<year>\d{{4}})",
    )
)
_YEAR = re.compile(r"\d{4}")
_BY = re.compile(r"(?:(?:written|posted|published) )?by:? ", re.IGNORECASE)
_AUTHOR = re.compile(r"authors?: ?", re.IGNORECASE)
_DATE_LABEL = re.compile(
    r"(?:(?:last |first )?(?:published|posted|updated|date|written)(?: on)?|on):? ?", re.IGNORECASE
)
_TAIL = re.compile(r"\W*$|,? ?(?:at )?\d{1,2}[:.]\d\d|T\d\d| ?[|/·•–—(-]")
_SEPARATORS = " ,|/·•;:–—-"
_PARTICLES = frozenset(
    ("van", "von", "de", "der", "den", "da", "di", "du", "la", "le", "el", "al", "bin", "and", "&", "y", "und", "et")
)
_LINE_LIMIT = 160  # characters; a longer line is prose
_NAME_LIMIT = 12  # words: about four authors
_TAIL_LIMIT = 40  # characters after the date, such as a time of day or "5 min read"


@dataclass(frozen=True, slots=True)
class Byline:
    """An author, a date, or both."""

    author: str | None
    published: date | None


def parse_date(value: object) -> date | None:
    """The date that a metadata value begins with, or None.

    Understands dates, "2026-07-03" with or without a time, "3 July 2026" and "July 3, 2026"; never guesses which of two
    numbers is the month.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        return None
    found = _find_date(value.strip()[:_LINE_LIMIT])
    return found[0] if found and found[1] == 0 else None


def read_byline(text: str) -> Byline | None:
    """What a line such as "By Ada Brown, 3 July 2026" or "Published 3 July 2026" says; None when it is no such line."""
    if not text or len(text) > _LINE_LIMIT:
        return None
    text = " ".join(text.split())
    label = _BY.match(text) or _AUTHOR.match(text)
    if label is None and _YEAR.search(text) is None:
        return None
    rest = text[label.end() :] if label else text
    found = _find_date(rest)
    published, start, end = found if found else (None, len(rest), len(rest))
    if len(rest) - end > _TAIL_LIMIT or not _TAIL.match(rest, end):
        return None
    name = _without_label(rest[:start])
    if label is None:
        return Byline(None, published) if published and not name else None
    if label.re is _AUTHOR:
        return Byline(name, published) if name and len(name.split()) <= _NAME_LIMIT else None
    if not _is_name(name, fewest_words=1 if published else 2):
        return None
    return Byline(name, published)


def _find_date(text: str) -> tuple[date, int, int] | None:
    for form in _DATE_FORMS:
        match = form.search(text)
        if match is None:
            continue
        month = match["month"].lower()
        try:
            found = date(int(match["year"]), _MONTHS[month] if month in _MONTHS else int(month), int(match["day"]))
        except ValueError:
            continue
        return found, match.start(), match.end()
    return None


def _without_label(text: str) -> str:
    text = text.strip(_SEPARATORS)
    words = text.split(" ")
    for count in (3, 2, 1):  # "last updated on", "published on", "date"
        tail = " ".join(words[-count:])
        if len(words) >= count and _DATE_LABEL.fullmatch(tail):
            return " ".join(words[:-count]).strip(_SEPARATORS)
    return text


def _is_name(text: str, *, fewest_words: int) -> bool:
    words = text.replace(",", " ").replace(";", " ").split()
    return fewest_words <= len(words) <= _NAME_LIMIT and all(
        word[0].isupper() or word.lower() in _PARTICLES or (word[0].isalpha() and not word[0].islower())
        for word in words
    )
