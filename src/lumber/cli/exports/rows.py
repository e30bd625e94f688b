"""`lumber exports rows`: shows rows of a finished export, a page at a time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from lumber.audit.actor import local_actor
from lumber.cli.audited import record_before
from lumber.cli.config.filters import parse_filters
from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import IdArgument, find_export, find_there, open_ledger
from lumber.cli.exports.printing import print_rows
from lumber.cli.output import Output
from lumber.cli.place import ServerOption, at, load_place
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime
from lumber.exports.audited import viewed_line
from lumber.exports.ledger import ExportStatusManager
from lumber.text import counted

if TYPE_CHECKING:
    from lumber.exports.row_reports import RowPage
    from lumber.remote.client import Client

_CELL_CHARACTERS = 60


def rows(
    export_id: IdArgument,
    kind: Annotated[
        str | None,
        typer.Option(
            "--data-type",
            "-d",
            metavar="TYPE",
            help="Data type, or a table made of one, such as templates. [default: the first]",
            show_default=False,
        ),
    ] = None,
    split: Annotated[
        str | None, typer.Option("--split", metavar="SPLIT", help="Only rows of this split.")
    ] = None,
    place: Annotated[
        int, typer.Option("--place", min=0, metavar="N", help="Number of the first row, from 0.")
    ] = 0,
    limit: Annotated[int, typer.Option("--limit", min=1, max=200, metavar="N", help="Maximum rows.")] = 20,
    search: Annotated[
        str | None, typer.Option("--search", metavar="TEXT", help="Only rows with this text in any column.")
    ] = None,
    filters: Annotated[
        list[str] | None,
        typer.Option(
            "--filter",
            metavar="FILTER",
            help="Only rows that meet this: log_level=ERROR, 'id >= 5', 'message contains failed'. Repeat "
            "for several.",
        ),
    ] = None,
    sort: Annotated[
        str | None,
        typer.Option("--sort", metavar="COLUMN", help="Sort by a column, of up to 100,000 rows."),
    ] = None,
    order: Annotated[
        Literal["asc", "desc"],
        typer.Option("--order", metavar="ORDER", help="Direction of --sort: asc or desc."),
    ] = "asc",
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json: JsonOption = False,
) -> int:
    """Show rows of a completed export, a page at a time.

    Long texts are cut: at 60 characters in the table, and at 500 with --json. --json prints the page as
    `GET /export/{id}/rows` returns it; `next` is the place of the next page.

    Exit codes: 0 shown, 1 failed, 3 no such column, split or place, 4 no such export or no row found.

    Examples:
      lumber exports rows 3f2a --split test
      lumber exports rows 3f2a --filter log_level=ERROR --search timeout
      lumber exports rows 3f2a -d logs --place 1000000 --limit 50 --json
    """
    asked: dict[str, Any] = {
        "kind": kind,
        "split": split,
        "place": place,
        "limit": limit,
        "search": search,
        "sort": sort,
        "is_descending": order == "desc",
    }
    wanted = parse_filters(filters or ())
    found = at(
        load_place(database_url, server),
        lambda runtime: _read(runtime, export_id, asked, wanted),
        lambda client: _ask(client, export_id, asked, wanted),
    )
    out = Output(as_json=as_json)
    out.result(found.model_dump(mode="json"))
    _show(out, found)
    return ExitCode.OK if found.rows else ExitCode.NOTHING_FOUND


async def _read(runtime: Runtime, text: str, asked: dict[str, Any], filters: dict[str, Any]) -> RowPage:
    # They load Polars and pyarrow.
    from lumber.exports.row_pages import RowQuery, page_of_rows
    from lumber.exports.viewing import RowViews

    query = RowQuery(**asked, filters=json.dumps(filters) if filters else None)
    views = RowViews()
    try:
        async with open_ledger(runtime) as database:
            found = (await find_export(database, text)).export_id
            viewed = await views.find(ExportStatusManager(database), found)
            page = await page_of_rows(views, viewed, query, runtime.settings.read_limits)
            # Rows that can't be recorded aren't shown.
            await record_before(database, viewed_line(local_actor(), found, page.kind))
            return page
    finally:
        views.close()


def _ask(client: Client, text: str, asked: dict[str, Any], filters: dict[str, Any]) -> RowPage:
    return client.rows(find_there(client, text).export_id, **asked, filters=filters)


def _show(out: Output, page: RowPage) -> None:
    names = [column.name for column in page.columns]
    if page.rows:
        lines = [
            (f"{row.place:,}", row.split, *(_cell(row.values.get(name)) for name in names))
            for row in page.rows
        ]
        print_rows(out, ("place", "split", *names), lines, right=("place",))
    of = f"of {page.total:,} in {page.kind}" + ("" if page.split is None else f", split {page.split}")
    out.say(f"{counted(len(page.rows), 'row')} {of}.")
    if page.next is not None:
        out.say(f"Looked at {counted(page.looked, 'row')}. Go on with --place {page.next}.")


def _cell(value: object) -> str:
    if value is None:
        return "-"
    text = value if isinstance(value, str) else json.dumps(value)
    text = " ".join(text.split())
    return text if len(text) <= _CELL_CHARACTERS else text[: _CELL_CHARACTERS - 1] + "…"
