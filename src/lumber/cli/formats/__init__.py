"""`lumber formats`: formats of a user's own, saved under a name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer

from lumber.cli.commands import LazyCommand, LazyGroup

# Name of the command, its place and the first sentence of its help.
COMMANDS: Mapping[str, tuple[str, str]] = {
    "add": ("add", "Save a format: a pattern of lines, names of fields, a form of times, a time zone."),
    "list": ("listing:list_all", "List the saved formats."),
    "show": ("show", "Show a saved format, and the command that saves it."),
    "test": ("testing:try_format", "Show what a load of files in a saved format would store."),
    "delete": ("delete", "Delete a saved format."),
}


class FormatsGroup(LazyGroup):
    """The group of the commands about formats."""

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        for name, (module, sentence) in COMMANDS.items():
            place = f"{__name__}.{module}"
            self.add_command(LazyCommand(name=name, callback=None, help=sentence, place=place))


app = typer.Typer(cls=FormatsGroup, no_args_is_help=True, add_completion=False)


@app.callback()
def formats() -> None:
    """Save and test formats of your own for `lumber ingest --format NAME`.

    A format is a set of options of `lumber ingest` under a name: a pattern of lines, names of fields, a form
    of times, a time zone and a log level. It is saved in the database, so the service has it too.

    Examples:
      lumber formats add shop --pattern '%{DATESTAMP:time} %{GREEDYDATA:message}'
      lumber formats test shop shop.log
      lumber ingest logs shop.log --format shop
    """
