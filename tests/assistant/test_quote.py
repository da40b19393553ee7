"""Quoted answers: short, understandable, without repetition, in an order that reads."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from assistant.cite import cite_drafts
from assistant.language import LEANING
from assistant.quote import quote_sentences
from assistant.types import Citation, Draft, Evidence, Reading, Statement
from assistant.verify import verify_statements
from knowledge import Block, Document, hash_content, split_sentences

TEXT = (
    "Cursor\n\n"
    "Cursor was founded in 2022. It takes in about $4 billion a year. "
    "Cursor is a company that was founded in the year 2022.\n\n"
    "The deal closes in autumn. SpaceX pays $60 billion."
)


def make_document(text: str = TEXT) -> Document:
    blocks, start = [], 0
    for number, part in enumerate(text.split("\n\n")):
        blocks.append(Block("paragraph" if number else "heading", start, start + len(part), level=int(number == 0)))
        start += len(part) + 2
    title = text.split("\n\n")[0]
    return Document(
        id="a.md",
        title=title,
        text=text,
        blocks=tuple(blocks),
        published=None,
        author=None,
        content_hash=hash_content(title, text, tuple(blocks)),
        origin="/a.md",
    )


def evidence_of(document: Document, words: str) -> Evidence:
    start = document.text.index(words)
    return Evidence(
        document_id=document.id,
        start=start,
        end=start + len(words),
        text=words,
        score=0.9,
        document_hash=document.content_hash,
        title=document.title,
        heading="Cursor",
    )


def read(document: Document, *scored: tuple[str, list[float]]) -> Reading:
    """A reading in which sentences match the question's tokens as told."""
    return Reading(
        evidence=tuple(evidence_of(document, words) for words, _ in scored),
        matches=np.array([matches for _, matches in scored], dtype=np.float32),
        weights=np.ones(len(scored[0][1]), dtype=np.float32),
        log_odds=np.zeros(len(scored), dtype=np.float32),
        features={},
        confidence=0.9,
        missing=(),
    )


def quote(document: Document, reading: Reading, limit: int = 5) -> list[Draft]:
    sentences = split_sentences(document.text, document.blocks)
    return quote_sentences("", reading, document=lambda _: document, sentences=lambda _: sentences, limit=limit)


def test_one_sentence_is_enough_when_nothing_adds_to_it():
    document = make_document()
    reading = read(
        document,
        ("Cursor was founded in 2022.", [0.9, 0.9]),
        ("SpaceX pays $60 billion.", [0.3, 0.3]),
    )
    assert [draft.text for draft in quote(document, reading)] == ["Cursor was founded in 2022."]


def test_a_sentence_that_answers_what_the_first_leaves_open_is_added_in_the_documents_order():
    document = make_document()
    reading = read(
        document,
        ("SpaceX pays $60 billion.", [0.9, 0.5]),
        ("Cursor was founded in 2022.", [0.45, 0.9]),
    )
    assert [draft.text for draft in quote(document, reading)] == [
        "Cursor was founded in 2022.",
        "SpaceX pays $60 billion.",
    ]
    assert len(quote(document, reading, limit=1)) == 1


@pytest.mark.parametrize(
    ("log_odds", "quoted"),
    [
        pytest.param([2.0, 0.6, -9.0], 2, id="the reader takes it for an answer, whatever it matches"),
        pytest.param([2.0, 0.4, -9.0], 1, id="the reader hardly does"),
        pytest.param([2.0, -9.0, 0.0], 2, id="it adds a match, and the reader does not deny it"),
        pytest.param([2.0, -9.0, -4.0], 1, id="it adds a match, and the reader denies it"),
    ],
)
def test_a_further_sentence_is_one_that_the_reader_takes_for_an_answer_or_that_adds(log_odds, quoted):
    document = make_document()
    reading = read(
        document,
        ("SpaceX pays $60 billion.", [0.9, 0.5]),
        ("The deal closes in autumn.", [0.2, 0.2]),
        ("Cursor was founded in 2022.", [0.45, 0.9]),
    )
    reading = replace(reading, log_odds=np.array(log_odds, dtype=np.float32))
    assert len(quote(document, reading)) == quoted


@pytest.mark.parametrize(("score", "quoted"), [(0.5, 2), (0.2, 1)], ids=["near the best", "far behind"])
def test_what_falls_behind_the_best_sentence_takes_a_surer_reader(score, quoted):
    document = make_document()
    reading = read(document, ("SpaceX pays $60 billion.", [0.9, 0.5]), ("The deal closes in autumn.", [0.2, 0.2]))
    evidence = replace(reading.evidence[0], score=0.6), replace(reading.evidence[1], score=score)
    reading = replace(reading, evidence=evidence, log_odds=np.array([4.0, 3.0], dtype=np.float32))
    assert len(quote(document, reading)) == quoted


def test_no_two_say_the_same():
    document = make_document()
    reading = read(
        document,
        ("Cursor was founded in 2022.", [0.9, 0.5]),
        ("Cursor is a company that was founded in the year 2022.", [0.45, 0.9]),
    )
    texts = [draft.text for draft in quote(document, reading)]
    assert len(texts) == 2
    twice = read(
        document,
        ("Cursor was founded in 2022.", [0.9, 0.5]),
        ("Cursor was founded in 2022.", [0.45, 0.9]),
    )
    assert len(quote(document, twice)) == 1


def test_a_sentence_that_leans_is_quoted_with_the_one_before_it():
    document = make_document()
    reading = read(document, ("It takes in about $4 billion a year.", [0.9]))
    draft = quote(document, reading)[0]
    assert draft.text == "Cursor was founded in 2022. It takes in about $4 billion a year."
    assert document.text[draft.evidence[0].start : draft.evidence[0].end] == draft.text


def test_a_sentence_that_leans_on_nothing_before_it_is_shown_with_its_heading():
    document = make_document()
    draft = quote(document, read(document, ("The deal closes in autumn.", [0.9])))[0]
    assert draft.text == "Cursor: The deal closes in autumn."
    assert draft.evidence[0].text == "The deal closes in autumn."


LISTED = ("Buying Cursor brings three things:", "a product that sells;", "trained models;", "many users.")


@pytest.mark.parametrize("quoted_first", [0, 2], ids=["the sentence", "an item"])
def test_a_sentence_that_introduces_a_list_is_quoted_with_it(quoted_first):
    lines = ("Cursor", *LISTED, "The last point is easy to overlook.")
    kinds = ("heading", "paragraph", *["list item"] * 3, "paragraph")
    document = make_document("\n\n".join(lines))
    blocks = tuple(replace(block, kind=kind) for block, kind in zip(document.blocks, kinds, strict=True))
    document = replace(document, blocks=blocks)
    order = [LISTED[quoted_first], *(one for one in LISTED[::2] if one != LISTED[quoted_first])]
    reading = read(document, *((words, [0.9]) for words in order))
    reading = replace(reading, log_odds=np.full(len(order), 4.0, dtype=np.float32))
    (draft,) = quote(document, reading)
    assert draft.text == " ".join(LISTED)
    assert document.text[draft.evidence[0].start : draft.evidence[0].end] == "\n\n".join(LISTED)


@pytest.mark.parametrize(
    ("sentence", "leans"),
    [
        ("Until then there is an agreement and no change of owner.", True),
        ("Until it closes, Cursor remains a separate company.", False),
        ("It was late.", True),
        ("The company's move was bold.", True),
        ("“They left,” she said.", True),
        ("However, prices rose.", True),
        ("These machines need water.", True),
        ("Cursor was founded in 2022.", False),
        ("The Clayton Act is old.", False),
        ("Item five is missing.", False),
        ("Thistles grow here.", False),
    ],
)
def test_sentences_that_lean_are_told_from_those_that_stand(sentence, leans):
    assert bool(LEANING.match(sentence)) is leans


def test_a_citation_copies_its_quote_from_the_document():
    document = make_document()
    evidence = evidence_of(document, "SpaceX pays $60 billion.")
    forged = Evidence(**{**{name: getattr(evidence, name) for name in evidence.__dataclass_fields__}, "text": "Free!"})
    statement = cite_drafts([Draft("SpaceX pays $60 billion.", (forged,))], document=lambda _: document)[0]
    assert statement.citations[0].quote == "SpaceX pays $60 billion."
    assert statement.citations[0].heading == "Cursor"


def test_a_stretch_cited_twice_keeps_its_number():
    document = make_document()
    first, second = (
        evidence_of(document, "Cursor was founded in 2022."),
        evidence_of(document, "SpaceX pays $60 billion."),
    )
    statements = cite_drafts(
        [Draft(first.text, (first,)), Draft(second.text, (second,)), Draft(first.text, (first,))],
        document=lambda _: document,
    )
    assert [statement.citations[0].number for statement in statements] == [1, 2, 1]


def test_a_document_that_changed_after_it_was_read_is_not_cited():
    document, changed = make_document(), make_document(TEXT.replace("60", "61"))
    evidence = evidence_of(document, "SpaceX pays $60 billion.")
    assert cite_drafts([Draft(evidence.text, (evidence,))], document=lambda _: changed) == []


def make_citation(document: Document, words: str) -> Citation:
    evidence = evidence_of(document, words)
    return cite_drafts([Draft(words, (evidence,))], document=lambda _: document)[0].citations[0]


def test_words_that_are_not_those_of_the_citation_are_withheld():
    document = make_document()
    citation = make_citation(document, "SpaceX pays $60 billion.")
    statements = [
        Statement("SpaceX pays $60 billion.", (citation,), 1.0),
        Statement("SpaceX pays $61 billion.", (citation,), 1.0),
        Statement("SpaceX pays $60 billion.", (), 1.0),
    ]
    assert list(verify_statements(statements, document=lambda _: document)) == statements[:1]


def test_a_quote_that_does_not_stand_there_is_withheld():
    document, changed = make_document(), make_document("Cursor\n\n" + "x" * len(TEXT))
    statement = Statement("SpaceX pays $60 billion.", (make_citation(document, "SpaceX pays $60 billion."),), 1.0)
    assert list(verify_statements([statement], document=lambda _: changed)) == []


@pytest.mark.parametrize(
    ("question", "first", "others", "quoted"),
    [
        (
            "Were Ada Marsh and Ben Holt born in one town?",
            ("Ada Marsh", "Ada Marsh was born in a small town called Reed."),
            [("Ben Holt", "Ben Holt was born in the port of Elm.")],
            ["Ada Marsh", "Ben Holt"],
        ),
        (
            "Where was the director of The Long Tide born?",
            ("The Long Tide", "The Long Tide is a film by the director Cora Finch."),
            [("Reed", "Reed is a small town with a film prize."), ("Cora Finch", "Cora Finch grew up in Elm.")],
            ["The Long Tide", "Cora Finch"],
        ),
        (
            "Who is the director of The Long Tide?",
            ("The Long Tide", "The director who is behind The Long Tide is Cora Finch."),
            [("Cora Finch", "Cora Finch grew up in the port of Elm.")],
            ["The Long Tide"],
        ),
        (
            "Where was Ada Marsh born?",
            ("Ada Marsh", "Ada Marsh grew up in a small town called Reed."),
            [("Harbours", "Many sailors were born in the port of Elm.")],
            ["Ada Marsh"],
        ),
    ],
    ids=["a name left open", "a name brought in", "nothing left open", "another subject"],
)
def test_a_second_document_is_quoted_where_the_question_needs_it(question, first, others, quoted):
    documents = {title: make_document(f"{title}\n\n{text}") for title, text in [first, *others]}
    evidence = tuple(
        replace(evidence_of(documents[title], text), document_id=title, heading=None)
        for title, text in [first, *others]
    )
    count = len(evidence)
    reading = Reading(
        evidence=evidence,
        matches=np.linspace(0.9, 0.3, count, dtype=np.float32)[:, None],
        weights=np.ones(1, dtype=np.float32),
        log_odds=np.zeros(count, dtype=np.float32),
        features={},
        confidence=0.9,
        missing=(),
    )
    drafts = quote_sentences(
        question, reading, document=lambda one: documents[one.title], sentences=lambda _: (), limit=5
    )
    assert [draft.evidence[0].title for draft in drafts] == quoted
    alone = quote_sentences(
        question, reading, document=lambda one: documents[one.title], sentences=lambda _: (), limit=1
    )
    assert len(alone) == 1
