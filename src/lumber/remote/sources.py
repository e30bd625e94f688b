"""The sources of a service, and the mappings of their tables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pydantic import BaseModel, Field

from lumber.sources.registry import NAME_PATTERN, missing_source

if TYPE_CHECKING:
    from lumber.remote.client import Client

# A check reads every key of a table.
_CHECK_SECONDS = 3_600.0
# To connect to a database that doesn't answer takes a while to fail.
_REACH_SECONDS = 300.0


class _List(BaseModel):
    sources: list[dict[str, Any]]


class _Mapping(BaseModel):
    table: str
    guarantee: str
    mapping_sha256: str
    schema_sha256: str
    checked_at: str
    declares: dict[str, Any] | None = Field(default=None, exclude_if=lambda value: value is None)


class _Source(BaseModel):
    """A source as a service tells it. Fields of later versions are left out."""

    name: str
    url: str
    database: str
    password: str
    statement_seconds: float
    mappings: dict[str, _Mapping]
    created_at: str


class _Added(_Source):
    # Earlier services don't have it.
    tables: list[str] = Field(default_factory=list)


class _Checked(BaseModel):
    kind: str
    table: str
    guarantee: str
    guarantee_means: str
    mapping_sha256: str
    schema_sha256: str
    columns: dict[str, str]
    unmapped: list[str]
    unused: list[str]
    notes: list[str]
    samples: list[dict[str, Any]]
    # Earlier services don't have it.
    rejects: dict[str, Any] | None = None


class _Text(BaseModel):
    """A mapping, as TOML."""

    text: str


def list_sources(client: Client) -> list[dict[str, Any]]:
    """Return the sources by name, as plain JSON values."""
    found = client.read(_List, client.connection.get("/sources")).sources
    return [client.read(_Source, each).model_dump() for each in found]


def find_source(client: Client, name: str) -> dict[str, Any]:
    """Return a source by its name, in any case. Raises SourceNotFound."""
    return client.read(_Source, client.connection.get(_path(name))).model_dump()


def add_source(
    client: Client, name: str, url: str, password: str, statement_seconds: float
) -> dict[str, Any]:
    """Let the service reach a database and register it. It keeps the password in a file of its own.

    Raises ConfigError and SourceUnfit.
    """
    body = {"name": name, "url": url, "password": password, "statement_seconds": statement_seconds}
    answer, _ = client.connection.call("POST", "/sources", body=body, seconds=_REACH_SECONDS)
    return client.read(_Added, answer).model_dump()


def mapping_text(client: Client, name: str, kind: str) -> tuple[str, str | None]:
    """Return the name of a source and the text of a mapping, None if it has none for the data type.

    Raises SourceNotFound.
    """
    found = find_source(client, name)
    if kind not in found["mappings"]:
        return found["name"], None
    answer = client.connection.get(f"{_path(name)}/mapping", {"data_type": kind})
    return found["name"], client.read(_Text, answer).text


def suggest(client: Client, name: str, table: str, kind: str) -> str:
    """Return a guessed mapping of a table. Raises SourceNotFound and ConfigError."""
    params = {"table": table, "data_type": kind}
    return client.read(_Text, client.connection.get(f"{_path(name)}/suggestion", params)).text


def check(client: Client, name: str, text: str) -> dict[str, Any]:
    """Let the service check a mapping, and return what it found. Raises as the check on a database."""
    return _checked(client, "POST", f"{_path(name)}/check", text)


def keep(client: Client, name: str, text: str) -> dict[str, Any]:
    """Let the service check a mapping and keep it. Raises as `check`."""
    return _checked(client, "PUT", f"{_path(name)}/mapping", text)


def remove_source(client: Client, name: str) -> dict[str, Any]:
    """Let the service forget a source, and return it. Raises SourceNotFound."""
    found = find_source(client, name)
    client.connection.call("DELETE", _path(name))
    return found


def _checked(client: Client, method: str, path: str, text: str) -> dict[str, Any]:
    answer, _ = client.connection.call(
        method, path, body={"text": text}, is_repeatable=True, seconds=_CHECK_SECONDS
    )
    return client.read(_Checked, answer).model_dump()


def _path(name: str) -> str:
    """Return the path of a source. Raises SourceNotFound for what can't be its name, such as a path."""
    if re.fullmatch(NAME_PATTERN, name) is None:
        raise missing_source(name)
    return f"/sources/{quote(name, safe='')}"
