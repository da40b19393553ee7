"""Drafts -> statements whose citations hold the exact words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from assistant.types import Citation, Draft, Evidence, Statement
from knowledge import Document


def cite_drafts(
    drafts: Sequence[Draft], *, document: Callable[[Evidence], Document], cited: Sequence[Citation] = ()
) -> list[Statement]:
    """Each draft with its citations, numbered in order of first use: from 1, or on from those that are `cited` already.

    The quote is copied from the document, never taken from a draft. A draft whose document is no longer the one that
    was read gets no citation there, and without any it is no statement.
    """
    numbers = {(one.collection, one.document_id, one.start, one.end): one.number for one in cited}
    statements: list[Statement] = []
    for draft in drafts:
        citations = tuple(
            _cite(evidence, document(evidence), numbers)
            for evidence in draft.evidence
            if document(evidence).content_hash == evidence.document_hash
        )
        if citations:
            statements.append(Statement(text=draft.text, citations=citations, support=1.0))
    return statements


def _cite(evidence: Evidence, document: Document, numbers: dict[tuple[str, str, int, int], int]) -> Citation:
    place = (evidence.collection, evidence.document_id, evidence.start, evidence.end)
    block = next((b for b in document.blocks if b.start <= evidence.start < b.end), None)
    heading = next((b for b in reversed(document.blocks) if b.kind == "heading" and b.start <= evidence.start), None)
    return Citation(
        number=numbers.setdefault(place, max(numbers.values(), default=0) + 1),
        document_id=document.id,
        document_hash=document.content_hash,
        start=evidence.start,
        end=evidence.end,
        quote=document.text[evidence.start : evidence.end],
        title=document.title,
        heading=document.text[heading.start : heading.end] if heading else None,
        page=block.page if block else None,
        collection=document.collection,
        published=document.published,
    )
