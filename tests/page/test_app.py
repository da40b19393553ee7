"""The web application as it is started from a terminal."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import app
from knowledge import Library

ROOT = Path(app.__file__).parent


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextmanager
def started(*arguments: str, port: int) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, str(ROOT / "app.py"), "--port", str(port), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_until_ready(port: int, process: subprocess.Popen[str]) -> None:
    for _ in range(300):
        assert process.poll() is None, process.communicate()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as response:
                if b"true" in response.read():
                    return
        except OSError:
            pass
        time.sleep(0.1)
    pytest.fail("the application did not get ready")


@pytest.mark.parametrize(
    "ending", [pytest.param(signal.SIGINT, id="Ctrl+C"), pytest.param(signal.SIGTERM, id="told to end")]
)
def test_it_serves_the_documents_of_a_folder_says_where_and_ends_quietly(tmp_path, ending, monkeypatch):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    sources, port = tmp_path / "docs", free_port()
    sources.mkdir()
    (sources / "note.md").write_text("# Ferry\n\nThe ferry leaves at noon.\n", encoding="utf-8")
    library = tmp_path / "library"
    with started("--library", str(library), "--sources", str(sources), port=port) as process:
        wait_until_ready(port, process)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as response:
            assert b"Key Questions" in response.read()
        process.send_signal(ending)
        said, complained = process.communicate(timeout=20)
    assert said == f"Key Questions is at http://127.0.0.1:{port} (Ctrl+C stops it)\n"
    assert complained == ""
    assert process.returncode == 0
    assert not list(temporary.glob("key-questions-*"))
    with Library.open(library, read_only=True) as opened:
        assert [document.title for document in opened.documents()] == ["Ferry"]


def test_a_library_that_another_process_holds_is_refused_with_the_reason(tmp_path, capsys):
    with Library.open(tmp_path / "library"):
        status = app.main(["--library", str(tmp_path / "library"), "--no-sync", "--port", str(free_port())])
    assert status == 1
    assert "is being written to by" in capsys.readouterr().err
