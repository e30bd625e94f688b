"""Rows of a finished export at a service."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lumber.exports.explaining.explanation import Explanation, Outcome
from lumber.exports.row_reports import RowPage

if TYPE_CHECKING:
    from lumber.remote.client import Client


def page_of(
    client: Client, path: str, params: Mapping[str, Any], filters: Mapping[str, Any] | None
) -> RowPage:
    """Return a page of rows."""
    text = json.dumps(filters) if filters else None
    return client.read(RowPage, client.connection.get(path, {**params, "filters": text}))


def explanation_of(client: Client, path: str, params: Mapping[str, Any]) -> Explanation:
    """Return what became of a row. The service looks about a second at a time, so it is asked on."""
    place = 0
    while True:
        found = client.read(Explanation, client.connection.get(path, {**params, "place": place}))
        if found.outcome != Outcome.UNFINISHED or found.next is None or found.next <= place:
            return found
        place = found.next
