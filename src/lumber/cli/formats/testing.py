"""`lumber formats test`: shows what a load of files in a saved format would store."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Annotated

import typer

from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import open_ledger
from lumber.cli.formats.finding import NameArgument
from lumber.cli.ingest_dry_run import run_dry
from lumber.cli.output import Output
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime, load_runtime
from lumber.ingest.formats.saved import SavedFormat, find_format
from lumber.ingest.limits import Limits


def try_format(
    name: NameArgument,
    sources: Annotated[list[str], typer.Argument(metavar="FILE...", help="Files, or - for standard input.")],
    lines: Annotated[
        int, typer.Option(metavar="N", min=1, max=100_000, help="Lines of each file to read.")
    ] = 100,
    database_url: DatabaseUrlOption = None,
    as_json: JsonOption = False,
) -> int:
    """Show what a load of files in a saved format would store.

    It reads the first lines and writes nothing: `lumber ingest --dry-run` with the kind of the format.

    Exit codes: 0 tested, 1 almost all lines would be rejected, 4 no such format or file.

    Examples:
      lumber formats test shop shop.log
      tail shop.log | lumber formats test shop -
    """
    runtime = load_runtime(database_url)
    saved = asyncio.run(_find(runtime, name))
    options = replace(saved.definition.checked(), limits=Limits.of(runtime.settings))
    is_well = run_dry(Output(as_json=as_json), options, sources, [], runtime.url.dialect, lines)
    return ExitCode.OK if is_well else ExitCode.FAILURE


async def _find(runtime: Runtime, name: str) -> SavedFormat:
    async with open_ledger(runtime) as database:
        return await find_format(database, name)
