"""`lumber exports delete`: deletes exports that have ended, with their files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from lumber.cli.confirmation import require_terminal
from lumber.cli.exit_codes import ExitCode, exit_code_for
from lumber.cli.exports.finding import find_export, find_there, open_ledger
from lumber.cli.exports.many import AllOption, DryRunOption, change_many, is_filtered, require_one_choice
from lumber.cli.exports.matching import (
    DataTypeOption,
    SearchOption,
    SinceOption,
    StatusOption,
    UntilOption,
    WithTagOption,
    filters_of,
)
from lumber.cli.exports.printing import bytes_text
from lumber.cli.output import Output, printable
from lumber.cli.place import ServerOption, at, load_place
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime
from lumber.errors import LumberError
from lumber.exports.bulk import BulkAction, BulkChange
from lumber.exports.control import DeletedExport, delete_export
from lumber.exports.metadata import ExportMetadata
from lumber.text import counted

if TYPE_CHECKING:
    from lumber.remote.client import Client

Outcome = tuple[list[DeletedExport], dict[str, LumberError]]


def delete(
    export_ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID...]", help="Ids, or at least their first four characters."),
    ] = None,
    status: StatusOption = None,
    data_type: DataTypeOption = None,
    search: SearchOption = None,
    tag: WithTagOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    is_all: AllOption = False,
    dry_run: DryRunOption = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Delete without confirmation.")] = False,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json: JsonOption = False,
) -> int:
    """Delete exports that have ended, with their files: by ids, or all that match filters.

    An output folder that was chosen with --output stays. With filters, the number of exports is shown first,
    and confirmed. Exports that are created meanwhile are left alone.

    Exit codes: 0 deleted, 1 not confirmed or failed, 2 confirmation is needed, 4 no such export.

    Examples:
      lumber exports delete 3f2a
      lumber exports delete 3f2a 77c0 --yes
      lumber exports delete --status failed --until 2026-01-31 --dry-run
    """
    out = Output(as_json=as_json)
    query = filters_of(status=status, data_type=data_type, search=search, tag=tag, since=since, until=until)
    ids = export_ids or []
    require_one_choice(ids, is_filtered=is_filtered(query), is_all=is_all, is_dry_run=dry_run)
    if ids:
        return _delete_named(out, database_url, server, ids, yes=yes)
    return change_many(
        out,
        database_url,
        server,
        query,
        [BulkChange(BulkAction.DELETE)],
        question="Delete {them} and the files?",
        yes=yes,
        is_dry_run=dry_run,
    )


def _delete_named(
    out: Output, database_url: str | None, server: str | None, export_ids: Sequence[str], *, yes: bool
) -> int:
    exports = at(
        load_place(database_url, server),
        lambda runtime: _find(runtime, export_ids),
        lambda client: _each_once([find_there(client, text) for text in export_ids]),
    )
    if not yes and not _is_confirmed(out, exports):
        out.note("Nothing was deleted.")
        return ExitCode.FAILURE
    deleted, errors = at(
        load_place(database_url, server),
        lambda runtime: _delete(runtime, exports),
        lambda client: _delete_there(client, exports),
    )
    out.result(
        {
            "deleted": [
                {
                    "export_id": each.export.export_id,
                    "files_deleted": each.files_deleted,
                    "path": each.export.path,
                }
                for each in deleted
            ],
            "errors": [
                {"export_id": export_id, "code": error.code, "message": str(error)}
                for export_id, error in errors.items()
            ],
        }
    )
    for each in deleted:
        _say(out, each)
    for error in errors.values():
        out.note(f"[bold red]error:[/] {printable(error)}")
    return exit_code_for(next(iter(errors.values()))) if errors else ExitCode.OK


def _is_confirmed(out: Output, exports: Sequence[ExportMetadata]) -> bool:
    require_terminal(out, "deleting")
    for export in exports:
        out.note(
            f"  {printable(export.export_id)}  {printable(export.status)}  "
            f"{counted(export.record_count, 'row')}  {bytes_text(export.file_size)}"
        )
    count = "this export" if len(exports) == 1 else f"these {counted(len(exports), 'export')}"
    return typer.confirm(f"Delete {count} and the files?", err=True)


async def _find(runtime: Runtime, texts: Sequence[str]) -> Sequence[ExportMetadata]:
    """Return the exports, each once. If one isn't found, nothing is deleted."""
    async with open_ledger(runtime) as database:
        return _each_once([await find_export(database, text) for text in texts])


def _each_once(found: Sequence[ExportMetadata]) -> Sequence[ExportMetadata]:
    return list({export.export_id: export for export in found}.values())


async def _delete(runtime: Runtime, exports: Sequence[ExportMetadata]) -> Outcome:
    deleted: list[DeletedExport] = []
    errors: dict[str, LumberError] = {}
    async with open_ledger(runtime) as database:
        for export in exports:
            try:
                deleted.append(await delete_export(database, runtime.settings, export.export_id))
            except LumberError as error:
                errors[export.export_id] = error
    return deleted, errors


def _delete_there(client: Client, exports: Sequence[ExportMetadata]) -> Outcome:
    deleted: list[DeletedExport] = []
    errors: dict[str, LumberError] = {}
    for export in exports:
        try:
            deleted.append(client.delete(export.export_id))
        except LumberError as error:
            errors[export.export_id] = error
    return deleted, errors


def _say(out: Output, deleted: DeletedExport) -> None:
    name = printable(deleted.export.export_id)
    if deleted.files_deleted:
        out.say(f"Deleted export {name} and its files.")
    else:
        folder = printable(deleted.export.path)
        out.say(f"Deleted export {name}. Its output folder stays: {folder}")
