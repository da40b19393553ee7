"""What is kept of conversations, and who gets it."""

from __future__ import annotations

import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from assistant.errors import RecordsError
from assistant.records import JUDGEMENTS, SCHEMA_VERSION, RecordedExchange, Records
from assistant.types import Answer, Citation, Conflict, Evidence, Statement, Step
from knowledge import DocumentQuestion

FIRST = Citation(1, "a/b.md", "h1", 10, 22, "It is “café”.", "A title", "Heading", 3, "default", date(2024, 2, 29))
SECOND = Citation(2, "c.pdf", "h2", 0, 9, "It is\ntea.", "Another", None, None)
WHOLE = Answer(
    question="What is it? 🙂",
    status="answered",
    statements=(Statement("It is “café”.", (FIRST,), 1.0), Statement("It is tea.", (SECOND,), 0.25)),
    evidence=(Evidence("a/b.md", 10, 22, "It is “café”.", 0.1 + 0.2, "h1", "default", "A title", None, 3),),
    confidence=1 / 3,
    reason=None,
    standalone_question="What is the drink?",
    related=(DocumentQuestion("a/b.md", "default", "What is it?", 1, 5, 6, 9),),
    written_by="model",
    withheld=2,
    note="The chat model was slow.",
    conflicts=(Conflict("name", FIRST, SECOND, (6, 12), (6, 9)),),
    steps=(Step("read", 0.0123, "12 chunks"),),
)
REFUSED = Answer("Who owns it?", "refused", reason="The documents do not say.")


@pytest.fixture
def records(tmp_path):
    with Records(tmp_path / "folder" / "records.db") as records:
        yield records


def exchange(number: int = 1, answer: Answer = WHOLE, outcome: str = "done") -> RecordedExchange:
    return RecordedExchange(number, answer.question, answer, outcome)


def converse(records: Records, owner: str, *answers: Answer) -> str:
    name = records.begin(owner, answers[0].question)
    for number, answer in enumerate(answers, start=1):
        records.put(owner, name, exchange(number, answer))
    return name


def test_an_answer_comes_back_whole_after_a_restart(tmp_path):
    path = tmp_path / "records.db"
    with Records(path) as records:
        name = converse(records, "anna", WHOLE, REFUSED)
    with Records(path) as records:
        kept = records.read("anna", name)
    assert [one.answer for one in kept.exchanges] == [WHOLE, REFUSED]
    assert [one.number for one in kept.exchanges] == [1, 2]
    assert kept.title == "What is it? 🙂"


def test_every_field_of_an_answer_is_put_to_the_test():
    empty = Answer("")
    same = {field.name for field in fields(Answer) if getattr(WHOLE, field.name) == getattr(empty, field.name)}
    assert same <= {"reason"}


def test_an_exchange_is_kept_once_however_often_it_is_put(records):
    name = records.begin("anna", "What is it?")
    working = replace(WHOLE, status=None, statements=())
    first = records.put("anna", name, exchange(answer=working, outcome="working"))
    second = records.put("anna", name, exchange())
    assert second > first
    assert [one.outcome for one in records.read("anna", name).exchanges] == ["done"]


def test_an_owner_gets_and_changes_nothing_of_anothers(records):
    name = converse(records, "anna", WHOLE)
    assert records.read("bert", name) is None
    assert records.version("bert", name) is None
    assert records.summaries("bert") == []
    assert records.summaries("bert", "café") == []
    assert records.put("bert", name, exchange(1, REFUSED)) is None
    assert records.cut("bert", name, 1) is None
    assert not records.rename("bert", name, "Mine")
    assert not records.delete("bert", name)
    assert records.judge("bert", name, 1, "wrong") is None
    assert records.forget(owner="bert") == 0
    kept = records.read("anna", name)
    assert (kept.title, kept.exchanges) == ("What is it? 🙂", (exchange(),))


def test_conversations_are_listed_by_when_they_were_last_asked(records):
    first, second = converse(records, "anna", WHOLE), converse(records, "anna", REFUSED)
    assert [one.id for one in records.summaries("anna")] == [second, first]
    records.put("anna", first, exchange(2, REFUSED))
    listed = records.summaries("anna")
    assert [(one.id, one.exchanges) for one in listed] == [(first, 2), (second, 1)]
    assert datetime.now(UTC) - listed[0].changed < timedelta(minutes=1)
    assert [one.id for one in records.summaries("anna", limit=1)] == [first]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        pytest.param("CAFÉ tea", [1], id="both in one answer, in any case"),
        pytest.param("owns", [2], id="in a question"),
        pytest.param("do not say", [2], id="in a reason"),
        pytest.param("tea owns", [], id="in different conversations"),
        pytest.param("100%", [], id="a wildcard of the database"),
        pytest.param("_", [], id="another"),
        pytest.param("drinks", [2], id="in a name"),
        pytest.param("  ", [2, 1], id="nothing"),
        pytest.param("zebra " * 500, [], id="many words"),
    ],
)
def test_a_search_finds_conversations_in_which_every_word_stands(records, words, found):
    names = {converse(records, "anna", WHOLE): 1, converse(records, "anna", REFUSED): 2}
    records.rename("anna", next(name for name, number in names.items() if number == 2), "On drinks")
    assert [names[one.id] for one in records.summaries("anna", words)] == found


def test_a_name_is_one_line_of_bounded_length(records):
    name = records.begin("anna", "What\n is \t it?" + " really" * 100)
    (listed,) = records.summaries("anna")
    assert listed.title.startswith("What is it? really")
    assert len(listed.title) <= 120
    assert not records.rename("anna", name, " \n ")
    assert records.rename("anna", name, "half \ud800 a character")
    assert records.summaries("anna")[0].title == "half ? a character"


def test_asking_anew_takes_out_what_followed(records):
    name = converse(records, "anna", WHOLE, REFUSED, WHOLE)
    records.cut("anna", name, 2)
    records.put("anna", name, exchange(2, replace(REFUSED, question="Who made it?")))
    assert [one.question for one in records.read("anna", name).exchanges] == ["What is it? 🙂", "Who made it?"]
    assert records.summaries("anna", "owns") == []


@pytest.mark.parametrize("judgement", JUDGEMENTS)
def test_a_judgement_is_kept_with_the_answer_and_can_be_changed_and_taken_back(records, judgement):
    name = converse(records, "anna", WHOLE)
    records.judge("anna", name, 1, "wrong", "first")
    judged = records.judge("anna", name, 1, judgement, "  second ")
    assert (judged.judgement, judged.words) == (judgement, "second")
    assert records.read("anna", name).exchanges[0] == judged
    records.put("anna", name, exchange())
    assert records.read("anna", name).exchanges[0].judgement == judgement
    taken_back = records.judge("anna", name, 1, None, "third")
    assert (taken_back.judgement, taken_back.words) == (None, "")
    assert list(records.judged()) == []


def test_what_was_judged_outlives_being_asked_anew_and_comes_with_what_was_said_before(records):
    name = converse(records, "anna", REFUSED, WHOLE)
    records.judge("anna", name, 2, "wrong citation", "It is coffee.")
    records.cut("anna", name, 2)
    records.put("anna", name, exchange(2, REFUSED))
    (judged,) = records.judged()
    assert judged.exchange.answer == WHOLE
    assert judged.exchange.words == "It is coffee."
    assert [one.answer for one in judged.before] == [REFUSED]
    records.delete("anna", name)
    assert list(records.judged()) == []


def test_a_deleted_conversation_is_nowhere_in_the_files(records):
    secret = replace(WHOLE, question="Where is the treasure of Fara?")
    name = converse(records, "anna", secret)
    assert any(b"treasure" in file.read_bytes() for file in records.path.parent.iterdir())
    records.delete("anna", name)
    assert not any(b"treasure" in file.read_bytes() for file in records.path.parent.iterdir())


def test_all_conversations_are_forgotten_or_only_the_old_or_an_owners(records):
    converse(records, "anna", WHOLE)
    converse(records, "bert", WHOLE)
    assert records.forget(before=datetime.now(UTC) - timedelta(days=1)) == 0
    assert records.forget(owner="anna") == 1
    assert [len(records.summaries(owner)) for owner in ("anna", "bert")] == [0, 1]
    assert records.forget() == 1
    assert records.summaries("bert") == []


def test_a_user_stays_signed_in_over_a_restart_until_signing_out(tmp_path):
    path = tmp_path / "records.db"
    with Records(path) as records:
        token = records.sign_in("anna")
        assert token.encode() not in b"".join(file.read_bytes() for file in tmp_path.iterdir())
    with Records(path) as records:
        assert records.signed_in(token) == "anna"
        assert records.signed_in(token[:-1]) is None
        records.sign_out(token)
        assert records.signed_in(token) is None


def test_who_signed_in_long_ago_is_not_signed_in(records, monkeypatch):
    monkeypatch.setattr("assistant.records.SIGNED_IN_DAYS", -1)
    assert records.signed_in(records.sign_in("anna")) is None


def test_only_its_owner_may_read_the_file(records):
    assert stat.S_IMODE(records.path.stat().st_mode) == 0o600


def test_many_threads_put_at_once(records):
    names = [records.begin(f"owner {i}", "?") for i in range(8)]

    def put(i: int) -> None:
        for number in range(1, 6):
            assert records.put(f"owner {i}", names[i], exchange(number)) == number

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(put, range(8)))
    assert {len(records.read(f"owner {i}", names[i]).exchanges) for i in range(8)} == {5}


def test_another_process_may_read_while_one_writes(records):
    name = converse(records, "anna", WHOLE)
    records.judge("anna", name, 1, "right")
    with Records(records.path, read_only=True) as beside:
        assert len(list(beside.judged())) == 1
        with pytest.raises(RecordsError, match="readonly"):
            beside.delete("anna", name)


def test_an_answer_kept_by_an_older_version_is_read_and_one_of_a_newer_with_more_fields(records):
    name = converse(records, "anna", WHOLE)
    with closing(sqlite3.connect(records.path)) as file, file:
        older = '{"question": "What is it?", "status": "refused", "reason": "No.", "hue": "blue"}'
        file.execute("UPDATE exchanges SET answer = ?", (older,))
    assert records.read("anna", name).exchanges[0].answer == Answer("What is it?", "refused", reason="No.")


def test_what_a_question_was_asked_of_is_kept(records):
    name = converse(records, "anna", WHOLE)
    for collections in (("sea", "tea"), (), None):
        records.put("anna", name, RecordedExchange(1, "Why?", WHOLE, "done", collections=collections))
        assert records.read("anna", name).exchanges[0].collections == collections


def test_which_model_wrote_an_answer_is_kept(records):
    name = converse(records, "anna", WHOLE)
    for model in ("ollama:llama3.2", ""):
        records.put("anna", name, RecordedExchange(1, "Why?", WHOLE, "done", model=model))
        assert records.read("anna", name).exchanges[0].model == model


@pytest.mark.parametrize(("version", "lacks"), [(1, ["collections", "model"]), (2, ["model"])])
def test_a_file_of_a_version_before_is_brought_up_to_date_and_loses_nothing(records, version, lacks):
    name = converse(records, "anna", WHOLE)
    records.put("anna", name, replace(exchange(), collections=("tea",)))
    records.close()
    with closing(sqlite3.connect(records.path)) as file, file:
        for column in lacks:
            file.execute(f"ALTER TABLE exchanges DROP COLUMN {column}")
        file.execute(f"PRAGMA user_version = {version}")
    with pytest.raises(RecordsError, match="Start the page once"):
        Records(records.path, read_only=True)
    with Records(records.path) as later:
        (kept,) = later.read("anna", name).exchanges
        assert kept == replace(exchange(), collections=None if version == 1 else ("tea",))
        changed = replace(kept, collections=("sea",), model="ollama:llama3.2")
        assert later.put("anna", name, changed) == 3
    with Records(records.path) as once_more:
        assert once_more.read("anna", name).exchanges == (changed,)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"not a database" * 100, "cannot be read or written", id="damaged"),
        pytest.param(SCHEMA_VERSION + 1, "Upgrade with", id="of a newer version"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_the_mend(tmp_path, content, said):
    path = tmp_path / "records.db"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        with closing(sqlite3.connect(path)) as file:
            file.execute(f"PRAGMA user_version = {content}")
    with pytest.raises(RecordsError, match=said):
        Records(path)


def test_records_that_are_not_there_are_not_made_by_reading(tmp_path):
    with pytest.raises(RecordsError, match="No records at"):
        Records(tmp_path / "records.db", read_only=True)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_said_with_the_mend(tmp_path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(RecordsError, match="--records"):
        Records(Path(tmp_path / "file" / "records.db"))
