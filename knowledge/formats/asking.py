"""What a question, and the heading of a section of questions, looks like."""

from __future__ import annotations

import re

_QUESTION_LIMIT = 200  # characters
_INNER_SENTENCE_END = re.compile(r"(?:(?<=\w\w\w)\.|[!?])[\"”’)]? (?=[^\W_a-z])")  # not after "Dr." and "U.S."
_SECTION = re.compile(
    r"\W{0,4}(?:\d{1,2}\.? )?(?:the )?(?:"
    r"(?:key|common|open|reader|readers['’]|your|top|some) questions"
    r"|(?:frequently|commonly) asked questions"
    r"|faqs?|q ?(?:&|and|\+) ?as?|questions (?:and|&) answers|people also ask"
    r")\b(?P<rest>[^.!?]{0,60})\W{0,3}",
    re.IGNORECASE,
)


def is_question(text: str) -> bool:
    """Whether a text is one question and nothing else."""
    return len(text) <= _QUESTION_LIMIT and text.endswith("?") and _INNER_SENTENCE_END.search(text) is None


def is_section_heading(text: str) -> bool:
    """Whether a heading opens a section of questions: "Key Questions", "FAQ", "Questions and answers about orbits"."""
    return len(text) <= _QUESTION_LIMIT and _SECTION.fullmatch(text) is not None
