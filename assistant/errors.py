"""Errors of the assistant. Each names what is wrong and the mend, and never holds a key.

KnowledgeError
└── AssistantError
    ├── ModelError      a chat model cannot be opened: unknown provider, missing package, missing key, bad address
    ├── RecordsError    the file of conversations cannot be read or written
    └── WritingError    a chat model was asked and failed: refused, unreachable, too slow, without end
"""

from __future__ import annotations

from knowledge import KnowledgeError


class AssistantError(KnowledgeError):
    """Anything that the assistant reports to its user; the doors show it as they show the library's errors."""


class ModelError(AssistantError):
    """A chat model cannot be opened."""


class RecordsError(AssistantError):
    """The records cannot be read or written."""


class WritingError(AssistantError):
    """A chat model was asked and failed; the message is a clause that follows "the chat model"."""
