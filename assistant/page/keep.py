"""Keeps what sessions ask and are answered, and brings it back.

A question is answered whether or not it can be kept: where the records fail, the log says so and the session goes on.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from assistant.errors import RecordsError
from assistant.page.conversation import Conversation, Exchange
from assistant.page.visitor import Visitor
from assistant.records import ConversationSummary, RecordedConversation, RecordedExchange, Records

log = logging.getLogger(__name__)


class Keeper:
    """Stands between the sessions and the records; without records, and for a visitor without a key, it does nothing.

    Each conversation is asked for in the name of its visitor, so that nobody is given what is another's.
    """

    def __init__(self, records: Records | None) -> None:
        self._records = records

    def keep(self, conversation: Conversation, exchange: Exchange) -> None:
        """Keep an exchange as it is now; the first makes the conversation known."""
        with self._at_work(conversation.visitor) as records:
            if records is None:
                return
            owner = conversation.visitor.key
            if not conversation.kept_as:
                conversation.kept_as = records.begin(owner, exchange.question)
            version = records.put(owner, conversation.kept_as, _recorded(exchange))
            conversation.version = version if version is not None else conversation.version

    def cut(self, conversation: Conversation, number: int) -> None:
        """Take an exchange and all after it out of what is kept."""
        with self._at_work(conversation.visitor) as records:
            if records is not None and conversation.kept_as:
                version = records.cut(conversation.visitor.key, conversation.kept_as, number)
                conversation.version = version if version is not None else conversation.version

    def judge(self, conversation: Conversation, exchange: Exchange) -> None:
        """Keep what was said of an answer."""
        with self._at_work(conversation.visitor) as records:
            if records is not None and conversation.kept_as:
                records.judge(
                    conversation.visitor.key,
                    conversation.kept_as,
                    exchange.number,
                    exchange.judgement,
                    exchange.words,
                )

    def catch_up(self, conversation: Conversation) -> bool:
        """Whether the conversation went on elsewhere, or was deleted, and is now as it was left there."""
        with self._at_work(conversation.visitor) as records:
            if records is None or not conversation.kept_as:
                return False
            version = records.version(conversation.visitor.key, conversation.kept_as)
            if version == conversation.version:
                return False
            self.resume(conversation, conversation.kept_as)
            return True
        return False

    def resume(self, conversation: Conversation, name: str) -> bool:
        """Whether the session now holds the visitor's conversation of this id; it is emptied where there is none."""
        conversation.clear()
        with self._at_work(conversation.visitor) as records:
            found = records.read(conversation.visitor.key, name) if records is not None else None
            if found is not None:
                conversation.kept_as, conversation.version = found.id, found.version
                conversation.exchanges.extend(map(_exchange, found.exchanges))
        return conversation.kept_as != ""

    def read(self, visitor: Visitor, name: str) -> RecordedConversation | None:
        """The visitor's conversation of this id; None where there is none."""
        with self._at_work(visitor) as records:
            return records.read(visitor.key, name) if records is not None else None
        return None

    def summaries(self, conversation: Conversation, words: str) -> list[ConversationSummary]:
        """The visitor's conversations in which the words stand, the latest first."""
        with self._at_work(conversation.visitor) as records:
            return records.summaries(conversation.visitor.key, words) if records is not None else []
        return []

    def rename(self, conversation: Conversation, name: str, title: str) -> None:
        """Give the visitor's conversation of this id another name."""
        with self._at_work(conversation.visitor) as records:
            if records is not None:
                records.rename(conversation.visitor.key, name, title)

    def delete(self, conversation: Conversation, name: str) -> None:
        """Delete the visitor's conversation of this id."""
        with self._at_work(conversation.visitor) as records:
            if records is not None:
                records.delete(conversation.visitor.key, name)

    @contextmanager
    def _at_work(self, visitor: Visitor) -> Iterator[Records | None]:
        """The records, where this visitor's conversations are kept at all; that they fail is only logged."""
        try:
            yield self._records if visitor.key else None
        except RecordsError as error:
            log.error("A conversation was not kept. %s", error)


def _recorded(exchange: Exchange) -> RecordedExchange:
    return RecordedExchange(
        exchange.number,
        exchange.question,
        exchange.answer,
        exchange.outcome,
        exchange.failure,
        collections=exchange.collections,
        model=exchange.model,
    )


def _exchange(kept: RecordedExchange) -> Exchange:
    """An exchange as it was left; one whose answer never came to an end was stopped."""
    return Exchange(
        kept.number,
        kept.question,
        kept.answer,
        outcome="stopped" if kept.outcome == "working" else kept.outcome,
        failure=kept.failure,
        judgement=kept.judgement,
        words=kept.words,
        collections=kept.collections,
        model=kept.model,
    )
