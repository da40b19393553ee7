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

from assistant.odds import to_probability
from assistant.reader import Reader
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
WITHOUT_UNANSWERED = 0.25
"""Share of the answered questions that nothing unanswered is made of."""
MOST_READ = 3
"""Candidates for it that a reader is shown."""
FLOOR = 0.1
"""What a candidate counts for that a reader is sure of to be unanswered; one that it is sure of to be answered, 1.1."""

Spans = Sequence[tuple[int, int]]


def make_passages(
    path: Path, *, name: str, questions_each: int, seed: int, reader: Reader | None = None
) -> Iterator[Example]:
    """Give examples of `questions_each` answered questions of each paragraph of a SQuAD file, 1.1 or 2.0.

    Beside each answered question there is mostly one without an answer: another paragraph of the article, the
    paragraph without the answer, or the question with a name exchanged or its sense turned. With a reader, the
    more a candidate looks answered to it, the sooner it is taken.
    """
    for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
        chooser = random.Random(f"{seed} {article['title']}")
        title = article["title"].replace("_", " ")
        paragraphs = [(one["context"], sentences_of(one["context"]), one["qas"]) for one in article["paragraphs"]]
        words = [set(content_words(text)) for text, _, _ in paragraphs]
        known = Counter(word for some in words for word in some)
        for place, (text, sentences, questions) in enumerate(paragraphs):
            answered = [row for row in questions if row["answers"]]
            for row in chooser.sample(answered, min(questions_each, len(answered))):
                made = _answered(row, title, text, sentences, name, chooser)
                if made is None:
                    continue
                example, stretch = made
                yield example
                if chooser.random() < WITHOUT_UNANSWERED:
                    continue
                near = _near_paragraphs(row, words, known, paragraphs, place)
                candidates = [
                    (weight, labelled(one, name, kind, row["id"]))
                    for weight, kind, one in _unanswered(row, title, text, sentences, stretch, near, chooser)
                ]
                if reader is not None:
                    candidates = [
                        (weight * (FLOOR + _probability(reader, one)), one)
                        for weight, one in chooser.sample(candidates, min(MOST_READ, len(candidates)))
                    ]
                if candidates:
                    yield chooser.choices(candidates, [weight for weight, _ in candidates])[0][1]


def make_adversarial(path: Path, *, name: str, questions_each: int, seed: int) -> Iterator[Example]:
    """Give the questions of a SQuAD 2.0 file that people wrote so that their paragraph seems to answer them.

    Of each paragraph up to `questions_each`, and as many that it does answer.
    """
    for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
        chooser = random.Random(f"{seed} adversarial {article['title']}")
        title = article["title"].replace("_", " ")
        for one in article["paragraphs"]:
            text, sentences = one["context"], sentences_of(one["context"])
            unanswered = [row for row in one["qas"] if row.get("is_impossible")]
            answered = [row for row in one["qas"] if not row.get("is_impossible")]
            chosen = chooser.sample(unanswered, min(questions_each, len(unanswered)))
            for row in chosen:
                question = " ".join(row["question"].split())
                best = _most_alike(question, text, sentences)
                stretch = stretch_around(text, sentences, [best], chooser)
                bare = passage(question, title, text, sentences, stretch, chooser)
                yield labelled(bare, name, "unanswerable", row["id"])
            for row in chooser.sample(answered, min(len(chosen), len(answered))):
                made = _answered(row, title, text, sentences, name, chooser)
                if made is not None:
                    yield made[0]


def _unanswered(
    row: Any,
    title: str,
    text: str,
    sentences: Spans,
    stretch: tuple[int, int],
    near: Sequence[tuple[str, Spans]],
    chooser: random.Random,
) -> Iterator[tuple[float, str, Example]]:
    """Give what may stand beside an answered question, as (weight, kind, example)."""
    question, answers = " ".join(row["question"].split()), [row["answers"][0]["text"]]
    for text_there, sentences_there in near:
        best = _most_alike(question, text_there, sentences_there)
        there = stretch_around(text_there, sentences_there, [best], chooser)
        yield 0.25 / len(near), "other chunk", passage(question, title, text_there, sentences_there, there, chooser)
    gold = [index for index, flag in enumerate(_gold(sentences, row)) if flag]
    quiet = stretch_without(text, sentences, gold, answers, chooser)
    if quiet:
        yield 0.2, "answer left out", passage(question, title, text, sentences, quiet, chooser)
    around = text[sentences[stretch[0]][0] : sentences[stretch[1] - 1][1]]
    altered = {
        "name exchanged": {exchange_name(question, answers, names, chooser) for names in (around, around, text)},
        "sense turned": {turn_sense(question, chooser), negate(question, chooser)},
    }
    for kind, questions in altered.items():
        for one in sorted(filter(None, questions)):
            weight = (0.35 if kind == "name exchanged" else 0.15) / len(questions)
            yield weight, kind, passage(one, title, text, sentences, stretch, chooser)


def _probability(reader: Reader, example: Example) -> float:
    """Give the probability that an example is answered, as a reader sees it."""
    (read,) = reader.read(example.question, [(example.text, example.sentences)])
    return to_probability(read.answerable)


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
    row: Any,
    words: Sequence[set[str]],
    known: Counter[str],
    paragraphs: Sequence[tuple[str, Spans, Any]],
    own: int,
) -> list[tuple[str, Spans]]:
    """The three other paragraphs that share the most telling words with a question and do not say its answer."""
    asked, answers = set(content_words(row["question"])), [row["answers"][0]["text"]]
    ranked = sorted(
        (-sum(math.log(1 + len(words) / known[word]) for word in asked & some), index)
        for index, some in enumerate(words)
        if index != own and paragraphs[index][1] and not says(paragraphs[index][0], answers)
    )
    return [paragraphs[index][:2] for _, index in ranked[:3]]


def _most_alike(question: str, text: str, sentences: Spans) -> int:
    asked = set(content_words(question))
    shared = [len(asked & set(content_words(text[start:end]))) for start, end in sentences]
    return shared.index(max(shared))


def _words(text: str, sentences: Spans, first: int, last: int) -> int:
    return text[sentences[first][0] : sentences[last - 1][1]].count(" ")
