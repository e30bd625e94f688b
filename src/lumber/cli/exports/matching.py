"""The options that filter the history, for commands that list exports or change all that match."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from lumber.cli.moments import moment_of
from lumber.exports.history import HistoryQuery
from lumber.exports.naming import checked_tags
from lumber.exports.status import Status

StatusOption = Annotated[
    list[Status] | None,
    typer.Option(
        "--status",
        metavar="STATUS",
        help=f"Only exports with this status: {', '.join(Status)}. Repeat for several.",
        show_default=False,
    ),
]
DataTypeOption = Annotated[
    str | None, typer.Option("--data-type", metavar="TYPE", help="Only exports of this data type.")
]
SearchOption = Annotated[
    str | None,
    typer.Option(
        "--search",
        metavar="TEXT",
        help="Only exports with this text in id, name, tags, note, folder, error or config.",
    ),
]
WithTagOption = Annotated[
    list[str] | None,
    typer.Option("--tag", metavar="TAG", help="Only exports with this tag. Repeat for several."),
]
SinceOption = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="TIME",
        help="Only exports created at or after this: 2026-01-31 or 2026-01-31T12:00:00Z.",
    ),
]
UntilOption = Annotated[
    str | None,
    typer.Option(
        "--until",
        metavar="TIME",
        help="Only exports created at or before this. A date includes the whole day.",
    ),
]


def filters_of(
    *,
    status: Sequence[Status] | None,
    data_type: str | None,
    search: str | None,
    tag: Sequence[str] | None,
    since: str | None,
    until: str | None,
) -> HistoryQuery:
    """Return the search that the options ask for, with a data type that isn't checked.

    Raises ConfigError for tags, and typer.BadParameter for times that are none.
    """
    return HistoryQuery(
        statuses=[each.value for each in status or ()],
        kind=data_type,
        text=search,
        tags=checked_tags(tag or ()),
        created_from=moment_of(since, "--since"),
        created_to=moment_of(until, "--until", is_end=True),
    )


def require_known_kind(query: HistoryQuery) -> None:
    """Raise ConfigError if there is no such data type. A service checks it itself."""
    if query.kind is None:
        return
    from lumber.catalog.registry import get_kind  # the kinds load Polars and pyarrow

    get_kind(query.kind)
