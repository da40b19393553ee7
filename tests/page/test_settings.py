"""Which chat model writes a session's answers, and who may choose it."""

from __future__ import annotations

import pytest

from assistant import Assistant
from assistant.page import texts
from assistant.page.conversation import Conversation
from assistant.page.handlers import Handlers
from assistant.page.serve import create_app
from assistant.page.users import Users, user_line
from assistant.page.visitor import Visitor
from assistant.records import Records
from knowledge import Library
from tests.assistant.servers import as_openai, serving
from tests.page.conftest import Outline, assert_safe, ready
from tests.page.fakes import HOSTILE

QUESTION = "How long can the lamp shine without sun?"


@pytest.fixture
def handlers(library, assistant, tmp_path) -> Handlers:
    return Handlers(ready(library, assistant), uploads=tmp_path, any_model=True)


@pytest.fixture
def guarded(library, assistant, tmp_path) -> Handlers:
    return Handlers(ready(library, assistant), uploads=tmp_path, model="owner:model@http://10.0.0.7/v1")


def writer_of(handlers: Handlers, conversation: Conversation) -> str | None:
    list(handlers.ask(conversation, QUESTION))
    return conversation.exchanges[-1].answer.written_by


def test_answers_are_quoted_until_a_model_is_chosen_and_again_when_it_is_left(handlers):
    conversation = Conversation()
    assert texts.MODEL_NONE in handlers.settings(conversation)["html"]
    assert writer_of(handlers, conversation) == "quoted"
    assert texts.written_by("ollama:one") in handlers.choose_model(conversation, " ollama:one ")["html"]
    assert writer_of(handlers, conversation) == "model"
    assert texts.MODEL_NONE in handlers.choose_model(conversation, "")["html"]
    assert writer_of(handlers, conversation) == "quoted"


def test_a_choice_is_one_sessions_and_outlives_a_new_conversation_but_not_its_visitor(handlers):
    mine, other = Conversation(), Conversation()
    handlers.choose_model(mine, "ollama:one")
    assert handlers.settings(other)["model"] == ""
    assert writer_of(handlers, other) == "quoted"
    handlers.clear(mine)
    assert writer_of(handlers, mine) == "model"
    mine.belong_to(Visitor("user:bert", "bert"))
    assert handlers.settings(mine)["model"] == ""


@pytest.mark.parametrize(
    ("named", "said"),
    [
        pytest.param("nobody:knows", "There is no provider", id="what the error says"),
        pytest.param("broken:package", texts.MODEL_FAILED, id="a bug"),
    ],
)
def test_a_model_that_cannot_be_opened_is_said_and_the_one_before_stays(handlers, named, said):
    conversation = Conversation()
    handlers.choose_model(conversation, "ollama:one")
    settings = handlers.choose_model(conversation, named)
    assert said in settings["problem"]
    assert said in Outline(settings["html"]).text
    assert Outline(settings["html"]).with_attribute("value") == [named]
    assert settings["model"] == "ollama:one"
    assert writer_of(handlers, conversation) == "model"


def test_where_models_cost_others_money_only_the_one_that_was_offered_is_chosen(guarded):
    conversation = Conversation()
    outline = assert_safe(guarded.settings(conversation)["html"])
    assert outline.with_attribute("readonly") == [None]
    assert outline.with_attribute("value") == ["owner:model"]
    assert "10.0.0.7" not in str(guarded.settings(conversation))
    assert guarded.choose_model(conversation, "ollama:one")["problem"] == texts.MODEL_NOT_ALLOWED
    assert conversation.chosen is None
    assert guarded.choose_model(conversation, "")["model"] == ""
    assert writer_of(guarded, conversation) == "quoted"
    assert guarded.choose_model(conversation, "owner:model")["model"] == "owner:model"
    assert writer_of(guarded, conversation) == "model"
    assert conversation.chosen.assistant.model == "owner:model@http://10.0.0.7/v1"


def test_where_none_was_offered_there_is_nothing_to_choose(library, assistant, tmp_path):
    handlers = Handlers(ready(library, assistant), uploads=tmp_path)
    outline = assert_safe(handlers.settings(Conversation())["html"])
    assert {"input", "button"}.isdisjoint(tag for tag, _ in outline.elements)
    assert texts.MODEL_NOT_OFFERED in outline.text


@pytest.mark.parametrize(
    ("host", "login", "free"),
    [
        pytest.param("127.0.0.1", False, True, id="this machine alone"),
        pytest.param("127.0.0.1", True, False, id="with a login"),
        pytest.param("0.0.0.0", False, False, id="the whole network"),
    ],
)
def test_any_model_may_be_named_only_by_whoever_sits_at_the_machine(
    library, assistant, tmp_path, monkeypatch, host, login, free
):
    given, begin = {}, Handlers.__init__

    def noted(self: Handlers, opening: object, **options: object) -> None:
        given.update(options)
        begin(self, opening, **options)

    monkeypatch.setattr(Handlers, "__init__", noted)
    (tmp_path / "users").write_text(user_line("anna", "correct horse"), encoding="utf-8")
    users = Users(tmp_path / "users") if login else None
    with Records(tmp_path / "records.db") as records:
        create_app(ready(library, assistant), uploads=tmp_path, host=host, records=records, users=users)
    assert given["any_model"] is free


def test_markup_in_a_name_is_text(handlers):
    assert_safe(handlers.choose_model(Conversation(), f'{HOSTILE}"><b')["html"])
    assert_safe(handlers.choose_model(Conversation(), "nobody:knows")["html"])


def test_a_real_model_server_writes_and_its_key_stays_in_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    (tmp_path / "ferry.md").write_text("# Ferry\n\nThe ferry to Fara leaves at noon.\n", encoding="utf-8")
    with (
        serving(as_openai("The ferry leaves at noon [1].")) as server,
        Library.open(tmp_path / "library") as library,
    ):
        library.add(tmp_path / "ferry.md")
        handlers = Handlers(ready(library, Assistant(library)), uploads=tmp_path, any_model=True)
        conversation = Conversation()
        settings = handlers.choose_model(conversation, f"openai:one@{server.address}/v1")
        *_, last = handlers.ask(conversation, "When does the ferry to Fara leave?")
        assert settings["problem"] == ""
        assert len(server.bodies) == 1
        assert "sk-secret" not in str(settings) + str(last) + str(server.headers)


def test_a_provider_that_is_not_known_is_said_as_the_assistant_says_it(tmp_path):
    with Library.open(tmp_path / "library") as library:
        handlers = Handlers(ready(library, Assistant(library)), uploads=tmp_path, any_model=True)
        settings = handlers.choose_model(Conversation(), "nobody:knows")
    assert settings["problem"].startswith("There is no provider 'nobody'; there are anthropic, ollama, openai.")
