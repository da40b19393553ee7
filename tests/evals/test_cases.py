from __future__ import annotations

import pytest

from evals import CasesError, document_from_text, read_own_cases
from evals.cases import OWN_SETS
from knowledge import Span
from tests.evals.village import BAKERY, LIGHTHOUSE, write_rows

ASKED = "Key Questions\nWhen was the lighthouse lit?\nIt was lit in 1871."
SECTION = {"section": "key questions"}


@pytest.fixture
def documents():
    return [
        document_from_text("light.md", "Gull Rock", f"{ASKED}\n\n{LIGHTHOUSE}"),
        document_from_text("bread.txt", "The bakery", BAKERY),
    ]


def find_section(document):
    return Span(0, len(ASKED)) if document.text.startswith(ASKED) else None


@pytest.fixture
def folder(tmp_path):
    for name in OWN_SETS:
        write_rows(tmp_path / f"{name}.jsonl", [])
    return tmp_path


def row(*evidence, case_id: str = "case", **more):
    return {
        "id": case_id,
        "question": "When was it lit?",
        "kind": "when",
        "answerable": True,
        "answers": ["1871"],
        "evidence": list(evidence),
    } | more


def quote(words: str, document_id: str = "light.md", **more):
    return {"document_id": document_id, "quote": words, **more}


def test_a_quote_is_located_in_its_document(folder, documents):
    write_rows(folder / "factual.jsonl", [row([quote("lit in 1871.\n\nIts")], [quote("six", "bread.txt")])])
    benchmark, _ = read_own_cases(documents, find_section=find_section, folder=folder)
    texts = {document.id: document.text for document in documents}
    golds = [gold for alternative in benchmark.cases[0].gold for gold in alternative]
    assert [texts[gold.document_id][gold.start : gold.end] for gold in golds] == ["lit in 1871.\n\nIts", "six"]


def test_quotes_of_one_alternative_stay_together(folder, documents):
    write_rows(folder / "two_documents.jsonl", [row([quote("rape oil"), quote("birch wood", "bread.txt")])])
    benchmark, _ = read_own_cases(documents, find_section=find_section, folder=folder)
    assert [[gold.text for gold in alternative] for alternative in benchmark.cases[0].gold] == [
        ["rape oil", "birch wood"]
    ]


def test_words_that_stand_twice_are_gold_twice(folder, documents):
    write_rows(folder / "factual.jsonl", [row([quote("The ", "bread.txt")])])
    benchmark, _ = read_own_cases(documents, find_section=find_section, folder=folder)
    assert [alternative[0].start for alternative in benchmark.cases[0].gold] == [0, BAKERY.index("The oven")]


@pytest.mark.parametrize(
    ("mark", "inside"), [pytest.param(SECTION, True, id="marked"), pytest.param({}, False, id="not marked")]
)
def test_a_quote_is_looked_for_in_the_section_only_where_it_is_marked_so(folder, documents, mark, inside):
    write_rows(folder / "key_questions.jsonl", [row([quote("lit in 1871", **mark)], [quote("rape oil")])])
    benchmark, _ = read_own_cases(documents, find_section=find_section, folder=folder)
    gold = benchmark.cases[0].gold[0][0]
    assert (gold.start < len(ASKED)) is inside


def test_held_out_documents_have_no_section_and_its_quotes_are_no_gold(folder, documents):
    write_rows(
        folder / "key_questions.jsonl", [row([quote("It was lit in 1871", **SECTION)], [quote("was lit in 1871")])]
    )
    as_they_are, held_out = read_own_cases(documents, find_section=find_section, folder=folder)
    assert [len(case.gold) for case in as_they_are.cases] == [2]
    (case,) = held_out.cases
    light = held_out.documents[0]
    assert ASKED not in light.text
    assert [light.text[gold.start : gold.end] for (gold,) in case.gold] == ["was lit in 1871"]
    assert case.dataset == "key questions, held out"
    assert held_out.documents[1] == documents[1]


def test_a_key_question_that_only_its_section_answers_is_an_error(folder, documents):
    write_rows(folder / "key_questions.jsonl", [row([quote("It was lit in 1871", **SECTION)])])
    with pytest.raises(CasesError, match="'case': no evidence outside the Key Questions sections"):
        read_own_cases(documents, find_section=find_section, folder=folder)


@pytest.mark.parametrize(
    ("evidence", "message"),
    [
        pytest.param(quote("in 1872"), "the body of document 'light.md' does not hold the words 'in 1872'", id="body"),
        pytest.param(quote("rape oil", **SECTION), "the Key Questions section of document 'light.md'", id="section"),
        pytest.param(quote("", "bread.txt"), "does not hold the words ''", id="no words"),
        pytest.param(quote("six", "cake.md"), "no document 'cake.md'. There are: bread.txt, light.md", id="document"),
    ],
)
def test_a_quote_that_is_not_found_is_an_error_that_names_the_case(folder, documents, evidence, message):
    write_rows(folder / "factual.jsonl", [row([evidence], case_id="lit"), row([evidence], case_id="again")])
    with pytest.raises(CasesError) as raised:
        read_own_cases(documents, find_section=find_section, folder=folder)
    for case_id, line in zip(["lit", "again"], str(raised.value).splitlines(), strict=True):
        assert line.startswith(f"Case '{case_id}': ")
        assert message in line


def test_a_long_list_of_problems_is_cut(folder, documents):
    rows = [row([quote("in 1872")], case_id=str(number)) for number in range(25)]
    write_rows(folder / "factual.jsonl", rows)
    with pytest.raises(CasesError, match=r"\.\.\. and 15 more$"):
        read_own_cases(documents, find_section=find_section, folder=folder)


def test_questions_about_documents_as_wholes_name_the_documents(folder, documents):
    about = {"id": "about", "question": "What can I ask?", "kind": "summarise", "document_ids": ["bread.txt"]}
    write_rows(folder / "about.jsonl", [about])
    benchmark, _ = read_own_cases(documents, find_section=find_section, folder=folder)
    assert [(case.document_ids, case.answerable) for case in benchmark.cases] == [(("bread.txt",), True)]
    write_rows(folder / "about.jsonl", [about | {"document_ids": ["cake.md"]}])
    with pytest.raises(CasesError, match=r"'about': no document 'cake\.md'"):
        read_own_cases(documents, find_section=find_section, folder=folder)


def test_a_set_that_is_missing_is_an_error(folder, documents):
    (folder / "factual.jsonl").unlink()
    with pytest.raises(CasesError, match=r"factual\.jsonl"):
        read_own_cases(documents, find_section=find_section, folder=folder)
