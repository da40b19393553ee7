"""The settings of a session as HTML: who writes its answers."""

from __future__ import annotations

from html import escape

from assistant.page import texts

MODEL_LIMIT = 300
"""Characters of a model's name with its server's address."""


def render_settings(model: str, *, typed: str = "", problem: str = "", offered: str = "", free: bool = False) -> str:
    """The HTML of the settings; `model` is the one that writes now, empty where answers are quoted.

    Where visitors are not `free` to name a model there is no choice but `offered`, the one that the page was started
    with; empty where there is none. `typed` is the name that a `problem` is about.
    """
    now = texts.written_by(model) if model else texts.MODEL_NONE
    shown = f'<h3>{texts.MODEL_HEADING}</h3><p class="now" role="status">{escape(now)}</p>'
    if not (free or offered):
        return shown + f'<p class="below">{texts.MODEL_NOT_OFFERED}</p>'
    value = typed or model or offered
    wrong = f'<p class="wrong" role="alert" id="model-problem">{escape(problem)}</p>' if problem else ""
    described = "model-form model-problem" if problem else "model-form"
    using = f'<button type="button" class="primary" data-model>{texts.MODEL_USE}</button>'
    using = using if free or model != offered else ""
    quoting = f'<button type="button" class="secondary" data-quote>{texts.MODEL_QUOTE}</button>' if model else ""
    return (
        f'{shown}<label class="model"><span>{texts.MODEL}</span><input type="text" value="{escape(value)}" '
        f'maxlength="{MODEL_LIMIT}" placeholder="{texts.MODEL_PLACEHOLDER}" autocomplete="off" autocapitalize="none" '
        f'spellcheck="false" aria-describedby="{described}"{"" if free else " readonly"}></label>{wrong}'
        f'<p class="below" id="model-form">{texts.MODEL_FORM if free else texts.MODEL_OFFERED}</p>'
        f'<div class="choices">{using}{quoting}</div><p class="below">{texts.MODEL_MEANING}</p>'
    )
