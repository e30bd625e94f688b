"""`lumber destination list` and `lumber destination show`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import open_ledger
from lumber.cli.exports.printing import print_rows, time_text
from lumber.cli.output import Output, printable
from lumber.cli.place import ServerOption, at, load_place
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime
from lumber.destinations.credentials import Source
from lumber.destinations.promises import Status
from lumber.destinations.registry import Destination, find_destination, list_destinations
from lumber.remote import destinations as there
from lumber.text import counted

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Name of the destination, in any case.")]
STYLES = {Status.OK.value: "green", Status.LIMITED.value: "yellow", Status.FAILING.value: "red"}
_AT_THE_SERVICE = {Source.FILE: "a file", Source.ENVIRONMENT: "the environment"}
_NAMES = ("name", "status", "kind", "address", "checked (UTC)")


def list_all(
    database_url: DatabaseUrlOption = None, server: ServerOption = None, as_json: JsonOption = False
) -> int:
    """List the destinations by name.

    With --json it prints `{"destinations": [...]}`.

    Example:
      lumber destination list
    """
    found = at(load_place(database_url, server), _list, there.list_destinations)
    out = Output(as_json=as_json)
    out.result({"destinations": [each.as_json() for each in found]})
    if found:
        print_rows(out, _NAMES, [_row(each) for each in found], styles=STYLES)
    rest = "" if found else " Register one: lumber destination add NAME URL"
    out.say(f"{counted(len(found), 'destination')}.{rest}")
    return ExitCode.OK


def show(
    name: NameArgument,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json: JsonOption = False,
) -> int:
    """Show a destination and what it promises.

    Exit codes: 0 shown, 4 no such destination.

    Example:
      lumber destination show lake
    """
    found = at(
        load_place(database_url, server),
        lambda runtime: _find(runtime, name),
        lambda client: there.find_destination(client, name),
    )
    out = Output(as_json=as_json)
    out.result(found.as_json())
    facts = {
        "name": found.name,
        "address": found.address.url,
        "kind": found.address.kind.value,
        "secrets": _secrets(found),
        **{name: str(value) for name, value in found.options.as_json().items()},
        "checked": f"{time_text(found.probe.probed_at)} UTC",
    }
    for fact, text in facts.items():
        out.say(f"{fact:<11}{printable(text)}")
    tell_promises(out, found)
    return ExitCode.OK


def tell_promises(out: Output, found: Destination) -> None:
    """Print what a probe found."""
    status = found.probe.status
    if status is Status.FAILING:
        out.say(f"[red]It can't be used.[/] {printable(found.probe.message)}")
    elif status is Status.LIMITED:
        out.say("[yellow]It can be used, and doesn't promise everything:[/]")
        for text in found.promises.missing:
            out.say(f"  {printable(text)}")
    else:
        out.say("[green]It promises everything[/] that datasets need.")


def _row(found: Destination) -> tuple[str, ...]:
    checked = time_text(found.probe.probed_at)
    address = found.address
    return (found.name, found.probe.status.value, address.kind.value, address.url, checked)


def _secrets(found: Destination) -> str:
    credentials = found.credentials
    if credentials.path is not None:
        return f"in {credentials.path}"
    if credentials.variables:
        return f"in {', '.join(sorted(credentials.variables.values()))} of the environment"
    if credentials.source is not Source.PLATFORM:
        return f"in {_AT_THE_SERVICE[credentials.source]} of the service"
    return "those of the platform" if found.address.path is None else "none"


async def _list(runtime: Runtime) -> Sequence[Destination]:
    async with open_ledger(runtime) as database, database.session() as session:
        return await list_destinations(session)


async def _find(runtime: Runtime, name: str) -> Destination:
    async with open_ledger(runtime) as database, database.session() as session:
        return await find_destination(session, name)
