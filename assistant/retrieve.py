"""A question -> the chunks that may answer it, as a LangChain retriever over a library."""

from __future__ import annotations

from collections.abc import Sequence

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document as LangChainDocument
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from knowledge import Hit, Library


class LibraryRetriever(BaseRetriever):
    """A library as any LangChain program takes it.

    Each result holds a chunk's text, its id, and as metadata what is needed to cite it: `document_id`,
    `document_hash`, `collection`, `start`, `end`, `title`, `headings`, `page` and `score`.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    library: Library
    limit: int = 10
    collections: tuple[str, ...] | None = None

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[LangChainDocument]:
        return [
            LangChainDocument(
                id=hit.chunk_id,
                page_content=hit.text,
                metadata={
                    "document_id": hit.document_id,
                    "document_hash": hit.document_hash,
                    "collection": hit.collection,
                    "start": hit.start,
                    "end": hit.end,
                    "title": hit.title,
                    "headings": list(hit.headings),
                    "page": hit.page,
                    "score": hit.score,
                },
            )
            for hit in self.library.search(query, limit=self.limit, collections=self.collections)
        ]


def retrieve_hits(question: str, *, library: Library, collections: Sequence[str] | None, limit: int) -> list[Hit]:
    """The chunks nearest to the question, best first."""
    return library.search(question, limit=limit, collections=collections)
