"""`lumber destination clean`: deletes what failed publications left."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from lumber.audit.actor import local_actor
from lumber.cli.destination.listing import NameArgument
from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import open_ledger
from lumber.cli.exports.printing import bytes_text
from lumber.cli.output import Output, printable
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime, load_runtime
from lumber.destinations.housekeeping import clean_destination
from lumber.destinations.janitor import GRACE_HOURS, Cleaned
from lumber.exports.versions.reconciling import name_versions
from lumber.exports.versions.withdrawing import withdraw_surplus
from lumber.text import counted


def clean(
    name: NameArgument,
    older_than: Annotated[
        float,
        typer.Option(
            "--older-than", metavar="HOURS", min=0, help="Only what is at least so old, by the store's clock."
        ),
    ] = GRACE_HOURS,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be deleted.")] = False,
    database_url: DatabaseUrlOption = None,
    as_json: JsonOption = False,
) -> int:
    """Delete what failed publications left in a destination.

    These are files that no manifest names, and uploads that were begun and never finished. Nothing is
    deleted while a publication runs. Files that Lumber didn't write are never touched. Names of versions that
    couldn't be written before are written first, and versions that retention deleted are removed.

    `lumber serve` does this every hour if LUMBER_DESTINATION_GRACE_HOURS is set.

    Exit codes: 0 cleaned, 1 failed, 4 no such destination.

    Example:
      lumber destination clean lake --dry-run
    """
    done = asyncio.run(_clean(load_runtime(database_url), name, older_than, is_dry_run=dry_run))
    out = Output(as_json=as_json)
    out.result({**done.as_json(), "is_dry_run": dry_run})
    verb = "Would delete" if dry_run else "Deleted"
    files = f"{counted(done.files, 'file')} ({bytes_text(done.size_bytes)})"
    out.say(f"{verb} {files} and {counted(done.uploads, 'unfinished upload')}.")
    for text in done.skipped:
        out.note(f"[yellow]note:[/] {printable(text)}")
    return ExitCode.OK


async def _clean(runtime: Runtime, name: str, hours: float, *, is_dry_run: bool) -> Cleaned:
    umask = runtime.settings.file_umask
    async with open_ledger(runtime) as database:
        if not is_dry_run:
            await name_versions(database, umask=umask)
            await withdraw_surplus(database, umask=umask, by=local_actor())
        return await clean_destination(database, name, grace_hours=hours, umask=umask, is_dry_run=is_dry_run)
