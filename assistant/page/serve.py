"""Serves the page: the Gradio application, the original files, and the headers that keep a browser at home."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from threading import Event, Thread, current_thread, main_thread
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from assistant.errors import RecordsError
from assistant.page import texts
from assistant.page.entrance import Entrance
from assistant.page.opening import Opening
from assistant.page.users import Users
from assistant.page.visitor import NOBODY
from assistant.records import Records

if TYPE_CHECKING:
    import uvicorn
    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)

A_DAY = 86_400.0
"""Seconds."""

LONGEST_KEPT = 36_500
"""Days; who wants longer keeps conversations for good."""

# Gradio builds functions from text and writes styles and scripts into the page; attributes such as onclick are what
# markup smuggled into a text would use, and those are off. No host but this one is ever asked for anything.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "script-src-attr 'none'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)


def serve(
    opening: Opening,
    *,
    host: str,
    port: int,
    records: Path | None = None,
    users: Path | None = None,
    model: str | None = None,
    keep_days: int | None = None,
) -> None:
    """Serve the page until it is stopped.

    `records` is the file where conversations are kept, None to keep none; `users` the file of those who may sign in,
    None to let everyone in; `model` the chat model that the opening's assistant writes with. Another can be named in
    the page only where nobody signs in and nobody but this machine is served. Where others are served and nobody signs
    in, documents are read and asked but not changed. With `keep_days` conversations that were last asked so many days
    ago are deleted, with what was said of their answers.

    Raises:
        Exception: what went wrong when the library could not be opened.
    """
    import uvicorn

    with contextlib.ExitStack() as cleaning:
        uploads = cleaning.enter_context(tempfile.TemporaryDirectory(prefix="key-questions-"))
        cleaning.callback(opening.close)
        kept = cleaning.enter_context(Records(records)) if records is not None else None
        if kept is not None and keep_days is not None:
            cleaning.enter_context(forgetting(kept, days=keep_days))
        known = Users(users) if users is not None else None
        app = create_app(opening, uploads=Path(uploads), host=host, records=kept, users=known, model=model)
        config = uvicorn.Config(app, host=host, port=port, log_level="warning", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        # Open pages never end their connections themselves; that they are cut at the end is no news.
        server_log, quiet = logging.getLogger("uvicorn.error"), lambda record: not server.should_exit
        server_log.addFilter(quiet)
        cleaning.callback(server_log.removeFilter, quiet)
        opening.when_failed(lambda: setattr(server, "should_exit", True))
        Thread(target=_announce, args=(server, texts.serving(host, port)), daemon=True).start()
        if current_thread() is main_thread():
            before = signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # so that being told to end cleans up, too
            cleaning.callback(signal.signal, signal.SIGTERM, before)
        with contextlib.suppress(KeyboardInterrupt):
            server.run()
    if not opening.usable and opening.failure is not None:
        raise opening.failure


@contextlib.contextmanager
def forgetting(records: Records, *, days: int) -> Iterator[None]:
    """Have conversations deleted that were last asked so many `days` ago: now, and every day from now on.

    Raises:
        RecordsError: `days` is no number of days.
    """
    if not 0 < days <= LONGEST_KEPT:
        raise RecordsError(f"Conversations cannot be kept for {days:,} days. Choose from 1 to {LONGEST_KEPT:,}.")
    ended = Event()

    def forget() -> None:
        while not ended.is_set():
            try:
                records.forget(before=datetime.now(UTC) - timedelta(days=days))
            except RecordsError as error:
                log.error("Old conversations were not deleted. %s", error)
            ended.wait(A_DAY)

    thread = Thread(target=forget, name="forgetting", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _announce(server: uvicorn.Server, words: str) -> None:
    while not (server.started or server.should_exit):
        time.sleep(0.02)
    if server.started and not server.should_exit:
        print(words, flush=True)  # noqa: T201 - the one thing that the terminal has to show


def create_app(
    opening: Opening,
    *,
    uploads: Path,
    host: str,
    records: Records | None = None,
    users: Users | None = None,
    model: str | None = None,
) -> FastAPI:
    """The application; `uploads` is the folder where Gradio puts files that are sent."""
    if users is not None and records is None:
        raise ValueError("Who has signed in is kept in the records: give `records` with `users`.")
    os.environ["GRADIO_TEMP_DIR"] = str(uploads)
    import gradio as gr
    from fastapi import FastAPI
    from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response

    from assistant.page.build import build_page, read_asset
    from assistant.page.handlers import Handlers

    alone = users is None and _serves_this_machine(host)
    open_to_all = users is None and not alone
    handlers = Handlers(
        opening, uploads=uploads, records=records, model=model or "", any_model=alone, read_only=open_to_all
    )
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    def original(request: Request) -> Response:
        asked = request.query_params
        found = handlers.original(
            asked.get("collection", ""), asked.get("document", ""), request.scope.get("visitor", NOBODY)
        )
        if found is None:
            return PlainTextResponse(texts.ORIGINAL_UNKNOWN, 404)
        path, name = found
        return FileResponse(path, filename=name, media_type="application/octet-stream")

    def transcript(request: Request) -> Response:
        found = handlers.transcript(request.query_params.get("id", ""), request.scope.get("visitor", NOBODY))
        if found is None:
            return PlainTextResponse(texts.CONVERSATION_GONE, 404)
        words, title = found
        name = f"attachment; filename*=UTF-8''{quote(title.replace('/', ' '), safe='')}.md"
        return Response(words, media_type="text/markdown", headers={"content-disposition": name})

    def health(request: Request) -> Response:
        return JSONResponse({"ready": opening.usable})

    def picture(request: Request) -> Response:
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return PlainTextResponse(texts.PICTURE_UNKNOWN, 404)  # another website cannot keep this machine drawing
        asked = request.query_params
        number = asked.get("page", "")
        found = handlers.picture(
            asked.get("collection", ""),
            asked.get("document", ""),
            int(number) if number.isascii() and number.isdigit() and len(number) < 8 else 0,
            request.scope.get("visitor", NOBODY),
        )
        if found is None:
            return PlainTextResponse(texts.PICTURE_UNKNOWN, 404)
        # The address holds the document's hash, so the picture is the same for as long as the page is open.
        return Response(found, media_type="image/png", headers={"cache-control": "private, max-age=600"})

    def refuse(request: Request) -> Response:
        return PlainTextResponse(texts.READ_ONLY, 403)

    if open_to_all:
        # Ahead of Gradio's own routes that take files, so that nobody fills the disk with what is not added.
        app.add_route("/gradio_api/upload", refuse, methods=["POST"])
        app.add_route("/gradio_api/process_recording", refuse, methods=["POST"])
    app.add_route("/original", original)
    app.add_route("/page.png", picture)
    app.add_route("/conversation.md", transcript)
    app.add_route("/healthz", health)
    gr.mount_gradio_app(
        app,
        build_page(handlers),
        path="/",
        theme=gr.themes.Base(
            font=("IBM Plex Sans", "system-ui", "sans-serif"), font_mono=("ui-monospace", "monospace")
        ),
        head=f"<style>{read_asset('style.css')}{read_asset('conversations.css')}</style><script>{read_asset('page.js')}</script>",
        app_kwargs={"docs_url": None, "redoc_url": None, "openapi_url": None},
        footer_links=[],
        max_file_size=f"{texts.UPLOAD_LIMIT}mb",
        run_history=False,
        enable_monitoring=False,
        ssr_mode=False,
        show_error=False,
    )
    app.add_middleware(Entrance, records=records, users=users)
    app.add_middleware(Guard, host=host)
    return app


class Guard:
    """Adds the headers of safety, and refuses what another website makes a browser ask for.

    A page elsewhere can point its own name at this machine, or post to it; a browser then sends that name as the host
    or that page as the origin.
    """

    def __init__(self, app: ASGIApp, *, host: str) -> None:
        self._app = app
        self._local = _serves_this_machine(host)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        host, origin = headers.get(b"host", ""), headers.get(b"origin")
        if (self._local and not _names_this_machine(host)) or (origin and urlsplit(origin).netloc != host):
            await send({"type": "http.response.start", "status": 403, "headers": [(b"content-type", b"text/plain")]})
            await send({"type": "http.response.body", "body": texts.ONLY_OWN_PAGE.encode()})
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *_HEADERS]
            await send(message)

        await self._app(scope, receive, send_guarded)


_HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


def _serves_this_machine(host: str) -> bool:
    """Whether an address to serve on is reached from this machine alone."""
    return host == "localhost" or _is_loopback(host)


def _names_this_machine(host: str) -> bool:
    name = urlsplit(f"//{host}").hostname or ""
    return name == "localhost" or _is_loopback(name)


def _is_loopback(name: str) -> bool:
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
