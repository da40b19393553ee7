"""What the project logs, as lines of JSON. Only doors call it: a library configures no logging of its own."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from pathlib import Path

from knowledge.errors import KnowledgeError

OWN = ("knowledge", "assistant")
"""The loggers of the project's own code; what other packages log can hold words of documents and questions."""

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_LEVEL = logging.INFO


class JsonLines(logging.Formatter):
    """A record as one line: when, how grave, who, what happened, and everything that it was given as `extra`.

    Of an error only its kind is told, since its message can hold words of a document.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        told = {name: value for name, value in vars(record).items() if name not in _STANDARD}
        if record.exc_info and record.exc_info[0]:
            told["error"] = record.exc_info[0].__name__
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"time": when, "level": record.levelname.lower(), "logger": record.name, "message": record.msg, **told}
        return json.dumps(line, ensure_ascii=False, default=str)


def log_to(place: str) -> None:
    """Append what the project's own code logs to the file `place`, or write it to standard error for "-".

    Raises:
        KnowledgeError: the file cannot be written to.
    """
    try:
        handler = logging.StreamHandler() if place == "-" else logging.FileHandler(Path(place), encoding="utf-8")
    except OSError as error:
        mend = "Name another file with --log, or - for the terminal."
        raise KnowledgeError(f"The log cannot be written to {place} ({error.strerror}). {mend}") from error
    handler.setFormatter(JsonLines())
    for name in OWN:
        logger = logging.getLogger(name)
        logger.addHandler(handler)
        logger.setLevel(_LEVEL)
