"""Answers about documents as wholes: what is this about, what can I ask, summarise this one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from assistant.language import LEANING, STOP_WORDS, one_line
from assistant.types import Draft, Evidence
from knowledge import Document, DocumentQuestion, DocumentSummary, Encoder, Library, Span

OVERVIEW_DOCUMENTS = 8
SUMMARY_SENTENCES = 5
SUGGESTIONS = 8

LEAST_WORDS, MOST_WORDS = 8, 60
"""A sentence outside these is a label or a list, not one that says what a document is about."""

TITLE_WEIGHT = 0.3
"""What a title counts as, beside the mean of its document's paragraphs, in what the document is about."""

LEAD_BONUS = 0.3
"""Added to the first sentence's likeness to its document, falling to nothing at the end: what matters is said early."""

REPETITION = 0.4
"""Weight of a sentence's likeness to those already chosen, taken from its own: maximal marginal relevance
(Carbonell and Goldstein, SIGIR 1998)."""

MOST_SENTENCES, MOST_PARAGRAPHS = 200, 60
"""Looked at in one document, so that a book is summarised from its beginning in half a second."""


def describe_collection(library: Library, documents: Sequence[DocumentSummary], *, encoder: Encoder) -> list[Draft]:
    """For each document, newest first, its title and the sentence that says best what it is about."""
    newest_first = sorted(
        documents,
        key=lambda d: (d.published is None, -(d.published.toordinal() if d.published else 0), d.title),
    )
    drafts = []
    for summary in newest_first[:OVERVIEW_DOCUMENTS]:
        document = library.document(summary.id, collection=summary.collection)
        best = _central_sentences(library, document, encoder, limit=1)
        drafts += [Draft(f"{document.title}: {one_line(sentence.text)}", (sentence,)) for sentence in best]
    return drafts


def suggest_questions(
    library: Library, documents: Sequence[DocumentSummary], *, collections: Sequence[str] | None
) -> list[Draft]:
    """Questions that the documents themselves ask and answer; where there are none, their titles and headings."""
    own = _spread(library.questions(collections=collections))[:SUGGESTIONS]
    drafts = [Draft(one_line(question.question), (_own_question(library, question),)) for question in own]
    if drafts:
        return drafts
    for summary in documents[:SUGGESTIONS]:
        document = library.document(summary.id, collection=summary.collection)
        headings = [block for block in document.blocks if block.kind == "heading"][:1] or document.blocks[:1]
        for block in headings:
            evidence = _evidence(document, Span(block.start, block.end), 1.0)
            drafts.append(Draft(one_line(evidence.text), (evidence,)))
    return drafts


def summarise_document(library: Library, document: Document, *, encoder: Encoder) -> list[Draft]:
    """The sentences that together say what a document says, in its own order."""
    best = _central_sentences(library, document, encoder, limit=SUMMARY_SENTENCES)
    return [Draft(one_line(sentence.text), (sentence,)) for sentence in best]


def find_document(
    question: str,
    library: Library,
    documents: Sequence[DocumentSummary],
    *,
    collections: Sequence[str] | None,
    encoder: Encoder,
) -> Document:
    """The document that a question means: by its file name, author or title, else by what it is about.

    There must be at least one document.
    """
    found: dict[tuple[str, str], float] = {}
    for hit in library.search(question, limit=20, collections=collections):
        place = (hit.collection, hit.document_id)
        found[place] = found.get(place, 0.0) + hit.score
    asked = _words(question)
    named = {summary: max(_share(asked, words) for words in _names(summary)) for summary in documents}
    likely = [one for one in documents if named[one] > 0.0 or (one.collection, one.id) in found] or list(documents)
    likely = sorted(likely, key=lambda one: -named[one])[:MOST_TITLES]
    vectors = encoder.encode([question, *(summary.title for summary in likely)])
    scores = {
        summary: likeness + named[summary] + FOUND_WEIGHT * found.get((summary.collection, summary.id), 0.0)
        for summary, likeness in zip(likely, (vectors[1:] @ vectors[0]).tolist(), strict=True)
    }
    best = max(likely, key=lambda summary: (scores[summary], summary.id))
    return library.document(best.id, collection=best.collection)


MOST_TITLES = 100
"""Titles compared with a question, so that a large library is not compared whole."""

FOUND_WEIGHT = 5.0
"""Makes a document whose chunks come first in a search count as much as one whose title is meant."""


def names_document(question: str, documents: Sequence[DocumentSummary]) -> float:
    """The part of a question's words that name a document whole, by title, author or file; 0 where none is named."""
    asked = _words(question)
    telling = asked - STOP_WORDS
    named = [words for summary in documents for words in _names(summary) if _share(asked, words) == 1.0]
    return max((len(telling & words) / max(1, len(telling)) for words in named), default=0.0)


@lru_cache(maxsize=2**15)
def _words_of_names(title: str, document_id: str, author: str) -> tuple[frozenset[str], ...]:
    """The words of a document's title, file name and author; not looked for anew with each question."""
    stem = document_id.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    return tuple(frozenset(_words(name)) for name in (title, stem, author))


def _central_sentences(library: Library, document: Document, encoder: Encoder, *, limit: int) -> list[Evidence]:
    """The sentences most like the document as a whole and least like each other, in its own order."""
    own = library.questions(collections=[document.collection])
    asked = [Span(q.start, q.answer_end) for q in own if q.document_id == document.id]
    prose = [
        block
        for block in document.blocks
        if block.kind in ("paragraph", "list item") and not any(out.start <= block.start < out.end for out in asked)
    ]
    inside = [
        span
        for span in library.sentences(document.id, collection=document.collection)
        if any(block.start <= span.start < block.end for block in prose)
    ]
    candidates = [span for span in inside if _says_something(document.text[span.start : span.end])] or inside
    candidates = candidates[:MOST_SENTENCES]
    if not candidates:
        return []
    sentences = [document.text[span.start : span.end] for span in candidates]
    longest = sorted(prose[: 2 * MOST_PARAGRAPHS], key=lambda block: block.start - block.end)[:MOST_PARAGRAPHS]
    vectors = encoder.encode([document.title, *sentences, *(document.text[b.start : b.end] for b in longest)])
    title, sentence_vectors, paragraphs = np.split(vectors, [1, 1 + len(sentences)])
    centre = paragraphs.mean(axis=0)
    centre = centre / max(float(np.linalg.norm(centre)), 1e-12) + TITLE_WEIGHT * title[0]
    likeness = sentence_vectors @ (centre / max(float(np.linalg.norm(centre)), 1e-12))
    likeness = likeness + LEAD_BONUS * (1.0 - np.arange(len(candidates)) / len(candidates))
    chosen: list[int] = []
    while len(chosen) < min(limit, len(candidates)):
        repeated = (sentence_vectors @ sentence_vectors[chosen].T).max(axis=1) if chosen else np.zeros(len(candidates))
        worth = likeness - REPETITION * repeated
        worth[chosen] = -np.inf
        chosen.append(int(np.argmax(worth)))
    return [_evidence(document, candidates[i], float(np.clip(likeness[i], 0.0, 1.0))) for i in sorted(chosen)]


def _says_something(sentence: str) -> bool:
    return LEAST_WORDS <= len(sentence.split()) <= MOST_WORDS and not LEANING.match(sentence)


def _evidence(document: Document, span: Span, score: float) -> Evidence:
    heading = next((b for b in reversed(document.blocks) if b.kind == "heading" and b.start <= span.start), None)
    block = next((b for b in document.blocks if b.start <= span.start < b.end), None)
    return Evidence(
        document_id=document.id,
        start=span.start,
        end=span.end,
        text=document.text[span.start : span.end],
        score=score,
        document_hash=document.content_hash,
        collection=document.collection,
        title=document.title,
        heading=document.text[heading.start : heading.end] if heading else None,
        page=block.page if block else None,
        published=document.published,
    )


def _own_question(library: Library, question: DocumentQuestion) -> Evidence:
    document = library.document(question.document_id, collection=question.collection)
    return _evidence(document, Span(question.start, question.end), 1.0)


def _spread(questions: Sequence[DocumentQuestion]) -> list[DocumentQuestion]:
    """The first question of each document, then the second of each, and so on; the same words only once."""
    seen: set[str] = set()
    turn: dict[tuple[str, str], int] = {}
    ranked = []
    for question in questions:
        words = " ".join(sorted(_words(question.question)))
        if words not in seen:
            seen.add(words)
            source = (question.collection, question.document_id)
            turn[source] = turn.get(source, 0) + 1
            ranked.append((turn[source], question))
    return [question for _, question in sorted(ranked, key=lambda pair: pair[0])]


def _names(summary: DocumentSummary) -> tuple[frozenset[str], ...]:
    return _words_of_names(summary.title, summary.id, summary.author or "")


def _share(asked: set[str], words: frozenset[str]) -> float:
    """The part of a name's words that the question holds; a name of one word may be any word."""
    return len(words & asked) / len(words) if len(words) > 1 else 0.0


def _words(text: str) -> set[str]:
    return set(re.findall(r"[^\W_]+", text.lower()))
