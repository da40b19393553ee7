"""A library and an assistant that are quick to open and whose every answer is known beforehand."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import replace
from datetime import date
from pathlib import Path
from threading import Event

from assistant.errors import ModelError
from assistant.types import Answer, Citation, Evidence, Statement, Turn, Verdict
from knowledge import (
    Block,
    Document,
    DocumentIdTakenError,
    DocumentNotFoundError,
    DocumentQuestion,
    DocumentSummary,
    LoadError,
    Progress,
    SyncReport,
)

HOSTILE = (
    "<script>window.attacked = true</script><img src=x onerror='window.attacked = true'> "
    "`${window.attacked = true}` {{attacked}}"
)


def make_document(
    name: str,
    title: str,
    blocks: Sequence[tuple[str, str]],
    *,
    author: str | None = None,
    published: date | None = None,
    paged: bool = False,
    origin: str = "/somewhere/on/the/disk",
) -> Document:
    """A document from (kind, text) pairs; `paged` puts a page break after every third block."""
    text, made = "", []
    for place, (kind, words) in enumerate(blocks):
        text += "\n\n" if text else ""
        level = {"heading": 1 if place == 0 else 2, "list item": 1}.get(kind, 0)
        made.append(Block(kind, len(text), len(text) + len(words), level, place // 3 + 1 if paged else None))
        text += words
    digest = hashlib.sha256((title + text).encode()).hexdigest()
    return Document(name, title, text, tuple(made), published, author, digest, origin)


LIGHTHOUSE = make_document(
    "lighthouse.md",
    "How the lighthouse of Fara is powered",
    [
        ("heading", "How the lighthouse of Fara is powered"),
        ("paragraph", "The lighthouse stands on a rock nine kilometres from the coast. No cable reaches it, and the "
         "boat that used to bring diesel came only when the sea was calm."),
        ("heading", "The panels"),
        ("paragraph", "Since 2019 the lamp has run on 48 solar panels. On a clear day in June they deliver 61 "
         "kilowatt hours, four times what the lamp needs in a night."),
        ("paragraph", "What is left over charges a bank of iron phosphate batteries, which can carry the lamp through "
         "nine nights without sun."),
        ("heading", "What can fail"),
        ("list item", "Salt settles on the panels and takes a tenth of their yield within a month."),
        ("list item", "Gulls nest beneath the frames."),
        ("table", "Part: lamp; Spares on the rock: 3."),
        ("table", "Part: charge controller; Spares on the rock: 1."),
        ("table", "Part: panel; Spares on the rock: none."),
        ("code", "if voltage < 44:\n    dim_lamp()  # keeps the light for two more nights"),
        ("heading", "Key Questions"),
        ("heading", "Why was the diesel engine taken out?"),
        ("paragraph", "The diesel engine was taken out because the boat could not bring fuel in winter."),
        ("heading", "How long can the lamp shine without sun?"),
        ("paragraph", "The batteries carry the lamp through nine nights without sun."),
    ],
    author="Ingrid Vale",
    published=date(2024, 3, 18),
)  # fmt: skip

KEEPERS = make_document(
    "reports/keepers.pdf",
    "The last keepers of Fara",
    [
        ("heading", "The last keepers of Fara"),
        ("paragraph", "Two keepers lived on the rock until 1988, in turns of six weeks."),
        ("paragraph", "They wound the clockwork of the lens by hand every four hours."),
        ("heading", "After the keepers"),
        ("paragraph", "A telephone line by radio now reports the state of the lamp to the harbour office each hour."),
        ("paragraph", "The harbour office can dim the lamp, but it cannot put it out."),
        ("heading", "Key Questions"),
        ("heading", "Who watches the lamp now?"),
        ("paragraph", "The harbour office watches the lamp now, by radio."),
    ],
    author="Tom Hale",
    published=date(2021, 11, 2),
    paged=True,
)

HARBOUR = make_document(
    "harbour/fees.txt",
    "Harbour fees explained",
    [
        ("heading", "Harbour fees explained"),
        ("paragraph", "A boat below eight metres pays 14 crowns a night. A longer boat pays two crowns more for each "
         "metre. " * 1),
        ("heading", "What does a night in the harbour cost?"),
        ("paragraph", "A night costs a boat below eight metres 14 crowns."),
        ("heading", "Are there fees in winter?"),
        ("paragraph", "Between November and March the harbour takes no fees."),
    ],
    published=date(2025, 1, 7),
)  # fmt: skip

TRAP = make_document(
    "trap.html",
    f"Trap {HOSTILE}",
    [("heading", f"Heading {HOSTILE}"), ("paragraph", f"The trap springs at noon {HOSTILE}."), ("code", HOSTILE)],
    author=HOSTILE,
)


def find(document: Document, words: str) -> tuple[int, int]:
    """Where words first stand in a document."""
    start = document.text.index(words)
    return start, start + len(words)


def cite(number: int, document: Document, words: str, heading: str | None = None, page: int | None = None) -> Citation:
    """A citation of words of a document."""
    start, end = find(document, words)
    return Citation(
        number, document.id, document.content_hash, start, end, words, document.title, heading, page,
        document.collection, document.published,
    )  # fmt: skip


def evidence_of(document: Document, words: str, heading: str | None = None) -> Evidence:
    """A sentence of a document as evidence."""
    start, end = find(document, words)
    return Evidence(
        document.id, start, end, words, 0.5, document.content_hash, document.collection, document.title, heading
    )


class FakeLibrary:
    """Documents in a dictionary; what is added is one paragraph of plain text."""

    def __init__(self, documents: Iterable[Document], originals: Path | None = None) -> None:
        self._documents = {(document.collection, document.id): document for document in documents}
        self._originals = originals
        self._generation = 1
        self.pause = 0.0
        self.reports: list[SyncReport] = []

    def documents(self) -> list[DocumentSummary]:
        return [
            DocumentSummary(
                d.id, d.collection, d.title, d.published, d.author, d.content_hash, d.origin, len(d.text), 7
            )
            for d in self._documents.values()
        ]

    def document(self, document_id: str, *, collection: str | None = None) -> Document:
        try:
            return self._documents[collection or "default", document_id]
        except KeyError:
            raise DocumentNotFoundError(document_id) from None

    def collections(self) -> list[str]:
        return sorted({collection for collection, _ in self._documents})

    def questions(self) -> list[DocumentQuestion]:
        found = []
        for d in self._documents.values():
            for block, answer in zip(d.blocks, d.blocks[1:], strict=False):
                words = d.text[block.start : block.end]
                if block.kind == "heading" and words.endswith("?"):
                    found.append(
                        DocumentQuestion(d.id, d.collection, words, block.start, block.end, answer.start, answer.end)
                    )
        return found

    def add(
        self,
        path: Path,
        *,
        name: str,
        collection: str = "default",
        progress: Callable[[Progress], None] | None = None,
    ) -> Document:
        if name == "synced.md":
            raise DocumentIdTakenError("'synced.md' comes from the synced folder /notes.")
        if isinstance(path, str):
            if "nowhere" in path:
                raise LoadError(path, "the address does not answer; look at it in a browser")
            document = make_document(path, "A page", [("paragraph", "Words of a page.")], origin=path)
            self.put(replace(document, collection=collection))
            return document
        data = path.read_bytes()
        if not data.strip():
            raise LoadError(str(path), "it is empty; fill it or remove it")
        for done in range(3):
            if progress:
                progress(Progress("embedding", done, 3, name))
            time.sleep(self.pause)
        document = replace(make_document(name, name, [("paragraph", data.decode())]), collection=collection)
        self.put(document)
        return document

    def put(self, document: Document) -> None:
        self._documents[document.collection, document.id] = document
        self._generation += 1

    def remove(self, document_id: str, *, collection: str = "default") -> None:
        del self._documents[collection, document_id]
        self._generation += 1

    def original(self, document_id: str, *, collection: str | None = None) -> Path | None:
        return self._originals if document_id == LIGHTHOUSE.id else None

    def generation(self) -> int:
        return self._generation

    def sync(self, folder: Path, *, progress: Callable[[Progress], None] | None = None) -> SyncReport:
        """Whatever was put into `reports` beforehand."""
        return self.reports.pop() if self.reports else SyncReport()

    def close(self) -> None:
        pass


class FakeAssistant:
    """Answers by key words, slowly enough to be seen; a question with "wait" waits until `go` is set."""

    def __init__(self, library: FakeLibrary, *, pause: float = 0.0) -> None:
        self.library = library
        self.pause = pause
        self.model: str | None = None
        self.go = Event()
        self.histories: list[tuple[Turn, ...]] = []
        self.asked_of: list[Sequence[str] | None] = []
        """The collections that each question and each check was asked of."""

    def stream(
        self, question: str, history: Iterable[Turn] = (), *, collections: Sequence[str] | None = None
    ) -> Iterator[Answer]:
        self.histories.append(tuple(history))
        self.asked_of.append(collections)
        answer = Answer(question)
        yield answer
        words = question.casefold()
        if "wait" in words:
            assert self.go.wait(20)
        if "break" in words:
            raise RuntimeError("a bug")
        answer = replace(answer, evidence=self._evidence(words))
        time.sleep(self.pause)
        yield answer
        statements = self._statements(words)
        if not statements:
            reason = "The documents do not say. They touch on the subject, but no sentence answers the question."
            yield replace(answer, status="refused", reason=reason, confidence=0.08)
            return
        writer = "described" if "about" in words else "model" if self.model else "quoted"
        for count in range(1, len(statements) + 1):
            time.sleep(self.pause)
            answer = replace(answer, statements=statements[:count], written_by=writer, confidence=0.93)
            yield answer
        yield replace(answer, status="answered")

    def with_model(self, model: str | None) -> FakeAssistant:
        if model == "nobody:knows":
            raise ModelError("There is no provider 'nobody'; there are ollama and openai.")
        if model == "broken:package":
            raise RuntimeError("a bug")
        other = copy(self)
        other.model = model
        return other

    def check(self, claim: str, *, collections: Sequence[str] | None = None) -> Verdict:
        self.asked_of.append(collections)
        if "break" in claim:
            raise RuntimeError("a bug")
        if "nothing" in claim:
            return Verdict(claim, "not supported", 0.03, (), "Nothing in the documents comes near.")
        panels = cite(1, LIGHTHOUSE, "Since 2019 the lamp has run on 48 solar panels.", "The panels")
        if "48" in claim:
            return Verdict(claim, "supported", 0.97, (panels,), "It says the same.")
        office = cite(2, KEEPERS, "The harbour office watches the lamp now, by radio.", "Who watches the lamp now?", 3)
        return Verdict(claim, "contradicted", 0.04, (panels, office), "The sentence says 50, the source 48.")

    def _evidence(self, words: str) -> tuple[Evidence, ...]:
        return (
            evidence_of(LIGHTHOUSE, "Since 2019 the lamp has run on 48 solar panels.", "The panels"),
            evidence_of(KEEPERS, "The harbour office can dim the lamp, but it cannot put it out.", "After the keepers"),
            evidence_of(HARBOUR, "A longer boat pays two crowns more for each metre."),
        )

    def _statements(self, words: str) -> tuple[Statement, ...]:
        if "trap" in words:
            cited = [cite(1, TRAP, f"The trap springs at noon {HOSTILE}.", f"Heading {HOSTILE}")]
        elif "uploaded" in words:
            document = self.library.document("note.txt")
            cited = [cite(1, document, document.text)]
        elif "sun" in words or "diesel" in words or "about" in words:
            cited = [
                cite(1, LIGHTHOUSE, "The diesel engine was taken out because the boat could not bring fuel in winter.",
                     "Why was the diesel engine taken out?"),
                cite(2, LIGHTHOUSE, "Since 2019 the lamp has run on 48 solar panels.", "The panels"),
                cite(3, LIGHTHOUSE, "What is left over charges a bank of iron phosphate batteries, which can carry the "
                     "lamp through nine nights without sun.", "The panels"),
                cite(4, KEEPERS, "A telephone line by radio now reports the state of the lamp to the harbour office "
                     "each hour.", "After the keepers", 2),
            ]  # fmt: skip
        else:
            return ()
        return tuple(Statement(one.quote, (one,), 1.0) for one in cited)
