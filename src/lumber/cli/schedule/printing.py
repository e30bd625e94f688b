"""Print schedules, their times and their runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from lumber.cli.exports.printing import print_rows, time_text
from lumber.cli.output import Output, printable
from lumber.schedules.report import RunReport, ScheduleReport

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Name of the schedule, or its id.")]
STYLES = {
    "active": "green",
    "paused": "yellow",
    "completed": "green",
    "failed": "red",
    "held": "yellow",
    "held, published": "green",
    "held, dropped": "red",
    "running": "cyan",
}


def print_times(out: Output, schedule: ScheduleReport) -> None:
    """Print the next five times, as the wall shows them and in UTC."""
    zone = ZoneInfo(schedule.time_zone)
    for moment in schedule.next:
        out.say(f"  {moment.astimezone(zone):%a %Y-%m-%d %H:%M %Z}  ({time_text(moment)} UTC)")


def print_schedules(out: Output, found: Sequence[ScheduleReport]) -> None:
    """Print a line for each schedule."""
    names = ("name", "state", "when", "next (UTC)", "last run", "owner")
    print_rows(out, names, [_row(each) for each in found], styles=STYLES)


def print_runs(out: Output, runs: Sequence[RunReport]) -> None:
    """Print a line for each run."""
    names = ("time (UTC)", "status", "export", "reason")
    rows = [
        (time_text(run.nominal_at), status_text(run), run.export_id or "-", run.reason or "") for run in runs
    ]
    print_rows(out, names, rows, styles=STYLES)


def status_text(run: RunReport) -> str:
    """Return the status of a run, and what a person decided about the version that was held."""
    return run.status if run.decision is None else f"{run.status}, {run.decision}"


def print_run(out: Output, name: str, run: RunReport) -> None:
    """Print what became of a run that was asked for."""
    if run.export_id is not None:
        out.say(f"The schedule {printable(name)} runs as export {printable(run.export_id)}.")
        out.say(f"Follow it: lumber exports watch {printable(run.export_id)}")
    else:
        out.say(f"The run is {run.status}: {printable(run.reason or '-')}")


def require_scheduler(out: Output, *, is_scheduled: bool) -> None:
    """Print a note if nothing starts runs."""
    if not is_scheduled:
        out.note(
            "[yellow]note:[/] nothing starts runs at the moment: start `lumber serve` or `lumber worker`."
        )


def _row(schedule: ScheduleReport) -> tuple[str, ...]:
    last, owner = schedule.last_run, schedule.owner
    return (
        schedule.name,
        "paused" if schedule.is_paused else "active",
        schedule.sentence,
        time_text(schedule.next[0] if schedule.next else None),
        "-" if last is None else status_text(last),
        "this machine" if owner is None else owner.name or owner.user_id,
    )
