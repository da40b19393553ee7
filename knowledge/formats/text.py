"""Plain text -> pieces: the structure that its author saw is found again from line lengths, blank lines and marks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from knowledge.formats.asking import is_question, is_section_heading
from knowledge.formats.byline import parse_date, read_byline
from knowledge.formats.canonical import visible_text
from knowledge.formats.lines import join_rows, words_of
from knowledge.formats.reading import Piece, Reading
from knowledge.types import BlockKind

_HEADING_LIMIT = 100  # characters
_HEADING_WORDS = 14
_MARKED_LIMIT = 200  # characters of a heading with a mark
_BODY_FROM = 90  # characters: a line at least this long is body text
_SENTENCE_BODY_FROM = 40  # characters: so is a shorter one that ends as a sentence does
_HEADINGS_IN_A_ROW = 3  # a title, a section and a subsection; more short lines in a row are a list or a menu
_WRAPPED_WIDTHS = range(40, 101)  # characters; editors and mail programs wrap at 60 to 80
_LONG_ROWS_SHARE = 0.2  # a wrapped text has few characters in longer rows (addresses, tables)
_FORCED_SHARE = 0.75  # at most row ends of a wrapped text the next word would not have fitted; in a list it would
_LOWER_CASE_SHARE = 0.3  # many of its rows begin in lower case (in English 8 of 10), few of a log or a list of names
_QUOTE_ROWS = 8  # a quotation broken over more rows than this is body text
_LABELLED_WITHIN = 12  # rows at the beginning that may say "Author: ..."

_SENTENCE_END = re.compile(r"[.!?…:;。！？] ?[\"'”’»)\]]{0,3}$")
_OPEN_END = re.compile(r" (?:and|or|the|an?|of|for|from|with|by|at|as|which|except|than)$|[,&/-]$")
_BULLET = re.compile(r" *(?:[-+•‣◦▪●○·] +|\*{1,4} *)(?P<text>[^\s*].*)")
_NUMBER = re.compile(r" *(?P<text>(?:\(?\d{1,3}[.)]|\(?[a-zA-Z][.)]) +\S.*)")
_NUMBERED_HEADING = re.compile(r"(?P<number>\d{1,2}(?:\.\d{1,2}){0,3})\.? +[^\W\d_]")
_ATTRIBUTION = re.compile(r" *(?:[—–―]|--) ?[^\W\d_].{1,100}")
_HYPHEN_ATTRIBUTION = re.compile(r" *- [^\W\d_a-z].{1,100}")
_ATTRIBUTED = re.compile(r"[“\"„«].*[”\"“»] (?:[—–―]|--?) ?\S")
_CLOSING_QUOTE = re.compile(r"[”\"’»][.,]?$")
_MARKED_HEADING = re.compile(r"(?P<marks>#{1,6}) +(?P<text>\S.*)")
_UNDERLINE = re.compile(r" *([=~*^_-])\1{2,} *")
_QUESTION_OR_ANSWER = re.compile(r"(?:Q|A|Question|Answer) ?\d{0,3} ?[:.] ", re.IGNORECASE)
_ONE_WORD_LABEL = re.compile(r"[\w-]{1,30}: ?\S+")  # "License: MIT"
_LABELLED = re.compile(r"(?P<label>title|authors?|date|published|source)(?: on)? ?: ?(?P<value>\S.*)", re.IGNORECASE)
_FIRST_LETTER = re.compile(r"[\"'“‘«„(\[]{0,2}(?P<letter>\w)(?P<next>\w?)")
_QUOTES = {"“": "”", "„": "“", "«": "»", '"': '"'}


@dataclass(frozen=True, slots=True)
class _Line:
    """A line as its author meant it: what a fixed width cut is joined."""

    text: str
    indent: int = 0
    kind: BlockKind = "paragraph"
    level: int = 0


def read_text(text: str) -> Reading:
    """The pieces of a text without markup.

    Hard-wrapped paragraphs are joined, and so are quotations broken over lines; an attribution stays with its
    quotation; short lines above body text become headings. Only bullets, underlines and heading marks are dropped.
    """
    rows = [row.rstrip() for row in visible_text(text).expandtabs(4).split("\n")]
    lines = _join_rows(rows)
    lines = _keep_attributions(lines)
    lines = _read_marks(lines)
    lines = _find_headings(lines)
    lines = _find_section_questions(lines)
    labels = _read_labels(lines)
    return Reading(
        pieces=tuple(Piece(line.kind, line.text, line.level) for line in lines),
        title=labels.get("title"),
        author=labels.get("author") or labels.get("authors"),
        published=parse_date(labels.get("date")) or parse_date(labels.get("published")),
    )


# Rows -> lines


def _join_rows(rows: Sequence[str]) -> list[_Line]:
    """Each row is a line, unless a fixed width or a designer cut one line into several rows."""
    width = _wrap_width(rows)
    groups: list[list[str]] = []
    quote_until = -1
    for number, row in enumerate(rows):
        if not row:
            continue
        follows = number > 0 and rows[number - 1] != "" and bool(groups)
        labelled = number < _LABELLED_WITHIN and _LABELLED.match(row) is not None
        if follows and not labelled and (number <= quote_until or _continues(groups[-1], row, width)):
            groups[-1].append(row)
        else:
            groups.append([row])
            quote_until = _quote_end(rows, number)
    words = words_of(rows)
    return [
        _Line(join_rows([row.strip() for row in group], words=words, typeset=False), indent=_indent(group[0]))
        for group in groups
    ]


def _wrap_width(rows: Sequence[str]) -> int | None:
    """The width at which the text was wrapped; None when each of its rows is a whole line."""
    widest = _WRAPPED_WIDTHS[-1]
    in_long = sum(len(row) for row in rows if len(row) > widest)
    if in_long > _LONG_ROWS_SHARE * sum(map(len, rows)):
        return None
    ends = [
        (left, right.lstrip())
        for left, right in pairwise(rows)
        if left and right and len(left) <= widest and not _starts_anew(right)
    ]
    if len(ends) < 2:
        return None
    lengths = sorted(len(left) for left, _ in ends)
    width = lengths[-1 - len(lengths) // 50]  # without the longest two of a hundred, which an editor let stick out
    forced = sum(_would_not_fit(left, right, width) for left, right in ends)
    lower = sum(_begins_lower(right) for _, right in ends)
    wrapped = forced >= _FORCED_SHARE * len(ends) and lower >= _LOWER_CASE_SHARE * len(ends)
    return width if wrapped and width in _WRAPPED_WIDTHS else None


def _continues(group: Sequence[str], row: str, width: int | None) -> bool:
    """Whether a row goes on with the line whose rows so far stand directly above it."""
    first, last, text = group[0], group[-1], row.lstrip()
    if _starts_anew(text):
        return False
    deeper = _indent(row) > _indent(first) + 1
    if deeper and (_BULLET.fullmatch(first) or _NUMBER.fullmatch(first)):
        return True
    ended = _SENTENCE_END.search(last[-5:]) is not None
    if width is not None:
        if ended and deeper:
            return False  # the indented first line of a paragraph
        return _would_not_fit(last, text, width) or (not ended and _begins_lower(text))
    return not ended and _begins_lower(text) and (len(last) > _HEADING_LIMIT // 2 or not _begins_lower(first.lstrip()))


def _indent(row: str) -> int:
    return len(row) - len(row.lstrip())


def _would_not_fit(left: str, right: str, width: int) -> bool:
    return len(left) + 1 + len(right[:width].split(" ", 1)[0]) > width


def _starts_anew(row: str) -> bool:
    starts = (_BULLET, _NUMBER, _ATTRIBUTION, _MARKED_HEADING, _UNDERLINE)
    return any(start.fullmatch(row) for start in starts) or _QUESTION_OR_ANSWER.match(row) is not None


def _begins_lower(text: str) -> bool:
    """Whether a text begins in lower case, as the rest of a sentence does; "iPhone" does not."""
    first = _FIRST_LETTER.match(text)
    return first is not None and first["letter"].islower() and not first["next"].isupper()


def _quote_end(rows: Sequence[str], first: int) -> int:
    """The row that closes the quotation that begins in the row `first` and is broken over short rows; -1 if none."""
    opening = rows[first].lstrip()[:1]
    if opening not in _QUOTES or _closes(rows[first], opening):
        return -1
    for number in range(first + 1, min(first + _QUOTE_ROWS, len(rows))):
        text = rows[number].strip()
        if not text or text[0] == opening or max(len(text), len(rows[number - 1])) > _HEADING_LIMIT:
            return -1
        if _CLOSING_QUOTE.search(text):
            return number
    return -1


def _closes(row: str, opening: str) -> bool:
    return row.count('"') > 1 if opening == '"' else _QUOTES[opening] in row


# Lines -> pieces


def _keep_attributions(lines: Sequence[_Line]) -> list[_Line]:
    """Who said it, on a line of its own that begins with a dash, joins the quotation above."""
    kept: list[_Line] = []
    for line in lines:
        if kept and _attributes(line.text, kept[-1].text):
            kept[-1] = replace(kept[-1], text=f"{kept[-1].text} {line.text}")
        else:
            kept.append(line)
    return kept


def _attributes(text: str, quotation: str) -> bool:
    if _CLOSING_QUOTE.search(quotation[-2:]) is None:
        return False
    if _ATTRIBUTION.fullmatch(text):
        return True
    return quotation[0] in _QUOTES and _HYPHEN_ATTRIBUTION.fullmatch(text) is not None


def _read_marks(lines: Sequence[_Line]) -> list[_Line]:
    """Marked and underlined headings and list items, without their marks; the numbers of items stay."""
    read: list[_Line] = []
    indents: list[int] = []
    for number, line in enumerate(lines):
        if _UNDERLINE.fullmatch(line.text):
            if read and read[-1].kind == "paragraph" and line.text[0] in "=-~" and _may_head(read[-1].text):
                read[-1] = replace(read[-1], kind="heading", level=1 if line.text[0] == "=" else 2)
            continue
        heading = _MARKED_HEADING.fullmatch(line.text) if len(line.text) <= _MARKED_LIMIT else None
        if heading and not line.text.endswith("."):
            text = heading["text"].rstrip("# ") or heading["text"]
            read.append(replace(line, kind="heading", level=len(heading["marks"]), text=text))
            continue
        item = _item_text(lines, number)
        if item is None:
            indents.clear()
            read.append(line)
            continue
        while indents and indents[-1] > line.indent:
            indents.pop()
        if not indents or indents[-1] < line.indent:
            indents.append(line.indent)
        read.append(replace(line, kind="list item", level=len(indents), text=item))
    return read


def _item_text(lines: Sequence[_Line], number: int) -> str | None:
    """The text of a list item; None for a line that is none, or only looks like one because no other is beside it."""
    above = lines[number - 1].text if number else ""
    below = lines[number + 1].text if number + 1 < len(lines) else ""
    for form in (_BULLET, _NUMBER):
        match = form.fullmatch(lines[number].text)
        in_list = form.fullmatch(above) or form.fullmatch(below) or above.endswith(":")
        if match and in_list and not match["text"].endswith("*"):  # "*so*" is emphasis
            return match["text"]
    return None


def _find_headings(lines: Sequence[_Line]) -> list[_Line]:
    """Short lines above body text become headings. Read upwards, since a title heads a heading that heads a body."""
    found = list(lines)
    in_a_row = 0  # headings directly below
    for number in range(len(found) - 1, -1, -1):
        line = found[number]
        if line.kind == "paragraph" and read_byline(line.text) is not None:
            continue
        above = found[number - 1].text if number else None
        may_head = line.kind == "paragraph" and in_a_row < _HEADINGS_IN_A_ROW
        if may_head and _heads(line.text, _below(found, number), above):
            is_title = number == 0 or read_byline(found[number + 1].text) is not None
            found[number] = line = replace(line, kind="heading", level=_level(line.text, is_title=is_title))
        in_a_row = in_a_row + 1 if line.kind == "heading" else 0
    return found


def _below(lines: Sequence[_Line], number: int) -> _Line | None:
    """What stands below a line; a byline and a date do not count."""
    return next((line for line in lines[number + 1 : number + 4] if read_byline(line.text) is None), None)


def _heads(text: str, below: _Line | None, above: str | None) -> bool:
    """Whether a line heads what is below it."""
    asks = is_question(text) and not _begins_lower(text) and text[0] not in _QUOTES
    if below is None or not (asks or _may_head(text)):
        return False
    if above is not None and _is_scrap(above):
        return False
    if below.kind == "paragraph":
        enough = len(below.text) >= _BODY_FROM if asks else _is_body(below.text)
        return enough and len(below.text) > len(text) and not _begins_lower(below.text)
    return below.kind in ("heading", "list item") and not asks


def _is_scrap(text: str) -> bool:
    """Whether a line is neither prose nor a heading nor a byline; what follows it may be a scrap too."""
    if len(text) >= _BODY_FROM or _SENTENCE_END.search(text) or _may_head(text):
        return False
    attributed = any(quote in text for quote in _QUOTES.values())
    return not attributed and read_byline(text) is None


def _may_head(text: str) -> bool:
    """Whether a line is short, begins as a heading does and does not end as a sentence does."""
    return (
        len(text) <= _HEADING_LIMIT
        and len(text.split()) <= _HEADING_WORDS
        and text[0] not in "([{<—–―-|•*:#"
        and not _begins_lower(text)
        and any(character.isalpha() for character in text)
        and _SENTENCE_END.search(text) is None
        and _OPEN_END.search(text) is None
        and _ONE_WORD_LABEL.fullmatch(text) is None
        and _LABELLED.match(text) is None
        and _ATTRIBUTED.match(text) is None
        and read_byline(text) is None
    )


def _is_body(text: str) -> bool:
    if len(text) >= _BODY_FROM:
        return not is_question(text)
    return len(text) >= _SENTENCE_BODY_FROM and text[-1] != "?" and _SENTENCE_END.search(text) is not None


def _level(text: str, *, is_title: bool) -> int:
    if number := _NUMBERED_HEADING.match(text):
        return min(6, 2 + number["number"].count("."))
    return 1 if is_title else 2


def _find_section_questions(lines: Sequence[_Line]) -> list[_Line]:
    """Below "Key Questions" even a short answer makes the question above it a heading, one level further in."""
    found = list(lines)
    level = 0  # of the section; 0 outside of one
    for number, line in enumerate(found[:-1]):
        below_asks = is_question(found[number + 1].text)
        asks = is_question(line.text)
        if is_section_heading(line.text) and line.kind != "list item" and (line.kind == "heading" or below_asks):
            level = line.level or 2
            found[number] = replace(line, kind="heading", level=level)
        elif line.kind == "heading" and not asks:
            level = 0
        elif level and asks and not below_asks and line.kind != "list item":
            found[number] = replace(line, kind="heading", level=min(6, level + 1))
    return found


def _read_labels(lines: Sequence[_Line]) -> dict[str, str]:
    labels: dict[str, str] = {}
    for line in lines[:_LABELLED_WITHIN]:
        if match := _LABELLED.fullmatch(line.text):
            labels.setdefault(match["label"].lower(), match["value"])
    return labels
