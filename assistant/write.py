"""The answer with a chat model: its sentences as they arrive, each with the evidence that its numbers name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from assistant.errors import WritingError
from assistant.language import one_line
from assistant.listen import listen
from assistant.marks import MarkedSentence, read_marks
from assistant.prompts import (
    EXAMPLES,
    NOT_ANSWERED,
    WRITING,
    WRITING_WITH_OWN_CITATIONS,
    as_data,
    source_of,
    writing_prompt,
)
from assistant.types import Draft, Evidence

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage

MARKUP = re.compile(r"<[a-zA-Z/!]|\]\(|https?://", re.IGNORECASE)
"""What no statement needs: a tag, a link or a picture. Such a sentence rests on nothing, whatever its numbers."""

CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)


def write_drafts(
    question: str, evidence: Sequence[Evidence], *, model: BaseChatModel, seconds: float, characters: int
) -> Iterator[Draft]:
    """What the model writes, sentence by sentence; a sentence without evidence rests on nothing.

    The one draft `NOT_ANSWERED` says that the sentences do not answer. A model that repeats itself is not read on.

    Raises:
        WritingError: the model failed, or did not end within `seconds` or `characters`. What was yielded stands.
    """
    cites = cites_itself(model)
    messages = _messages_with_documents(question, evidence) if cites else _messages(question, evidence)
    written: set[tuple[str, tuple[int, ...]]] = set()
    for sentence in read_marks(_pieces(model, messages, evidence, seconds, characters), shown=len(evidence)):
        words = one_line(sentence.text).casefold()
        if (words, sentence.numbers) in written:
            return
        if not written and words.strip(" .*\"'") == NOT_ANSWERED.casefold():
            yield Draft(NOT_ANSWERED, ())
            return
        written.add((words, sentence.numbers))
        yield Draft(sentence.text, _rests_on(sentence, evidence))


def cites_itself(model: BaseChatModel) -> bool:
    """Whether the model makes citations of documents that it is given as such."""
    return model._llm_type == "anthropic-chat"


def _rests_on(sentence: MarkedSentence, evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    if MARKUP.search(CODE.sub("", sentence.text)):
        return ()
    return tuple(evidence[number - 1] for number in sentence.numbers)


def _messages(question: str, evidence: Sequence[Evidence]) -> list[BaseMessage]:
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

    messages: list[BaseMessage] = [SystemMessage(WRITING)]
    for asked, shown, answer in EXAMPLES:
        messages += [HumanMessage(writing_prompt(asked, shown)), AIMessage(answer)]
    return [*messages, HumanMessage(writing_prompt(question, evidence))]


def _messages_with_documents(question: str, evidence: Sequence[Evidence]) -> list[BaseMessage]:
    """The sentences as documents whose blocks are cited: block `b` of document `d` is one sentence."""
    from langchain_core.messages import HumanMessage, SystemMessage

    documents: list[str | dict[Any, Any]] = [
        {
            "type": "document",
            "title": as_data(title),
            "source": {
                "type": "content",
                "content": [{"type": "text", "text": as_data(one.text)} for one in sentences],
            },
            "citations": {"enabled": True},
        }
        for (_, _, title), sentences in groupby(evidence, key=source_of)
    ]
    asked = {"type": "text", "text": f"Question: {as_data(question)}"}
    return [SystemMessage(WRITING_WITH_OWN_CITATIONS), HumanMessage([*documents, asked])]


def _pieces(
    model: BaseChatModel,
    messages: list[BaseMessage],
    evidence: Sequence[Evidence],
    seconds: float,
    characters: int,
) -> Iterator[str]:
    """The model's words as they come, its own citations as marks among them."""
    cited: list[int] = []
    block: object = None
    for chunk in listen(model, messages, seconds=seconds):
        for part in chunk.content if isinstance(chunk.content, list) else [chunk.content]:
            content = part if isinstance(part, Mapping) else {"text": part}
            if content.get("index") != block:
                yield _as_marks(cited)
                cited, block = [], content.get("index")
            cited += [number for one in _citations(content) for number in _numbers_of(one, evidence)]
            text = content.get("text") if content.get("type", "text") == "text" else ""
            if isinstance(text, str) and text:
                characters -= len(text)
                if characters < 0:
                    raise WritingError("wrote on without end")
                yield text
    yield _as_marks(cited)


def _as_marks(numbers: Sequence[int]) -> str:
    return "".join(f"[{number}]" for number in dict.fromkeys(numbers))


def _citations(content: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Citations in a provider's own form or in LangChain's."""
    found = content.get("citations") or content.get("annotations") or []
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def _numbers_of(citation: Mapping[str, Any], evidence: Sequence[Evidence]) -> list[int]:
    """The numbers of the sentences that a citation names by their places, or else by their words."""
    extras = citation.get("extras")
    places = {**extras, **citation} if isinstance(extras, Mapping) else citation
    document, first, last = (places.get(n) for n in ("document_index", "start_block_index", "end_block_index"))
    if isinstance(document, int) and isinstance(first, int) and isinstance(last, int):
        numbered = enumerate(evidence, start=1)
        sources = [[n for n, _ in sentences] for _, sentences in groupby(numbered, key=lambda pair: source_of(pair[1]))]
        return sources[document][max(0, first) : last] if 0 <= document < len(sources) else []
    words = one_line(str(places.get("cited_text") or ""))
    return [n for n, one in enumerate(evidence, start=1) if words and words in as_data(one.text)]
