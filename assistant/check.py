"""A claim -> what the documents, or a given text, say of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from math import log

from assistant.cite import cite_drafts
from assistant.language import STOP_WORDS, one_line, stem
from assistant.read import nearest_sentences
from assistant.types import Draft, Evidence, Verdict
from assistant.verifier import Verifier
from assistant.verify import Judgement, judge_statement
from knowledge import Block, Document, Encoder, Hit, Span, hash_content, split_sentences

SENTENCES_JUDGED = 5
"""Sentences by which a claim is judged, the nearest ones."""
SENTENCES_CITED = 3

TEXT_ID = "text"
"""`Citation.document_id` where a claim is checked against a given text and not against a library."""
CHUNK_CHARACTERS = 800
"""Sentences of a given text are read together up to this length."""
CHUNKS_READ = 5
"""Chunks of a given text that are read, those that share most with the claim. On wice_dev the area is 0.775 with five
and 0.773 with eight, which take longer."""
LONGEST_SENTENCE = 2_000
"""Characters; what is longer is cited in pieces."""
MAX_TEXT_CHARACTERS = 2_000_000
"""Of a longer text so much is read; as a document of a library the whole of it can be."""


def check_claim(
    claim: str,
    hits: Sequence[Hit],
    *,
    document: Callable[[Evidence], Document],
    encoder: Encoder,
    verifier: Verifier,
) -> Verdict:
    """What the chunks found say of the claim, with the nearest sentences cited."""
    if not hits:
        return Verdict(claim, "not supported", 0.0, (), "Nothing in the documents comes near to this.")
    nearest = nearest_sentences(claim, hits, encoder=encoder)[:SENTENCES_JUDGED]
    context = tuple(dict.fromkeys(part for one in nearest for part in (one.title, one.heading or "") if part))
    judgement = judge_statement(claim, in_order(nearest), encoder=encoder, context=context, verifier=verifier)
    drafts = [Draft(claim, (one,)) for one in nearest[:SENTENCES_CITED]]
    citations = tuple(c for statement in cite_drafts(drafts, document=document) for c in statement.citations)
    return Verdict(claim, judgement.support, judgement.probability, citations, _reason(judgement))


def hits_in_text(claim: str, text: str) -> tuple[Document, list[Hit]]:
    """A given text as a document that is kept nowhere, and its chunks that share most words with the claim.

    The document's text is the text letter by letter, so that `text[citation.start:citation.end] == citation.quote`;
    its id is `TEXT_ID` and its hash that of the text. Of a text longer than `MAX_TEXT_CHARACTERS`
    only the beginning is read.
    """
    text = text[:MAX_TEXT_CHARACTERS]
    blocks = tuple(Block("paragraph", one.start(), one.end()) for one in _PARAGRAPH.finditer(text))
    document = Document(
        id=TEXT_ID,
        title="",
        text=text,
        blocks=blocks,
        published=None,
        author=None,
        content_hash=hash_content("", text, blocks),
        origin=TEXT_ID,
    )
    chunks = _chunks(split_sentences(text, blocks))
    return document, [_hit(document, chunk) for chunk in _nearest(claim, text, chunks)]


_PARAGRAPH = re.compile(r"\S(?:[^\n]|\n(?![^\S\n]*\n))*")
_WORD = re.compile(r"\w+")


def _chunks(sentences: Sequence[Span]) -> list[list[Span]]:
    """Sentences in a row, as many as `CHUNK_CHARACTERS` hold, at least one."""
    chunks: list[list[Span]] = []
    for sentence in (piece for whole in sentences for piece in _pieces(whole)):
        if chunks and sentence.end - chunks[-1][0].start <= CHUNK_CHARACTERS:
            chunks[-1].append(sentence)
        else:
            chunks.append([sentence])
    return chunks


def _pieces(sentence: Span) -> Iterator[Span]:
    """The sentence, or one without end in pieces."""
    for start in range(sentence.start, sentence.end, LONGEST_SENTENCE):
        yield Span(start, min(start + LONGEST_SENTENCE, sentence.end))


def _nearest(claim: str, text: str, chunks: list[list[Span]]) -> list[list[Span]]:
    """The `CHUNKS_READ` chunks with most of the claim's words, rare ones counting more, in their order."""
    if len(chunks) <= CHUNKS_READ:
        return chunks
    wanted = {stem(word) for word in _WORD.findall(claim) if word.lower() not in STOP_WORDS}
    held = [wanted & {stem(word) for word in _WORD.findall(text, c[0].start, c[-1].end)} for c in chunks]
    spread = Counter(word for words in held for word in words)
    scores = [sum(log(1 + len(chunks) / spread[word]) for word in words) for words in held]
    best = sorted(range(len(chunks)), key=lambda i: (-scores[i], i))[:CHUNKS_READ]
    return [chunks[i] for i in sorted(best)]


def _hit(document: Document, sentences: Sequence[Span]) -> Hit:
    start, end = sentences[0].start, sentences[-1].end
    return Hit(
        document_id=document.id,
        document_hash=document.content_hash,
        collection=document.collection,
        chunk_id=f"{document.id}:{start}",
        start=start,
        end=end,
        text=document.text[start:end],
        title="",
        headings=(),
        page=None,
        sentences=tuple(sentences),
        sentence_texts=tuple(document.text[one.start : one.end] for one in sentences),
        score=0.0,
    )


def in_order(evidence: Sequence[Evidence]) -> list[str]:
    """The sentences' words, best document first and each document in its own order, neighbours as one quote."""
    rank = {key: i for i, key in reversed(list(enumerate((one.collection, one.document_id) for one in evidence)))}
    quotes: list[str] = []
    last: Evidence | None = None
    for one in sorted(evidence, key=lambda one: (rank[one.collection, one.document_id], one.start)):
        same = last is not None and (last.collection, last.document_id) == (one.collection, one.document_id)
        if last is not None and same and 0 <= one.start - last.end <= 2:
            quotes[-1] += " " + one.text
            last = replace(one, start=last.start)
        else:
            quotes.append(one.text)
            last = one
    return quotes


def _reason(judgement: Judgement) -> str:
    """The judgement in words, naming what differs where that is known."""
    if judgement.support == "supported":
        return "The quoted words say this."
    said = [doubt for doubt in judgement.doubts if doubt.against] or list(judgement.doubts)
    if said:
        return f"The quoted words {said[0].reason}."
    if judgement.unheld:
        words = ", ".join(f"“{one_line(word)}”" for word in judgement.unheld[:3])
        return f"The nearest words do not say this; nothing in them speaks of {words}."
    return "The nearest words do not say this."
