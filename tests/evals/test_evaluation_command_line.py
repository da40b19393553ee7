from __future__ import annotations

import sys

import pytest

import evals.__main__
import evals.baseline
from assistant import ModelError
from evals import load_run
from evals.__main__ import main
from tests.evals.village import WordAssistant, WordLibrary


@pytest.fixture(autouse=True)
def village_library(monkeypatch):
    """The command line with the library and the assistant of the village."""
    import knowledge

    monkeypatch.setitem(vars(knowledge), "Library", WordLibrary)
    monkeypatch.setattr(evals.__main__, "open_assistant", WordAssistant)


def test_a_run_prints_its_figures_and_leaves_a_run_and_a_report(benchmark_folder, tmp_path, capsys):
    assert main(["run", str(benchmark_folder), "--results", str(tmp_path / "results"), "--quiet"]) == 0
    printed = capsys.readouterr()
    assert "right" in printed.out
    assert printed.err == ""
    (stored,) = (tmp_path / "results").glob("*.json")
    assert load_run(stored).settings == {
        "split": "all",
        "against": "pooled",
        "asked": "search and answer",
        "limit": "none",
    }
    assert stored.with_suffix(".html").is_file()
    assert str(stored.with_suffix("")) in printed.out


def test_options_reach_the_run(benchmark_folder, tmp_path):
    options = ["--against", "own-text", "--limit", "2", "--search-only", "--results", str(tmp_path / "r"), "--quiet"]
    assert main(["run", str(benchmark_folder), *options]) == 0
    (stored,) = (tmp_path / "r").glob("village-all-own-text-*.json")
    made = load_run(stored)
    assert [result.status for result in made.results] == [None, None]


def test_a_benchmark_may_be_named_where_a_folder_of_benchmarks_is(benchmark_folder, tmp_path, monkeypatch, capsys):
    command = ["run", "village", "--results", str(tmp_path / "results"), "--quiet"]
    monkeypatch.delenv("KEYQ_BENCHMARKS", raising=False)
    assert main(command) == 1
    assert "KEYQ_BENCHMARKS names no folder" in capsys.readouterr().err
    monkeypatch.setenv("KEYQ_BENCHMARKS", str(benchmark_folder.parent))
    assert main(command) == 0


def test_a_chat_model_writes_the_answers_and_is_named_in_the_run(benchmark_folder, tmp_path, monkeypatch):
    written_by = []

    def opened(library, model):
        written_by.append(model)
        return WordAssistant(library)

    monkeypatch.setattr(evals.__main__, "open_assistant", opened)
    options = ["--model", "openai:small@http://127.0.0.1:8080/v1", "--results", str(tmp_path / "r"), "--quiet"]
    assert main(["run", str(benchmark_folder), *options]) == 0
    (stored,) = (tmp_path / "r").glob("*.json")
    assert load_run(stored).settings["model"] == "openai:small@http://127.0.0.1:8080/v1"
    assert written_by == ["openai:small@http://127.0.0.1:8080/v1"]


def test_a_chat_model_that_cannot_be_opened_is_reported(benchmark_folder, tmp_path, monkeypatch, capsys):
    def refused(library, model):
        raise ModelError(f"There is no provider in {model!r}.")

    monkeypatch.setattr(evals.__main__, "open_assistant", refused)
    options = ["--model", "nobody", "--results", str(tmp_path), "--quiet"]
    assert main(["run", str(benchmark_folder), *options]) == 1
    assert capsys.readouterr().err == "There is no provider in 'nobody'.\n"


@pytest.mark.parametrize("option", ["--search-only", "--accept"])
def test_a_chat_model_is_not_asked_where_its_answers_do_not_count(option, capsys):
    assert main(["run", "own", "--model", "openai:small", option]) == 1
    assert "leave out --model" in capsys.readouterr().err


def test_the_risk_curve_of_a_run_becomes_a_picture(benchmark_folder, tmp_path, capsys):
    results, picture = tmp_path / "results", tmp_path / "pictures" / "risk.svg"
    main(["run", str(benchmark_folder), "--results", str(results), "--quiet"])
    (stored,) = results.glob("*.json")
    assert main(["curve", str(stored), str(picture)]) == 0
    assert capsys.readouterr().out.endswith(f"{picture}\n")
    assert picture.is_file()


def test_two_runs_are_compared(benchmark_folder, tmp_path, capsys):
    results = tmp_path / "results"
    main(["run", str(benchmark_folder), "--results", str(results), "--quiet"])
    (stored,) = results.glob("*.json")
    capsys.readouterr()
    assert main(["compare", str(stored), str(stored)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("4 cases in common\n")
    assert "better" not in printed
    assert printed.endswith("\nWorse: 0\n")


def test_a_run_that_is_not_there_is_reported(tmp_path, capsys):
    assert main(["compare", str(tmp_path / "a.json"), str(tmp_path / "b.json")]) == 1
    assert capsys.readouterr().err.startswith("No run at ")


def test_only_our_own_questions_are_accepted(benchmark_folder, capsys):
    assert main(["run", str(benchmark_folder), "--accept"]) == 1
    assert "Only our own questions can be accepted" in capsys.readouterr().err


def test_accepting_writes_the_baseline(benchmark_folder, tmp_path, monkeypatch):
    from evals import read_benchmark

    baseline = tmp_path / "baseline.json"
    monkeypatch.setattr(evals.__main__, "BASELINE", baseline)
    monkeypatch.setattr(evals.__main__, "own_benchmarks", lambda: (read_benchmark(benchmark_folder),))
    assert main(["run", "own", "--accept", "--results", str(tmp_path / "results"), "--quiet"]) == 0
    assert '"right"' in baseline.read_text(encoding="utf-8")


@pytest.mark.parametrize("number", ["0", "-1", "many"])
def test_a_limit_is_a_number_of_questions(benchmark_folder, number, capsys):
    with pytest.raises(SystemExit):
        main(["run", str(benchmark_folder), "--limit", number])
    assert "--limit" in capsys.readouterr().err


def test_help_loads_nothing_heavy():
    import subprocess

    code = "import sys, evals.__main__ as m; m.command_line().format_help(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"torch", "transformers", "gradio", "chromadb", "tqdm", "sentence_transformers"} & set(loaded)
