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
    from assistant.errors import ModelError
    from assistant.retrieve import LibraryRetriever
    from assistant.scripted import ScriptedChatModel
    from assistant.settings import AssistantSettings
    from assistant.types import Answer, Citation, Conflict, Evidence, Question, Statement, Step, Turn, Verdict

_HOME = {
    "Answer": "types",
    "Assistant": "chain",
    "AssistantSettings": "settings",
    "Citation": "types",
    "Conflict": "types",
    "Evidence": "types",
    "LibraryRetriever": "retrieve",
    "ModelError": "errors",
    "Question": "types",
    "ScriptedChatModel": "scripted",
    "Statement": "types",
    "Step": "types",
    "Turn": "types",
    "Verdict": "types",
}

__all__ = [
    "Answer",
    "Assistant",
    "AssistantSettings",
    "Citation",
    "Conflict",
    "Evidence",
    "LibraryRetriever",
    "ModelError",
    "Question",
    "ScriptedChatModel",
    "Statement",
    "Step",
    "Turn",
    "Verdict",
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
