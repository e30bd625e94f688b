"""`lumber loads show`: shows one load."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import open_ledger
from lumber.cli.exports.printing import bytes_text, time_text
from lumber.cli.loads.finding import load_named, load_there
from lumber.cli.loads.printing import KEPT
from lumber.cli.loads.printing import as_json as load_json
from lumber.cli.output import Output, printable
from lumber.cli.place import ServerOption, at, load_place
from lumber.cli.recognised import formats_text
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime
from lumber.ingest.loads import Load
from lumber.text import counted

IdArgument = Annotated[
    str, typer.Argument(metavar="ID", help="The load's source id, or the beginning of only one.")
]


def show(
    source_id: IdArgument,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json: JsonOption = False,
) -> int:
    """Show one load: its lines, rows, rejects and addresses, and whether it can be deleted.

    Example:
      lumber loads show logs-5c1f0f2f7a90
    """
    place = load_place(database_url, server)
    load = at(place, lambda runtime: _find(runtime, source_id), lambda client: load_there(client, source_id))
    out = Output(as_json=as_json)
    out.result(load_json(load))
    source = load.source
    facts = {
        "load": f"[bold]{printable(source.source_id)}[/]",
        "kind": printable(source.kind),
        "name": printable("standard input" if source.name == "-" else source.name),
        "begun": f"{time_text(source.created_at)} UTC",
        "changed": f"{time_text(source.updated_at)} UTC",
        "size": f"{bytes_text(source.bytes)}, {counted(source.lines, 'line')}",
        "rows": f"{source.loaded:,} loaded, {source.rejected:,} rejected",
        "read with": printable(json.dumps(source.reading, ensure_ascii=False))
        if source.reading
        else "defaults",
        "addresses": f"{load.addresses:,} added or updated",
    }
    if source.recognition.formats or source.recognition.unrecognised:
        facts["recognised"] = formats_text(source.recognition.formats, source.recognition.unrecognised)
    for name, text in facts.items():
        out.say(f"{name:<11}{text}")
    if not source.is_complete:
        out.say("Incomplete: load the same source again to resume.")
    out.say(f"Delete it: lumber loads delete {printable(source.source_id)}" if load.can_delete else KEPT)
    return ExitCode.OK


async def _find(runtime: Runtime, text: str) -> Load:
    async with open_ledger(runtime) as database:
        return await load_named(database, text)
