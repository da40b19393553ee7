"""Chat models by name, spoken to through their providers' own packages."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant import Assistant, AssistantSettings, ModelError
from assistant.__main__ import main
from assistant.model import PROVIDERS, open_model
from knowledge import KnowledgeError, Library
from tests.assistant.servers import as_anthropic, as_ollama, as_openai, serving

ROOT = Path(__file__).parents[2]
KEY = "sk-very-secret"
TRUE, ALSO_TRUE = "Tea grows on misty hills above a thousand meters.", "A picker gathers 18 kilograms of leaves a day."
SETTINGS = AssistantSettings(refuse_above_risk=1.0, model_seconds=10.0, model_tokens=300)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    folder = tmp_path_factory.mktemp("tea")
    (folder / "tea.md").write_text(f"# Tea\n\n{TRUE} {ALSO_TRUE}\n", encoding="utf-8")
    with Library.open(folder / "library") as opened:
        opened.add(folder / "tea.md")
        yield opened


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys as a person has them in the environment."""
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.setenv(name, KEY)


def open_named(named: str):
    return open_model(named, seconds=5.0, tokens=100)


@pytest.mark.parametrize("named", ["openai:gpt-5-mini", "anthropic:claude-sonnet-4-5", "ollama:llama3.2:3b"])
def test_a_model_is_opened_by_provider_and_name(named):
    model = open_named(named)
    assert named.partition(":")[2] in (getattr(model, "model", ""), getattr(model, "model_name", ""))
    assert KEY not in repr(model) + str(model)


@pytest.mark.parametrize(
    ("named", "said"),
    [
        pytest.param("mistral:large", "no provider 'mistral'", id="an unknown provider"),
        pytest.param("gpt-5-mini", "no provider; there are anthropic, ollama, openai", id="no provider"),
        pytest.param(KEY, "no provider; there are", id="a key in place of a name"),
        pytest.param("openai:", "No model is named after 'openai:'", id="no name"),
        pytest.param("", "no provider; there are", id="nothing"),
        pytest.param(
            f"openai:m@http://me:{KEY}@127.0.0.1/v1", "without a user name or a key", id="a key in the address"
        ),
        pytest.param(f"openai:m@http://127.0.0.1/v1?key={KEY}", "without a user name or a key", id="a key behind it"),
        pytest.param("openai:m@http://", "http://host:port/path", id="no address"),
        pytest.param("openai:m@http://[::1", "http://host:port/path", id="half an address"),
    ],
)
def test_a_name_that_names_no_model_is_an_error_with_the_mend(named, said):
    with pytest.raises(ModelError, match="Name a model as provider:name") as caught:
        open_named(named)
    assert said in str(caught.value)
    assert KEY not in str(caught.value)
    assert isinstance(caught.value, KnowledgeError)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_missing_package_is_named_with_its_install_command(provider, monkeypatch):
    monkeypatch.setitem(sys.modules, PROVIDERS[provider].module, None)
    with pytest.raises(ModelError) as caught:
        open_named(f"{provider}:m")
    assert f"pip install '{PROVIDERS[provider].package}'" in str(caught.value)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_packages_are_those_of_the_extras(provider):
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert extras[provider] == [PROVIDERS[provider].package]
    assert provider in extras["models"][0]


@pytest.mark.parametrize("named", ["openai:m", "anthropic:m", "openai:m@https://models.example/v1"])
def test_a_missing_key_is_named_by_its_environment_variable(named, monkeypatch):
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(name)
    with pytest.raises(ModelError, match=f"{named.partition(':')[0].upper()}_API_KEY"):
        open_named(named)


@pytest.mark.parametrize(
    ("provider", "path", "lines"),
    [
        pytest.param("openai", "/v1", as_openai(f"{TRUE} [", "1]\n", f"{ALSO_TRUE} [2]"), id="openai"),
        pytest.param("ollama", "", as_ollama(f"{TRUE} [", "1]\n", f"{ALSO_TRUE} [2]"), id="ollama"),
        pytest.param("anthropic", "", as_anthropic((TRUE, 0), (" " + ALSO_TRUE, 1)), id="anthropic"),
    ],
)
def test_a_model_is_asked_through_its_providers_package(library, provider, path, lines):
    with serving(lines) as server:
        answer = Assistant(library, model=f"{provider}:m@{server.address}{path}", settings=SETTINGS).ask(
            "Where does tea grow?"
        )
    assert answer.note is None
    assert answer.text == f"{TRUE} [1] {ALSO_TRUE} [2]"
    assert answer.written_by == "model"
    assert len(server.bodies) == 1
    assert server.bodies[0]["stream"] is True
    assert "300" in str(server.bodies[0])  # the limit of tokens
    assert KEY not in str(server.headers), "a key was sent over plain http"


def test_a_model_that_cites_by_itself_is_given_documents(library):
    with serving(as_anthropic((TRUE, 0))) as server:
        Assistant(library, model=f"anthropic:m@{server.address}", settings=SETTINGS).ask("Where does tea grow?")
    document = server.bodies[0]["messages"][0]["content"][0]
    assert document["type"] == "document"
    assert document["citations"] == {"enabled": True}
    assert [block["text"] for block in document["source"]["content"]] == [TRUE, ALSO_TRUE]


@pytest.mark.parametrize(
    ("status", "said"),
    [
        pytest.param(401, "was refused for its key (HTTP 401)", id="401"),
        pytest.param(404, "is not known at its address (HTTP 404)", id="404"),
        pytest.param(429, "has been asked too often (HTTP 429)", id="429"),
        pytest.param(500, "failed on its server (HTTP 500)", id="500"),
    ],
)
def test_what_a_server_refuses_is_quoted_instead(library, status, said):
    with serving([f'{{"error": {{"message": "no luck with {KEY}"}}}}'], status=status) as server:
        answer = Assistant(library, model=f"openai:m@{server.address}/v1", settings=SETTINGS).ask(
            "Where does tea grow?"
        )
    assert answer.status == "answered"
    assert answer.written_by == "quoted"
    assert said in answer.note
    assert KEY not in repr(answer)


@pytest.mark.parametrize(
    ("lines", "cut", "statements"),
    [
        pytest.param(as_openai(f"{TRUE} [1]\n", "A pick")[:2], True, 1, id="hangs up after a statement"),
        pytest.param([*as_openai(f"{TRUE} [1]\n")[:1], "data: {]\n\n"], False, 1, id="says what is no JSON"),
        pytest.param(["data: [DONE]\n\n"], False, 0, id="says nothing"),
        pytest.param(["<html>It works!</html>"], False, 0, id="is no model's server"),
    ],
)
def test_a_server_that_breaks_off_is_survived_and_said(library, lines, cut, statements):
    with serving(lines, cut=cut) as server:
        answer = Assistant(library, model=f"openai:m@{server.address}/v1", settings=SETTINGS).ask(
            "Where does tea grow?"
        )
    assert answer.status == "answered"
    assert answer.written_by == ("model" if statements else "quoted")
    assert answer.note.startswith("The chat model ")


def test_a_server_that_is_not_there_is_said(library):
    answer = Assistant(library, model="openai:m@http://127.0.0.1:9/v1", settings=SETTINGS).ask("Where does tea grow?")
    assert answer.written_by == "quoted"
    assert "The chat model cannot be reached." in answer.note


def test_the_command_line_asks_the_model_that_it_names(library, capsys):
    folder = str(library.path)
    with serving(as_openai(f"{TRUE} [1]\n", "A picker gathers 40 kilograms of leaves a day. [2]")) as server:
        status = main(["--library", folder, "ask", "Where does tea grow?", "--model", f"openai:m@{server.address}/v1"])
    out = capsys.readouterr().out
    assert status == 0
    assert f"{TRUE} [1]\n" in out
    assert "1 sentence was withheld" in out
    assert main(["--library", folder, "ask", "Where?", "--model", "mistral:large"]) == 1
    assert "error: There is no provider 'mistral'" in capsys.readouterr().err
