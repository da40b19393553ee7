"""A served page and a browser to look at it with."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from assistant.page.conversation import Conversation
from assistant.page.opening import Opening
from assistant.page.users import Users
from assistant.page.visitor import NOBODY, Visitor
from assistant.records import Records
from tests.page.fakes import HARBOUR, KEEPERS, LIGHTHOUSE, TRAP, FakeAssistant, FakeLibrary

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

ROOT = Path(__file__).parents[2]
SCREENSHOTS = ROOT / "screenshots"
AXE = ROOT / ".node" / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def served(
    opening: Opening,
    uploads: Path,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    records: Records | None = None,
    users: Users | None = None,
) -> Iterator[str]:
    """The address of a page that is served in a thread, as it is to whoever `host` is reached by; any port at first."""
    import uvicorn

    from assistant.page.serve import create_app

    before = os.environ.get("GRADIO_TEMP_DIR")
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        app = create_app(opening, uploads=uploads, host=host, records=records, users=users)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(20)
            os.environ.pop("GRADIO_TEMP_DIR", None)
            if before is not None:  # of a page that is still served
                os.environ["GRADIO_TEMP_DIR"] = before


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Debian's Chromium; tests that need it are skipped where it is not installed."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("there is no chromium; on Debian: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield opened
        opened.close()


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[..., Any]]:
    """Opens an address in a context of its own; afterwards nothing may have gone elsewhere or broken in the page."""
    contexts, elsewhere, broken = [], [], []

    def open_page(
        address: str, *, width: int = 1440, height: int = 900, scheme: str = "light", motion: str = "reduce"
    ) -> Any:
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion=motion
        )
        contexts.append(context)
        context.set_default_timeout(10_000)
        context.on("request", lambda request: request.url.startswith(address) or elsewhere.append(request.url))
        page = context.new_page()
        page.on("pageerror", lambda error: broken.append(str(error)))
        page.on("console", lambda line: line.type == "error" and broken.append(line.text))
        page.goto(address)
        page.wait_for_selector(".welcome")
        return page

    open_page.broken = broken
    yield open_page
    for context in contexts:
        context.close()
    assert elsewhere == []
    assert broken == []


@pytest.fixture(scope="session")
def axe() -> str:
    """The checker of barriers; where it is not installed the test is skipped, or fails in CI."""
    if not AXE.exists():
        reason = f"there is no {AXE}; install it with: npm install --prefix .node axe-core@4.14.1"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    return AXE.read_text(encoding="utf-8")


def barriers(page: Any, axe: str) -> list[str]:
    """What stands seriously in the way of somebody, as rule and element."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe)
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] }).then((result) => result.violations)")
    return [
        f"{one['id']}: {node['html'][:120]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


def assert_fits_and_bars_nobody(page: Any, axe: str) -> None:
    """The page need not be scrolled sideways, and nothing in it stands seriously in anyone's way."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert barriers(page, axe) == []


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An original file."""
    path = tmp_path_factory.mktemp("originals") / "lighthouse"
    path.write_text("# How the lighthouse of Fara is powered\n", encoding="utf-8")
    return path


def ready(library: Any, assistant: Any) -> Opening:
    """An opening that is finished."""
    opening = Opening(lambda progress: library, lambda opened: assistant).begin()
    assert opening.finished.wait(5)
    return opening


def session_of(visitor: Visitor = NOBODY) -> Conversation:
    """A session that a visitor has just begun."""
    session = Conversation()
    session.belong_to(visitor)
    return session


@pytest.fixture
def library(original: Path) -> FakeLibrary:
    """Four documents, one of them hostile."""
    return FakeLibrary([LIGHTHOUSE, KEEPERS, HARBOUR, TRAP], original)


@pytest.fixture
def assistant(library: FakeLibrary) -> FakeAssistant:
    """An assistant that answers at once."""
    return FakeAssistant(library)


class Outline(HTMLParser):
    """The elements, attributes and words of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.marks: list[tuple[dict[str, str | None], str]] = []
        self._marking = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "mark":
            self.marks.append((dict(attrs), ""))
            self._marking = True

    def handle_endtag(self, tag: str) -> None:
        self._marking = self._marking and tag != "mark"

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._marking:
            attributes, words = self.marks[-1]
            self.marks[-1] = (attributes, words + data)

    def with_attribute(self, name: str) -> list[str | None]:
        """The values of an attribute, in order."""
        return [attributes[name] for _, attributes in self.elements if name in attributes]

    def current_mark(self) -> str:
        """The words that are marked strongly."""
        return "".join(words for attributes, words in self.marks if attributes.get("class") == "current")


SAFE_ELEMENTS = frozenset(
    "a article aside b blockquote button code datalist details div fieldset form h1 h2 h3 h4 h5 h6 header img input "
    "label legend li mark nav ol option p path pre progress q rect section select span strong summary svg table tbody "
    "td template textarea th thead tr ul".split()
)


def assert_safe(html: str) -> Outline:
    """Nothing in it but elements of ours, and no attribute that runs anything."""
    outline = Outline(html)
    assert {tag for tag, _ in outline.elements} <= SAFE_ELEMENTS
    for _, attributes in outline.elements:
        assert not [name for name in attributes if name.startswith("on") or name in ("style", "srcdoc")]
        assert (attributes.get("src") or "/page.png?").startswith("/page.png?")
        assert (attributes.get("href") or "/").startswith(("/", "http://", "https://"))
    return outline
