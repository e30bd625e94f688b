"""`lumber schedule pause`, `resume`, `run` and `remove`."""

from __future__ import annotations

from typing import Annotated

import typer

from lumber.audit.actor import local_actor
from lumber.cli.confirmation import is_confirmed
from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import open_ledger
from lumber.cli.output import Output, printable
from lumber.cli.place import ServerOption, at, load_place
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime
from lumber.cli.schedule.printing import NameArgument, print_run, print_times
from lumber.remote import schedules as there
from lumber.schedules.by_hand import run_now
from lumber.schedules.reading import reports_of
from lumber.schedules.report import RunReport, ScheduleReport
from lumber.schedules.stored import (
    delete_schedule,
    find_by_name,
    locked,
    pause_schedule,
    resume_schedule,
)


def pause(
    name: NameArgument,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json_: JsonOption = False,
) -> int:
    """Make no runs until the schedule is resumed. Running exports continue.

    Exit codes: 0 paused, 4 no such schedule.

    Example:
      lumber schedule pause nightly
    """
    paused = at(
        load_place(database_url, server),
        lambda runtime: _pause(runtime, name),
        lambda client: there.pause_schedule(client, name),
    )
    out = Output(as_json=as_json_)
    out.result(paused.model_dump(mode="json"))
    out.say(f"The schedule {printable(paused.name)} is paused. {printable(paused.pause_reason or '')}")
    return ExitCode.OK


def resume(
    name: NameArgument,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json_: JsonOption = False,
) -> int:
    """Resume a schedule at its next time. Times during the pause aren't caught up.

    Exit codes: 0 resumed, 4 no such schedule.

    Example:
      lumber schedule resume nightly
    """
    resumed = at(
        load_place(database_url, server),
        lambda runtime: _resume(runtime, name),
        lambda client: there.resume_schedule(client, name),
    )
    out = Output(as_json=as_json_)
    out.result(resumed.model_dump(mode="json"))
    out.say(f"The schedule {printable(resumed.name)} runs: {printable(resumed.sentence)}.")
    print_times(out, resumed)
    return ExitCode.OK


def run(
    name: NameArgument,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json_: JsonOption = False,
) -> int:
    """Run a schedule once, now. Its next times stay.

    A worker runs the export. Relative dates mean those of this moment.

    Exit codes: 0 started or queued, 1 the run failed at once or an earlier one has not ended, 4 no such
    schedule.

    Example:
      lumber schedule run nightly
    """
    out = Output(as_json=as_json_)
    made = at(
        load_place(database_url, server),
        lambda runtime: _run(runtime, name),
        lambda client: there.run_schedule(client, name),
    )
    out.result(made.model_dump(mode="json"))
    print_run(out, name, made)
    return ExitCode.FAILURE if made.status == "failed" else ExitCode.OK


def remove(
    name: NameArgument,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Delete without confirmation.")] = False,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json_: JsonOption = False,
) -> int:
    """Delete a schedule and the record of its runs. Its exports stay.

    Exit codes: 0 deleted, 1 not confirmed, 2 confirmation is needed, 4 no such schedule.

    Example:
      lumber schedule remove nightly --yes
    """
    place, out = load_place(database_url, server), Output(as_json=as_json_)
    if not yes and not is_confirmed(out, f"Delete the schedule {name}?"):
        out.note("Nothing was deleted.")
        return ExitCode.FAILURE
    removed = at(
        place,
        lambda runtime: _remove(runtime, name),
        lambda client: there.delete_schedule(client, name),
    )
    out.result(removed.model_dump(mode="json"))
    out.say(f"Deleted the schedule {printable(removed.name)}.")
    return ExitCode.OK


async def _pause(runtime: Runtime, name: str) -> ScheduleReport:
    async with open_ledger(runtime) as database, database.session() as session:
        row = await locked(session, (await find_by_name(session, name)).id)
        await pause_schedule(session, row, f"Paused by {local_actor().name}.")
        return (await reports_of(session, [row]))[0]


async def _resume(runtime: Runtime, name: str) -> ScheduleReport:
    async with open_ledger(runtime) as database, database.session() as session:
        row = await resume_schedule(session, (await find_by_name(session, name)).id)
        return (await reports_of(session, [row]))[0]


async def _run(runtime: Runtime, name: str) -> RunReport:
    async with open_ledger(runtime) as database:
        async with database.session() as session:
            schedule_id = (await find_by_name(session, name)).id
        async with database.session() as session:
            return await run_now(session, schedule_id, runtime.settings.max_queued)


async def _remove(runtime: Runtime, name: str) -> ScheduleReport:
    async with open_ledger(runtime) as database, database.session() as session:
        row = await find_by_name(session, name)
        report = (await reports_of(session, [row]))[0]
        await delete_schedule(session, row.id)
        return report
