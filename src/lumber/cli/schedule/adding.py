"""`lumber schedule add`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from lumber.cli.config.parameters import with_config_options
from lumber.cli.config.request import ConfigRequest, tell_choices
from lumber.cli.config.values import parse_seconds
from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import open_ledger
from lumber.cli.output import Output, printable
from lumber.cli.place import OF_THE_KEY, ServerOption, at, load_place, refuse_there
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime
from lumber.cli.schedule.printing import NameArgument, print_times, require_scheduler
from lumber.exports.parsing import read_json
from lumber.identity.users import find_account
from lumber.remote import schedules as there
from lumber.schedules.definition import CatchUp, Overlap, ScheduleDefinition, parse_definition
from lumber.schedules.health import is_scheduling
from lumber.schedules.reading import reports_of
from lumber.schedules.report import ScheduleReport
from lumber.schedules.rights import require_owner_may
from lumber.schedules.stored import create_schedule
from lumber.store.models.base import utc_now

_WHEN = "When"


@with_config_options(writes=True)
def add(
    request: ConfigRequest,
    name: NameArgument,
    cron: Annotated[
        str | None,
        typer.Option(
            "--cron",
            metavar="CRON",
            rich_help_panel=_WHEN,
            help="Minute, hour, day of the month, month and day of the week: '0 2 * * *'; or @daily.",
            show_default=False,
        ),
    ] = None,
    every: Annotated[
        str | None,
        typer.Option(
            "--every",
            metavar="DURATION",
            rich_help_panel=_WHEN,
            help="Instead of --cron: an interval, such as 15m, 6h or 1d, counted from 1970 in UTC.",
            show_default=False,
        ),
    ] = None,
    time_zone: Annotated[
        str,
        typer.Option(
            "--time-zone",
            metavar="ZONE",
            rich_help_panel=_WHEN,
            help="Time zone of --cron and --range, such as Europe/Berlin.",
        ),
    ] = "UTC",
    catch_up: Annotated[
        CatchUp,
        typer.Option(
            "--catch-up",
            rich_help_panel=_WHEN,
            help="Times that passed while nothing scheduled: run none, one or all of them.",
        ),
    ] = CatchUp.ONE,
    overlap: Annotated[
        Overlap | None,
        typer.Option(
            "--overlap",
            rich_help_panel=_WHEN,
            help="At a time while the last run has not ended: skip or queue. [default: queue for increments "
            "and with --catch-up all, otherwise skip]",
            show_default=False,
        ),
    ] = None,
    pause_after: Annotated[
        int,
        typer.Option(
            "--pause-after",
            min=0,
            max=1_000,
            metavar="FAILURES",
            rich_help_panel=_WHEN,
            help="Pause after so many failed runs in a row; 0: never.",
        ),
    ] = 5,
    jitter: Annotated[
        str | None,
        typer.Option(
            "--jitter",
            metavar="DURATION",
            rich_help_panel=_WHEN,
            help="Start each run up to so much late, such as 5m. [default: no delay]",
            show_default=False,
        ),
    ] = None,
    gate: Annotated[
        Path | None,
        typer.Option(
            "--gate",
            metavar="FILE",
            rich_help_panel=_WHEN,
            help="JSON file with conditions on a version.",
            show_default=False,
        ),
    ] = None,
    user: Annotated[
        str | None,
        typer.Option(
            "--user",
            metavar="ACCOUNT",
            rich_help_panel=_WHEN,
            help="Account that owns the schedule and its exports. [default: this machine itself]",
            show_default=False,
        ),
    ] = None,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json: JsonOption = False,
) -> int:
    """Create a schedule of an export: by cron or by an interval.

    It takes the options of `lumber export` except --output: the service's folder has the datasets. It prints
    when the schedule runs in words, and its next five times. At a service, the schedule belongs to the
    account of the API key.

    Exit codes: 0 created, 2 the command line is wrong, 3 the config or timetable is wrong, 4 no such account.

    Examples:
      lumber schedule add nightly --cron '0 2 * * *' --time-zone Europe/Berlin -d logs --range yesterday
      lumber schedule add hourly --every 1h -d logs --range 'last hour' --catch-up all
      lumber schedule add weekly --cron '30 3 * * MON' --config export.json --jitter 10m
    """
    place = load_place(database_url, server)
    refuse_there(place, OF_THE_KEY, user=user)
    config = request.build()
    values: dict[str, Any] = {
        "name": name,
        "config": config.as_json(),
        "cron": cron,
        "every_seconds": None if every is None else parse_seconds("--every", every),
        "time_zone": time_zone,
        "catch_up": catch_up,
        "overlap": overlap,
        "pause_after_failures": pause_after or None,
        "jitter_seconds": 0 if jitter is None else parse_seconds("--jitter", jitter),
        "gate": None if gate is None else read_json(gate),
    }
    definition = parse_definition(values)
    out = Output(as_json=as_json)
    tell_choices(out, config)
    made, is_scheduled = at(
        place,
        lambda runtime: _add(runtime, definition, user),
        # A service schedules, so nothing is to be said about that.
        lambda client: (there.create_schedule(client, definition), True),
    )
    out.result(made.model_dump(mode="json"))
    out.say(f"Created the schedule {printable(made.name)}: {printable(made.sentence)}.")
    print_times(out, made)
    require_scheduler(out, is_scheduled=is_scheduled)
    return ExitCode.OK


async def _add(
    runtime: Runtime, definition: ScheduleDefinition, user: str | None
) -> tuple[ScheduleReport, bool]:
    async with open_ledger(runtime) as database, database.session() as session:
        owner_id = None
        if user is not None:
            owner_id = (await find_account(session, user)).user_id
            config = definition.export_config.resolved(utc_now(), definition.time_zone)
            await require_owner_may(session, owner_id, config)
        row = await create_schedule(session, definition, owner_id=owner_id)
        return (await reports_of(session, [row]))[0], await is_scheduling(session)
