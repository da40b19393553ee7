"""Chunks by words (BM25), in tantivy. The only file that knows tantivy."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from knowledge.errors import LibraryStorageError

ANALYZER = "words-1"
"""Changes with the analyzer: an index made with another one is made anew."""

HEADING_BOOST = 0.5
"""How much a word counts in the title or a heading, against 1 in the text."""

WRITER_BYTES = 64_000_000

TIES = 50
"""Chunks looked at beyond the limit, because tantivy orders equal scores by when they were written."""


@dataclass(frozen=True, slots=True)
class WordRow:
    """What the index is told about a chunk; of all this it keeps the ids."""

    collection: str
    chunk_id: str
    headings: str
    """Title and headings."""
    text: str


class WordIndex:
    """An inverted index of every chunk's words, stemmed, without case and accents."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        """Open the index in the folder `path`, or make it; read-only, nothing is made, and none holds nothing."""
        import tantivy

        self._path = path
        self._copy: TemporaryDirectory[str] | None = None
        self._read_only = read_only
        self._tantivy: Any = tantivy
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("chunk_id", stored=True, tokenizer_name="raw")
        builder.add_text_field("collection", stored=True, tokenizer_name="raw")
        builder.add_text_field("headings", tokenizer_name=ANALYZER)
        builder.add_text_field("text", tokenizer_name=ANALYZER)
        self._schema: Any = builder.build()
        self._analyzer: Any = self._build_analyzer(stop_words=False)
        self._question_analyzer: Any = self._build_analyzer(stop_words=True)
        self._open()

    def close(self) -> None:
        """Let go of what was copied."""
        if self._copy is not None:
            self._copy.cleanup()

    def add(self, rows: Sequence[WordRow]) -> None:
        """Write chunks, in place of any that had their ids; they can be found when this returns."""
        with self._change() as writer:
            for row in rows:
                writer.delete_documents_by_query(self._chunk(row.collection, row.chunk_id))
                writer.add_document(self._document(row))

    def replace(self, rows: Iterable[WordRow]) -> None:
        """Hold these chunks and no others, as if there had never been others.

        After `remove` tantivy goes on counting removed chunks in how rare a word is and how long a text is, until it
        happens to merge them away, and scores depend on what the index once held. All of 20,000 chunks are written in
        a second.
        """
        with self._change() as writer:
            writer.delete_all_documents()
            for row in sorted(rows, key=lambda row: (row.collection, row.chunk_id)):
                writer.add_document(self._document(row))

    def remove(self, collection: str, chunk_ids: Iterable[str]) -> None:
        """Forget chunks; unknown ones are no error."""
        with self._change() as writer:
            for chunk_id in chunk_ids:
                writer.delete_documents_by_query(self._chunk(collection, chunk_id))

    def clear(self) -> None:
        """Forget everything."""
        with self._change() as writer:
            writer.delete_all_documents()

    def ids(self) -> set[tuple[str, str]]:
        """(collection, chunk id) of every chunk."""
        searcher = self._index.searcher()
        if searcher.num_docs == 0:
            return set()
        hits = searcher.search(self._tantivy.Query.all_query(), limit=searcher.num_docs).hits
        return {self._row(searcher, address) for _, address in hits}

    def count(self) -> int:
        """Number of chunks."""
        return int(self._index.searcher().num_docs)

    def search(self, question: str, collections: Iterable[str], limit: int) -> list[tuple[str, str, float]]:
        """Chunks that share words with the question as (collection, chunk id, BM25 score), best first."""
        query = self._question(question, collections)
        if query is None:
            return []
        searcher = self._index.searcher()
        hits = searcher.search(query, limit=limit + TIES).hits
        found = [(*self._row(searcher, address), float(score)) for score, address in hits]
        # equal scores are ordered by id, so that the same question finds the same chunks
        return sorted(found, key=lambda row: (-row[2], row[0], row[1]))[:limit]

    def refresh(self) -> None:
        """See what another process has written."""
        self._open()

    def _question(self, question: str, collections: Iterable[str]) -> Any:
        query, occur = self._tantivy.Query, self._tantivy.Occur
        words = self._question_analyzer.analyze(question) or self._analyzer.analyze(question)
        words = list(dict.fromkeys(words))
        if not words:
            return None
        terms = []
        for word in words:
            terms.append((occur.Should, query.term_query(self._schema, "text", word)))
            heading = query.term_query(self._schema, "headings", word)
            terms.append((occur.Should, query.boost_query(heading, HEADING_BOOST)))
        within = [
            (occur.Should, query.term_query(self._schema, "collection", collection)) for collection in collections
        ]
        filtered = query.boost_query(query.const_score_query(query.boolean_query(within), 1.0), 0.0)
        return query.boolean_query([(occur.Must, query.boolean_query(terms)), (occur.Must, filtered)])

    def _document(self, row: WordRow) -> Any:
        return self._tantivy.Document(
            chunk_id=row.chunk_id, collection=row.collection, headings=row.headings, text=row.text
        )

    def _chunk(self, collection: str, chunk_id: str) -> Any:
        query, occur = self._tantivy.Query, self._tantivy.Occur
        return query.boolean_query(
            [
                (occur.Must, query.term_query(self._schema, "chunk_id", chunk_id)),
                (occur.Must, query.term_query(self._schema, "collection", collection)),
            ]
        )

    def _row(self, searcher: Any, address: Any) -> tuple[str, str]:
        document = searcher.doc(address)
        return document.get_first("collection"), document.get_first("chunk_id")

    def _open(self) -> None:
        folder = self._path / ANALYZER
        with self._explained():
            if self._read_only and folder.exists() and not os.access(folder, os.W_OK):
                self.close()  # tantivy writes a lock file even to read: it is given a copy
                self._copy = TemporaryDirectory(prefix="key-questions-", ignore_cleanup_errors=True)
                folder = Path(shutil.copytree(folder, Path(self._copy.name) / ANALYZER, copy_function=shutil.copyfile))
                folder.chmod(0o700)
            if self._read_only and not self._tantivy.Index.exists(str(folder)):
                index = self._tantivy.Index(self._schema)  # in memory
            else:
                if not self._read_only:
                    folder.mkdir(parents=True, exist_ok=True)
                index = self._tantivy.Index(self._schema, path=str(folder))
            index.register_tokenizer(ANALYZER, self._analyzer)
        self._index: Any = index

    @contextmanager
    def _change(self) -> Iterator[Any]:
        """A writer whose work can be found when the block ends."""
        with self._explained():
            with self._index.writer(WRITER_BYTES, 1) as writer:
                yield writer
                writer.commit()
            self._index.reload()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Say what tantivy's errors mean."""
        try:
            yield
        except (ValueError, OSError) as error:
            raise LibraryStorageError(
                f"The words in {self._path} cannot be read or written ({error}). Look for room on the disk and for "
                "leave to write, then do it again; if it stays, delete that folder, and it is made anew."
            ) from error

    def _build_analyzer(self, *, stop_words: bool) -> Any:
        kind = self._tantivy.Filter
        builder = self._tantivy.TextAnalyzerBuilder(self._tantivy.Tokenizer.simple())
        builder = builder.filter(kind.remove_long(60)).filter(kind.lowercase()).filter(kind.ascii_fold())
        if stop_words:
            builder = builder.filter(kind.stopword("english"))
        return builder.filter(kind.stemmer("english")).build()
