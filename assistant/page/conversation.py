"""What one visit to the page has asked and been answered."""

from __future__ import annotations

from dataclasses import dataclass, replace

from assistant.page.documents import Upload
from assistant.page.opening import Answerer
from assistant.page.visitor import NOBODY, Visitor
from assistant.records import Judgement, Outcome
from assistant.types import Answer, Citation, Evidence, Turn, Verdict

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
    judgement: Judgement | None = None
    words: str = ""
    """What was said beside the judgement."""
    collections: tuple[str, ...] | None = None
    """What it was asked of, by name; None for all that its visitor may read."""
    model: str = ""
    """The chat model that wrote the answer, by name and never by address; empty where none did, or none is known."""


@dataclass(frozen=True, slots=True)
class ChosenModel:
    """The chat model that was chosen for a session."""

    model: str
    """Its name; empty where quoting was chosen."""
    assistant: Answerer


class Conversation:
    """The exchanges of one session, and only what the server itself put there.

    Whatever a browser asks to see is looked up here, so that a session can open only what its own answers cite.
    """

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []
        self.verdict: Verdict | None = None
        """Of the sentence that was checked last; it belongs to no exchange and is not kept."""
        self.uploads: list[Upload] = []
        """What became of what was added last, until something else is or it is dismissed."""
        self.visitor: Visitor = NOBODY
        """Whose it is, and so which documents it may be answered from."""
        self.chosen: ChosenModel | None = None
        """The model that writes its answers; None while it is the one that the page was started with."""
        self.kept_as = ""
        """Its id in the records; empty while it is not kept there."""
        self.version = 0
        """Its version in the records as far as this session knows: another window may have gone on with it."""
        self.opened = 0
        """How many times the source panel was opened; makes each opening a new one for the browser."""
        self.listings = 0
        """How many times the list of conversations was made."""
        self.revision = 0
        """How many changes were sent to the browser, which drops one that comes after a later one."""

    def belong_to(self, visitor: Visitor) -> None:
        """Be `visitor`'s, emptied where it was another's."""
        if self.visitor != visitor:
            self.clear()
            self.uploads = []
            self.verdict = self.chosen = None
            self.visitor = visitor

    def begin(self, question: str) -> Exchange:
        """A new exchange, at the end."""
        exchange = Exchange(len(self.exchanges) + 1, question, Answer(question))
        self.exchanges.append(exchange)
        return exchange

    def cut(self, number: int) -> Exchange | None:
        """The exchange of a number, taken out with all that came after it; None where there is none."""
        if not 0 < number <= len(self.exchanges):
            return None
        exchange = self.exchanges[number - 1]
        del self.exchanges[number - 1 :]
        return exchange

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
        """Be a new conversation, without exchanges."""
        self.exchanges.clear()
        self.kept_as, self.version = "", 0

    def judge(self, number: int, judgement: Judgement | None, words: str) -> Exchange | None:
        """The exchange of a number with what was said of it; None where there is none, or no answer yet."""
        if not 0 < number <= len(self.exchanges) or self.exchanges[number - 1].outcome == "working":
            return None
        judged = replace(self.exchanges[number - 1], judgement=judgement, words=words)
        self.exchanges[number - 1] = judged
        return judged

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
