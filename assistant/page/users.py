"""Who may sign in: a file with one line a user, the name and a salted hash of the password."""

from __future__ import annotations

import hmac
import time
from base64 import b64decode, b64encode
from dataclasses import dataclass
from hashlib import scrypt, sha256
from pathlib import Path
from secrets import token_bytes
from threading import Lock

from knowledge import KnowledgeError

COST, BLOCK, PARALLEL = 2**15, 8, 3
"""Parameters of scrypt as OWASP's password storage cheat sheet gives them for 32 MiB of memory."""
MEMORY = 64 * 2**20
"""Bytes that scrypt may take; it needs 128 * cost * block and a little more."""

NAME_CHARACTERS = 48
"""Of a user's name: with what stands before it, it is the name of a collection, which has 64 at most."""

TRIES, WAIT = 5, 60.0
"""Wrong passwords for one name after which nobody may sign in under it, and for how many seconds."""


class UsersError(KnowledgeError):
    """The file of users cannot be used."""


@dataclass(frozen=True, slots=True)
class _Password:
    """A password's hash, with what it was made with."""

    cost: int
    block: int
    parallel: int
    salt: bytes
    digest: bytes

    def matches(self, password: str) -> bool:
        return hmac.compare_digest(self.digest, _hash(password, self))


@dataclass(slots=True)
class _Tries:
    wrong: int = 0
    latest: float = 0.0


class Users:
    """The users of one file, read once."""

    def __init__(self, path: Path) -> None:
        """Read the file.

        Raises:
            UsersError: it cannot be read, or a line is not what `user_line` makes.
        """
        self._passwords: dict[str, _Password] = {}
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise UsersError(f"The users in {path} cannot be read: {error}. {_MEND}") from error
        for number, line in enumerate(lines, start=1):
            if line.strip() and not line.startswith("#"):
                try:
                    name, made_with, salt, digest = line.strip().split(":")
                    check_name(name)
                    cost, block, parallel = map(int, made_with.removeprefix("scrypt,").split(","))
                    password = _Password(
                        cost, block, parallel, b64decode(salt, validate=True), b64decode(digest, validate=True)
                    )
                    if cost < 2 or cost & (cost - 1) or block * parallel < 1 or 128 * cost * block * 2 > MEMORY:
                        raise ValueError("scrypt does not take this")
                    self._passwords[name] = password
                except ValueError as error:
                    raise UsersError(f"{path}, line {number} is no user. {_MEND}") from error
        if not self._passwords:
            raise UsersError(f"{path} names no user. {_MEND}")
        self._tries: dict[str, _Tries] = {}
        self._checking = Lock()

    def badge(self, name: str) -> str:
        """What a user who was admitted is known by, until the user or the password is another."""
        return f"{name}:{sha256(self._passwords[name].digest).hexdigest()[:16]}"

    def bearer(self, badge: str) -> str | None:
        """The user of a badge; None where it is no longer a user's."""
        name = badge.partition(":")[0]
        return name if name in self._passwords and badge == self.badge(name) else None

    def admit(self, name: str, password: str) -> bool:
        """Whether the password is the user's; an unknown name takes as long.

        One password is checked at a time, so that many that are sent at once neither fill the memory nor go faster.
        After some wrong ones, none is right for a minute.
        """
        known = name in self._passwords
        with self._checking:
            right = self._passwords.get(name, _Password(COST, BLOCK, PARALLEL, b"", b"")).matches(password)
            tries = self._tries.setdefault(name, _Tries()) if known else _Tries()
            now = time.monotonic()
            if tries.wrong >= TRIES and now - tries.latest < WAIT:
                return False
            tries.wrong, tries.latest = (0 if right else tries.wrong % TRIES + 1), now
        return right


_MEND = "Add a line with: python -m assistant user NAME >> FILE"


def user_line(name: str, password: str) -> str:
    """The line of a user in the file.

    Raises:
        ValueError: the name cannot be one.
    """
    check_name(name)
    made = _Password(COST, BLOCK, PARALLEL, token_bytes(16), b"")
    made_with = f"scrypt,{made.cost},{made.block},{made.parallel}"
    return f"{name}:{made_with}:{b64encode(made.salt).decode()}:{b64encode(_hash(password, made)).decode()}"


def check_name(name: str) -> None:
    """Raise a `ValueError` unless the name can be a user's, and so the end of a collection's name."""
    allowed = set("abcdefghijklmnopqrstuvwxyz0123456789._-")
    if not (1 <= len(name) <= NAME_CHARACTERS and set(name) <= allowed and name[0].isalnum() and name[-1].isalnum()):
        raise ValueError(
            f"{name!r} cannot be the name of a user. Use 1 to {NAME_CHARACTERS} small letters, digits, '.', '_' or "
            "'-', beginning and ending with a letter or digit."
        )


def _hash(password: str, made: _Password) -> bytes:
    data = password.encode("utf-8", "replace")
    return scrypt(data, salt=made.salt, n=made.cost, r=made.block, p=made.parallel, maxmem=MEMORY, dklen=32)
