"""`lumber schedule`: exports that run at their times."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer

from lumber.cli.commands import LazyCommand, LazyGroup

# Name of the command, its place and the first sentence of its help.
COMMANDS: Mapping[str, tuple[str, str]] = {
    "add": ("adding:add", "Create a schedule of an export: by cron or by an interval."),
    "list": ("listing:list_all", "List the schedules."),
    "show": ("listing:show", "Show a schedule with its next times and its last runs."),
    "pause": ("changing:pause", "Make no runs until the schedule is resumed."),
    "resume": ("changing:resume", "Resume a schedule at its next time."),
    "run": ("changing:run", "Run a schedule once, now."),
    "remove": ("changing:remove", "Delete a schedule. Its exports stay."),
}


class ScheduleGroup(LazyGroup):
    """The group of the commands about schedules."""

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        for name, (module, sentence) in COMMANDS.items():
            place = f"{__name__}.{module}"
            self.add_command(LazyCommand(name=name, callback=None, help=sentence, place=place))


app = typer.Typer(cls=ScheduleGroup, no_args_is_help=True, add_completion=False)


@app.callback()
def schedule() -> None:
    """Run exports at their times: every night, every hour, on the first of a month.

    `lumber serve` and `lumber worker` start the runs. These commands work on the database.

    Examples:
      lumber schedule add nightly --cron '0 2 * * *' -d logs --range yesterday
      lumber schedule show nightly
      lumber schedule run nightly
    """
