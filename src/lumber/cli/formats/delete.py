"""`lumber formats delete`: deletes a saved format."""

from __future__ import annotations

import asyncio

from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import open_ledger
from lumber.cli.formats.finding import NameArgument, as_json, command_of
from lumber.cli.output import Output, printable
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime, load_runtime
from lumber.ingest.formats.saved import SavedFormat, delete_format


def delete(name: NameArgument, database_url: DatabaseUrlOption = None, as_json_: JsonOption = False) -> int:
    """Delete a saved format.

    What was loaded in the format stays, and `lumber loads show` still shows the definition.

    Example:
      lumber formats delete shop
    """
    deleted = asyncio.run(_delete(load_runtime(database_url), name))
    out = Output(as_json=as_json_)
    out.result(as_json(deleted))
    out.say(f"Deleted the format {printable(name)}. To have it back: {printable(command_of(deleted))}")
    return ExitCode.OK


async def _delete(runtime: Runtime, name: str) -> SavedFormat:
    async with open_ledger(runtime) as database:
        return await delete_format(database, name)
