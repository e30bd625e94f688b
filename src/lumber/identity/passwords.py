"""Passwords: rules for new ones, and their hashes by Argon2id.

The defaults are the second recommendation of RFC 9106: 64 MiB, 3 rounds and 4 lanes.
"""

from __future__ import annotations

import asyncio
import base64
import secrets
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from lumber.errors import ConfigError, FieldProblem, TooManyLogins
from lumber.identity.names import folded
from lumber.settings import Settings

if TYPE_CHECKING:
    from argon2 import Parameters, PasswordHasher

T = TypeVar("T")

MIN_CHARACTERS, MAX_CHARACTERS = 12, 1_000
_MIN_DIFFERENT = 5
_LANES = 4
_SALT_BYTES, _HASH_BYTES = 16, 32
# Each takes a fraction of a second, so a longer queue would outlast the patience of those in it.
_MOST_WAITING = 100


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a password is right. `rehashed` is its new hash, if the stored one is weaker than today's."""

    is_right: bool
    rehashed: str | None = None


class Passwords:
    """Hashes and checks passwords in threads of its own. Their number limits the memory in use."""

    def __init__(self, *, memory_bytes: int, rounds: int, at_once: int = 2) -> None:
        self._memory_kib = memory_bytes // 1024
        self._rounds = rounds
        self._most_pending = at_once + _MOST_WAITING
        self._pending = 0
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="lumber-password")

    @classmethod
    def of(cls, settings: Settings) -> Passwords:
        """Return a hasher with the parameters of the settings."""
        return cls(
            memory_bytes=settings.password_memory_bytes,
            rounds=settings.password_rounds,
            at_once=settings.password_hashes,
        )

    async def hashed(self, password: str) -> str:
        """Return the hash of a password. Raises TooManyLogins."""
        return await self._run(lambda: self._hasher().hash(_bytes(password)))

    async def check(self, password: str, stored: str | None) -> Verdict:
        """Compare a password with a stored hash. Raises TooManyLogins.

        Without a stored hash, or for a password that is too long, it does the same work for nothing, so the
        time doesn't tell whether there is an account.
        """
        return await self._run(lambda: self._checked(password, stored))

    def close(self) -> None:
        """Stop the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: Callable[[], T]) -> T:
        if self._pending >= self._most_pending:
            raise TooManyLogins(
                f"{self._pending} passwords are being checked already. Try again in some seconds."
            )
        self._pending += 1
        try:
            # If the caller is cancelled, work that hasn't started is dropped. A started hash ends.
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._pending -= 1

    def _checked(self, password: str, stored: str | None) -> Verdict:
        from argon2.exceptions import VerifyMismatchError

        hasher = self._hasher()
        found = None if len(password) > MAX_CHARACTERS else _parameters(stored)
        try:
            hasher.verify(self._decoy() if found is None else stored or "", _bytes(password[:MAX_CHARACTERS]))
        except VerifyMismatchError:
            return Verdict(is_right=False)
        if found is None:
            return Verdict(is_right=False)
        return Verdict(True, hasher.hash(_bytes(password)) if self._is_weaker(found) else None)

    def _is_weaker(self, found: Parameters) -> bool:
        """Say whether a hash was made with less memory or fewer rounds. A stronger hash stays."""
        return found.memory_cost < self._memory_kib or found.time_cost < self._rounds

    def _hasher(self) -> PasswordHasher:
        from argon2 import PasswordHasher  # commands that need no password don't load it

        return PasswordHasher(
            time_cost=self._rounds,
            memory_cost=self._memory_kib,
            parallelism=_LANES,
            hash_len=_HASH_BYTES,
            salt_len=_SALT_BYTES,
        )

    def _decoy(self) -> str:
        """Return a hash with today's parameters that belongs to no password."""
        salt, digest = (
            base64.b64encode(secrets.token_bytes(size)).decode().rstrip("=")
            for size in (_SALT_BYTES, _HASH_BYTES)
        )
        return f"$argon2id$v=19$m={self._memory_kib},t={self._rounds},p={_LANES}${salt}${digest}"


def _parameters(stored: str | None) -> Parameters | None:
    """Return the parameters of a stored hash; None if there is none, or the text isn't one."""
    from argon2 import Type, extract_parameters
    from argon2.exceptions import InvalidHashError

    try:
        found = extract_parameters(stored or "")
    except InvalidHashError:
        return None
    return found if found.type is Type.ID else None


def checked_password(password: str, name: str, *, field: str = "password") -> str:
    """Return a new password for the account `name`. Raises ConfigError, which never shows the password."""
    characters = len(unicodedata.normalize("NFKC", password))
    if not MIN_CHARACTERS <= characters <= MAX_CHARACTERS or len(password) > MAX_CHARACTERS:
        raise _problem(
            field, f"has {characters:,} characters", f"{MIN_CHARACTERS} to {MAX_CHARACTERS:,} characters"
        )
    if any(unicodedata.category(each) in ("Cc", "Cs") for each in password):
        raise _problem(field, "has control characters", "letters, digits, signs and spaces")
    if len(set(folded(password))) < _MIN_DIFFERENT:
        raise _problem(field, "is too regular", f"at least {_MIN_DIFFERENT} different characters")
    if folded(password) == folded(name):
        raise _problem(field, "is the name of the account", "anything else")
    return password


def _problem(field: str, message: str, allowed: str) -> ConfigError:
    return ConfigError([FieldProblem(field, None, message, (allowed,))])


def _bytes(password: str) -> bytes:
    """Return what is hashed: keyboards write some characters in several ways."""
    return unicodedata.normalize("NFKC", password).encode(errors="surrogatepass")
