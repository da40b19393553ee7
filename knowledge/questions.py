"""The questions that a document itself asks and answers, as in a "Key Questions" section or an FAQ."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from knowledge.formats.asking import is_question, is_section_heading
from knowledge.types import Block, Document, DocumentQuestion, Span

_NUMBER = re.compile(r"\(?\d{1,3}[.)] +")
_ASKS = re.compile(r"(?:Q|Question) ?\d{0,3} ?[:.)] *(?=\S)")
_ANSWERS = re.compile(r"(?:A|Answer) ?\d{0,3} ?[:.)] *(?=\S)")
_ANSWERS_INSIDE = re.compile(r"\?\s+(?:A|Answer) ?\d{0,3} ?[:.)] *(?=\S)")
_ANSWERS_AFTER = re.compile(r"\?\s+(?=[^\W_a-z])")
_QUESTION_LIMIT = 200  # characters
_SOURCE = re.compile(r"sources? ?:", re.IGNORECASE)
_INTERROGATIVE = re.compile(
    r"(?:what|why|how|who|whom|whose|when|where|which|can|could|do|does|did|is|are|am|was|were|will|would|shall|should|may|must"
    r"|has|have|had|isn['’]t|aren['’]t|doesn['’]t|don['’]t|won['’]t|what['’]s|who['’]s|how['’]s|where['’]s)\b",
    re.IGNORECASE,
)
_UNNAMED_FROM = 2  # questions in a row; a single heading that asks may be no more than a headline


@dataclass(frozen=True, slots=True)
class _Pair:
    question: Span
    answer: Span


@dataclass(frozen=True, slots=True)
class _Section:
    start: int
    """Of its heading, or of its first question."""
    pairs: tuple[_Pair, ...]


def find_questions(document: Document) -> list[DocumentQuestion]:
    """The questions with their answers, in the order of the text; both are spans of `document.text`.

    Found are the questions of a section that is named so ("Key Questions", "FAQ"), headings in a row that ask, and
    pairs of "Q:" and "A:". A question within prose is none of these.
    """
    return [
        DocumentQuestion(
            document_id=document.id,
            collection=document.collection,
            question=document.text[pair.question.start : pair.question.end],
            start=pair.question.start,
            end=pair.question.end,
            answer_start=pair.answer.start,
            answer_end=pair.answer.end,
        )
        for section in _find_sections(document)
        for pair in section.pairs
    ]


def section_of_questions(document: Document) -> Span | None:
    """Where the document's questions and answers stand, heading included; None when it has none.

    Of several sections it is the one with most questions.
    """
    sections = _find_sections(document)
    if not sections:
        return None
    largest = max(sections, key=lambda section: len(section.pairs))
    return Span(largest.start, largest.pairs[-1].answer.end)


def _find_sections(document: Document) -> list[_Section]:
    text, blocks = document.text, document.blocks
    sections: list[_Section] = []
    fruitless: dict[tuple[str, int], int] = {}  # (kind, level) -> before this block no such section begins
    number = 0
    while number < len(blocks):
        section, after = None, number + 1
        for kind, find in _KINDS.items():
            key = (kind, blocks[number].level)
            if section is None and number >= fruitless.get(key, 0):
                section, end = find(text, blocks, number)
                if section is None:
                    fruitless[key] = end
                else:
                    after = end
        if section is not None:
            sections.append(section)
        number = after
    return sections


# Three kinds of sections. Each function gives the section that begins at a block, or None, and the first block after
# what it looked at.


def _named(text: str, blocks: Sequence[Block], number: int) -> tuple[_Section | None, int]:
    """A section below "Key Questions"; its questions are headings, lines, items, or first sentences of paragraphs."""
    opening = blocks[number]
    if not is_section_heading(text[opening.start : opening.end]):
        return None, number + 1
    if opening.kind != "heading" and (number + 1 == len(blocks) or _asked(text, blocks[number + 1]) is None):
        return None, number + 1
    end = number + 1
    while end < len(blocks) and not _closes(text, opening, blocks[end]):
        end += 1
    inside = blocks[number + 1 : end]
    by_heading = any(block.kind == "heading" and _asked(text, block) for block in inside)
    pairs = tuple(_pairs(text, inside, headings_only=by_heading))
    return (_Section(opening.start, pairs) if pairs else None), end


def _closes(text: str, opening: Block, block: Block) -> bool:
    """Whether a block ends a named section: a heading as high as its own that does not ask, or a line on the source."""
    if block.kind == "heading":
        return block.level <= max(1, opening.level) and _asked(text, block) is None
    return block.kind == "paragraph" and _SOURCE.match(text, block.start) is not None


def _headings_in_a_row(text: str, blocks: Sequence[Block], number: int) -> tuple[_Section | None, int]:
    """Headings of one level that ask, with an answer below each; "And so?" alone in a row of prose is none."""
    first = blocks[number]
    if not _asks_plainly(text, first):
        return None, number + 1
    end = number + 1
    while end < len(blocks):
        block = blocks[end]
        same = block.level == first.level and _asks_plainly(text, block)
        if block.kind == "heading" and block.level <= first.level and not same:
            break
        end += 1
    pairs = tuple(_pairs(text, blocks[number:end], headings_only=True))
    return (_Section(first.start, pairs) if len(pairs) >= _UNNAMED_FROM else None), end


def _asks_plainly(text: str, block: Block) -> bool:
    asked = _asked(text, block) if block.kind == "heading" else None
    return asked is not None and _INTERROGATIVE.match(text, asked.start) is not None


def _marked(text: str, blocks: Sequence[Block], number: int) -> tuple[_Section | None, int]:
    """Pairs of "Q:" and "A:"; the last answer ends with its block, since nothing marks what follows it."""
    if not _is_marked_question(text, blocks[number]):
        return None, number + 1
    last = after = number
    while after < len(blocks) and (blocks[after].kind != "heading" or _is_marked_question(text, blocks[after])):
        last = after if _is_marked_question(text, blocks[after]) else last
        after += 1
    end = last + 1
    if _answer_inside(text, blocks[last]) is None and end < after:
        end += 1
    pairs = tuple(pair for pair in _pairs(text, blocks[number:end]) if _answer_is_marked(text, pair))
    return (_Section(blocks[number].start, pairs), end) if pairs else (None, after)


_KINDS: dict[str, Callable[[str, Sequence[Block], int], tuple[_Section | None, int]]] = {
    "named": _named,
    "headings": _headings_in_a_row,
    "marked": _marked,
}


# Blocks -> pairs


def _pairs(text: str, blocks: Sequence[Block], *, headings_only: bool = False) -> Iterator[_Pair]:
    """Each question with the blocks down to the next question or to a heading above it."""
    question: Span | None = None
    level = 0  # of the heading that asks
    answer: Span | None = None
    for block in blocks:
        asked = _asked(text, block) if block.kind == "heading" or not headings_only else None
        both = None if asked or headings_only else _answer_inside(text, block)
        if asked or both or (block.kind == "heading" and block.level <= level):
            if question and answer:
                yield _Pair(question, answer)
            question, answer = (both.question, both.answer) if both else (asked, None)
            level = block.level if block.kind == "heading" else 6
        elif question:
            marked = _ANSWERS.match(text, block.start, block.end) if answer is None else None
            begin = answer.start if answer else marked.end() if marked else block.start
            answer = Span(begin, block.end)
    if question and answer:
        yield _Pair(question, answer)


def _asked(text: str, block: Block) -> Span | None:
    """The question that a block is, without its "Q:" or number; None when it is none."""
    if block.kind in ("code", "table"):
        return None
    start = _question_start(text, block)
    return Span(start, block.end) if is_question(text[start : block.end]) else None


def _question_start(text: str, block: Block) -> int:
    start = block.start
    for prefix in (_NUMBER, _ASKS):
        if found := prefix.match(text, start, block.end):
            start = found.end()
    return start


def _answer_inside(text: str, block: Block) -> _Pair | None:
    """The question and answer of a block that holds both: "Q: ...? A: ...", or a question and then sentences."""
    if block.kind in ("code", "table", "heading"):
        return None
    start = _question_start(text, block)
    limit = min(block.end, start + _QUESTION_LIMIT)
    found = _ANSWERS_INSIDE.search(text, start, limit) or _ANSWERS_AFTER.search(text, start, limit)
    if found is None or not is_question(text[start : found.start() + 1]):
        return None
    return _Pair(Span(start, found.start() + 1), Span(found.end(), block.end))


def _is_marked_question(text: str, block: Block) -> bool:
    if block.kind in ("code", "table") or _ASKS.match(text, block.start, block.end) is None:
        return False
    return _asked(text, block) is not None or _answer_inside(text, block) is not None


def _answer_is_marked(text: str, pair: _Pair) -> bool:
    between = text[pair.question.end : pair.answer.start].strip()
    return _ANSWERS.match(f"{between} .") is not None
