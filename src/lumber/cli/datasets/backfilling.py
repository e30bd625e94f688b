"""`lumber datasets backfill`: adds a past range to a dataset in windows."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import sqlalchemy as sa
import typer

from lumber.cli.config.parameters import PrivacyKeyFileOption
from lumber.cli.confirmation import require_terminal
from lumber.cli.datasets.listing import NameArgument
from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import open_ledger
from lumber.cli.exports.printing import print_rows
from lumber.cli.interruption import cancel_on_signals
from lumber.cli.output import Output, printable
from lumber.cli.place import ServerOption, load_place, refuse_there
from lumber.cli.progress import RowProgress, row_progress
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime, load_runtime
from lumber.errors import DatasetBusy, DatasetStateError, ExportCancelled, LumberError
from lumber.exports.exporter import DataExporter
from lumber.exports.lost_commands import fail_lost_commands
from lumber.exports.progress import ExportProgress
from lumber.exports.versions.backfilling import (
    Backfill,
    Length,
    Window,
    busy_export,
    parse_length,
    plan_backfill,
)
from lumber.store.database import Database
from lumber.store.models import DatasetVersion
from lumber.text import counted

if TYPE_CHECKING:
    from lumber.remote.backfills import Planned
    from lumber.remote.client import Client

_WAIT_SECONDS = 1.0
_SHOWN = 40
_AGAIN = "Run the same command again: it goes on with the window that isn't done."

StartOption = Annotated[
    str, typer.Option("--start", metavar="DATE", help="First moment to add, inclusive; without a zone UTC.")
]
EndOption = Annotated[
    str | None,
    typer.Option(
        "--end",
        metavar="DATE",
        help="Last moment, inclusive. [default: where the rows of the dataset begin]",
        show_default=False,
    ),
]
WindowOption = Annotated[
    str, typer.Option("--window", metavar="LENGTH", help="Length of a window: 12h, 1d, 7d, 1month and so on.")
]
ProcessesOption = Annotated[
    int | None,
    typer.Option(
        "--processes",
        min=1,
        max=64,
        metavar="NUMBER",
        help="Processes of each window. [default: LUMBER_WORKERS, or one for each CPU]",
        show_default=False,
    ),
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Begin without confirmation.")]


def backfill(
    name: NameArgument,
    start: StartOption,
    window: WindowOption,
    end: EndOption = None,
    processes: ProcessesOption = None,
    yes: YesOption = False,
    privacy_key_file: PrivacyKeyFileOption = None,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json: JsonOption = False,
) -> int:
    """Add a past range to a dataset in windows, each as one version, with the config of its latest version.

    It begins with the window next to the rows that the dataset holds. Windows follow one another, because
    each version continues the one before. A window never adds a row that the dataset has.

    Ctrl-C stops it. The same command then goes on where it ended: the range of the dataset says which windows
    are done. A window that failed is run again, whole, and first.

    With --server, the service runs the windows, and goes on after a restart. Ctrl-C cancels the backfill
    there.

    Exit codes: 0 done, 1 not confirmed or failed, 2 confirmation is needed, 3 bad dates, 4 no such dataset,
    130 interrupted.

    Examples:
      lumber datasets backfill plant --start 2026-01-01 --window 1month
      lumber datasets backfill plant --start 2026-01-01 --window 7d --processes 2 --yes
    """
    place = load_place(database_url, server, privacy_key_file=privacy_key_file)
    refuse_there(place, "works on a database only: the service has its own.", processes=processes)
    length, out = parse_length(window), Output(as_json=as_json)
    if not isinstance(place, Runtime):
        with place as client:
            return _at_service(client, name, (start, end, window), out, yes=yes)
    runtime = load_runtime(database_url, workers=processes, privacy_key_file=privacy_key_file)
    planned = asyncio.run(_plan(runtime, name, start, end, length))
    _show(out, planned)
    if not planned.windows:
        out.result({**planned.as_json(), "done": []})
        return ExitCode.OK
    if not yes and not _is_confirmed(out, planned):
        out.note("Nothing was exported.")
        return ExitCode.FAILURE
    done: list[dict[str, Any]] = []
    try:
        with row_progress(out.errors, is_quiet=as_json) as progress:
            is_complete = asyncio.run(_run(runtime, planned, (start, end, length), done, out, progress))
    except LumberError:
        out.note(f"Finished windows stay: {len(done):,} of {len(planned.windows):,}. {_AGAIN}")
        raise
    out.result({**planned.as_json(), "done": done})
    if not is_complete:
        out.say(f"Stopped after {len(done):,} of {counted(len(planned.windows), 'window')}. {_AGAIN}")
        return ExitCode.INTERRUPTED
    added = sum(each["added"] for each in done)
    out.say(
        f"Added {counted(added, 'row')} in {counted(len(done), 'version')} of {printable(planned.dataset)}."
    )
    out.say(f"Check it: lumber verify --chain {printable(planned.dataset)}")
    return ExitCode.OK


def _at_service(
    client: Client, name: str, asked: tuple[str, str | None, str], out: Output, *, yes: bool
) -> ExitCode:
    from lumber.cli.datasets.backfilling_there import backfill_there
    from lumber.remote.backfills import preview_backfill

    planned = preview_backfill(client, name, *asked)
    _show(out, planned)
    if planned.windows and not yes and not _is_confirmed(out, planned):
        out.note("Nothing was exported.")
        return ExitCode.FAILURE
    done = None
    if planned.windows:
        with row_progress(out.errors, is_quiet=out.as_json) as progress:
            done = backfill_there(client, name, asked, out, progress)
    out.result({**planned.as_json(), "backfill": None if done is None else done.as_json()})
    if done is None:
        return ExitCode.OK
    if done.state != "completed":
        windows = counted(done.windows, "window")
        out.say(f"{done.state.capitalize()} after {done.done:,} of {windows}. {_AGAIN}")
        return ExitCode.INTERRUPTED
    out.say(f"Added {counted(done.windows, 'version')} to {printable(planned.dataset)}.")
    return ExitCode.OK


async def _plan(runtime: Runtime, name: str, start: str, end: str | None, length: Length) -> Backfill:
    async with open_ledger(runtime) as database:
        return await plan_backfill(database, name, start, end, length)


def _show(out: Output, planned: Backfill | Planned) -> None:
    name, (first, end) = printable(planned.dataset), planned.held
    begins = "the first row" if first is None else _day(first.isoformat())
    ends = "on" if end is None else f"to before {_day(end.isoformat())}"
    out.say(f"{name} v{planned.number} holds the rows from {begins} {ends}.")
    if not planned.windows:
        out.say("It holds the whole range, so there is nothing to add.")
        return
    shown = planned.windows[:_SHOWN]
    rows = [(_day(each.start.isoformat()), _day(each.before.isoformat()), _rows(each.rows)) for each in shown]
    print_rows(out, ("from", "before", "rows to add"), rows, right=("rows to add",))
    if rest := len(planned.windows) - len(shown):
        out.say(f"and {counted(rest, 'more window', 'more windows')}")
    total = sum(each.rows or 0 for each in planned.windows)
    out.say(f"{counted(len(planned.windows), 'window')}, about {counted(total, 'row')}.")
    for note in planned.notes:
        out.note(f"[yellow]note:[/] {printable(note)}")


def _is_confirmed(out: Output, planned: Backfill | Planned) -> bool:
    require_terminal(out, "a backfill")
    count = counted(len(planned.windows), "version")
    return typer.confirm(f"Make {count} of {planned.dataset}?", err=True)


async def _run(
    runtime: Runtime,
    planned: Backfill,
    asked: tuple[str, str | None, Length],
    done: list[dict[str, Any]],
    out: Output,
    progress: RowProgress,
) -> bool:
    """Export one window after another, and add each to `done`. Return False if it was interrupted."""
    cancel_on_signals()
    task = asyncio.current_task()
    assert task is not None
    try:
        async with open_ledger(runtime) as database:
            last: Window | None = None
            # What the dataset holds is read again each time: others may add to it too.
            while (window := await _next(runtime, database, planned.dataset, asked, out)) is not None:
                backfill, chosen = window
                if chosen == last:
                    raise DatasetStateError(f"The window from {chosen.start.isoformat()} wasn't added.")
                try:
                    export_id = await _export(runtime, database, backfill, chosen, progress)
                except DatasetBusy:
                    continue
                last = chosen
                done.append(await _made(database, chosen, export_id))
                _say_done(out, done, len(planned.windows))
                if task.cancelling():
                    return await _next(runtime, database, planned.dataset, asked, out) is None
            return True
    except ExportCancelled:
        if not task.cancelling():  # somebody else cancelled the export
            raise
        return False
    except asyncio.CancelledError:
        return False


async def _next(
    runtime: Runtime, database: Database, name: str, asked: tuple[str, str | None, Length], out: Output
) -> tuple[Backfill, Window] | None:
    """Wait until nobody writes a version, and return the next window; None if all are done."""
    is_told = False
    while True:
        await fail_lost_commands(database, runtime.settings)
        async with database.session() as session:
            busy = await busy_export(session, name)
        if busy is None:
            break
        if not is_told:
            out.note(f"Waiting for export {printable(busy)}, which writes a version of {printable(name)}.")
            is_told = True
        await asyncio.sleep(_WAIT_SECONDS)
    start, end, length = asked
    found = await plan_backfill(database, name, start, end, length, counts=False)
    return (found, found.windows[0]) if found.windows else None


async def _export(
    runtime: Runtime, database: Database, planned: Backfill, window: Window, progress: RowProgress
) -> str:
    def show(state: ExportProgress) -> None:
        text = f"{_day(window.start.isoformat())}: {state.stage}"
        progress.update(state.rows_done, state.rows_total, text)

    exporter = DataExporter(settings=runtime.settings, database=database, on_progress=show)
    return (await exporter.export_data(planned.config_of(window))).export_id


async def _made(database: Database, window: Window, export_id: str) -> dict[str, Any]:
    wanted = sa.select(DatasetVersion.number, DatasetVersion.state, DatasetVersion.added)
    async with database.session() as session:
        found = (await session.execute(wanted.where(DatasetVersion.export_id == export_id))).one()
    return {
        "start": window.start.isoformat(),
        "before": window.before.isoformat(),
        "export_id": export_id,
        "number": found.number,
        "state": found.state,
        "added": found.added,
    }


def _say_done(out: Output, done: Sequence[dict[str, Any]], total: int) -> None:
    last = done[-1]
    out.note(
        f"{len(done):,} of {total:,}: v{last['number']} {last['state']}, from {_day(last['start'])} before "
        f"{_day(last['before'])}, {counted(last['added'], 'row')} added"
    )


def _rows(rows: int | None) -> str:
    return "-" if rows is None else f"{rows:,}"


def _day(time: str) -> str:
    """Return a time in UTC as short as it can be: without the time of day at midnight."""
    return time.removesuffix("+00:00").removesuffix("T00:00:00")
