"""How fast is it, and how much memory does it take? Each measure is taken in a process of its own.

`python -m evals.bench MEASURE ARGUMENTS` is such a process: it prints what it measured as one line of JSON.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.util import find_spec
from itertools import islice
from math import ceil
from pathlib import Path
from statistics import median
from threading import Event, Thread
from typing import Any

import knowledge
from evals.benchmarks import read_benchmark
from evals.documents import document_from_text
from evals.errors import EvaluationError
from evals.run import commit_of, machine, versions
from knowledge import Document, LibrarySettings

WORDS_A_TEXT = 150
"""Words of a text that is embedded for speed: a little more than a chunk, and still all read."""

SLOWEST = 250.0
"""Milliseconds that a question on the larger library may take, p95, the trained reader's pass among them."""

BATCH = 50
"""Documents that are added at once while a library grows to its size."""

TEXTBOOK = ("langchain_huggingface", "langchain_chroma")
"""What the textbook way is made of."""


@dataclass(frozen=True, slots=True)
class BenchSize:
    """How much is measured; the defaults take a quarter of an hour the first time, then five minutes."""

    chunks: tuple[int, ...] = (1_000, 20_000)
    """Sizes of the libraries that are asked, the last of them also for the memory that answering takes."""
    questions: int = 200
    texts: int = 300
    """Texts embedded in each round."""
    rounds: int = 3
    """The textbook way and ours take turns this often; the median of the ratios counts."""
    files: int = 2_000
    starts: int = 5
    """Fresh processes that are started and asked; the median counts."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One figure, and what it is to reach."""

    name: str
    value: float
    unit: str
    least: float | None = None
    most: float | None = None

    @property
    def reached(self) -> bool | None:
        """Whether the figure is as good as it is to be; None where nothing was set."""
        if self.least is None and self.most is None:
            return None
        return (self.least is None or self.value >= self.least) and (self.most is None or self.value <= self.most)


@dataclass(frozen=True, slots=True)
class Bench:
    """Every measurement of one run, with the machine it ran on."""

    started: str
    machine: Mapping[str, str]
    versions: Mapping[str, str]
    commit: str | None
    measurements: tuple[Measurement, ...]
    notes: tuple[str, ...] = ()


def run_bench(
    cache: Path, *, benchmarks: Path | None, size: BenchSize | None = None, report: Callable[[str], None]
) -> Bench:
    """Measure embedding, starting, answering, syncing and memory.

    Libraries are made of the texts in `benchmarks`, or of made-up ones, once, and kept below `cache`. `report` hears
    what is being measured.

    Raises:
        EvaluationError: a measuring process failed; the message ends with what it said.
    """
    size = size or BenchSize()
    started = datetime.now(UTC).isoformat(timespec="seconds")
    measurements: list[Measurement] = []
    notes: list[str] = []

    report("embedding")
    ratios = _compare_embedding(size)
    measurements += [
        Measurement("embedding: chunks", median(ours["texts"] for ours, _ in ratios), "a second"),
        Measurement("embedding: tokens", median(ours["tokens"] for ours, _ in ratios), "a second"),
    ]
    if all(textbook is not None for _, textbook in ratios):
        pairs = [(ours["texts"], textbook["texts"]) for ours, textbook in ratios if textbook is not None]
        measurements += [
            Measurement("embedding: the textbook way, chunks", median(theirs for _, theirs in pairs), "a second"),
            Measurement("embedding: beside the textbook way", median(a / b for a, b in pairs), "times", least=2.0),
        ]
    else:
        notes.append(
            "The textbook way was not measured. Install it with: pip install langchain-huggingface langchain-chroma"
        )

    for chunks in size.chunks:
        report(f"{chunks:,} chunks: library")
        folder = build_bench_library(cache, chunks, benchmarks=benchmarks, questions=size.questions)
        built = json.loads((folder / "built.json").read_text(encoding="utf-8"))
        notes.append(
            f"The library of {built['chunks']:,} chunks was built at {built['chunks'] / built['seconds']:.0f} chunks "
            f"a second in {built['peak'] / 1e6:.0f} MB."
        )
        if chunks == size.chunks[0]:
            report("cold start")
            question = json.loads((folder / "questions.json").read_text(encoding="utf-8"))[0]
            seconds = [_start_cold(folder / "library", question) for _ in range(size.starts)]
            measurements.append(Measurement("cold start to the first answer", median(seconds), "s", most=2.0))
        report(f"{chunks:,} chunks: questions")
        asked = measure_apart("asking", str(folder))
        last = chunks == size.chunks[-1]
        measurements += [
            Measurement(f"a question on {built['chunks']:,} chunks, p50", asked["p50"] * 1e3, "ms"),
            Measurement(
                f"a question on {built['chunks']:,} chunks, p95",
                asked["p95"] * 1e3,
                "ms",
                most=SLOWEST if last else None,
            ),
        ]
        steps = ", ".join(f"{name} {seconds * 1e3:.1f}" for name, seconds in asked["steps"].items())
        notes.append(f"Median ms of each stage on {built['chunks']:,} chunks: {steps}.")
        if last:
            measurements.append(Measurement("memory of answering, peak", asked["peak"] / 1e6, "MB", most=500.0))

    report(f"{size.files:,} files: syncs")
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        write_files(Path(scratch) / "files", size.files)
        first = measure_apart("syncing", scratch)
        again = measure_apart("syncing", scratch)
    if again["unchanged"] != size.files:
        raise EvaluationError(f"A second sync of {size.files} files left {again['unchanged']} unchanged; try again.")
    measurements += [
        Measurement(f"first sync of {size.files:,} files", first["seconds"], "s"),
        Measurement(f"second sync of {size.files:,} unchanged files", again["seconds"], "s", most=1.0),
        Measurement("memory of syncing, peak, readers included", first["peak"] / 1e6, "MB"),
    ]
    return Bench(
        started=started,
        machine=describe_machine(),
        versions=versions(),
        commit=commit_of(Path(__file__).parent),
        measurements=tuple(measurements),
        notes=tuple(notes),
    )


def bench_table(bench: Bench) -> str:
    """The measurements as lines of text, the machine first."""
    lines = [", ".join(f"{name} {value}" for name, value in {**bench.machine, **bench.versions}.items()), ""]
    width = max(len(one.name) for one in bench.measurements)
    for one in bench.measurements:
        value = f"{one.value:,.0f}" if abs(one.value) >= 100 else f"{one.value:.3g}"
        wanted = [f"at least {one.least:g}"] if one.least is not None else []
        wanted += [f"at most {one.most:g}"] if one.most is not None else []
        verdict = {None: "", True: "reached", False: "MISSED"}[one.reached]
        lines.append(f"{one.name:{width}}  {value:>9} {one.unit:9} {' and '.join(wanted):14} {verdict}".rstrip())
    return "\n".join([*lines, "", *bench.notes, ""])


def save_bench(bench: Bench, path: Path) -> None:
    """Write a run as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(bench), indent=2) + "\n", encoding="utf-8")


def describe_machine() -> dict[str, str]:
    """Give what times depend on: the processor by name, and how busy the machine is already."""
    described = machine()
    cpus = Path("/proc/cpuinfo")
    if cpus.is_file():
        named = re.search(r"model name\s*:\s*(.+)", cpus.read_text(encoding="utf-8"))
        described["processor"] = named.group(1) if named else described["processor"]
    if hasattr(os, "getloadavg"):
        described["load"] = f"{os.getloadavg()[0]:.1f}"
    return described


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` of the values, 0 to 1, do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)]


def build_bench_library(cache: Path, chunks: int, *, benchmarks: Path | None, questions: int) -> Path:
    """A folder with a library of at least so many distinct chunks and questions to ask it; built unless it is there.

    Another schema, reading code or embedder builds another one.
    """
    from knowledge import open_embedder
    from knowledge.catalog import SCHEMA_VERSION
    from knowledge.types import READING

    made_by = [str(benchmarks), questions, open_embedder().fingerprint, SCHEMA_VERSION, READING]
    source = hashlib.sha256(json.dumps(made_by).encode())
    cache = cache.resolve()
    folder = cache / f"bench-{chunks}-{LibrarySettings().chunk_tokens}-{source.hexdigest()[:12]}"
    if not (folder / "built.json").is_file():
        measure_apart("building", str(folder), str(chunks), str(questions), *([str(benchmarks)] if benchmarks else []))
    return folder


def distinct_documents(benchmarks: Path | None) -> Iterator[tuple[Document, tuple[str, ...]]]:
    """Documents without end, no two with the same text, each with questions about it.

    First those of the benchmarks, mixed, then made-up ones.
    """
    seen: set[str] = set()
    found: list[tuple[Document, tuple[str, ...]]] = []
    for folder in sorted(benchmarks.iterdir()) if benchmarks else ():
        if folder.is_dir():
            benchmark = read_benchmark(folder)
            about: dict[str | None, list[str]] = {}
            for case in benchmark.cases:
                about.setdefault(case.document_id, []).append(case.question)
            for document in benchmark.documents:
                text = hashlib.sha256(document.text.encode()).hexdigest()
                if text not in seen:
                    seen.add(text)
                    named = replace(document, id=f"{folder.name}/{document.id}", collection="default")
                    found.append((named, tuple(about.get(document.id, ()))))
    yield from sorted(found, key=lambda row: hashlib.sha256(row[0].id.encode()).digest())
    vocabulary = own_words()
    number = 0
    while True:
        number += 1
        text = made_up_text(vocabulary, number)
        words = random.Random(-number).sample(text.split(), 4)
        question = f"What do the {words[0]} and the {words[1]} have to do with {words[2]} {words[3]}?"
        yield document_from_text(f"made-up/{number}.txt", f"Text {number}", text), (question,)


def made_up_text(vocabulary: Sequence[str], number: int) -> str:
    """Twelve made-up sentences, other ones for every number."""
    chance = random.Random(number)
    sentences = [chance.choices(vocabulary, k=chance.randint(8, 24)) for _ in range(12)]
    return " ".join(" ".join(words).capitalize() + "." for words in sentences)


def own_words() -> list[str]:
    """Every word of the documents that come with the project, each once."""
    sources = Path(knowledge.__file__).parent / "sources"
    words: set[str] = set()
    for path in sources.rglob("*.md"):
        words.update(re.findall(r"[a-z]{2,}", path.read_text(encoding="utf-8").lower()))
    return sorted(words)


def write_files(folder: Path, count: int) -> None:
    """So many small text files, no two alike."""
    vocabulary = own_words()
    folder.mkdir(parents=True)
    for number in range(count):
        (folder / f"{number:05}.txt").write_text(made_up_text(vocabulary, number) + "\n", encoding="utf-8")


def measure_apart(name: str, *arguments: str) -> Any:
    """What a measure finds in a fresh process.

    Raises:
        EvaluationError: the process failed.
    """
    command = [sys.executable, "-m", "evals.bench", name, *arguments]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "true"}
    process = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=_home(), check=False)
    if process.returncode:
        raise EvaluationError(f"Measuring {name} failed with status {process.returncode}:\n{process.stderr[-2_000:]}")
    return json.loads(process.stdout.splitlines()[-1])


def _compare_embedding(size: BenchSize) -> list[tuple[dict[str, float], dict[str, float] | None]]:
    """Texts a second of ours and of the textbook way, taking turns, so that a busy machine slows both."""
    installed = all(find_spec(package) is not None for package in TEXTBOOK)
    return [
        (
            measure_apart("embedding", str(size.texts), str(number)),
            measure_apart("embedding_by_the_textbook", str(size.texts), str(number)) if installed else None,
        )
        for number in range(size.rounds)
    ]


def _start_cold(library: Path, question: str) -> float:
    """Seconds from starting Python to an answer."""
    program = (
        "import sys\nfrom assistant import Assistant\nfrom knowledge import Library\n"
        "with Library.open(sys.argv[1], read_only=True) as library:\n"
        "    print(Assistant(library).ask(sys.argv[2]).status, flush=True)\n"
    )
    started = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-c", program, str(library), question], stdout=subprocess.PIPE, text=True, cwd=_home()
    ) as process:
        assert process.stdout is not None
        status = process.stdout.readline().strip()
        seconds = time.perf_counter() - started
    if status not in ("answered", "refused"):
        raise EvaluationError(f"A fresh process did not answer {question!r} from {library}.")
    return seconds


def _home() -> Path:
    """Where `python -m evals.bench` finds the packages."""
    return Path(__file__).parent.parent


# What the measuring processes do.


def _building(folder: str, chunks: str, questions: str, benchmarks: str | None = None) -> dict[str, float]:
    import shutil

    from knowledge import Library

    home, wanted = Path(folder), int(chunks)
    shutil.rmtree(home, ignore_errors=True)
    rows = distinct_documents(Path(benchmarks) if benchmarks else None)
    asked: list[str] = []
    count, seconds = 0, 0.0
    with Library.open(home / "library") as library:
        while count < wanted:
            batch = list(islice(rows, min(BATCH, max(1, (wanted - count) // 2))))
            asked += [question for _, about in batch for question in about]
            started = time.perf_counter()
            library.add_documents([document for document, _ in batch])
            seconds += time.perf_counter() - started
            count = sum(summary.chunks for summary in library.documents())
    chosen = sorted(set(asked), key=lambda question: hashlib.sha256(question.encode()).digest())[: int(questions)]
    (home / "questions.json").write_text(json.dumps(chosen), encoding="utf-8")
    built: dict[str, float] = {"chunks": count, "seconds": seconds, "peak": _peak_bytes()}
    # Written last: a build that was cut off is begun again.
    (home / "built.json").write_text(json.dumps(built), encoding="utf-8")
    return built


def _texts(count: int, first: int) -> list[str]:
    vocabulary = own_words()
    return [
        " ".join(random.Random(first * count + number).choices(vocabulary, k=WORDS_A_TEXT)) for number in range(count)
    ]


def _embedding(count: str, first: str) -> dict[str, float]:
    """Through the embedder into the vector index, as in a sync."""
    from knowledge import open_embedder
    from knowledge.vectors import VectorIndex

    texts = _texts(int(count), int(first))
    embedder = open_embedder()
    embedder.encode_documents(texts[:4])
    tokens = sum(min(length, embedder.limit) for length in embedder.count_tokens(texts))
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        index = VectorIndex(Path(scratch), library_id="bench")
        index.add("warm", ["0"], embedder.encode_documents(texts[:1]))
        started = time.perf_counter()
        index.add("texts", [str(number) for number in range(len(texts))], embedder.encode_documents(texts))
        seconds = time.perf_counter() - started
        index.close()
    return {"texts": len(texts) / seconds, "tokens": tokens / seconds}


def _embedding_by_the_textbook(count: str, first: str) -> dict[str, float]:
    from langchain_chroma import Chroma
    from langchain_core.documents import Document as LangChainDocument
    from langchain_huggingface import HuggingFaceEmbeddings

    from knowledge.export import weights_folder

    texts = _texts(int(count), int(first))
    embeddings = HuggingFaceEmbeddings(model_name=str(weights_folder()), model_kwargs={"device": "cpu"})
    embeddings.embed_documents(texts[:4])
    documents = [LangChainDocument(text) for text in texts]
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        Chroma.from_documents(documents[:1], embeddings, collection_name="warm", persist_directory=scratch)
        started = time.perf_counter()
        Chroma.from_documents(documents, embeddings, collection_name="texts", persist_directory=scratch)
        seconds = time.perf_counter() - started
    return {"texts": len(texts) / seconds}


def _asking(folder: str) -> dict[str, Any]:
    from assistant import Assistant
    from knowledge import Library

    questions = json.loads((Path(folder) / "questions.json").read_text(encoding="utf-8"))
    taken: list[float] = []
    stages: dict[str, list[float]] = {}
    with Library.open(Path(folder) / "library", read_only=True) as library:
        assistant = Assistant(library)
        assistant.ask(questions[0])
        for question in questions:
            started = time.perf_counter()
            answer = assistant.ask(question)
            taken.append(time.perf_counter() - started)
            for step in answer.steps:
                stages.setdefault(step.name, []).append(step.seconds)
    return {
        "p50": percentile(taken, 0.50),
        "p95": percentile(taken, 0.95),
        "peak": _peak_bytes(),
        "steps": {name: median(seconds) for name, seconds in stages.items()},
    }


def _syncing(scratch: str) -> dict[str, float]:
    from knowledge import Library

    with _family_memory() as memory, Library.open(Path(scratch) / "library") as library:
        started = time.perf_counter()
        report = library.sync(Path(scratch) / "files")
        seconds = time.perf_counter() - started
    peak = max([_peak_bytes(), *memory])
    return {"seconds": seconds, "unchanged": len(report.unchanged), "peak": peak}


@contextmanager
def _family_memory() -> Iterator[list[int]]:
    """Bytes that this process and those that it started hold together, looked at ten times a second; Linux only."""
    seen: list[int] = []
    ended = Event()

    def watch() -> None:
        while not ended.wait(0.1):
            seen.append(_held_bytes("self") + sum(_held_bytes(child) for child in _children()))

    watcher = Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield seen
    finally:
        ended.set()
        watcher.join()


def _children() -> set[str]:
    return {child for path in Path("/proc/self/task").glob("*/children") for child in path.read_text().split()}


def _held_bytes(process: str, kind: str = "VmRSS") -> int:
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    except OSError:  # it has ended, or this is not Linux
        return 0
    held = re.search(rf"{kind}:\s+(\d+) kB", status)
    return int(held.group(1)) * 1024 if held else 0


def _peak_bytes() -> int:
    """The most that this process has held. Linux keeps it exactly; getrusage there counts what its parent held too."""
    if peak := _held_bytes("self", "VmHWM"):
        return peak
    try:
        import resource
    except ImportError:  # Windows
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


_MEASURES: Mapping[str, Callable[..., Any]] = {
    "asking": _asking,
    "building": _building,
    "embedding": _embedding,
    "embedding_by_the_textbook": _embedding_by_the_textbook,
    "syncing": _syncing,
}

if __name__ == "__main__":
    name, *arguments = sys.argv[1:]
    sys.stdout.write("\n" + json.dumps(_MEASURES[name](*arguments)) + "\n")
