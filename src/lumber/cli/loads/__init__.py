"""`lumber loads`: what was loaded into the database, and how to take it out again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer

from lumber.cli.commands import LazyCommand, LazyGroup

# Name of the command, its place and the first sentence of its help.
COMMANDS: Mapping[str, tuple[str, str]] = {
    "list": ("listing:list_all", "List what was loaded, newest first."),
    "show": ("show", "Show one load: its lines, rows, rejects and addresses, and whether it can be deleted."),
    "delete": ("delete", "Delete loads: their rows, and what they added to IP records."),
}


class LoadsGroup(LazyGroup):
    """The group of the commands about loads."""

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        for name, (module, sentence) in COMMANDS.items():
            place = f"{__name__}.{module}"
            self.add_command(LazyCommand(name=name, callback=None, help=sentence, place=place))


app = typer.Typer(cls=LoadsGroup, no_args_is_help=True, add_completion=False)


@app.callback()
def loads() -> None:
    """List, show and delete what was loaded.

    A load is one file or stream that `lumber ingest` or an upload loaded. If it was loaded with the wrong
    time zone or year, delete it and load the file again.

    Name a load by its source id, or by the beginning of it.

    Examples:
      lumber loads list
      lumber loads delete logs-5c1f0f2f7a90
      lumber ingest logs auth.log --timezone Europe/Berlin
    """
