"""The library as a LangChain retriever."""

from __future__ import annotations

from assistant import LibraryRetriever


def test_each_result_can_be_cited(own_library):
    found = LibraryRetriever(library=own_library, limit=3).invoke("How is Colossus cooled?")
    assert len(found) == 3
    for one in found:
        document = own_library.document(one.metadata["document_id"])
        assert document.text[one.metadata["start"] : one.metadata["end"]] == one.page_content
        assert one.metadata["document_hash"] == document.content_hash


def test_collections_are_honoured(own_library):
    assert LibraryRetriever(library=own_library, collections=("nothing",)).invoke("Colossus") == []
