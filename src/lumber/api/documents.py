"""Completes the OpenAPI document: the errors of every call, examples and media types."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from lumber.api.problems import MEDIA_TYPE, STATUS_BY_CODE, Problem, title_of
from lumber.exports.options.json_types import LARGEST_EXACT
from lumber.version import __version__

TITLE = "Lumber"
DESCRIPTION = """Turns logs, anomalies and IP records into validated, versioned, training-ready datasets.

Create an export with `POST /api/v1/export/`, watch it at `/export/{export_id}/events`, and fetch its files
when it is completed. Every error is `application/problem+json` with a stable `code`."""
TAGS = [
    {"name": "exports", "description": "Create, follow, cancel and delete exports."},
    {
        "name": "files",
        "description": "Download the files and reports of a completed export, or the whole dataset.",
    },
    {"name": "datasets", "description": "List the data types that can be exported."},
    {
        "name": "named datasets",
        "description": "Decide about versions of datasets, and state what new ones must be like.",
    },
    {"name": "ingest", "description": "Load files, list loads and rejected lines, and delete loads."},
    {"name": "housekeeping", "description": "Clean up old exports, and read totals."},
    {"name": "schedules", "description": "Run exports at their times, and list the runs."},
    {"name": "presets", "description": "Named configs of exports, to start the next one from."},
    {"name": "policies", "description": "State what accounts may export."},
    {"name": "destinations", "description": "Folders and object stores that datasets are written to."},
    {"name": "sources", "description": "Databases of other programs that rows are read from."},
    {"name": "notices", "description": "Tell people and programs about exports and schedules."},
    {"name": "session", "description": "Sign in and out with a browser, and make the first admin."},
    {"name": "account", "description": "Manage one's own sessions, password and API keys."},
    {"name": "users", "description": "Manage accounts, and their keys and sessions."},
    {"name": "audit", "description": "List, check and export the audit trail."},
    {"name": "health", "description": "Check whether the service works."},
]
# Errors of every call that isn't public.
_REFUSALS = ("authentication_failed", "not_permitted")
# Errors that every call can return.
_COMMON = (
    "bad_request",
    "host_refused",
    "too_many_requests",
    "unexpected",
    "database_unreachable",
    "database_locked",
    "database_busy",
)
# What the answers of a status say beside the problem.
_HEADERS = {
    401: {"WWW-Authenticate": "How to say who makes the call: `Bearer`."},
    429: {"Retry-After": "Seconds until the same call may succeed."},
    503: {"Retry-After": "Seconds until the same call may succeed."},
}
SESSION_COOKIE = "sessionCookie"
_COOKIE = {
    "type": "apiKey",
    "in": "cookie",
    "name": "lumber_session",
    "description": "The session of a browser: `POST /api/v1/session` sets it. With an https address, its "
    "name is `__Host-lumber_session`. Calls that change something also need `Origin`, or `Sec-Fetch-Site: "
    "same-origin`.",
}
_LIMITS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})
_METHODS = frozenset({"get", "post", "put", "patch", "delete"})

Answers = dict[int | str, dict[str, Any]]


def answers(
    *codes: str,
    example: Any = None,
    media_type: str = "application/json",
    headers: Mapping[str, str] | None = None,
    success: int = 200,
) -> Answers:
    """Declare the responses of a call: an example for success (its status is `success`), and error codes."""
    found: dict[int, list[str]] = {}
    for code in (*codes, *_COMMON):
        found.setdefault(STATUS_BY_CODE[code], []).append(code)
    declared: Answers = {
        status: {
            **_problem(status),
            "description": " ".join(f"`{code}`: {title_of(code)}" for code in dict.fromkeys(known)),
        }
        for status, known in sorted(found.items())
    }
    done: dict[str, Any] = {}
    if example is not None:
        done["content"] = {media_type: {"example": example}}
    if headers:
        done["headers"] = _described(headers)
    if done:
        declared[success] = done
    return declared


def with_refusals(declared: Answers) -> Answers:
    """Add the refusals of a call that needs an account or an API key."""
    found = dict(declared)
    for code in _REFUSALS:
        status, text = STATUS_BY_CODE[code], f"`{code}`: {title_of(code)}"
        before = found.get(status, _problem(status))
        found[status] = {**before, "description": f"{before.get('description', '')} {text}".strip()}
    return found


def _problem(status: int) -> dict[str, Any]:
    """Declare a problem document, and the headers that come with this status."""
    headers = _HEADERS.get(status)
    return {"model": Problem} if headers is None else {"model": Problem, "headers": _described(headers)}


def _described(headers: Mapping[str, str]) -> dict[str, Any]:
    return {name: {"description": text, "schema": {"type": "string"}} for name, text in headers.items()}


def streamed(media_type: str, description: str, example: str | None = None) -> dict[str, Any]:
    """Declare a response of bytes or text instead of JSON."""
    content: dict[str, Any] = {"schema": {"type": "string"}}
    if example is not None:
        content["example"] = example
    return {"description": description, "content": {media_type: content}}


def operation_id(route: APIRoute) -> str:
    """Name an operation after its function, so that generated clients get stable names."""
    return route.name


def document_of(routes: Sequence[BaseRoute]) -> dict[str, Any]:
    """Return the OpenAPI document of the routes, with the media type of errors."""
    document = get_openapi(
        title=TITLE, version=__version__, description=DESCRIPTION, tags=TAGS, routes=routes
    )
    for path in document["paths"].values():
        for method in _METHODS & path.keys():
            _correct(path[method]["responses"])
            if "security" in path[method]:
                path[method]["security"] = _alternatives(path[method]["security"])
    document["components"]["securitySchemes"][SESSION_COOKIE] = _COOKIE
    for unused in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(unused, None)
    exact: dict[str, Any] = _with_exact_limits(_named_by_title(document))
    return exact


def _alternatives(declared: list[dict[str, list[str]]]) -> list[dict[str, list[str]]]:
    """Return the ways to be recognised: a key, the cookie, and nothing, which is enough without accounts."""
    (key,) = declared
    (scopes,) = key.values()
    if not scopes:
        return [{SESSION_COOKIE: []}, {}]  # one's own account: no key
    return [key, {SESSION_COOKIE: scopes}, {}]


def _with_exact_limits(node: Any) -> Any:
    """Write limits of 64 bits as integers. FastAPI makes floats of them, which have other digits as text."""
    if isinstance(node, list):
        return [_with_exact_limits(item) for item in node]
    if not isinstance(node, dict):
        return node
    found = {name: _with_exact_limits(value) for name, value in node.items()}
    for name in _LIMITS & found.keys():
        value = found[name]
        if isinstance(value, float) and abs(value) > LARGEST_EXACT:
            # The float next to the largest number of 64 bits is larger by one.
            found[name] = min(int(value), 2**63 - 1) if name == "maximum" else int(value)
    return found


def _named_by_title(document: dict[str, Any]) -> dict[str, Any]:
    """Name every schema by its title, so that a class may have another name in Python."""
    components = document["components"]
    titles = {name: schema.get("title", name) for name, schema in components["schemas"].items()}
    schemas = {titles[name]: schema for name, schema in components["schemas"].items()}
    text = json.dumps({**document, "components": {**components, "schemas": schemas}})
    for name, title in titles.items():
        text = text.replace(f'"#/components/schemas/{name}"', f'"#/components/schemas/{title}"')
    named: dict[str, Any] = json.loads(text)
    named["components"]["schemas"] = dict(sorted(named["components"]["schemas"].items()))
    return named


def _correct(responses: dict[str, Any]) -> None:
    for status, response in list(responses.items()):
        content = response.get("content", {})
        schema = content.get("application/json", {}).get("schema", {})
        name = str(schema.get("$ref", "")).rsplit("/", 1)[-1]
        if name == "HTTPValidationError":
            # Path parameters are never invalid. Calls with other parameters declare config_invalid.
            del responses[status]
        elif name == "Problem":
            content[MEDIA_TYPE] = content.pop("application/json")
