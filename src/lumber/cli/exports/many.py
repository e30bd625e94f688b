"""Changes all exports that match filters: counts them, asks, and reports those that weren't changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from lumber.cli.confirmation import is_confirmed, require_terminal
from lumber.cli.exit_codes import ExitCode, exit_code_for
from lumber.cli.exports.finding import open_ledger
from lumber.cli.exports.matching import require_known_kind
from lumber.cli.output import Output, printable
from lumber.cli.place import at, load_place
from lumber.cli.runtime import Runtime
from lumber.errors import ExportNotFound
from lumber.exports.bulk import BulkAction, BulkChange, Outcome, change_matching, count_matching
from lumber.exports.history import HistoryQuery
from lumber.store.models.base import utc_now
from lumber.text import counted

if TYPE_CHECKING:
    from lumber.remote.client import Client

AllOption = Annotated[bool, typer.Option("--all", help="Take all exports, without a filter.")]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Only count the exports that match, and change nothing.")
]
_DONE = {BulkAction.DELETE: "Deleted", BulkAction.TAG: "Tagged", BulkAction.UNTAG: "Untagged"}
# Exports that weren't changed and are shown. --json has all of them.
_SHOWN = 20


def require_one_choice(ids: Sequence[str], *, is_filtered: bool, is_all: bool, is_dry_run: bool) -> None:
    """Raise typer.BadParameter unless exports are chosen in one way: by ids, by filters, or all."""
    if bool(ids) + is_filtered + is_all > 1:
        raise typer.BadParameter("give ids, filters or --all, and only one of them.", param_hint="ID...")
    if not (ids or is_filtered or is_all):
        raise typer.BadParameter("give ids, a filter such as --status failed, or --all.", param_hint="ID...")
    if ids and is_dry_run:
        raise typer.BadParameter("counts exports that match filters, not ids.", param_hint="--dry-run")


def is_filtered(query: HistoryQuery) -> bool:
    """Say whether a search leaves any exports out."""
    times = (query.created_from, query.created_to)
    return any((query.statuses, query.tags, query.kind, query.text, *times))


def change_many(
    out: Output,
    database_url: str | None,
    server: str | None,
    query: HistoryQuery,
    changes: Sequence[BulkChange],
    *,
    question: str,
    yes: bool,
    is_dry_run: bool,
) -> int:
    """Change all exports that match a search, in one way after the other; return the exit code.

    `question` is asked after the number of exports: "Delete {them} and their files?".
    """
    if not yes and not is_dry_run:
        require_terminal(out, "changing all that match")
    matched, until = at(
        load_place(database_url, server),
        lambda runtime: _count(runtime, query),
        lambda client: _count_there(client, query, changes[0]),
    )
    if matched == 0:
        raise ExportNotFound("No export matches. `lumber exports list` with the same filters shows them.")
    them = "this export" if matched == 1 else f"these {counted(matched, 'export')}"
    if is_dry_run or not yes:
        verb = "matches" if matched == 1 else "match"
        out.note(
            f"{counted(matched, 'export')} {verb}. `lumber exports list` with the same filters shows them."
        )
    if is_dry_run:
        out.result({"matched": matched, "done": 0, "errors": [], "is_dry_run": True})
        return ExitCode.OK
    if not yes and not is_confirmed(out, question.format(them=them), "changing all that match"):
        out.note("Nothing was changed.")
        return ExitCode.FAILURE
    outcomes = at(
        load_place(database_url, server),
        lambda runtime: _change(runtime, query, changes, until),
        lambda client: _change_there(client, query, changes, until),
    )
    return report(out, matched, changes, outcomes)


def report(out: Output, matched: int, changes: Sequence[BulkChange], outcomes: Sequence[Outcome]) -> int:
    """Print what was changed and what wasn't; return the exit code."""
    failed = [each for outcome in outcomes for each in outcome.failed]
    errors = [
        {"export_id": each.export_id, "name": each.name, "code": each.error.code, "message": str(each.error)}
        for each in failed
    ]
    done = min(outcome.done for outcome in outcomes)
    out.result({"matched": matched, "done": done, "errors": errors, "is_dry_run": False})
    for change, outcome in zip(changes, outcomes, strict=True):
        out.say(f"{_DONE[change.action]} {counted(outcome.done, 'export')}.")
    for each in failed[:_SHOWN]:
        out.note(f"[bold red]error:[/] {printable(str(each.error))}")
    if len(failed) > _SHOWN:
        out.note(f"{counted(len(failed) - _SHOWN, 'more export')} failed; --json names all of them.")
    return exit_code_for(failed[0].error) if failed else ExitCode.OK


async def _count(runtime: Runtime, query: HistoryQuery) -> tuple[int, datetime | None]:
    require_known_kind(query)
    until = utc_now()
    async with open_ledger(runtime) as database:
        return await count_matching(database, _until(query, until)), until


async def _change(
    runtime: Runtime, query: HistoryQuery, changes: Sequence[BulkChange], until: datetime | None
) -> Sequence[Outcome]:
    async with open_ledger(runtime) as database:
        chosen = _until(query, until)
        return [await change_matching(database, runtime.settings, chosen, change) for change in changes]


def _until(query: HistoryQuery, until: datetime | None) -> HistoryQuery:
    """Return the search without exports that were created later."""
    times = [time for time in (query.created_to, until) if time is not None]
    return replace(query, created_to=min(times, default=None))


def _count_there(client: Client, query: HistoryQuery, change: BulkChange) -> tuple[int, datetime | None]:
    from lumber.remote.bulk import count_there

    return count_there(client, query, change)


def _change_there(
    client: Client, query: HistoryQuery, changes: Sequence[BulkChange], until: datetime | None
) -> Sequence[Outcome]:
    from lumber.remote.bulk import change_there

    return [change_there(client, query, change, until) for change in changes]
