"""A question or a statement -> one that looks alike and says something else."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence

from assistant.language import STOP_WORDS

NAME = re.compile(r"(?<![.!?\n] )\b[A-Z][\w’'-]+(?: [A-Z][\w’'-]+){0,3}|\b\d[\d,.]*\d\b")
"""A name that does not begin a sentence, or a number."""

NUMBER = re.compile(r"\b\d[\d,]*(?:\.\d+)?\b")

OPPOSITES = {
    "accepted": "rejected", "allowed": "forbidden", "arrived": "departed", "before": "after", "begin": "end",
    "began": "ended", "best": "worst", "born": "buried", "bought": "sold", "buy": "sell", "common": "rare",
    "earliest": "latest", "eastern": "western", "east": "west", "fastest": "slowest", "first": "last",
    "greater": "lesser", "high": "low", "higher": "lower", "highest": "lowest", "import": "export",
    "included": "excluded", "increase": "decrease", "increased": "decreased", "inside": "outside", "join": "leave",
    "joined": "left", "larger": "smaller", "largest": "smallest", "legal": "illegal", "longest": "shortest",
    "major": "minor", "majority": "minority", "male": "female", "married": "divorced", "maximum": "minimum",
    "men": "women", "more": "fewer", "most": "least", "north": "south", "northern": "southern", "older": "younger",
    "oldest": "youngest", "opened": "closed", "popular": "unpopular", "positive": "negative",
    "possible": "impossible", "public": "private", "rise": "fall", "start": "stop", "started": "ended",
    "strongest": "weakest", "success": "failure", "supported": "opposed", "above": "below", "won": "lost",
}  # fmt: skip
TURNED = OPPOSITES | {second: first for first, second in OPPOSITES.items()}

NEGATABLE = re.compile(r"\b(?:is|are|was|were|can|could|will|would|has|have|had|may|must|should)\b(?! not)")


def content_words(text: str) -> list[str]:
    """Give the words of a text that say what it is about, in lower case."""
    return [word for word in re.findall(r"\w+", text.lower()) if word not in STOP_WORDS]


def exchange_name(question: str, answers: Sequence[str], text: str, chooser: random.Random) -> str | None:
    """Give the question with a name or a number of the text exchanged for another one; None where there are not two.

    The new question is about what the text speaks of and almost never answered by it.
    """
    names = sorted({name for name in NAME.findall(text) if name.casefold() not in STOP_WORDS})
    asked = question.casefold()
    if len(asked) != len(question):
        return None
    spoken = [answer.casefold() for answer in answers]

    def stands(name: str) -> re.Match[str] | None:
        return re.search(rf"\b{re.escape(name.casefold())}\b", asked)

    there = [name for name in names if stands(name)]
    absent = [
        name
        for name in names
        if not stands(name)
        and not any(name.casefold() in answer or answer in name.casefold() for answer in spoken)
        and not any(part in asked for part in name.casefold().split() if len(part) > 3)
    ]
    chooser.shuffle(there)
    for name in there:
        alike = [one for one in absent if _alike(one, name)]
        place = stands(name)
        if alike and place:
            return f"{question[: place.start()]}{chooser.choice(alike)}{question[place.end() :]}"
    return None


def turn_sense(text: str, chooser: random.Random) -> str | None:
    """Give the text with a word exchanged for its opposite, or None where it has no such word."""
    turnable = [found for found in re.finditer(r"\w+", text) if found.group().lower() in TURNED]
    if not turnable:
        return None
    found = chooser.choice(turnable)
    return text[: found.start()] + TURNED[found.group().lower()] + text[found.end() :]


def negate(text: str, chooser: random.Random) -> str | None:
    """Give the text with "not" after one of its first verbs, or None where it has none that takes it."""
    found = list(NEGATABLE.finditer(text))[:2]
    if not found:
        return None
    end = chooser.choice(found).end()
    return f"{text[:end]} not{text[end:]}"


def change_number(text: str, chooser: random.Random) -> str | None:
    """Give the text with another figure in place of one, a year by a near one; None where it has none."""
    figures = list(NUMBER.finditer(text))
    if not figures:
        return None
    found = chooser.choice(figures)
    value = float(found.group().replace(",", ""))
    if "." in found.group():
        places = len(found.group().split(".")[1])
        changed = f"{value + chooser.choice([-1, 1]) * chooser.choice([0.1, 0.5, 1, 2, 5]):.{places}f}"
    elif 1000 <= value < 2100 and "," not in found.group():
        changed = str(int(value) + chooser.choice([-10, -3, -2, -1, 1, 2, 3, 10, 20]))
    else:
        factor = chooser.choice([0.5, 0.8, 0.9, 1.1, 1.2, 2, 10])
        changed = f"{max(0, int(value * factor) + chooser.choice([-1, 0, 1])):,}"
    return None if changed == found.group() else text[: found.start()] + changed + text[found.end() :]


def change_name(statement: str, others: Iterable[str], chooser: random.Random) -> str | None:
    """Give the statement with one of the other names in place of its own, or None where that cannot be."""
    own = names_of(statement)
    foreign = sorted({name for name in others if not any(part in statement for part in name.split())})
    if not own or not foreign:
        return None
    found = chooser.choice(own)
    return statement[: found.start()] + chooser.choice(foreign) + statement[found.end() :]


def swap_names(statement: str, chooser: random.Random) -> str | None:
    """Give the statement with two of its names in each other's place; not names of one list."""
    own = names_of(statement)
    if len(own) < 2:
        return None
    one, other = sorted(chooser.sample(own, 2), key=re.Match.start)
    between = statement[one.end() : other.start()]
    if one.group() == other.group() or re.fullmatch(r"\s*(?:,|and|or)\s*", between):
        return None
    return statement[: one.start()] + other.group() + between + one.group() + statement[other.end() :]


def shorten(statement: str, chooser: random.Random) -> str:
    """Give the statement without what stands in brackets and, half of the time, without one of its clauses."""
    text = re.sub(r"\s*\([^)]*\)", "", statement)
    parts = text.split(", ")
    if len(parts) < 3 or chooser.random() < 0.5:
        return text
    if chooser.random() < 0.5:
        return ", ".join(parts[:1] + parts[2:])
    return ", ".join(parts[:2]) + ("" if parts[1].endswith(".") else ".")


def names_of(statement: str) -> list[re.Match[str]]:
    """Give the names of a statement, apart from one that begins it and from figures."""
    return [
        found
        for found in NAME.finditer(statement)
        if found.start() > 0 and found.group()[0].isupper() and found.group().casefold() not in STOP_WORDS
    ]


def _alike(one: str, other: str) -> bool:
    """Whether both are names, or both numbers of as many characters."""
    if other[0].isdigit():
        return one[0].isdigit() and len(one) == len(other)
    return not one[0].isdigit()
