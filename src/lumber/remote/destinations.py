"""The destinations of a service."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pydantic import BaseModel

from lumber.destinations.adding import Wanted
from lumber.destinations.address import parse_address
from lumber.destinations.credentials import Credentials, Source
from lumber.destinations.options import DestinationOptions
from lumber.destinations.promises import Promises, Status
from lumber.destinations.registry import NAME_PATTERN, Destination, Probe, missing_destination

if TYPE_CHECKING:
    from lumber.remote.client import Client

# A probe sends large objects, and tries again before it gives up.
_PROBE_SECONDS = 300.0


class _Promises(BaseModel):
    conditional_put: bool
    conditional_update: bool
    multipart: bool
    list: bool
    delete: bool


class _Record(BaseModel):
    """A destination as a service tells it. Fields of later versions are left out."""

    name: str
    url: str
    options: dict[str, Any]
    credentials: Source
    promises: _Promises
    status: Status
    message: str
    probed_at: datetime
    created_at: datetime


class _List(BaseModel):
    destinations: list[dict[str, Any]]


def list_destinations(client: Client) -> Sequence[Destination]:
    """Return all destinations by name."""
    return [
        _of(client, each) for each in client.read(_List, client.connection.get("/destinations")).destinations
    ]


def find_destination(client: Client, name: str) -> Destination:
    """Return a destination by its name, in any case. Raises DestinationNotFound."""
    return _of(client, client.connection.get(_path(name)))


def add_destination(
    client: Client, wanted: Wanted, secrets: Mapping[str, str] | None, *, creates: bool
) -> Destination:
    """Let the service check a destination and register it. The secrets go to the service, and stay there.

    Raises ConfigError and DestinationUnfit.
    """
    body: dict[str, Any] = {
        "name": wanted.name,
        "url": wanted.address.url,
        "options": wanted.options.as_json(),
        "create": creates,
    }
    if secrets is not None:
        body["secrets"] = dict(secrets)
    return _of(client, client.connection.call("POST", "/destinations", body=body, seconds=_PROBE_SECONDS)[0])


def probe_destination(client: Client, name: str) -> Destination:
    """Let the service check a destination again. Raises DestinationNotFound."""
    answer, _ = client.connection.call("POST", f"{_path(name)}/probe", seconds=_PROBE_SECONDS)
    return _of(client, answer)


def remove_destination(client: Client, name: str) -> Destination:
    """Let the service forget a destination, and return it. Raises DestinationNotFound."""
    found = find_destination(client, name)
    client.connection.call("DELETE", _path(name))
    return found


def _of(client: Client, value: Any) -> Destination:
    record = client.read(_Record, value)
    return Destination(
        "",
        record.name,
        parse_address(record.url),
        DestinationOptions.model_construct(**record.options),
        Credentials(record.credentials),
        Probe(record.status, Promises(**record.promises.model_dump()), record.message, record.probed_at),
        record.created_at,
    )


def _path(name: str) -> str:
    """Return the path of a destination. Raises DestinationNotFound for what can't be its name."""
    if re.fullmatch(NAME_PATTERN, name) is None:
        raise missing_destination(name)
    return f"/destinations/{quote(name, safe='')}"
