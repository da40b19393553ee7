"""Leave sources out: what the reader's training gives on sets that it never saw, beside what needs no training.

The question sets fall into two families, those made of SQuAD and all others. A reader is trained on one and measured on
the other: each source is measured with a reader that saw neither it nor anything of its origin, and with a combination
fitted without it. The verifier has no part in it: it learnt from both families.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assistant.reader import Reader
from evals.benchmarks import against_own_text, read_benchmark
from evals.calibrate import READING_SETS, fit_calibration, observe
from evals.examples import is_kept_back, read_examples
from evals.examples.questions import document_of
from evals.examples.types import Example
from evals.export import export_reader
from evals.run import sample_cases
from evals.signals import measure_signals
from evals.train import EXPORTED, Recipe, train_reader
from evals.types import Benchmark, Figure, OpensLibrary
from knowledge import Encoder

FAMILIES: Mapping[str, frozenset[str]] = {
    "SQuAD": frozenset({"squad1_train", "squad2_train", "squad2_dev", "written_squad"}),
    "others": frozenset(
        {"nq_oracle", "qed_dev", "selqa_test", "selqa_dev", "covidqa", "policyqa", "timeqa_human", "friendsqa"}
    ),
}
"""Sources of examples by family. What was written about invented passages belongs to none: both learn from it."""

EXAMPLES_OF_STEP = 40
"""Examples kept for each step of a training: more than it sees, and fewer than there are."""
SAMPLES = 200
"""Examples by which the exported reader is compared with the original."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A set that is measured with a reader that saw nothing of its family."""

    name: str
    split: str | None
    family: str
    own_text: bool
    """Each question is asked of its own text, not of all of them: the corpus is long, or answers elsewhere."""


LEFT_OUT = (
    LeftOut("squad2_dev", "select", "SQuAD", own_text=True),
    LeftOut("xquad_en", "unseen", "SQuAD", own_text=False),
    LeftOut("nq_oracle", None, "others", own_text=False),
    LeftOut("selqa_test", None, "others", own_text=False),
    LeftOut("covidqa", None, "others", own_text=False),
    LeftOut("policyqa", None, "others", own_text=True),
    LeftOut("timeqa_human", None, "others", own_text=True),
    LeftOut("friendsqa", None, "others", own_text=True),
)


def leave_out(
    folders: Sequence[Path],
    examples: Path,
    target: Path,
    *,
    cache: Path,
    open_library: OpensLibrary,
    encoder: Encoder,
    recipe: Recipe,
    limit: int,
    report: Callable[[str], None],
) -> Iterator[tuple[str, Mapping[str, Mapping[str, Figure]]]]:
    """Train a reader on each family of `examples` and give, for each set of the other, its name and figures by signal.

    The sets lie below `folders`. Each training keeps its checkpoints in a folder of its own below `target` and goes on
    from them; a reader that is there already, of as many steps, is not trained again. `limit` questions of each set are
    asked, and as many of each are what a combination is fitted on.
    """
    for family, sources in FAMILIES.items():
        others = frozenset().union(*(one for name, one in FAMILIES.items() if name != family))
        learnt = [one for one in read_examples(examples) if one.source not in others and one.support is None]
        most = min(len(learnt), EXAMPLES_OF_STEP * recipe.steps)
        learnt = random.Random(recipe.seed).sample(learnt, most)
        reader = _trained(learnt, target / f"{family}-{recipe.steps}", encoder=encoder, recipe=recipe, report=report)
        observations = [
            seen
            for name in READING_SETS
            if name in sources
            for seen in observe(_kept_back(folders, name, limit), cache, open_library, encoder, reader, None)
        ]
        calibration = fit_calibration(observations)
        for one in LEFT_OUT:
            if one.family != family:
                benchmark = _asked(folders, one, limit)
                yield (
                    one.name,
                    measure_signals(
                        benchmark,
                        cache=cache,
                        open_library=open_library,
                        encoder=encoder,
                        reader=reader,
                        verifier=None,
                        calibration=calibration,
                    ),
                )


def _trained(
    learnt: Sequence[Example], folder: Path, *, encoder: Encoder, recipe: Recipe, report: Callable[[str], None]
) -> Reader:
    folder.mkdir(parents=True, exist_ok=True)
    exported = folder / EXPORTED
    if not exported.exists():
        weights = train_reader(learnt, {}, folder, encoder=encoder, recipe=recipe, report=report)
        strays = export_reader(weights, exported, samples=learnt[:: max(1, len(learnt) // SAMPLES)], encoder=encoder)
        report(f"{folder.name}: int8 strays by {strays:.3f} log odds on average")
    return Reader(exported, encoder=encoder)


def _asked(folders: Sequence[Path], one: LeftOut, limit: int) -> Benchmark:
    benchmark = read_benchmark(_folder(folders, one.name), split=one.split)
    benchmark = against_own_text(benchmark) if one.own_text else benchmark
    return sample_cases(benchmark, limit)


def _kept_back(folders: Sequence[Path], name: str, limit: int) -> Benchmark:
    benchmark = read_benchmark(_folder(folders, name), split="train")
    cases = tuple(case for case in benchmark.cases if is_kept_back(name, document_of(case)))
    benchmark = replace(benchmark, cases=cases)
    return sample_cases(against_own_text(benchmark) if name == "squad2_dev" else benchmark, limit)


def _folder(folders: Sequence[Path], name: str) -> Path:
    return next((folder / name for folder in folders if (folder / name).is_dir()), folders[0] / name)
