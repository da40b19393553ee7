"""The library's command line: `python -m knowledge --help`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from knowledge.errors import KnowledgeError
from knowledge.logs import log_to
from knowledge.settings import DEFAULT_COLLECTION, DEFAULT_EMBEDDER, LibrarySettings

if TYPE_CHECKING:
    from knowledge.types import Progress, SyncReport


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0, 1 when something failed, 2 for a wrong call."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        if options.log:
            log_to(options.log)
        return int(options.run(options))
    except KnowledgeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; what was finished is kept, the rest goes on with the next call", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m knowledge", description="A library of documents to ask.")
    parser.add_argument(
        "--library",
        default=os.environ.get("KEY_QUESTIONS_LIBRARY", ".library"),
        help="folder of the library (default: .library, or the environment variable KEY_QUESTIONS_LIBRARY)",
    )
    parser.add_argument(
        "--embedder",
        default=os.environ.get("KEY_QUESTIONS_EMBEDDER", DEFAULT_EMBEDDER),
        help="sentence-transformers model (default: the one that comes with the project)",
    )
    parser.add_argument(
        "--chroma",
        metavar="http://HOST:PORT",
        default=os.environ.get("KEY_QUESTIONS_CHROMA"),
        help="Chroma server that holds the vectors (default: none, they are kept in the library's folder)",
    )
    parser.add_argument("--log", metavar="FILE", help="log what happens to a file as lines of JSON; - for the terminal")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.add_argument("--library", default=argparse.SUPPRESS, help=argparse.SUPPRESS)  # before the command or after
        sub.set_defaults(run=run)
        return sub

    def collection(sub: argparse.ArgumentParser) -> None:
        sub.add_argument("--collection", default=DEFAULT_COLLECTION, help="collection (default: %(default)s)")

    sync = command("sync", _sync, "make the library say what a folder says")
    sync.add_argument("folder", nargs="?", help="folder of documents (default: those that come with the project)")
    sync.add_argument("--watch", action="store_true", help="follow the folder: sync again after each change")
    collection(sync)
    add = command("add", _add, "add one file or http(s) address")
    add.add_argument("source")
    add.add_argument("--name", help="id of the document (default: the file's name or the address)")
    collection(add)
    command("list", _list, "list the documents")
    search = command("search", _search, "find the places nearest to a question")
    search.add_argument("question")
    search.add_argument("--limit", type=int, default=5)
    search.add_argument("--collection", action="append", help="look only here; may be given several times")
    remove = command("remove", _remove, "forget a document")
    remove.add_argument("document_id")
    collection(remove)
    command("status", _status, "say what the library holds")
    rebuild = command("rebuild", _rebuild, "embed all documents again, without reading files")
    rebuild.add_argument("--embedder", default=argparse.SUPPRESS, help="sentence-transformers model to use from now on")
    command("setup", _setup, "export the embedder for this machine, once")
    return parser


def _sync(options: argparse.Namespace) -> int:
    from knowledge.library import Library

    folder = options.folder or str(files("knowledge").joinpath("sources"))
    if options.watch:
        return _follow(options, Path(folder))
    with Library.open(options.library, settings=_settings(options)) as library, _Bar() as bar:
        report = library.sync(folder, collection=options.collection, progress=bar.show)
    _print_report(report)
    return 1 if report.failed else 0


def _follow(options: argparse.Namespace, folder: Path) -> int:
    """Sync after each change until Ctrl+C."""
    from knowledge.library import Library
    from knowledge.watch import watch_folder

    with Library.open(options.library, settings=_settings(options)) as library:
        try:
            for _ in watch_folder(folder, ignore=library.path):
                with _Bar() as bar:
                    report = library.sync(folder, collection=options.collection, progress=bar.show)
                _print_report(report)
                print(f"following {folder} (Ctrl+C ends)", flush=True)
        except KeyboardInterrupt:
            print("no longer followed; what was finished is kept", file=sys.stderr)
    return 0


def _add(options: argparse.Namespace) -> int:
    from knowledge.library import Library

    with Library.open(options.library, settings=_settings(options)) as library:
        document = library.add(options.source, collection=options.collection, name=options.name)
    print(f"added {document.id}: {document.title}")
    return 0


def _list(options: argparse.Namespace) -> int:
    from knowledge.library import Library

    with Library.open(options.library, read_only=True, settings=_settings(options)) as library:
        for summary in library.documents():
            when = summary.published.isoformat() if summary.published else "          "
            print(f"{summary.collection:12} {when}  {summary.chunks:4} chunks  {summary.id}  {summary.title}")
            for alias in summary.aliases:
                print(f"{'':12} {'':10}  {'':11}  also as {alias}")
    return 0


def _search(options: argparse.Namespace) -> int:
    from knowledge.library import Library

    with Library.open(options.library, read_only=True, settings=_settings(options)) as library:
        hits = library.search(options.question, limit=options.limit, collections=options.collection)
        for number, hit in enumerate(hits, start=1):
            place = " > ".join([hit.document_id, *hit.headings])
            page = f", page {hit.page}" if hit.page else ""
            print(f"{number}. {place}{page} [{hit.start}:{hit.end}]\n   {' '.join(hit.text.split())}\n")
    if not hits:
        print("nothing found")
    return 0


def _remove(options: argparse.Namespace) -> int:
    from knowledge.library import Library

    with Library.open(options.library, settings=_settings(options)) as library:
        library.remove(options.document_id, collection=options.collection)
    print(f"removed {options.document_id}")
    return 0


def _status(options: argparse.Namespace) -> int:
    from knowledge.library import Library

    with Library.open(options.library, read_only=True, settings=_settings(options)) as library:
        documents = library.documents()
        print(f"library      {Path(options.library).resolve()}")
        print(f"embedder     {library.embedder.name}")
        print(f"documents    {len(documents)}")
        print(f"chunks       {sum(summary.chunks for summary in documents)}")
        print(f"characters   {sum(summary.characters for summary in documents):,}")
        for name in library.collections():
            count = sum(summary.collection == name for summary in documents)
            print(f"collection   {name}: {count} documents")
    return 0


def _rebuild(options: argparse.Namespace) -> int:
    from knowledge.library import Library

    with _Bar() as bar:
        Library.rebuild(options.library, settings=_settings(options), progress=bar.show)
    print("rebuilt")
    return 0


def _setup(options: argparse.Namespace) -> int:
    from knowledge.export import export_encoder

    print(f"embedder ready: {export_encoder()}")
    return 0


def _settings(options: argparse.Namespace) -> LibrarySettings:
    return LibrarySettings(embedder=options.embedder, chroma=options.chroma or None)


def _print_report(report: SyncReport) -> None:
    for label, names in (
        ("added", report.added),
        ("updated", report.updated),
        ("removed", report.removed),
        ("renamed", tuple(f"{old} -> {new}" for old, new in report.renamed)),
        ("same as", tuple(f"{file} = {document}" for file, document in report.duplicates)),
    ):
        for name in names:
            print(f"{label:8} {name}")
    for name, count in report.omissions:
        if count:
            print(f"cleaned  {name}: {count} pieces that are not content left out")
    for failure in report.failed:
        print(f"failed   {failure.path}: {failure.reason}", file=sys.stderr)
    print(f"{len(report.unchanged)} unchanged, {len(report.failed)} failed")


class _Bar:
    """A progress bar in a terminal; nothing elsewhere."""

    def __enter__(self) -> _Bar:
        from tqdm import tqdm

        self._bar = tqdm(total=0, disable=not sys.stderr.isatty(), leave=False)
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def show(self, progress: Progress) -> None:
        self._bar.set_description(f"{progress.stage} {progress.name}".strip())
        self._bar.total = progress.total
        self._bar.n = progress.done
        self._bar.refresh()


if __name__ == "__main__":
    sys.exit(main())
