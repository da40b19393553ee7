"""The command lines, driven as a person would."""

from __future__ import annotations

import json

import pytest

from assistant.__main__ import main as assistant_main
from knowledge.__main__ import main as knowledge_main


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("commands")
    (root / "docs").mkdir()
    (root / "docs" / "tea.md").write_text(
        "# Tea\n\nTea grows on misty hills. The leaves are picked by hand.\n\n"
        "## Key Questions\n\n### Where does tea grow?\n\nTea grows on hills where mist is common.\n",
        encoding="utf-8",
    )
    (root / "docs" / "broken.pdf").write_bytes(b"%PDF-1.4")
    return root


@pytest.fixture
def run(folder, capsys):
    def call(main, *arguments):
        status = main(["--library", str(folder / "library"), *arguments])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call


def test_the_library_may_be_named_after_the_command(tmp_path, capsys):
    (tmp_path / "tea.md").write_text("Tea grows on misty hills.", encoding="utf-8")
    assert knowledge_main(["sync", str(tmp_path), "--library", str(tmp_path / "library")]) == 0
    assert assistant_main(["ask", "Where does tea grow?", "--library", str(tmp_path / "library")]) == 0
    assert "misty hills" in capsys.readouterr().out


def test_a_library_is_synced_asked_and_emptied(run, folder):
    status, out, err = run(knowledge_main, "sync", str(folder / "docs"))
    assert status == 1  # one file failed, and that is said
    assert "added    tea.md" in out
    assert "failed   broken.pdf" in err

    status, out, _ = run(knowledge_main, "list")
    assert status == 0
    assert "tea.md" in out

    status, out, _ = run(knowledge_main, "status")
    assert "documents    1" in out

    status, out, _ = run(knowledge_main, "search", "misty hills")
    assert "Tea grows on misty hills." in out

    status, out, _ = run(assistant_main, "ask", "Where does tea grow?")
    assert status == 0
    assert "Tea grows on hills where mist is common. [1]" in out
    assert "[1] Tea (tea.md," in out

    status, out, _ = run(assistant_main, "ask", "Where does tea grow?", "--json")
    answer = json.loads(out)
    assert answer["status"] == "answered"
    assert answer["statements"][0]["citations"][0]["quote"] == "Tea grows on hills where mist is common."

    status, out, _ = run(assistant_main, "ask", "Who won the chess championship in 1985?")
    assert status == 3
    assert "Nearest:" in out

    (folder / "salt.txt").write_text("Salt is won from the sea.", encoding="utf-8")
    status, out, _ = run(knowledge_main, "add", str(folder / "salt.txt"), "--name", "salt")
    assert "added salt" in out

    status, out, _ = run(knowledge_main, "rebuild")
    assert (status, out) == (0, "rebuilt\n")

    status, out, _ = run(knowledge_main, "remove", "salt")
    assert (status, out) == (0, "removed salt\n")
    status, _, err = run(knowledge_main, "remove", "salt")
    assert status == 1
    assert "python -m knowledge list" in err


def test_a_library_that_is_not_there_is_an_error_with_the_mend(tmp_path, capsys):
    for main, arguments in (
        (knowledge_main, ["list"]),
        (knowledge_main, ["status"]),
        (knowledge_main, ["search", "x"]),
        (knowledge_main, ["rebuild"]),
        (assistant_main, ["ask", "x"]),
    ):
        assert main(["--library", str(tmp_path / "none"), *arguments]) == 1
        assert "python -m knowledge sync" in capsys.readouterr().err


def test_a_wrong_call_shows_the_usage(capsys):
    for main in (knowledge_main, assistant_main):
        with pytest.raises(SystemExit, match="2"):
            main([])
        assert "usage" in capsys.readouterr().err


def test_setup_tells_where_the_model_lies(capsys):
    assert knowledge_main(["setup"]) == 0
    assert ".onnx" in capsys.readouterr().out
