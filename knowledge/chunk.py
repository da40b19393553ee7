"""Document -> chunks: ranges of whole sentences under one heading, never longer than the embedder reads.

A chunk never spans two headings: it is embedded with its title and headings before it, which would be true of half of
it only, and a citation names one heading. So a short section stays a short chunk. Its headings make up for the words
it lacks, and a question with its answer below it is as good as a chunk can be. Within a section the sentences are
shared out evenly, at the ends of paragraphs where that costs little, so that no scrap is left at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

from knowledge.types import READING, Block, Chunk, Document, Span

MINIMUM_LIMIT = 96
"""Tokens. Below this a title of letters without sense, one token each, would leave no room for the text."""

HEADING_CHARACTERS = 200
"""A heading is kept up to here: every chunk below it repeats it, and what is longer is a paragraph in disguise."""

# What stands before a chunk's text when it is embedded costs at most this: about 32 tokens of English, and never more
# tokens than the figure itself, as each character costs what it may be to a tokenizer that works on bytes.
_CONTEXT_COST = 144
_TITLE_COST = 72
_SEPARATOR = " > "

# A chunk may be this share longer than its target before a section is cut once more.
_SLACK = 0.2
# What a cut costs: 1 for each target that it is off the place where shares are even, something inside a paragraph, and
# something where less than a quarter of the target is left on either side.
_INSIDE_PARAGRAPH = 0.25
_SCRAP = 0.5
_SCRAP_SHARE = 0.25

# A sentence with more characters than this for each token of the limit is cut without being counted as a whole: no
# language has such words, and what has none can be endless.
_TOKEN_CHARACTERS = 20

_ATOM_CHARACTERS = 120  # a sentence that is too long is cut into pieces of this length and put together again
_CLAUSE_ENDS = ("; ", ": ", ", ", "— ", "– ", "；", "：", "，", "、", "؛ ", "، ")


CountTokens = Callable[[Sequence[str]], Sequence[int]]
"""The number of tokens of each text as the embedder reads it, special tokens included."""


@dataclass(frozen=True, slots=True)
class _Section:
    """The sentences `first <= i < last` under one heading."""

    headings: tuple[str, ...]
    first: int
    last: int
    room: int = 0
    """Tokens that a chunk's own text may have."""
    target: int = 0
    """Tokens that it should have."""


@dataclass(frozen=True, slots=True)
class _Draft:
    """A chunk to be: sentences `first <= i < last`, or a part of one."""

    section: _Section
    first: int
    last: int
    start: int
    end: int


def chunk_document(
    document: Document,
    sentences: Sequence[Span],
    *,
    count_tokens: CountTokens,
    size: int,
    limit: int,
    overlap_sentences: int = 0,
) -> list[Chunk]:
    """Give the chunks of a document, in reading order.

    Every sentence is in a chunk, but for headings with something below them, which the chunks carry in `headings`.
    A chunk with the title and headings that `embedded_text` puts before it has about `size` tokens and at most `limit`.
    A sentence for which that is not enough is cut, at clauses where it has any, into chunks that each hold a part of
    that one sentence. With `overlap_sentences` a chunk begins with so many sentences of the one before it in its
    section, as far as `limit` allows.

    Raises ValueError if `size` is not positive, `limit` is below `MINIMUM_LIMIT`, or `overlap_sentences` is negative.
    """
    if size < 1 or limit < MINIMUM_LIMIT or overlap_sentences < 0:
        message = (
            f"size={size}, limit={limit}, overlap_sentences={overlap_sentences}: give a size above 0, "
            f"a limit of at least {MINIMUM_LIMIT} tokens and an overlap of 0 or more."
        )
        raise ValueError(message)
    text = document.text
    block_of = _find_blocks(document.blocks, sentences)
    ends_block = [here != after for here, after in pairwise([*block_of, -2])]
    sections = list(_find_sections(document, sentences, block_of))

    contexts = list({section.headings: None for section in sections} | {(): None})
    endless = [sentence.end - sentence.start > _TOKEN_CHARACTERS * limit for sentence in sentences]
    sentence_texts = [
        "" if is_endless else text[sentence.start : sentence.end]
        for sentence, is_endless in zip(sentences, endless, strict=True)
    ]
    special, *counts = count_tokens(
        ["", *(_context(document.title, headings) for headings in contexts), *sentence_texts]
    )
    context_tokens = dict(zip(contexts, counts, strict=False))
    tokens = [count - special for count in counts[len(contexts) :]]
    sections = [_measure(section, context_tokens, size=size, limit=limit) for section in sections]

    too_long = {
        index: section
        for section in sections
        for index in range(section.first, section.last)
        if endless[index] or tokens[index] > section.room
    }
    parts = _cut_sentences(text, sentences, too_long, count_tokens, special)
    drafts: list[_Draft] = []
    for section in sections:
        for first, last in _runs(section, too_long):
            if first in parts:
                drafts += [_Draft(section, first, last, part.start, part.end) for part in parts[first]]
                continue
            run = tokens[first:last]
            for begin, stop in _share_out(run, ends_block[first:last], target=section.target, room=section.room):
                begin -= _overlap(run, begin, stop, most=overlap_sentences, room=section.room)
                start, end = sentences[first + begin].start, sentences[first + stop - 1].end
                drafts.append(_Draft(section, first + begin, first + stop, start, end))
    drafts = _keep_below(limit, drafts, document, sentences, count_tokens)
    return [
        Chunk(
            id=f"{document.content_hash[:32]}-{READING}-{number:05d}",
            document_id=document.id,
            first_sentence=draft.first,
            last_sentence=draft.last,
            start=draft.start,
            end=draft.end,
            headings=draft.section.headings,
            page=document.blocks[block_of[draft.first]].page if block_of[draft.first] >= 0 else None,
        )
        for number, draft in enumerate(drafts)
    ]


def embedded_text(document_title: str, headings: Sequence[str], text: str) -> str:
    """Give what is embedded for a chunk: "Title > Heading", then its text.

    The first line is kept to about 32 tokens. The title and the innermost heading matter most: the headings between are
    left out first, then both are cut at a word.
    """
    context = _context(document_title, headings)
    return f"{context}\n{text}" if context else text


def _context(title: str, headings: Sequence[str]) -> str:
    title = " ".join(title[: 4 * _CONTEXT_COST].split())
    parts = [heading for heading in headings if heading and heading.casefold() != title.casefold()]
    if not parts:
        return _cut_to_cost(title, _TITLE_COST)
    room = _CONTEXT_COST
    title_cost = min(_cost(title) + len(_SEPARATOR), _TITLE_COST) if title else 0
    kept = [_cut_to_cost(parts[-1], room - title_cost)]
    room -= _cost(kept[0])
    if title:
        title = _cut_to_cost(title, min(room, _TITLE_COST) - len(_SEPARATOR))
        room -= _cost(title) + len(_SEPARATOR)
    for heading in reversed(parts[:-1]):
        room -= _cost(heading) + len(_SEPARATOR)
        if room < 0:
            break
        kept.insert(0, heading)
    return _SEPARATOR.join([title, *kept] if title else kept)


def _cost(text: str) -> int:
    return sum(1 if character < "\u0080" else 2 if character < "\u0250" else 4 for character in text)


def _cut_to_cost(text: str, most: int) -> str:
    """Give the text up to a cost, without half a word at the end unless it is one long word."""
    cost = 0
    for position, character in enumerate(text):
        cost += _cost(character)
        if cost > most:
            whole_words = text[: position + 1].rpartition(" ")[0]
            return (whole_words or text[:position]).rstrip()
    return text


def _find_blocks(blocks: Sequence[Block], sentences: Sequence[Span]) -> list[int]:
    """Give the number of the block that each sentence stands in; -1 for one that stands in none."""
    found: list[int] = []
    number = 0
    for sentence in sentences:
        while number < len(blocks) and blocks[number].end <= sentence.start:
            number += 1
        inside = number < len(blocks) and blocks[number].start <= sentence.start
        found.append(number if inside else -1)
    return found


def _find_sections(document: Document, sentences: Sequence[Span], block_of: Sequence[int]) -> Iterator[_Section]:
    """Give the stretches of sentences between headings, and every heading that has nothing below it."""
    above: list[tuple[int, str]] = []  # (level, heading), outermost first
    bare: _Section | None = None  # the heading just read, as long as nothing stands below it
    body: int | None = None
    for index, number in enumerate(block_of):
        block = document.blocks[number] if number >= 0 else None
        if block is None or block.kind != "heading":
            bare = None
            body = index if body is None else body
            continue
        if body is not None:
            yield _Section(tuple(heading for _, heading in above), body, index)
            body = None
        if bare is not None and block_of[index - 1] == number:
            bare = _Section(bare.headings, bare.first, index + 1)
            continue
        if bare is not None and above[-1][0] >= block.level:
            yield bare
        while above and above[-1][0] >= block.level:
            above.pop()
        bare = _Section(tuple(heading for _, heading in above), index, index + 1)
        heading = document.text[block.start : min(block.end, block.start + 2 * HEADING_CHARACTERS)]
        above.append((block.level, " ".join(heading.split())[:HEADING_CHARACTERS].rstrip()))
    if bare is not None:
        yield bare
    if body is not None:
        yield _Section(tuple(heading for _, heading in above), body, len(sentences))


def _measure(section: _Section, context_tokens: dict[tuple[str, ...], int], *, size: int, limit: int) -> _Section:
    headings = section.headings
    if context_tokens[headings] > limit // 2:
        headings = ()  # letters without sense, which leave too little room
    room = limit - context_tokens[headings]
    target = min(room, max(size - context_tokens[headings], size // 2, 1))
    return _Section(headings, section.first, section.last, room, target)


def _runs(section: _Section, too_long: dict[int, _Section]) -> Iterator[tuple[int, int]]:
    """Give the stretches of a section's sentences that can be shared out, and alone each one that is too long."""
    first = section.first
    for index in range(section.first, section.last):
        if index in too_long:
            if first < index:
                yield first, index
            yield index, index + 1
            first = index + 1
    if first < section.last:
        yield first, section.last


def _share_out(
    tokens: Sequence[int], good_ends: Sequence[bool], *, target: int, room: int
) -> Iterator[tuple[int, int]]:
    """Give ranges of pieces that have about `target` tokens each and at most `room`, all of a like size.

    `good_ends` says of each piece whether a range that ends with it ends well.
    """
    remaining = sum(tokens)
    begin = 0
    while begin < len(tokens):
        shares = max(ceil(remaining / room), ceil(remaining / target - _SLACK), 1)
        ideal = max(remaining / shares, 1)
        filled = stop_filled = 0
        stop, least = begin, float("inf")
        for index in range(begin, len(tokens)):
            if filled + tokens[index] > room and index > begin:
                break
            filled += tokens[index]
            cost = abs(filled - ideal) / target
            cost += 0 if good_ends[index] or index + 1 == len(tokens) else _INSIDE_PARAGRAPH
            cost += _SCRAP if filled < _SCRAP_SHARE * target or 0 < remaining - filled < _SCRAP_SHARE * target else 0
            if cost <= least:
                stop, stop_filled, least = index + 1, filled, cost
            if (filled - ideal) / target > least:
                break  # it only gets worse
        yield begin, stop
        begin = stop
        remaining -= stop_filled


def _overlap(tokens: Sequence[int], begin: int, stop: int, *, most: int, room: int) -> int:
    """Give how many of the sentences before a range can stand in front of it."""
    filled = sum(tokens[begin:stop]) if most and begin else 0
    count = 0
    while count < min(most, begin) and filled + tokens[begin - count - 1] <= room:
        count += 1
        filled += tokens[begin - count]
    return count


def _cut_sentences(
    text: str, sentences: Sequence[Span], too_long: dict[int, _Section], count_tokens: CountTokens, special: int
) -> dict[int, list[Span]]:
    """Give the parts of each sentence that is longer than its section's room, none longer than that."""
    atoms = [
        (index, atom)
        for index in too_long
        for atom in _cut_to_atoms(text, sentences[index].start, sentences[index].end)
    ]
    counted: dict[int, list[tuple[Span, int]]] = {index: [] for index in too_long}
    while atoms:
        counts = count_tokens([text[atom.start : atom.end] for _, atom in atoms])
        halves: list[tuple[int, Span]] = []
        for (index, atom), count in zip(atoms, counts, strict=True):
            if count - special > too_long[index].room and atom.end - atom.start > 1:
                middle = (atom.start + atom.end) // 2
                halves += [(index, Span(atom.start, middle)), (index, Span(middle, atom.end))]
            else:
                counted[index].append((atom, count - special))
        atoms = halves
    parts: dict[int, list[Span]] = {}
    for index, section in too_long.items():
        pieces = sorted(counted[index], key=lambda piece: piece[0].start)
        good_ends = [text[atom.start : atom.end].endswith(_CLAUSE_ENDS) for atom, _ in pieces]
        ranges = _share_out([count for _, count in pieces], good_ends, target=section.target, room=section.room)
        stretches = [Span(pieces[begin][0].start, pieces[stop - 1][0].end) for begin, stop in ranges]
        parts[index] = [part for stretch in stretches for part in _trim(text, stretch.start, stretch.end)]
    return parts


def _cut_to_atoms(text: str, start: int, end: int) -> Iterator[Span]:
    """Give the stretch in pieces of at most `_ATOM_CHARACTERS`, cut after a clause, else a word, else anywhere."""
    while end - start > _ATOM_CHARACTERS:
        window = text[start : start + _ATOM_CHARACTERS]
        cut = max((window.rfind(mark) + len(mark) for mark in _CLAUSE_ENDS if mark in window), default=0)
        cut = cut or 1 + max(window.rfind(" "), window.rfind("\n")) or _ATOM_CHARACTERS
        yield Span(start, start + cut)
        start += cut
    yield Span(start, end)


def _trim(text: str, start: int, end: int) -> Iterator[Span]:
    """Give the stretch without the white space around it, if anything is left."""
    piece = text[start:end].lstrip()
    start = end - len(piece)
    end = start + len(piece.rstrip())
    if start < end:
        yield Span(start, end)


def _keep_below(
    limit: int, drafts: list[_Draft], document: Document, sentences: Sequence[Span], count_tokens: CountTokens
) -> list[_Draft]:
    """Give the drafts with those halved that are too long after all.

    The parts of a text need not have as many tokens as the whole, whatever the tokenizer, so the wholes are counted.
    """
    done: dict[int, list[_Draft]] = {}
    open_drafts = list(enumerate(drafts))
    while open_drafts:
        texts = [
            embedded_text(document.title, draft.section.headings, document.text[draft.start : draft.end])
            for _, draft in open_drafts
        ]
        halves: list[tuple[int, _Draft]] = []
        for (number, draft), count in zip(open_drafts, count_tokens(texts), strict=True):
            if count <= limit or draft.end - draft.start < 2:
                done.setdefault(number, []).append(draft)
            else:
                halves += [(number, half) for half in _halve(document.text, sentences, draft)]
        open_drafts = halves
    return [draft for number in sorted(done) for draft in sorted(done[number], key=lambda draft: draft.start)]


def _halve(text: str, sentences: Sequence[Span], draft: _Draft) -> list[_Draft]:
    middle = (draft.first + draft.last) // 2
    if middle > draft.first:
        return [
            _Draft(draft.section, draft.first, middle, draft.start, sentences[middle - 1].end),
            _Draft(draft.section, middle, draft.last, sentences[middle].start, draft.end),
        ]
    centre = (draft.start + draft.end) // 2
    return [
        _Draft(draft.section, draft.first, draft.last, part.start, part.end)
        for start, end in ((draft.start, centre), (centre, draft.end))
        for part in _trim(text, start, end)
    ]
