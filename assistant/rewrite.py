"""History and a follow-up -> a question that stands alone."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.language import STOP_WORDS
from assistant.types import Turn

REFERRING = re.compile(
    r"\b(?:it|its|they|them|their|he|him|his|she|her|hers|this|that|these|those|there|the same|such)\b", re.IGNORECASE
)
"""Words that may stand for something said before."""

POINTING = re.compile(r"\b(?:this|that|these|those|such|the same)\s+\w+|\bthere\s+(?:is|are|was|were|be|been)\b", re.I)
"""Uses of such words that do not: "this article" asks about what is at hand, "there are" about nothing before."""

CONTINUING = re.compile(r"^(?:and|but|so|or|what about|how about|what else|also|then)\b", re.IGNORECASE)

BARE = re.compile(
    r"^(?:why|how|when|where|who|which|really|since when|how so|how come|how much|how many)\b(?: not)?\W*$",
    re.IGNORECASE,
)
"""Questions of nothing but a question word."""


def rewrite_question(question: str, history: Sequence[Turn]) -> str:
    """The question with the subject of the earlier ones where it needs it; as it is where it stands alone."""
    subject = ""
    for turn in history:
        asked = turn.question.strip()
        subject = _stand_alone(asked, subject) if subject else asked
    return _stand_alone(question, subject)


def _stand_alone(question: str, before: str) -> str:
    """A follow-up joined with the question before it; a question with a subject of its own unchanged."""
    if not before or not _leans(question):
        return question
    subject = _subject(before)
    if not subject:
        return question
    return f"{question.rstrip()} ({subject})"


def _leans(question: str) -> bool:
    words = [word for word in re.findall(r"\w+", question.lower()) if word not in STOP_WORDS]
    if BARE.match(question.strip()) or CONTINUING.match(question.strip()) or not words:
        return True
    return bool(REFERRING.search(POINTING.sub(" ", question))) and len(words) <= 8


def _subject(question: str) -> str:
    """The words of a question that carry its subject, in order."""
    kept = [word for word in re.findall(r"[\w$€£%.,'’-]*\w[%]?", question) if word.lower() not in STOP_WORDS]
    return " ".join(dict.fromkeys(kept))
