"""What can be set about answering. Only the doors (`__main__`, `app.py`) read the environment."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AssistantSettings:
    """Settings of an assistant."""

    chunks_read: int = 12
    """Chunks whose every sentence is scored against the question."""
    max_statements: int = 5
    """Statements of an answer, at most."""
    evidence_shown: int = 8
    """Sentences that an answer carries as considered, at most; every cited one is among them."""
    related_shown: int = 3
    """The documents' own questions that are offered beside an answer, at most."""
    max_question_characters: int = 2_000
    """A longer question is not searched; the answer says so."""
    refuse_above_risk: float | None = None
    """Refuse so often that at most this share of answers (0 to 1) goes to questions which the documents do not answer,
    as measured where every second question was one; None for the calibrated default."""
    model_seconds: float = 90.0
    """A chat model may take this long for one answer, then the answer is quoted."""
    model_tokens: int = 1_500
    """Tokens that a chat model may write for one answer, its thinking included."""
