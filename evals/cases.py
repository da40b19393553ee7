"""Our own questions -> benchmarks over the documents that come with the project."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from assistant import Turn
from evals.documents import without_span
from evals.errors import CasesError
from evals.rows import Row, read_rows
from evals.types import Benchmark, Case, Gold
from knowledge import Document, Span

DATASETS = Path(__file__).parent / "datasets"
OWN_SETS = ("key_questions", "factual", "unanswerable", "two_documents", "about")
"""The sets that ask questions, in the order of the table."""
HELD_OUT_SETS = ("key_questions",)
"""The sets that are asked once more of the documents without their Key Questions sections."""
SECTION = "key questions"
"""How a quote is marked that lies in a document's Key Questions section."""
LONGEST_LIST = 10
"""Problems named in one error."""


def read_own_cases(
    documents: Sequence[Document],
    *,
    find_section: Callable[[Document], Span | None],
    folder: Path = DATASETS,
) -> tuple[Benchmark, ...]:
    """Give our own cases twice: over the documents as they are, and held out.

    Held out means over the documents as they would be without their Key Questions sections, so that the answer must
    come from the bodies. `find_section` gives that section of a document, or None. A quote that its document does not
    hold, and a case that held out has no evidence left, is a `CasesError` that names the case.
    """
    sections = {document.id: section for document in documents if (section := find_section(document)) is not None}
    held_out = tuple(
        without_span(document, sections[document.id]) if document.id in sections else document for document in documents
    )
    as_they_are = [read_set(folder, name, documents, sections, hold_out=False) for name in OWN_SETS]
    without = [read_set(folder, name, held_out, {}, hold_out=True) for name in HELD_OUT_SETS]
    return (
        Benchmark("own", tuple(documents), tuple(itertools.chain.from_iterable(as_they_are))),
        Benchmark("own, held out", held_out, tuple(itertools.chain.from_iterable(without))),
    )


def read_set(
    folder: Path, name: str, documents: Sequence[Document], sections: Mapping[str, Span], *, hold_out: bool
) -> tuple[Case, ...]:
    """Give the cases of one file, their quotes located in the documents."""
    dataset = name.replace("_", " ") + (", held out" if hold_out else "")
    by_id = {document.id: document for document in documents}
    if not (folder / f"{name}.jsonl").is_file():
        raise CasesError(f"No cases at {folder / name!s}.jsonl.")
    cases, problems = [], []
    for row in read_rows(folder / f"{name}.jsonl"):
        try:
            cases.append(case_of(row, dataset, by_id, sections, hold_out=hold_out))
        except CasesError as error:
            problems.append(str(error))
    if problems:
        more = f"\n... and {len(problems) - LONGEST_LIST} more" if len(problems) > LONGEST_LIST else ""
        raise CasesError("\n".join(problems[:LONGEST_LIST]) + more)
    return tuple(cases)


def case_of(
    row: Row, dataset: str, documents: Mapping[str, Document], sections: Mapping[str, Span], *, hold_out: bool
) -> Case:
    """Give the case in a row, or raise a `CasesError` that begins with its id."""
    evidence = row.get("evidence", [])
    kept = [one for one in evidence if not hold_out or not any(quote.get("section") == SECTION for quote in one)]
    try:
        gold = tuple(gold for alternative in kept for gold in locate(alternative, documents, sections))
    except CasesError as error:
        raise CasesError(f"Case {row['id']!r}: {error}") from error
    if evidence and not gold:
        raise CasesError(f"Case {row['id']!r}: no evidence outside the Key Questions sections. Add a quote of a body.")
    expected = tuple(row.get("document_ids", ()))
    if missing := [one for one in expected if one not in documents]:
        raise CasesError(f"Case {row['id']!r}: no document {missing[0]!r}. {known(documents)}")
    return Case(
        id=row["id"],
        dataset=dataset,
        question=row["question"],
        kind=row["kind"],
        answerable=row.get("answerable", True),
        answers=tuple(row.get("answers", ())),
        gold=gold,
        history=tuple(Turn(turn["question"], turn["answer"]) for turn in row.get("history", ())),
        document_ids=expected,
    )


def locate(
    alternative: Sequence[Row], documents: Mapping[str, Document], sections: Mapping[str, Span]
) -> list[tuple[Gold, ...]]:
    """Give an alternative's quotes as places; words that stand in several places give as many alternatives."""
    places = [places_of(quote, documents, sections) for quote in alternative]
    return list(itertools.product(*places))


def places_of(quote: Row, documents: Mapping[str, Document], sections: Mapping[str, Span]) -> list[Gold]:
    """Give each place where a quote stands: in the Key Questions section if it is marked so, otherwise outside it."""
    document_id, words = quote["document_id"], quote["quote"]
    if document_id not in documents:
        raise CasesError(f"no document {document_id!r}. {known(documents)}")
    section = sections.get(document_id, Span(0, 0))
    inside = quote.get("section") == SECTION
    text = documents[document_id].text
    starts, start = [], text.find(words)
    while words and start >= 0:
        starts.append(start)
        start = text.find(words, start + len(words))
    found = [one for one in starts if (section.start <= one < section.end) == inside]
    if not found:
        where = "the Key Questions section of " if inside else "the body of " if section.end else ""
        raise CasesError(
            f"{where}document {document_id!r} does not hold the words {words!r}. Quote it letter by letter."
        )
    return [Gold(document_id, one, one + len(words), words, "quote") for one in found]


def known(documents: Mapping[str, Document]) -> str:
    """Say which documents there are."""
    return f"There are: {', '.join(sorted(documents))}."
