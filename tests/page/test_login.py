"""Who may sign in, and who a request comes from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from assistant.__main__ import main
from assistant.page import texts, users
from assistant.page.serve import create_app
from assistant.page.users import NAME_CHARACTERS, TRIES, Users, UsersError, user_line
from assistant.page.visitor import NOBODY, Visitor
from assistant.records import Records
from tests.page.conftest import ready
from tests.page.fakes import KEEPERS, LIGHTHOUSE, FakeAssistant, FakeLibrary, make_document


@pytest.fixture(autouse=True, scope="module")
def quick_hashes() -> Iterator[None]:
    """Hashes that cost nothing, so that only their being right is tested."""
    before, users.COST = users.COST, 2
    yield
    users.COST = before


@pytest.fixture(scope="module")
def file(tmp_path_factory, quick_hashes) -> Path:
    path = tmp_path_factory.mktemp("users") / "users"
    lines = ["# who may sign in", user_line("anna", "a long password"), "", user_line("bert", "ein längeres")]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


PRIVATE = make_document("diary.md", "Diary", [("paragraph", "Anna's secret.")])


@pytest.fixture
def open_client(original, tmp_path, file) -> Iterator[Callable[..., TestClient]]:
    """Makes a browser that has not been here, all of one server."""
    library = FakeLibrary(
        [LIGHTHOUSE, KEEPERS, replace(PRIVATE, id=LIGHTHOUSE.id, collection="private-anna")], original
    )
    with Records(tmp_path / "records.db") as records:
        opening = ready(library, FakeAssistant(library))
        app = create_app(opening, uploads=tmp_path, host="127.0.0.1", records=records, users=Users(file))
        yield lambda: TestClient(app, base_url="http://127.0.0.1:7860", follow_redirects=False)


def sign_in(client: TestClient, name: str, password: str) -> int:
    return client.post("/login", data={"name": name, "password": password}).status_code


def test_the_right_password_admits_and_no_other(file):
    known = Users(file)
    assert known.admit("anna", "a long password")
    assert known.admit("bert", "ein längeres")
    for name, password in (("anna", "ein längeres"), ("anna", ""), ("carl", "a long password"), ("", "")):
        assert not known.admit(name, password)


def test_after_some_wrong_passwords_even_the_right_one_waits(file, monkeypatch):
    known = Users(file)
    for _ in range(TRIES):
        assert not known.admit("anna", "guess")
    assert not known.admit("anna", "a long password")
    assert known.admit("bert", "ein längeres")
    monkeypatch.setattr(users, "WAIT", 0.0)
    assert known.admit("anna", "a long password")


def test_the_same_password_is_kept_as_another_hash_each_time():
    first, second = user_line("anna", "a long password"), user_line("anna", "a long password")
    assert first != second
    assert "password" not in first


@pytest.mark.parametrize(
    "name", ["", "Anna", "a:b", "anna b", "-anna", "anna.", "../anna", "a" * (NAME_CHARACTERS + 1), "ännä", "a\n"]
)
def test_a_name_that_cannot_end_the_name_of_a_collection_is_refused(name):
    with pytest.raises(ValueError, match="cannot be the name of a user"):
        user_line(name, "a long password")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("", id="empty"),
        pytest.param("# nobody\n", id="only a comment"),
        pytest.param("anna", id="only a name"),
        pytest.param("anna:password", id="no hash"),
        pytest.param("anna:!!:!!", id="no base64"),
        pytest.param("Anna:scrypt,2,8,1:YQ==:YQ==", id="a name that cannot be one"),
        pytest.param("anna:scrypt,2,8:YQ==:YQ==", id="a parameter too few"),
        pytest.param("anna:scrypt,3,8,1:YQ==:YQ==", id="a cost that scrypt does not take"),
        pytest.param("anna:scrypt,4194304,64,1:YQ==:YQ==", id="a cost that fills the memory"),
        pytest.param(b"\xff\xfe", id="no text"),
        pytest.param(None, id="no file"),
    ],
)
def test_a_file_of_users_that_cannot_be_used_is_said_with_the_mend(tmp_path, content):
    path = tmp_path / "users"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UsersError, match="python -m assistant user"):
        Users(path)


def test_a_badge_is_good_until_the_password_is_another(tmp_path):
    path = tmp_path / "users"
    path.write_text(user_line("anna", "a long password"), encoding="utf-8")
    badge = Users(path).badge("anna")
    assert Users(path).bearer(badge) == "anna"
    path.write_text(user_line("anna", "another password"), encoding="utf-8")
    assert Users(path).bearer(badge) is None
    path.write_text(user_line("bert", "a long password"), encoding="utf-8")
    assert Users(path).bearer(badge) is None


def test_the_command_prints_the_line_of_a_user(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda: "a long password")
    assert main(["user", "anna"]) == 0
    (tmp_path / "users").write_text(capsys.readouterr().out, encoding="utf-8")
    assert Users(tmp_path / "users").admit("anna", "a long password")
    assert main(["user", "Anna B"]) == 1
    monkeypatch.setattr("builtins.input", lambda: "short")
    assert main(["user", "anna"]) == 1
    assert "8 characters" in capsys.readouterr().err


def test_conversations_are_deleted_from_the_command_line(tmp_path, capsys):
    path = tmp_path / "records.db"
    assert main(["--library", str(tmp_path), "forget"]) == 0
    assert not path.exists()
    with Records(path) as records:
        for owner in ("user:anna", "user:bert", "browser:x"):
            records.begin(owner, "What?")
        assert main(["forget", "--records", str(path), "--older-than", "1"]) == 0
        assert main(["forget", "--records", str(path), "--user", "anna"]) == 0
        assert main(["--library", str(tmp_path), "forget"]) == 0
        assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["0", "0", "1", "2"]
        assert records.forget() == 0


@pytest.mark.parametrize("path", ["/", "/gradio_api/info", "/config", "/original", "/theme.css", "/logout", "/nowhere"])
def test_without_signing_in_nothing_is_handed_out(open_client, path):
    client = open_client()
    response = client.get(path)
    assert response.status_code == (303 if path == "/" else 401)
    assert response.headers.get("location", "/login") == "/login"
    assert "default-src 'self'" in response.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/gradio_api/upload", "/gradio_api/queue/join", "/gradio_api/run/predict"])
def test_without_signing_in_nothing_is_taken(open_client, path):
    assert open_client().post(path, files={"files": ("a.txt", b"a")}).status_code == 401


def test_whoever_signs_in_is_let_in_until_signing_out(open_client):
    client = open_client()
    assert texts.PASSWORD in client.get("/login").text
    assert sign_in(client, "anna", "a long password") == 303
    assert client.get("/").status_code == 200
    token = dict(client.cookies)
    assert client.post("/logout").status_code == 303
    assert client.get("/").status_code == 303
    client.cookies.update(token)
    assert client.get("/").status_code == 303


def test_a_wrong_password_is_said_and_its_name_is_text(open_client):
    client = open_client()
    response = client.post("/login", data={"name": "<script>", "password": "x"})
    assert response.status_code == 403
    assert texts.SIGN_IN_WRONG in response.text
    assert "<script>" not in response.text
    assert not client.cookies


@pytest.mark.parametrize("body", [b"x" * 10_000, b"a&" * 1_000, b"\xff\xfe", b"", b"name=anna"])
def test_a_form_that_is_none_signs_nobody_in(open_client, body):
    assert open_client().post("/login", content=body).status_code == 403


def test_another_website_can_sign_nobody_in(open_client):
    client = open_client()
    headers = {"origin": "https://attacker.example"}
    assert (
        client.post("/login", data={"name": "anna", "password": "a long password"}, headers=headers).status_code == 403
    )
    assert not client.cookies


@pytest.mark.parametrize("token", ["", "x" * 43, "../../etc/passwd", "'; DROP TABLE signed_in; --"])
def test_a_made_up_token_is_nobodys(open_client, token):
    assert open_client().get("/", headers={"cookie": f"key-questions-user={token}"}).status_code == 303


def test_a_private_original_is_handed_out_to_its_owner_alone(open_client):
    asked = {"collection": "private-anna", "document": LIGHTHOUSE.id}
    anna, bert = open_client(), open_client()
    sign_in(anna, "anna", "a long password")
    sign_in(bert, "bert", "ein längeres")
    assert anna.get("/original", params=asked).status_code == 200
    assert bert.get("/original", params=asked).status_code == 404
    assert bert.get("/original", params={**asked, "collection": "default"}).status_code == 200


def test_users_without_records_are_refused(tmp_path, file):
    library = FakeLibrary([])
    with pytest.raises(ValueError, match="records"):
        create_app(ready(library, FakeAssistant(library)), uploads=tmp_path, host="127.0.0.1", users=Users(file))


def test_a_browser_is_known_again_by_its_cookie(original, tmp_path):
    library = FakeLibrary([LIGHTHOUSE], original)
    seen = []

    class Watch:
        def __init__(self, app):
            self.app = app

        async def __call__(self, scope, receive, send):
            seen.append(scope.get("visitor"))
            await self.app(scope, receive, send)

    app = create_app(ready(library, FakeAssistant(library)), uploads=tmp_path, host="127.0.0.1")
    app.user_middleware.append(Middleware(Watch))
    client = TestClient(app, base_url="http://127.0.0.1:7860")
    client.get("/healthz")
    cookie = client.get("/").headers["set-cookie"]
    assert re.fullmatch(r"key-questions-browser=[\w-]{43}; Path=/; Max-Age=34560000; HttpOnly; SameSite=Lax", cookie)
    client.get("/healthz")
    client.cookies.clear()
    client.get("/")
    assert seen[0] == NOBODY
    assert seen[1] == seen[2]
    assert seen[3].key not in ("", seen[1].key)
    assert cookie.split("=")[1].split(";")[0] not in seen[1].key


@pytest.mark.parametrize(
    ("visitor", "collection", "reads", "changes"),
    [
        pytest.param(Visitor("k", "anna"), "private-anna", True, True, id="one's own"),
        pytest.param(Visitor("k", "anna"), "shared-anna", True, True, id="one's own for all"),
        pytest.param(Visitor("k", "anna"), "private-annabel", False, False, id="private to a longer name"),
        pytest.param(Visitor("k", "anna"), "private-", False, False, id="private to nobody"),
        pytest.param(Visitor("k", "anna"), "shared-bert", True, False, id="another's for all"),
        pytest.param(Visitor("k", "anna"), "default", True, False, id="the library's"),
        pytest.param(Visitor("k"), "default", True, True, id="the library's, without a login"),
        pytest.param(Visitor("k"), "private-anna", False, False, id="private, without a login"),
        pytest.param(NOBODY, "private-", False, False, id="private to nobody, to nobody"),
    ],
)
def test_who_reads_and_who_changes_a_collection(visitor, collection, reads, changes):
    assert (visitor.may_read(collection), visitor.may_change(collection)) == (reads, changes)
