"""A question and its answer -> the statement that they make: what a passage says, in another person's words."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from evals.examples.alter import NAME, change_name, change_number, exchange_name, negate, turn_sense
from evals.examples.passages import labelled, passage, sentences_of, stretch_around, stretch_without
from evals.examples.types import Example, Support

AUXILIARY = r"(?:is|are|was|were|has|have|had|can|could|will|would|may|must|should)"
PARTICIPLE = r"(?:\w+ed|born|built|made|held|written|sold|won|begun|known|found|given|taken|shot|set|sent|led|cut)"
TIME_WORDS = r"(?!years?\b|days?\b|months?\b|dates?\b|times?\b|centur|decades?\b|seasons?\b|ages?\b)"

SUBJECT = re.compile(
    rf"^(?:who|what|(?:what|which)(?: {TIME_WORDS}[\w'-]+){{1,3}}?) (?P<rest>(?:{AUXILIARY}|\w+ed)\b.+)$", re.IGNORECASE
)
"""The answer is what the sentence is about: "Who was the first governor", "What company acquired it"."""
COUNT = re.compile(r"^how many (?P<rest>.+)$", re.IGNORECASE)
WHEN = re.compile(
    rf"^(?:when|where|(?:in )?(?:what|which) (?:year|month|city|country|state)) (?P<verb>was|were) "
    rf"(?P<subject>.+?) (?P<done>{PARTICIPLE})(?P<rest>\b.*)$",
    re.IGNORECASE,
)
INVERTED = re.compile(r"\b(?:did|do|does)\b", re.IGNORECASE)
PREPOSITION = re.compile(r"^(?:in|on|at|by|near|during|from|after|before|around|between)\b", re.IGNORECASE)
DAY = re.compile(r"[A-Z]\w+ \d{1,2}\b(?!\d)|\d{1,2} [A-Z]")

MADE = ("true", "true", "true", "answer", "answer", "question", "elsewhere")
"""What is made of a statement, drawn from these: itself, with another answer, with something else changed, or itself
beside a part of the paragraph that does not say it."""


def state(question: str, answer: str) -> str | None:
    """Give the statement that a question and its answer make, or None where the question is not of a known form."""
    asked, answer = question.strip().rstrip("?. "), answer.strip().rstrip(".")
    if not asked or not answer or len(answer) > 80:
        return None
    made = None
    if (found := COUNT.match(asked)) and not INVERTED.search(asked):
        rest = found["rest"]
        first = rest.split()[0].lower()
        made = f"{answer} {rest[len(first) :].strip() if answer.lower().endswith(first) else rest}"
    elif (found := WHEN.match(asked)) and not INVERTED.search(asked):
        word = "" if PREPOSITION.match(answer) else "on " if DAY.match(answer) else "in "
        made = f"{found['subject']} {found['verb']} {found['done']}{found['rest']} {word}{answer}"
    elif (found := SUBJECT.match(asked)) and not INVERTED.search(asked):
        made = f"{answer} {found['rest']}"
    return f"{made[0].upper()}{made[1:]}." if made else None


def make_answers(path: Path, *, seed: int) -> Iterator[Example]:
    """Give the statements that a SQuAD file's questions make as claims, less than half of them true.

    In a file of SQuAD 2.0 the questions that a paragraph only seems to answer make statements, with the answer that it
    seems to give, that it does not support.
    """
    for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
        chooser = random.Random(f"{seed} {article['title']}")
        title = article["title"].replace("_", " ")
        for paragraph in article["paragraphs"]:
            text = paragraph["context"]
            sentences = sentences_of(text)
            for row in paragraph["qas"]:
                answers = row["answers"] or row.get("plausible_answers")
                answer = answers[0]["text"] if answers else ""
                claim = state(" ".join(row["question"].split()), answer)
                if claim is None:
                    continue
                start = answers[0]["answer_start"]
                gold = [index for index, (a, b) in enumerate(sentences) if a < start + len(answer) and start < b]
                if not gold:
                    continue
                part = chooser.choice(MADE) if row["answers"] else "unanswered"
                support = Support.SUPPORTED if part == "true" else Support.NOT_SUPPORTED
                stretch: tuple[int, int] | None = stretch_around(text, sentences, gold, chooser)
                if chooser.random() < 0.4:
                    stretch = (gold[0], gold[-1] + 1)
                changed: str | None = claim
                if part == "answer":
                    changed = _with_another(claim, answer, text, chooser)
                elif part == "question":
                    changed = exchange_name(claim, [answer], text, chooser) or turn_sense(claim, chooser)
                    changed = changed or negate(claim, chooser)
                elif part == "elsewhere":
                    support = Support.NEITHER
                    stretch = stretch_without(text, sentences, gold, [answer], chooser)
                if changed is None or stretch is None or (changed == claim and part in ("answer", "question")):
                    continue
                made = labelled(
                    passage(changed, title, text, sentences, stretch, chooser),
                    "answers", "claim", f"answer-{row['id']}", support=support,
                )  # fmt: skip
                yield replace(made, question=changed)


def _with_another(claim: str, answer: str, text: str, chooser: random.Random) -> str | None:
    """Give the statement with another name or figure in place of its answer's."""
    place = claim.casefold().find(answer.casefold())
    if place < 0 or not answer:
        return None
    if re.search(r"\d", answer):
        others = [one for one in re.findall(r"\b\d[\d,.]*\d\b|\b\d\b", text) if one not in answer]
        own = re.search(r"\d[\d,.]*\d|\d", answer)
        alike = [one for one in others if own and len(one) == len(own.group())]
        changed = (
            answer.replace(own.group(), chooser.choice(alike)) if alike and own and chooser.random() < 0.6
            else change_number(answer, chooser)
        )  # fmt: skip
    else:
        names = [name for name in NAME.findall(text) if name[0].isupper() and name.casefold() not in claim.casefold()]
        changed = chooser.choice(names) if names and answer[0].isupper() else change_name(answer, names, chooser)
    if not changed or changed == answer:
        return None
    return claim[:place] + changed + claim[place + len(answer) :]
