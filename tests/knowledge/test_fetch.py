"""Addresses, fetched from real servers on loopback that behave and misbehave."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from knowledge import Library, LibrarySettings, LoadError
from knowledge.fetch import REDIRECTS, fetch_address

PAGE = (
    b"<html><head><title>Salt</title></head><body><article>"
    b"<h1>Salt</h1><p>Salt is won from the sea in basins.</p></article></body></html>"
)
REDIRECTIONS = {
    "around": "/around",
    "moved": "/page",
    "to-file": "file:///etc/passwd",
    "to-private": "http://10.0.0.1/page",
}


class Misbehaving(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        name = self.path.split("?")[0].strip("/")
        if name == "page":
            self.answer(PAGE, "text/html; charset=utf-8")
        elif name == "picture":
            self.answer(b"\x89PNG", "image/png")
        elif name == "missing":
            self.answer(b"no", "text/html", status=404)
        elif name == "bomb":
            self.answer(gzip.compress(b"a" * 20_000_000), "text/plain", {"Content-Encoding": "gzip"})
        elif name == "large":
            self.answer(b"a" * 2_000_000, "text/plain")
        elif name == "lies":
            self.answer(b"short", "text/plain", {"Content-Length": "5000"})
        elif name == "slow":
            self.send_response(200)
            self.send_header("Content-Type", "text/plain")
            self.end_headers()
            for _ in range(100):
                try:
                    self.wfile.write(b"a" * 100_000)
                    time.sleep(0.05)
                except OSError:
                    return
        elif name == "silent":
            time.sleep(3)
        elif name in REDIRECTIONS:
            self.redirect(REDIRECTIONS[name])

    def answer(self, body: bytes, kind: str, headers: dict[str, str] | None = None, status: int = 200) -> None:
        self.send_response(status)
        for key, value in {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)

    def redirect(self, target: str) -> None:
        self.send_response(302)
        self.send_header("Location", target)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    served = ThreadingHTTPServer(("127.0.0.1", 0), Misbehaving)
    served.daemon_threads = True
    threading.Thread(target=served.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{served.server_port}"
    served.shutdown()
    served.server_close()


def fetch(address: str, **options: object) -> bytes:
    with fetch_address(address, **{"max_bytes": 1_000_000, "allow_private": True, **options}) as path:  # type: ignore[arg-type]
        return path.read_bytes()


def test_a_page_is_fetched_and_the_file_is_gone_afterwards(server):
    with fetch_address(f"{server}/page", max_bytes=1_000_000, allow_private=True) as path:
        assert path.suffix == ".html"
        assert path.read_bytes() == PAGE
    assert not path.exists()


def test_a_redirect_is_followed(server):
    assert fetch(f"{server}/moved") == PAGE


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing", "answered 404"),
        ("picture", "image/png"),
        ("bomb", "larger than"),
        ("large", "larger than"),
        ("lies", "could not be fetched"),
        ("around", f"more than {REDIRECTS} times"),
        ("to-file", "not an http"),
    ],
)
def test_what_misbehaves_is_an_error_with_its_reason(server, name, reason):
    with pytest.raises(LoadError, match=reason):
        fetch(f"{server}/{name}")


@pytest.mark.parametrize("name", ["slow", "silent"])
def test_what_takes_too_long_is_ended(server, name):
    started = time.monotonic()
    with pytest.raises(LoadError, match=r"too long|could not be fetched"):
        fetch(f"{server}/{name}", max_bytes=100_000_000, seconds=0.5)
    assert time.monotonic() - started < 2.5


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/",
        "http://localhost/",
        "http://[::1]/",
        "http://10.1.2.3/",
        "http://192.168.0.1/",
        "http://169.254.169.254/latest/meta-data",
        "http://[::ffff:127.0.0.1]/",
        "http://2130706433/",
        "http://0.0.0.0/",
        "http://224.0.0.1/",
    ],
)
def test_addresses_of_this_machine_and_of_private_networks_are_refused(address):
    with pytest.raises(LoadError, match="private network"):
        fetch(address, allow_private=False)


@pytest.mark.parametrize("address", ["ftp://example.org/a", "file:///etc/passwd", "http://", "http://a:b:c/", "//x"])
def test_what_is_no_web_address_is_refused(address):
    with pytest.raises(LoadError, match=r"not an (http|address)"):
        fetch(address)


def test_a_name_that_cannot_be_resolved_is_an_error_that_names_it():
    with pytest.raises(LoadError, match=r"nowhere\.invalid"):
        fetch("http://nowhere.invalid/")


def test_an_address_becomes_a_document_under_its_address(server, tmp_path, embedder):
    address = f"{server}/page"
    with Library.open(tmp_path / "closed", embedder=embedder) as library, pytest.raises(LoadError, match="private"):
        library.add(address)
    settings = LibrarySettings(allow_private_addresses=True)
    with Library.open(tmp_path / "open", embedder=embedder, settings=settings) as library:
        document = library.add(address)
        assert document.id == document.origin == address
        assert "Salt is won from the sea in basins." in document.text
        assert library.add(address).content_hash == document.content_hash
        assert [summary.id for summary in library.documents()] == [address]
