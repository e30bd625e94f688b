"""`lumber presets save`."""

from __future__ import annotations

from typing import Annotated

import typer

from lumber.cli.config.parameters import with_config_options
from lumber.cli.config.request import ConfigRequest, tell_choices
from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import open_ledger
from lumber.cli.output import Output, printable
from lumber.cli.place import OF_THE_KEY, ServerOption, at, load_place, refuse_there
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime
from lumber.exports.presets.preset import PresetDefinition, PresetReport, parse_preset
from lumber.exports.presets.stored import change_preset, create_preset, find_own, reports_of
from lumber.identity.users import find_account
from lumber.remote import presets as there


@with_config_options(writes=True)
def save(
    request: ConfigRequest,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the preset.")],
    user: Annotated[
        str | None,
        typer.Option(
            "--user",
            metavar="ACCOUNT",
            help="Account that owns the preset. [default: this machine itself]",
            show_default=False,
        ),
    ] = None,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json: JsonOption = False,
) -> int:
    """Save a config under a name, or replace the preset of this name.

    It takes the options of `lumber export` except --output. Relative dates stay relative. At a service, the
    preset belongs to the account of the API key.

    Exit codes: 0 saved, 2 the command line is wrong, 3 the config is wrong, 4 no such account.

    Examples:
      lumber presets save nightly -d logs --range yesterday --split temporal
      lumber presets save weekly --config export.json
    """
    place = load_place(database_url, server)
    refuse_there(place, OF_THE_KEY, user=user)
    config = request.build()
    definition = parse_preset({"name": name, "config": config.as_json()})
    out = Output(as_json=as_json)
    tell_choices(out, config)
    saved = at(
        place,
        lambda runtime: _save(runtime, definition, user),
        lambda client: there.save_preset(client, definition),
    )
    out.result(saved.model_dump(mode="json"))
    out.say(f"Saved the preset {printable(saved.name)}.")
    return ExitCode.OK


async def _save(runtime: Runtime, definition: PresetDefinition, user: str | None) -> PresetReport:
    async with open_ledger(runtime) as database, database.session() as session:
        owner_id = None if user is None else (await find_account(session, user)).user_id
        before = await find_own(session, definition.name, owner_id)
        if before is None:
            row = await create_preset(session, definition, owner_id=owner_id)
        else:
            row = await change_preset(session, before.id, definition)
        return (await reports_of(session, [row]))[0]
