"""`lumber formats add`: saves a format under a name."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from lumber.cli.exit_codes import ExitCode
from lumber.cli.formats.finding import NameArgument, as_json
from lumber.cli.output import Output, printable
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime, load_runtime
from lumber.errors import ConfigError, FieldProblem, FormatNotFound
from lumber.ingest.formats.definition import FormatDefinition, check_name
from lumber.ingest.formats.saved import SavedFormat, find_format, save_format
from lumber.ingest.records.mapping import pairs_of
from lumber.store.migrate import require_schema


def add(
    name: NameArgument,
    pattern: Annotated[
        str | None,
        typer.Option(
            metavar="PATTERN",
            help="Form of each line: %{NAME:field} and (?P<name>...) name its fields.",
            show_default=False,
        ),
    ] = None,
    mapped: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="COLUMN=FIELD",
            help="Fields that make a column. Repeat it for each column.",
            show_default=False,
        ),
    ] = None,
    time_format: Annotated[
        str | None,
        typer.Option(
            metavar="FORM",
            help="Form of the times, with the directives of strptime, if it is not ISO 8601.",
            show_default=False,
        ),
    ] = None,
    timezone: Annotated[
        str | None,
        typer.Option(metavar="ZONE", help="Time zone of times without one.", show_default=False),
    ] = None,
    default_level: Annotated[
        str | None,
        typer.Option(metavar="LEVEL", help="Log level of lines without one.", show_default=False),
    ] = None,
    data_type: Annotated[
        str, typer.Option(metavar="TYPE", help="Data type of the lines: logs, anomalies or ips.")
    ] = "logs",
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace the format of this name, if there is one.")
    ] = False,
    database_url: DatabaseUrlOption = None,
    as_json_: JsonOption = False,
) -> int:
    """Save a format: a pattern of lines, names of fields, a form of times, a time zone.

    Options of `lumber ingest` override those of the format. A load keeps the definition that it used, so you
    may replace or delete a format later.

    Exit codes: 0 saved, 3 the definition is wrong or the name is taken.

    Examples:
      lumber formats add shop --pattern '%{DATESTAMP:time} %{GREEDYDATA:message}'
      lumber formats add tables --map timestamp=Date+Time --map message=Content
    """
    out = Output(as_json=as_json_)
    definition = FormatDefinition(
        kind=data_type,
        pattern=pattern,
        map=pairs_of(mapped or []),
        time_format=time_format,
        timezone=timezone,
        default_level=default_level,
    )
    check_name(name)
    definition.checked()
    saved = asyncio.run(_save(load_runtime(database_url), name, definition, is_replacing=replace))
    out.result(as_json(saved))
    out.say(f"Saved the format {printable(name)}.")
    out.say(f"Test it: lumber formats test {printable(name)} FILE")
    out.say(f"Use it:  lumber ingest {printable(data_type)} FILE --format {printable(name)}")
    return ExitCode.OK


async def _save(
    runtime: Runtime, name: str, definition: FormatDefinition, *, is_replacing: bool
) -> SavedFormat:
    database = runtime.database()
    try:
        await require_schema(database, create=True)
        if not is_replacing:
            try:
                await find_format(database, name)
            except FormatNotFound:
                pass
            else:
                message = f"there is a format {name!r} already: use --replace, or choose another name"
                raise ConfigError([FieldProblem("name", name, message)])
        return await save_format(database, name, definition)
    finally:
        await database.close()
