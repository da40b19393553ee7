"""The library on a real Chroma server: all tests of the library again, and a server that goes away."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import httpx
import pytest

from knowledge import KnowledgeError, Library, LibrarySettings
from knowledge.errors import VectorServerError
from tests.knowledge.test_library import *  # noqa: F403 the same tests, with the fixtures below


class Server:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        program = Path(sys.executable).with_name("chroma")
        options = ["run", "--path", str(self.folder), "--host", "127.0.0.1", "--port", str(self.port)]
        self.process = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            try:
                if httpx.get(f"{self.address}/api/v2/heartbeat", trust_env=False).is_success:
                    return
            except httpx.HTTPError:
                time.sleep(0.1)
        pytest.fail("the Chroma server does not start")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    started = Server(tmp_path_factory.mktemp("chroma"))
    yield started
    started.kill()


@pytest.fixture(autouse=True)
def by_address(server, monkeypatch):
    """Libraries that are opened without settings are on the server too, and are taken for too large to compare every
    vector, so that each search asks the server."""
    monkeypatch.setattr("knowledge.library.LibrarySettings", partial(LibrarySettings, chroma=server.address))
    monkeypatch.setattr("knowledge.library.EXACT_CHUNKS", 0)


def test_a_library_that_is_not_large_is_searched_without_the_server(library, folder, server, monkeypatch):
    library.sync(folder)
    assert library.search("honey")[0].document_id == "bees.md"
    assert library._vectors is library._index
    library.close()
    monkeypatch.setattr("knowledge.library.EXACT_CHUNKS", 50_000)
    server.kill()
    try:
        with Library.open(library.path, read_only=True, embedder=library.embedder) as reader:
            assert reader.search("honey")[0].document_id == "bees.md"
            assert reader._index is None
    finally:
        server.start()


@pytest.fixture
def library(tmp_path, embedder, server):
    settings = LibrarySettings(workers=1, chroma=server.address)
    with Library.open(tmp_path / "library", embedder=embedder, settings=settings) as opened:
        yield opened
    assert not (tmp_path / "library" / "vectors").exists()


def test_two_libraries_on_one_server_do_not_mix(library, folder, embedder, tmp_path):
    library.sync(folder)
    with Library.open(tmp_path / "other", embedder=embedder) as other:
        assert other._index.collections() == []
        assert other.search("honey") == []
        other.sync(folder)
        other.remove("bees.md")
    assert library.search("honey")[0].document_id == "bees.md"


def test_a_server_that_was_killed_is_a_clear_error_then_it_goes_on(library, folder, server):
    library.sync(folder)
    server.kill()
    (folder / "salt.md").write_text("# Salt\n\nSalt is won from the sea.\n", encoding="utf-8")
    with pytest.raises(VectorServerError, match="chroma run"):
        library.search("honey")
    with pytest.raises(VectorServerError, match=server.address):
        library.sync(folder)
    server.start()
    assert library.search("honey")[0].document_id == "bees.md"
    library.sync(folder)
    assert library.search("Salt from the sea")[0].document_id == "salt.md"


def test_what_the_server_lost_is_put_back_without_embedding(library, folder, embedder, server):
    library.sync(folder)
    library.close()
    embedder.embedded.clear()
    server.kill()
    shutil.rmtree(server.folder)
    server.start()
    with Library.open(library.path, embedder=embedder) as opened:
        assert opened._index.ids("default") == {chunk_id for _, chunk_id in opened._catalog.chunk_ids()}
    assert embedder.embedded == []


@pytest.mark.parametrize("address", ["127.0.0.1:8000", "ftp://host", "http://", "http://host:port", "http://host/path"])
def test_an_address_that_is_none_is_an_error(tmp_path, embedder, address):
    with pytest.raises(KnowledgeError, match="like http://127"):
        Library.open(tmp_path / "none", embedder=embedder, settings=LibrarySettings(chroma=address))


def test_a_server_that_is_not_there_is_an_error_that_names_the_mend(tmp_path, embedder):
    with pytest.raises(VectorServerError, match="chroma run"):
        Library.open(tmp_path / "none", embedder=embedder, settings=LibrarySettings(chroma="http://127.0.0.1:9"))
