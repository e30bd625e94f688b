"""`lumber destination`: the folders and object stores that datasets are written to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer

from lumber.cli.commands import LazyCommand, LazyGroup

# Name of the command, its place and the first sentence of its help.
COMMANDS: Mapping[str, tuple[str, str]] = {
    "add": ("adding:add", "Register a folder or a bucket, after a check of what it promises."),
    "list": ("listing:list_all", "List the destinations."),
    "show": ("listing:show", "Show a destination and what it promises."),
    "probe": ("adding:probe_again", "Check again what a destination promises."),
    "publish": ("publishing:publish_folder", "Write a finished dataset to a destination."),
    "clean": ("cleaning:clean", "Delete what failed publications left in a destination."),
    "remove": ("adding:remove", "Forget a destination. What lies in it stays."),
}


class DestinationGroup(LazyGroup):
    """The group of the commands about destinations."""

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        for name, (module, sentence) in COMMANDS.items():
            place = f"{__name__}.{module}"
            self.add_command(LazyCommand(name=name, callback=None, help=sentence, place=place))


app = typer.Typer(cls=DestinationGroup, no_args_is_help=True, add_completion=False)


@app.callback()
def destination() -> None:
    """Manage the folders and object stores that datasets are written to.

    A destination is a folder (/mnt/lake), S3 and what speaks it (s3://bucket/prefix), Google (gs://) or
    Azure (az://container). `lumber export --destination NAME` also writes the dataset there.

    Examples:
      lumber destination add lake s3://datasets/lumber --region eu-central-1
      lumber export -d logs --destination lake
      lumber destination list
    """
