"""The options of `lumber ingest` and `lumber listen` that say how lines are read."""

from __future__ import annotations

from typing import Annotated

import typer

from lumber.ingest.options import FORMAT_HELP

PANEL = "How to read the lines"

FormatOption = Annotated[
    str,
    typer.Option(
        "--format",
        metavar="FORMAT",
        help=f"{FORMAT_HELP}; or a format saved with `lumber formats add`.",
        rich_help_panel=PANEL,
    ),
]
TimezoneOption = Annotated[
    str | None,
    typer.Option(
        metavar="ZONE",
        help="Time zone of times without one: a name such as Europe/Berlin, or an offset. [default: UTC]",
        rich_help_panel=PANEL,
        show_default=False,
    ),
]
PatternOption = Annotated[
    str | None,
    typer.Option(
        metavar="PATTERN",
        help="Form of each line, with the names of its fields: '%{TIMESTAMP_ISO8601:timestamp} "
        "%{LOGLEVEL:level} %{GREEDYDATA:message}', or a regular expression with groups (?P<name>...). It "
        "has to match whole lines.",
        rich_help_panel=PANEL,
        show_default=False,
    ),
]
MapOption = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="COLUMN=FIELD",
        help="Fields of records that make a column: message=Content, timestamp=Date+Time (joined with a "
        "space) or process_name=kubernetes.labels.app. Repeat it for each column.",
        rich_help_panel=PANEL,
        show_default=False,
    ),
]
TimeFormatOption = Annotated[
    str | None,
    typer.Option(
        metavar="FORM",
        help="Form of the times in records, if it is not ISO 8601: '%d/%m/%Y %H:%M:%S,%f'. It has the "
        "directives of strptime.",
        rich_help_panel=PANEL,
        show_default=False,
    ),
]
DefaultLevelOption = Annotated[
    str | None,
    typer.Option(
        metavar="LEVEL",
        help="Log level of lines without one: DEBUG, INFO, WARNING, ERROR or CRITICAL. "
        "[default: none; levels are never guessed]",
        rich_help_panel=PANEL,
        show_default=False,
    ),
]
DeriveIpsOption = Annotated[
    bool, typer.Option(help="Update the IP records with the addresses found in log messages.")
]
