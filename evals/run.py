"""The evaluation walk: benchmarks -> libraries -> answers -> results -> figures."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import platform
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Never

import knowledge
from evals.errors import EvaluationError
from evals.figures import measure_results
from evals.score import score_case
from evals.types import (
    AnswersQuestions,
    Benchmark,
    Case,
    CaseResult,
    OpensLibrary,
    Run,
    SearchesLibrary,
)
from knowledge import Document, Progress

if TYPE_CHECKING:
    from tqdm import tqdm

SEARCH_LIMIT = 50
"""Chunks searched: enough for ten different documents, which nDCG@10 needs, when several chunks of one rank high."""
PACKAGES = (
    "chromadb",
    "langchain-core",
    "numpy",
    "onnxruntime",
    "sentence-transformers",
    "tantivy",
    "tokenizers",
)
"""The packages on whose versions a figure can depend."""


def run_benchmarks(
    name: str,
    benchmarks: Sequence[Benchmark],
    *,
    cache: Path,
    open_library: OpensLibrary,
    open_assistant: Callable[[Any], AnswersQuestions] | None,
    settings: Mapping[str, str],
    limit: int | None = None,
    show_progress: bool = False,
) -> Run:
    """Ask every question of every benchmark and give the run with its figures.

    Each benchmark's documents become a library of their own, built once and kept below `cache` for as long as neither
    the documents nor the code that reads them change. `open_assistant` is given
    what `open_library` gave; without it only the search is run. `limit` keeps
    that many questions of each data set: the same ones every time. `settings` are recorded as they are.
    """
    started = datetime.now(UTC)
    results: list[CaseResult] = []
    for benchmark in benchmarks:
        sampled = sample_cases(benchmark, limit)
        if not sampled.cases:
            continue
        folder = build_library(sampled, cache, open_library, show_progress=show_progress)
        with open_library(folder, read_only=True) as library:
            assistant = open_assistant(library) if open_assistant is not None else None
            with _bar(sampled.name, show_progress) as bar:
                bar.reset(total=len(sampled.cases))
                for case in sampled.cases:
                    results.append(run_case(case, library, assistant))
                    bar.update()
    if not results:
        raise EvaluationError(f"{name} has no questions to ask in these settings: {dict(settings)}.")
    return Run(
        name=name,
        started=started.isoformat(timespec="seconds"),
        settings={**settings, "limit": str(limit) if limit is not None else "none"},
        versions=versions(),
        commit=commit_of(Path(__file__).parent),
        machine=machine(),
        figures=measure_results(results),
        results=tuple(results),
    )


def run_case(case: Case, library: SearchesLibrary, assistant: AnswersQuestions | None) -> CaseResult:
    """Ask one question, search for it beside, and give the result; only the asking is timed where there is both."""
    try:
        started = time.perf_counter()
        answer = assistant.ask(case.question, case.history, collections=case.collections) if assistant else None
        asked = time.perf_counter()
        question = (answer.standalone_question if answer else "") or case.question
        hits = library.search(question, limit=SEARCH_LIMIT, collections=case.collections)
        searched = time.perf_counter()
    except Exception as error:
        error.add_note(f"while asking case {case.id!r} of {case.dataset}: {case.question!r}")
        raise
    seconds = asked - started if answer else searched - asked
    return score_case(case, hits=hits, answer=answer, seconds=seconds)


def sample_cases(benchmark: Benchmark, limit: int | None) -> Benchmark:
    """Give a benchmark with at most `limit` cases of each data set, and only the documents that they can meet.

    The cases with the smallest hashes of their ids are kept: a sample does not depend on their order, and a larger one
    holds the smaller one.
    """
    if limit is not None:
        by_dataset: dict[str, list[Case]] = {}
        for case in benchmark.cases:
            by_dataset.setdefault(case.dataset, []).append(case)
        kept = {
            (case.dataset, case.id)
            for cases in by_dataset.values()
            for case in sorted(cases, key=lambda one: hashlib.sha256(one.id.encode()).digest())[:limit]
        }
        benchmark = replace(benchmark, cases=tuple(one for one in benchmark.cases if (one.dataset, one.id) in kept))
    if all(case.collections is not None for case in benchmark.cases):
        asked = {collection for case in benchmark.cases for collection in case.collections or ()}
        documents = tuple(one for one in benchmark.documents if one.collection in asked)
        return replace(benchmark, documents=documents)
    return benchmark


def build_library(
    benchmark: Benchmark, cache: Path, open_library: OpensLibrary, *, show_progress: bool = False
) -> Path:
    """Give the folder of a library that holds the benchmark's documents, building it unless it is there already."""
    folder = cache / f"{_file_name(benchmark.name)}-{library_key(benchmark.documents)}"
    finished = folder / "finished"
    if not finished.is_file():
        shutil.rmtree(folder, ignore_errors=True)
        with open_library(folder / "library") as library, _bar(f"{benchmark.name}: library", show_progress) as bar:
            library.add_documents(benchmark.documents, progress=_follow(bar))
        # Written last: a build that was cut off is begun again.
        finished.touch()
    return folder / "library"


def library_key(documents: Sequence[Document]) -> str:
    """Give a short hash of the documents and of the code that makes a library of them."""
    digest = hashlib.sha256(json.dumps([[one.id, one.collection, one.content_hash] for one in documents]).encode())
    code = Path(knowledge.__file__).parent
    for path in sorted(code.rglob("*.py")):
        digest.update(path.relative_to(code).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def versions() -> dict[str, str]:
    """Give the versions of Python and of the packages on which figures can depend."""
    installed = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            installed[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return installed


def machine() -> dict[str, str]:
    """Give what times depend on."""
    return {"system": platform.system(), "processor": platform.machine(), "cores": str(os.cpu_count() or "unknown")}


def commit_of(folder: Path) -> str | None:
    """Give the commit of the working tree that a folder lies in, "+changes" added when it is not clean."""

    def git(*arguments: str) -> str:
        return subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, timeout=30, check=True
        ).stdout.strip()

    try:
        return git("rev-parse", "HEAD") + ("+changes" if git("status", "--porcelain") else "")
    except (OSError, subprocess.SubprocessError):
        return None


def _file_name(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in name)


@contextmanager
def _bar(description: str, shown: bool) -> Iterator[tqdm[Never]]:
    from tqdm import tqdm

    bar: tqdm[Never] = tqdm(desc=description, disable=not shown, dynamic_ncols=True)
    with bar:
        yield bar


def _follow(bar: tqdm[Never]) -> Callable[[Progress], None]:
    def follow(progress: Progress) -> None:
        bar.total = progress.total
        bar.set_postfix_str(progress.stage, refresh=False)
        bar.update(progress.done - bar.n)

    return follow
