"""An http(s) address -> a file. Only asked for by name, never because a document mentions it."""

from __future__ import annotations

import ipaddress
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit, urlunsplit

from knowledge.errors import LoadError

if TYPE_CHECKING:
    import httpx

REDIRECTS = 5

SUFFIX_OF_TYPE = {
    "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/xhtml+xml": ".html",
    "text/csv": ".csv",
    "text/html": ".html",
    "text/markdown": ".md",
    "text/plain": ".txt",
}


@contextmanager
def fetch_address(
    address: str, *, max_bytes: int, seconds: float = 30.0, allow_private: bool = False
) -> Iterator[Path]:
    """The content of an address as a temporary file, whose suffix tells its type; deleted afterwards.

    The name is resolved once and the connection goes to the resolved address, so that it cannot change in between.

    Raises:
        LoadError: not http(s), a private address (unless allowed), also after a redirect; too large, too slow,
            too many redirects, an answer other than 200, or a type that cannot be read.
    """
    import httpx

    deadline = time.monotonic() + seconds
    target = address
    with httpx.Client(trust_env=False, follow_redirects=False, timeout=min(10.0, seconds)) as client:
        for _ in range(REDIRECTS + 1):
            url, host = _resolve(address, target, allow_private)
            try:
                request = client.build_request(
                    "GET",
                    url,
                    headers={"Host": host, "User-Agent": "key-questions", "Accept-Encoding": "gzip, identity"},
                    extensions={"sni_hostname": urlsplit(target).hostname},
                )
                response = client.send(request, stream=True)
                try:
                    if response.is_redirect:
                        target = urljoin(target, response.headers["location"])
                        continue
                    if response.status_code != 200:
                        raise LoadError(address, f"the server answered {response.status_code}")
                    kind = response.headers.get("content-type", "text/plain").split(";")[0].strip().lower()
                    if kind not in SUFFIX_OF_TYPE:
                        raise LoadError(address, f"documents of type {kind!r} cannot be read")
                    with tempfile.TemporaryDirectory(prefix="key-questions-") as folder:
                        file = Path(folder) / f"fetched{SUFFIX_OF_TYPE[kind]}"
                        _save(address, response, file, max_bytes, deadline)
                        yield file
                    return
                finally:
                    response.close()
            except httpx.HTTPError as error:
                raise LoadError(address, f"it could not be fetched ({type(error).__name__}: {error})") from error
    raise LoadError(address, f"it redirects more than {REDIRECTS} times")


def _resolve(address: str, target: str, allow_private: bool) -> tuple[str, str]:
    """The target with a numeric address in place of its name, and the Host header that it needs."""
    try:
        parts = urlsplit(target)
        port = parts.port
    except ValueError as error:
        raise LoadError(address, f"{target!r} is not an address ({error})") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise LoadError(address, f"{target!r} is not an http or https address")
    try:
        found = socket.getaddrinfo(parts.hostname, port or parts.scheme, type=socket.SOCK_STREAM)
    except OSError as error:
        raise LoadError(address, f"the name {parts.hostname!r} cannot be resolved ({error})") from error
    numeric = [ipaddress.ip_address(str(row[4][0]).split("%")[0]) for row in found]
    if not allow_private and not all(_is_public(ip) for ip in numeric):
        raise LoadError(address, f"{parts.hostname!r} is an address of this machine or a private network")
    ip = numeric[0]
    literal = f"[{ip}]" if ip.version == 6 else str(ip)
    place = f"{literal}:{port}" if port else literal
    host = f"{parts.hostname}:{port}" if port else parts.hostname
    return urlunsplit((parts.scheme, place, parts.path or "/", parts.query, "")), host


def _is_public(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    inner = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None) or ip
    return bool(ip.is_global and inner.is_global and not ip.is_multicast)


def _save(address: str, response: httpx.Response, file: Path, max_bytes: int, deadline: float) -> None:
    size = 0
    with file.open("wb") as output:
        for part in response.iter_bytes(65_536):
            size += len(part)
            if size > max_bytes:
                raise LoadError(address, f"it is larger than {max_bytes // 2**20} MiB")
            if time.monotonic() > deadline:
                raise LoadError(address, "fetching it takes too long")
            output.write(part)
