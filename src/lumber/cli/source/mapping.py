"""`lumber source suggest`, `check` and `map`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import open_ledger
from lumber.cli.output import Output, printable
from lumber.cli.place import ServerOption, at, load_place
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime
from lumber.cli.source.listing import NameArgument
from lumber.errors import ConfigError, FieldProblem
from lumber.remote import sources as there
from lumber.sources.adding import checked, keep
from lumber.sources.mapping import MOST_BYTES, TableMapping, parse_mapping
from lumber.sources.registry import find_source
from lumber.sources.rejecting import MOST_ROWS
from lumber.sources.suggesting import suggest
from lumber.text import counted

FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="The mapping, as TOML.")]


def suggest_mapping(
    name: NameArgument,
    table: Annotated[str, typer.Argument(metavar="TABLE", help="Table or view, such as public.event_log.")],
    kind: Annotated[
        str,
        typer.Option(
            *("--data-type", "--kind", "-d"),
            metavar="TYPE",
            help="Data type: logs, anomalies, ips, or a name for one of your own.",
        ),
    ] = "logs",
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json: JsonOption = False,
) -> int:
    """Write a mapping of a table to standard output, to edit.

    It guesses by the names and types of the columns. A line with "?" is what it couldn't guess. For a data
    type of your own, it suggests rules from what the table allows.

    Exit codes: 0 written, 3 no such table, 4 no such source.

    Examples:
      lumber source suggest plant public.event_log > event_log.toml
      lumber source suggest plant public.builds --kind ci_runs > ci_runs.toml
    """
    text = at(
        load_place(database_url, server),
        lambda runtime: _suggest(runtime, name, table, kind),
        lambda client: there.suggest(client, name, table, kind),
    )
    out = Output(as_json=as_json)
    out.result({"kind": kind, "text": text})
    if not as_json:
        typer.echo(text, nl=False)
    return ExitCode.OK


def check(
    name: NameArgument,
    file: FileArgument,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json: JsonOption = False,
) -> int:
    """Check a mapping, and show rows as it makes them.

    It checks that the columns exist and have fitting types, that the key is unique and that each row has a
    time. It validates up to 1,000 rows and says how many an export would reject and why. It says what
    reading costs, and what an export can promise. Nothing is stored.

    Exit codes: 0 it fits, 1 the database failed or its rows don't fit, 3 the mapping is wrong, 4 no such
    source.

    Example:
      lumber source check plant event_log.toml
    """
    mapping = parse_mapping(_read(file))
    found = at(
        load_place(database_url, server),
        lambda runtime: _check(runtime, name, mapping),
        lambda client: there.check(client, name, mapping.text),
    )
    out = Output(as_json=as_json)
    out.result(found)
    tell(out, found)
    out.say(f"Keep it: lumber source map {printable(name)} {printable(str(file))}")
    return ExitCode.OK


def map_table(
    name: NameArgument,
    file: FileArgument,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json: JsonOption = False,
) -> int:
    """Check a mapping as `check` does, and keep it for exports.

    A source has one mapping for each data type: a new one replaces it. Exports that run keep theirs.

    Exit codes: 0 kept, 1 the database failed or its rows don't fit, 3 the mapping is wrong, 4 no such source.

    Example:
      lumber source map plant event_log.toml
    """
    mapping = parse_mapping(_read(file))
    found = at(
        load_place(database_url, server),
        lambda runtime: _keep(runtime, name, mapping),
        lambda client: there.keep(client, name, mapping.text),
    )
    out = Output(as_json=as_json)
    out.result(found)
    tell(out, found)
    kind = printable(found["kind"])
    out.say(f"Kept. Export it: lumber export --source {printable(name)} --data-type {kind}")
    return ExitCode.OK


def tell(out: Output, found: Mapping[str, Any]) -> None:
    """Print what a check found."""
    out.say(f"{printable(found['table'])} as {printable(found['kind'])}:")
    for column, source in found["columns"].items():
        out.say(f"  {printable(column):<16} {printable(source)}")
    if found["unmapped"]:
        out.say(f"Empty: {printable(', '.join(found['unmapped']))}.")
    if found["unused"]:
        out.say(f"Not read: {printable(', '.join(found['unused']))}.")
    out.say(f"Guarantee: {printable(found['guarantee'])}: {printable(found['guarantee_means'])}.")
    for note in found["notes"]:
        out.say(f"[yellow]note:[/] {printable(note)}")
    for row in found["samples"]:
        out.say(printable(json.dumps(row, ensure_ascii=False, default=str)))
    if not found["samples"]:
        out.say("No row is selected.")
        return
    if found["rejects"] is not None:
        _tell_rejects(out, found["rejects"])


def _tell_rejects(out: Output, rejects: Mapping[str, Any]) -> None:
    some = "all rows" if rejects["rows"] < MOST_ROWS else f"the first {counted(rejects['rows'], 'row')}"
    out.say(
        f"Of {some}, validation rejects {rejects['rejected']:,} at the level basic and "
        f"{rejects['rejected_strictly']:,} at the level strict."
    )
    for rule, rows in rejects["by_rule"].items():
        example = printable(rejects["examples"][rule])
        out.say(f"  {printable(rule)}: {counted(rows, 'row')}. For example, {example}.")


def _read(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return opened.read(MOST_BYTES + 1).decode()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
        raise ConfigError([FieldProblem("mapping", str(file), f"can't read {file}: {reason}")]) from None


async def _suggest(runtime: Runtime, name: str, table: str, kind: str) -> str:
    async with open_ledger(runtime) as database:
        async with database.session() as session:
            source = await find_source(session, name)
        return await suggest(source, table, kind)


async def _check(runtime: Runtime, name: str, mapping: TableMapping) -> dict[str, Any]:
    async with open_ledger(runtime) as database:
        return (await checked(database, name, mapping)).as_json()


async def _keep(runtime: Runtime, name: str, mapping: TableMapping) -> dict[str, Any]:
    async with open_ledger(runtime) as database:
        return (await keep(database, name, mapping))[1].as_json()
