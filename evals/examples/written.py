"""What was written about passages -> examples in which meaning decides, not shared words."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from evals.examples.passages import WITHOUT_MARK, labelled, passage, stretch_around
from evals.examples.types import Example, Support
from evals.written import Asked, Part, Text, Written, join_sentences, read_written
from knowledge import Encoder, cosines

SOURCE, SOURCE_OF_SQUAD = "written", "written_squad"

JUDGEMENTS = {
    "supported": Support.SUPPORTED,
    "contradicted": Support.CONTRADICTED,
    "neither": Support.NEITHER,
}
CLOSE = 0.5
"""Share of the claims that are also shown the few sentences alone that come nearest to them."""
LEFT_OUT = 0.35
"""Share of the questions that are also shown the passage without what answers them."""
STRANGER = 0.15
"""Share of the claims and questions that are also shown another passage."""

TITLE_AND_SECTION = re.compile(r"(?P<title>[^,]+), (?P<section>[A-Z][^,]+)")
"""The title of a passage that is one section of a longer text."""
NAMED_ALONE = 0.3
"""Share of the questions for all that a section says that do not name the section."""
ABOUT = ("Tell me about {}.", "Can you tell me about {}?", "What can you tell me about {}?", "What is known about {}?",
         "I'd like to know more about {}.", "what do you know about {}", "what about {}")  # fmt: skip
"""Ways to ask for whatever there is on something."""


def make_written(squad: Path | None, *, encoder: Encoder, seed: int, part: Part = "train") -> Iterator[Example]:
    """Give examples of a part of what was written; of SQuAD's paragraphs only with its file."""
    chooser = random.Random(f"{seed} written")
    some = [one for one in read_written(paragraphs=_paragraphs(squad)) if one.part == part]
    others = {flag: [one for one in some if one.is_of_squad == flag] for flag in (False, True)}
    sections = [one for one in some if _section_of(one)]
    for one in some:
        source = SOURCE_OF_SQUAD if one.is_of_squad else SOURCE
        for example in (
            *_of_claims(one, encoder, chooser),
            *_of_questions(one, chooser),
            *_of_both(one, chooser),
            *_of_section(one, chooser.choice(sections or some), chooser),
            *_of_strangers(one, chooser.choice(others[one.is_of_squad]), chooser),
        ):
            yield replace(example, source=source)


def _paragraphs(squad: Path | None) -> dict[str, str]:
    if squad is None:
        return {}
    return {
        row["id"]: paragraph["context"]
        for article in json.loads(squad.read_text(encoding="utf-8"))["data"]
        for paragraph in article["paragraphs"]
        for row in paragraph["qas"]
    }


def _of_claims(one: Written, encoder: Encoder, chooser: random.Random) -> Iterator[Example]:
    if not one.judged:
        return
    (text,) = one.texts.values()
    (read,) = encoder.encode_tokens([text.words])
    for number, (judged, claim) in enumerate(one.judged):
        support = JUDGEMENTS[judged]
        group = f"{one.name} claim {number}"
        yield _claim(claim, text, (0, len(text.sentences)), support, group, chooser)
        if chooser.random() < CLOSE and len(text.sentences) > 2:
            (said,) = encoder.encode_tokens([claim])
            near = cosines(said.vectors, read.vectors)
            scores = [
                float(near[:, (read.spans[:, 0] >= start) & (read.spans[:, 1] <= end)].max(axis=1).mean())
                if ((read.spans[:, 0] >= start) & (read.spans[:, 1] <= end)).any()
                else -1.0
                for start, end in text.sentences
            ]
            best = int(np.argmax(scores))
            stretch = (max(0, best - 1), min(len(text.sentences), best + 2))
            # What a contradiction rests on may lie outside; that nothing there supports the claim stays so.
            close = support if support is Support.SUPPORTED else Support.NOT_SUPPORTED
            yield _claim(claim, text, stretch, close, group, chooser)


def _claim(
    claim: str, text: Text, stretch: tuple[int, int], support: Support, group: str, chooser: random.Random
) -> Example:
    made = passage(claim, text.title, text.words, text.sentences, stretch, chooser)
    return replace(labelled(made, SOURCE, "claim", group, support=support), question=claim)


def _of_questions(one: Written, chooser: random.Random) -> Iterator[Example]:
    for number, asked in enumerate(one.questions):
        question, group = asked.question, f"{one.name} question {number}"
        for letter, text in one.texts.items():
            gold = sorted(place for at, place in asked.places if at == letter)
            whole = (0, len(text.sentences))
            yield _question(question, text, whole, gold, "answered" if gold else "unanswerable", group, chooser)
            if gold and max(gold) - min(gold) < 4:
                stretch = stretch_around(text.words, text.sentences, gold, chooser)
                if stretch != whole:
                    yield _question(question, text, stretch, gold, "answered", group, chooser)
            if gold and len(gold) < len(text.sentences) and chooser.random() < LEFT_OUT:
                kept = [_words_of(text, place) for place in range(len(text.sentences)) if place not in gold]
                rest = join_sentences(text.title, kept)
                yield _question(question, rest, (0, len(kept)), (), "answer left out", group, chooser)


def _of_both(one: Written, chooser: random.Random) -> Iterator[Example]:
    """Give examples of a few sentences of either of two texts in a row, some without what answers in one of them."""
    if len(one.texts) < 2:
        return
    for number, asked in enumerate(one.questions):
        group = f"{one.name} question {number}"
        yield _in_a_row(one, asked, None, group, chooser)
        letters = sorted({letter for letter, _ in asked.places})
        if letters and chooser.random() < LEFT_OUT:
            yield _in_a_row(one, asked, chooser.choice(letters), group, chooser)


def _in_a_row(one: Written, asked: Asked, without: str | None, group: str, chooser: random.Random) -> Example:
    """Give both texts in drawn order, each under its title; of the text `without` only what does not answer."""
    whole, sentences, gold = "", [], []
    for letter in chooser.sample(sorted(one.texts), len(one.texts)):
        text = one.texts[letter]
        answers = [place for at, place in asked.places if at == letter]
        others = [place for place in range(len(text.sentences)) if place not in answers]
        held = [] if letter == without else answers
        wanted = chooser.randint(0, 2) if held else chooser.randint(1, 3)
        kept = sorted([*held, *chooser.sample(others, min(len(others), wanted))])
        part = join_sentences(text.title, [_words_of(text, place) for place in kept])
        start = len(whole) + len(part.title) + 1
        whole += f"{part.title}\n{part.words}\n"
        sentences += [(start + first, start + last) for first, last in part.sentences]
        gold += [place in held for place in kept]
    kind = "answered" if any(gold) else "answer left out" if without else "unanswerable"
    question = asked.question.rstrip("? ") if chooser.random() < WITHOUT_MARK else asked.question
    return Example(question, whole.rstrip(), tuple(sentences), tuple(gold), (), None, SOURCE, kind, group)


def _words_of(text: Text, place: int) -> str:
    start, end = text.sentences[place]
    return text.words[start:end]


def _question(
    question: str,
    text: Text,
    stretch: tuple[int, int],
    gold: Sequence[int],
    kind: str,
    group: str,
    chooser: random.Random,
) -> Example:
    made = passage(question, text.title, text.words, text.sentences, stretch, chooser)
    flags = tuple(place in gold for place in range(*stretch))
    return labelled(replace(made, gold=flags), SOURCE, kind, group)


def _of_section(one: Written, other: Written, chooser: random.Random) -> Iterator[Example]:
    """Give the question for all that a section says; of another section, and of another's title, it says nothing."""
    here, there = _section_of(one), _section_of(other)
    if here is None or there is None:
        return
    (text,), (strange,) = one.texts.values(), other.texts.values()
    title, section = here
    named = title if chooser.random() < NAMED_ALONE else f"{title}'s {section}"
    asked = [(named, text, True)]
    if other is not one:
        asked.append((named, strange, there == here or named == there[0]))
    if there[1] != section:
        asked.append((f"{title}'s {there[1]}", text, False))
    for number, (topic, told, answers) in enumerate(asked):
        whole = (0, len(told.sentences))
        gold = range(len(told.sentences)) if answers else ()
        question, kind = chooser.choice(ABOUT).format(topic), "answered" if answers else "unanswerable"
        yield _question(question, told, whole, gold, kind, f"{one.name} section {number}", chooser)


def _section_of(one: Written) -> tuple[str, str] | None:
    """Give the title and the section of a passage that is one section of a longer text."""
    found = TITLE_AND_SECTION.fullmatch(next(iter(one.texts.values())).title) if len(one.texts) == 1 else None
    return (found["title"], found["section"][0].lower() + found["section"][1:]) if found else None


def _of_strangers(one: Written, other: Written, chooser: random.Random) -> Iterator[Example]:
    if other.name == one.name:
        return
    text = chooser.choice(list(other.texts.values()))
    whole = (0, len(text.sentences))
    for number, (_, claim) in enumerate(one.judged):
        if chooser.random() < STRANGER:
            yield _claim(claim, text, whole, Support.NEITHER, f"{one.name} claim {number}", chooser)
    for number, asked in enumerate(one.questions):
        if chooser.random() < STRANGER:
            yield _question(asked.question, text, whole, (), "other chunk", f"{one.name} question {number}", chooser)
