"""Public data -> what the reader and the verifier learn from, as files of JSON lines."""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import chain
from pathlib import Path

from assistant.reader import Reader
from evals.benchmarks import read_benchmark
from evals.examples.claims import make_claims, make_statements
from evals.examples.passages import make_adversarial, make_passages
from evals.examples.questions import Shares, document_of, make_examples
from evals.examples.statements import make_answers
from evals.examples.taken import SOURCE as SOURCE_OF_TAKEN
from evals.examples.taken import make_taken
from evals.examples.types import Example, Support
from evals.examples.written import SOURCE, SOURCE_OF_SQUAD, make_written
from evals.rows import read_rows
from knowledge import Encoder


@dataclass(frozen=True, slots=True)
class Source:
    """A set that is learnt from, and how much of it."""

    name: str
    split: str | None
    most: int
    """Questions or claims taken."""
    licence: str


QUESTIONS = (
    Source("squad2_dev", "train", 6000, "CC BY-SA 4.0"),
    Source("nq_oracle", None, 2655, "MIT, text CC BY-SA"),
    Source("qed_dev", None, 600, "CC BY-SA 3.0"),
    Source("selqa_test", None, 1590, "Apache-2.0"),
    Source("selqa_dev", None, 770, "Apache-2.0"),
    Source("covidqa", None, 1380, "Apache-2.0"),
    Source("policyqa", None, 3000, "MIT"),
    Source("timeqa_human", None, 2230, "BSD-3-Clause"),
    Source("friendsqa", None, 1400, "Apache-2.0"),
)
"""Only sets whose licence is established, since what is learnt from them is shipped."""

CLAIMS = (
    Source("fever_eraser_val", None, 10_000, "CC BY-SA 3.0"),
    Source("fever_eraser_devtest", None, 10_000, "CC BY-SA 3.0"),
    Source("summedits", None, 10_000, "Apache-2.0"),
    Source("snli", None, 9_000, "CC BY-SA 4.0"),
    Source("mnli_devm", None, 10_000, "OANC, CC BY 3.0, CC BY-SA 3.0 by genre"),
    Source("breaking_nli", None, 1_500, "CC BY-SA 4.0"),
    Source("med", None, 1_500, "CC BY-SA 4.0"),
    Source("nli_cad", None, 10_000, "Apache-2.0, text CC BY-SA 4.0"),
    Source("fool_me_twice", None, 10_000, "Apache-2.0, text CC BY-SA 3.0"),
    Source("vitaminc_real", None, 40_000, "CC BY-SA 3.0"),
    Source("vitaminc_synthetic", None, 20_000, "CC BY-SA 3.0"),
    Source("fever_nli", None, 20_000, "CC BY-SA 3.0"),
    Source("mnli_train", None, 40_000, "OANC, CC BY 3.0, CC BY-SA 3.0 by genre"),
    Source("snli_train", None, 60_000, "CC BY-SA 4.0"),
    Source("negation_nli", None, 10_000, "MIT"),
    Source("wiki_split", None, 5_000, "CC BY-SA 4.0"),
    Source("contract_nli", None, 2_500, "CC BY 4.0"),
    Source("realsumm", None, 14_000, "CC BY 4.0"),
    Source("summac_cnndm", None, 2_000, "Apache-2.0"),
    Source("bump", None, 2_000, "MIT"),
    Source("factcheck_gpt", None, 4_000, "Apache-2.0"),
    Source("feverous_dev", None, 3_000, "MIT, text CC BY-SA 3.0"),
    Source("check_covid", None, 1_500, "MIT"),
)
"""A set that the folders do not hold is reported with no examples."""

WHOLE = frozenset(
    {"snli", "snli_train", "mnli_devm", "mnli_train", "negation_nli", "breaking_nli", "med", "nli_cad", "wiki_split"}
)
"""Sets of pairs of sentences: nothing of them is kept back, since nothing like them is ever asked."""

SEEDS_OF_ADVERSARIAL = 2
"""squad2_dev is gone through so often, each time with other draws: it asks what is almost answered."""

TAKEN_OF_POOL = 5_000
"""Questions of each of `POOLS` of which the verifier learns whether the reader's answer is one."""

QUESTIONS_OF_PARAGRAPH = 5
"""Answered questions taken of each paragraph of SQuAD's training set."""

ADVERSARIAL_OF_PARAGRAPH = 8
"""Questions taken of each that it only seems to answer, and as many others."""

KEPT_BACK_ARTICLES = frozenset({"sq2-006", "sq2-007"})
KEPT_BACK_PART = 8
"""Of the other sets, one in so many documents, and one in so many claims, is kept back."""


def is_kept_back(dataset: str, name: str) -> bool:
    """Say whether a document, or a claim, is not learnt from, so that probabilities can be fitted on it."""
    if dataset == "squad2_dev":
        return name in KEPT_BACK_ARTICLES
    return zlib.crc32(name.encode()) % KEPT_BACK_PART == 0


POOLS = ("passages", "adversarial", "chunks", "written")
"""What a step of a reader's training is drawn from."""


def pool_of(example: Example) -> str:
    """Give which of `POOLS` a question belongs to."""
    if example.source in (SOURCE, SOURCE_OF_SQUAD):
        return "written"
    if example.source == "squad1_train":
        return "passages"
    return "adversarial" if example.source in ("squad2_dev", "squad2_train") else "chunks"


POOLS_OF_CLAIMS = ("written", "sentences", "captions", "pages", "squad", "taken")
"""What a step of a verifier's training is drawn from."""


def pool_of_claim(example: Example) -> str:
    """Give which of `POOLS_OF_CLAIMS` a claim belongs to."""
    if example.source in (SOURCE, SOURCE_OF_SQUAD):
        return "written"
    if example.source in ("statements", "answers"):
        return "squad"
    if example.source == SOURCE_OF_TAKEN:
        return "taken"
    if example.source in ("snli", "snli_train"):
        return "captions"
    return "sentences" if example.source in WHOLE else "pages"


def write_examples(
    benchmarks: Path,
    training: Sequence[Path],
    squad: Path | None,
    target: Path,
    *,
    encoder: Encoder,
    reader: Reader | None,
    seed: int,
    report: Callable[[str], None],
) -> None:
    """Make a reader's examples, all of them questions, and write them, unless they are there already.

    `squad` is the training set of SQuAD 2.0, or of 1.1, as its JSON file; without it the reader learns from the rest.
    `reader` is one trained before: what it takes for answered, and is not, is learnt from the more.
    """
    folders = (benchmarks, *training)
    if not target.exists():
        _write(target, _sources(folders, squad, encoder, reader, seed), report)


def write_claims(
    benchmarks: Path,
    training: Sequence[Path],
    squad: Path | None,
    questions: Path,
    target: Path,
    *,
    encoder: Encoder,
    reader: Reader,
    seed: int,
    report: Callable[[str], None],
) -> None:
    """Make a verifier's examples, all of them claims, and write them, unless they are there already.

    Among them is what `reader` takes for the answers to `questions`, a file that `write_examples` made.
    """
    if not target.exists():
        taken = SOURCE_OF_TAKEN, make_taken(_drawn(questions, seed), reader=reader)
        _write(target, chain(_claim_sources((benchmarks, *training), squad, encoder, seed), [taken]), report)


def _drawn(questions: Path, seed: int) -> Iterator[Example]:
    """Give up to `TAKEN_OF_POOL` questions of each of `POOLS`, but those written about paragraphs of SQuAD.

    SQuAD's own questions about these are there already.
    """
    pools: dict[str, list[Example]] = {}
    for one in read_examples(questions):
        if one.source != SOURCE_OF_SQUAD:
            pools.setdefault(pool_of(one), []).append(one)
    for name, some in sorted(pools.items()):
        yield from random.Random(f"{seed} {name}").sample(some, min(len(some), TAKEN_OF_POOL))


def _write(target: Path, sources: Iterator[tuple[str, Iterator[Example]]], report: Callable[[str], None]) -> None:
    scratch = target.with_suffix(".new")
    with scratch.open("w", encoding="utf-8") as lines:
        for name, made in sources:
            count = 0
            for example in made:
                lines.write(json.dumps(asdict(example)) + "\n")
                count += 1
            report(f"{name}: {count} examples")
    scratch.replace(target)


def read_examples(path: Path) -> list[Example]:
    """Give the examples of a file of JSON lines."""
    examples = []
    for row in read_rows(path):
        spans = {name: tuple((start, end) for start, end in row[name]) for name in ("sentences", "answers")}
        support = None if row["support"] is None else Support(row["support"])
        examples.append(Example(**{**row, **spans, "gold": tuple(row["gold"]), "support": support}))
    return examples


def _sources(
    folders: Sequence[Path], squad: Path | None, encoder: Encoder, reader: Reader | None, seed: int
) -> Iterator[tuple[str, Iterator[Example]]]:
    for source in QUESTIONS:
        yield source.name, _questions(source, _folder(source, folders), encoder, seed)
    if squad is not None:
        yield (
            "squad1_train",
            make_passages(squad, name="squad1_train", questions_each=QUESTIONS_OF_PARAGRAPH, seed=seed, reader=reader),
        )
        yield (
            "squad2_train",
            make_adversarial(squad, name="squad2_train", questions_each=ADVERSARIAL_OF_PARAGRAPH, seed=seed),
        )
    made = make_written(squad, encoder=encoder, seed=seed)
    yield "written", (one for one in made if one.support is None)


def _claim_sources(
    folders: Sequence[Path], squad: Path | None, encoder: Encoder, seed: int
) -> Iterator[tuple[str, Iterator[Example]]]:
    for source in CLAIMS:
        folder = _folder(source, folders)
        claims = make_claims(folder, most=source.most, seed=seed) if folder.exists() else iter(())
        yield source.name, (one for one in claims if source.name in WHOLE or not is_kept_back(source.name, one.group))
    if squad is not None:
        yield "statements", make_statements(squad, paragraphs_each=16, sentences_each=3, seed=seed)
        yield "answers", make_answers(squad, seed=seed)
    made = make_written(squad, encoder=encoder, seed=seed)
    yield "written", (one for one in made if one.support is not None)


def _folder(source: Source, folders: Sequence[Path]) -> Path:
    return next((path for one in folders if (path := one / source.name).exists()), folders[0] / source.name)


def _questions(source: Source, folder: Path, encoder: Encoder, seed: int) -> Iterator[Example]:
    benchmark = read_benchmark(folder, split=source.split)
    learnt = (case for case in benchmark.cases if not is_kept_back(benchmark.name, document_of(case)))
    cases = sorted(learnt, key=lambda case: case.id)
    random.Random(seed).shuffle(cases)
    benchmark = replace(benchmark, cases=tuple(cases[: source.most]))
    for times in range(SEEDS_OF_ADVERSARIAL if source.name == "squad2_dev" else 1):
        yield from make_examples(benchmark, encoder=encoder, shares=Shares(), seed=seed + times)
