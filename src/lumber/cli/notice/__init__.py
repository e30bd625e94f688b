"""`lumber notice`: who is told about exports and schedules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer

from lumber.cli.commands import LazyCommand, LazyGroup

# Name of the command, its place and the first sentence of its help.
COMMANDS: Mapping[str, tuple[str, str]] = {
    "add": ("adding:add", "Create a notice: a webhook, or e-mail addresses."),
    "list": ("listing:list_all", "List the notices."),
    "show": ("listing:show", "Show a notice."),
    "test": ("testing:send_test", "Send a test message now, and say how it went."),
    "deliveries": ("listing:deliveries", "List what was sent, what waits and what failed."),
    "set": ("changing:change", "Change a notice, or its secret."),
    "remove": ("changing:remove", "Delete a notice and its deliveries."),
}


class NoticeGroup(LazyGroup):
    """The group of the commands about notices."""

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        for name, (module, sentence) in COMMANDS.items():
            place = f"{__name__}.{module}"
            self.add_command(LazyCommand(name=name, callback=None, help=sentence, place=place))


app = typer.Typer(cls=NoticeGroup, no_args_is_help=True, add_completion=False)


@app.callback()
def notice() -> None:
    """Tell people and programs about completed, failed and held exports and paused schedules.

    A notice is a webhook or a list of e-mail addresses. `lumber serve` and `lumber worker` send the messages,
    and repeat them for about a day until they arrive. Messages have names and numbers, never rows.

    Examples:
      lumber notice add operations --url https://hooks.example.org/lumber
      lumber notice add team --to team@example.org --event completed --dataset plant
      lumber notice test operations
      lumber notice deliveries operations
    """
