"""A chat model that plays a script: what a model may say and how it may fail, without a model."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.chat_models import generate_from_stream
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import ConfigDict, Field


class ScriptedChatModel(BaseChatModel):
    """Says what stands in `script`, one part after another, and keeps what it was asked.

    A text is a chunk; a list is a chunk of content blocks; a number is a pause in seconds; an exception is raised.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    script: Sequence[str | list[dict[str, Any]] | float | Exception] = ()
    endless: bool = False
    """Whether the script begins anew when it is over."""
    kind: str = "scripted"
    """What it passes for: "anthropic-chat" is a model that makes citations itself."""
    asked: list[list[BaseMessage]] = Field(default_factory=list)
    """The messages of each call."""

    @property
    def _llm_type(self) -> str:
        return self.kind

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **options: Any,
    ) -> Iterator[ChatGenerationChunk]:
        self.asked.append(messages)
        playing = True
        while playing:
            for part in self.script:
                if isinstance(part, Exception):
                    raise part
                if isinstance(part, (int, float)):
                    time.sleep(part)
                else:
                    yield ChatGenerationChunk(
                        message=AIMessageChunk(content=list(part) if isinstance(part, list) else part)
                    )
            playing = self.endless

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **options: Any,
    ) -> ChatResult:
        return generate_from_stream(self._stream(messages, stop, run_manager, **options))
