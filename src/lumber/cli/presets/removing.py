"""`lumber presets remove`."""

from __future__ import annotations

from typing import Annotated

import typer

from lumber.cli.confirmation import is_confirmed
from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import open_ledger
from lumber.cli.output import Output, printable
from lumber.cli.place import ServerOption, at, load_place
from lumber.cli.presets.listing import NameArgument
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime
from lumber.exports.presets.preset import PresetReport
from lumber.exports.presets.stored import delete_preset, find_by_name, reports_of
from lumber.remote import presets as there


def remove(
    name: NameArgument,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Delete without confirmation.")] = False,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json_: JsonOption = False,
) -> int:
    """Delete a preset. Exports made with it stay.

    Exit codes: 0 deleted, 1 not confirmed, 2 confirmation is needed, 4 no such preset.

    Example:
      lumber presets remove nightly --yes
    """
    place, out = load_place(database_url, server), Output(as_json=as_json_)
    if not yes and not is_confirmed(out, f"Delete the preset {name}?"):
        out.note("Nothing was deleted.")
        return ExitCode.FAILURE
    removed = at(
        place, lambda runtime: _remove(runtime, name), lambda client: there.delete_preset(client, name)
    )
    out.result(removed.model_dump(mode="json"))
    out.say(f"Deleted the preset {printable(removed.name)}.")
    return ExitCode.OK


async def _remove(runtime: Runtime, name: str) -> PresetReport:
    async with open_ledger(runtime) as database, database.session() as session:
        row = await find_by_name(session, name)
        report = (await reports_of(session, [row]))[0]
        await delete_preset(session, row.id)
        return report
