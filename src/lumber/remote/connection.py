"""The connection to a service: one key, one place where calls are repeated, and limits on answers.

A call is repeated only if that can't do its work twice: it reads, it has an idempotency key, or no
connection was made. Redirects aren't followed, because the key must not go to another address.
"""

from __future__ import annotations

import json
import random
import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2

from lumber.errors import ConfigError, FieldProblem, LumberError, ServerUnreachable
from lumber.remote.problems import error_in, stranger
from lumber.version import __version__

_PREFIX = "/api/v1"
_JSON = "application/json"
# Seconds before the calls after the first one, on average.
_WAITS = (0.2, 0.6, 1.8)
_DOWNLOAD_WAITS = (0.3, 1.0, 3.0, 10.0, 20.0)
_LONGEST_WAIT_SECONDS = 30.0
_REPEATED_STATUSES = (429, 502, 503, 504)
# A service answers within LUMBER_PREVIEW_SECONDS, 30 by default.
_CONNECT_SECONDS = 10.0
_TIMEOUT = httpx2.Timeout(60.0, connect=_CONNECT_SECONDS)
_MOST_BYTES = 256 * 1024 * 1024


class Connection:
    """Calls to one service. Close it after use. Several threads may share it.

    Errors of calls: ServerUnreachable, the error that the service names, or RemoteError.
    """

    def __init__(
        self,
        server: str,
        key: str | None = None,
        *,
        ca_file: Path | None = None,
    ) -> None:
        self.server = server
        self.has_key = key is not None
        self.waits: Sequence[float] = _WAITS
        # After attempts at a file that brought no byte. One that brought some begins anew.
        self.download_waits: Sequence[float] = _DOWNLOAD_WAITS
        is_encrypted = urlsplit(server).scheme == "https"
        headers = {"User-Agent": f"lumber/{__version__}", "Accept-Encoding": "identity"}
        if key is not None:
            headers["Authorization"] = f"Bearer {key}"
        self._http = httpx2.Client(
            base_url=f"{server}{_PREFIX}",
            headers=headers,
            timeout=_TIMEOUT,
            follow_redirects=False,
            verify=_trusted(ca_file) if is_encrypted else False,
            # Proxies of the environment are for https only: they could read the key in plain http.
            trust_env=is_encrypted,
        )

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        """Return the JSON at a path."""
        return self.call("GET", path, params=params, is_repeatable=True)[0]

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        is_repeatable: bool = False,
        seconds: float | None = None,
    ) -> tuple[Any, Mapping[str, str]]:
        """Make a call; return the JSON and the headers of the answer. It may take `seconds`."""
        request: dict[str, Any] = {"params": _given(params), "headers": headers}
        if body is not None:
            request["json"] = body
        if seconds is not None:
            request["timeout"] = httpx2.Timeout(seconds, connect=_CONNECT_SECONDS)
        for wait in self.attempts(is_repeatable=is_repeatable):
            with wait, self.open(method, path, **request) as answer:
                content = _content(self.server, answer)
                return self._json(answer, content), answer.headers
        raise AssertionError

    @contextmanager
    def open(self, method: str, path: str, **request: Any) -> Iterator[httpx2.Response]:
        """Yield an answer whose body isn't read yet. Raises the error that it stands for, if it is one."""
        try:
            with self._http.stream(method, path, **request) as answer:
                if answer.status_code >= 300:
                    raise self._refused(answer)
                yield answer
        except httpx2.TransportError as error:
            raise _unreachable(self.server, error) from None

    def content(self, path: str) -> bytes:
        """Return the body at a path, as it is sent."""
        for wait in self.attempts(is_repeatable=True):
            with wait, self.open("GET", path) as answer:
                return _content(self.server, answer)
        raise AssertionError

    def attempts(self, *, is_repeatable: bool) -> Iterator[_Attempt]:
        """Yield attempts at a call, each after a longer wait, until one succeeds or raises its error."""
        for number in range(len(self.waits) + 1):
            attempt = _Attempt(
                is_last=number == len(self.waits),
                is_repeatable=is_repeatable,
            )
            yield attempt
            if attempt.wait_seconds is not None:
                time.sleep(max(attempt.wait_seconds, self.waits[number] * random.uniform(0.5, 1.5)))

    def _refused(self, answer: httpx2.Response) -> LumberError:
        content = _content(self.server, answer)
        media_type = answer.headers.get("Content-Type", "")
        error = error_in(self.server, answer.status_code, media_type, content, has_key=self.has_key)
        error.__cause__ = _Status(answer.status_code, answer.headers.get("Retry-After"))
        return error

    def _json(self, answer: httpx2.Response, content: bytes) -> Any:
        if not content:
            return None
        media_type = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if media_type != _JSON:
            raise stranger(self.server, f"it answers with {media_type or 'no media type'} instead of JSON")
        try:
            return json.loads(content)
        except (ValueError, RecursionError):
            raise stranger(self.server, "its answer isn't JSON that can be read") from None


class _Status(Exception):
    """The status of an answer, as the cause of its error."""

    def __init__(self, status: int, retry_after: str | None) -> None:
        super().__init__(f"status {status}")
        self.status = status
        self.seconds = float(retry_after) if retry_after and retry_after.isdecimal() else 0.0


class NotSent(ServerUnreachable):
    """No connection was made, so the service did nothing."""


class _Attempt:
    """One attempt. It swallows an error after which another attempt makes sense."""

    def __init__(self, *, is_last: bool, is_repeatable: bool) -> None:
        self.wait_seconds: float | None = None
        self._is_last, self._is_repeatable = is_last, is_repeatable

    def __enter__(self) -> None:
        return None

    def __exit__(self, type_: object, error: BaseException | None, trace: object) -> bool:
        if not isinstance(error, LumberError) or self._is_last:
            return False
        self.wait_seconds = wait_after(error, is_repeatable=self._is_repeatable)
        return self.wait_seconds is not None


def wait_after(error: LumberError, *, is_repeatable: bool) -> float | None:
    """Return the seconds that a service asks to wait before another attempt; None if there must be none."""
    status = error.__cause__
    if isinstance(error, NotSent):
        return 0.0
    if not is_repeatable:
        return None
    if not isinstance(status, _Status):
        return 0.0 if isinstance(error, ServerUnreachable) else None
    is_passing = status.status in _REPEATED_STATUSES and (status.status == 429 or error.retryable)
    return status.seconds if is_passing and status.seconds <= _LONGEST_WAIT_SECONDS else None


def _trusted(ca_file: Path | None) -> ssl.SSLContext:
    """Return what is trusted: the authorities of the system, or those of a file. Raises ConfigError."""
    try:
        return ssl.create_default_context(cafile=None if ca_file is None else str(ca_file.expanduser()))
    except OSError as error:  # SSLError is one
        reason = "contains no certificate in PEM" if isinstance(error, ssl.SSLError) else error.strerror
        message = f"{ca_file} can't be used: it {reason}"
        raise ConfigError([FieldProblem("LUMBER_CA_FILE", str(ca_file), message)]) from None


def _unreachable(server: str, error: httpx2.TransportError) -> LumberError:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _untrusted(server, cause)
        cause = cause.__cause__ or cause.__context__
    is_unsent = isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout)
    if isinstance(error, httpx2.TimeoutException):
        reason = "it takes too long to answer"
    else:
        reason = str(error) or type(error).__name__
    kind = NotSent if is_unsent else ServerUnreachable
    return kind(f"{server} can't be reached: {reason}. Check the address, and whether the service runs.")


def _untrusted(server: str, error: ssl.SSLCertVerificationError) -> LumberError:
    from lumber.errors import RemoteError

    return RemoteError(
        f"{server} has a certificate that isn't trusted: {error.verify_message}. For a private authority, "
        "name its certificate in LUMBER_CA_FILE."
    )


def _content(server: str, answer: httpx2.Response) -> bytes:
    """Read the body of an answer, up to a limit."""
    parts, size = [], 0
    for chunk in body_of(server, answer):
        parts.append(chunk)
        size += len(chunk)
        if size > _MOST_BYTES:
            raise stranger(server, f"its answer has more than {_MOST_BYTES:,} bytes")
    return b"".join(parts)


def body_of(server: str, answer: httpx2.Response) -> Iterator[bytes]:
    """Yield the body of an answer. Compressed ones are refused: they weren't asked for."""
    if answer.headers.get("Content-Encoding", "identity") != "identity":
        raise stranger(server, "its answer is compressed, and Lumber didn't ask for that")
    yield from answer.iter_raw()  # as it comes: of a chunk of one size, a part would be lost if it breaks


def _given(params: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (params or {}).items() if value is not None}
