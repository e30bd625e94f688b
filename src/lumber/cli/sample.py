"""`lumber sample`: adds realistic data of any size, to try things out."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import FrameType
from typing import Annotated, Any

import typer

from lumber.cli.exit_codes import ExitCode
from lumber.cli.output import Output, printable
from lumber.cli.progress import row_progress
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime, load_runtime
from lumber.errors import ConfigError, FieldProblem
from lumber.ingest.sample.devices import MAX_DEVICES
from lumber.ingest.sample.plan import USUAL_ROWS, USUAL_SEED, SamplePlan
from lumber.ingest.sample.writer import SampleCounts, write_sample
from lumber.store.migrate import require_schema
from lumber.text import counted

_MAX_DAYS = 3_650

RowsOption = Annotated[int, typer.Option("--rows", metavar="N", min=1, max=10**9, help="Number of log rows.")]
SeedOption = Annotated[
    int,
    typer.Option(
        "--seed", metavar="N", min=0, help="Seed of the data: the same seed and options give the same rows."
    ),
]
StartOption = Annotated[
    str,
    typer.Option(
        "--start", metavar="TIME", help="Time of the first row, in ISO 8601. Without a zone it is UTC."
    ),
]
DaysOption = Annotated[
    int, typer.Option("--days", metavar="N", min=1, max=_MAX_DAYS, help="Number of days that the rows cover.")
]
DevicesOption = Annotated[
    int,
    typer.Option(
        "--devices", metavar="N", min=1, max=MAX_DEVICES, help="Number of devices that write the logs."
    ),
]
DamagedOption = Annotated[
    float,
    typer.Option(
        "--damaged", metavar="SHARE", min=0.0, max=1.0, help="Share of damaged rows, which validation finds."
    ),
]


def sample(
    rows: RowsOption = USUAL_ROWS,
    seed: SeedOption = USUAL_SEED,
    start: StartOption = "2026-01-01T00:00:00Z",
    days: DaysOption = 30,
    devices: DevicesOption = 12,
    damaged: DamagedOption = 0.002,
    database_url: DatabaseUrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add realistic sample data: router and server logs with incidents, anomalies and addresses.

    Rows are added to those in the database. The same options give the same rows on every machine.

    Examples:
      lumber sample --rows 1000000 --seed 7
      lumber sample --rows 5000 --start 2026-03-01 --days 2 --devices 3 --damaged 0
      lumber sample --rows 20000 --json --database-url sqlite:///sample.db
    """
    runtime = load_runtime(database_url)
    plan = SamplePlan(rows, seed, _parse_start(start), days, devices, damaged)
    output = Output(as_json=as_json)
    asyncio.run(_prepare(runtime))
    _write(runtime, plan, output)


async def _prepare(runtime: Runtime) -> None:
    """Create the tables and close the file again, because the bulk writer opens it itself."""
    database = runtime.database()
    try:
        await require_schema(database, create=True)
    finally:
        await database.close()


def _write(runtime: Runtime, plan: SamplePlan, output: Output) -> None:
    counts: SampleCounts | None = None
    timeout = runtime.settings.busy_timeout_seconds
    try:
        with (
            _interrupt_between_blocks() as check,
            row_progress(output.errors, is_quiet=output.as_json) as progress,
        ):
            for counts in write_sample(runtime.url, plan, busy_timeout_seconds=timeout):
                progress.update(counts.logs, plan.rows, "generating")
                if counts.logs < plan.rows:
                    check()
    except KeyboardInterrupt:
        if counts is not None:
            _report(output, runtime, plan, counts, is_interrupted=True)
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    if counts is not None:
        _report(output, runtime, plan, counts, is_interrupted=False)


@contextmanager
def _interrupt_between_blocks() -> Iterator[Callable[[], None]]:
    """Delay the first Ctrl-C until the current block is committed, so that the report is correct.

    The caller calls the yielded function wherever it may be interrupted. A second Ctrl-C acts at once.
    """
    is_requested = threading.Event()

    def remember(_number: int, _frame: FrameType | None) -> None:
        is_requested.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def check() -> None:
        if is_requested.is_set():
            raise KeyboardInterrupt

    previous = signal.signal(signal.SIGINT, remember)
    try:
        yield check
    finally:
        signal.signal(signal.SIGINT, previous)


def _report(
    output: Output, runtime: Runtime, plan: SamplePlan, counts: SampleCounts, *, is_interrupted: bool
) -> None:
    result: dict[str, Any] = {
        "logs": counts.logs,
        "anomalies": counts.anomalies,
        "ips": counts.ips,
        "seed": plan.seed,
        "incidents": counts.incidents.total(),
        "incidents_by_type": dict(sorted(counts.incidents.items())),
        "before": counts.before,
        "is_interrupted": is_interrupted,
    }
    output.result(result)
    if is_interrupted:
        output.say(
            f"Interrupted after {counts.logs:,} of {counted(plan.rows, 'log row')}. "
            "The rows added so far are complete."
        )
    output.say(
        f"Added {counted(counts.logs, 'log')}, {counted(counts.anomalies, 'anomaly', 'anomalies')} and "
        f"{counted(counts.ips, 'address', 'addresses')} with {counted(counts.incidents.total(), 'incident')} "
        f"(seed {plan.seed}) to {printable(runtime.url)}."
    )
    if any(counts.before.values()):
        held = ", ".join(f"{counted(number, 'row')} of {kind}" for kind, number in counts.before.items())
        output.say(f"The database already contained {held}.")


def _parse_start(text: str) -> datetime:
    """Parse the first moment. Raises ConfigError."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        message = f"{text!r} is not a time such as 2026-01-01 or 2026-01-01T08:00:00Z"
        raise ConfigError([FieldProblem("--start", text, message)]) from None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    if not 1970 <= moment.year <= 9980:
        raise ConfigError([FieldProblem("--start", text, "must be in the years 1970 to 9980")])
    return moment
