"""Questions answered from a library of documents, every sentence with the exact words it rests on.

assistant = Assistant(library)
answer = assistant.ask("Why did the company buy its supplier?")
answer.text       # "... [1] ... [2]"
answer.citations  # the quotes, with their places
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assistant.chain import Assistant
    from assistant.retrieve import LibraryRetriever
    from assistant.settings import AssistantSettings
    from assistant.types import Answer, Citation, Evidence, Question, Statement, Step, Turn

_HOME = {
    "Answer": "types",
    "Assistant": "chain",
    "AssistantSettings": "settings",
    "Citation": "types",
    "Evidence": "types",
    "LibraryRetriever": "retrieve",
    "Question": "types",
    "Statement": "types",
    "Step": "types",
    "Turn": "types",
}

__all__ = [
    "Answer",
    "Assistant",
    "AssistantSettings",
    "Citation",
    "Evidence",
    "LibraryRetriever",
    "Question",
    "Statement",
    "Step",
    "Turn",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that importing the package costs nothing."""
    if name not in _HOME:
        raise AttributeError(f"module 'assistant' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"assistant.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
