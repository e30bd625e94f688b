"""`lumber datasets gate`: shows, sets and removes the gate of a dataset."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import open_ledger
from lumber.cli.output import Output, printable
from lumber.cli.place import ServerOption, at, load_place
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime
from lumber.exports.gates.gate import Gate, parse_gate
from lumber.exports.gates.stored import find_gate, set_gate
from lumber.exports.parsing import read_json
from lumber.remote import named_datasets as there

if TYPE_CHECKING:
    from lumber.remote.client import Client

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Name of the dataset, in any case.")]
FileArgument = Annotated[
    Path | None, typer.Argument(metavar="FILE", help="The gate, as JSON. Without it, the gate is shown.")
]
RemoveOption = Annotated[bool, typer.Option("--remove", help="Remove the gate.")]


def gate(
    name: NameArgument,
    file: FileArgument = None,
    remove: RemoveOption = False,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json: JsonOption = False,
) -> int:
    """Show, set or remove the gate of a dataset: what a new version must be like.

    A new version that breaks a condition is held: it isn't the latest one until somebody publishes it. The
    gate of a schedule overrides that of the dataset. A dataset that doesn't exist yet is made, except at a
    service.

    Exit codes: 0 shown or set, 3 the file is wrong, 4 no such dataset.

    Examples:
      lumber datasets gate plant gate.json
      lumber datasets gate plant > gate.json
      lumber datasets gate plant --remove
    """
    if remove and file is not None:
        raise typer.BadParameter("can't be used with FILE.", param_hint="--remove")
    wanted = None if file is None else parse_gate(read_json(file))
    is_change = remove or file is not None
    found = at(
        load_place(database_url, server),
        lambda runtime: _gate(runtime, name, wanted, is_change=is_change),
        lambda client: _gate_there(client, name, wanted, is_change=is_change),
    )
    out = Output(as_json=as_json)
    out.result({"dataset": name, "gate": None if found is None else found.as_json()})
    if found is None:
        out.say(f"{printable(name)} has no gate: every new version is published.")
    elif is_change:
        out.say(f"Set the gate of {printable(name)}. It judges the next version.")
    else:
        out.say(printable(json.dumps(found.as_json(), indent=2, ensure_ascii=False)))
    return ExitCode.OK


async def _gate(runtime: Runtime, name: str, wanted: Gate | None, *, is_change: bool) -> Gate | None:
    async with open_ledger(runtime) as database, database.session() as session:
        if is_change:
            await set_gate(session, name, wanted)
            return wanted
        return await find_gate(session, name)


def _gate_there(client: Client, name: str, wanted: Gate | None, *, is_change: bool) -> Gate | None:
    if is_change:
        there.set_gate(client, name, wanted)
        return wanted
    return there.find_gate(client, name)
