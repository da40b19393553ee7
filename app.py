"""Starts the web application: the chat over a library of documents, on this machine."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import assistant  # the public names of both load when they are first used
import knowledge
from assistant.page.opening import Opening
from knowledge import KnowledgeError

SOURCES = Path(__file__).parent / "knowledge" / "sources"


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve the page until Ctrl+C; returns the exit status."""
    parser = argparse.ArgumentParser(prog="app.py", description="Ask your documents, in a browser.")
    parser.add_argument("--library", type=Path, default=Path(".library"), help="folder of the library (.library)")
    parser.add_argument("--sources", type=Path, default=SOURCES, help="folder to sync into it (the enclosed documents)")
    parser.add_argument("--no-sync", action="store_true", help="serve the library as it is")
    parser.add_argument("--watch", action="store_true", help="follow the folder: sync again after each change")
    parser.add_argument("--model", help="a chat model that writes: provider:name or provider:name@address (none)")
    parser.add_argument("--host", default="127.0.0.1", help="address to serve on (127.0.0.1: this machine only)")
    parser.add_argument("--port", type=int, default=7860)
    parser.add_argument("--records", type=Path, help="file that conversations are kept in (records.db in the library)")
    parser.add_argument("--users", type=Path, help="who may sign in; a line from: python -m assistant user NAME")
    parser.add_argument("--keep-days", type=int, help="delete conversations last asked so many days ago (never)")
    options = parser.parse_args(arguments)
    os.environ.update(GRADIO_ANALYTICS_ENABLED="False", HF_HUB_OFFLINE="1", ORT_DISABLE_TELEMETRY="1")
    opening = Opening(
        lambda progress: knowledge.Library.open(options.library, progress=progress),
        lambda library: assistant.Assistant(library, model=options.model),
        sources=None if options.no_sync else options.sources,
        watch=options.watch,
    ).begin()
    from assistant.page.serve import serve  # the library opens while this imports Gradio

    try:
        serve(
            opening,
            host=options.host,
            port=options.port,
            records=options.records or options.library / "records.db",
            users=options.users,
            model=options.model,
            keep_days=options.keep_days,
        )
    except KnowledgeError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
