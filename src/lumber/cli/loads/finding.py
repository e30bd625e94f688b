"""Find the load that an argument names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from lumber.ingest.loads import Load, find_ids, find_load, missing
from lumber.store.database import Database

if TYPE_CHECKING:
    from lumber.remote.client import Client


async def load_named(database: Database, text: str) -> Load:
    """Return the load that `text` names: its source id, or the beginning of only one.

    Raises SourceMissing, or typer.BadParameter if it names several.
    """
    return await find_load(database, _the_one(text, await find_ids(database, text) if text else []))


def load_there(client: Client, text: str) -> Load:
    """Return the load of a service that `text` names. Raises what `load_named` raises."""
    return client.load(_the_one(text, client.load_ids(text)))


def _the_one(text: str, found: Sequence[str]) -> str:
    if not found:
        raise missing(text)
    if len(found) > 1 and found[0] != text:
        raise typer.BadParameter(f"{text!r} matches several loads: {', '.join(found)}. Give more of the id.")
    return found[0]
