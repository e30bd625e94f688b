"""Open the ledger, and find the export that an argument names, there or at a service."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from lumber.cli.runtime import Runtime
from lumber.errors import ExportNotFound
from lumber.exports.history import find_by_prefix
from lumber.exports.metadata import ExportMetadata
from lumber.store.database import Database
from lumber.store.migrate import require_schema

if TYPE_CHECKING:
    from lumber.remote.client import Client

IdArgument = Annotated[
    str, typer.Argument(metavar="ID", help="The export's id, or at least its first four characters.")
]
_LEAST_CHARACTERS = 4


@asynccontextmanager
async def open_ledger(runtime: Runtime) -> AsyncIterator[Database]:
    """Open a database that has Lumber's tables. Raises DatabaseMissing or another DatabaseError."""
    database = runtime.database()
    try:
        await require_schema(database)
        yield database
    finally:
        await database.close()


async def find_export(database: Database, text: str) -> ExportMetadata:
    """Return the export that `text` names.

    Raises ExportNotFound, or typer.BadParameter if it is too short or names several.
    """
    return _the_one(text, await find_by_prefix(database, text))


def find_there(client: Client, text: str) -> ExportMetadata:
    """Return the export of a service that `text` names. Raises what `find_export` raises."""
    return _the_one(text, client.starting_with(text))


def _the_one(text: str, found: Sequence[ExportMetadata]) -> ExportMetadata:
    if len(found) == 1 and (len(text) >= _LEAST_CHARACTERS or found[0].export_id == text):
        return found[0]
    if len(text) < _LEAST_CHARACTERS:
        raise typer.BadParameter(
            f"{text!r} is too short for an export's id: give at least {_LEAST_CHARACTERS} characters."
        )
    if not found:
        raise ExportNotFound(f"There is no export {text!r}. `lumber exports list` shows all exports.")
    meant = ", ".join(f"{export.export_id} ({export.status})" for export in found)
    raise typer.BadParameter(f"{text!r} matches several exports: {meant}. Give more of the id.")
