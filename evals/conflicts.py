"""Pairs of sentences, and ordinary questions -> how often sources that differ are told, and how often for nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from assistant import Evidence
from assistant.conflict import find_conflicts
from assistant.read import MAY_ANSWER
from assistant.reader import Reader
from assistant.verifier import Verifier
from evals.cases import DATASETS
from evals.rows import read_rows
from evals.types import AnswersQuestions, Case
from knowledge import Encoder, Span

PAIR_SETS = ("conflicts", "conflicts_development", "conflicts_unseen")
"""Pairs written before there was a detector, those that it was made with, and others that were written by somebody who
did not know it and that nothing was changed for: never to be added up."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sentences of two documents that answer, or seem to answer, the same question."""

    id: str
    question: str
    texts: tuple[str, str]
    published: tuple[date, date]
    conflict: bool
    kind: str


@dataclass(frozen=True, slots=True)
class PairResult:
    """A pair and whether a conflict was reported."""

    pair: Pair
    reported: bool

    @property
    def right(self) -> bool:
        """Whether the report is what a person said."""
        return self.reported == self.pair.conflict


def read_pairs(name: str, *, folder: Path = DATASETS) -> tuple[Pair, ...]:
    """Give the pairs of a file in the data sets' folder."""
    return tuple(
        Pair(
            id=row["id"],
            question=row["question"],
            texts=(row["a"]["text"], row["b"]["text"]),
            published=(date.fromisoformat(row["a"]["published"]), date.fromisoformat(row["b"]["published"])),
            conflict=row["conflict"],
            kind=row["kind"],
        )
        for row in read_rows(folder / f"{name}.jsonl")
    )


def judge_pairs(pairs: Iterable[Pair], *, encoder: Encoder, reader: Reader, verifier: Verifier) -> list[PairResult]:
    """Say of each pair whether a conflict is reported, with nothing known but the two sentences and their dates."""
    results = []
    for pair in pairs:
        evidence = [
            read_alone(pair.question, Evidence(f"{pair.id}-{number}", 0, len(text), text, 0.5, published=day), reader)
            for number, (text, day) in enumerate(zip(pair.texts, pair.published, strict=True))
        ]
        found = find_conflicts(pair.question, evidence, before=lambda one: "", encoder=encoder, verifier=verifier)
        results.append(PairResult(pair, bool(found)))
    return results


def read_alone(question: str, one: Evidence, reader: Reader) -> Evidence:
    """Give the sentence with the words in it that answer, as the reader finds them with nothing else to read."""
    (read,) = reader.read(question, [(one.text, [(0, len(one.text))])])
    (answer,) = read.answers
    if answer is None or read.sentences[0] < MAY_ANSWER:
        return one
    return replace(one, answer=Span(one.start + answer[0], one.start + answer[1]))


def pairs_table(name: str, results: Sequence[PairResult]) -> str:
    """Give how many conflicts were found and how many reported for nothing, and each pair that was judged wrong."""
    conflicts = [one for one in results if one.pair.conflict]
    others = [one for one in results if not one.pair.conflict]
    lines = [
        f"{name}: {sum(one.reported for one in conflicts)} of {len(conflicts)} conflicts found, "
        f"{sum(one.reported for one in others)} of {len(others)} others reported as conflicts"
    ]
    lines += [f"  wrong: {one.pair.id} ({one.pair.kind}): {one.pair.question}" for one in results if not one.right]
    return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class Alarms:
    """How often an answer to an ordinary question says that its sources differ."""

    answered: int
    reported: tuple[str, ...]
    """The sentences that said so, each after its question."""


def count_alarms(cases: Iterable[Case], assistant: AnswersQuestions) -> Alarms:
    """Ask each question and count the answers that report a conflict."""
    answered, reported = 0, []
    for case in cases:
        answer = assistant.ask(case.question, case.history, collections=case.collections)
        answered += answer.status == "answered"
        if answer.conflicts:
            reported.append(f"{case.question} {' '.join(one.text for one in answer.conflicts)}")
    return Alarms(answered, tuple(reported))


def alarms_table(name: str, alarms: Alarms) -> str:
    """Give the count, and what was reported, to be read by a person."""
    lines = [f"{name}: {alarms.answered} questions answered, {len(alarms.reported)} of them with a conflict"]
    return "\n".join([*lines, *(f"  {one}" for one in alarms.reported)]) + "\n"
