"""`lumber loads delete`: takes loads out of the database again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from typing import Annotated

import typer

from lumber.cli.confirmation import require_terminal
from lumber.cli.exit_codes import ExitCode, exit_code_for
from lumber.cli.exports.finding import open_ledger
from lumber.cli.loads.finding import load_named
from lumber.cli.output import Output, printable
from lumber.cli.progress import row_progress
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime, load_runtime
from lumber.errors import LumberError
from lumber.ingest.deletion import DeletedLoad, delete_load
from lumber.ingest.loads import Load
from lumber.text import counted


def delete(
    source_ids: Annotated[
        list[str], typer.Argument(metavar="ID...", help="Source ids, or the beginning of each.")
    ],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Delete without confirmation.")] = False,
    database_url: DatabaseUrlOption = None,
    as_json: JsonOption = False,
) -> int:
    """Delete loads: their rows, and what they added to IP records.

    Each load is deleted in one transaction: whole or not at all. An address that other loads also have keeps
    their sightings and times; an address of this load only is deleted. Sightings and times that were changed
    by hand stay. A risk score, tags or a device that a load of IP records set on a shared address also stay.

    Afterwards the same files can be loaded anew. No load is deleted while an export is reading rows.

    Exit codes: 0 deleted, 1 not confirmed or failed, 2 confirmation is needed, 4 no such load.

    Examples:
      lumber loads delete logs-5c1f0f2f7a90
      lumber loads delete logs-5c1f anomalies-77c0 --yes
    """
    runtime = load_runtime(database_url)
    out = Output(as_json=as_json)
    loads = asyncio.run(_find(runtime, source_ids))
    if not yes and not _is_confirmed(out, loads):
        out.note("Nothing was deleted.")
        return ExitCode.FAILURE
    deleted, errors = asyncio.run(_delete(runtime, loads, out))
    out.result(
        {
            "deleted": [asdict(each) for each in deleted],
            "errors": [
                {"source_id": source_id, "code": error.code, "message": str(error)}
                for source_id, error in errors.items()
            ],
        }
    )
    for each in deleted:
        _say(out, each)
    for error in errors.values():
        out.note(f"[bold red]error:[/] {printable(error)}")
    return exit_code_for(next(iter(errors.values()))) if errors else ExitCode.OK


def _is_confirmed(out: Output, loads: Sequence[Load]) -> bool:
    require_terminal(out, "deleting")
    for load in loads:
        source = load.source
        out.note(
            f"  {printable(source.source_id)}  {counted(source.loaded, 'row')} of {printable(source.kind)}  "
            f"{printable(source.name)}"
        )
    count = "this load" if len(loads) == 1 else f"these {counted(len(loads), 'load')}"
    return typer.confirm(f"Delete {count} with all rows?", err=True)


async def _find(runtime: Runtime, texts: Sequence[str]) -> Sequence[Load]:
    """Return the loads, each once. If one isn't found, nothing is deleted."""
    async with open_ledger(runtime) as database:
        found = [await load_named(database, text) for text in texts]
        return list({load.source.source_id: load for load in found}.values())


async def _delete(
    runtime: Runtime, loads: Sequence[Load], out: Output
) -> tuple[list[DeletedLoad], dict[str, LumberError]]:
    deleted: list[DeletedLoad] = []
    errors: dict[str, LumberError] = {}
    async with open_ledger(runtime) as database:
        with row_progress(out.errors, is_quiet=out.as_json) as bar:
            for load in loads:
                source_id = load.source.source_id
                show = partial(bar.update, text=printable(source_id))
                try:
                    deleted.append(await delete_load(database, source_id, show))
                except LumberError as error:
                    errors[source_id] = error
    return deleted, errors


def _say(out: Output, deleted: DeletedLoad) -> None:
    rows = "" if deleted.kind == "ips" else f"{counted(deleted.rows_deleted, 'row')}; "
    out.say(
        f"Deleted load {printable(deleted.source_id)} ({printable(deleted.name)}): {rows}IP records: "
        f"{deleted.addresses_deleted:,} deleted, {deleted.addresses_updated:,} updated."
    )
    if deleted.kind == "ips" and deleted.addresses_updated:
        out.say("  The updated addresses keep the risk score, tags and device that they have now.")
