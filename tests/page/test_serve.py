"""What the server hands out and what it refuses."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from starlette.testclient import TestClient

from assistant.errors import RecordsError
from assistant.page import serve
from assistant.page.serve import create_app
from assistant.page.users import Users, user_line
from assistant.records import Records
from tests.page.conftest import ready
from tests.page.fakes import KEEPERS, LIGHTHOUSE, FakeAssistant, FakeLibrary


@pytest.fixture(scope="module")
def client(original, tmp_path_factory) -> Iterator[TestClient]:
    library = FakeLibrary([LIGHTHOUSE, KEEPERS], original)
    opening = ready(library, FakeAssistant(library))
    app = create_app(opening, uploads=tmp_path_factory.mktemp("uploads"), host="127.0.0.1")
    with TestClient(app, base_url="http://127.0.0.1:7860") as client:
        yield client


def test_the_original_is_downloaded_and_never_shown(client):
    response = client.get("/original", params={"collection": "default", "document": "lighthouse.md"})
    assert response.status_code == 200
    assert response.text.startswith("# How the lighthouse")
    assert response.headers["content-type"] == "application/octet-stream"
    assert response.headers["content-disposition"] == 'attachment; filename="lighthouse.md"'
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"collection": "default", "document": "../../etc/passwd"}, id="path"),
        pytest.param({"collection": "default", "document": "reports/keepers.pdf"}, id="no original kept"),
        pytest.param({"collection": "other", "document": "lighthouse.md"}, id="another collection"),
    ],
)
def test_nothing_else_is_downloaded(client, asked):
    assert client.get("/original", params=asked).status_code == 404


@pytest.mark.parametrize(
    ("host", "login", "status"),
    [
        pytest.param("127.0.0.1", False, 200, id="this machine"),
        pytest.param("localhost", False, 200, id="this machine by name"),
        pytest.param("::1", False, 200, id="this machine in IPv6"),
        pytest.param("0.0.0.0", False, 403, id="every machine"),
        pytest.param("192.168.1.7", False, 403, id="a network"),
        pytest.param("0.0.0.0", True, 401, id="every machine, with a login"),
    ],
)
def test_files_are_taken_from_this_machine_or_from_those_who_sign_in(tmp_path, host, login, status):
    library = FakeLibrary([LIGHTHOUSE])
    (tmp_path / "users").write_text(user_line("anna", "a long password") + "\n", encoding="utf-8")
    users = Users(tmp_path / "users") if login else None
    with Records(tmp_path / "records.db") as records:
        opening = ready(library, FakeAssistant(library))
        app = create_app(opening, uploads=tmp_path / "uploads", host=host, records=records, users=users)
        with TestClient(app, base_url="http://127.0.0.1:7860") as client:
            response = client.post("/gradio_api/upload", files={"files": ("note.txt", b"Words.")})
            if status == 403:
                assert client.post("/gradio_api/process_recording", files={"video": b"Words."}).status_code == 403
            kept = [path.name for path in (tmp_path / "uploads").rglob("*") if path.is_file()]
    assert (response.status_code, kept) == (status, ["note.txt"] if status == 200 else [])


@pytest.mark.parametrize("path", ["/", "/theme.css", "/healthz", "/original", "/nowhere"])
def test_every_response_forbids_the_browser_to_go_elsewhere(client, path):
    policy = client.get(path).headers["content-security-policy"]
    assert "connect-src 'self'" in policy
    assert "img-src 'self' data:" in policy
    assert "script-src-attr 'none'" in policy
    assert "http" not in policy


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json", "/monitoring"])
def test_what_is_for_developers_is_not_served(client, path):
    assert client.get(path).status_code in (401, 403, 404)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({}, 200, id="its own page"),
        pytest.param({"host": "localhost:7860"}, 200, id="localhost"),
        pytest.param({"host": "[::1]:7860"}, 200, id="IPv6"),
        pytest.param({"host": "127.0.0.1:7860", "origin": "http://127.0.0.1:7860"}, 200, id="its own origin"),
        pytest.param({"host": "attacker.example"}, 403, id="another name for this machine"),
        pytest.param({"origin": "https://attacker.example"}, 403, id="another website"),
        pytest.param({"origin": "null"}, 403, id="a page without origin"),
        pytest.param({"host": ""}, 403, id="no host"),
    ],
)
def test_only_its_own_page_is_answered(client, headers, status):
    assert client.get("/healthz", headers=headers).status_code == status


def test_another_website_cannot_send_a_file(client):
    files = {"files": ("a.txt", b"a")}
    refused = client.post("/gradio_api/upload", files=files, headers={"origin": "https://attacker.example"})
    assert refused.status_code == 403
    assert client.post("/gradio_api/upload", files=files).status_code == 200


def test_no_event_of_the_page_is_a_public_endpoint(client):
    assert client.get("/gradio_api/info").json() == {"named_endpoints": {}, "unnamed_endpoints": {}}


def asked_days_ago(records: Records, days: float) -> str:
    name = records.begin("anna", f"Asked {days} days ago?")
    before = (datetime.now(UTC) - timedelta(days=days)).isoformat()
    with closing(sqlite3.connect(records.path)) as file, file:
        file.execute("UPDATE conversations SET changed = ? WHERE id = ?", (before, name))
    return name


def test_conversations_older_than_they_are_kept_go_at_once_and_again_and_again(tmp_path, monkeypatch):
    monkeypatch.setattr(serve, "A_DAY", 0.01)
    with Records(tmp_path / "records.db") as records:
        asked_days_ago(records, 30.1)
        young = asked_days_ago(records, 29.9)
        with serve.forgetting(records, days=30):
            wait_until(lambda: [one.id for one in records.summaries("anna")] == [young])
            asked_days_ago(records, 31)
            wait_until(lambda: [one.id for one in records.summaries("anna")] == [young])


def wait_until(true: Callable[[], bool]) -> None:
    for _ in range(500):
        if true():
            return
        time.sleep(0.01)
    pytest.fail("it did not come to be")


def test_records_that_fail_end_no_server_but_are_said(tmp_path, monkeypatch, caplog):
    def fail(**_: object) -> int:
        raise RecordsError("records.db cannot be written. Make room.")

    with Records(tmp_path / "records.db") as records:
        monkeypatch.setattr(records, "forget", fail)
        with serve.forgetting(records, days=30):
            wait_until(lambda: "Make room." in caplog.text)


@pytest.mark.parametrize("days", [0, -1, 10**9])
def test_a_number_of_days_that_is_none_is_refused_before_anything_is_deleted(tmp_path, days):
    with Records(tmp_path / "records.db") as records:
        asked_days_ago(records, 1)
        with pytest.raises(RecordsError, match="Choose from 1"), serve.forgetting(records, days=days):
            pass
        assert len(records.summaries("anna")) == 1


def test_the_server_says_when_it_can_be_asked(client):
    assert client.get("/healthz").json() == {"ready": True}
