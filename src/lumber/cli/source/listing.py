"""`lumber source list` and `lumber source show`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated

import typer

from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import open_ledger
from lumber.cli.exports.printing import print_rows, time_text
from lumber.cli.output import Output, printable
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime, load_runtime
from lumber.sources.guarantee import DESCRIBED
from lumber.sources.registry import Source, find_source, list_sources
from lumber.text import counted

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Name of the source, in any case.")]


def list_all(database_url: DatabaseUrlOption = None, as_json: JsonOption = False) -> int:
    """List the sources by name.

    With --json it prints `{"sources": [...]}`.

    Example:
      lumber source list
    """
    found = asyncio.run(_list(load_runtime(database_url)))
    out = Output(as_json=as_json)
    out.result({"sources": [each.as_json() for each in found]})
    if found:
        rows = [(each.name, str(each.url), ", ".join(each.mappings) or "none yet") for each in found]
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
    as_json: JsonOption = False,
) -> int:
    """Show a source and its mappings.

    Exit codes: 0 shown, 4 no such source or no such mapping.

    Examples:
      lumber source show plant
      lumber source show plant --mapping logs > event_log.toml
    """
    found = asyncio.run(_find(load_runtime(database_url), name))
    out = Output(as_json=as_json)
    if kind is not None:
        stored = found.mappings.get(kind)
        if stored is None:
            out.note(f"The source {printable(found.name)} has no mapping for {printable(kind)}.")
            return ExitCode.NOTHING_FOUND
        out.result({"kind": kind, "text": stored.mapping.text})
        if not as_json:
            typer.echo(stored.mapping.text, nl=False)
        return ExitCode.OK
    out.result(found.as_json())
    facts = {
        "name": found.name,
        "address": str(found.url),
        "password": _password(found),
        "limit": f"{found.statement_seconds:g} s for each statement",
        "added": f"{time_text(found.created_at)} UTC",
    }
    for fact, text in facts.items():
        out.say(f"{fact:<11}{printable(text)}")
    for each, stored in found.mappings.items():
        mapping = stored.mapping
        out.say(f"{each + ' from':<11}{printable(mapping.place)}, checked {time_text(stored.checked_at)} UTC")
        out.say(f"{'':<11}{mapping.guarantee.value}: {DESCRIBED[mapping.guarantee]}")
    if not found.mappings:
        out.say(f"No table is mapped yet: lumber source suggest {printable(found.name)} TABLE > mapping.toml")
    return ExitCode.OK


def _password(found: Source) -> str:
    if found.password.path is not None:
        return f"in {found.password.path}"
    if found.password.variable is not None:
        return f"in {found.password.variable} of the environment"
    return "none"


async def _list(runtime: Runtime) -> Sequence[Source]:
    async with open_ledger(runtime) as database, database.session() as session:
        return await list_sources(session)


async def _find(runtime: Runtime, name: str) -> Source:
    async with open_ledger(runtime) as database, database.session() as session:
        return await find_source(session, name)
