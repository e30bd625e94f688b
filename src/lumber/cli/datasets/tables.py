"""`lumber datasets to-table`: the versions of a dataset as commits to tables."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import open_ledger
from lumber.cli.output import Output, printable
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime, load_runtime
from lumber.destinations.tables.table import TableFormat
from lumber.text import counted

if TYPE_CHECKING:
    from lumber.destinations.tables.places import TablePlace
    from lumber.destinations.tables.update import Done, Version

DatasetArgument = Annotated[
    str,
    typer.Argument(
        metavar="DATASET",
        help="Name of a dataset of this database, or a dataset in a destination: DESTINATION:NAME, "
        "s3://BUCKET/PREFIX/NAME.",
    ),
]
FormatOption = Annotated[TableFormat, typer.Option("--format", help="Format of the tables.")]
ToOption = Annotated[
    str,
    typer.Option(
        "--to",
        metavar="PLACE",
        help="A registered destination, for tables beside the dataset; or the folder or address that gets a "
        "table for each data type. A folder has a slash: ./tables.",
    ),
]
CatalogOption = Annotated[
    str | None,
    typer.Option(
        "--catalog",
        metavar="URL",
        help="Database of the Iceberg catalog. [default: iceberg.db in LUMBER_DATA_DIR]",
        show_default=False,
    ),
]


def to_table(
    dataset: DatasetArgument,
    format: FormatOption,
    to: ToOption,
    catalog: CatalogOption = None,
    database_url: DatabaseUrlOption = None,
    as_json: JsonOption = False,
) -> int:
    """Commit the versions of a dataset to tables of Delta or Iceberg.

    Each data type has a table, and each version is one commit. A version that only adds rows appends them,
    another one replaces all rows. The column split has the split of a row.

    The commit also says which version it is, and that is looked up first. So a repeated command adds only
    versions that the tables lack, and one that was stopped continues. Needs an extra: pip install
    'lumber[delta]' or 'lumber[iceberg]'. `lumber datasets tables` lets each new version be committed by
    itself.

    Exit codes: 0 the tables have all versions, 3 an extra is missing or an option is wrong, 4 there is no
    such dataset.

    Examples:
      lumber datasets to-table plant --format delta --to lake
      lumber datasets to-table lake:plant --format delta --to s3://tables/plant
      lumber datasets to-table plant --format iceberg --to ./tables --catalog sqlite:///catalog.db
    """
    from lumber.exports.versions.committing import default_catalog
    from lumber.exports.versions.tables import write_tables

    output = Output(as_json=as_json)
    runtime = load_runtime(database_url)
    name, versions, place = asyncio.run(_find(runtime, dataset, to, format))
    done = write_tables(
        name,
        versions,
        format,
        place,
        catalog or default_catalog(runtime.settings),
        runtime.settings.read_limits,
        lambda each: output.say(_sentence(each)),
    )
    output.result({"dataset": name, "tables": place.url, "commits": [each.as_json() for each in done]})
    latest = f"v{versions[-1].number}"
    output.say(f"The tables of {printable(name)} in {printable(place.url)} have {latest}.")
    return ExitCode.OK


async def _find(
    runtime: Runtime, dataset: str, to: str, format: TableFormat
) -> tuple[str, Sequence[Version], TablePlace]:
    from lumber.destinations.tables.table import require_library
    from lumber.exports.versions.tables import find_place, find_versions

    require_library(format)
    async with open_ledger(runtime) as database:
        name, versions = await find_versions(database, dataset)
        return name, versions, await find_place(database, to, name, format)


def _sentence(done: Done) -> str:
    rows = counted(done.rows, "row")
    what = f"{rows} appended" if done.is_append else f"all rows replaced by {rows}"
    return f"v{done.number} ({done.data_version}) of {printable(done.kind)}: {what}."
