"""The command line: `python -m evals run BENCHMARK` and `python -m evals compare A B`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import assistant
import knowledge
from assistant import ModelError
from evals.baseline import BASELINE, accept_run
from evals.benchmarks import against_own_text, read_benchmark
from evals.cases import read_own_cases
from evals.compare import compare_runs
from evals.documents import documents_in_folder
from evals.errors import EvaluationError
from evals.report import write_report, write_risk_curve
from evals.results import load_run, save_run
from evals.run import run_benchmarks
from evals.tables import comparison_table, figures_table, signals_table
from evals.types import AnswersQuestions, Benchmark, Run

if TYPE_CHECKING:
    from assistant.reader import Reader
    from assistant.verifier import Verifier
    from evals.train import Recipe
    from knowledge import Encoder, Library

FOLDER_VARIABLE = "KEYQ_BENCHMARKS"
"""The environment variable that names a folder of benchmarks, each of which may then be given by its name."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; 0 when it went well, 1 when it did not, with the reason on standard error."""
    options = command_line().parse_args(arguments)
    try:
        return int(options.command(options))
    except (EvaluationError, ModelError) as error:
        sys.stderr.write(f"{error}\n")
        return 1


def command_line() -> argparse.ArgumentParser:
    """Give the commands and their options."""
    parser = argparse.ArgumentParser(prog="python -m evals", description="How good are the answers?")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    run = commands.add_parser("run", help="ask a benchmark's questions and give figures")
    run.add_argument(
        "benchmark",
        metavar="BENCHMARK",
        help='"own" for our own questions, "written" and "written_claims" for those about passages kept back, '
        f"a name in ${FOLDER_VARIABLE}, a folder (JSON lines, BEIR) or a SQuAD file",
    )
    run.add_argument("--split", help="train, select or unseen; of a BEIR folder the name of its qrels")
    run.add_argument(
        "--against",
        choices=("pooled", "own-text"),
        default="pooled",
        help="ask of the whole corpus, or of the text alone that a question was written against (default: pooled)",
    )
    run.add_argument("--limit", type=count, metavar="N", help="ask N questions of each set, the same ones every time")
    run.add_argument("--search-only", action="store_true", help="search, without answering")
    run.add_argument("--model", metavar="PROVIDER:NAME", help="answers written by a chat model, as for the assistant")
    run.add_argument("--results", type=Path, default=Path("results"), metavar="FOLDER", help="default: results")
    run.add_argument("--accept", action="store_true", help="make the figures the accepted ones, below which tests fail")
    run.add_argument("--quiet", action="store_true", help="no progress bars")
    run.set_defaults(command=run_command)
    signals = commands.add_parser("signals", help="what similarity, late interaction and the reader each tell alone")
    signals.add_argument("benchmark", metavar="BENCHMARK", help="as for run")
    signals.add_argument("--split", help="as for run")
    signals.add_argument("--against", choices=("pooled", "own-text"), default="pooled", help="as for run")
    signals.add_argument("--limit", type=count, metavar="N", help="ask N questions of each set, the same every time")
    signals.add_argument("--results", type=Path, default=Path("results"), metavar="FOLDER", help="default: results")
    signals.set_defaults(command=signals_command)
    compare = commands.add_parser("compare", help="say what got better and what got worse from one run to another")
    compare.add_argument("before", type=Path, metavar="A", help="a JSON file that `run` wrote")
    compare.add_argument("after", type=Path, metavar="B", help="a later one")
    compare.set_defaults(command=compare_command)
    curve = commands.add_parser("curve", help="draw the risk of a run over the share of questions answered")
    curve.add_argument("run", type=Path, metavar="RUN", help="a JSON file that `run` wrote")
    curve.add_argument("picture", type=Path, metavar="PICTURE", help="the SVG file to write")
    curve.set_defaults(command=curve_command)
    fit = commands.add_parser("calibrate", help="fit when to refuse, and what is about documents as wholes")
    fit.add_argument("--limit", type=count, default=250, metavar="N", help="questions of each set (default: 250)")
    fit.add_argument("--results", type=Path, default=Path("results"), metavar="FOLDER", help="default: results")
    fit.set_defaults(command=calibrate_command)
    claims = commands.add_parser("calibrate-claims", help="fit what tells whether quotes support a statement")
    claims.add_argument("training", type=Path, nargs="+", metavar="FOLDER", help="of training sets, as benchmarks are")
    claims.add_argument("--limit", type=count, default=1000, metavar="N", help="claims of each set (default: 1000)")
    claims.set_defaults(command=calibrate_claims_command)
    teach = commands.add_parser("train", help="teach the reader; goes on from its last checkpoint")
    teach.add_argument("training", type=Path, nargs="+", metavar="FOLDER", help="of training sets, as benchmarks are")
    teach.add_argument("--squad", type=Path, metavar="FILE", help="SQuAD's train-v2.0.json, to learn from it too")
    teach.add_argument("--start", type=Path, metavar="FOLDER", help="an earlier training's, to begin with its reader")
    teach.add_argument(
        "--teacher", type=Path, metavar="FOLDER", help="a larger encoder's weights, to learn from it too"
    )
    teach.add_argument("--seed", type=int, metavar="N", help="of what is drawn (default: 0, or 9 with --start)")
    teach.add_argument(
        "--steps",
        type=count,
        metavar="N",
        help="default: 6000, two hours on two cores; with --start 800, three quarters of an hour",
    )
    teach.add_argument("--results", type=Path, default=Path("results"), metavar="FOLDER", help="default: results")
    teach.set_defaults(command=train_command)
    verifier = commands.add_parser("train-verifier", help="teach the verifier; goes on from its last checkpoint")
    verifier.add_argument("training", type=Path, nargs="+", metavar="FOLDER", help="as for train")
    verifier.add_argument("--encoder", type=Path, required=True, metavar="FOLDER", help="all-mpnet-base-v2's weights")
    verifier.add_argument("--squad", type=Path, metavar="FILE", help="as for train")
    verifier.add_argument("--seed", type=int, metavar="N", help="of what is drawn (default: 7)")
    verifier.add_argument(
        "--steps",
        type=count,
        metavar="N",
        help="default: 2800, two hours and a half on two cores; shipped: 1500, then 2800",
    )
    verifier.add_argument("--results", type=Path, default=Path("results"), metavar="FOLDER", help="default: results")
    verifier.set_defaults(command=train_verifier_command)
    without = commands.add_parser("leave-out", help="train on one half of the sources, measure on the other, and back")
    without.add_argument("training", type=Path, nargs="+", metavar="FOLDER", help="of training sets, as benchmarks are")
    without.add_argument("--squad", type=Path, metavar="FILE", help="as for train")
    without.add_argument("--steps", type=count, default=1500, metavar="N", help="of each training (default: 1500)")
    without.add_argument("--limit", type=count, default=150, metavar="N", help="questions of each set (default: 150)")
    without.add_argument("--results", type=Path, default=Path("results"), metavar="FOLDER", help="default: results")
    without.set_defaults(command=leave_out_command)
    bench = commands.add_parser("bench", help="measure speed and memory on this machine")
    bench.add_argument("--results", type=Path, default=Path("results"), metavar="FOLDER", help="default: results")
    bench.set_defaults(command=bench_command)
    feedback = commands.add_parser("from-feedback", help="print what readers said of answers as cases to be reviewed")
    feedback.add_argument(
        "--library",
        type=Path,
        default=Path(os.environ.get("KEY_QUESTIONS_LIBRARY", ".library")),
        metavar="FOLDER",
        help="the library that was asked (default: .library, or the environment variable KEY_QUESTIONS_LIBRARY)",
    )
    feedback.add_argument("--records", type=Path, metavar="FILE", help="default: records.db in the library")
    feedback.set_defaults(command=feedback_command)
    differ = commands.add_parser("conflicts", help="how often sources that differ are told, and how often for nothing")
    differ.add_argument("benchmark", nargs="?", metavar="BENCHMARK", help="ask its questions, and count the reports")
    differ.add_argument("--split", help="train, select or unseen")
    differ.add_argument("--limit", type=count, metavar="N", help="ask N questions of each set, the same every time")
    differ.add_argument("--results", type=Path, default=Path("results"), metavar="FOLDER", help="default: results")
    differ.set_defaults(command=conflicts_command)
    follow = commands.add_parser("follow-ups", help="search follow-ups alone, with their history, and rewritten")
    follow.add_argument("benchmark", nargs="?", metavar="BENCHMARK", help="a set of questions with a history")
    follow.add_argument("--split", help="train, select or unseen")
    follow.add_argument("--limit", type=count, metavar="N", help="ask N questions of each set, the same every time")
    follow.add_argument("--results", type=Path, default=Path("results"), metavar="FOLDER", help="default: results")
    follow.set_defaults(command=follow_ups_command)
    return parser


def run_command(options: argparse.Namespace) -> int:
    """Ask a benchmark's questions, print the figures and write the run and its report."""
    if options.accept and options.benchmark != "own":
        raise EvaluationError(f"Only our own questions can be accepted, not {options.benchmark!r}: run own --accept")
    if options.model and (options.search_only or options.accept):
        raise EvaluationError("A chat model's answers are neither searched for nor accepted: leave out --model.")
    from evals.claims import DEVELOPMENT_PAIRS, OWN_PAIRS

    if options.benchmark in (OWN_PAIRS, *DEVELOPMENT_PAIRS):
        return finish_claims(run_pairs_named(options.benchmark), options)
    benchmarks = benchmarks_named(options.benchmark, options.split)
    if all(one.claims and not one.cases for one in benchmarks):
        return finish_claims(run_claims_of(benchmarks[0], options), options)
    if options.against == "own-text":
        benchmarks = tuple(against_own_text(benchmark) for benchmark in benchmarks)
    from knowledge import Library

    answering = partial(open_assistant, model=options.model) if options.model else open_assistant
    run = run_benchmarks(
        Path(options.benchmark).stem,
        benchmarks,
        cache=options.results / "libraries",
        open_library=Library.open,
        open_assistant=None if options.search_only else answering,
        settings={
            "split": options.split or "all",
            "against": options.against,
            "asked": "search only" if options.search_only else "search and answer",
            **({"model": options.model} if options.model else {}),
        },
        limit=options.limit,
        show_progress=not options.quiet,
    )
    stem = f"{run.name}-{options.split or 'all'}-{options.against}-{run.started[:19].replace(':', '')}"
    save_run(run, options.results / f"{stem}.json")
    write_report(run, options.results / f"{stem}.html")
    sys.stdout.write(figures_table(run))
    sys.stdout.write(f"\n{options.results / stem}.json and .html\n")
    if options.accept:
        accept_run(run, BASELINE)
        sys.stdout.write(f"Accepted: {BASELINE}\n")
    return 0


def signals_command(options: argparse.Namespace) -> int:
    """Print what each way of reading tells by itself."""
    from assistant.read import load_calibration
    from evals.run import sample_cases
    from evals.signals import measure_signals
    from knowledge import Library

    encoder, reader, verifier = open_reading()
    for benchmark in benchmarks_named(options.benchmark, options.split):
        asked = against_own_text(benchmark) if options.against == "own-text" else benchmark
        figures = measure_signals(
            sample_cases(asked, options.limit),
            cache=options.results / "libraries",
            open_library=Library.open,
            encoder=encoder,
            reader=reader,
            verifier=verifier,
            calibration=load_calibration(),
        )
        sys.stdout.write(signals_table(benchmark.name, figures))
    return 0


def run_claims_of(benchmark: Benchmark, options: argparse.Namespace) -> Run:
    """Check a benchmark's claims, each against its own text."""
    from evals.claims import run_claims

    encoder, verifier = open_verifying()
    settings = {"split": options.split or "all", "asked": "check"}
    return run_claims(benchmark, encoder=encoder, verifier=verifier, limit=options.limit, settings=settings)


def run_pairs_named(name: str) -> Run:
    """Judge our own true and false statements by their quotes."""
    from evals.claims import run_pairs

    encoder, verifier = open_verifying()
    titles = {one.id: one.title for one in documents_in_folder(Path(knowledge.__file__).parent / "sources")}
    return run_pairs(name, titles, encoder=encoder, verifier=verifier)


def open_verifying() -> tuple[Encoder, Verifier]:
    """Give the encoder and the verifier that come with the project."""
    from assistant.verifier import open_verifier
    from knowledge import open_encoder

    encoder = open_encoder()
    return encoder, open_verifier(encoder)


def open_reading() -> tuple[Encoder, Reader, Verifier]:
    """Give the encoder, the reader and the verifier that come with the project."""
    from assistant.reader import open_reader

    encoder, verifier = open_verifying()
    return encoder, open_reader(encoder), verifier


def finish_claims(run: Run, options: argparse.Namespace) -> int:
    """Print the figures of a run of claims and write it."""
    target = options.results / f"{run.name}-claims-{run.started[:19].replace(':', '')}.json"
    save_run(run, target)
    sys.stdout.write(f"{figures_table(run)}\n{target}\n")
    return 0


def compare_command(options: argparse.Namespace) -> int:
    """Print what changed from one run to another."""
    sys.stdout.write(comparison_table(compare_runs(load_run(options.before), load_run(options.after))))
    return 0


def curve_command(options: argparse.Namespace) -> int:
    """Write the risk-coverage curve of a stored run as a picture."""
    write_risk_curve(load_run(options.run), options.picture)
    sys.stdout.write(f"{options.picture}\n")
    return 0


def calibrate_command(options: argparse.Namespace) -> int:
    """Fit the small files in `assistant/weights/` on the training share of the benchmarks."""
    folder = benchmarks_folder("Calibration")
    from evals.calibrate import calibrate
    from knowledge import Library

    encoder, reader, verifier = open_reading()
    calibrate(
        folder,
        Path(assistant.__file__).parent / "weights",
        cache=options.results / "libraries",
        open_library=Library.open,
        encoder=encoder,
        reader=reader,
        verifier=verifier,
        limit=options.limit,
        report=lambda line: print(line, flush=True),
    )
    return 0


def calibrate_claims_command(options: argparse.Namespace) -> int:
    """Fit `assistant/weights/support.json` on claim sets."""
    folder = benchmarks_folder("Calibration")
    from evals.claims import fit_support

    encoder, verifier = open_verifying()
    fit_support(
        (folder, *options.training),
        Path(assistant.__file__).parent / "weights" / "support.json",
        encoder=encoder,
        verifier=verifier,
        limit=options.limit,
        report=lambda line: print(line, flush=True),
    )
    return 0


def bench_command(options: argparse.Namespace) -> int:
    """Print how fast this machine embeds, starts, answers and syncs, and keep the figures as JSON."""
    from evals.bench import bench_table, run_bench, save_bench

    folder = os.environ.get(FOLDER_VARIABLE)
    bench = run_bench(
        options.results,
        benchmarks=Path(folder).resolve() if folder else None,
        report=lambda line: print(line, file=sys.stderr, flush=True),
    )
    save_bench(bench, options.results / f"bench-{bench.started[:19].replace(':', '')}.json")
    sys.stdout.write(bench_table(bench))
    return 0


def feedback_command(options: argparse.Namespace) -> int:
    """Print a case for each judged answer, as JSON lines."""
    from assistant.records import Records
    from evals.feedback import cases_from_feedback
    from knowledge import Document, DocumentNotFoundError, KnowledgeError, Library, section_of_questions

    try:
        with (
            Records(options.records or options.library / "records.db", read_only=True) as records,
            Library.open(options.library, read_only=True) as library,
        ):

            def find_document(collection: str, document_id: str) -> Document | None:
                try:
                    return library.document(document_id, collection=collection)
                except DocumentNotFoundError:
                    return None

            for row in cases_from_feedback(
                records.judged(), find_document=find_document, find_section=section_of_questions
            ):
                sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
    except KnowledgeError as error:
        raise EvaluationError(str(error)) from error
    return 0


def train_command(options: argparse.Namespace) -> int:
    """Teach the reader, and export it beside its checkpoints."""
    folder = benchmarks_folder("Training")
    from evals.train import recipe_here, train
    from knowledge import open_encoder

    train(
        folder,
        options.training,
        options.squad,
        options.results / "reader",
        start=options.start,
        teacher=options.teacher,
        encoder=open_encoder(),
        recipe=as_told(recipe_here(going_on=options.start is not None), options),
        report=lambda line: print(line, flush=True),
    )
    return 0


def as_told(recipe: Recipe, options: argparse.Namespace) -> Recipe:
    """Give the recipe with the steps and the seed of the command line where it names them."""
    steps = recipe.steps if options.steps is None else options.steps
    return replace(recipe, steps=steps, seed=recipe.seed if options.seed is None else options.seed)


def train_verifier_command(options: argparse.Namespace) -> int:
    """Teach the verifier, and export it beside its checkpoints."""
    folder = benchmarks_folder("Training")
    from evals.train import train_verifier, verifier_recipe_here
    from knowledge import open_encoder

    train_verifier(
        folder,
        options.training,
        options.squad,
        options.results / "verifier",
        published=options.encoder,
        encoder=open_encoder(),
        recipe=as_told(verifier_recipe_here(), options),
        report=lambda line: print(line, flush=True),
    )
    return 0


def leave_out_command(options: argparse.Namespace) -> int:
    """Train twice, each time without the other half of the sources, and print what the readers find in that half."""
    folder = benchmarks_folder("Training")
    from evals.examples import write_examples
    from evals.leave_out import leave_out
    from evals.train import recipe_here
    from knowledge import Library, open_encoder

    encoder, target = open_encoder(), options.results / "left-out"
    examples = target / "examples.jsonl"
    target.mkdir(parents=True, exist_ok=True)

    def report(line: str) -> None:
        print(line, flush=True)

    write_examples(
        folder, options.training, options.squad, examples, encoder=encoder, reader=None, seed=0, report=report
    )
    for name, figures in leave_out(
        (folder, *options.training),
        examples,
        target,
        cache=options.results / "libraries",
        open_library=Library.open,
        encoder=encoder,
        recipe=replace(recipe_here(), steps=options.steps),
        limit=options.limit,
        report=report,
    ):
        sys.stdout.write(signals_table(name, figures))
    return 0


def conflicts_command(options: argparse.Namespace) -> int:
    """Print how our own pairs are judged, and how often answers to ordinary questions report a conflict."""
    from assistant.reader import open_reader
    from assistant.verifier import open_verifier
    from evals.conflicts import PAIR_SETS, alarms_table, count_alarms, judge_pairs, pairs_table, read_pairs
    from evals.run import build_library, sample_cases
    from knowledge import Library, open_encoder

    encoder = open_encoder()
    reader, verifier = open_reader(encoder), open_verifier(encoder)
    for name in PAIR_SETS:
        results = judge_pairs(read_pairs(name), encoder=encoder, reader=reader, verifier=verifier)
        sys.stdout.write(pairs_table(name, results))
    for benchmark in benchmarks_named(options.benchmark, options.split) if options.benchmark else ():
        sampled = sample_cases(benchmark, options.limit)
        with Library.open(build_library(sampled, options.results / "libraries", Library.open)) as library:
            sys.stdout.write(alarms_table(sampled.name, count_alarms(sampled.cases, open_assistant(library))))
    return 0


def follow_ups_command(options: argparse.Namespace) -> int:
    """Print how our own follow-ups are rewritten, and what rewriting does to the search of a benchmark's."""
    from evals.follow_ups import follow_ups_table, measure_follow_ups, own_table, rewrite_own
    from evals.run import build_library, sample_cases
    from knowledge import Library

    sys.stdout.write(own_table(rewrite_own()))
    for benchmark in benchmarks_named(options.benchmark, options.split) if options.benchmark else ():
        sampled = sample_cases(benchmark, options.limit)
        with Library.open(build_library(sampled, options.results / "libraries", Library.open)) as library:
            sys.stdout.write(f"{sampled.name}, recall@5\n{follow_ups_table(measure_follow_ups(sampled, library))}")
    return 0


def benchmarks_folder(purpose: str) -> Path:
    """Give the folder of benchmarks that the environment names; without it, say what needs it."""
    folder = os.environ.get(FOLDER_VARIABLE)
    if folder is None:
        raise EvaluationError(f"{purpose} needs the benchmarks: set {FOLDER_VARIABLE} to their folder.")
    return Path(folder)


def benchmarks_named(name: str, split: str | None) -> tuple[Benchmark, ...]:
    """Give our own benchmarks, or the one at a path, or the one of this name below the folder of benchmarks."""
    if name in ("written", "written_claims"):
        from evals.written import written_benchmark

        if split not in (None, "fit", "select"):
            raise EvaluationError(f"What was written is split into fit and select, not {split!r}.")
        both = written_benchmark("fit" if split == "fit" else "select")
        return (replace(both, claims=()) if name == "written" else replace(both, name=name, cases=()),)
    if name == "own":
        return own_benchmarks()
    path, folder = Path(name), os.environ.get(FOLDER_VARIABLE)
    if not path.exists() and folder is not None:
        path = Path(folder) / name
    if not path.exists():
        where = f"below {folder}" if folder else f"and {FOLDER_VARIABLE} names no folder of benchmarks"
        raise EvaluationError(f"No benchmark {name!r}: there is no such path, {where}.")
    return (read_benchmark(path, split=split),)


def own_benchmarks() -> tuple[Benchmark, ...]:
    """Give our own questions over the documents that come with the project, as they are and held out."""
    from knowledge import section_of_questions

    sources = Path(knowledge.__file__).parent / "sources"
    return read_own_cases(documents_in_folder(sources), find_section=section_of_questions)


def open_assistant(library: Library, model: str | None = None) -> AnswersQuestions:
    """Give the assistant as a user gets it, its answers written by the chat model of this name where there is one."""
    from assistant import Assistant

    return Assistant(library, model=model)


def count(text: str) -> int:
    """Give a number of questions, 1 or more."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number of questions; give 1 or more")
    return number


if __name__ == "__main__":
    sys.exit(main())
