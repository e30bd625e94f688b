"""`lumber formats show`: shows a saved format."""

from __future__ import annotations

import asyncio

from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import open_ledger
from lumber.cli.formats.finding import NameArgument, as_json, command_of
from lumber.cli.output import Output, printable
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime, load_runtime
from lumber.ingest.formats.saved import SavedFormat, find_format


def show(name: NameArgument, database_url: DatabaseUrlOption = None, as_json_: JsonOption = False) -> int:
    """Show a saved format, and the command that saves it.

    Example:
      lumber formats show shop
    """
    saved = asyncio.run(_find(load_runtime(database_url), name))
    out = Output(as_json=as_json_)
    out.result(as_json(saved))
    for option, value in as_json(saved).items():
        shown = ", ".join(f"{name}={field}" for name, field in value.items()) if option == "map" else value
        out.say(f"{option:<15}{printable(shown)}")
    out.say(f"Save it in another database: {printable(command_of(saved))}")
    return ExitCode.OK


async def _find(runtime: Runtime, name: str) -> SavedFormat:
    async with open_ledger(runtime) as database:
        return await find_format(database, name)
