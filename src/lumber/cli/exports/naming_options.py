"""The options for the name, the tags and the note of an export."""

from __future__ import annotations

from typing import Annotated

import typer

NAMES = "Name"
NameOption = Annotated[
    str | None,
    typer.Option(
        "--name",
        metavar="TEXT",
        rich_help_panel=NAMES,
        help="Name of the export in the history. [default: that of its dataset, or none]",
        show_default=False,
    ),
]
TagOption = Annotated[
    list[str] | None,
    typer.Option(
        "--tag",
        metavar="TAG",
        rich_help_panel=NAMES,
        help="Tag of the export: letters, digits, '.', '_', '-'. Repeat for several.",
        show_default=False,
    ),
]
NoteOption = Annotated[
    str | None,
    typer.Option("--note", metavar="TEXT", rich_help_panel=NAMES, help="Note about the export."),
]
