"""SQuAD's JSON of whole articles -> examples of short passages: quick to read, and many.

A passage is two to six sentences around the answer, so that more questions are learnt from in the same time; that a
chunk is longer is learnt from the sets that `questions` makes.
"""

from __future__ import annotations

import json
import math
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from evals.examples.alter import content_words, exchange_name, negate, turn_sense
from evals.examples.questions import says
from evals.examples.types import Example, Support
from knowledge import Block, embedded_text, split_sentences

MOST_WORDS = 150
"""Of a passage."""
TITLED = 0.6
"""Share of the passages that come with their article's title."""
WITHOUT_MARK = 0.3
"""Share of the questions that lose their question mark."""

Spans = Sequence[tuple[int, int]]


def make_passages(path: Path, *, name: str, questions_each: int, seed: int) -> Iterator[Example]:
    """Give examples of `questions_each` questions of each paragraph of a SQuAD file, 1.1 or 2.0.

    Beside each answered question there is mostly one without an answer: another paragraph of the article, the
    paragraph without the answer, or the question with a name exchanged or its sense turned.
    """
    chooser = random.Random(seed)
    for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
        title = article["title"].replace("_", " ")
        paragraphs = [(one["context"], sentences_of(one["context"]), one["qas"]) for one in article["paragraphs"]]
        words = [set(content_words(text)) for text, _, _ in paragraphs]
        known = Counter(word for some in words for word in some)
        for place, (text, sentences, questions) in enumerate(paragraphs):
            for row in chooser.sample(questions, min(questions_each, len(questions))):
                made = _answered(row, title, text, sentences, name, chooser)
                if made is None:
                    continue
                example, (first, last) = made
                yield example
                question, answers = " ".join(row["question"].split()), [row["answers"][0]["text"]]
                gold = [index for index, flag in enumerate(_gold(sentences, row)) if flag]
                drawn = chooser.random()
                other: Example | None = None
                if drawn < 0.25:
                    far = _near_paragraphs(question, answers, words, known, paragraphs, place)
                    if far:
                        text_there, sentences_there = paragraphs[chooser.choice(far)][:2]
                        best = _most_alike(question, text_there, sentences_there)
                        stretch = stretch_around(text_there, sentences_there, [best], chooser)
                        other = passage(question, title, text_there, sentences_there, stretch, chooser)
                        other = labelled(other, name, "other chunk", row["id"])
                elif drawn < 0.45:
                    quiet = stretch_without(text, sentences, gold, answers, chooser)
                    if quiet:
                        other = passage(question, title, text, sentences, quiet, chooser)
                        other = labelled(other, name, "answer left out", row["id"])
                elif drawn < 0.95:
                    around = text[sentences[first][0] : sentences[last - 1][1]]
                    names_of = around if chooser.random() < 0.7 else text
                    altered = (
                        exchange_name(question, answers, names_of, chooser)
                        if drawn < 0.8
                        else turn_sense(question, chooser)
                        if chooser.random() < 0.7
                        else negate(question, chooser)
                    )
                    if altered:
                        kind = "name exchanged" if drawn < 0.8 else "sense turned"
                        other = passage(altered, title, text, sentences, (first, last), chooser)
                        other = labelled(other, name, kind, row["id"])
                if other is not None:
                    yield other


def sentences_of(text: str) -> list[tuple[int, int]]:
    """Give where the sentences of a paragraph stand."""
    return [(span.start, span.end) for span in split_sentences(text, (Block("paragraph", 0, len(text)),))]


def passage(
    question: str, title: str, text: str, sentences: Spans, stretch: tuple[int, int], chooser: random.Random
) -> Example:
    """Give an example of the sentences from `stretch[0]` up to `stretch[1]`, nothing of it answering yet."""
    first, last = stretch
    start, end = sentences[first][0], sentences[last - 1][1]
    body = text[start:end]
    whole = embedded_text(title, (), body) if title and chooser.random() < TITLED else body
    shift = start - (len(whole) - len(body))
    if chooser.random() < WITHOUT_MARK:
        question = question.rstrip("? ")
    inside = tuple((max(a, start) - shift, b - shift) for a, b in sentences[first:last])
    return Example(question, whole, inside, (False,) * len(inside), (), None, "", "", "")


def labelled(example: Example, source: str, kind: str, group: str, *, support: Support | None = None) -> Example:
    """Give the example with where it comes from and what it shows."""
    return Example(
        example.question,
        example.text,
        example.sentences,
        () if support is not None else example.gold,
        example.answers,
        support,
        source,
        kind,
        group,
    )


def stretch_around(text: str, sentences: Spans, kept: Sequence[int], chooser: random.Random) -> tuple[int, int]:
    """Give two to six sentences that hold those kept, as (first, last + 1); fewer where they are long."""
    wanted = chooser.randint(2, 6)
    first = max(0, min(min(kept) - chooser.randint(0, wanted - 1), min(kept)))
    last = max(min(len(sentences), first + wanted), max(kept) + 1)
    while _words(text, sentences, first, last) > MOST_WORDS and last - first > 1:
        if last - 1 > max(kept):
            last -= 1
        elif first < min(kept):
            first += 1
        else:
            break
    return first, last


def stretch_without(
    text: str, sentences: Spans, left_out: Sequence[int], answers: Sequence[str], chooser: random.Random
) -> tuple[int, int] | None:
    """Give up to six sentences beside those left out that do not say an answer; None where there are none."""
    quiet = [
        index
        for index, (start, end) in enumerate(sentences)
        if index not in left_out and not says(text[start:end], answers)
    ]
    if not quiet:
        return None
    wanted = chooser.randint(2, 6)
    first = chooser.choice(quiet)
    last = first + 1
    while last - first < wanted:
        if first - 1 in quiet and _words(text, sentences, first - 1, last) <= MOST_WORDS:
            first -= 1
        elif last in quiet and _words(text, sentences, first, last + 1) <= MOST_WORDS:
            last += 1
        else:
            break
    return first, last


def _answered(
    row: Any, title: str, text: str, sentences: Spans, name: str, chooser: random.Random
) -> tuple[Example, tuple[int, int]] | None:
    flags = _gold(sentences, row)
    if not any(flags):
        return None
    gold = [index for index, flag in enumerate(flags) if flag]
    stretch = stretch_around(text, sentences, gold[:1], chooser)
    bare = passage(" ".join(row["question"].split()), title, text, sentences, stretch, chooser)
    first, last = stretch
    start = row["answers"][0]["answer_start"]
    shift = sentences[first][0] - bare.sentences[0][0]
    answer = (start - shift, start + len(row["answers"][0]["text"]) - shift)
    inside = answer[1] <= bare.sentences[-1][1]
    example = Example(
        bare.question,
        bare.text,
        bare.sentences,
        tuple(flags[first:last]),
        (answer,) if inside else (),
        None,
        name,
        "answered",
        row["id"],
    )
    return example, stretch


def _gold(sentences: Spans, row: Any) -> list[bool]:
    if not row["answers"]:
        return [False] * len(sentences)
    start = row["answers"][0]["answer_start"]
    end = start + len(row["answers"][0]["text"])
    return [a < end and start < b for a, b in sentences]


def _near_paragraphs(
    question: str,
    answers: Sequence[str],
    words: Sequence[set[str]],
    known: Counter[str],
    paragraphs: Sequence[tuple[str, Spans, Any]],
    own: int,
) -> list[int]:
    """The three other paragraphs that share the most telling words with a question and do not say its answer."""
    asked = set(content_words(question))
    ranked = sorted(
        (-sum(math.log(1 + len(words) / known[word]) for word in asked & some), index)
        for index, some in enumerate(words)
        if index != own and paragraphs[index][1] and not says(paragraphs[index][0], answers)
    )
    return [index for _, index in ranked[:3]]


def _most_alike(question: str, text: str, sentences: Spans) -> int:
    asked = set(content_words(question))
    shared = [len(asked & set(content_words(text[start:end]))) for start, end in sentences]
    return shared.index(max(shared))


def _words(text: str, sentences: Spans, first: int, last: int) -> int:
    return text[sentences[first][0] : sentences[last - 1][1]].count(" ")
