"""`lumber presets list` and `lumber presets show`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import open_ledger
from lumber.cli.exports.printing import print_rows, time_text
from lumber.cli.output import Output
from lumber.cli.place import ServerOption, at, load_place
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime
from lumber.exports.presets.preset import PresetReport
from lumber.exports.presets.stored import find_by_name, list_presets, reports_of
from lumber.remote import presets as there
from lumber.text import counted

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Name of the preset, or its id.")]


def list_all(
    database_url: DatabaseUrlOption = None, server: ServerOption = None, as_json_: JsonOption = False
) -> int:
    """List the presets by name.

    With --json it prints `{"presets": [...]}`.

    Example:
      lumber presets list
    """
    found = at(load_place(database_url, server), _list, there.list_presets)
    out = Output(as_json=as_json_)
    out.result({"presets": [each.model_dump(mode="json") for each in found]})
    if found:
        print_rows(
            out, ("name", "data types", "format", "changed (UTC)", "owner"), [_row(each) for each in found]
        )
    out.say(f"{counted(len(found), 'preset')}.")
    return ExitCode.OK


def show(
    name: NameArgument,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json_: JsonOption = False,
) -> int:
    """Print the config of a preset, as --config takes it.

    With --json, it prints the whole record, with the config as `config`.

    Exit codes: 0 shown, 4 no such preset.

    Example:
      lumber presets show nightly > nightly.json
    """
    found = at(
        load_place(database_url, server),
        lambda runtime: _show(runtime, name),
        lambda client: there.find_preset(client, name),
    )
    Output(as_json=True).result(found.model_dump(mode="json") if as_json_ else found.config)
    return ExitCode.OK


def _row(preset: PresetReport) -> tuple[str, ...]:
    owner = preset.owner
    return (
        preset.name,
        ", ".join(preset.config["data_types"]),
        preset.config["output_format"],
        time_text(preset.updated_at),
        "this machine" if owner is None else owner.name or owner.user_id,
    )


async def _list(runtime: Runtime) -> Sequence[PresetReport]:
    async with open_ledger(runtime) as database, database.session() as session:
        return await reports_of(session, await list_presets(session))


async def _show(runtime: Runtime, name: str) -> PresetReport:
    async with open_ledger(runtime) as database, database.session() as session:
        return (await reports_of(session, [await find_by_name(session, name)]))[0]
