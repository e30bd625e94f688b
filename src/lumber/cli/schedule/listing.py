"""`lumber schedule list` and `lumber schedule show`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import open_ledger
from lumber.cli.output import Output, printable
from lumber.cli.place import ServerOption, at, load_place
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime
from lumber.cli.schedule.printing import (
    NameArgument,
    print_runs,
    print_schedules,
    print_times,
    require_scheduler,
)
from lumber.exports.config import ExportConfig
from lumber.remote import schedules as there
from lumber.schedules.health import is_scheduling
from lumber.schedules.reading import reports_of, runs_of
from lumber.schedules.report import RunReport, ScheduleReport
from lumber.schedules.stored import find_by_name, list_schedules
from lumber.text import counted

if TYPE_CHECKING:
    from lumber.remote.client import Client


def list_all(
    database_url: DatabaseUrlOption = None, server: ServerOption = None, as_json_: JsonOption = False
) -> int:
    """List the schedules by name, with their next times and last runs.

    With --json it prints `{"schedules": [...]}`.

    Example:
      lumber schedule list
    """
    found, is_scheduled = at(
        load_place(database_url, server),
        _list,
        lambda client: (there.list_schedules(client), True),
    )
    out = Output(as_json=as_json_)
    out.result({"schedules": [each.model_dump(mode="json") for each in found]})
    if found:
        print_schedules(out, found)
        require_scheduler(out, is_scheduled=is_scheduled)
    out.say(f"{counted(len(found), 'schedule')}.")
    return ExitCode.OK


def show(
    name: NameArgument,
    runs: Annotated[
        int, typer.Option("--runs", min=0, max=1_000, metavar="NUMBER", help="Last runs to show.")
    ] = 10,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json_: JsonOption = False,
) -> int:
    """Show a schedule with its next times and its last runs.

    With --json, `runs` has the runs, newest first.

    Exit codes: 0 shown, 4 no such schedule.

    Example:
      lumber schedule show nightly --runs 30
    """
    found, made, is_scheduled = at(
        load_place(database_url, server),
        lambda runtime: _show(runtime, name, runs),
        lambda client: _show_there(client, name, runs),
    )
    out = Output(as_json=as_json_)
    out.result({**found.model_dump(mode="json"), "runs": [each.model_dump(mode="json") for each in made]})
    out.say(f"[bold]{printable(found.name)}[/] ({found.schedule_id}): {printable(found.sentence)}")
    if found.is_paused:
        out.say(f"[yellow]Paused.[/] {printable(found.pause_reason or '')}")
    after = found.pause_after_failures
    pausing = "is never paused" if after is None else f"is paused after {counted(after, 'failure')} in a row"
    out.say(
        f"Catches up {found.catch_up.value}, overlap {found.overlap.value}, jitter {found.jitter_seconds} s; "
        f"{pausing}."
    )
    usual = ExportConfig(data_types=found.config["data_types"]).as_json() | {"data_types": None}
    given = {key: value for key, value in found.config.items() if value != usual.get(key)}
    out.say(f"Config: {printable(json.dumps(given, ensure_ascii=False))}")
    if found.next:
        out.say("Next:")
        print_times(out, found)
    if made:
        print_runs(out, made)
    require_scheduler(out, is_scheduled=is_scheduled)
    return ExitCode.OK


async def _list(runtime: Runtime) -> tuple[Sequence[ScheduleReport], bool]:
    async with open_ledger(runtime) as database, database.session() as session:
        found = await reports_of(session, await list_schedules(session))
        return found, await is_scheduling(session)


async def _show(runtime: Runtime, name: str, count: int) -> tuple[ScheduleReport, Sequence[RunReport], bool]:
    async with open_ledger(runtime) as database, database.session() as session:
        row = await find_by_name(session, name)
        runs = await runs_of(session, row.id, count) if count else []
        return (await reports_of(session, [row]))[0], runs, await is_scheduling(session)


def _show_there(client: Client, name: str, count: int) -> tuple[ScheduleReport, Sequence[RunReport], bool]:
    found = there.find_schedule(client, name)
    # A service schedules, so nothing is to be said about that.
    return found, there.runs_of(client, found, count) if count else [], True
