"""Find the load that an argument names."""

from __future__ import annotations

import typer

from lumber.ingest.loads import Load, find_ids, find_load, missing
from lumber.store.database import Database


async def load_named(database: Database, text: str) -> Load:
    """Return the load that `text` names: its source id, or the beginning of only one.

    Raises SourceMissing, or typer.BadParameter if it names several.
    """
    found = await find_ids(database, text) if text else []
    if not found:
        raise missing(text)
    if len(found) > 1 and found[0] != text:
        raise typer.BadParameter(f"{text!r} matches several loads: {', '.join(found)}. Give more of the id.")
    return await find_load(database, found[0])
