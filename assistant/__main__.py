"""The assistant's command line: `python -m assistant --help`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from knowledge import DEFAULT_COLLECTION, KnowledgeError, LibrarySettings

if TYPE_CHECKING:
    from assistant.types import Answer


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 answered, 3 refused, 1 for an error, 2 for a wrong call."""
    parser = argparse.ArgumentParser(prog="python -m assistant", description="Ask the documents of a library.")
    parser.add_argument(
        "--library",
        default=os.environ.get("KEY_QUESTIONS_LIBRARY", ".library"),
        help="folder of the library (default: .library, or the environment variable KEY_QUESTIONS_LIBRARY)",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    ask = commands.add_parser("ask", help="answer one question", description="Answer one question.")
    ask.add_argument("question")
    ask.add_argument(
        "--collection", action="append", help=f"look only here, such as {DEFAULT_COLLECTION!r}; may be repeated"
    )
    ask.add_argument("--json", action="store_true", help="print the whole answer as JSON")
    ask.set_defaults(run=_ask)
    options = parser.parse_args(arguments)
    try:
        return int(options.run(options))
    except KnowledgeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _ask(options: argparse.Namespace) -> int:
    from assistant.chain import Assistant
    from knowledge import Library

    settings = LibrarySettings(embedder=os.environ.get("KEY_QUESTIONS_EMBEDDER", LibrarySettings().embedder))
    with Library.open(options.library, read_only=True, settings=settings) as library:
        answer = Assistant(library).ask(options.question, collections=options.collection)
    if options.json:
        print(json.dumps({**asdict(answer), "text": answer.text}, ensure_ascii=False, indent=2, default=str))
    else:
        _print_answer(answer)
    return 0 if answer.status == "answered" else 3


def _print_answer(answer: Answer) -> None:
    print(answer.text)
    if answer.citations:
        print()
    for citation in answer.citations:
        place = citation.document_id + (f", page {citation.page}" if citation.page else "")
        print(f"[{citation.number}] {citation.title} ({place}, {citation.start}:{citation.end})")
        print(f"    “{' '.join(citation.quote.split())}”")
    if answer.status == "refused" and answer.evidence:
        print("\nNearest:")
        for evidence in answer.evidence[:3]:
            print(f"  - {evidence.title}: “{' '.join(evidence.text.split())}”")
    print(f"\nconfidence {answer.confidence:.0%}")


if __name__ == "__main__":
    sys.exit(main())
