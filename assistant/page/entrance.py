"""Finds out who a request comes from: a browser by its cookie, or a user who has signed in."""

from __future__ import annotations

import asyncio
import hashlib
import re
from html import escape
from secrets import token_urlsafe
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from assistant.page import texts
from assistant.page.users import Users
from assistant.page.visitor import NOBODY, Visitor
from assistant.records import SIGNED_IN_DAYS, Records

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

BROWSER, USER = "key-questions-browser", "key-questions-user"
"""Names of the cookies."""

BROWSER_DAYS = 400
"""As long as browsers keep a cookie at most (RFC 6265bis)."""

TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
"""32 random bytes in base64: a shorter one could be guessed, and is nobody's."""

FORM_BYTES = 4_096
"""Of a name and a password that are sent."""

OPEN_TO_ALL = frozenset({"/login", "/healthz"})
"""Answered to those who have not signed in."""


class Entrance:
    """Puts the visitor into each request's scope; where there are users, it lets nobody else past the login.

    The cookies are for this server alone: no script reads them, and no other website makes a browser send them with
    what changes anything.
    """

    def __init__(self, app: ASGIApp, *, records: Records | None, users: Users | None) -> None:
        self._app = app
        self._records = records
        self._users = users

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with its visitor, or answer it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        from starlette.requests import Request

        request = Request(scope, receive)
        if self._users is not None and self._records is not None:
            await self._let_in(request, receive, send, users=self._users, records=self._records)
            return
        token = _cookie(request, BROWSER)
        if scope["path"] == "/":
            token = token or token_urlsafe(32)  # whatever the page asks for from now on comes with it
            send = _with_cookie(send, _set(request, BROWSER, token, days=BROWSER_DAYS))
        scope["visitor"] = Visitor("browser:" + hashlib.sha256(token.encode()).hexdigest()) if token else NOBODY
        await self._app(scope, receive, send)

    async def _let_in(self, request: Request, receive: Receive, send: Send, *, users: Users, records: Records) -> None:
        from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

        scope, path, token = request.scope, request.scope["path"], _cookie(request, USER)
        badge = await asyncio.to_thread(records.signed_in, token) if token else None
        user = users.bearer(badge) if badge is not None else None
        if user is not None and path != "/login":
            if path == "/logout" and request.method == "POST":
                await asyncio.to_thread(records.sign_out, token)
                response: Response = RedirectResponse("/login", 303)
                response.headers["set-cookie"] = _set(request, USER, "", days=0)
                await response(scope, receive, send)
                return
            scope["visitor"] = Visitor("user:" + user, user)
            await self._app(scope, receive, send)
            return
        if path == "/login" and request.method == "POST":
            name, password = await _credentials(request)
            if await asyncio.to_thread(users.admit, name, password):
                response = RedirectResponse("/", 303)
                response.headers["set-cookie"] = _set(
                    request, USER, await asyncio.to_thread(records.sign_in, users.badge(name)), days=SIGNED_IN_DAYS
                )
            else:
                response = HTMLResponse(render_login(name, texts.SIGN_IN_WRONG), 403)
        elif path == "/login":
            response = HTMLResponse(render_login())
        elif path in OPEN_TO_ALL:
            scope["visitor"] = NOBODY
            await self._app(scope, receive, send)
            return
        elif path == "/" and request.method == "GET":
            response = RedirectResponse("/login", 303)
        else:
            response = PlainTextResponse(texts.SIGN_IN_FIRST, 401)
        await response(scope, receive, send)


def render_login(name: str = "", wrong: str = "") -> str:
    """The HTML of the page that asks who one is."""
    from assistant.page.build import read_asset

    said = f'<p class="wrong" role="alert">{escape(wrong)}</p>' if wrong else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" '
        f'content="width=device-width, initial-scale=1"><title>{texts.SIGN_IN} · {texts.NAME}</title>'
        f"<style>{read_asset('login.css')}</style></head><body><main><h1>{texts.NAME}</h1>"
        f'<form method="post" action="/login">{said}<label><span>{texts.USER}</span><input name="name" required '
        f'autofocus autocomplete="username" autocapitalize="none" spellcheck="false" value="{escape(name)}"></label>'
        f'<label><span>{texts.PASSWORD}</span><input name="password" type="password" required '
        f'autocomplete="current-password"></label><button type="submit">{texts.SIGN_IN}</button></form></main></body>'
        "</html>"
    )


async def _credentials(request: Request) -> tuple[str, str]:
    data = b""
    async for part in request.stream():
        data += part
        if len(data) > FORM_BYTES:
            return "", ""
    try:
        sent = parse_qs(data.decode("utf-8", "replace"), max_num_fields=4)
    except ValueError:
        return "", ""
    return sent.get("name", [""])[0].strip(), sent.get("password", [""])[0]


def _cookie(request: Request, name: str) -> str:
    """The token in a cookie; empty where there is none, or one that this server did not make."""
    token: str = request.cookies.get(name, "")
    return token if TOKEN.fullmatch(token) else ""


def _set(request: Request, name: str, token: str, *, days: int) -> str:
    secure = "; Secure" if request.url.scheme == "https" else ""
    return f"{name}={token}; Path=/; Max-Age={days * 86_400}; HttpOnly; SameSite=Lax{secure}"


def _with_cookie(send: Send, cookie: str) -> Send:
    async def send_with_cookie(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), (b"set-cookie", cookie.encode())]
        await send(message)

    return send_with_cookie
