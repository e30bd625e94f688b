"""`lumber exports name`: changes the name, the tags and the note of an export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import IdArgument, find_export, find_there, open_ledger
from lumber.cli.exports.naming_options import NoteOption, TagOption
from lumber.cli.output import Output, printable
from lumber.cli.place import ServerOption, at, load_place
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime
from lumber.exports.ledger import ExportStatusManager
from lumber.exports.metadata import ExportMetadata
from lumber.exports.naming import Naming, NamingChange

if TYPE_CHECKING:
    from lumber.remote.client import Client


def name(
    export_id: IdArgument,
    text: Annotated[
        str | None, typer.Argument(metavar="NAME", help="The name; '' removes it.", show_default=False)
    ] = None,
    tag: TagOption = None,
    no_tags: Annotated[bool, typer.Option("--no-tags", help="Remove all tags.")] = False,
    note: NoteOption = None,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json: JsonOption = False,
) -> int:
    """Name an export, and give it tags and a note.

    Only what you give changes. The given tags replace all earlier ones, and an empty text removes the name or
    the note. The dataset and its config don't change. Without a change, the name, tags and note are shown.

    Exit codes: 0 done, 2 --tag with --no-tags, 3 a name, tag or note that isn't allowed, 4 no such export.

    Examples:
      lumber exports name 3f2a 'Errors of January' --tag plant --tag baseline
      lumber exports name 3f2a --note 'The first model was trained on it.'
      lumber exports name 3f2a '' --no-tags
    """
    if tag and no_tags:
        raise typer.BadParameter("can't be used with --tag.", param_hint="--no-tags")
    tags = [] if no_tags else tag
    given: dict[str, Any] = {"name": text, "tags": tags, "note": note}
    wanted = {each: value for each, value in given.items() if value is not None}
    # A service is only asked for what it would take.
    Naming.checked(text, tags or (), note)
    change = NamingChange(**wanted)
    place = load_place(database_url, server)
    export = at(
        place,
        lambda runtime: _name(runtime, export_id, change),
        lambda client: _name_there(client, export_id, change),
    )
    out = Output(as_json=as_json)
    out.result(export.model_dump(mode="json"))
    called = f"is called [bold]{printable(export.name)}[/]" if export.name else "has no name"
    out.say(f"Export {printable(export.export_id)} {called}.")
    if export.tags:
        out.say(f"tags  {printable(', '.join(export.tags))}")
    if export.note:
        out.say(f"note  {printable(export.note)}")
    return ExitCode.OK


async def _name(runtime: Runtime, text: str, change: NamingChange) -> ExportMetadata:
    async with open_ledger(runtime) as database:
        export = await find_export(database, text)
        if not change.model_fields_set:
            return export
        return await ExportStatusManager(database).name(export.export_id, change)


def _name_there(client: Client, text: str, change: NamingChange) -> ExportMetadata:
    export = find_there(client, text)
    return client.name(export.export_id, change) if change.model_fields_set else export
