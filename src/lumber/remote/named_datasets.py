"""The named datasets of a service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pydantic import BaseModel, TypeAdapter

from lumber.errors import DatasetNotFound
from lumber.exports.gates.gate import Gate
from lumber.exports.gates.stored import Decided
from lumber.exports.options.version import checked_name
from lumber.exports.versions.listing import DatasetDetails, DatasetSummary, checked_tag
from lumber.exports.versions.table_settings import TableSetting

if TYPE_CHECKING:
    from lumber.destinations.tables.table import TableFormat
    from lumber.remote.client import Client


# Fields of later versions are left out.
_LIST = TypeAdapter(list[DatasetSummary])
_DETAILS = TypeAdapter(DatasetDetails)
_DECIDED = TypeAdapter(Decided)
_TABLES = TypeAdapter(list[TableSetting])


class _List(BaseModel):
    datasets: list[dict[str, Any]]


class _Tables(BaseModel):
    tables: list[dict[str, Any]]


class _Tag(BaseModel):
    number: int


class _Gate(BaseModel):
    gate: Gate | None


def list_datasets(client: Client) -> list[dict[str, Any]]:
    """Return the datasets by name, as plain JSON values."""
    found = client.read(_List, client.connection.get("/named-datasets"))
    return [each.as_json() for each in client.read_as(_LIST, found.datasets)]


def get_dataset(client: Client, name: str) -> DatasetDetails:
    """Return a dataset with its versions, by its name in any case. Raises DatasetNotFound."""
    found = client.connection.get(dataset_path(name))
    # A service tells neither its id nor its owner.
    return client.read_as(_DETAILS, {**found, "dataset_id": "", "owner_id": None})


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
    client.connection.call("PUT", f"{dataset_path(name)}/keep", body=body, is_repeatable=True)


def find_gate(client: Client, name: str) -> Gate | None:
    """Return the gate of a dataset; None without one. Raises DatasetNotFound."""
    return client.read(_Gate, client.connection.get(f"{dataset_path(name)}/gate")).gate


def set_gate(client: Client, name: str, gate: Gate | None) -> None:
    """Set the gate of a dataset, or remove it. Raises DatasetNotFound and ConfigError."""
    body = None if gate is None else gate.as_json()
    client.connection.call("PUT", f"{dataset_path(name)}/gate", body=body, is_repeatable=True)


def publish_version(client: Client, name: str, number: int) -> Decided:
    """Publish a held version. Raises DatasetNotFound and DatasetStateError."""
    # Twice is the same as once.
    path = f"{dataset_path(name)}/versions/{number}/publish"
    return client.read_as(_DECIDED, client.connection.call("POST", path, is_repeatable=True)[0])


def drop_version(client: Client, name: str, number: int, reason: str | None) -> Decided:
    """Drop a held version. Raises DatasetNotFound, DatasetStateError and ConfigError."""
    path, body = f"{dataset_path(name)}/versions/{number}/drop", {"reason": reason}
    return client.read_as(_DECIDED, client.connection.call("POST", path, body=body, is_repeatable=True)[0])


def list_tables(client: Client, name: str) -> Sequence[TableSetting]:
    """Return the tables that versions of a dataset are committed to. Raises DatasetNotFound."""
    answer = client.connection.get(f"{dataset_path(name)}/tables")
    return client.read_as(_TABLES, client.read(_Tables, answer).tables)


def set_tables(client: Client, name: str, format: TableFormat, to: str) -> Sequence[TableSetting]:
    """Commit versions of a dataset to tables in a destination. Raises DatasetNotFound and ConfigError."""
    path, body = f"{dataset_path(name)}/tables/{format.value}", {"to": to}
    answer, _ = client.connection.call("PUT", path, body=body, is_repeatable=True)
    return client.read_as(_TABLES, client.read(_Tables, answer).tables)


def remove_tables(client: Client, name: str, format: TableFormat) -> None:
    """Commit no further version to tables of a format. Raises DatasetNotFound."""
    client.connection.call("DELETE", f"{dataset_path(name)}/tables/{format.value}")


def dataset_path(name: str) -> str:
    """Return the path of a dataset. Raises DatasetNotFound for what can't be its name, such as a path."""
    try:
        return f"/named-datasets/{quote(checked_name(name), safe='')}"
    except ValueError:
        raise DatasetNotFound(
            f"There is no dataset {name!r}. `lumber datasets list` shows all of them."
        ) from None


def _tag_path(name: str, tag: str) -> str:
    return f"{dataset_path(name)}/tags/{quote(checked_tag(tag), safe='')}"
