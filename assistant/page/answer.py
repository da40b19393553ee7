"""An exchange as HTML: the question, then its answer, its refusal, or how far it is.

Everything that comes from a document, a question or a model passes `escape`; the markup around it is written here.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from assistant.language import one_line
from assistant.page import icons, texts
from assistant.page.conversation import Exchange
from assistant.page.documents import collection_name
from assistant.page.feedback import render_feedback
from assistant.page.visitor import NOBODY, Visitor
from assistant.types import Answer, Citation, Conflict, Evidence, Statement

KEPT_TOGETHER = 24
"""Characters of a last word that stays on one line with its chips: more would not fit a narrow phone."""

NEAREST = 3
"""Sentences shown with a refusal: enough to see what the documents do hold, few enough to read."""


def render_exchange(exchange: Exchange, suggestions: Sequence[str] = (), visitor: Visitor = NOBODY) -> str:
    """The HTML of an exchange as `visitor` sees it; `suggestions` are questions to ask next."""
    return (
        f'<div class="question"><button type="button" class="icon" data-edit="{exchange.number}" '
        f'aria-label="{texts.EDIT}" title="{texts.EDIT}">{icons.RENAME}</button>'
        f'<span role="heading" aria-level="2">{escape(exchange.question)}</span></div>{_asked_of(exchange, visitor)}'
        f'<div class="answer">{_body(exchange)}{render_feedback(exchange)}{_ask_next(suggestions)}</div>'
    )


def markdown(answer: Answer) -> str:
    """An answer as Markdown with its references, to be copied."""
    references = "\n".join(f"[{citation.number}] {_reference(citation)}" for citation in answer.citations)
    return f"{answer.text}\n\n{references}\n" if references else f"{answer.text}\n"


def where(title: str, heading: str | None, page: int | None) -> str:
    """A place in a document, in words: title, heading and page as far as there are any."""
    parts = [title, heading if heading != title else None, texts.page(page) if page is not None else None]
    return " · ".join(part for part in parts if part)


def where_and_when(citation: Citation) -> str:
    """The place that a citation was taken from, and its document's date where it has one."""
    place = where(citation.title, citation.heading, citation.page)
    return f"{place}, {texts.day(citation.published)}" if citation.published else place


def said_beside(answer: Answer) -> list[str]:
    """What is said beside the statements: those that were withheld, and how the answer came to be."""
    said = [texts.withheld(answer.withheld) if answer.withheld else "", answer.note or ""]
    return [one for one in said if one]


def _body(exchange: Exchange) -> str:
    answer = exchange.answer
    if exchange.outcome == "failed":
        return f'<p class="notice">{escape(exchange.failure or texts.FAILED)}</p>{_actions(exchange)}'
    if answer.status == "refused":
        return _refusal(exchange)
    statements = _asked_as(exchange) + _statements(exchange)
    if exchange.outcome == "working":
        return statements + _progress(exchange)
    stopped = f'<p class="notice">{texts.STOPPED}</p>' if exchange.outcome == "stopped" else _byline(answer)
    foot = f'<div class="foot">{stopped}{_actions(exchange)}</div>'
    return statements + _conflicts(exchange) + _beside(answer) + foot + _sources(exchange) + _why(exchange)


def progress_of(exchange: Exchange) -> str:
    """What is being done for an exchange, in words; empty once nothing is."""
    answer = exchange.answer
    if exchange.outcome != "working":
        return ""
    if exchange.doing:
        return exchange.doing
    if answer.statements:
        return texts.CHECKING
    documents = {(evidence.collection, evidence.document_id) for evidence in answer.evidence}
    return texts.reading(len(answer.evidence), len(documents)) if documents else texts.SEARCHING


def _progress(exchange: Exchange) -> str:
    answer = exchange.answer
    first = answer.evidence[0].text if answer.evidence and not answer.statements else ""
    return f'<p class="progress"><span class="pulse" aria-hidden="true"></span>{escape(progress_of(exchange))}</p>' + (
        f'<p class="first-evidence">{escape(first)}</p>' if first else ""
    )


def _statements(exchange: Exchange) -> str:
    answer = exchange.answer
    if not answer.statements:
        return ""
    if answer.written_by == "described":
        items = "".join(f"<li>{_statement(exchange, one, ask=True)}</li>" for one in answer.statements)
        return f'<ul class="statements">{items}</ul>'
    sentences = " ".join(_statement(exchange, one) for one in answer.statements)
    return f'<p class="statements">{sentences}</p>'


def _statement(exchange: Exchange, statement: Statement, *, ask: bool = False) -> str:
    """A statement and its chips, the first of them never on a line of its own; with `ask`, a question asks itself."""
    chips = "".join(_chip(exchange.number, citation) for citation in statement.citations)
    if ask and statement.text.endswith("?"):
        words = escape(statement.text)
        return f'<button type="button" class="statement asks" data-ask="{words}">{words}</button> {chips}'
    text, answering = statement.text, _words_that_answer(exchange.answer, statement)
    cut = text.rfind(" ") + 1
    cut = len(text) if len(text) - cut > KEPT_TOGETHER else cut
    before, last = _with_strong(text, 0, cut, answering), _with_strong(text, cut, len(text), answering)
    return f'<span class="statement">{before}<span class="end">{last}{chips}</span></span>'


def _words_that_answer(answer: Answer, statement: Statement) -> tuple[int, int]:
    """Where the name, figure or date stands in a quoted statement that answers; (0, 0) where there is none to show."""
    if answer.written_by != "quoted" or len(statement.citations) != 1:
        return 0, 0
    (cited,) = statement.citations
    source = (cited.collection, cited.document_id)
    for one in answer.evidence:
        inside = (one.collection, one.document_id) == source and cited.start <= one.start and one.end <= cited.end
        if inside and one.answer is not None:
            words = cited.quote[one.answer.start - cited.start : one.answer.end - cited.start]
            if not any(letter.isupper() or letter.isdigit() for letter in words):
                continue
            prefix = len(statement.text) - len(one_line(cited.quote))  # a heading may stand before the quote
            start = prefix + len(one_line(cited.quote[: one.answer.start - cited.start] + "|")) - 1
            return start, start + len(one_line(words))
    return 0, 0


def _with_strong(text: str, start: int, end: int, strong: tuple[int, int]) -> str:
    """`text[start:end]`, escaped, with what lies in `strong` set off."""
    first, last = (min(max(edge, start), end) for edge in strong)
    middle = f"<strong>{escape(text[first:last])}</strong>" if first < last else ""
    return f"{escape(text[start:first])}{middle}{escape(text[last:end])}"


def _chip(exchange: int, citation: Citation) -> str:
    place = where(citation.title, citation.heading, citation.page)
    return (
        f'<button type="button" class="chip" data-open="citation/{exchange}/{citation.number}" '
        f'aria-describedby="tip" data-place="{escape(place)}" data-quote="{escape(citation.quote)}" '
        f'aria-label="{escape(texts.citation_label(citation.number, place))}">{citation.number}</button>'
    )


def _asked_as(exchange: Exchange) -> str:
    """The question that was searched where it is another than the one asked, with a way to correct it."""
    searched = exchange.answer.standalone_question.strip()
    if not searched or searched.casefold() == exchange.question.strip().casefold():
        return ""
    words = escape(searched)
    return (
        f'<details class="asked-as"><summary>{texts.ASKED_AS} <q>{words}</q></summary><div class="correct">'
        f'<input type="text" value="{words}" maxlength="{texts.QUESTION_LIMIT}" aria-label="{texts.CORRECT_LABEL}">'
        f'<button type="button" class="secondary" data-ask="{words}">{texts.CORRECT}</button></div></details>'
    )


def _asked_of(exchange: Exchange, visitor: Visitor) -> str:
    """The collections that the question was asked of, where those were not all."""
    if exchange.collections is None:
        return ""
    names = [collection_name(name, visitor) for name in exchange.collections]
    return f'<p class="asked-of below">{escape(texts.asked_of(names))}</p>'


def _conflicts(exchange: Exchange) -> str:
    """The cited sentences that differ, side by side, with the words in which they do."""
    return "".join(_conflict(exchange.number, one) for one in exchange.answer.conflicts)


def _conflict(exchange: int, conflict: Conflict) -> str:
    first, second = conflict.first, conflict.second
    one_source = (first.collection, first.document_id) == (second.collection, second.document_id)
    sides = _side(exchange, first, conflict.first_words) + _side(exchange, second, conflict.second_words)
    title = texts.DIFFERS if one_source else texts.DIFFER
    return f'<section class="differ" aria-label="{title}"><h3>{title}</h3><ul>{sides}</ul></section>'


def _side(exchange: int, citation: Citation, words: tuple[int, int]) -> str:
    start, end = words
    before, differing, after = citation.quote[:start], citation.quote[start:end], citation.quote[end:]
    day = texts.day(citation.published) if citation.published else ""
    place = " · ".join(part for part in (citation.title, day) if part)
    return (
        f"<li><q>{escape(before)}<mark>{escape(differing)}</mark>{escape(after)}</q>{_chip(exchange, citation)}"
        f'<span class="below">{escape(place)}</span></li>'
    )


def _beside(answer: Answer) -> str:
    return "".join(f'<p class="notice beside">{escape(one)}</p>' for one in said_beside(answer))


def _byline(answer: Answer) -> str:
    by, meaning = texts.WRITERS[answer.written_by or "quoted"]
    confidence, share = texts.confidence(answer.confidence), texts.confidence_meaning(answer.confidence)
    return f'<p class="byline">{_explained(by, meaning)} · {_explained(confidence, share)}</p>'


def _explained(words: str, meaning: str) -> str:
    """Words that say what they mean when the pointer or the focus is on them."""
    meant = f'aria-describedby="tip" data-tip="{escape(meaning)}"'
    return f'<button type="button" class="explained" {meant}>{escape(words)}</button>'


def _actions(exchange: Exchange) -> str:
    copy = (
        f'<button type="button" class="quiet" data-copy="{escape(markdown(exchange.answer))}" '
        f'data-copied="{texts.COPIED}">{texts.COPY}</button>'
        if exchange.answer.statements and exchange.outcome == "done"
        else ""
    )
    again = f'<button type="button" class="quiet" data-retry="{exchange.number}">{texts.RETRY}</button>'
    return f'<div class="actions">{copy}{again}</div>'


def _sources(exchange: Exchange) -> str:
    """The cited documents, each with its citations."""
    by_document: dict[tuple[str, str], list[Citation]] = {}
    for citation in exchange.answer.citations:
        by_document.setdefault((citation.collection, citation.document_id), []).append(citation)
    rows = "".join(_source(exchange.number, citations) for citations in by_document.values())
    return f'<ul class="sources" aria-label="{texts.SOURCES}">{rows}</ul>' if rows else ""


def _source(exchange: int, citations: Sequence[Citation]) -> str:
    first = citations[0]
    day = f'<span class="below">{texts.day(first.published)}</span>' if first.published else ""
    return (
        f'<li><button type="button" class="open" data-open="citation/{exchange}/{first.number}"><span class="names">'
        f'<span class="title">{escape(first.title)}</span>{day}</span></button>'
        f'<span class="chips">{"".join(_chip(exchange, citation) for citation in citations)}</span></li>'
    )


def _why(exchange: Exchange) -> str:
    """How the answer came to be: the sentences considered with their scores, those left out, each step's time."""
    answer = exchange.answer
    if exchange.outcome != "done" or not (answer.evidence or answer.steps):
        return ""
    cited = {(one.collection, one.document_id, one.start, one.end) for one in answer.citations}
    used: list[str] = []
    unused: list[str] = []
    for place, one in enumerate(answer.evidence, start=1):
        row = _considered(exchange.number, place, one)
        (used if (one.collection, one.document_id, one.start, one.end) in cited else unused).append(row)
    groups = "".join(
        f'<h3>{heading}</h3><ul class="considered">{"".join(rows)}</ul>'
        for heading, rows in ((texts.WHY_USED, used), (texts.WHY_UNUSED, unused))
        if rows
    )
    return (
        f'<details class="why"><summary>{texts.WHY}</summary>'
        f"{_writer(exchange)}<p>{escape(texts.confidence_meaning(answer.confidence))}</p>{groups}{_steps(answer)}"
        "</details>"
    )


def _writer(exchange: Exchange) -> str:
    """Who wrote the answer: the model by its name, where it is known."""
    writer = exchange.answer.written_by
    if writer is None:
        return ""
    return f"<p>{escape(texts.wrote(exchange.model) if exchange.model else texts.WRITERS[writer][1])}</p>"


def _considered(exchange: int, place: int, evidence: Evidence) -> str:
    score = f"{evidence.score:.2f}"
    return (
        f'<li><button type="button" data-open="evidence/{exchange}/{place}"><span class="score" '
        f'title="{texts.SCORE_MEANING}">{score}</span><span><span class="quote">{escape(evidence.text)}</span>'
        f"{_place_names(evidence)}</span></button></li>"
    )


def _steps(answer: Answer) -> str:
    if not answer.steps:
        return ""
    rows = "".join(
        f"<li><span>{escape(': '.join(filter(None, (texts.STEPS.get(step.name, step.name), step.detail))))}</span>"
        f"<span>{texts.duration(step.seconds)}</span></li>"
        for step in answer.steps
    )
    total = texts.duration(sum(step.seconds for step in answer.steps))
    return f'<h3>{texts.WHY_STEPS} <span class="total">{total}</span></h3><ol class="steps">{rows}</ol>'


def _place_names(evidence: Evidence) -> str:
    place = where(evidence.title, evidence.heading, evidence.page)
    return f'<span class="below">{escape(place)}</span>'


def _refusal(exchange: Exchange) -> str:
    answer = exchange.answer
    reason = (answer.reason or "").removeprefix(texts.REFUSED).strip()
    said = texts.REFUSED if answer.evidence or not reason else reason
    why = f"<p>{escape(reason)}</p>" if reason and said != reason else ""
    nearest = "".join(
        f'<li><button type="button" data-open="evidence/{exchange.number}/{place}">'
        f'<span class="quote">{escape(evidence.text)}</span>{_place_names(evidence)}</button></li>'
        for place, evidence in enumerate(answer.evidence[:NEAREST], start=1)
    )
    shown = f'<h3>{texts.NEAREST}</h3><ol class="nearest">{nearest}</ol>' if nearest else ""
    card = f'<section class="refusal"><p class="refused">{escape(said)}</p>{why}{shown}</section>'
    return _asked_as(exchange) + card + _beside(answer) + _actions(exchange) + _why(exchange)


def _ask_next(suggestions: Sequence[str]) -> str:
    if not suggestions:
        return ""
    buttons = "".join(
        f'<button type="button" class="suggestion" data-ask="{escape(question)}">{escape(question)}</button>'
        for question in suggestions
    )
    return f'<div class="ask-next"><h3>{texts.ALSO_ANSWERED}</h3>{buttons}</div>'


def _reference(citation: Citation) -> str:
    return f"{where_and_when(citation)}: “{' '.join(citation.quote.split())}”"
