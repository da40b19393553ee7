"""A conversation as a Markdown file: its questions, its answers, and the words that they rest on.

What comes from a document, a question or a model is escaped, so that it reads in the file as it read in the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.page import texts
from assistant.page.answer import said_beside, where_and_when
from assistant.records import RecordedConversation, RecordedExchange
from assistant.types import Citation, Statement

MARKUP = re.compile(r"[\\`*_\[\]<&~$]|^[-+#>]")
"""What means something in Markdown, anywhere or where a line begins."""

NUMBERED = re.compile(r"^(\d+)([.)])")
"""What would begin a numbered list."""


def render_transcript(conversation: RecordedConversation) -> str:
    """The Markdown of a conversation."""
    parts = [f"# {_escape(conversation.title)}", *(part for one in conversation.exchanges for part in _exchange(one))]
    return "\n\n".join(parts) + "\n"


def _exchange(exchange: RecordedExchange) -> Iterator[str]:
    answer = exchange.answer
    yield f"## {_escape(exchange.question)}"
    if exchange.outcome == "failed":
        yield _escape(exchange.failure or texts.FAILED)
        return
    if answer.status == "refused":
        yield _escape(answer.reason or texts.REFUSED)
    elif answer.statements and answer.written_by == "described":
        yield "\n".join(f"- {_statement(one)}" for one in answer.statements)
    elif answer.statements:
        yield " ".join(map(_statement, answer.statements))
    for one in answer.conflicts:
        yield _escape(one.text)
    for words in said_beside(answer):
        yield _escape(words)
    if exchange.outcome != "done":
        yield texts.STOPPED
    for citation in answer.citations:
        yield _reference(citation)


def _statement(statement: Statement) -> str:
    return _escape(statement.text) + "".join(f" [{citation.number}]" for citation in statement.citations)


def _reference(citation: Citation) -> str:
    return f"[{citation.number}] {_escape(where_and_when(citation))}\n\n> {_escape(citation.quote)}"


def _escape(words: str) -> str:
    """Words on one line, where nothing in them is markup."""
    line = MARKUP.sub(r"\\\g<0>", " ".join(words.split()))
    return NUMBERED.sub(r"\1\\\2", line)
