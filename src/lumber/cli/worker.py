"""`lumber worker`: runs queued exports."""

from __future__ import annotations

import asyncio
import signal
from typing import Annotated

import typer

from lumber.cli.exit_codes import ExitCode
from lumber.cli.output import Output
from lumber.cli.runtime import DatabaseUrlOption, Runtime, load_runtime
from lumber.cli.watchdog import Watchdog
from lumber.exports.sole_worker import sole_worker
from lumber.exports.versions.table_loop import TableLoop
from lumber.exports.worker import Worker
from lumber.logs import configure_logging
from lumber.notices.delivering import NoticeLoop
from lumber.schedules.loop import ScheduleLoop
from lumber.settings import Settings
from lumber.store.migrate import require_schema


def worker(
    concurrency: Annotated[
        int | None,
        typer.Option(
            "--concurrency",
            min=1,
            max=64,
            metavar="NUMBER",
            help="Exports to run at the same time. [default: LUMBER_CONCURRENCY, or 2]",
            show_default=False,
        ),
    ] = None,
    database_url: DatabaseUrlOption = None,
) -> int:
    """Run queued exports until stopped.

    Any number of workers can share a PostgreSQL database. SQLite allows one. On SIGTERM or Ctrl-C, the
    worker takes no new exports and ends within LUMBER_STOP_SECONDS. Running exports get all but the last 5
    seconds of it to finish. The rest return to the queue, and the next worker resumes them. A second signal
    returns them at once.

    Exit codes: 0 stopped, 1 something hung on shutdown (the log names it), 130 stopped by Ctrl-C.

    Examples:
      lumber worker
      lumber worker --concurrency 4
    """
    runtime = load_runtime(database_url, concurrency=concurrency)
    configure_logging()
    asyncio.run(prepare(runtime))
    chosen = Worker(runtime.settings)
    with sole_worker(runtime.url), Watchdog(lambda: [chosen.loop]) as watchdog:
        return asyncio.run(_run(chosen, watchdog, runtime.settings))


async def prepare(runtime: Runtime) -> None:
    """Create the tables in an empty database. Raises a DatabaseError that says what to do."""
    database = runtime.database()
    try:
        await require_schema(database, create=True)
    finally:
        await database.close()


async def _run(worker: Worker, watchdog: Watchdog, settings: Settings) -> ExitCode:
    """Run the worker until a signal stops it. Return the exit code of the first signal."""
    code, out = ExitCode.OK, Output(as_json=False)
    is_stopping = False

    def stop(number: signal.Signals) -> None:
        nonlocal code, is_stopping
        if is_stopping:
            watchdog.start(0)
            out.note("Returning running exports to the queue.")
            worker.hand_back()
            return
        is_stopping = True
        watchdog.start(settings.stop_seconds)
        code = ExitCode.INTERRUPTED if number is signal.SIGINT else ExitCode.OK
        out.note(
            "Stopping: running exports have some time to finish. Stop again to return them to the queue now."
        )
        worker.stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:  # a shell ignores it for background jobs
            asyncio.get_running_loop().add_signal_handler(number, stop, number)
    notices, schedules = NoticeLoop(settings), ScheduleLoop(settings, on_made=worker.wake)
    tables = TableLoop(settings)
    for loop in (notices, schedules, tables):
        loop.start()
    try:
        await worker.run()
    finally:
        await tables.stop()
        await schedules.stop()
        await notices.stop()
    return code
