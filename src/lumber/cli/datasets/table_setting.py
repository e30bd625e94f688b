"""`lumber datasets tables`: shows and sets the tables that versions are committed to by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from lumber.cli.datasets.listing import NameArgument, in_ledger
from lumber.cli.datasets.tables import CatalogOption
from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.printing import print_rows, time_text
from lumber.cli.output import Output, printable
from lumber.cli.place import ServerOption, at, load_place, refuse_there
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime
from lumber.destinations.tables.table import TableFormat
from lumber.exports.versions.table_settings import TableSetting, list_tables, remove_tables, set_tables
from lumber.remote import named_datasets as there
from lumber.store.database import Database

if TYPE_CHECKING:
    from lumber.remote.client import Client

FormatOption = Annotated[
    TableFormat | None, typer.Option("--format", help="Format of the tables.", show_default=False)
]
ToOption = Annotated[
    str | None,
    typer.Option(
        "--to",
        metavar="PLACE",
        help="A registered destination, for tables beside the dataset. On a database also a folder or an "
        "address, such as ./tables.",
        show_default=False,
    ),
]
RemoveOption = Annotated[bool, typer.Option("--remove", help="Commit no further version. The tables stay.")]


def tables(
    name: NameArgument,
    format: FormatOption = None,
    to: ToOption = None,
    catalog: CatalogOption = None,
    remove: RemoveOption = False,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json: JsonOption = False,
) -> int:
    """Show or set the tables of Delta or Iceberg that the versions of a dataset are committed to.

    Each published version becomes one commit by itself: after `lumber export`, and while `lumber serve` or
    `lumber worker` runs. Versions that exist come first. A commit that failed is tried again, after a minute
    at first and after an hour at most. No version is committed twice. With --json it prints `{"tables":
    [...]}`.

    Exit codes: 0 shown or set, 3 an option is wrong or an extra is missing, 4 no such dataset, destination or
    tables.

    Examples:
      lumber datasets tables plant
      lumber datasets tables plant --format delta --to lake
      lumber datasets tables plant --format delta --remove
    """
    _check_options(format, to, catalog, remove=remove)
    place = load_place(database_url, server)
    refuse_there(place, "works on a database only: a service has its own catalog.", catalog=catalog)
    found = at(
        place,
        lambda runtime: _here(runtime, name, format, to, catalog, remove=remove),
        lambda client: _there(client, name, format, to, remove=remove),
    )
    out = Output(as_json=as_json)
    out.result({"dataset": name, "tables": [each.as_json() for each in found]})
    if to is not None:
        out.say(f"Versions of {printable(name)} are committed to tables of {format} from now on.")
    elif remove:
        out.say(f"No further version of {printable(name)} is committed to tables of {format}.")
    _print(out, name, found)
    return ExitCode.OK


def _check_options(format: TableFormat | None, to: str | None, catalog: str | None, *, remove: bool) -> None:
    if remove and to is not None:
        raise typer.BadParameter("can't be used with --to.", param_hint="--remove")
    if (remove or to is not None) and format is None:
        raise typer.BadParameter(f"is required: {' or '.join(TableFormat)}.", param_hint="--format")
    if format is not None and to is None and not remove:
        raise typer.BadParameter("needs --to or --remove.", param_hint="--format")
    if catalog is not None and to is None:
        raise typer.BadParameter("needs --to.", param_hint="--catalog")


async def _here(
    runtime: Runtime,
    name: str,
    format: TableFormat | None,
    to: str | None,
    catalog: str | None,
    *,
    remove: bool,
) -> Sequence[TableSetting]:
    async def change(database: Database) -> Sequence[TableSetting]:
        async with database.session() as session:
            if format is not None and to is not None:
                await set_tables(session, name, format, to, catalog)
            elif format is not None and remove:
                await remove_tables(session, name, format)
        if to is not None:
            from lumber.exports.versions.committing import commit_due

            await commit_due(database, runtime.settings, name)
        async with database.session() as session:
            return await list_tables(session, name)

    return await in_ledger(runtime, change)


def _there(
    client: Client, name: str, format: TableFormat | None, to: str | None, *, remove: bool
) -> Sequence[TableSetting]:
    if format is not None and to is not None:
        return there.set_tables(client, name, format, to)
    if format is not None and remove:
        there.remove_tables(client, name, format)
    return there.list_tables(client, name)


def _print(out: Output, name: str, found: Sequence[TableSetting]) -> None:
    if not found:
        out.say(
            f"Versions of {printable(name)} aren't committed to tables. Let them: lumber datasets tables "
            f"{printable(name)} --format delta --to DESTINATION"
        )
        return
    rows = [
        (
            each.format,
            each.to,
            "-" if each.committed is None else f"v{each.committed}",
            "-" if each.latest is None else f"v{each.latest}",
            time_text(each.next_at),
        )
        for each in found
    ]
    print_rows(out, ("format", "to", "committed", "latest", "next attempt (UTC)"), rows)
    for each in found:
        if each.error:
            out.note(f"[yellow]{each.format} failed {each.failures:,} times:[/] {printable(each.error)}")
