"""The named datasets of a service."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pydantic import BaseModel

from lumber.errors import DatasetNotFound
from lumber.exports.options.version import checked_name
from lumber.exports.versions.listing import DatasetDetails, VersionDetails, checked_tag

if TYPE_CHECKING:
    from lumber.remote.client import Client


class _Version(BaseModel):
    """A version as a service tells it. Fields of later versions are left out."""

    version: str
    number: int
    data_version: str
    export_id: str
    path: str | None
    rows: int
    added: int
    changed: int
    removed: int
    state: str
    reason: str | None
    tags: tuple[str, ...]
    parent: int | None
    is_incremental: bool
    created_at: datetime
    kinds: dict[str, Any]


class _Listed(BaseModel):
    name: str
    versions: int
    latest: _Version | None
    held: int
    keep_last: int | None
    keep_days: int | None
    created_at: datetime


class _List(BaseModel):
    datasets: list[_Listed]


class _Named(BaseModel):
    name: str
    versions: list[_Version]
    keep_last: int | None
    keep_days: int | None
    created_at: datetime


class _Tag(BaseModel):
    number: int


def list_datasets(client: Client) -> list[dict[str, Any]]:
    """Return the datasets by name, as plain JSON values."""
    found = client.read(_List, client.connection.get("/named-datasets"))
    return [each.model_dump(mode="json") for each in found.datasets]


def get_dataset(client: Client, name: str) -> DatasetDetails:
    """Return a dataset with its versions, by its name in any case. Raises DatasetNotFound."""
    found = client.read(_Named, client.connection.get(_path(name)))
    versions = tuple(VersionDetails(**dict(each)) for each in found.versions)
    return DatasetDetails("", found.name, None, found.created_at, found.keep_last, found.keep_days, versions)


def set_tag(client: Client, name: str, tag: str, version: str) -> int:
    """Give a version a tag, and return its number. Raises DatasetNotFound and ConfigError."""
    # Twice is the same as once.
    path, body = _tag_path(name, tag), {"version": version}
    return client.read(_Tag, client.connection.call("PUT", path, body=body, is_repeatable=True)[0]).number


def remove_tag(client: Client, name: str, tag: str) -> None:
    """Remove a tag. Raises DatasetNotFound, and ConfigError for what can't be a tag."""
    client.connection.call("DELETE", _tag_path(name, tag))


def set_retention(client: Client, name: str, last: int | None, days: int | None) -> None:
    """Set how many versions are kept. Raises DatasetNotFound."""
    body = {"last": last, "days": days}
    client.connection.call("PUT", f"{_path(name)}/keep", body=body, is_repeatable=True)


def _path(name: str) -> str:
    """Return the path of a dataset. Raises DatasetNotFound for what can't be its name, such as a path."""
    try:
        return f"/named-datasets/{quote(checked_name(name), safe='')}"
    except ValueError:
        raise DatasetNotFound(
            f"There is no dataset {name!r}. `lumber datasets list` shows all of them."
        ) from None


def _tag_path(name: str, tag: str) -> str:
    return f"{_path(name)}/tags/{quote(checked_tag(tag), safe='')}"
