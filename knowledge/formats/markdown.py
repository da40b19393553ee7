"""Markdown -> pieces: the text as a reader of the rendered page sees it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from knowledge.formats.byline import parse_date
from knowledge.formats.reading import Piece, Reading
from knowledge.formats.rows import table_pieces
from knowledge.types import BlockKind, Omission

if TYPE_CHECKING:
    from markdown_it.token import Token

_FRONT_MATTER_LIMIT = 16_384  # characters
_MOST_BRACKETS = 200  # the parser's time grows with the square of their depth: 4 seconds for 4,000
_HEADING_ANCHOR = re.compile(r" *\{#[\w:.-]{1,80}\} *$")
_EMPHASISED_HEADING_LIMIT = 120  # characters
_UNSEEN_ELEMENT = re.compile(r"<(/?)(script|style|template|noscript)\b", re.IGNORECASE)
_LINE_BREAK = re.compile(r"<br\b", re.IGNORECASE)


def read_markdown(text: str) -> Reading:
    """The pieces of a Markdown text, and the title, author and date of its front matter.

    The text of links stays and their addresses go; images go with their alternative text; HTML inside is read as HTML.
    """
    from markdown_it import MarkdownIt

    front, body = _split_front_matter(text)
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    reader = _Reader()
    reader.read(parser.parse(body))
    return Reading(
        pieces=tuple(reader.pieces),
        title=_words(front.get("title")),
        author=_words(front.get("author")) or _words(front.get("authors")),
        published=_first_date(front, "date", "published", "publish_date", "pubdate"),
        omissions=tuple(reader.omissions),
    )


def _split_front_matter(text: str) -> tuple[dict[str, Any], str]:
    """The fields of the YAML between two `---` lines at the beginning, and the rest; no fields without such lines."""
    if not text.startswith(("---\n", "---\r\n")):
        return {}, text
    closing = re.compile(r"^(?:---|\.\.\.)[ \t]*\r?$\n?", re.MULTILINE).search(text, 4, _FRONT_MATTER_LIMIT)
    if closing is None:
        return {}, text
    fields = _parse_yaml(text[4 : closing.start()])
    return (fields, text[closing.end() :]) if fields is not None else ({}, text)


def _parse_yaml(source: str) -> dict[str, Any] | None:
    import yaml

    if source.count("[") + source.count("{") > _MOST_BRACKETS:
        return None
    try:
        # An alias can multiply what it names without end; front matter has no use for one.
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(source, Loader=yaml.SafeLoader)):
            return {}
        fields = yaml.safe_load(source)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    return fields if isinstance(fields, dict) else None


def _words(value: object) -> str | None:
    """A field as text: a name, a list of names, or a mapping with a name."""
    if isinstance(value, dict):
        value = value.get("name")
    if isinstance(value, list):
        names = [name for name in map(_words, value[:20]) if name]
        return ", ".join(names) or None
    return str(value).strip() or None if isinstance(value, str | int | float) else None


def _first_date(front: dict[str, Any], *names: str) -> date | None:
    return next((found for name in names if (found := parse_date(front.get(name)))), None)


@dataclass(slots=True)
class _Reader:
    """Walks the flat list of tokens once."""

    pieces: list[Piece] = field(default_factory=list)
    omissions: list[Omission] = field(default_factory=list)
    numbers: list[int | None] = field(default_factory=list)
    """The lists that are open: the number of the next item, None in a list without numbers."""
    marker: str | None = None
    """Set from the beginning of an item to its first text: its number, or nothing."""
    heading_level: int = 1
    """Level of the heading above."""
    rows: list[list[str]] = field(default_factory=list)
    unseen: bool = False
    """Inside an element of HTML that no browser shows."""

    def read(self, tokens: Sequence[Token]) -> None:
        for number, token in enumerate(tokens):
            match token.type:
                case "bullet_list_open":
                    self.numbers.append(None)
                case "ordered_list_open":
                    start = token.attrGet("start")
                    self.numbers.append(1 if start is None else int(start))
                case "bullet_list_close" | "ordered_list_close":
                    self.numbers.pop()
                case "list_item_open":
                    self.open_item()
                case "list_item_close":
                    self.marker = None
                case "fence" | "code_block":
                    self.add("code", token.content)
                case "html_block":
                    self.read_html(token.content)
                case "table_open":
                    self.rows = []
                case "tr_open":
                    self.rows.append([])
                case "table_close":
                    self.pieces += table_pieces(self.rows, header=True)
                case "inline":
                    self.read_inline(tokens[number - 1], token)

    def open_item(self) -> None:
        self.marker = ""
        if self.numbers and (count := self.numbers[-1]) is not None:
            self.marker = f"{count}. "
            self.numbers[-1] = count + 1

    def read_inline(self, opening: Token, inline: Token) -> None:
        text = self.inline_text(inline.children or ())
        if opening.type in ("th_open", "td_open"):
            self.rows[-1].append(text)
        elif opening.type == "heading_open":
            self.heading_level = int(opening.tag[1:])
            self.add("heading", _HEADING_ANCHOR.sub("", text), level=self.heading_level)
        elif self.marker is not None:
            self.add("list item", self.marker + text, level=len(self.numbers))
            self.marker = None
        elif _is_emphasised_heading(inline.children or (), text):
            self.add("heading", text, level=min(6, self.heading_level + 1))
        else:
            self.add("paragraph", text)

    def add(self, kind: BlockKind, text: str, *, level: int = 0) -> None:
        if text.strip():
            self.pieces.append(Piece(kind, text, level))

    def inline_text(self, children: Sequence[Token]) -> str:
        parts: list[str] = []
        for child in children:
            match child.type:
                case "html_inline":
                    if unseen := _UNSEEN_ELEMENT.match(child.content):
                        self.unseen = not unseen[1]
                    elif _LINE_BREAK.match(child.content):
                        parts.append("\n")
                case "softbreak":
                    parts.append(" ")
                case "hardbreak":
                    parts.append("\n")
                case "text" | "code_inline":
                    if not self.unseen:
                        parts.append(child.content)
        self.unseen = False
        return "".join(parts)

    def read_html(self, source: str) -> None:
        from knowledge.formats.html import read_fragment

        fragment = read_fragment(source)
        self.pieces += fragment.pieces
        self.omissions += fragment.omissions


def _is_emphasised_heading(children: Sequence[Token], text: str) -> bool:
    """Whether a paragraph is bold from end to end and does not end as a sentence does: a heading in all but mark."""
    seen = [child for child in children if child.type != "text" or child.content]
    if len(seen) < 2 or seen[0].type != "strong_open" or seen[-1].type != "strong_close":
        return False
    closings = sum(child.type == "strong_close" for child in seen)
    return closings == 1 and len(text) <= _EMPHASISED_HEADING_LIMIT and not text.endswith((".", "!", ":", ";", ","))
