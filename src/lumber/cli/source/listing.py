"""`lumber source list` and `lumber source show`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import open_ledger
from lumber.cli.exports.printing import print_rows, time_text
from lumber.cli.output import Output, printable
from lumber.cli.place import ServerOption, at, load_place
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime
from lumber.remote import sources as there
from lumber.sources.guarantee import DESCRIBED, Guarantee
from lumber.sources.registry import Source, find_source, list_sources
from lumber.text import counted

if TYPE_CHECKING:
    from lumber.remote.client import Client

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Name of the source, in any case.")]


def list_all(
    database_url: DatabaseUrlOption = None, server: ServerOption = None, as_json: JsonOption = False
) -> int:
    """List the sources by name.

    With --json it prints `{"sources": [...]}`.

    Example:
      lumber source list
    """
    found = at(load_place(database_url, server), _list, there.list_sources)
    out = Output(as_json=as_json)
    out.result({"sources": found})
    if found:
        rows = [(each["name"], each["url"], ", ".join(each["mappings"]) or "none yet") for each in found]
        print_rows(out, ("name", "address", "data types"), rows)
    rest = "" if found else " Register one: lumber source add NAME --url URL"
    out.say(f"{counted(len(found), 'source')}.{rest}")
    return ExitCode.OK


def show(
    name: NameArgument,
    kind: Annotated[
        str | None,
        typer.Option("--mapping", metavar="TYPE", help="Print only the mapping of this data type, as TOML."),
    ] = None,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json: JsonOption = False,
) -> int:
    """Show a source and its mappings.

    Exit codes: 0 shown, 4 no such source or no such mapping.

    Examples:
      lumber source show plant
      lumber source show plant --mapping logs > event_log.toml
    """
    place, out = load_place(database_url, server), Output(as_json=as_json)
    if kind is not None:
        return _show_mapping(out, place, name, kind)
    found, password = at(place, lambda runtime: _facts(runtime, name), lambda client: _there(client, name))
    out.result(found)
    shown = {
        "name": found["name"],
        "address": found["url"],
        "password": password,
        "limit": f"{found['statement_seconds']:g} s for each statement",
        "added": f"{_time(found['created_at'])} UTC",
    }
    for fact, text in shown.items():
        out.say(f"{fact:<11}{printable(text)}")
    for each, mapping in found["mappings"].items():
        out.say(
            f"{each + ' from':<11}{printable(mapping['table'])}, checked {_time(mapping['checked_at'])} UTC"
        )
        guarantee = Guarantee(mapping["guarantee"])
        out.say(f"{'':<11}{guarantee.value}: {DESCRIBED[guarantee]}")
    if not found["mappings"]:
        name = printable(found["name"])
        out.say(f"No table is mapped yet: lumber source suggest {name} TABLE > mapping.toml")
    return ExitCode.OK


def _show_mapping(out: Output, place: Runtime | Client, name: str, kind: str) -> ExitCode:
    found, text = at(
        place,
        lambda runtime: _mapping_text(runtime, name, kind),
        lambda client: there.mapping_text(client, name, kind),
    )
    if text is None:
        out.note(f"The source {printable(found)} has no mapping for {printable(kind)}.")
        return ExitCode.NOTHING_FOUND
    out.result({"kind": kind, "text": text})
    if not out.as_json:
        typer.echo(text, nl=False)
    return ExitCode.OK


async def _mapping_text(runtime: Runtime, name: str, kind: str) -> tuple[str, str | None]:
    found = await _find(runtime, name)
    stored = found.mappings.get(kind)
    return found.name, None if stored is None else stored.mapping.text


def _time(text: str) -> str:
    return time_text(datetime.fromisoformat(text))


def _password(found: Source) -> str:
    if found.password.path is not None:
        return f"in {found.password.path}"
    if found.password.variable is not None:
        return f"in {found.password.variable} of the environment"
    return "none"


async def _list(runtime: Runtime) -> list[dict[str, Any]]:
    async with open_ledger(runtime) as database, database.session() as session:
        return [each.as_json() for each in await list_sources(session)]


async def _facts(runtime: Runtime, name: str) -> tuple[dict[str, Any], str]:
    found = await _find(runtime, name)
    return found.as_json(), _password(found)


def _there(client: Client, name: str) -> tuple[dict[str, Any], str]:
    found = there.find_source(client, name)
    # Its place is the service's own business.
    return found, {"file": "in a file of the service", "environment": "in its environment"}.get(
        found["password"], "none"
    )


async def _find(runtime: Runtime, name: str) -> Source:
    async with open_ledger(runtime) as database, database.session() as session:
        return await find_source(session, name)
