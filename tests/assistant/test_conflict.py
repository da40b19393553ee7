"""Sources that differ are told; sources that only seem to are left in peace."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from assistant import Assistant, AssistantSettings
from assistant.conflict import Disagreement, find_conflicts
from assistant.reader import open_reader
from assistant.types import Answer, Evidence
from assistant.verifier import open_verifier
from evals.conflicts import judge_pairs, read_alone, read_pairs
from knowledge import Encoder, Library, Span, open_encoder
from tests.conftest import folder_of


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return open_encoder()


def said(
    text: str, published: str | None = None, document_id: str | None = None, title: str = "", start: int = 0
) -> Evidence:
    day = date.fromisoformat(published) if published else None
    return Evidence(document_id or text, start, start + len(text), text, 0.5, title=title, published=day)


def compare(question: str, *sentences: Evidence, encoder: Encoder) -> list[Disagreement]:
    read = [read_alone(question, one, open_reader(encoder)) for one in sentences]
    return find_conflicts(
        question, read, before=lambda one: one.title, encoder=encoder, verifier=open_verifier(encoder)
    )


@pytest.mark.parametrize(
    ("name", "found", "false"), [("conflicts", 8, 0), ("conflicts_development", 80, 5)], ids=["first", "development"]
)
def test_pairs_that_differ_are_found_and_pairs_that_only_seem_to_are_not(name, found, false, encoder):
    results = judge_pairs(
        read_pairs(name), encoder=encoder, reader=open_reader(encoder), verifier=open_verifier(encoder)
    )
    assert sum(one.reported for one in results if one.pair.conflict) >= found
    assert sum(one.reported for one in results if not one.pair.conflict) <= false


@pytest.mark.parametrize(
    ("question", "first", "second", "words"),
    [
        (
            "How many panes has the Orme window?",
            "The Orme window has about 320 panes.",
            "The Orme window has more than 400 panes.",
            ("about 320 panes", "more than 400 panes"),
        ),
        (
            "When did the Orme gallery open?",
            "The Orme gallery opened in May 2001.",
            "The Orme gallery opened in July 2003.",
            ("May 2001", "July 2003"),
        ),
        (
            "Who designed the Orme window?",
            "The Orme window was designed by Hanne Brok.",
            "Luc Tarrant designed the Orme window.",
            ("Hanne Brok", "Luc Tarrant"),
        ),
        (
            "Has the Orme gallery been sold?",
            "The Orme gallery has been sold.",
            "The Orme gallery has not been sold.",
            ("sold", "not been sold"),
        ),
    ],
    ids=["figure", "date", "name", "event"],
)
def test_the_words_in_which_two_sentences_differ_are_told(question, first, second, words, encoder, request):
    found = compare(question, said(first, "2024-05-01"), said(second, "2024-06-01"), encoder=encoder)
    assert [one.difference for one in found] == [request.node.callspec.id]
    assert found[0].first.text[slice(*found[0].first_words)] == words[0]
    assert found[0].second.text[slice(*found[0].second_words)] == words[1]


@pytest.mark.parametrize(
    ("question", "first", "second"),
    [
        (
            "How many panes has the Orme window?",
            "The Orme window has 400 panes.",
            "The Orme window has over 390 panes.",
        ),
        (
            "How long is the Orme wall?",
            "The Orme wall is 1 hour and 10 minutes long to walk.",
            "It is 70 minutes long.",
        ),
        ("How many rooms has the Orme gallery?", "The Orme gallery has 12 rooms.", "The Tarn gallery has 19 rooms."),
        (
            "How many rooms has the Orme gallery?",
            "The Orme gallery has 12 rooms.",
            "The Orme gallery owns 300 pictures.",
        ),
        ("Why was the Orme gallery built?", "The Orme gallery has 12 rooms.", "The Orme gallery has 14 rooms."),
        (
            "When was the Orme gallery built?",
            "The Orme gallery was built in 1901.",
            "The Orme gallery was sold in 1950.",
        ),
        ("Has the Orme gallery closed?", "The Orme gallery may close.", "The Orme gallery closed."),
        (
            "How does Hanne Brok own the Orme gallery?",
            "Hanne Brok owns the Orme gallery through Tarrant Holding.",
            "Hanne Brok owns the Orme gallery with her sister Ilse.",
        ),
    ],
    ids=[
        "rounded",
        "the same time in other units",
        "another subject",
        "another thing counted",
        "another thing asked",
        "another event",
        "only possible",
        "two ways",
    ],
)
def test_sentences_that_can_both_be_right_are_no_conflict(question, first, second, encoder):
    assert not compare(question, said(first, "2024-05-01"), said(second, "2024-06-01"), encoder=encoder)


@pytest.mark.parametrize(
    ("question", "first", "second"),
    [
        (
            "What did the new school in Pell cost?",
            "The new school in Pell, with 24 classrooms, cost £18.5 million of its £60 million budget.",
            "With 24 classrooms, the new Pell school cost £23 million, out of a budget of £60 million.",
        ),
        (
            "How many visitors did the Pell fair have?",
            "When the gates were shut, the Pell fair of 2019 had counted 4,100 visitors at its 64 stalls.",
            "The Pell fair of 2019, with 64 stalls, had 5,600 visitors.",
        ),
        (
            "How many guests did the Orme Palace Hotel have in 2019?",
            "The Orme Palace Hotel had 41,000 guests in 2019.",
            "In 2019 the Orme Palace had 36,500 guests.",
        ),
        (
            "When did the Arne mill burn down?",
            "The Arne mill burned down in March 1922 and was never rebuilt.",
            "In May 1924 the Arne mill was destroyed by fire.",
        ),
        (
            "Who became director of the Pell museum in May 2019?",
            "Ada Moss, until then at Harn College, became director of the Pell museum in May 2019.",
            "In May 2019 Karl Lunn, previously at Harn College, became director of the Pell museum.",
        ),
        (
            "Where was the treaty of 1790 between Orre and Vell signed?",
            "The treaty of 1790 between Orre and Vell was signed in the castle of Harn.",
            "Orre and Vell signed their treaty of 1790 at Lund.",
        ),
    ],
    ids=[
        "further figures that agree",
        "a condition beside the same details",
        "the name in a shorter form",
        "what happened in another word",
        "a post that one person takes",
        "a place of which there is one",
    ],
)
def test_sentences_that_agree_in_all_but_the_answer_are_a_conflict(question, first, second, encoder):
    assert compare(question, said(first, "2024-05-01"), said(second, "2024-06-01"), encoder=encoder)


@pytest.mark.parametrize(
    ("question", "first", "second"),
    [
        (
            "How much did Corlan spend on research in 2022?",
            "Corlan had sales of $900 million in 2022 and spent $40 million on research.",
            "With sales of $900 million, Corlan spent $75 million on advertising in 2022.",
        ),
        (
            "What was the population of Orme in the 2001 census?",
            "In the 2001 census Orme had a population of 273, reducing to 261 in 2011.",
            "In the 2011 census Orme had a population of 1,146.",
        ),
        (
            "When was the Tarn museum founded?",
            "The Tarn museum, a brick hall of 12 rooms by Karl Lanz, was founded in 1903.",
            "The Tarn museum, the brick hall of 12 rooms by Karl Lanz, was renovated in 1977.",
        ),
        (
            "When did Corvane announce its merger with Orla?",
            "Corvane announced its merger with Orla on 3 May 2021.",
            "Corvane closed its merger with Orla on 9 September 2021.",
        ),
        (
            "Who designed the Orme window?",
            "The Orme window was designed by Hanne Brok.",
            "The Orme window was restored by Luc Tarrant.",
        ),
        (
            "Who spoke at the opening of the Orme gallery?",
            "The mayor Ilse Brandt spoke to 200 guests at the opening of the Orme gallery on 3 May 2019.",
            "The painter Hugo Stahl spoke to 200 guests at the opening of the Orme gallery on 3 May 2019.",
        ),
        (
            "Who leads Ridgeway Optics?",
            "Marta Quill leads Ridgeway Optics of Delmont, founded in 1994.",
            "Anders Pohl leads the laboratory of Ridgeway Optics of Delmont, founded in 1994.",
        ),
        (
            "How many students does Brayford have?",
            "Brayford has 3,150 students.",
            "Brayford has 410 foreign students.",
        ),
        (
            "How many passengers were hurt in the Marle crash?",
            "Of the 214 people on the Marle train, 11 passengers were killed in the crash.",
            "In the Marle crash, with 214 people on board, 45 passengers were hurt.",
        ),
    ],
    ids=[
        "another purpose",
        "another year than the question's",
        "another thing that happened",
        "another step of the same deal",
        "another deed",
        "one of several",
        "a part of what is asked about",
        "a kind of what is counted",
        "the killed and the hurt",
    ],
)
def test_the_same_details_beside_another_statement_are_no_conflict(question, first, second, encoder):
    assert not compare(question, said(first, "2024-05-01"), said(second, "2024-06-01"), encoder=encoder)


@pytest.mark.parametrize(
    ("question", "done", "undone", "conflict"),
    [
        (
            "Has Halden repaid its notes?",
            "Halden repaid the notes that were due in 2025.",
            "Halden intends to repay the notes this summer.",
            True,
        ),
        (
            "Has Halden repaid its notes?",
            "Halden repaid its 2024 notes in May.",
            "Halden intends to repay its 2027 notes.",
            False,
        ),
        (
            "Has the Orme lift been launched?",
            "The Orme lift was launched on 9 May 2024.",
            "The Orme lift is expected to be launched before the end of 2024.",
            True,
        ),
        (
            "Did the drivers of Norvale strike?",
            "The drivers of Norvale went on strike on 12 May 2024.",
            "The strike that the drivers of Norvale had planned for 12 May 2024 was called off.",
            True,
        ),
        (
            "Did the planning committee approve the Orme tower?",
            "The planning committee approved the Orme tower on Monday.",
            "The Orme tower was voted down by the planning committee on Monday.",
            True,
        ),
        (
            "Has Brightwell Dairy closed its plant in Orme?",
            "Brightwell Dairy closed its plant in Orme on 31 May, with the loss of 90 jobs.",
            "The Brightwell Dairy plant in Orme remains open and its 90 workers keep their jobs.",
            True,
        ),
    ],
    ids=[
        "what is said of the object is no plan",
        "another object",
        "a plan with a last day",
        "called off",
        "voted down",
        "a state that rules it out",
    ],
)
def test_what_happened_differs_from_what_did_not(question, done, undone, conflict, encoder):
    sentences = said(done, "2024-05-20"), said(undone, "2024-06-01")
    assert bool(compare(question, *sentences, encoder=encoder)) == conflict


OPENED = "The Orme gallery has been sold."
PLANNED = "The Orme gallery is expected to be sold."


@pytest.mark.parametrize(
    ("done", "planned", "conflict"),
    [
        (said(OPENED, "2024-06-01"), said(PLANNED, "2024-05-01"), False),
        (said(OPENED, "2024-05-01"), said(PLANNED, "2024-06-01"), True),
        (said(OPENED), said(PLANNED), False),
        (said(OPENED, document_id="one.md"), said(PLANNED, document_id="one.md", start=900), True),
    ],
    ids=["planned before", "planned after", "nobody knows when", "in one document"],
)
def test_a_plan_differs_from_what_happened_unless_it_came_before(done, planned, conflict, encoder):
    assert bool(compare("Has the Orme gallery been sold?", done, planned, encoder=encoder)) == conflict


def test_the_subject_may_be_named_in_what_stands_before_the_sentence(encoder):
    named = said("The Orme gallery has 12 rooms.")
    leaning = said("It has 17 rooms.", title="The Orme gallery.")
    question = "How many rooms has the Orme gallery?"
    assert compare(question, named, leaning, encoder=encoder)
    assert not compare(question, named, replace(leaning, title="The Tarn gallery."), encoder=encoder)


def test_reasons_are_not_set_against_each_other(encoder):
    question, title = "Why would a firm own the whole mill?", "A firm that owns the mill"
    wheat = replace(said("Wheat never runs out.", title=title), answer=Span(0, 5))
    bakers = replace(said("Bakers come to depend on it.", title=title), answer=Span(0, 6))
    disagreements = find_conflicts(
        question, [wheat, bakers], before=lambda one: one.title, encoder=encoder, verifier=open_verifier(encoder)
    )
    assert not disagreements


def test_a_document_does_not_contradict_itself_about_another_subject(encoder):
    title = "SpaceX Agrees to Buy Cursor"
    sentences = (
        said(
            "The company's own models are still in development, and experts do not consider them robust enough for "
            "broad use.",
            document_id="one.md",
            title=title,
        ),
        said(
            "Cursor adds an application, a team and models for programming, but SpaceX still has to show a foundation "
            "model that others would choose.",
            document_id="one.md",
            title=title,
            start=900,
        ),
    )
    assert not compare("does cursor make its own models", *sentences, encoder=encoder)


def test_two_documents_are_set_against_each_other_once(encoder):
    sentences = (
        said("The Orme gallery has 12 rooms.", document_id="one.md"),
        said("The Orme gallery has 17 rooms.", document_id="two.md"),
        said("Today the Orme gallery has 17 rooms in all.", document_id="two.md", start=900),
    )
    assert len(compare("How many rooms has the Orme gallery?", *sentences, encoder=encoder)) == 1


@pytest.mark.parametrize(
    ("sources", "conflict"), [(("one.md", "two.md"), True), (("one.md", "one.md"), False)], ids=["two", "one"]
)
def test_a_source_is_set_against_itself_only_where_it_says_nearly_the_same(sources, conflict, encoder):
    sentences = (
        said("Brennock runs on about 480 looms.", document_id=sources[0]),
        said(
            "Its halls by the river, which carry the name Brennock, hold more than 590 looms.",
            document_id=sources[1],
            start=900,
        ),
    )
    assert bool(compare("How many looms does Brennock have?", *sentences, encoder=encoder)) == conflict


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("By May 2024 the council had not approved the tram line.", "The council approved the tram line in June 2024."),
        ("In 2019 the council planned to approve the tram line.", "In 2021 the council approved the tram line."),
    ],
    ids=["not yet", "a plan"],
)
def test_a_source_that_tells_what_came_of_it_does_not_contradict_itself(first, second, encoder):
    sentences = said(first, document_id="one.md"), said(second, document_id="one.md", start=900)
    assert not compare("Did the council approve the tram line?", *sentences, encoder=encoder)


def test_a_sentence_is_not_set_against_the_stretch_that_holds_it(encoder):
    stretch = "In May the council planned to close the bridge. It closed the bridge in June."
    inner = "It closed the bridge in June."
    sentences = (
        said(stretch, document_id="one.md"),
        said(inner, document_id="one.md", start=stretch.index(inner)),
    )
    assert not compare("Did the council close the bridge?", *sentences, encoder=encoder)


@pytest.mark.parametrize(
    ("question", "first", "second"),
    [
        ("What are the main rivers of Norvale?", "The Orme is a river of Norvale.", "The Lind is a river of Norvale."),
        (
            "How long is the Orme walk?",
            "The Orme walk takes 2 hours and 30 minutes.",
            "The Orme walk takes 150 minutes.",
        ),
        ("How many people did Melsit hire?", "Melsit hired 5 to 7 people.", "Melsit hired 6 people."),
    ],
    ids=["several are asked for", "hours and minutes", "a range"],
)
def test_what_leaves_room_for_both_is_no_conflict(question, first, second, encoder):
    assert not compare(question, said(first, "2024-05-01"), said(second, "2024-06-01"), encoder=encoder)


@pytest.mark.parametrize(
    "text",
    [
        "a " * 50_000,
        "1 " * 50_000,
        "A" * 100_000,
        "Orme " * 20_000,
        "2001 and " * 10_000,
        "from 1 to " * 10_000,
        "(" * 50_000,
    ],
    ids=["words", "figures", "letters", "names", "dates", "values before", "brackets"],
)
@pytest.mark.parametrize("length", [1_000, 100_000])
def test_no_sentence_takes_long(text, length, encoder):
    started = time.process_time()
    for question in ("How many A has Orme?", "When did Orme open?", "Who built Orme?", "Has Orme been sold?"):
        sentences = [said(f"Orme {number} {text}"[:length], document_id=str(number)) for number in range(6)]
        compare(question, *sentences, encoder=encoder)
    assert time.process_time() - started < 10.0


# From the question to the answer


def check(answer: Answer, library: Library) -> None:
    for conflict in answer.conflicts:
        for citation, (start, end) in (
            (conflict.first, conflict.first_words),
            (conflict.second, conflict.second_words),
        ):
            document = library.document(citation.document_id)
            assert document.text[citation.start : citation.end] == citation.quote
            assert citation in answer.citations
            assert citation.quote[start:end].strip()
        assert conflict.text in answer.text
    numbers = [citation.number for citation in answer.citations]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize(
    ("question", "difference", "words"),
    [
        ("How many GPUs does Colossus have?", "figure", {"about 480,000 GPUs", "more than 555,000 GPUs"}),
        ("In which quarter is the Cursor deal to close?", "date", {"third quarter", "fourth quarter of 2026"}),
    ],
    ids=["the number of GPUs", "the quarter of the closing"],
)
def test_the_documents_that_come_with_the_project_differ_and_the_answer_says_so(
    question, difference, words, assistant, own_library
):
    answer = assistant.ask(question)
    check(answer, own_library)
    assert [one.difference for one in answer.conflicts] == [difference]
    conflict = answer.conflicts[0]
    assert {
        " ".join(conflict.first.quote[slice(*conflict.first_words)].split()),
        " ".join(conflict.second.quote[slice(*conflict.second_words)].split()),
    } == words
    assert {conflict.first.document_id, conflict.second.document_id} == {
        "spacex-agrees-to-buy-cursor.md",
        "colossus-in-memphis.txt",
    }
    assert "22 June 2026" in answer.text
    assert "11 July 2026" in answer.text
    assert "compare" in [step.name for step in answer.steps]


def test_a_document_that_says_both_is_told_to(tmp_path: Path):
    with Library.open(tmp_path / "library") as library:
        library.add(folder_of("KEYQ_SOURCES") / "spacex-owns-every-layer-of-ai.txt")
        answer = Assistant(library).ask("Has SpaceX completed its acquisition of Cursor?")
        check(answer, library)
    assert [one.difference for one in answer.conflicts] == ["event"]
    assert answer.conflicts[0].text.startswith("One source says both “completed”")


def test_two_articles_that_disagree_are_set_side_by_side(tmp_path: Path):
    own = "colossus.md"
    (tmp_path / own).write_text("# Colossus\n\nColossus runs on about 480,000 GPUs.\n", encoding="utf-8")
    with Library.open(tmp_path / "library") as library:
        library.add(tmp_path / own)
        library.add(folder_of("KEYQ_SOURCES") / "spacex-owns-every-layer-of-ai.txt")
        answer = Assistant(library).ask("How many GPUs does Colossus have?")
        check(answer, library)
    assert [one.difference for one in answer.conflicts] == ["figure"]


def test_a_conflict_in_a_stretch_that_is_cited_already_gets_no_second_citation(assistant: Assistant):
    answer = assistant.ask("Do the articles agree on how many GPUs Colossus contains?")
    assert len(answer.conflicts) == 1
    assert answer.conflicts[0].first in answer.statements[0].citations


@pytest.fixture(scope="module")
def eager(own_library: Library) -> Assistant:
    """An assistant that refuses nothing, so that every question gets an answer that could report a conflict."""
    return Assistant(own_library, settings=AssistantSettings(refuse_above_risk=1.0))


@pytest.mark.parametrize(
    "question",
    [
        "How much did the takeover cost?",
        "What does Anthropic pay for computing capacity?",
        "What did the first phase of Colossus cost?",
        "How much electricity does Colossus draw?",
        "What does Cursor cost a programmer per month?",
        "When was Cursor founded?",
        "Who leads SpaceX?",
        "Is Cursor profitable?",
        "Why are satellites hard to cool?",
    ],
)
def test_an_ordinary_question_reports_no_conflict(question, eager):
    assert not eager.ask(question).conflicts
