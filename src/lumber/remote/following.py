"""Follows an export of a service: by events, or by asking now and then if no events arrive."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

import httpx2

from lumber.errors import AuthenticationFailed, ExportNotFound, LumberError, NotPermitted, ServerUnreachable
from lumber.remote.connection import Connection

# A service sends something every ten seconds.
_SILENCE = httpx2.Timeout(30.0, connect=10.0)
_PAUSE_SECONDS = 1.0
# A service that restarts for longer is given up.
_PATIENCE_SECONDS = 600.0


def reports(connection: Connection, path: str) -> Iterator[Mapping[str, Any]]:
    """Yield the progress reports of the export at `path`, without an end; equal ones may follow each other.

    A broken stream of events is opened again, and continues after the last event. If none arrives at all,
    as with a proxy that holds them back, the service is asked every second. Raises ServerUnreachable when it
    hasn't answered for ten minutes, and the errors of calls.
    """
    last_id: str | None = None
    heard, has_events = time.monotonic(), True
    while True:
        if has_events:
            try:
                for event_id, report in _events(connection, path, last_id):
                    last_id, heard = event_id, time.monotonic()
                    yield report
            except (AuthenticationFailed, ExportNotFound, NotPermitted):
                raise
            except LumberError:
                has_events = last_id is not None
        try:
            yield connection.get(f"{path}/progress")
            heard = time.monotonic()
        except ServerUnreachable:
            if time.monotonic() > heard + _PATIENCE_SECONDS:
                raise
        time.sleep(_PAUSE_SECONDS)


def _events(
    connection: Connection, path: str, last_id: str | None
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield id and report of each event after the last one that is known."""
    headers = {"Accept": "text/event-stream", **({} if last_id is None else {"Last-Event-ID": last_id})}
    with connection.open("GET", f"{path}/events", headers=headers, timeout=_SILENCE) as answer:
        if answer.status_code == 204:  # it has ended, and that is known
            return
        for event in httpx2.EventSource(answer):
            report = _report(event.data)
            if event.event == "progress" and report is not None:
                yield event.id, report


def _report(text: str) -> Mapping[str, Any] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
