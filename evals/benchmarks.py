"""Public question sets -> benchmarks: folders of JSON lines, SQuAD's JSON, BEIR's folders."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import get_args

from assistant import Turn
from evals.documents import document_from_text, documents_in_folder
from evals.errors import BenchmarkError
from evals.rows import Row, read_rows
from evals.types import Benchmark, Case, Claim, Gold, GoldKind, Label
from knowledge import Document, Span

ROLES: Mapping[str, str] = {
    "covidqa": "train",
    "fever_eraser_val": "train",
    "hotpot100": "select",
    "inscit_dev": "select",
    "multirc_val": "select",
    "nq_oracle": "train",
    "qags_xsum": "select",
    "qed_dev": "train",
    "selqa_test": "train",
    "wice_dev": "select",
}
"""What a set is for, so that no figure is given on what a model was trained on. Two more sets are split within."""

SQUAD2_TRAINED = frozenset(f"sq2-{number:03}" for number in range(10))
"""The articles of squad2_dev that are trained on; the others choose between designs."""

SENTENCES_THAT_ANSWER_ALONE = frozenset({"friendsqa", "selqa_dev", "selqa_test"})
"""Sets in which each gold sentence answers by itself; elsewhere the gold sentences of a question answer together."""

LABELS: Mapping[str, Label] = {
    "supported": "supported",
    "refuted": "contradicted",
    "contradicted": "contradicted",
    "unsupported": "not found",
    "not_supported": "not found",
    "partially_supported": "not found",
    "neutral": "not found",
    "not found": "not found",
}
"""The data sets' labels in our words: what is supported in part is not supported."""


def read_benchmark(path: Path, *, split: str | None = None) -> Benchmark:
    """Read a benchmark, whichever of the known formats it has; a `split` keeps a part of its cases.

    Splits: "train" and "select" by the roles of the sets (squad2_dev by article), "unseen" of xquad_en, and of a BEIR
    folder the name of a file in qrels ("test" unless told). Raises `BenchmarkError`.
    """
    if path.is_file() and path.suffix == ".json":
        benchmark = read_squad(path)
    elif (path / "queries.jsonl").is_file():
        return read_beir(path, split=split or "test")
    elif (path / "questions.jsonl").is_file() or (path / "claims.jsonl").is_file():
        benchmark = read_folder(path)
    else:
        raise BenchmarkError(
            f"No benchmark at {path!s}. Name a folder with questions.jsonl or claims.jsonl, a BEIR folder with "
            "queries.jsonl and qrels, or a SQuAD .json file."
        )
    return benchmark if split is None else take_split(benchmark, split, path)


# Folders of JSON lines


def read_folder(folder: Path) -> Benchmark:
    """Read `corpus.jsonl` (or the files in `documents`), `questions.jsonl` and `claims.jsonl`."""
    if (folder / "corpus.jsonl").is_file():
        rows = read_rows(folder / "corpus.jsonl")
        documents = tuple(document_from_text(row["doc_id"], row.get("title") or "", row["text"]) for row in rows)
    elif (folder / "documents").is_dir():
        documents = documents_in_folder(folder / "documents")
    else:
        documents = ()
    by_id = {document.id: document for document in documents}
    name = folder.name
    questions, claims = folder / "questions.jsonl", folder / "claims.jsonl"
    return Benchmark(
        name,
        documents,
        tuple(case_of(row, name, by_id) for row in read_rows(questions)) if questions.is_file() else (),
        tuple(claim_of(row, name, by_id) for row in read_rows(claims)) if claims.is_file() else (),
    )


def case_of(row: Row, dataset: str, documents: Mapping[str, Document]) -> Case:
    """Give the case in a row of `questions.jsonl`."""
    span = row.get("context_span")
    kind = str(row.get("type") or row.get("question_type") or "question")
    return Case(
        id=row["qid"],
        dataset=dataset,
        question=row["question"],
        kind="asked back" if is_asked_back(row) else kind,
        answerable=row["answerable"],
        answers=tuple(row.get("answers", ())),
        gold=alternatives_of(row, dataset, documents) if row["answerable"] else (),
        history=history_of(row.get("history", ())),
        document_id=row.get("context_doc_id"),
        span=Span(*span) if span else None,
    )


def is_asked_back(row: Row) -> bool:
    """Say whether an annotator answered with a question: such a case is neither answerable nor a clean refusal."""
    kinds = row.get("response_types", ())
    return not row["answerable"] and not all(kind.startswith("noAnswer") for kind in kinds)


def alternatives_of(row: Row, dataset: str, documents: Mapping[str, Document]) -> tuple[tuple[Gold, ...], ...]:
    """Give the alternatives of gold in a row: each is enough, and its stretches answer together."""
    evidence = [one for one in row.get("evidence", ()) if one.get("start") is not None]
    if not evidence:
        evidence = [one for one in row.get("answer_spans", ()) if one.get("start") is not None]
    gold = [gold_of(one, documents) for one in evidence]
    if not gold:
        whole = tuple(whole_document(documents[one]) for one in row.get("doc_ids", ()) if one in documents)
        return (whole,) if whole else ()
    if annotators := alternatives_of_annotators(row, gold):
        return annotators
    if dataset not in SENTENCES_THAT_ANSWER_ALONE and all(one.kind == "gold_sentence" for one in gold):
        return (tuple(gold),)
    return tuple((one,) for one in gold)


def alternatives_of_annotators(row: Row, gold: list[Gold]) -> tuple[tuple[Gold, ...], ...]:
    """Give one alternative for each annotator who answered, where a row says who found what."""
    found = (
        {one["doc_id"] for one in label.get("evidence", ())}
        for label in row.get("labels", ())
        if not label["response_type"].startswith("noAnswer")
    )
    alternatives = (tuple(one for one in gold if one.document_id in documents) for documents in found)
    return tuple(dict.fromkeys(alternative for alternative in alternatives if alternative))


def gold_of(evidence: Row, documents: Mapping[str, Document]) -> Gold:
    """Give the gold stretch of an evidence entry, without the white space around it."""
    document_id, start, end = evidence["doc_id"], evidence["start"], evidence["end"]
    if document_id not in documents:
        raise BenchmarkError(f"Evidence lies in document {document_id!r}, which the corpus does not have.")
    text = documents[document_id].text[start:end]
    kind = evidence.get("kind", "gold_sentence")
    if text.strip() != evidence["text"].strip() or not text.strip() or kind not in get_args(GoldKind):
        raise BenchmarkError(
            f"Evidence at {start} to {end} of document {document_id!r} (kind {kind!r}) does not match the corpus: "
            f"expected {evidence['text'][:60]!r}, found {text[:60]!r}."
        )
    start += len(text) - len(text.lstrip())
    return Gold(document_id, start, start + len(text.strip()), text.strip(), kind)


def whole_document(document: Document, grade: float = 1.0) -> Gold:
    """Give a document as gold that is known no finer."""
    return Gold(document.id, 0, len(document.text), document.title, "document", grade)


def history_of(turns: Sequence[Row]) -> tuple[Turn, ...]:
    """Pair what the user and the assistant said in turn; a question that was never answered has an empty answer."""
    history: list[Turn] = []
    for turn in turns:
        if turn["role"] == "user":
            history.append(Turn(turn["text"], ""))
        elif history:
            history[-1] = Turn(history[-1].question, f"{history[-1].answer} {turn['text']}".strip())
    return tuple(history)


def claim_of(row: Row, dataset: str, documents: Mapping[str, Document]) -> Claim:
    """Give the claim in a row of `claims.jsonl`."""
    if row["label"] not in LABELS:
        raise BenchmarkError(f"Claim {row['id']!r} of {dataset} has the label {row['label']!r}; known: {list(LABELS)}.")
    # Some sets give evidence without the document's id or offsets; such evidence cannot be pointed at.
    evidence = (
        tuple(gold_of(one, documents) for one in alternative if one.get("start") is not None)
        for alternative in row.get("evidence", ())
        if isinstance(alternative, list)
    )
    return Claim(
        id=row["id"],
        dataset=dataset,
        text=row["claim"],
        passage=row["passage"],
        label=LABELS[row["label"]],
        document_id=row.get("doc_id"),
        evidence=tuple(alternative for alternative in evidence if alternative),
    )


# Other formats


def read_squad(path: Path) -> Benchmark:
    """Read a SQuAD file, version 1 or 2: each article is a document, its paragraphs apart by a blank line."""
    try:
        articles = json.loads(path.read_text(encoding="utf-8"))["data"]
    except (ValueError, KeyError, TypeError) as error:
        raise BenchmarkError(f'{path!s} is not SQuAD\'s JSON, an object with "data": {error!r}.') from error
    documents, cases = [], []
    for number, article in enumerate(articles):
        document_id = f"{number:04}"
        contexts = [paragraph["context"] for paragraph in article["paragraphs"]]
        document = document_from_text(document_id, article.get("title", ""), "\n\n".join(contexts))
        documents.append(document)
        start = 0
        for paragraph in article["paragraphs"]:
            span = Span(start, start + len(paragraph["context"]))
            cases += [squad_case(question, path.stem, document, span) for question in paragraph["qas"]]
            start = span.end + len("\n\n")
    return Benchmark(path.stem, tuple(documents), tuple(cases))


def squad_case(row: Row, dataset: str, document: Document, span: Span) -> Case:
    """Give the case of a question asked about the paragraph at `span`."""
    answers = [] if row.get("is_impossible", False) else row["answers"]
    places = dict.fromkeys((answer["answer_start"], answer["text"]) for answer in answers)
    evidence = [
        {
            "doc_id": document.id,
            "start": span.start + start,
            "end": span.start + start + len(text),
            "text": text,
            "kind": "answer_span",
        }
        for start, text in places
    ]
    return Case(
        id=row["id"],
        dataset=dataset,
        question=row["question"],
        kind="question",
        answerable=bool(answers),
        answers=tuple(dict.fromkeys(text for _, text in places)),
        gold=tuple((gold_of(one, {document.id: document}),) for one in evidence),
        document_id=document.id,
        span=span,
    )


def read_beir(folder: Path, *, split: str = "test") -> Benchmark:
    """Read a BEIR folder: the queries that `qrels/{split}.tsv` judges, their relevant documents as graded gold."""
    judgements = folder / "qrels" / f"{split}.tsv"
    if not judgements.is_file():
        there = sorted(path.stem for path in (folder / "qrels").glob("*.tsv"))
        raise BenchmarkError(f"{folder!s} has no split {split!r}; its qrels hold {there}.")
    documents = {
        row["_id"]: document_from_text(row["_id"], row.get("title") or "", row["text"])
        for row in read_rows(folder / "corpus.jsonl")
        if row["text"].strip()
    }
    relevant: dict[str, list[Gold]] = {}
    with judgements.open(encoding="utf-8", newline="") as lines:
        for query_id, document_id, grade in csv.reader(lines, delimiter="\t"):
            if grade.strip().lstrip("-").isdigit() and int(grade) > 0 and document_id in documents:
                relevant.setdefault(query_id, []).append(whole_document(documents[document_id], float(grade)))
    cases = (
        Case(row["_id"], folder.name, row["text"], "question", answerable=True, gold=(tuple(relevant[row["_id"]]),))
        for row in read_rows(folder / "queries.jsonl")
        if row["_id"] in relevant
    )
    return Benchmark(folder.name, tuple(documents.values()), tuple(cases))


# Parts of a benchmark


def take_split(benchmark: Benchmark, split: str, path: Path) -> Benchmark:
    """Give the part of a benchmark that has this role; a set that has another role altogether is an error."""
    if benchmark.name == "squad2_dev" and split in {"train", "select"}:
        return only_documents(
            benchmark,
            frozenset(one.id for one in benchmark.documents if (one.id in SQUAD2_TRAINED) == (split == "train")),
        )
    if benchmark.name == "xquad_en" and split == "unseen":
        return without_titles(benchmark, trained_titles(path.parent / "squad2_dev" / "corpus.jsonl"))
    if (benchmark.name == "xquad_en" and split == "select") or ROLES.get(benchmark.name) == split:
        return without_asked_back(benchmark)
    role = {"squad2_dev": "train or select", "xquad_en": "select or unseen"}.get(benchmark.name)
    raise BenchmarkError(
        f"{benchmark.name} has no split {split!r}. Its splits: {role or ROLES.get(benchmark.name) or 'none'}."
    )


def only_documents(benchmark: Benchmark, kept: frozenset[str]) -> Benchmark:
    """Give a benchmark with these documents only, and the cases that were written against them."""
    return replace(
        benchmark,
        documents=tuple(one for one in benchmark.documents if one.id in kept),
        cases=tuple(one for one in benchmark.cases if one.document_id in kept),
        claims=tuple(one for one in benchmark.claims if one.document_id in kept),
    )


def trained_titles(corpus: Path) -> frozenset[str]:
    """Give the titles of the articles of squad2_dev that are trained on."""
    if not corpus.is_file():
        raise BenchmarkError(f'The split "unseen" needs {corpus!s}, which tells the articles that were trained on.')
    return frozenset(row["title"] for row in read_rows(corpus) if row["doc_id"] in SQUAD2_TRAINED)


def without_titles(benchmark: Benchmark, titles: frozenset[str]) -> Benchmark:
    """Give a benchmark without the cases of documents with these titles; the documents stay, as distractors."""
    trained = {one.id for one in benchmark.documents if one.title in titles}
    return replace(benchmark, cases=tuple(one for one in benchmark.cases if one.document_id not in trained))


def without_asked_back(benchmark: Benchmark) -> Benchmark:
    """Give a benchmark without the questions that were answered with a question."""
    return replace(benchmark, cases=tuple(one for one in benchmark.cases if one.kind != "asked back"))


def against_own_text(benchmark: Benchmark) -> Benchmark:
    """Give a benchmark in which each question is asked of the text it was written against, and of nothing else.

    Each such text is a document in a collection of its own, so that one library serves them all. Questions of which
    the text is not known, or of which no gold lies in it, are left out.
    """
    by_id = {document.id: document for document in benchmark.documents}
    texts: dict[tuple[str, int, int], Document] = {}
    cases = []
    for case in benchmark.cases:
        document_id = case.document_id or (case.gold[0][0].document_id if len(documents_of(case)) == 1 else None)
        if document_id is None or document_id not in by_id:
            continue
        document = by_id[document_id]
        span = case.span or Span(0, len(document.text))
        place = (document_id, span.start, span.end)
        own = texts.get(place) or document_from_text(
            f"{document_id}/{span.start}-{span.end}",
            document.title,
            document.text[span.start : span.end],
            collection=f"text-{len(texts):06}",
        )
        texts[place] = own
        gold = tuple(moved for alternative in case.gold if (moved := move_gold(alternative, document_id, span, own.id)))
        if gold or not case.answerable:
            cases.append(replace(case, gold=gold, document_id=document_id, span=None, collections=(own.collection,)))
    return replace(benchmark, documents=tuple(texts.values()), cases=tuple(cases), claims=())


def documents_of(case: Case) -> frozenset[str]:
    """Give the documents in which a case's gold lies."""
    return frozenset(one.document_id for alternative in case.gold for one in alternative)


def move_gold(alternative: tuple[Gold, ...], document_id: str, span: Span, own_id: str) -> tuple[Gold, ...]:
    """Give an alternative with offsets into the text at `span`; nothing when it does not lie wholly in there."""
    if any(one.document_id != document_id or one.start < span.start or one.end > span.end for one in alternative):
        return ()
    return tuple(
        replace(one, document_id=own_id, start=one.start - span.start, end=one.end - span.start) for one in alternative
    )
