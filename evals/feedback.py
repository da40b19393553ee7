"""What readers said of answers -> cases in the format of `datasets/`, to be reviewed by hand before they count."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from assistant import Citation
from assistant.records import JudgedExchange, RecordedExchange
from evals.cases import SECTION
from knowledge import Document, Span

HISTORY = 6
"""Exchanges before the judged one that go with it; as many as went with the question when it was asked."""

REVIEW = {
    "right": "Keep the quotes that answer, one alternative for each way to answer; leave out those that do not.",
    "right refusal": "Make sure that no document answers this.",
    "wrong": "Say what the documents answer: short answers, and the quotes that they rest on. If they do not, say so.",
    "wrong citation": "The answer may be right: say which quotes it rests on.",
    "should have answered": "Say which quotes answer it.",
    "should have refused": "Make sure that no document answers this.",
}
"""What a person has to do before a case counts."""


def cases_from_feedback(
    judged: Iterable[JudgedExchange],
    *,
    find_document: Callable[[str, str], Document | None],
    find_section: Callable[[Document], Span | None],
) -> Iterator[dict[str, Any]]:
    """Give the row of a case for each judged exchange; a later judgement of the same question does not replace one.

    `find_document` gives a document by collection and id, or None; only quotes that it still holds become evidence.
    Beside what `evals.cases` reads, a row says what was judged (`judgement`, `words`, `answered`, `nearest`), which
    `collections` it was asked of (null for all), and what is to be done with it (`review`).
    """
    for one in judged:
        exchange, answer = one.exchange, one.exchange.answer
        judgement = exchange.judgement or "wrong"
        refused = answer.status == "refused"
        right = judgement == "right" and not refused
        quotes = _quotes(answer.citations, find_document, find_section) if right else []
        yield {
            "id": f"feedback-{_short_hash(one)}",
            "question": exchange.question,
            "kind": "feedback",
            "collections": None if exchange.collections is None else list(exchange.collections),
            "answerable": judgement != "should have refused" and not (judgement == "right" and refused),
            "answers": [],
            "evidence": [quotes] if quotes else [],
            "history": [
                {"question": earlier.question, "answer": earlier.answer.text}
                for earlier in one.before[-HISTORY:]
                if earlier.answer.status is not None
            ],
            "judgement": judgement,
            "words": exchange.words,
            "answered": answer.text,
            "nearest": [] if quotes else _nearest(exchange),
            "review": REVIEW["right refusal" if judgement == "right" and refused else judgement],
        }


def _quotes(
    citations: Sequence[Citation],
    find_document: Callable[[str, str], Document | None],
    find_section: Callable[[Document], Span | None],
) -> list[dict[str, str]]:
    """Give the quotes that their documents still hold where they were taken, marked as `evals.cases` wants them."""
    quotes = []
    for citation in citations:
        document = find_document(citation.collection, citation.document_id)
        if document is None or document.text[citation.start : citation.end] != citation.quote:
            continue
        section = find_section(document) or Span(0, 0)
        quote = {"document_id": citation.document_id, "quote": citation.quote}
        quotes.append({**quote, "section": SECTION} if section.start <= citation.start < section.end else quote)
    return quotes


def _nearest(exchange: RecordedExchange) -> list[dict[str, str]]:
    return [{"document_id": one.document_id, "quote": one.text} for one in exchange.answer.evidence[:3]]


def _short_hash(one: JudgedExchange) -> str:
    exchange = one.exchange
    made_of = f"{one.conversation}/{exchange.number}/{exchange.question}/{exchange.answer.text}"
    return hashlib.sha256(made_of.encode("utf-8", "replace")).hexdigest()[:12]
