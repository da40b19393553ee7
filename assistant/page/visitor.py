"""Who is looking at the page, and so which documents and conversations are theirs.

Without a login a visitor is a browser, with one a user. A user's own documents lie in two collections that are named
for the user: one that only the user reads, and one that everyone reads and only the user changes.
"""

from __future__ import annotations

from dataclasses import dataclass

from knowledge import DEFAULT_COLLECTION

PRIVATE, SHARED = "private-", "shared-"
"""How the names of users' collections begin."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whoever an event comes from."""

    key: str = ""
    """Whose conversations are seen; empty for a browser that keeps no cookie, whose conversations are not kept."""
    user: str = ""
    """The name that was signed in with; empty where there is no login."""

    def may_read(self, collection: str) -> bool:
        """Whether documents of a collection may be searched, listed, opened and handed out."""
        return not collection.startswith(PRIVATE) or (self.user != "" and collection == PRIVATE + self.user)

    def may_change(self, collection: str) -> bool:
        """Whether documents of a collection may be added and removed."""
        return collection in self.collections if self.user else not collection.startswith(PRIVATE)

    @property
    def may_sync(self) -> bool:
        """Whether the folder that the page was started with may be read again: it is nobody's who signs in."""
        return not self.user

    @property
    def collections(self) -> tuple[str, ...]:
        """Where documents are added: the first where nothing else was chosen."""
        return (PRIVATE + self.user, SHARED + self.user) if self.user else (DEFAULT_COLLECTION,)


NOBODY = Visitor()
