"""Find the saved format that an option or argument names, and print it."""

from __future__ import annotations

import asyncio
import shlex
from typing import Annotated, Any

import typer

from lumber.cli.exports.finding import open_ledger
from lumber.cli.runtime import Runtime, load_runtime
from lumber.errors import DatabaseMissing
from lumber.ingest.formats.saved import SavedFormat, resolved
from lumber.ingest.options import FORMAT_NAMES
from lumber.ingest.uploads.request import UploadRequest

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Name of the format.")]


def with_saved_format(request: UploadRequest, database_url: str | None) -> UploadRequest:
    """Return the request with the options of the saved format that it names, if it names one.

    Raises ConfigError or DatabaseError.
    """
    if request.format.lower() in FORMAT_NAMES:
        return request
    try:
        return asyncio.run(_resolved(load_runtime(database_url), request))
    except DatabaseMissing:
        return request  # checking it lists the built-in formats


async def _resolved(runtime: Runtime, request: UploadRequest) -> UploadRequest:
    async with open_ledger(runtime) as database:
        return await resolved(database, request)


def as_json(saved: SavedFormat) -> dict[str, Any]:
    """Return a format as `lumber formats` prints it with --json."""
    times = {"created_at": saved.created_at.isoformat(), "updated_at": saved.updated_at.isoformat()}
    return {"name": saved.name, "kind": saved.definition.kind, **saved.definition.as_json(), **times}


def command_of(saved: SavedFormat) -> str:
    """Return the command that saves a format."""
    definition = saved.definition
    words = ["lumber", "formats", "add", saved.name]
    if definition.kind != "logs":
        words += ["--data-type", definition.kind]
    words += ["--pattern", definition.pattern] if definition.pattern else []
    for column, field in definition.map.items():
        words += ["--map", f"{column}={field}"]
    for option in ("time_format", "timezone", "default_level"):
        if value := getattr(definition, option):
            words += [f"--{option.replace('_', '-')}", value]
    return shlex.join(words)
