"""Answers of a service that aren't what was asked for, as the errors of Lumber that they name."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from lumber import errors
from lumber.errors import (
    AuthenticationFailed,
    ConfigError,
    FieldProblem,
    LumberError,
    PolicyRefused,
    RemoteError,
    ServerUnreachable,
)

MEDIA_TYPE = "application/problem+json"
# What a proxy answers if the service behind it is away.
_AWAY = (502, 503, 504)
_REDIRECTS = range(300, 400)
_LOGIN = "Run `lumber login {server}`, or set LUMBER_API_KEY."


def error_named(code: str, message: str, fields: Sequence[FieldProblem] = ()) -> LumberError:
    """Return the error with a code. One that this version doesn't know is a RemoteError with the code."""
    kind = _classes().get(code)
    if kind is None:
        kind = type("RemoteError", (RemoteError,), {"code": code, "__doc__": RemoteError.__doc__})
    # Some take other arguments, which an answer doesn't have.
    error = kind.__new__(kind, message)
    if isinstance(error, ConfigError | PolicyRefused):
        error.problems = tuple(fields)
        if isinstance(error, ConfigError) and not fields:
            error.problems = (FieldProblem("config", None, message),)
    return error


def error_in(server: str, status: int, media_type: str, body: bytes, *, has_key: bool) -> LumberError:
    """Return the error that an answer with a status of 300 or more stands for."""
    problem = _problem(media_type, body)
    if problem is None:
        return _unknown(server, status, media_type)
    detail = str(problem.get("detail") or problem.get("title") or f"status {status}")
    error = error_named(str(problem["code"]), detail, _fields(problem.get("errors")))
    if isinstance(error, AuthenticationFailed):
        advice = _LOGIN.format(server=server)
        return AuthenticationFailed(
            f"{detail} {advice}" if has_key else f"{server} needs an API key. {advice}"
        )
    return error


def stranger(server: str, what: str) -> RemoteError:
    """Return the error for an answer that no service of Lumber gives."""
    return RemoteError(
        f"{server} doesn't answer like a Lumber service: {what}. Check the address, and whether it is a "
        "service of another version."
    )


def _unknown(server: str, status: int, media_type: str) -> RemoteError:
    if status in _AWAY:
        return ServerUnreachable(f"{server} doesn't respond now: a proxy in front of it answers {status}.")
    if status in _REDIRECTS:
        return RemoteError(
            f"{server} redirects to another address. An API key isn't sent there: use the service's own "
            "address."
        )
    return stranger(server, f"it answers with status {status} and {media_type or 'no media type'}")


def _problem(media_type: str, body: bytes) -> Mapping[str, Any] | None:
    if media_type.partition(";")[0].strip().lower() != MEDIA_TYPE:
        return None
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and isinstance(value.get("code"), str) else None


def _fields(value: Any) -> list[FieldProblem]:
    """Return the invalid fields that an answer names, as far as they can be read."""
    items = value if isinstance(value, list) else []
    return [
        FieldProblem(
            str(item.get("field")),
            item.get("value"),
            str(item.get("message")),
            tuple(map(str, item.get("allowed") or ())),
            item["position"] if isinstance(item.get("position"), int) else None,
        )
        for item in items
        if isinstance(item, dict)
    ]


def _classes() -> dict[str, type[LumberError]]:
    found = vars(errors).values()
    return {item.code: item for item in found if isinstance(item, type) and issubclass(item, LumberError)}
