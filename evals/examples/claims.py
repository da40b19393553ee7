"""Claims and sentences -> examples of what a passage says of a claim."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from evals.examples.alter import (
    NAME,
    change_name,
    change_number,
    content_words,
    negate,
    shorten,
    swap_names,
    turn_sense,
)
from evals.examples.passages import labelled, passage, sentences_of, stretch_without
from evals.examples.types import Example, Support
from evals.rows import Row, read_rows

JUDGEMENTS = {
    "supported": Support.SUPPORTED,
    "refuted": Support.CONTRADICTED,
    "neutral": Support.NEITHER,
    "unsupported": Support.NOT_SUPPORTED,
}
MOST_WORDS = 150
"""Of a passage; of a longer one the sentences that share the most words with the claim are read."""
MOST_GOLD_WORDS = 170
WITHOUT_EVIDENCE = 0.35
"""Share of the claims with marked evidence that are also shown a stretch of the same page without it."""
STATEMENTS = ("same", "same", "same", "number", "number", "name", "name", "not", "sense", "swap")
"""What is done to a sentence of an article, drawn from these."""


def make_claims(folder: Path, *, most: int, seed: int) -> Iterator[Example]:
    """Give examples of up to `most` claims of a folder in the benchmarks' format."""
    chooser = random.Random(f"{seed} {folder.name}")
    rows = list(read_rows(folder / "claims.jsonl"))
    chooser.shuffle(rows)
    corpus = folder / "corpus.jsonl"
    pages = {row["doc_id"]: row for row in read_rows(corpus)} if corpus.exists() else {}
    for row in rows[:most]:
        if row.get("evidence") and row.get("doc_id") in pages:
            yield from _with_evidence(row, pages[row["doc_id"]], folder.name, chooser)
        elif row["passage"].strip():
            text, sentences = nearest_sentences(row["claim"], row["passage"])
            if sentences:
                yield Example(
                    " ".join(row["claim"].split()), text, tuple(sentences), (), (), JUDGEMENTS[row["label"]],
                    folder.name, "claim", f"{folder.name}-{row['id']}",
                )  # fmt: skip


def nearest_sentences(claim: str, text: str) -> tuple[str, list[tuple[int, int]]]:
    """Give the text and its sentences; of a long one only those that share the most words with a claim, in order."""
    sentences = sentences_of(text)
    if text.count(" ") <= MOST_WORDS:
        return text, sentences
    said = set(content_words(claim))

    def share(index: int) -> float:
        words = content_words(text[sentences[index][0] : sentences[index][1]])
        return float(len(said & set(words)) / (3 + len(words)) ** 0.3)

    kept: list[int] = []
    length = 0
    for index in sorted(range(len(sentences)), key=lambda index: -share(index)):
        words = text[sentences[index][0] : sentences[index][1]].count(" ") + 1
        if not kept or length + words <= MOST_WORDS:
            kept.append(index)
            length += words
        else:
            break
    short, places = "", []
    for index in sorted(kept):
        sentence = text[sentences[index][0] : sentences[index][1]]
        places.append((len(short), len(short) + len(sentence)))
        short += sentence + " "
    return short.rstrip(), places


def make_statements(path: Path, *, paragraphs_each: int, sentences_each: int, seed: int) -> Iterator[Example]:
    """Give sentences of a SQuAD file as claims on themselves: shortened and true, or changed and false."""
    chooser = random.Random(seed)
    for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
        title = article["title"].replace("_", " ")
        paragraphs = article["paragraphs"]
        for paragraph in chooser.sample(paragraphs, min(paragraphs_each, len(paragraphs))):
            text = paragraph["context"]
            sentences = sentences_of(text)
            if len(sentences) < 2:
                continue
            for index in chooser.sample(range(len(sentences)), min(sentences_each, len(sentences))):
                start, end = sentences[index]
                if not 40 < end - start < 320:
                    continue
                first, last = _grow(index, index + 1, len(sentences), chooser.choice([0, 0, 1, 2]), chooser)
                change = chooser.choice(STATEMENTS)
                claim = _changed(shorten(text[start:end], chooser), change, text, chooser)
                if claim is None:
                    continue
                judged = Support.SUPPORTED if change == "same" else Support.CONTRADICTED
                made = passage(claim, title, text, sentences, (first, last), chooser)
                yield labelled(made, "statements", "claim", f"{title}-{text[:20]}-{start}", support=judged)


def _changed(statement: str, change: str, text: str, chooser: random.Random) -> str | None:
    if change == "number":
        return change_number(statement, chooser)
    if change == "name":
        return change_name(statement, [found for found in NAME.findall(text) if found[0].isupper()], chooser)
    if change == "not":
        return negate(statement, chooser)
    if change == "sense":
        return turn_sense(statement, chooser)
    if change == "swap":
        return swap_names(statement, chooser)
    return statement


def _with_evidence(row: Row, page: Row, source: str, chooser: random.Random) -> Iterator[Example]:
    text, claim = page["text"], " ".join(row["claim"].split())
    sentences = sentences_of(text)
    marked = [(one["start"], one["end"]) for one in row["evidence"][0] if one["doc_id"] == row["doc_id"]]
    gold = [
        index
        for index, (start, end) in enumerate(sentences)
        if any(min(end, b) - max(start, a) > 0.5 * (end - start) for a, b in marked)
    ]
    if not gold or max(gold) - min(gold) > 5:
        return
    group, title = f"{source}-{row['id']}", page.get("title") or ""
    first, last = _grow(min(gold), max(gold) + 1, len(sentences), chooser.choice([0, 0, 1, 2, 3, 4]), chooser)
    while text[sentences[first][0] : sentences[last - 1][1]].count(" ") > MOST_GOLD_WORDS:
        if last - 1 > max(gold):
            last -= 1
        elif first < min(gold):
            first += 1
        else:
            break
    made = passage(claim, title, text, sentences, (first, last), chooser)
    yield replace(labelled(made, source, "claim", group, support=JUDGEMENTS[row["label"]]), question=claim)
    if chooser.random() < WITHOUT_EVIDENCE:
        quiet = stretch_without(text, sentences, gold, (), chooser)
        if quiet:
            made = passage(claim, title, text, sentences, quiet, chooser)
            yield replace(labelled(made, source, "claim", group, support=Support.NEITHER), question=claim)


def _grow(first: int, last: int, count: int, times: int, chooser: random.Random) -> tuple[int, int]:
    for _ in range(times):
        if chooser.random() < 0.5:
            first = max(0, first - 1)
        else:
            last = min(count, last + 1)
    return first, last


def as_judged(claims: Sequence[tuple[str, str, bool]], source: str) -> list[Example]:
    """Give (claim, text, whether it is supported) as examples to judge a network by."""
    judged = []
    for number, (claim, text, supported) in enumerate(claims):
        short, sentences = nearest_sentences(claim, text)
        support = Support.SUPPORTED if supported else Support.NOT_SUPPORTED
        judged.append(Example(claim, short, tuple(sentences), (), (), support, source, "claim", str(number)))
    return judged
