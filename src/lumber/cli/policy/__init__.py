"""`lumber policy`: what roles and accounts may export."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer

from lumber.cli.commands import LazyCommand, LazyGroup

# Name of the command, its place and the first sentence of its help.
COMMANDS: Mapping[str, tuple[str, str]] = {
    "list": ("listing:list_all", "List the export policies."),
    "show": ("listing:show", "Show an export policy as JSON."),
    "set": ("changing:set_policy", "Create an export policy from a file, or replace it."),
    "delete": ("changing:delete", "Delete an export policy."),
    "check": ("checking:check", "Say what the policies of an account refuse in a config."),
}


class PolicyGroup(LazyGroup):
    """The group of the commands about export policies."""

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        for name, (module, sentence) in COMMANDS.items():
            place = f"{__name__}.{module}"
            self.add_command(LazyCommand(name=name, callback=None, help=sentence, place=place))


app = typer.Typer(cls=PolicyGroup, no_args_is_help=True, add_completion=False)


@app.callback()
def policy() -> None:
    """State what roles and accounts may export.

    The service checks policies when an export is created, previewed, retried and run. Commands on the
    database itself, such as `lumber export`, aren't subject to them.

    Examples:
      lumber policy set support.yaml
      lumber policy check export.json --user ann
      lumber policy list
    """
