"""`lumber worker`: runs the exports that wait in the queue."""

from __future__ import annotations

import asyncio
import signal
from typing import Annotated

import typer

from lumber.cli.exit_codes import ExitCode
from lumber.cli.output import Output
from lumber.cli.runtime import DatabaseUrlOption, Runtime, load_runtime
from lumber.exports.sole_worker import sole_worker
from lumber.exports.worker import Worker
from lumber.logs import configure_logging
from lumber.store.migrate import require_schema


def worker(
    concurrency: Annotated[
        int | None,
        typer.Option(
            "--concurrency",
            min=1,
            max=64,
            help="Exports to run at a time. [default: LUMBER_CONCURRENCY, or 2]",
            show_default=False,
        ),
    ] = None,
    database_url: DatabaseUrlOption = None,
) -> int:
    """Run the exports that wait in the queue, until it is stopped.

    Any number of workers may share a PostgreSQL database; SQLite takes one. SIGTERM or Ctrl-C: it takes
    nothing new, lets what runs end for LUMBER_STOP_SECONDS, and hands back the rest, for the next worker to
    go on with. A second signal hands back at once. Exit codes: 0 stopped, 130 by Ctrl-C.

    Example: `lumber worker --database-url postgresql://lumber@localhost/lumber --concurrency 4`
    """
    runtime = load_runtime(database_url, concurrency=concurrency)
    configure_logging()
    asyncio.run(prepare(runtime))
    with sole_worker(runtime.url):
        return asyncio.run(_run(Worker(runtime.settings), Output(as_json=False)))


async def prepare(runtime: Runtime) -> None:
    """Make the tables in an empty database. Raises a DatabaseError that says what to do."""
    database = runtime.database()
    try:
        await require_schema(database, create=True)
    finally:
        await database.close()


async def _run(worker: Worker, out: Output) -> ExitCode:
    """Run the worker until a signal stops it; return the exit code of the first one."""
    code = ExitCode.OK
    is_stopping = False

    def stop(number: signal.Signals) -> None:
        nonlocal code, is_stopping
        if is_stopping:
            out.note("Handing back what runs.")
            worker.hand_back()
            return
        is_stopping = True
        code = ExitCode.INTERRUPTED if number is signal.SIGINT else ExitCode.OK
        out.note(
            "Stopping: what runs may end, the rest goes back into the queue. Again to hand back at once."
        )
        worker.stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as a shell asks for in the background
            asyncio.get_running_loop().add_signal_handler(number, stop, number)
    await worker.run()
    return code
