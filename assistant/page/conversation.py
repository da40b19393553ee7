"""What one visit to the page has asked and been answered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from assistant.types import Answer, Citation, Evidence, Turn

Outcome = Literal["working", "done", "stopped", "failed"]

HISTORY = 6
"""Answered exchanges that go with a follow-up: what "it" and "they" refer to is hardly ever further back."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and what has become of it."""

    number: int
    """Its place in the conversation, from 1."""
    question: str
    answer: Answer
    outcome: Outcome = "working"
    doing: str = ""
    """What is being done, in words, where the answer itself does not show it."""
    failure: str | None = None
    """Why there is no answer, in words, when the outcome is "failed"."""


class Conversation:
    """The exchanges of one session, and only what the server itself put there.

    Whatever a browser asks to see is looked up here, so that a session can open only what its own answers cite.
    """

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []
        self.opened = 0
        """How many times the source panel was opened; makes each opening a new one for the browser."""
        self.revision = 0
        """How many changes were sent to the browser, which drops one that comes after a later one."""

    def begin(self, question: str) -> Exchange:
        """A new exchange, at the end."""
        exchange = Exchange(len(self.exchanges) + 1, question, Answer(question))
        self.exchanges.append(exchange)
        return exchange

    def again(self) -> Exchange | None:
        """The last exchange, begun anew; None where there is none."""
        if not self.exchanges:
            return None
        last = self.exchanges.pop()
        return self.begin(last.question)

    def update(self, before: Exchange, after: Exchange) -> bool:
        """Whether `after` took the place of `before`; not so when that was stopped or cleared meanwhile."""
        place = before.number - 1
        if place >= len(self.exchanges) or self.exchanges[place] is not before:
            return False
        self.exchanges[place] = after
        return True

    def stop(self) -> Exchange | None:
        """The exchange that was being answered, now stopped; None where nothing was."""
        if not self.exchanges or self.exchanges[-1].outcome != "working":
            return None
        self.exchanges[-1] = replace(self.exchanges[-1], outcome="stopped")
        return self.exchanges[-1]

    def clear(self) -> None:
        """Forget every exchange."""
        self.exchanges.clear()

    def history(self) -> tuple[Turn, ...]:
        """The latest exchanges that were brought to an end, oldest first."""
        ended = [exchange for exchange in self.exchanges if exchange.answer.status is not None]
        return tuple(Turn(exchange.question, exchange.answer.text) for exchange in ended[-HISTORY:])

    def citations(self, exchange: int) -> tuple[Citation, ...]:
        """The citations of an exchange's answer, by number; empty where there is no such exchange."""
        return self.exchanges[exchange - 1].answer.citations if 0 < exchange <= len(self.exchanges) else ()

    def evidence(self, exchange: int) -> tuple[Evidence, ...]:
        """The evidence of an exchange's answer, best first; empty where there is no such exchange."""
        return self.exchanges[exchange - 1].answer.evidence if 0 < exchange <= len(self.exchanges) else ()

    def asked(self) -> frozenset[str]:
        """The questions asked so far, case folded."""
        return frozenset(exchange.question.casefold() for exchange in self.exchanges)
