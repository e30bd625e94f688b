"""`lumber exports show`: shows everything about one export."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import IdArgument, find_export, find_there, open_ledger
from lumber.cli.exports.listing import STYLES, took_seconds
from lumber.cli.exports.printing import bytes_text, duration_text, print_rows, time_text
from lumber.cli.output import Output, printable
from lumber.cli.place import ServerOption, at, load_place
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime
from lumber.errors import ExportFileNotFound, ExportStateError
from lumber.exports.journal import Journal
from lumber.exports.ledger import ExportStatusManager
from lumber.exports.metadata import ExportDetails, FileRecord
from lumber.exports.progress import ExportProgress
from lumber.exports.status import Status
from lumber.exports.stored import PROGRESS
from lumber.text import counted

if TYPE_CHECKING:
    from lumber.dataset.verdicts.verdict import Verdict
    from lumber.remote.client import Client

_NEXT_STEPS = {
    "pending": "Queued for `lumber worker` or `lumber serve`. Follow it: lumber exports watch {id}",
    "running": "Follow it: lumber exports watch {id}. Stop it: lumber exports cancel {id}",
    "completed": "Download it: lumber exports download {id} --output FOLDER",
    "failed": "After fixing the cause: lumber exports retry {id}",
    "cancelled": "Run it again: lumber exports retry {id}",
}


# Lines of the journal: --json has all of them.
_LINES = 8
_CREATED_FOR = {"service": "for a worker", "command": "by a command that runs it itself"}


_LEVEL_STYLES = {"green": "green", "amber": "yellow", "red": "red", "grey": "dim"}


@dataclass(frozen=True, slots=True)
class _Everything:
    export: ExportDetails
    files: Sequence[FileRecord]
    progress: ExportProgress | None
    verdicts: Sequence[Verdict]


def show(
    export_id: IdArgument,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json: JsonOption = False,
) -> int:
    """Show everything about one export: config, counts, attempts, errors with advice, verdicts and files.

    Example:
      lumber exports show 3f2a
    """
    place = load_place(database_url, server)
    found = at(place, lambda runtime: _read(runtime, export_id), lambda client: _ask(client, export_id))
    export, progress = found.export, found.progress
    out = Output(as_json=as_json)
    out.result(
        {
            **export.model_dump(mode="json"),
            "progress": None if progress is None else PROGRESS.dump(progress),
            "verdicts": [verdict.model_dump(mode="json") for verdict in found.verdicts],
            "files": [file.model_dump() for file in found.files],
        }
    )
    _describe(out, export, progress)
    _journal(out, export, None if progress is None else progress.journal)
    _attempts(out, export)
    _verdicts(out, found.verdicts)
    _files(out, found.files)
    out.say(_NEXT_STEPS[export.status].format(id=export.export_id))
    return ExitCode.OK


async def _read(runtime: Runtime, text: str) -> _Everything:
    async with open_ledger(runtime) as database:
        export_id = (await find_export(database, text)).export_id
        ledger = ExportStatusManager(database)
        details = await ledger.details(export_id)
        progress = (await ledger.progress([export_id])).get(export_id, (details, None))[1]
        files = [FileRecord.from_file(file) for file in await ledger.files(export_id)]
        verdicts: Sequence[Verdict] = ()
        if details.status == Status.COMPLETED:
            from lumber.exports.verdicts import verdicts_on  # loads pyarrow

            with suppress(ExportFileNotFound, ExportStateError):  # somebody removed the folder
                verdicts = await verdicts_on(ledger, export_id)
        return _Everything(details, files, progress, verdicts)


def _ask(client: Client, text: str) -> _Everything:
    export_id = find_there(client, text).export_id
    details = client.export(export_id)
    files: Sequence[FileRecord] = ()
    verdicts: Sequence[Verdict] = ()
    if details.status == Status.COMPLETED:
        with suppress(ExportFileNotFound):  # somebody removed the folder
            files = client.files(export_id)
            verdicts = client.verdicts(export_id)
    return _Everything(details, files, client.progress(export_id), verdicts)


def _describe(out: Output, export: ExportDetails, progress: ExportProgress | None) -> None:
    status = f"[{STYLES[export.status]}]{export.status}[/]"
    if export.is_cancelling:
        status += " (being cancelled)"
    facts = {
        "export": f"[bold]{printable(export.export_id)}[/]",
        "name": printable(export.name) if export.name else None,
        "what": printable(export.what) if export.what else None,
        "tags": printable(", ".join(export.tags)) if export.tags else None,
        "note": printable(export.note) if export.note else None,
        "status": status if export.phase is None else f"{status}, {printable(export.phase)}",
        "created": f"{time_text(export.created_at)} UTC, {_CREATED_FOR.get(export.executor, '')}",
        "owner": None if export.owner is None else printable(export.owner.name or "a deleted account"),
        "shared": "yes: lumber exports share lists with whom" if export.is_shared else None,
        "started": f"{time_text(export.started_at)} UTC" if export.started_at else None,
        "ended": f"{time_text(export.finished_at)} UTC, after {duration_text(took_seconds(export))}"
        if export.finished_at
        else None,
        "next try": f"{time_text(export.next_attempt_at)} UTC" if export.next_attempt_at else None,
        "helped by": printable(", ".join(progress.workers)) if progress and progress.workers else None,
        "folder": printable(export.path) if export.path else None,
        "published": _published(export),
        "size": f"{counted(export.record_count, 'row')}, {bytes_text(export.file_size)}",
        "error": f"[red]{printable(export.error_code)}[/]: {printable(export.error_message)}"
        if export.error_code
        else None,
    }
    for name, text in facts.items():
        if text is not None:
            out.say(f"{name:<11}{text}")
    for name, value in export.export_config.items():
        if value not in (None, [], {}):
            out.say(f"  {printable(name)}: {printable(value)}")
    _counts(out, export, progress)


def _published(export: ExportDetails) -> str | None:
    found = export.publication
    if found is None:
        return None
    sent = f"sent {counted(found.uploaded_files, 'file')}, {bytes_text(found.uploaded_bytes)}"
    return f"{printable(found.destination)}: {printable(found.url)} ({sent})"


def _counts(out: Output, export: ExportDetails, progress: ExportProgress | None) -> None:
    if export.kinds:
        names = ("read", "written", "rejected")
        rows = [
            (kind, *(f"{counts.get(name, 0):,}" for name in names)) for kind, counts in export.kinds.items()
        ]
        out.say("")
        print_rows(out, ("kind", *names), rows, right=names)
    elif progress is not None:
        for kind, done in progress.kinds.items():
            total = "? rows" if done.rows_total is None else counted(done.rows_total, "row")
            out.say(f"  {printable(kind)}: {done.rows_done:,} of {total}, {done.percent:g} %")


def _journal(out: Output, export: ExportDetails, journal: Journal | None) -> None:
    """Print how long each phase took, and what happened last."""
    if journal is None:
        return
    now, is_running = datetime.now(UTC), export.status == Status.RUNNING
    times = [
        f"{printable(phase.phase)} {duration_text(journal.seconds_in(phase, now))}"
        + (" so far" if is_running and phase.ended_at is None else "")
        for phase in journal.phases
        if is_running or phase.ended_at is not None
    ]
    if times:
        out.say(f"{'phases':<11}{', '.join(times)}")
    for line in journal.lines[-_LINES:]:
        out.say(f"  {time_text(line.at)} {printable(line.text)}")


def _attempts(out: Output, export: ExportDetails) -> None:
    rows = [
        (
            str(attempt.number),
            attempt.owner,
            time_text(attempt.started_at),
            time_text(attempt.finished_at),
            attempt.outcome or "running",
            attempt.error_code or "",
        )
        for attempt in export.attempts
    ]
    if rows:
        out.say("")
        print_rows(out, ("attempt", "by", "started (UTC)", "ended (UTC)", "outcome", "error"), rows)
    for attempt in export.attempts:
        if attempt.error_message and attempt.error_message != export.error_message:
            out.say(f"  attempt {attempt.number}: {printable(attempt.error_message)}")


def _verdicts(out: Output, verdicts: Sequence[Verdict]) -> None:
    if verdicts:
        out.say("")
    for verdict in verdicts:
        style = _LEVEL_STYLES[verdict.level]
        name = f"[{style}]{verdict.level:<6}[/] {verdict.title:<14}"
        out.say(f"{name} {printable(verdict.text)}")
        if verdict.fix is not None:
            change = verdict.fix.changes
            shown = f": {printable(json.dumps(change))}" if change else ""
            out.say(f"{'':<21} -> {printable(verdict.fix.text)}{shown}")


def _files(out: Output, files: Sequence[FileRecord]) -> None:
    rows = [(file.path, f"{file.rows:,}", bytes_text(file.size_bytes), file.sha256[:12]) for file in files]
    if rows:
        out.say("")
        print_rows(out, ("file", "rows", "size", "sha256"), rows, right=("rows", "size"))
        out.say("")
