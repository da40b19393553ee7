"""History and a follow-up -> a question that stands alone."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.language import STOP_WORDS
from assistant.types import Turn

REFERRING = re.compile(
    r"\b(?:it|they|them|he|him|she|her|hers|this|that|these|those|there|the same|such|former|latter)\b", re.IGNORECASE
)
"""Words that may stand for something said before."""

OWNING = re.compile(r"\b(?:its|their|his|her)\b", re.IGNORECASE)
"""The same, unless the question has named the owner itself."""

POINTING = re.compile(
    r"\b(?:this|these|those)\s+(?:article|collection|document|file|librar(?:y|ies)|page|paper|report|site|source|text)s?\b"
    r"|\bthere\s+(?:is|are|was|were|be|been)\b|\b(?:is|are|was|were)\s+there\b|\b(?:does|did|will|would)\s+it\s+take\b",
    re.IGNORECASE,
)
"""Uses of such words that do not: what is at hand, and nothing before."""

CONTINUING = re.compile(r"^(?:and|but|so|or|what about|how about|what else|also|then)\b", re.IGNORECASE)

BARE = re.compile(
    r"^(?:why|how|when|where|who|which|really|since when|how so|how come|how much|how many)\b(?: not)?\W*$",
    re.IGNORECASE,
)
"""Questions of nothing but a question word."""


MOST_LEANING_WORDS = 8
"""A question with more words that carry meaning has its subject in itself."""


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
    begins = question.strip()
    if BARE.match(begins) or CONTINUING.match(begins) or len(begins.split()) <= 2 or not _meaning(question):
        return True
    if len(_meaning(question)) > MOST_LEANING_WORDS:
        return False
    owner = OWNING.search(question)
    names_owner = owner is not None and len(_meaning(question[: owner.start()])) >= 2
    return bool(REFERRING.search(POINTING.sub(" ", question))) or (owner is not None and not names_owner)


def _meaning(text: str) -> list[str]:
    return [word for word in re.findall(r"\w+", text.lower()) if word not in STOP_WORDS]


def _subject(question: str) -> str:
    """The words of a question that carry its subject, in order."""
    kept = [word for word in re.findall(r"[\w$€£%.,'’-]*\w[%]?", question) if word.lower() not in STOP_WORDS]
    return " ".join(dict.fromkeys(kept))
