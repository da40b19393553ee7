"""The assistant's command line: `python -m assistant --help`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from knowledge import DEFAULT_COLLECTION, KnowledgeError, LibrarySettings, log_to

if TYPE_CHECKING:
    from assistant.types import Answer, Verdict

LEAST_PASSWORD = 8
"""Characters; what NIST SP 800-63B asks for at least."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 answered or supported, 3 not, 1 for an error, 2 for a wrong call."""
    parser = argparse.ArgumentParser(prog="python -m assistant", description="Ask the documents of a library.")
    parser.add_argument(
        "--library",
        default=os.environ.get("KEY_QUESTIONS_LIBRARY", ".library"),
        help="folder of the library (default: .library, or the environment variable KEY_QUESTIONS_LIBRARY)",
    )
    parser.add_argument("--log", metavar="FILE", help="log what happens to a file as lines of JSON; - for the terminal")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    ask = commands.add_parser("ask", help="answer one question", description="Answer one question.")
    ask.add_argument("question")
    ask.add_argument(
        "--collection", action="append", help=f"look only here, such as {DEFAULT_COLLECTION!r}; may be repeated"
    )
    ask.add_argument("--json", action="store_true", help="print the whole answer as JSON")
    ask.add_argument("--model", help="a chat model that writes the answer: provider:name or provider:name@address")
    ask.set_defaults(run=_ask)
    check = commands.add_parser(
        "check",
        help="check a sentence against the documents, or against a text",
        description="Say what the documents, or a text, say of a sentence: supported, contradicted or not supported.",
    )
    check.add_argument("claim", help="the sentence")
    check.add_argument("--text", type=Path, metavar="FILE", help="check against this text file; - for standard input")
    check.add_argument(
        "--collection", action="append", help=f"look only here, such as {DEFAULT_COLLECTION!r}; may be repeated"
    )
    check.add_argument("--json", action="store_true", help="print the whole verdict as JSON")
    check.set_defaults(run=_check)
    user = commands.add_parser(
        "user",
        help="print the line of a user for app.py --users",
        description="Ask for a password and print the user's line, to be added to the file that app.py --users names.",
    )
    user.add_argument("name")
    user.set_defaults(run=_user)
    forget = commands.add_parser(
        "forget",
        help="delete conversations that the page has kept",
        description="Delete every conversation that the page has kept, with what was said of its answers.",
    )
    forget.add_argument("--records", type=Path, help="file they are kept in (default: records.db in the library)")
    forget.add_argument("--older-than", type=int, metavar="DAYS", help="only those last asked so many days ago")
    forget.add_argument("--user", help="only those of this user")
    forget.set_defaults(run=_forget)
    for command in commands.choices.values():  # before the command or after it
        command.add_argument("--library", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    try:
        if options.log:
            log_to(options.log)
        return int(options.run(options))
    except KnowledgeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _ask(options: argparse.Namespace) -> int:
    from assistant.chain import Assistant
    from knowledge import Library

    settings = LibrarySettings(embedder=os.environ.get("KEY_QUESTIONS_EMBEDDER", LibrarySettings().embedder))
    with Library.open(options.library, read_only=True, settings=settings) as library:
        answer = Assistant(library, model=options.model).ask(options.question, collections=options.collection)
    if options.json:
        print(json.dumps({**asdict(answer), "text": answer.text}, ensure_ascii=False, indent=2, default=str))
    else:
        _print_answer(answer)
    return 0 if answer.status == "answered" else 3


def _check(options: argparse.Namespace) -> int:
    from assistant.chain import Assistant
    from knowledge import Library

    text: str | None = None
    if options.text is not None:
        try:
            text = sys.stdin.read() if str(options.text) == "-" else options.text.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            print(f"error: {options.text} cannot be read as text: {error}. Give a UTF-8 text file.", file=sys.stderr)
            return 1
    settings = LibrarySettings(embedder=os.environ.get("KEY_QUESTIONS_EMBEDDER", LibrarySettings().embedder))
    with Library.open(options.library, read_only=True, settings=settings) as library:
        verdict = Assistant(library).check(options.claim, text=text, collections=options.collection)
    if options.json:
        print(json.dumps(asdict(verdict), ensure_ascii=False, indent=2, default=str))
    else:
        _print_verdict(verdict)
    return 0 if verdict.support == "supported" else 3


def _print_verdict(verdict: Verdict) -> None:
    print(f"{verdict.support} ({verdict.probability:.0%}). {verdict.reason}")
    if verdict.citations:
        print()
    for citation in verdict.citations:
        place = citation.document_id + (f", page {citation.page}" if citation.page else "")
        title = f"{citation.title} " if citation.title else ""
        print(f"[{citation.number}] {title}({place}, {citation.start}:{citation.end})")
        print(f"    “{' '.join(citation.quote.split())}”")


def _user(options: argparse.Namespace) -> int:
    from getpass import getpass

    from assistant.page.users import check_name, user_line

    try:
        check_name(options.name)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    password = getpass(f"Password of {options.name}: ", stream=sys.stderr) if sys.stdin.isatty() else input()
    if len(password) < LEAST_PASSWORD:
        print(f"error: A password has {LEAST_PASSWORD} characters or more. Choose a longer one.", file=sys.stderr)
        return 1
    print(user_line(options.name, password))
    return 0


def _forget(options: argparse.Namespace) -> int:
    from assistant.records import Records

    path = options.records or Path(options.library) / "records.db"
    before = None if options.older_than is None else datetime.now(UTC) - timedelta(days=options.older_than)
    owner = None if options.user is None else f"user:{options.user}"
    if not path.exists():
        print("0 conversations deleted")
        return 0
    with Records(path) as records:
        count = records.forget(owner=owner, before=before)
    print(f"{count:,} conversation{'' if count == 1 else 's'} deleted")
    return 0


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
    if answer.note:
        print(f"\n{answer.note}")
    if answer.withheld:
        withheld = "1 sentence was" if answer.withheld == 1 else f"{answer.withheld} sentences were"
        print(f"\n{withheld} withheld because the sources do not support what was written.")
    print(f"\nconfidence {answer.confidence:.0%}")


if __name__ == "__main__":
    sys.exit(main())
