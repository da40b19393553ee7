from __future__ import annotations

import dataclasses
import subprocess

import pytest

from evals import EvaluationError, RunError, against_own_text, load_run, read_benchmark, run_benchmarks, save_run
from evals.run import commit_of, library_key, sample_cases
from tests.evals.village import WordAssistant, WordLibrary


@pytest.fixture
def village(benchmark_folder):
    return read_benchmark(benchmark_folder)


def run(benchmarks, cache, *, open_assistant=WordAssistant, **more):
    return run_benchmarks(
        "village",
        benchmarks,
        cache=cache,
        open_library=WordLibrary.open,
        open_assistant=open_assistant,
        settings={"split": "all"},
        **more,
    )


def test_every_question_is_asked_and_measured(village, tmp_path):
    made = run([village], tmp_path)
    assert [(result.case_id, result.status) for result in made.results] == [
        ("q1", "answered"),
        ("q2", "refused"),
        ("q3", "answered"),
        ("q4", "refused"),
    ]
    figures = made.figures["village"]
    assert figures["right"].value == 0.75
    assert figures["recall@1"].value == 1.0
    assert figures["refusal precision"].value == 0.5
    assert made.settings == {"split": "all", "limit": "none"}
    assert {"python", "numpy"} <= set(made.versions)


def test_a_search_alone_asks_nobody(village, tmp_path):
    made = run([village], tmp_path, open_assistant=None)
    assert {result.status for result in made.results} == {None}
    assert "recall@1" in made.figures["village"]
    assert "right" not in made.figures["village"]


def test_a_library_is_built_once(village, tmp_path):
    run([village], tmp_path)
    run([village], tmp_path)
    assert len(WordLibrary.built) == 1


def test_other_documents_are_another_library(village, tmp_path):
    run([village], tmp_path)
    changed = dataclasses.replace(village.documents[0], content_hash="changed")
    run([dataclasses.replace(village, documents=(changed, *village.documents[1:]))], tmp_path)
    assert len(set(WordLibrary.built)) == 2


def test_a_library_that_was_cut_off_while_it_was_built_is_built_again(village, tmp_path):
    class StopsHalfway(WordLibrary):
        def add_documents(self, documents, *, progress=None):
            super().add_documents(documents[:1])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_benchmarks(
            "village", [village], cache=tmp_path, open_library=StopsHalfway.open, open_assistant=None, settings={}
        )
    made = run([village], tmp_path)
    assert {hit.document_id for hit in made.results[0].hits} == {"light", "bread"}


def test_the_key_of_a_library_depends_on_its_documents_alone_while_the_code_stays(village):
    assert library_key(village.documents) == library_key(village.documents)
    assert library_key(village.documents) != library_key(village.documents[:1])


def test_each_question_is_asked_in_its_own_collection(village, tmp_path):
    made = run([against_own_text(village)], tmp_path)
    assert [len({hit.document_id for hit in result.hits}) for result in made.results] == [1, 1, 1, 1]
    assert made.results[0].cluster == "light"


def test_a_sample_is_the_same_whatever_the_order_and_part_of_a_larger_one(village):
    def ids(benchmark):
        return {case.id for case in benchmark.cases}

    backwards = dataclasses.replace(village, cases=village.cases[::-1])
    assert len(ids(sample_cases(village, 2))) == 2
    assert ids(sample_cases(village, 2)) == ids(sample_cases(backwards, 2)) < ids(sample_cases(village, 3))
    assert len(sample_cases(village, 2).documents) == 2


def test_a_sample_takes_as_many_of_each_set(village):
    other = tuple(dataclasses.replace(case, dataset="other") for case in village.cases)
    sample = sample_cases(dataclasses.replace(village, cases=village.cases + other), 3)
    assert [case.dataset for case in sample.cases] == ["village"] * 3 + ["other"] * 3


def test_a_sample_of_texts_apart_builds_only_the_texts_it_meets(village):
    sample = sample_cases(against_own_text(village), 1)
    assert [document.collection for document in sample.documents] == list(sample.cases[0].collections)


def test_an_error_says_which_question_it_befell(village, tmp_path):
    class Breaks(WordAssistant):
        def ask(self, question, history=(), *, collections=None):
            raise ValueError("no sentence")

    with pytest.raises(ValueError, match="no sentence") as raised:
        run([village], tmp_path, open_assistant=Breaks)
    assert raised.value.__notes__ == ["while asking case 'q1' of village: 'When was the lighthouse lit?'"]


def test_nothing_to_ask_is_an_error(village, tmp_path):
    with pytest.raises(EvaluationError, match="village has no questions to ask"):
        run([dataclasses.replace(village, cases=())], tmp_path)


def test_progress_is_shown_when_asked_for(village, tmp_path, capsys):
    run([village], tmp_path, show_progress=True)
    shown = capsys.readouterr().err
    assert "village: library" in shown
    assert "4/4" in shown


def test_a_stored_run_comes_back_as_it_was(village, tmp_path):
    made = run([village], tmp_path)
    save_run(made, tmp_path / "results" / "run.json")
    assert load_run(tmp_path / "results" / "run.json") == made


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(None, "No run at", id="missing"),
        pytest.param("{not json", "is not a stored run", id="no JSON"),
        pytest.param('{"format": 1}', "is not a stored run", id="something else"),
        pytest.param('{"format": 0}', "another version", id="another version"),
        pytest.param("[]", "is not a stored run", id="a list"),
    ],
)
def test_what_is_not_a_stored_run_is_an_error_with_a_mend(tmp_path, content, message):
    path = tmp_path / "run.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(RunError, match=message):
        load_run(path)


def test_the_commit_says_when_the_tree_was_not_clean(tmp_path):
    def git(*arguments: str) -> str:
        identity = ["-c", "user.name=Anna", "-c", "user.email=anna@example.org"]
        command = ["git", "-C", str(tmp_path), *identity, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "--quiet")
    git("commit", "--quiet", "--allow-empty", "--message", "first")
    commit = git("rev-parse", "HEAD")
    assert commit_of(tmp_path) == commit
    (tmp_path / "new").touch()
    assert commit_of(tmp_path) == commit + "+changes"


def test_outside_a_repository_there_is_no_commit(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert commit_of(tmp_path) is None
