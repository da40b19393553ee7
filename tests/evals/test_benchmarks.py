from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from assistant import Turn
from evals import Benchmark, BenchmarkError, against_own_text, read_benchmark
from evals.benchmarks import ROLES
from evals.rows import read_rows
from tests.evals.village import BAKERY, LIGHTHOUSE, question_row, write_rows


def every_gold(benchmark: Benchmark):
    return [gold for case in benchmark.cases for alternative in case.gold for gold in alternative]


def assert_gold_matches(benchmark: Benchmark):
    texts = {document.id: document.text for document in benchmark.documents}
    for gold in every_gold(benchmark):
        if gold.kind != "document":
            assert texts[gold.document_id][gold.start : gold.end] == gold.text


def test_a_corpus_text_is_taken_letter_by_letter(benchmark_folder):
    benchmark = read_benchmark(benchmark_folder)
    assert [(document.id, document.text) for document in benchmark.documents] == [
        ("light", LIGHTHOUSE),
        ("bread", BAKERY),
    ]
    assert_gold_matches(benchmark)


def test_each_answer_span_is_enough_by_itself(benchmark_folder):
    case = read_benchmark(benchmark_folder).cases[1]
    assert [[gold.text for gold in alternative] for alternative in case.gold] == [["rape oil"], ["oil"]]


def test_a_question_without_an_answer_keeps_the_document_it_was_written_against(benchmark_folder):
    case = read_benchmark(benchmark_folder).cases[3]
    assert (case.answerable, case.gold, case.document_id) == (False, (), "bread")


@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        pytest.param("several_hops", [2], id="together"),
        pytest.param("selqa_test", [1, 1], id="each by itself"),
    ],
)
def test_gold_sentences_answer_together_unless_the_set_means_them_one_by_one(tmp_path, name, sizes):
    folder = tmp_path / name
    folder.mkdir()
    row = question_row("q1", "When and how was it lit?", "light", LIGHTHOUSE, ["1871"])
    lamp = question_row("q2", "How?", "light", LIGHTHOUSE, ["rape oil"])
    row["evidence"] = [{**one, "kind": "gold_sentence"} for one in [*row["evidence"], *lamp["evidence"]]]
    write_rows(folder / "corpus.jsonl", [{"doc_id": "light", "title": "", "text": LIGHTHOUSE}])
    write_rows(folder / "questions.jsonl", [row])
    assert [len(alternative) for alternative in read_benchmark(folder).cases[0].gold] == sizes


def test_each_annotator_who_answered_gives_an_alternative(benchmark_folder):
    def passages(*documents: str):
        return [{"doc_id": document, "kind": "gold_passage"} for document in documents]

    row = {
        "qid": "q1",
        "question": "What can be bought or seen?",
        "answers": [],
        "doc_ids": ["light", "bread"],
        "answerable": True,
        "evidence": [
            {"doc_id": "light", "start": 0, "end": len(LIGHTHOUSE), "text": LIGHTHOUSE, "kind": "gold_passage"},
            {"doc_id": "bread", "start": 0, "end": len(BAKERY), "text": BAKERY, "kind": "gold_passage"},
        ],
        "labels": [
            {"response_type": "directAnswer", "evidence": passages("light", "bread")},
            {"response_type": "directAnswer", "evidence": passages("bread")},
            {"response_type": "noAnswerButRelevantInfo", "evidence": passages("light")},
        ],
    }
    write_rows(benchmark_folder / "questions.jsonl", [row])
    gold = read_benchmark(benchmark_folder).cases[0].gold
    assert [[one.document_id for one in alternative] for alternative in gold] == [["light", "bread"], ["bread"]]


def test_documents_without_marked_places_are_gold_as_wholes(benchmark_folder):
    row = question_row("q1", "When was it lit?", "light", LIGHTHOUSE, ["1871"]) | {"evidence": []}
    write_rows(benchmark_folder / "questions.jsonl", [row])
    (gold,) = every_gold(read_benchmark(benchmark_folder))
    assert (gold.kind, gold.document_id, gold.start, gold.end) == ("document", "light", 0, len(LIGHTHOUSE))


def test_what_was_said_before_is_paired(benchmark_folder):
    row = question_row("q1", "When was it lit?", "light", LIGHTHOUSE, ["1871"])
    row["history"] = [
        {"role": "user", "text": "What stands on Gull Rock?"},
        {"role": "assistant", "text": "A lighthouse."},
        {"role": "user", "text": "Who lives there?"},
    ]
    write_rows(benchmark_folder / "questions.jsonl", [row])
    assert read_benchmark(benchmark_folder).cases[0].history == (
        Turn("What stands on Gull Rock?", "A lighthouse."),
        Turn("Who lives there?", ""),
    )


def test_labels_of_claims_are_told_in_our_words(benchmark_folder):
    claims = read_benchmark(benchmark_folder).claims
    assert [(claim.text, claim.label) for claim in claims] == [
        ("The oven burns coal.", "contradicted"),
        ("Rye bread is sold.", "supported"),
    ]


def test_evidence_that_does_not_match_the_corpus_is_an_error_with_both_texts(benchmark_folder):
    row = question_row("q1", "When was it lit?", "light", LIGHTHOUSE, ["1871"])
    row["evidence"][0]["start"] += 1
    write_rows(benchmark_folder / "questions.jsonl", [row])
    with pytest.raises(BenchmarkError, match=r"'light'.*expected '1871', found '871'"):
        read_benchmark(benchmark_folder)


def test_evidence_in_a_document_that_is_not_there_is_an_error_that_names_it(benchmark_folder):
    row = question_row("q1", "When was it lit?", "light", LIGHTHOUSE, ["1871"])
    row["evidence"][0]["doc_id"] = "dark"
    write_rows(benchmark_folder / "questions.jsonl", [row])
    with pytest.raises(BenchmarkError, match="'dark', which the corpus does not have"):
        read_benchmark(benchmark_folder)


def test_an_unknown_label_is_an_error_that_names_it(benchmark_folder):
    write_rows(benchmark_folder / "claims.jsonl", [{"id": "c1", "claim": "", "passage": "", "label": "perhaps"}])
    with pytest.raises(BenchmarkError, match="'c1' of village has the label 'perhaps'"):
        read_benchmark(benchmark_folder)


def test_a_folder_of_files_is_read_as_the_library_reads_it(benchmark_folder):
    (benchmark_folder / "corpus.jsonl").unlink()
    files = benchmark_folder / "documents"
    (files / "more").mkdir(parents=True)
    (files / "light.md").write_text(f"# Gull Rock\n\n{LIGHTHOUSE}", encoding="utf-8")
    (files / "more" / "bread.md").write_text(f"# The bakery\n\n{BAKERY}", encoding="utf-8")
    (files / ".hidden").write_bytes(b"\0")
    row = question_row("q1", "When was it lit?", "light.md", LIGHTHOUSE, ["1871"]) | {"evidence": []}
    write_rows(benchmark_folder / "questions.jsonl", [row])
    benchmark = read_benchmark(benchmark_folder)
    assert [document.id for document in benchmark.documents] == ["light.md", "more/bread.md"]
    assert [gold.document_id for gold in every_gold(benchmark)] == ["light.md"]


def test_a_folder_without_documents_is_an_error(benchmark_folder):
    (benchmark_folder / "corpus.jsonl").unlink()
    (benchmark_folder / "documents").mkdir()
    with pytest.raises(BenchmarkError, match="No documents in"):
        read_benchmark(benchmark_folder)


def test_claims_alone_need_no_corpus(benchmark_folder):
    (benchmark_folder / "corpus.jsonl").unlink()
    (benchmark_folder / "questions.jsonl").unlink()
    benchmark = read_benchmark(benchmark_folder)
    assert (benchmark.documents, benchmark.cases, len(benchmark.claims)) == ((), (), 2)


@pytest.mark.parametrize("line", ["{not json", "[1, 2]"], ids=["broken", "no object"])
def test_a_broken_row_is_an_error_that_names_its_line(benchmark_folder, line):
    with (benchmark_folder / "questions.jsonl").open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    with pytest.raises(BenchmarkError, match=r"questions\.jsonl, line 5"):
        read_benchmark(benchmark_folder)


def test_a_row_may_hold_other_line_separators_than_the_one_between_rows(tmp_path):
    write_rows(tmp_path / "rows.jsonl", [{"text": "one\u2028two\x85three"}])
    assert list(read_rows(tmp_path / "rows.jsonl")) == [{"text": "one\u2028two\x85three"}]


def test_an_empty_folder_is_no_benchmark(tmp_path):
    with pytest.raises(BenchmarkError, match="No benchmark at"):
        read_benchmark(tmp_path)


# SQuAD


def squad_file(tmp_path: Path) -> Path:
    def question(question_id: str, text: str, answers: list[dict], **more: object):
        return {"id": question_id, "question": text, "answers": answers, **more}

    first, second = LIGHTHOUSE.split("\n\n")
    answer = {"answer_start": second.index("rape oil"), "text": "rape oil"}
    article = {
        "title": "Gull Rock",
        "paragraphs": [
            {
                "context": first,
                "qas": [question("s1", "When?", [{"answer_start": first.index("1871"), "text": "1871"}])],
            },
            {
                "context": second,
                "qas": [
                    question("s2", "What burns?", [answer, answer], is_impossible=False),
                    question("s3", "Who painted it?", [], is_impossible=True, plausible_answers=[answer]),
                ],
            },
        ],
    }
    path = tmp_path / "village-v2.0.json"
    path.write_text(json.dumps({"version": "v2.0", "data": [article]}), encoding="utf-8")
    return path


def test_a_squad_article_is_one_document_with_its_paragraphs_apart(tmp_path):
    benchmark = read_benchmark(squad_file(tmp_path))
    assert [document.text for document in benchmark.documents] == [LIGHTHOUSE]
    assert_gold_matches(benchmark)
    assert [(case.id, case.answerable, case.answers) for case in benchmark.cases] == [
        ("s1", True, ("1871",)),
        ("s2", True, ("rape oil",)),
        ("s3", False, ()),
    ]


def test_another_json_file_is_not_taken_for_squad(tmp_path):
    (tmp_path / "other.json").write_text("[1]", encoding="utf-8")
    with pytest.raises(BenchmarkError, match="not SQuAD's JSON"):
        read_benchmark(tmp_path / "other.json")


# BEIR


@pytest.fixture
def beir_folder(tmp_path):
    folder = tmp_path / "beir"
    (folder / "qrels").mkdir(parents=True)
    write_rows(
        folder / "corpus.jsonl",
        [
            {"_id": "light", "title": "Gull Rock", "text": LIGHTHOUSE},
            {"_id": "bread", "title": "", "text": BAKERY},
            {"_id": "nothing", "title": "", "text": " "},
        ],
    )
    write_rows(folder / "queries.jsonl", [{"_id": "b1", "text": "lighthouse"}, {"_id": "b2", "text": "never judged"}])
    (folder / "qrels" / "test.tsv").write_text(
        "query-id\tcorpus-id\tscore\nb1\tlight\t2\nb1\tbread\t1\nb1\tnothing\t1\nb2\tlight\t0\n", encoding="utf-8"
    )
    return folder


def test_a_beir_folder_gives_the_judged_queries_with_graded_documents(beir_folder):
    benchmark = read_benchmark(beir_folder)
    assert [document.id for document in benchmark.documents] == ["light", "bread"]
    assert [case.id for case in benchmark.cases] == ["b1"]
    assert [(gold.document_id, gold.grade) for gold in every_gold(benchmark)] == [("light", 2), ("bread", 1)]


def test_a_beir_split_that_is_not_there_is_an_error_that_names_those_that_are(beir_folder):
    with pytest.raises(BenchmarkError, match=r"no split 'dev'; its qrels hold \['test'\]"):
        read_benchmark(beir_folder, split="dev")


# Against the text that a question was written against


def test_each_question_meets_its_own_text_alone(benchmark_folder):
    benchmark = against_own_text(read_benchmark(benchmark_folder))
    assert_gold_matches(benchmark)
    texts = {document.collection: document.text for document in benchmark.documents}
    assert {case.id: texts[case.collections[0]] for case in benchmark.cases} == {
        "q1": LIGHTHOUSE.split("\n\n")[0],
        "q2": LIGHTHOUSE.split("\n\n")[1],
        "q3": BAKERY.split("\n\n")[0],
        "q4": BAKERY[:24],
    }


def test_questions_about_one_text_share_its_document(benchmark_folder):
    benchmark = against_own_text(read_benchmark(benchmark_folder))
    by_id = {case.id: case for case in benchmark.cases}
    assert by_id["q3"].collections == by_id["q4"].collections
    assert len(benchmark.documents) == 3


def test_a_question_whose_gold_lies_outside_its_text_is_left_out(benchmark_folder):
    row = question_row("q1", "When was it lit?", "light", LIGHTHOUSE, ["1871"]) | {"context_span": [0, 10]}
    write_rows(benchmark_folder / "questions.jsonl", [row])
    assert against_own_text(read_benchmark(benchmark_folder)).cases == ()


# Splits


@pytest.fixture
def squad2_and_xquad(tmp_path):
    for name, ids in {"squad2_dev": ["sq2-009", "sq2-010"], "xquad_en": ["xq-0", "xq-1"]}.items():
        folder = tmp_path / name
        folder.mkdir()
        titles = ["Trained on", "Kept back"]
        write_rows(
            folder / "corpus.jsonl",
            [{"doc_id": one, "title": title, "text": LIGHTHOUSE} for one, title in zip(ids, titles, strict=True)],
        )
        write_rows(
            folder / "questions.jsonl",
            [question_row(f"about {one}", "When was it lit?", one, LIGHTHOUSE, ["1871"]) for one in ids],
        )
    return tmp_path


@pytest.mark.parametrize(("split", "kept"), [("train", "sq2-009"), ("select", "sq2-010")])
def test_squad2_is_split_by_article(squad2_and_xquad, split, kept):
    benchmark = read_benchmark(squad2_and_xquad / "squad2_dev", split=split)
    assert [document.id for document in benchmark.documents] == [kept]
    assert [case.document_id for case in benchmark.cases] == [kept]


def test_unseen_questions_of_xquad_are_not_about_articles_trained_on(squad2_and_xquad):
    benchmark = read_benchmark(squad2_and_xquad / "xquad_en", split="unseen")
    assert [case.document_id for case in benchmark.cases] == ["xq-1"]
    assert len(benchmark.documents) == 2


def test_unseen_needs_the_list_of_articles_trained_on(squad2_and_xquad):
    (squad2_and_xquad / "squad2_dev" / "corpus.jsonl").unlink()
    with pytest.raises(BenchmarkError, match="which tells the articles that were trained on"):
        read_benchmark(squad2_and_xquad / "xquad_en", split="unseen")


def test_a_training_set_is_not_given_for_selection(benchmark_folder):
    folder = benchmark_folder.rename(benchmark_folder.parent / "selqa_test")
    with pytest.raises(BenchmarkError, match=r"selqa_test has no split 'select'\. Its splits: train"):
        read_benchmark(folder, split="select")
    assert len(read_benchmark(folder, split="train").cases) == 4


def test_questions_answered_with_a_question_select_nothing(benchmark_folder):
    rows = [dict(row) for row in read_rows(benchmark_folder / "questions.jsonl")]
    asked_back = rows[3] | {"qid": "q5", "response_types": ["noAnswerButRelevantInfo", "clarification"]}
    refused = rows[3] | {"response_types": ["noAnswerNoRelevantInfo"]}
    write_rows(benchmark_folder / "questions.jsonl", [*rows[:3], refused, asked_back])
    folder = benchmark_folder.rename(benchmark_folder.parent / "inscit_dev")
    assert [case.id for case in read_benchmark(folder).cases] == ["q1", "q2", "q3", "q4", "q5"]
    assert [case.id for case in read_benchmark(folder, split="select").cases] == ["q1", "q2", "q3", "q4"]


@pytest.fixture
def public_benchmarks() -> Path:
    folder = os.environ.get("KEYQ_BENCHMARKS")
    if folder is None:
        pytest.skip("KEYQ_BENCHMARKS does not name the folder of public benchmarks")
    return Path(folder)


@pytest.mark.parametrize("name", [*ROLES, "squad2_dev", "xquad_en"])
def test_every_public_benchmark_can_be_read_and_its_gold_found_again(public_benchmarks, name):
    benchmark = read_benchmark(public_benchmarks / name)
    assert benchmark.cases or benchmark.claims
    assert_gold_matches(benchmark)
    assert all(case.gold for case in benchmark.cases if case.answerable)
    assert_gold_matches(against_own_text(benchmark))


@pytest.mark.parametrize(
    ("name", "split", "cases", "unanswerable"),
    [
        ("inscit_dev", "select", 450, 73),
        ("squad2_dev", "train", 3708, 1987),
        ("squad2_dev", "select", 2370, 1181),
        ("xquad_en", "unseen", 971, 0),
    ],
)
def test_the_splits_have_the_sizes_that_the_roles_give_them(public_benchmarks, name, split, cases, unanswerable):
    benchmark = read_benchmark(public_benchmarks / name, split=split)
    assert len(benchmark.cases) == cases
    assert sum(not case.answerable for case in benchmark.cases) == unanswerable
