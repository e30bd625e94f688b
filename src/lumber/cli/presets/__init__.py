"""`lumber presets`: configs of exports under names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer

from lumber.cli.commands import LazyCommand, LazyGroup

# Name of the command, its place and the first sentence of its help.
COMMANDS: Mapping[str, tuple[str, str]] = {
    "save": ("saving:save", "Save a config under a name, or replace the preset of this name."),
    "list": ("listing:list_all", "List the presets."),
    "show": ("listing:show", "Print the config of a preset, as --config takes it."),
    "remove": ("removing:remove", "Delete a preset. Exports made with it stay."),
}


class PresetsGroup(LazyGroup):
    """The group of the commands about presets."""

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        for name, (module, sentence) in COMMANDS.items():
            place = f"{__name__}.{module}"
            self.add_command(LazyCommand(name=name, callback=None, help=sentence, place=place))


app = typer.Typer(cls=PresetsGroup, no_args_is_help=True, add_completion=False)


@app.callback()
def presets() -> None:
    """Keep configs of exports under names, and print them.

    The form of the web interface offers the same presets.

    Examples:
      lumber presets save nightly -d logs --range yesterday --split temporal
      lumber presets show nightly > nightly.json
      lumber export --config nightly.json
    """
