"""Many exports of a service, changed at once: those that match a search."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from lumber.exports.bulk import MOST_IDS, BulkChange, Failed, Outcome
from lumber.exports.history import HistoryQuery
from lumber.remote.problems import error_named, stranger

if TYPE_CHECKING:
    from lumber.remote.client import Client

# Of one batch, which the service ends after a few seconds; deleting one export with many files takes longer.
_BATCH_SECONDS = 600.0


class _Failure(BaseModel):
    export_id: str
    name: str | None = None
    code: str
    message: str


class _Report(BaseModel):
    matched: int | None = None
    done: int = 0
    failed: Sequence[_Failure] = ()
    until: datetime | None = None
    after: dict[str, Any] | None = None


def count_there(client: Client, query: HistoryQuery, change: BulkChange) -> tuple[int, datetime | None]:
    """Return how many exports match a search that the account may change, and the service's time."""
    report = _call(client, {**_body(query, change), "is_dry_run": True})
    return report.matched or 0, report.until


def change_there(
    client: Client, query: HistoryQuery, change: BulkChange, until: datetime | None = None
) -> Outcome:
    """Change all exports that match a search and were created until a time, batch by batch."""
    outcome = Outcome()
    place: dict[str, Any] = {} if until is None else {"until": until.isoformat()}
    while True:
        report = _call(client, {**_body(query, change), **place})
        _add(outcome, report)
        if report.after is None:
            return outcome
        told = None if report.until is None else report.until.isoformat()
        place = {"until": told, "after": report.after}


def change_named_there(client: Client, ids: Sequence[str], change: BulkChange) -> Outcome:
    """Change the exports with some ids, as many with each call as the service takes."""
    outcome = Outcome()
    while rest := ids[outcome.taken : outcome.taken + MOST_IDS]:
        body = {"action": change.action.value, "tags": list(change.tags), "ids": list(rest)}
        report = _call(client, body)
        _add(outcome, report)
        if report.done + len(report.failed) == 0:
            raise stranger(client.server, "it took none of the exports")
    return outcome


def _add(outcome: Outcome, report: _Report) -> None:
    outcome.done += report.done
    outcome.failed += [
        Failed(each.export_id, each.name, error_named(each.code, each.message)) for each in report.failed
    ]


def _call(client: Client, body: dict[str, Any]) -> _Report:
    # A change that was made before counts as made.
    answer, _ = client.connection.call("POST", "/export/bulk", body=body, seconds=_BATCH_SECONDS)
    return client.read(_Report, answer)


def _body(query: HistoryQuery, change: BulkChange) -> dict[str, Any]:
    matching = {
        "status": list(query.statuses),
        "kind": query.kind,
        "text": query.text,
        "tag": list(query.tags),
        "created_from": None if query.created_from is None else query.created_from.isoformat(),
        "created_to": None if query.created_to is None else query.created_to.isoformat(),
    }
    return {
        "action": change.action.value,
        "tags": list(change.tags),
        "matching": {name: value for name, value in matching.items() if value},
    }
