"""Does the cited text support the statement?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from assistant.types import Citation, Statement
from knowledge import Document


def verify_statements(
    statements: Iterable[Statement], *, document: Callable[[Citation], Document]
) -> Iterator[Statement]:
    """The statements that rest on words that stand in the documents as cited; the others are withheld.

    A quoted statement is supported when its words are those of its quotes, apart from white space and a heading set
    before them.
    """
    for statement in statements:
        exact = all(document(c).text[c.start : c.end] == c.quote and c.quote for c in statement.citations)
        quoted = " ".join(" ".join(c.quote for c in statement.citations).split())
        if statement.citations and exact and statement.text.endswith(quoted):
            yield statement
