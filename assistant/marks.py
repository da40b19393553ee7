"""What a chat model writes, piece by piece -> its sentences with the numbers that they end in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from assistant.language import one_line
from knowledge import Block, Span, split_sentences

LONGEST_SENTENCE = 1_000
"""Characters after which a sentence that has not ended is given up: no statement is as long."""

PIECE = 200
"""Characters looked at in one go, so that a huge piece costs no more than many small ones."""

LEAST_WORDS = 3
"""Words before a mark from which a capital after it begins a new sentence, though no stop stands between."""

LONGEST_WORD = 24
"""Characters of a word that is still arriving after which it is long enough to see whether it begins a sentence."""

# Every repetition has a limit, so that no text takes more than linear time.
_MARK = r"[\[【] ?\d{1,4}(?: ?[,;–—-] ?\d{1,4}){0,20}(?:†[^\]】\n]{0,60})? ?[\]】]"
_TOKEN = re.compile(
    rf"(?P<code>```.*?(?:```|\Z)|`[^`\n]*(?:`|\Z))"
    rf"|(?P<marks>[ \t]{{0,8}}{_MARK}(?:[ \t,]{{0,8}}{_MARK}){{0,20}})"
    r"|(?P<line>\n)"
    r"|(?P<stop>[.!?…]{1,4}[\"'”’)*]{0,4}(?=\s))",
    re.DOTALL,
)
_HALF_MARK = re.compile(r"[ \t,]{0,8}[\[【][\d ,;–—-]{0,120}(?:†[^\]】\n]{0,60})?\Z")
_NUMBERS = re.compile(r"(\d{1,4})(?: ?[–—-] ?(\d{1,4}))?")
_STOP_BEFORE = re.compile(r"[.!?…][\"'”’)*]{0,4}\Z")
_STOP_AFTER = re.compile(r"[ \t]?[.!?…]{1,4}[\"'”’)*]{0,4}")
_BULLET = re.compile(r"(?:\s|[-*•>](?=\s)|#{1,6}(?=\s)|\d{1,2}[.)](?=\s)){1,12}")

_THINKING, _THOUGHT = "<think>", "</think>"


@dataclass(frozen=True, slots=True)
class MarkedSentence:
    """A sentence without its marks, and the numbers that stood in them; no numbers where it had none that count."""

    text: str
    numbers: tuple[int, ...]


def read_marks(pieces: Iterable[str], *, shown: int) -> Iterator[MarkedSentence]:
    """Each sentence of a stream as soon as its marks are complete.

    Marks are [3], [3][4], [3, 4], [3-5] and 【3】, behind or before the full stop, or before the sentence; in code they
    are none. Numbers other than 1 to `shown` are dropped. A sentence in which the stream ends has no numbers; when
    `pieces` raises, the sentence at hand is lost.
    """
    text, whole = "", True
    for piece in _small(_spoken(pieces)):
        text += piece
        while (end := _end_of_sentence(text)) is not None and end <= LONGEST_SENTENCE:
            yield from _sentences(text[:end], shown if whole else 0)
            text, whole = text[end:], True
        if len(text) > LONGEST_SENTENCE:
            yield from _sentences(text[:LONGEST_SENTENCE], 0)
            text, whole = text[LONGEST_SENTENCE:], False  # what follows is the rest of a sentence
    yield from _sentences(_HALF_MARK.sub("", text), shown if whole else 0, at_end=True)


def _spoken(pieces: Iterable[str]) -> Iterator[str]:
    """The stream without the thinking that some models begin with."""
    begun, remaining = "", iter(pieces)
    for piece in remaining:
        begun = (begun + piece).lstrip()
        if begun.startswith(_THINKING):
            _, thought, spoken = begun.partition(_THOUGHT)
            if thought:
                yield spoken
                break
            begun = _THINKING + begun[len(_THINKING) :][-len(_THOUGHT) :]
        elif not _THINKING.startswith(begun):
            yield begun
            break
    yield from remaining


def _small(pieces: Iterable[str]) -> Iterator[str]:
    for piece in pieces:
        for start in range(0, len(piece), PIECE):
            yield piece[start : start + PIECE]


def _end_of_sentence(text: str) -> int | None:
    """Where the first sentence certainly ends, its marks included; None while more has to come."""
    marked = leading = False
    for token in _TOKEN.finditer(text):
        before, after = text[: token.start()], text[token.end() :]
        follows = after.lstrip(" \t,")
        if token["code"] is not None:
            if token["code"].startswith("```") and not token["code"].endswith("```", 3):
                return None
        elif token["marks"] is not None:
            if not follows or _HALF_MARK.match(after):
                return None
            if not before.strip():
                leading = True
            elif (end := _end_at_marks(before, after, leading=leading)) is not None:
                return token.start() if end < 0 else token.end() + end
            marked = True
        elif token["line"] is not None and before.strip():
            goes_on = False if marked else _marks_alone(after)
            if not goes_on:
                return None if goes_on is None else token.end()
        elif token["stop"] is not None and marked:
            goes_on = _goes_on(before + token["stop"], after)
            if not goes_on:
                return None if goes_on is None else token.end()
    return None


def _end_at_marks(before: str, after: str, *, leading: bool) -> int | None:
    """How far behind marks a sentence ends; -1 where it ended before them; None where it goes on or is not known."""
    follows = after.lstrip(" \t,")
    stop = _STOP_AFTER.match(after)
    if stop is not None:
        ended = stop.end() < len(after) and not after[stop.end()].isalnum()
        return stop.end() if ended else None
    if follows[0] == "\n":
        return 0
    if _STOP_BEFORE.search(before):
        return -1 if leading else 0
    new = follows != after and (follows[0].isupper() or follows[0] in "-*•")
    return 0 if new and len(before.split()) >= LEAST_WORDS else None


def _marks_alone(text: str) -> bool | None:
    """Whether a line of nothing but marks comes first, which belong to the line before; None while not known."""
    follows = text.lstrip()
    if not follows or _HALF_MARK.match(follows):
        return None
    marks = re.match(_MARK, follows)
    if marks is None:
        return False
    behind = follows[marks.end() :].lstrip(" \t.")
    return behind[0] in "\n[【" if behind else None


def _goes_on(text: str, after: str) -> bool | None:
    """Whether a sentence goes on behind the stop that ends `text`, with a mark or with more; None while not known."""
    follows = after.lstrip(" \t,")
    word = follows.split(maxsplit=1)[:1]
    if not word or (word[0] == follows and len(follows) < LONGEST_WORD) or _HALF_MARK.match(after):
        return None
    if follows[0] in "[【":
        return True
    plain, _, _ = _without_marks(text)
    return not any(span.end == len(plain.rstrip()) for span in _split(plain + after))


def _split(text: str) -> tuple[Span, ...]:
    return split_sentences(text, [Block("paragraph", 0, len(text))])


def _sentences(text: str, shown: int, *, at_end: bool = False) -> Iterator[MarkedSentence]:
    """The sentences of a text, each with the numbers of the marks in it or right behind it."""
    plain, marks, code = _without_marks(text)
    starts = [s.start for s in _split(plain) if not any(c.start < s.start < c.end for c in code)]
    if not starts:
        return
    for start, end in zip(starts, [*starts[1:], len(plain)], strict=True):
        first, last = start == starts[0], end == len(plain)
        own = [(at, numbers) for at, numbers in marks if (first or start < at) and (last or at <= end)]
        numbers = tuple(dict.fromkeys(n for _, some in own for n in some if 1 <= n <= shown))
        sentence = plain[start:end].strip()
        if at_end and last and not _STOP_BEFORE.search(sentence) and max((at for at, _ in own), default=0) < end:
            numbers = ()  # it broke off
        sentence = sentence[found.end() :] if (found := _BULLET.match(sentence)) else sentence
        sentence = sentence.replace("**", "").strip()
        if any(character.isalnum() for character in sentence):
            yield MarkedSentence(sentence if "```" in sentence else one_line(sentence), numbers)


def _without_marks(text: str) -> tuple[str, list[tuple[int, list[int]]], list[Span]]:
    """The text without marks; where each stood, with its numbers; and where code stands."""
    plain, position = "", 0
    marks: list[tuple[int, list[int]]] = []
    code: list[Span] = []
    for token in _TOKEN.finditer(text):
        plain += text[position : token.start()]
        if token["marks"] is not None:
            marks.append((len(plain), _numbers(token["marks"])))
        else:
            if token["code"] is not None:
                code.append(Span(len(plain), len(plain) + len(token["code"])))
            plain += token.group()
        position = token.end()
    return plain + text[position:], marks, code


def _numbers(marks: str) -> list[int]:
    """The numbers in marks, ranges written out; 9999 is the largest that can stand in one."""
    found: list[int] = []
    for first, last in _NUMBERS.findall(re.sub(r"†[^\]】]*", "", marks)):
        found += range(int(first), int(last or first) + 1)
    return found
