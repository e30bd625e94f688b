"""The backfills of a service: started there, and followed from here."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, TypeAdapter

from lumber.remote.named_datasets import dataset_path
from lumber.schedules.backfills import RunningBackfill

if TYPE_CHECKING:
    from lumber.remote.client import Client

# It counts the rows of up to 400 windows.
_PREVIEW_SECONDS = 600.0
_RUNNING = TypeAdapter(RunningBackfill)


class _Window(BaseModel):
    start: datetime
    before: datetime
    rows: int | None


class Planned(BaseModel):
    """What is left of a backfill, as the service tells it. Fields of later versions are left out."""

    dataset: str
    latest: int
    held: tuple[datetime | None, datetime | None]
    windows: list[_Window]
    notes: list[str]
    backfill: dict[str, Any] | None = None

    @property
    def number(self) -> int:
        """Number of the latest version."""
        return self.latest

    def as_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return self.model_dump(mode="json", exclude={"backfill"})


class _List(BaseModel):
    backfills: list[dict[str, Any]]


def preview_backfill(client: Client, name: str, start: str, end: str | None, window: str) -> Planned:
    """Return the windows that a dataset doesn't hold, with their rows. Raises DatasetNotFound."""
    body = {"start": start, "end": end, "window": window, "is_preview": True}
    path = f"{dataset_path(name)}/backfills"
    answer, _ = client.connection.call("POST", path, body=body, is_repeatable=True, seconds=_PREVIEW_SECONDS)
    return client.read(Planned, answer)


def start_backfill(
    client: Client, name: str, start: str, end: str | None, window: str
) -> RunningBackfill | None:
    """Let the service add a range; None if the dataset holds it. Raises DatasetStateError and ConfigError."""
    body = {"start": start, "end": end, "window": window}
    # Twice is the same as once.
    answer, _ = client.connection.call(
        "POST", f"{dataset_path(name)}/backfills", body=body, is_repeatable=True
    )
    found = client.read(Planned, answer).backfill
    return None if found is None else client.read_as(_RUNNING, found)


def get_backfill(client: Client, name: str, backfill_id: str) -> RunningBackfill | None:
    """Return a backfill; None for one that the service doesn't list any more."""
    found = client.read(_List, client.connection.get(f"{dataset_path(name)}/backfills")).backfills
    listed = [client.read_as(_RUNNING, each) for each in found]
    return next((each for each in listed if each.backfill_id == backfill_id), None)


def cancel_backfill(client: Client, name: str, backfill_id: str) -> RunningBackfill:
    """Cancel a backfill and the export of its window. Raises DatasetStateError if it has ended."""
    path = f"{dataset_path(name)}/backfills/{backfill_id}/cancel"
    return client.read_as(_RUNNING, client.connection.call("POST", path, is_repeatable=True)[0])
