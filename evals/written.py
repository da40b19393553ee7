"""Passages, claims and questions that were written for this, in which meaning decides and not shared words.

A file is read line by line. "## NAME TITLE" begins a passage, "## NAME TITLE || TITLE" two that belong together; the
name of a paragraph of SQuAD is "squad:" and the id of a question about it. A passage's sentences follow, each with its
number ("1 ...", of two passages "a1 ..." and "b1 ..."); those of SQuAD are taken from its file. Then, one a line:

    + a claim that the passage supports              ? 2,4 | a question that each of these sentences answers
    - a claim that it contradicts                    & a2,b3 | a question that needs all of these sentences
    0 a claim of which it says neither               x a question that nothing here answers
    +?, -? or 0? a question to which it says yes, no, neither

Most of them are learnt from. One passage in eight is kept back, for probabilities to be fitted on, and another one to
be measured on.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from evals.documents import document_from_text
from evals.errors import CasesError
from evals.types import Benchmark, Case, Claim, Gold, Label
from knowledge import Block, split_sentences

FOLDER = Path(__file__).parent / "datasets" / "written"

Part = Literal["train", "fit", "select"]
Judged = Literal["supported", "contradicted", "neither"]

SENTENCE = re.compile(r"^([ab]?)(\d+) (.+)$")
CLAIM = re.compile(r"^([+0-])(\??) (.+)$")
ASKED = re.compile(r"^([?&]) ([ab\d, ]+) \| (.+)$")
NOT_ANSWERED = re.compile(r"^x (.+)$")
JUDGED: Mapping[str, Judged] = {"+": "supported", "-": "contradicted", "0": "neither"}
LABELS: Mapping[Judged, Label] = {"supported": "supported", "contradicted": "contradicted", "neither": "not found"}


@dataclass(frozen=True, slots=True)
class Text:
    """A passage and where its sentences stand."""

    title: str
    words: str
    sentences: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and the sentences that answer it: letter of the passage and number from 0; none where nothing does."""

    question: str
    places: tuple[tuple[str, int], ...]
    together: bool
    """Whether all of them are needed; otherwise each answers by itself."""


@dataclass(slots=True)
class Written:
    """One passage or two, and what was written about them."""

    name: str
    texts: dict[str, Text]
    """By the letter before a sentence's number, "" for one passage alone."""
    is_of_squad: bool
    claims: list[tuple[Judged, str]] = field(default_factory=list)
    yes_or_no: list[tuple[Judged, str]] = field(default_factory=list)
    """Questions that are judged like claims: yes is "supported"."""
    questions: list[Asked] = field(default_factory=list)

    @property
    def judged(self) -> list[tuple[Judged, str]]:
        """All that a verifier judges."""
        return self.claims + self.yes_or_no

    @property
    def part(self) -> Part:
        """What it is used for."""
        remainder = zlib.crc32(self.name.encode()) % 8
        return "fit" if remainder == 0 else "select" if remainder == 1 else "train"


def read_written(folder: Path = FOLDER, paragraphs: Mapping[str, str] | None = None) -> list[Written]:
    """Give what the files of a folder hold; paragraphs of SQuAD only where `paragraphs`, by question id, has them."""
    return [one for path in sorted(folder.glob("*.txt")) for one in _read_file(path, paragraphs or {})]


def written_benchmark(part: Part) -> Benchmark:
    """Give the passages that are not SQuAD's as documents, with the questions and claims about them."""
    documents, cases, claims = [], [], []
    for one in read_written():
        if one.part != part:
            continue
        ids = {letter: f"{one.name}{letter}" for letter in one.texts}
        documents += [document_from_text(ids[at], text.title, text.words) for at, text in one.texts.items()]
        for number, asked in enumerate(one.questions):
            golds = [_gold(ids[letter], one.texts[letter], place) for letter, place in asked.places]
            alternatives = (tuple(golds),) if asked.together else tuple((gold,) for gold in golds)
            cases.append(
                Case(
                    id=f"{one.name} question {number}",
                    dataset="written, two passages" if len(ids) > 1 else "written",
                    question=asked.question,
                    kind="question",
                    answerable=bool(golds),
                    gold=alternatives if golds else (),
                    document_id=next(iter(ids.values())) if len(ids) == 1 else None,
                )
            )
        for number, (judged, claim) in enumerate(one.claims):
            (text,) = one.texts.values()
            claims.append(
                Claim(
                    f"{one.name} claim {number}", "written", claim, text.words, LABELS[judged], document_id=text.title
                )
            )
    return Benchmark("written", tuple(documents), tuple(cases), tuple(claims))


def _gold(document_id: str, text: Text, place: int) -> Gold:
    start, end = text.sentences[place]
    return Gold(document_id, start, end, text.words[start:end], "gold_sentence")


def _read_file(path: Path, paragraphs: Mapping[str, str]) -> list[Written]:
    found: list[Written] = []
    sentences: dict[str, list[str]] = {}
    title, known = "", False

    def close() -> None:
        titles = title.split(" || ")
        for place, (letter, some) in enumerate(sorted(sentences.items())):
            found[-1].texts[letter] = join_sentences(titles[min(place, len(titles) - 1)], some)
        sentences.clear()

    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("## "):
            if known:
                close()
            name, _, title = line[3:].partition(" ")
            is_of_squad = name.startswith("squad:")
            text = paragraphs.get(name.removeprefix("squad:")) if is_of_squad else None
            known = text is not None or not is_of_squad
            if known:
                texts = {} if text is None else {"": Text(title, text, _sentences_of(text))}
                found.append(Written(f"{path.stem} {name}", texts, is_of_squad))
        elif not known or not line.strip():
            continue
        elif claim := CLAIM.match(line):
            judged = found[-1].yes_or_no if claim[2] else found[-1].claims
            judged.append((JUDGED[claim[1]], claim[3]))
        elif asked := ASKED.match(line):
            places = tuple((one.strip(" 0123456789"), int(one.strip(" ab")) - 1) for one in asked[2].split(","))
            found[-1].questions.append(Asked(asked[3], places, asked[1] == "&"))
        elif unanswered := NOT_ANSWERED.match(line):
            found[-1].questions.append(Asked(unanswered[1], (), together=False))
        elif sentence := SENTENCE.match(line):
            sentences.setdefault(sentence[1], []).append(sentence[3])
        else:
            raise CasesError(f"{path}, line {number}: {line[:60]!r} is none of the forms that a line can have.")
    if known:
        close()
    for one in found:
        _check(path, one)
    return found


def _check(path: Path, one: Written) -> None:
    for asked in one.questions:
        for letter, place in asked.places:
            if letter not in one.texts or not 0 <= place < len(one.texts[letter].sentences):
                raise CasesError(f"{path}, {one.name}: {asked.question!r} names a sentence that is not there.")


def join_sentences(title: str, sentences: Sequence[str]) -> Text:
    """Give the sentences as one passage."""
    words, places = "", []
    for sentence in sentences:
        places.append((len(words), len(words) + len(sentence)))
        words += sentence + " "
    return Text(title, words.rstrip(), tuple(places))


def _sentences_of(text: str) -> tuple[tuple[int, int], ...]:
    return tuple((one.start, one.end) for one in split_sentences(text, (Block("paragraph", 0, len(text)),)))
