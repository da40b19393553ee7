"""What a reader can say of an answer, as HTML."""

from __future__ import annotations

from html import escape

from assistant.page import texts
from assistant.page.conversation import Exchange
from assistant.records import WORDS_CHARACTERS, Judgement

OF_AN_ANSWER: tuple[Judgement, ...] = ("right", "wrong", "wrong citation", "should have refused")
OF_A_REFUSAL: tuple[Judgement, ...] = ("right", "should have answered")


def render_feedback(exchange: Exchange) -> str:
    """The HTML of the line below an answer; empty while there is no answer to judge.

    It is folded: one line, whether or not something was said, so that nothing moves when an answer is judged.
    """
    if exchange.outcome != "done":
        return ""
    offered = OF_A_REFUSAL if exchange.answer.status == "refused" else OF_AN_ANSWER
    choices = "".join(_choice(judgement, chosen=judgement == exchange.judgement) for judgement in offered)
    said = texts.judged(exchange.judgement) if exchange.judgement else texts.JUDGE
    return (
        f'<details class="feedback" data-feedback="{exchange.number}"><summary class="quiet">{said}</summary>'
        f'<div class="judgements" role="group" aria-label="{texts.JUDGE}">{choices}</div>'
        f'<label class="words"><span>{texts.JUDGE_WORDS}</span>'
        f'<textarea rows="2" maxlength="{WORDS_CHARACTERS}">{escape(exchange.words)}</textarea></label>'
        f'<p class="below">{texts.JUDGE_KEPT}</p></details>'
    )


def _choice(judgement: Judgement, *, chosen: bool) -> str:
    return (
        f'<button type="button" class="suggestion" data-judge="{judgement}" aria-pressed="{str(chosen).lower()}">'
        f"{texts.JUDGEMENTS[judgement]}</button>"
    )
