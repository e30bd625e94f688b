"""`lumber exports watch`: shows the progress of an export, live."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.progress import Progress, TaskID

from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import IdArgument, find_export, find_there, open_ledger
from lumber.cli.exports.listing import STYLES, took_seconds
from lumber.cli.exports.printing import bytes_text, duration_text
from lumber.cli.output import Output, printable
from lumber.cli.place import ServerOption, at, load_place
from lumber.cli.progress import row_columns
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime
from lumber.errors import ExportNotFound
from lumber.exports.ledger import ExportStatusManager
from lumber.exports.metadata import ExportMetadata
from lumber.exports.progress import KindProgress
from lumber.exports.status import Status
from lumber.exports.watch import ExportState, ExportWatch
from lumber.text import counted

if TYPE_CHECKING:
    from lumber.remote.client import Client

_EXIT_CODES = {
    "completed": ExitCode.OK,
    "failed": ExitCode.FAILURE,
    "cancelled": ExitCode.INTERRUPTED,
}
Show = Callable[[ExportState], None]


def watch(
    export_id: IdArgument,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json: JsonOption = False,
) -> int:
    """Watch an export until it ends. Ctrl-C stops watching, not the export.

    A terminal shows a bar for each data type. Otherwise each change is a line, and with --json only the
    last state is printed.

    Exit codes: 0 completed, 1 failed, 4 no such export, 130 cancelled or watching stopped.

    Examples:
      lumber exports watch 3f2a
      lumber exports watch 3f2a && lumber exports download 3f2a --output ./out
    """
    out = Output(as_json=as_json)
    try:
        last = at(
            load_place(database_url, server),
            lambda runtime: _watch(runtime, export_id, out),
            lambda client: _watch_there(client, export_id, out),
        )
    except KeyboardInterrupt:
        out.note(
            f"Stopped watching; the export continues. Again: lumber exports watch {printable(export_id)}"
        )
        return ExitCode.INTERRUPTED
    out.result(last.model_dump(mode="json"))
    _conclude(out, last)
    return _EXIT_CODES[last.status]


async def _watch(runtime: Runtime, text: str, out: Output) -> ExportMetadata:
    async with open_ledger(runtime) as database:
        export_id = (await find_export(database, text)).export_id
        followed = ExportWatch(ExportStatusManager(database))
        try:
            last = await followed.look(export_id)
            with _shown(out) as show:
                async for state in followed.follow(last):
                    show(state)
                    last = state
        finally:
            await followed.close()
    if not last.has_ended:
        raise ExportNotFound(f"Export {export_id} was deleted while you watched it.")
    return last.export


def _watch_there(client: Client, text: str, out: Output) -> ExportMetadata:
    export_id = find_there(client, text).export_id
    with _shown(out) as show:
        for state in client.follow(export_id):
            show(state)
            if state.has_ended:
                return state.export
    raise AssertionError


@contextmanager
def _shown(out: Output) -> Iterator[Show]:
    """Yield a function that shows a state: as bars on a terminal, or as a line for each change."""
    if out.as_json:
        yield lambda state: None
    elif out.errors.is_terminal:
        with Progress(*row_columns(), console=out.errors, transient=True) as progress:
            yield _Bars(progress).show
    else:
        yield _Lines(out).show


class _Bars:
    """A bar for each data type."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def show(self, state: ExportState) -> None:
        kinds = state.progress.kinds if state.progress else {}
        for kind in state.export.export_config["data_types"]:
            if kind not in self._tasks:
                self._tasks[kind] = self._progress.add_task("", total=None)
            done = kinds.get(kind)
            self._progress.update(
                self._tasks[kind],
                description=f"{printable(kind)} [{STYLES[state.export.status]}]{_stage(state)}[/]",
                completed=_rows_done(state, done) if done else 0,
                total=done.rows_total if done else None,
            )


class _Lines:
    """A line for each visible change."""

    def __init__(self, out: Output) -> None:
        self._out = out
        self._last = ""

    def show(self, state: ExportState) -> None:
        line = _line(state)
        if line != self._last:
            self._last = line
            self._out.say(f"{datetime.now(UTC):%H:%M:%S} {line}")


def _stage(state: ExportState) -> str:
    export, progress = state.export, state.progress
    if export.is_cancelling:
        return "cancelling"
    if export.phase in ("collecting", "surveying") and progress is not None:
        return progress.stage
    return printable(export.phase or export.status)


def _rows_done(state: ExportState, done: KindProgress) -> int:
    """Return the rows done of a data type. The last report of a quick export may be far behind."""
    is_completed = state.export.status == Status.COMPLETED
    return done.rows_total if is_completed and done.rows_total is not None else done.rows_done


def _line(state: ExportState) -> str:
    parts = [_stage(state)]
    for kind, done in (state.progress.kinds if state.progress else {}).items():
        if done.rows_total is not None:
            percent = replace(done, rows_done=_rows_done(state, done)).percent
            parts.append(f"{printable(kind)} {percent:.0f} % of {counted(done.rows_total, 'row')}")
    if state.export.status == "pending" and state.export.error_message:
        parts.append(f"waiting after a failed attempt: {printable(state.export.error_message)}")
    return ", ".join(parts)


def _conclude(out: Output, export: ExportMetadata) -> None:
    out.say(
        f"[{STYLES[export.status]}]{export.status}[/]: export {printable(export.export_id)}, "
        f"{counted(export.record_count, 'row')}, {bytes_text(export.file_size)}, "
        f"{duration_text(took_seconds(export))}"
    )
    if export.error_message:
        out.say(f"[red]{printable(export.error_code)}[/]: {printable(export.error_message)}")
    elif export.status == "completed":
        out.say(f"Dataset: [bold]{printable(export.path)}[/]")
