"""Pages of the originals as pictures, drawn when they are first looked at and kept for a while."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock
from typing import TYPE_CHECKING

from assistant.page.source import Quote
from knowledge import Document, DocumentNotFoundError, PagePicture, Span

if TYPE_CHECKING:
    from knowledge import Library

KEPT_BYTES = 32 * 2**20
"""Of pictures that are kept: about a hundred pages of print."""

Place = tuple[str, str, str, int]
"""Collection, id and content hash of a document, and the number of its page."""


class Pictures:
    """Draws pages. The browser asks for a picture a moment after the panel did, so the latest are kept."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Place, bytes] = OrderedDict()
        self._lock = Lock()

    def draw(
        self, library: Library, document: Document, number: int | None, quotes: Sequence[Quote]
    ) -> PagePicture | None:
        """A page with boxes for the quotes; without a number the page on which the first of them stands."""
        spans = [Span(quote.start, quote.end) for quote in quotes]
        try:
            picture = library.picture(document.id, number, spans=spans, collection=document.collection)
        except DocumentNotFoundError:
            return None
        if picture is not None:
            self._keep((document.collection, document.id, document.content_hash, picture.number), picture.png)
        return picture

    def png(self, library: Library, document: Document, number: int) -> bytes | None:
        """The picture of a page; None where there is none."""
        place = (document.collection, document.id, document.content_hash, number)
        with self._lock:
            kept = self._kept.get(place)
        if kept is not None:
            return kept
        picture = self.draw(library, document, number, ())
        return picture.png if picture is not None else None

    def _keep(self, place: Place, png: bytes) -> None:
        with self._lock:
            self._kept[place] = png
            self._kept.move_to_end(place)
            while len(self._kept) > 1 and sum(map(len, self._kept.values())) > KEPT_BYTES:
                self._kept.popitem(last=False)
