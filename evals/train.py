"""Public questions -> a reader: which sentence of a chunk answers a question, and does the chunk answer it at all?

The reader is the project's MiniLM, taught on: question and chunk are read together, so that a token of the chunk knows
what is asked. Each sentence and "nothing here answers" get a score, and one softmax over them is trained: the sentences
share the probability that the chunk answers. A sentence's score begins as the late interaction of the untrained
encoder (`assistant.read`), so that training can only add to it, and the null score as nothing.
"""

from __future__ import annotations

import json
import math
import random
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from assistant.language import STOP_WORDS
from evals.benchmarks import against_own_text, read_benchmark
from evals.errors import EvaluationError
from evals.metrics import auroc, overlap
from evals.rows import read_rows
from evals.types import Benchmark, Case, Place
from knowledge import Document, EncodedText, Encoder, LibrarySettings, Span, embedded_text, split_sentences
from knowledge.chunk import chunk_document
from knowledge.export import weights_folder

if TYPE_CHECKING:
    import torch

Scores = NDArray[np.float32]

TOKEN_LIMIT = 256
"""Tokens of question and chunk together: what the encoder was trained to read."""
QUESTION_TOKENS = 64
"""A longer question is cut."""
SLOPE, INTERCEPT = 17.0, -11.7
"""Log odds that a sentence answers, in its late-interaction score: what `python -m evals calibrate` fitted. They are
where training begins; both are trained on."""
NEAR_CHUNKS = 5
"""Chunks of a document among which the nearest one that does not answer is looked for."""
TOKEN_FEATURES = 32
"""Features of a token of which a sentence gets the highest."""


@dataclass(frozen=True, slots=True)
class Source:
    """A set that is trained on, and how much of it."""

    name: str
    split: str | None
    questions: int
    licence: str


SOURCES = (
    Source("squad2_dev", "train", 6000, "CC BY-SA 4.0"),
    Source("nq_oracle", None, 2655, "MIT, text CC BY-SA"),
    Source("qed_dev", None, 600, "CC BY-SA 3.0"),
    Source("selqa_test", None, 1590, "Apache-2.0"),
    Source("selqa_dev", None, 770, "Apache-2.0"),
    Source("covidqa", None, 1380, "Apache-2.0"),
    Source("policyqa", None, 3000, "MIT"),
    Source("timeqa_human", None, 2230, "BSD-3-Clause"),
    Source("friendsqa", None, 1400, "Apache-2.0"),
)
"""Only sets whose licence is established, since what is trained on them is shipped."""


@dataclass(frozen=True, slots=True)
class Example:
    """A question and a chunk, with what answers it there."""

    question: str
    text: str
    """The chunk as it is embedded, title and headings before it; every offset counts its characters."""
    sentences: tuple[tuple[int, int], ...]
    gold: tuple[bool, ...]
    """Which sentences answer; none when the chunk does not."""
    answers: tuple[tuple[int, int], ...]
    """The exact words that answer, where they were marked."""
    matches: tuple[float, ...]
    """Late interaction of each sentence with the question, by the untrained encoder."""
    source: str
    kind: str
    """How it was made: "answered" (or to be judged), "unanswerable", "other chunk", "answer left out",
    "name exchanged"."""
    group: str
    """The question it belongs to: the chunks of one question are judged together."""


@dataclass(frozen=True, slots=True)
class Shares:
    """How many examples without an answer are made of a question that has one, on average."""

    other_chunk: float = 0.35
    """The chunk of the same document that is nearest to the question and does not answer it."""
    answer_left_out: float = 0.15
    """The chunk that answers, without the sentences that do."""
    name_exchanged: float = 0.45
    """The question with a name or number exchanged for another one of the chunk."""
    without_mark: float = 0.3
    """Questions that lose their question mark. (The model reads no capitals.)"""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the reader is trained."""

    steps: int = 1900
    batch: int = 16
    rate: float = 2e-4
    """Highest learning rate of the encoder's layers; it rises over the first steps and falls to nothing."""
    head_rate: float = 1e-3
    warm_up: float = 0.06
    """Share of the steps over which the rates rise."""
    frozen_layers: int = 0
    """Lowest layers of the encoder that stay as published; the embeddings always do."""
    seed: int = 0
    threads: int = 2
    checkpoint_seconds: float = 300.0


JUDGED = (
    ("squad2_dev", "select", 400),
    ("xquad_en", "unseen", 250),
    ("multirc_val", "select", 200),
    ("hotpot100", "select", 100),
)
"""Sets that are never trained on, their split, and how many questions of each stop the training."""

SEEDS_OF_ADVERSARIAL = 2
"""squad2_dev is gone through so often, each time with other draws: nothing else asks what is almost answered."""


def train(
    benchmarks: Path, training: Path, folder: Path, *, encoder: Encoder, recipe: Recipe, report: Callable[[str], None]
) -> Path:
    """Make the examples, train, export; give the path of the exported reader, `folder / "reader.onnx"`.

    Everything is kept in `folder`: examples are made once, and an interrupted training goes on from its checkpoint.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / "examples.jsonl"
    if not made.exists():
        scratch = made.with_suffix(".new")
        with scratch.open("w", encoding="utf-8") as lines:
            for source in SOURCES:
                count = 0
                for example in examples_of_source(source, benchmarks, training, encoder=encoder, seed=recipe.seed):
                    lines.write(json.dumps(asdict(example)) + "\n")
                    count += 1
                report(f"{source.name}: {count} examples")
        scratch.replace(made)
    judged = {
        name: make_judged(read_benchmark(benchmarks / name, split=split), encoder=encoder, questions=count, seed=0)
        for name, split, count in JUDGED
    }
    best = train_reader(read_examples(made), judged, folder, recipe=recipe, report=report)
    strays = export_reader(best, folder / "reader.onnx", samples=[one for many in judged.values() for one in many[:50]])
    report(f"int8 strays from the original by {strays:.3f} log odds on average")
    return folder / "reader.onnx"


def examples_of_source(
    source: Source, benchmarks: Path, training: Path, *, encoder: Encoder, seed: int
) -> Iterator[Example]:
    """Give the examples of a source, wherever of the two folders it lies."""
    path = benchmarks / source.name
    benchmark = read_benchmark(path if path.exists() else training / source.name, split=source.split)
    cases = sorted(benchmark.cases, key=lambda case: case.id)
    random.Random(seed).shuffle(cases)
    benchmark = replace(benchmark, cases=tuple(cases[: source.questions]))
    for times in range(SEEDS_OF_ADVERSARIAL if source.name == "squad2_dev" else 1):
        yield from make_examples(benchmark, encoder=encoder, shares=Shares(), seed=seed + times)


def read_examples(path: Path) -> list[Example]:
    """Give the examples of a file of JSON lines."""
    examples = []
    for row in read_rows(path):
        spans = {name: tuple((start, end) for start, end in row[name]) for name in ("sentences", "answers")}
        rest = {"gold": tuple(row["gold"]), "matches": tuple(row["matches"])}
        examples.append(Example(**{**row, **spans, **rest}))
    return examples


# Examples


def make_examples(
    benchmark: Benchmark, *, encoder: Encoder, shares: Shares, seed: int, chunks_each: int = 12
) -> Iterator[Example]:
    """Give the training examples of a benchmark's questions, document by document.

    Of a long document only the chunks that answer and `chunks_each` others, drawn once, are looked at.
    """
    documents = {one.id: one for one in benchmark.documents}
    asked: dict[str, list[Case]] = {}
    for case in benchmark.cases:
        document_id = document_of(case)
        if document_id in documents:
            asked.setdefault(document_id, []).append(case)
    elsewhere = _Elsewhere(documents, asked, encoder)
    for document_id, cases in asked.items():
        chooser = random.Random(f"{seed} {document_id}")
        yield from _examples_of(documents[document_id], cases, encoder, shares, chooser, chunks_each, elsewhere)


def document_of(case: Case) -> str:
    """Give the id of the document that a case is asked about; "" where there is none or more than one."""
    if case.document_id is not None:
        return case.document_id
    found = {one.document_id for alternative in case.gold for one in alternative}
    return found.pop() if len(found) == 1 else ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A chunk with its sentences, as the encoder reads it."""

    document_id: str
    start: int
    end: int
    text: str
    sentences: tuple[tuple[int, int], ...]
    """Within `text`."""
    shift: int
    """What to take from an offset in the document to get one in `text`."""


def pieces_of(document: Document, encoder: Encoder) -> list[Piece]:
    """Give the chunks of a document, made as the library makes them."""
    sentences = split_sentences(document.text, document.blocks)
    chunks = chunk_document(
        document,
        sentences,
        count_tokens=encoder.count_tokens,
        size=LibrarySettings().chunk_tokens,
        limit=encoder.limit,
    )
    pieces = []
    for chunk in chunks:
        words = document.text[chunk.start : chunk.end]
        text = embedded_text(document.title, chunk.headings, words)
        shift = chunk.start - (len(text) - len(words))
        inside = tuple(
            (max(span.start, chunk.start) - shift, min(span.end, chunk.end) - shift)
            for span in sentences[chunk.first_sentence : chunk.last_sentence]
        )
        pieces.append(Piece(document.id, chunk.start, chunk.end, text, inside, shift))
    return pieces


def match_sentences(question: EncodedText, piece: Piece, encoded: EncodedText) -> tuple[float, ...]:
    """Give the late interaction of each sentence of a piece with a question; 0 for one without a token."""
    cosines = _unit(question.vectors) @ _unit(encoded.vectors).T
    matches = []
    for start, end in piece.sentences:
        inside = (encoded.spans[:, 0] >= start) & (encoded.spans[:, 1] <= end)
        matches.append(float(cosines[:, inside].max(axis=1).mean()) if inside.any() else 0.0)
    return tuple(matches)


class _Elsewhere:
    """Chunks of other documents that are near to a question: for documents that are one chunk themselves."""

    def __init__(
        self, documents: Mapping[str, Document], asked: Mapping[str, Sequence[Case]], encoder: Encoder
    ) -> None:
        self._documents = [documents[one] for one in asked]
        self._encoder = encoder
        starts = [f"{document.title}\n{document.text[:500]}" for document in self._documents]
        self._vectors = encoder.encode(starts) if len(starts) > 1 else np.zeros((len(starts), encoder.dimension))

    def piece(self, case: Case, own: str) -> Piece | None:
        """Give a chunk near to the question, of another document, that does not say its answer."""
        near = np.argsort(-(self._vectors @ self._encoder.encode([case.question])[0]))[:8]
        for index in near:
            document = self._documents[int(index)]
            if document.id == own:
                continue
            first = pieces_of(document, self._encoder)[0]
            if not _says(first.text, case.answers):
                return first
        return None


def _examples_of(
    document: Document,
    cases: Sequence[Case],
    encoder: Encoder,
    shares: Shares,
    chooser: random.Random,
    chunks_each: int,
    elsewhere: _Elsewhere,
) -> Iterator[Example]:
    pieces = pieces_of(document, encoder)
    wanted = {index for index, piece in enumerate(pieces) for case in cases if _concerns(case, piece)}
    others = [index for index in range(len(pieces)) if index not in wanted]
    places = sorted(wanted | set(chooser.sample(others, min(chunks_each, len(others)))))
    read = dict(zip(places, encoder.encode_tokens([pieces[index].text for index in places]), strict=True))
    middles = _unit(np.array([tokens.vectors.mean(axis=0) for tokens in read.values()]))
    for case in cases:
        question = case.question.rstrip("? ") if chooser.random() < shares.without_mark else case.question
        asked = encoder.encode_tokens([question])[0]
        if not len(asked.vectors):
            continue
        near = np.argsort(-(middles @ asked.vectors.mean(axis=0)))[:NEAR_CHUNKS]
        looked_at = {places[int(index)] for index in near} | {one for one in places if _concerns(case, pieces[one])}
        scored = {index: match_sentences(asked, pieces[index], read[index]) for index in sorted(looked_at)}
        answering = [index for index in scored if any(_gold_of(case, pieces[index]))]
        for index in _near_first(scored, set(answering))[:2]:
            yield _example(question, pieces[index], case, scored[index], "answered")
        if not case.answerable:
            own = {index for index in scored if case.span is None or _within(case.span, pieces[index])}
            for index in _near_first(scored, own)[:1]:
                yield _example(question, pieces[index], case, scored[index], "unanswerable")
        if not answering:
            continue
        index = answering[0]
        if chooser.random() < shares.other_chunk:
            quiet = {one for one in scored if one not in answering and not _says(pieces[one].text, case.answers)}
            if quiet:
                nearest = _near_first(scored, quiet)[0]
                yield _example(question, pieces[nearest], case, scored[nearest], "other chunk")
            elif (other := elsewhere.piece(case, document.id)) is not None:
                matches = match_sentences(asked, other, encoder.encode_tokens([other.text])[0])
                yield _example(question, other, case, matches, "other chunk")
        if chooser.random() < shares.answer_left_out:
            yield from leave_answer_out(
                _example(question, pieces[index], case, scored[index], "answered"), case.answers
            )
        if chooser.random() < shares.name_exchanged and (other_question := exchange_name(case, pieces[index], chooser)):
            matches = match_sentences(encoder.encode_tokens([other_question])[0], pieces[index], read[index])
            yield _example(other_question, pieces[index], case, matches, "name exchanged")


def _near_first(scored: Mapping[int, Sequence[float]], kept: set[int]) -> list[int]:
    return sorted(kept, key=lambda index: (-max(scored[index], default=0.0), index))


def _concerns(case: Case, piece: Piece) -> bool:
    if case.answerable:
        return any(_gold_of(case, piece))
    return case.span is not None and _within(case.span, piece)


def _within(span: Span, piece: Piece) -> bool:
    return piece.start < span.end and span.start < piece.end


def _gold_of(case: Case, piece: Piece) -> list[bool]:
    gold = [
        one
        for alternative in case.gold
        for one in alternative
        if one.kind not in ("gold_passage", "document") and one.start < piece.end and piece.start < one.end
    ]
    if not gold:
        return [False] * len(piece.sentences)
    places = [Place(piece.document_id, start + piece.shift, end + piece.shift) for start, end in piece.sentences]
    return [any(overlap(place, one) for one in gold) for place in places]


def _example(question: str, piece: Piece, case: Case, matches: Sequence[float], kind: str) -> Example:
    gold = _gold_of(case, piece) if kind == "answered" else [False] * len(piece.sentences)
    answers = {
        (one.start - piece.shift, one.end - piece.shift)
        for alternative in case.gold
        for one in alternative
        if kind == "answered"
        and one.document_id == piece.document_id
        and one.kind in ("answer_span", "answer_string_match")
        and piece.start <= one.start
        and one.end <= piece.end
    }
    return Example(
        question,
        piece.text,
        piece.sentences,
        tuple(gold),
        tuple(sorted(answers)),
        tuple(round(match, 4) for match in matches),
        case.dataset,
        kind,
        case.id,
    )


def leave_answer_out(example: Example, answers: Sequence[str]) -> Iterator[Example]:
    """Give the example without the sentences that answer, if anything is left and it does not say the answer."""
    text, sentences, matches = example.text[: example.sentences[0][0]], [], []
    for (start, end), gold, match in zip(example.sentences, example.gold, example.matches, strict=True):
        if not gold:
            sentences.append((len(text), len(text) + end - start))
            text += example.text[start:end] + " "
            matches.append(match)
    if sentences and not _says(text, answers):
        yield replace(
            example,
            text=text,
            sentences=tuple(sentences),
            gold=(False,) * len(sentences),
            answers=(),
            matches=tuple(matches),
            kind="answer left out",
        )


_NAME = re.compile(r"(?<![.!?\n] )\b[A-Z][\w’'-]+(?: [A-Z][\w’'-]+){0,3}|\b\d[\d,.]*\d\b")


def exchange_name(case: Case, piece: Piece, chooser: random.Random) -> str | None:
    """Give the question with a name or a number of the chunk exchanged for another one; None where there are not two.

    The new question is about what the chunk speaks of and almost never answered by it.
    """
    names = sorted({name for name in _NAME.findall(piece.text) if name.casefold() not in STOP_WORDS})
    asked = case.question.casefold()
    spoken = [answer.casefold() for answer in case.answers]

    def stands(name: str) -> re.Match[str] | None:
        return re.search(rf"\b{re.escape(name.casefold())}\b", asked)

    there = [name for name in names if stands(name)]
    absent = [
        name
        for name in names
        if not stands(name)
        and not any(name.casefold() in answer or answer in name.casefold() for answer in spoken)
        and not any(part in asked for part in name.casefold().split() if len(part) > 3)
    ]
    chooser.shuffle(there)
    for name in there:
        alike = [one for one in absent if _alike(one, name)]
        place = stands(name)
        if alike and place and len(asked) == len(case.question):
            return f"{case.question[: place.start()]}{chooser.choice(alike)}{case.question[place.end() :]}"
    return None


def _alike(one: str, other: str) -> bool:
    """Whether both are names, or both numbers of as many characters."""
    if other[0].isdigit():
        return one[0].isdigit() and len(one) == len(other)
    return not one[0].isdigit()


def _says(text: str, answers: Sequence[str]) -> bool:
    folded = text.casefold()
    return any(answer.casefold().strip(" .") in folded for answer in answers if answer.strip(" ."))


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    unit: NDArray[np.float32] = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)
    return unit


# Questions that are judged


def make_judged(
    benchmark: Benchmark, *, encoder: Encoder, questions: int, seed: int, characters: int = 6000
) -> list[Example]:
    """Give the chunks of the text that each question was asked about, or of the documents that answer it.

    The chunks of one question have one `group`. Questions about a longer text than `characters` are left out.
    """
    alone = against_own_text(benchmark)
    documents = {one.id: one for one in (*benchmark.documents, *alone.documents)}
    own = {one.collection: one.id for one in alone.documents}
    pooled = [case for case in benchmark.cases if case.document_id is None and len(_documents_of(case)) > 1]
    cases = sorted((*alone.cases, *pooled), key=lambda case: case.id)
    random.Random(seed).shuffle(cases)
    read: dict[str, list[tuple[Piece, EncodedText]]] = {}
    judged: list[Example] = []
    found = 0
    for case in cases:
        names = [own[case.collections[0]]] if case.collections else _documents_of(case)
        if found == questions or sum(len(documents[one].text) for one in names) > characters:
            continue
        for name in names:
            if name not in read:
                pieces = pieces_of(documents[name], encoder)
                read[name] = list(zip(pieces, encoder.encode_tokens([piece.text for piece in pieces]), strict=True))
        asked = encoder.encode_tokens([case.question])[0]
        made = [
            _example(case.question, piece, case, match_sentences(asked, piece, tokens), "answered")
            for name in names
            for piece, tokens in read[name]
        ]
        if not case.answerable or any(any(one.gold) for one in made):
            judged += made
            found += 1
    return judged


def _documents_of(case: Case) -> list[str]:
    return sorted({one.document_id for alternative in case.gold for one in alternative})


# The reader


@dataclass(frozen=True, slots=True)
class Inputs:
    """An example as the reader sees it."""

    token_ids: tuple[int, ...]
    types: tuple[int, ...]
    """0 for tokens of the question, 1 for tokens of the chunk."""
    sentence_of: tuple[int, ...]
    """The sentence that a token belongs to, from 1; 0 for none."""
    answer: tuple[bool, ...]
    """Whether a token belongs to the exact words that answer."""
    example: Example


class Tokens:
    """Examples -> what the reader sees of them."""

    def __init__(self) -> None:
        from tokenizers import Tokenizer

        self._tokenizer: Any = Tokenizer.from_file(str(weights_folder() / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()

    def read(self, example: Example) -> Inputs:
        """Give the tokens of "[CLS] question [SEP] chunk [SEP]", cut at `TOKEN_LIMIT`."""
        question = self._tokenizer.encode(example.question).ids[:QUESTION_TOKENS]
        encoded = self._tokenizer.encode(example.text, add_special_tokens=False)
        room = TOKEN_LIMIT - len(question) - 1
        separator = self._tokenizer.token_to_id("[SEP]")
        if question[-1] != separator:
            question[-1] = separator
        places = encoded.offsets[:room]
        head = len(question)
        return Inputs(
            token_ids=(*question, *encoded.ids[:room], separator),
            types=(*[0] * head, *[1] * (len(places) + 1)),
            sentence_of=(*[0] * head, *(_holder(place, example.sentences) for place in places), 0),
            answer=(*[False] * head, *(_holder(place, example.answers) > 0 for place in places), False),
            example=example,
        )


def _holder(place: tuple[int, int], spans: Sequence[tuple[int, int]]) -> int:
    """The number of the span that holds a token, from 1; 0 for none."""
    return next((number for number, (start, end) in enumerate(spans, 1) if start <= place[0] and place[1] <= end), 0)


def build_reader() -> Any:
    """Give the untrained reader: the encoder's published weights, and heads that say what late interaction says."""
    import torch
    from torch import nn
    from transformers import AutoModel

    class Reader(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.encoder = AutoModel.from_pretrained(
                weights_folder(), local_files_only=True, attn_implementation="eager"
            )
            width = self.encoder.config.hidden_size
            self.slope = nn.Parameter(torch.tensor(SLOPE))
            self.intercept = nn.Parameter(torch.tensor(INTERCEPT))
            self.answer_token = nn.Linear(width, 1)
            self.token = nn.Linear(width, TOKEN_FEATURES)
            self.sentence = nn.Linear(width + TOKEN_FEATURES + 1, 1)
            self.pooled = nn.Linear(2 * width, width)
            self.nothing = nn.Linear(width, 1)
            for head in (self.answer_token, self.sentence, self.nothing):
                nn.init.zeros_(head.weight)
                nn.init.zeros_(head.bias)
            with torch.no_grad():
                self.sentence.weight[0, -1] = 0.3  # the best answering token counts from the start

        def forward(
            self,
            token_ids: torch.Tensor,
            types: torch.Tensor,
            attention: torch.Tensor,
            membership: torch.Tensor,
            matches: torch.Tensor,
        ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
            """Scores of sentences (batch, sentences), of "nothing here answers" (batch,), of tokens (batch, length)."""
            hidden = self.encoder(
                input_ids=token_ids, token_type_ids=types, attention_mask=attention
            ).last_hidden_state.float()
            mean = membership @ hidden / membership.sum(-1, keepdim=True).clamp(min=1)
            tokens = self.answer_token(hidden)
            features = torch.cat([torch.nn.functional.gelu(self.token(hidden)), tokens], -1)
            outside = (1 - membership).unsqueeze(-1) * -30.0
            highest = (features.unsqueeze(1) * membership.unsqueeze(-1) + outside).amax(2)
            learned = self.sentence(torch.cat([mean, highest], -1)).squeeze(-1)
            weights = attention.unsqueeze(-1).float()
            whole = (hidden * weights).sum(1) / weights.sum(1)
            pooled = torch.tanh(self.pooled(torch.cat([hidden[:, 0], whole], -1)))
            return (
                self.slope * matches + self.intercept + learned,
                self.nothing(pooled).squeeze(-1),
                tokens.squeeze(-1),
            )

    return Reader()


def batch_of(inputs: Sequence[Inputs]) -> dict[str, torch.Tensor]:
    """Give the tensors of a batch, padded to its longest text and its largest number of sentences."""
    import torch

    length = max(len(one.token_ids) for one in inputs)
    count = max(len(one.example.sentences) for one in inputs)
    batch = {
        "token_ids": torch.zeros(len(inputs), length, dtype=torch.long),
        "types": torch.zeros(len(inputs), length, dtype=torch.long),
        "attention": torch.zeros(len(inputs), length, dtype=torch.long),
        "membership": torch.zeros(len(inputs), count, length),
        "matches": torch.zeros(len(inputs), count),
        "there": torch.zeros(len(inputs), count, dtype=torch.bool),
        "gold": torch.zeros(len(inputs), count, dtype=torch.bool),
        "answer": torch.zeros(len(inputs), length, dtype=torch.bool),
    }
    for row, one in enumerate(inputs):
        size, sentences = len(one.token_ids), len(one.example.sentences)
        batch["token_ids"][row, :size] = torch.tensor(one.token_ids)
        batch["types"][row, :size] = torch.tensor(one.types)
        batch["attention"][row, :size] = 1
        holders = torch.tensor(one.sentence_of)
        batch["membership"][row, :sentences, :size] = (holders == torch.arange(1, sentences + 1)[:, None]).float()
        batch["matches"][row, :sentences] = torch.tensor(one.example.matches)
        batch["there"][row, :sentences] = batch["membership"][row, :sentences].any(-1)
        batch["gold"][row, :sentences] = torch.tensor(one.example.gold)
        batch["answer"][row, :size] = torch.tensor(one.answer)
    return batch


INPUT_NAMES = ("token_ids", "types", "attention", "membership", "matches")
ANSWER_TOKEN_WEIGHT = 0.5
"""Weight of finding the exact words beside finding the sentence."""


def loss_of(reader: Any, batch: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """Give the loss of a batch: -log of the probability of what answers, or of nothing where nothing does."""
    import torch

    sentences, nothing, tokens = reader(*(batch[name] for name in INPUT_NAMES))
    scores = torch.cat([nothing[:, None], sentences.masked_fill(~batch["there"], -1e4)], 1)
    right = torch.cat([~batch["gold"].any(1, keepdim=True), batch["gold"] & batch["there"]], 1)
    right[:, 0] |= ~right.any(1)  # what answers was cut off
    loss = -(scores.log_softmax(1).masked_fill(~right, -1e4)).logsumexp(1).mean()
    marked = batch["answer"].any(1)
    if marked.any():
        inside = batch["membership"].any(1)
        words = tokens.masked_fill(~inside, -1e4)[marked].log_softmax(1)
        loss = loss + ANSWER_TOKEN_WEIGHT * -(words.masked_fill(~batch["answer"][marked], -1e4)).logsumexp(1).mean()
    return loss


# Training


def train_reader(
    examples: Sequence[Example],
    judged: Mapping[str, Sequence[Example]],
    folder: Path,
    *,
    recipe: Recipe,
    report: Callable[[str], None],
) -> Path:
    """Train a reader and give the path of its best weights, going on from the checkpoint in `folder` if there is one.

    After each `checkpoint_seconds` the checkpoint is replaced; at each fifth of the steps the reader is judged on sets
    that it is not trained on, and the weights with the best figures are kept.
    """
    import torch

    torch.set_num_threads(recipe.threads)
    torch.manual_seed(recipe.seed)
    tokens = Tokens()
    inputs = [tokens.read(example) for example in examples]
    tested = {name: [tokens.read(example) for example in many] for name, many in judged.items()}
    reader = build_reader()
    optimizer = _optimizer(reader, recipe)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, recipe))
    checkpoint, best_path = folder / "checkpoint.pt", folder / "best.pt"
    first, best = 0, -math.inf
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        reader.load_state_dict(state["reader"])
        optimizer.load_state_dict(state["optimizer"])
        schedule.load_state_dict(state["schedule"])
        first, best = state["step"], state["best"]
        report(f"goes on from step {first}")
    batches = batches_of(inputs, recipe)
    saved, began, losses = time.monotonic(), time.monotonic(), []
    for step in range(first, recipe.steps):
        reader.train()
        with torch.autocast("cpu", torch.bfloat16):
            loss = loss_of(reader, batch_of([inputs[index] for index in batches[step % len(batches)]]))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(reader.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        schedule.step()
        losses.append(loss.item())
        if (step + 1) % 20 == 0:
            pace = (time.monotonic() - began) / (step + 1 - first)
            report(f"step {step + 1}/{recipe.steps}  loss {np.mean(losses[-100:]):.4f}  {pace:.2f} s a step")
        last = step + 1 == recipe.steps
        if last or (step + 1) % max(1, recipe.steps // 5) == 0:
            figures = {name: judge(many, score_all(reader, many)) for name, many in tested.items()}
            report(f"step {step + 1}  {json.dumps(figures)}")
            worth = sum(value for one in figures.values() for value in one.values())
            if worth > best:
                best = worth
                torch.save(reader.state_dict(), best_path)
        if last or time.monotonic() - saved > recipe.checkpoint_seconds:
            saved = time.monotonic()
            _save(checkpoint, {
                "reader": reader.state_dict(), "optimizer": optimizer.state_dict(),
                "schedule": schedule.state_dict(), "step": step + 1, "best": best,
            })  # fmt: skip
    return best_path


def _optimizer(reader: Any, recipe: Recipe) -> torch.optim.Optimizer:
    import torch

    for parameter in reader.encoder.embeddings.parameters():
        parameter.requires_grad_(False)
    for layer in reader.encoder.encoder.layer[: recipe.frozen_layers]:
        for parameter in layer.parameters():
            parameter.requires_grad_(False)
    encoder = [one for name, one in reader.named_parameters() if name.startswith("encoder.") and one.requires_grad]
    heads = [one for name, one in reader.named_parameters() if not name.startswith("encoder.")]
    groups = [{"params": encoder, "lr": recipe.rate}, {"params": heads, "lr": recipe.head_rate}]
    return torch.optim.AdamW(groups, weight_decay=0.01)


def _rate(step: int, recipe: Recipe) -> float:
    rising = max(1, int(recipe.warm_up * recipe.steps))
    return min((step + 1) / rising, max(0.0, (recipe.steps - step) / max(1, recipe.steps - rising)))


def _save(path: Path, state: Mapping[str, Any]) -> None:
    import torch

    scratch = path.with_suffix(".new")
    torch.save(dict(state), scratch)
    scratch.replace(path)


def batches_of(inputs: Sequence[Inputs], recipe: Recipe) -> list[list[int]]:
    """Give batches of indices, enough for every step: all examples in drawn order, those of like length together."""
    chooser = random.Random(recipe.seed)
    batches: list[list[int]] = []
    while len(batches) < recipe.steps:
        order = list(range(len(inputs)))
        chooser.shuffle(order)
        part = recipe.batch * 25
        for start in range(0, len(order), part):
            alike = sorted(order[start : start + part], key=lambda index: len(inputs[index].token_ids))
            made = [alike[at : at + recipe.batch] for at in range(0, len(alike), recipe.batch)]
            chooser.shuffle(made)
            batches += made
    return batches[: recipe.steps]


# Judging


@dataclass(frozen=True, slots=True)
class Scored:
    """What the reader says of an example: log odds against "nothing here answers"."""

    sentences: Scores
    answerable: float


def score_all(reader: Any, inputs: Sequence[Inputs]) -> list[Scored]:
    """Give what the reader in PyTorch says of each example."""
    import torch

    reader.eval()
    order = sorted(range(len(inputs)), key=lambda index: len(inputs[index].token_ids))
    scored: dict[int, Scored] = {}
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        for start in range(0, len(order), 16):
            part = order[start : start + 16]
            batch = batch_of([inputs[index] for index in part])
            sentences, nothing, _ = reader(*(batch[name] for name in INPUT_NAMES))
            sentences = sentences.masked_fill(~batch["there"], -1e4) - nothing[:, None]
            whole = sentences.logsumexp(1)
            for row, index in enumerate(part):
                count = len(inputs[index].example.sentences)
                scored[index] = Scored(sentences[row, :count].float().numpy(), float(whole[row]))
    return [scored[index] for index in range(len(inputs))]


def judge(inputs: Sequence[Inputs], scored: Sequence[Scored]) -> dict[str, float]:
    """Give "right first" (the best sentence of a question is gold) and "auroc" (it has an answer), where they apply."""
    groups: dict[str, list[int]] = {}
    for index, one in enumerate(inputs):
        groups.setdefault(one.example.group, []).append(index)
    right, answerable, confidence = [], [], []
    for members in groups.values():
        scores = np.concatenate([scored[index].sentences for index in members])
        gold = [flag for index in members for flag in inputs[index].example.gold]
        answerable.append(any(gold))
        confidence.append(max(scored[index].answerable for index in members))
        if any(gold):
            right.append(gold[int(np.argmax(scores))])
    figures = {"right first": round(float(np.mean(right)), 4)} if right else {}
    if not all(answerable) and any(answerable):
        figures["auroc"] = round(auroc(answerable, confidence), 4)
    return figures


# The exported reader

MOST_STRAY = 0.35
"""Log odds by which int8 may stray from the original on average."""


def export_reader(weights: Path, target: Path, *, samples: Sequence[Example]) -> float:
    """Write the reader as ONNX int8 per channel and give how far it strays from the original, in log odds.

    Its inputs are those of `run_alone`; its outputs "sentences" and "answerable", log odds against "nothing here
    answers". Raises `EvaluationError` when it strays by more than `MOST_STRAY` on average over the samples.
    """
    import warnings

    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic

    reader = build_reader()
    reader.load_state_dict(torch.load(weights, weights_only=True))
    reader.eval()

    class Exported(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.reader = reader

        def forward(
            self, token_ids: torch.Tensor, types: torch.Tensor, membership: torch.Tensor, matches: torch.Tensor
        ) -> tuple[torch.Tensor, torch.Tensor]:
            sentences, nothing, _ = self.reader(token_ids, types, torch.ones_like(token_ids), membership, matches)
            sentences = sentences - nothing[:, None]
            return sentences, sentences.logsumexp(1)

    batch = batch_of([Tokens().read(samples[0])])
    full = target.with_suffix(".full.onnx")
    names = [name for name in INPUT_NAMES if name != "attention"]
    axes = {"token_ids": {1: "length"}, "types": {1: "length"}, "matches": {1: "count"}, "sentences": {1: "count"}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns of its own deprecation; the comparison below decides
        torch.onnx.export(
            Exported(),
            tuple(batch[name] for name in names),
            str(full),
            input_names=names,
            output_names=["sentences", "answerable"],
            dynamic_axes={**axes, "membership": {1: "count", 2: "length"}},
            opset_version=17,
            dynamo=False,
        )
        quantize_dynamic(full, target, per_channel=True, weight_type=QuantType.QInt8)
    full.unlink()
    inputs = [Tokens().read(one) for one in samples]
    small = run_alone(target, inputs)
    strays = float(np.mean([
        abs(one.answerable - other.answerable)
        for one, other in zip(score_all(reader, inputs), small, strict=True)
    ]))  # fmt: skip
    if strays > MOST_STRAY:
        raise EvaluationError(
            f"The exported reader strays from the original by {strays:.3f} log odds on average; {MOST_STRAY} is the "
            "most. Install the versions of onnx, onnxruntime and torch that the lock file names."
        )
    return strays


def run_alone(model: Path, inputs: Sequence[Inputs]) -> list[Scored]:
    """Give what the exported reader says of each example, run by itself, so that no other can change its scores."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    scored = []
    for one in inputs:
        holders = np.array(one.sentence_of)
        numbers = np.arange(1, len(one.example.sentences) + 1)
        sentences, answerable = session.run(
            None,
            {
                "token_ids": np.array([one.token_ids], dtype=np.int64),
                "types": np.array([one.types], dtype=np.int64),
                "membership": (holders == numbers[:, None]).astype(np.float32)[None],
                "matches": np.array([one.example.matches], dtype=np.float32),
            },
        )
        scored.append(Scored(sentences[0], float(answerable[0])))
    return scored
