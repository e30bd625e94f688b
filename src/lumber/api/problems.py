"""Errors as `application/problem+json` (RFC 9457), and the table of HTTP status codes."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

from lumber import errors
from lumber.errors import (
    AuthenticationFailed,
    ConfigError,
    FieldProblem,
    LumberError,
    PolicyRefused,
    PolicyVersion,
    QuotaExceeded,
)

MEDIA_TYPE = "application/problem+json"
UNEXPECTED = "unexpected"

# The only mapping from error codes to HTTP statuses.
STATUS_BY_CODE: Mapping[str, int] = {
    "lumber_error": 500,
    "config_invalid": 422,
    "database_error": 503,
    "database_missing": 503,
    "database_unreachable": 503,
    "database_locked": 503,
    "database_busy": 503,
    "schema_outdated": 503,
    "schema_unknown": 503,
    "ingest_failed": 422,
    "source_missing": 404,
    "source_changed": 409,
    "load_state": 409,
    "format_not_found": 404,
    "upload_not_found": 404,
    "upload_state": 409,
    "upload_too_large": 413,
    "upload_interrupted": 503,
    "upload_cancelled": 409,
    "database_not_empty": 409,
    "too_many_uploads": 429,
    "output_error": 500,
    "output_occupied": 409,
    "output_unwritable": 500,
    "disk_full": 507,
    "export_failed": 500,
    "export_not_found": 404,
    "export_file_not_found": 404,
    "export_state": 409,
    "idempotency_conflict": 409,
    "too_many_exports": 429,
    "lease_lost": 409,
    "export_handed_back": 503,
    "export_cancelled": 409,
    "schedule_not_found": 404,
    "schedule_state": 409,
    "preset_not_found": 404,
    "preview_timeout": 503,
    "source_failed": 503,
    "source_conflict": 503,
    "export_unbalanced": 500,
    "reject_ratio_exceeded": 422,
    "residue_found": 500,
    "nothing_matched": 422,
    "dataset_not_found": 404,
    "dataset_state": 409,
    "dataset_busy": 503,
    "worker_died": 503,
    "identity_error": 500,
    "user_not_found": 404,
    "user_state": 409,
    "key_not_found": 404,
    "session_not_found": 404,
    "too_many_failures": 429,
    "provider_not_found": 404,
    "authentication_failed": 401,
    "not_permitted": 403,
    "policy_not_found": 404,
    "policy_refused": 403,
    "quota_exceeded": 429,
    "too_many_logins": 503,
    "notice_not_found": 404,
    "audit_error": 500,
    "audit_failed": 503,
    "remote_error": 502,
    "server_unreachable": 503,
    "destination_error": 502,
    "destination_not_found": 404,
    "destination_unreachable": 503,
    "destination_denied": 502,
    "destination_full": 507,
    "destination_conflict": 409,
    "destination_unfit": 422,
    "source_error": 502,
    "source_not_found": 404,
    "source_denied": 502,
    "source_unmapped": 409,
    "source_table_changed": 409,
    "source_unfit": 422,
    "too_many_requests": 429,
    "dataset_missing": 404,
    "dataset_damaged": 500,
    # Errors that only occur over HTTP.
    "bad_request": 400,
    "host_refused": 403,
    "origin_refused": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "body_too_large": 413,
    "range_not_satisfiable": 416,
    UNEXPECTED: 500,
}
_TITLES = {
    "bad_request": "The request cannot be read.",
    "host_refused": "This host name is not allowed.",
    "origin_refused": "This origin is not allowed.",
    "not_found": "There is nothing at this address.",
    "method_not_allowed": "This address does not support the method.",
    "body_too_large": "The request body is too large.",
    "range_not_satisfiable": "The file does not have the requested range.",
    UNEXPECTED: "An unexpected error occurred.",
}
_CODE_BY_STATUS = {
    400: "bad_request",
    401: "authentication_failed",
    403: "origin_refused",
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    416: "range_not_satisfiable",
}
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_RETRY_AFTER_SECONDS = {429: 5, 503: 2}
# Limits on how much of a request an error repeats.
_MOST_ERRORS = 50
_LONGEST_TEXT = 1_000

_log = structlog.stdlib.get_logger(__name__)


def _is_none(value: object) -> bool:
    return value is None


class ProblemField(BaseModel):
    """One invalid field."""

    field: str = Field(description="Name of the field, parameter or filter.")
    value: Any = Field(default=None, description="The value that was sent, shortened if it is long.")
    message: str = Field(description="What is wrong.")
    allowed: list[str] = Field(default_factory=list, description="Allowed values, if there is a list.")
    position: int | None = Field(
        default=None, description="Place in a text value that is wrong, in characters from 0."
    )


class ProblemPolicy(BaseModel):
    """The export policy that refused a call."""

    name: str = Field(description="Name of the policy.")
    version: int = Field(description="Its version.")


class Problem(BaseModel):
    """A problem document (RFC 9457) with a stable code, the invalid fields and the request id."""

    type: str = Field(description="URI of the code.", examples=["urn:lumber:problem:export_not_found"])
    title: str = Field(description="Meaning of the code.", examples=["No export has this id."])
    status: int = Field(description="HTTP status.", examples=[404])
    detail: str = Field(description="Description of this error.", examples=["There is no export '42'."])
    instance: str = Field(description="Request path.", examples=["/api/v1/export/42"])
    code: str = Field(description="Stable, machine-readable code.", examples=["export_not_found"])
    errors: list[ProblemField] = Field(default_factory=list, description="Invalid fields.")
    policy: ProblemPolicy | None = Field(
        default=None,
        exclude_if=_is_none,
        description="The first export policy that refused the call; only with `policy_refused` and "
        "`quota_exceeded`.",
    )
    request_id: str = Field(description="Request id, also in the header X-Request-ID and in the log.")


def title_of(code: str) -> str:
    """Return the meaning of a code."""
    if code in _TITLES:
        return _TITLES[code]
    return next((error.__doc__ or "").splitlines()[0] for error in lumber_errors() if error.code == code)


def lumber_errors() -> Iterable[type[LumberError]]:
    """Return every error class of Lumber."""
    found = vars(errors).values()
    return [item for item in found if isinstance(item, type) and issubclass(item, LumberError)]


def problem_response(
    scope: Scope,
    code: str,
    detail: str,
    fields: Sequence[FieldProblem] = (),
    headers: Mapping[str, str] | None = None,
    status: int | None = None,
    policy: PolicyVersion | None = None,
) -> Response:
    """Build the response for an error. `status` overrides the code's status, for statuses without a code."""
    request_id = str(scope.get("state", {}).get("request_id", ""))
    chosen = status or STATUS_BY_CODE[code]
    problem = Problem(
        type=f"urn:lumber:problem:{code}",
        title=title_of(code),
        status=chosen,
        detail=_cut_inside(detail),
        instance=scope["path"],
        code=code,
        errors=[problem_field(field) for field in fields[:_MOST_ERRORS]],
        policy=None if policy is None else ProblemPolicy(name=policy.name, version=policy.version),
        request_id=request_id,
    )
    all_headers = {"X-Request-ID": request_id, **(headers or {})}
    if chosen == STATUS_BY_CODE[AuthenticationFailed.code]:
        all_headers["WWW-Authenticate"] = 'Bearer realm="Lumber"'
    if chosen in _RETRY_AFTER_SECONDS and "Retry-After" not in all_headers:
        all_headers["Retry-After"] = str(_RETRY_AFTER_SECONDS[chosen])
    # ASCII only: the request may contain lone surrogates, which UTF-8 cannot encode.
    content = json.dumps(problem.model_dump(), ensure_ascii=True)
    return Response(content, chosen, all_headers, MEDIA_TYPE)


def error_response(scope: Scope, error: LumberError, *, headers: Mapping[str, str] | None = None) -> Response:
    """Build the response for an error of Lumber. Log it if the client isn't to blame."""
    fields = error.problems if isinstance(error, ConfigError | PolicyRefused) else ()
    policy = error.policy if isinstance(error, PolicyRefused | QuotaExceeded) else None
    if error.retry_after_seconds is not None:
        headers = {"Retry-After": str(error.retry_after_seconds), **(headers or {})}
    status = STATUS_BY_CODE[error.code]
    if status >= 500:
        # Only errors that point to a defect need a traceback.
        cause = error if status == STATUS_BY_CODE[UNEXPECTED] else None
        _log.error("call_failed", code=error.code, error=str(error), exc_info=cause)
    return problem_response(scope, error.code, error.public, fields, headers=headers, policy=policy)


def closing(scope: Scope) -> dict[str, str]:
    """Return the header that stops a client which is still sending a body that nobody reads."""
    names = {name for name, value in scope["headers"] if value != b"0"}
    has_body = not names.isdisjoint((b"content-length", b"transfer-encoding"))
    return {"Connection": "close"} if has_body else {}


def unexpected_response(scope: Scope, error: BaseException) -> Response:
    """Log an unexpected error in full, and return a response without its details."""
    _log.error("unexpected_error", path=scope["path"], method=scope["method"], exc_info=error)
    return problem_response(
        scope, UNEXPECTED, "An internal error occurred. The service log contains it under the request id."
    )


def add_problem_handlers(app: FastAPI) -> None:
    """Turn every error of the app into a problem document."""

    async def lumber_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, LumberError)
        return error_response(request.scope, error)

    async def invalid_request(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        fields = request_problems(error.errors())
        return problem_response(
            request.scope, ConfigError.code, "; ".join(str(field) for field in fields), fields
        )

    async def http_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        code = _CODE_BY_STATUS.get(error.status_code, "bad_request")
        headers = error.headers
        if error.status_code == STATUS_BY_CODE["method_not_allowed"]:
            headers = {**(headers or {}), "Allow": ", ".join(_methods(request))}
        return problem_response(
            request.scope, code, str(error.detail), headers=headers, status=error.status_code
        )

    app.add_exception_handler(LumberError, lumber_error)
    app.add_exception_handler(RequestValidationError, invalid_request)
    app.add_exception_handler(HTTPException, http_error)


def _methods(request: Request) -> list[str]:
    """Return the methods that the request's path supports; Starlette only names those of one route.

    A path of its own, such as /export/cleanup, has its own methods only, not those of an export of this name.
    """
    path = request.scope["path"].rstrip("/")
    documented = request.app.openapi()["paths"]
    if (own := documented.get(path) or documented.get(f"{path}/")) is not None:
        return [method for method in _METHODS if method.lower() in own]
    return [
        method
        for method in _METHODS
        if any(
            route.matches({**request.scope, "method": method})[0] is Match.FULL
            for route in request.app.routes
        )
    ]


def request_problems(items: Sequence[Mapping[str, Any]]) -> Sequence[FieldProblem]:
    """Return the problems of an invalid request, with our own messages where we have them."""
    problems: list[FieldProblem] = []
    for item in items:
        cause = item.get("ctx", {}).get("error")
        if isinstance(cause, ConfigError):
            problems.extend(cause.problems)
        else:
            problems.append(_request_problem(item))
    return problems


def _request_problem(item: Mapping[str, Any]) -> FieldProblem:
    place, *path = [str(part) for part in item["loc"]] or ["body"]
    if item["type"] == "json_invalid":
        return FieldProblem("body", None, f"is not JSON: {item.get('ctx', {}).get('error', item['msg'])}")
    name = ".".join(path) or place
    if item["type"] == "missing":
        return FieldProblem(name, None, "is required")
    allowed = tuple(re.findall(r"'([^']*)'", str(item.get("ctx", {}).get("expected", ""))))
    message = str(item["msg"]).removeprefix("Value error, ")
    return FieldProblem(name, item.get("input"), message, allowed)


def problem_field(problem: FieldProblem) -> ProblemField:
    return ProblemField(
        field=_cut(problem.field),
        value=_plain(problem.value),
        message=_cut_inside(problem.message),
        allowed=list(problem.allowed),
        position=problem.position,
    )


def _plain(value: Any) -> Any:
    """Return a JSON-serialisable value, shortened if it is long."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return _cut(value)
    try:
        text = json.dumps(value, default=str, allow_nan=False)
    except ValueError:
        return _cut(str(value))
    return _cut(text) if len(text) > _LONGEST_TEXT else json.loads(text)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + "…"


def _cut_inside(message: str) -> str:
    """Return a message without the middle of a long one: the reason may be at its end."""
    if len(message) <= _LONGEST_TEXT:
        return message
    half = _LONGEST_TEXT // 2
    return f"{message[:half]}…{message[-half:]}"
