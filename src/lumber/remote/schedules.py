"""The schedules of a service, as far as the key's account may see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import BaseModel

from lumber.errors import ConfigError, FieldProblem
from lumber.identity.names import folded
from lumber.schedules.definition import ScheduleDefinition
from lumber.schedules.report import RunReport, ScheduleReport
from lumber.schedules.stored import missing

if TYPE_CHECKING:
    from lumber.remote.client import Client


class _List(BaseModel):
    schedules: list[ScheduleReport]


class _Runs(BaseModel):
    runs: list[RunReport]


def list_schedules(client: Client) -> Sequence[ScheduleReport]:
    """Return the schedules by name."""
    return client.read(_List, client.connection.get("/schedules")).schedules


def create_schedule(client: Client, definition: ScheduleDefinition) -> ScheduleReport:
    """Create a schedule of the key's account. Raises ConfigError, NotPermitted and PolicyRefused."""
    body = definition.model_dump(mode="json")
    return client.read(ScheduleReport, client.connection.call("POST", "/schedules", body=body)[0])


def find_schedule(client: Client, name: str) -> ScheduleReport:
    """Return the schedule with this id or name. Raises ScheduleNotFound, or ConfigError for several."""
    found = [
        each
        for each in list_schedules(client)
        if name == each.schedule_id or folded(name) == folded(each.name)
    ]
    if not found:
        raise missing(name)
    if len(found) > 1:
        ids = tuple(each.schedule_id for each in found)
        message = f"{name!r} names the schedules of several accounts: give an id"
        raise ConfigError([FieldProblem("name", name, message, ids)])
    return found[0]


def runs_of(client: Client, found: ScheduleReport, limit: int) -> Sequence[RunReport]:
    """Return the last runs of a schedule, newest first."""
    answer = client.connection.get(f"/schedules/{found.schedule_id}/runs", {"limit": limit})
    return client.read(_Runs, answer).runs


def pause_schedule(client: Client, name: str) -> ScheduleReport:
    """Pause a schedule. Raises ScheduleNotFound."""
    return _changed(client, name, "pause")


def resume_schedule(client: Client, name: str) -> ScheduleReport:
    """Resume a schedule at its next time. Raises ScheduleNotFound."""
    return _changed(client, name, "resume")


def run_schedule(client: Client, name: str) -> RunReport:
    """Run a schedule once, now. Raises ScheduleNotFound."""
    found = find_schedule(client, name)
    return client.read(RunReport, client.connection.call("POST", f"/schedules/{found.schedule_id}/run")[0])


def delete_schedule(client: Client, name: str) -> ScheduleReport:
    """Delete a schedule and the record of its runs, and return it. Raises ScheduleNotFound."""
    found = find_schedule(client, name)
    client.connection.call("DELETE", f"/schedules/{found.schedule_id}")
    return found


def _changed(client: Client, name: str, action: str) -> ScheduleReport:
    path = f"/schedules/{find_schedule(client, name).schedule_id}/{action}"
    # Twice is the same as once.
    return client.read(ScheduleReport, client.connection.call("POST", path, is_repeatable=True)[0])
