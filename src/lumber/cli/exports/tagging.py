"""`lumber exports tag`: adds tags to exports, or removes them: to those with some ids, or all that match."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from lumber.cli.exports.finding import find_export, find_there, open_ledger
from lumber.cli.exports.many import (
    AllOption,
    DryRunOption,
    change_many,
    is_filtered,
    report,
    require_one_choice,
)
from lumber.cli.exports.matching import (
    DataTypeOption,
    SearchOption,
    SinceOption,
    StatusOption,
    UntilOption,
    WithTagOption,
    filters_of,
)
from lumber.cli.output import Output
from lumber.cli.place import ServerOption, at, load_place
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime
from lumber.exports.bulk import BulkAction, BulkChange, Outcome, change_named
from lumber.exports.naming import checked_tags

if TYPE_CHECKING:
    from lumber.remote.client import Client


def tag(
    export_ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID...]", help="Ids, or at least their first four characters."),
    ] = None,
    add: Annotated[
        list[str] | None,
        typer.Option("--add", metavar="TAG", help="Tag to add. Repeat for several.", show_default=False),
    ] = None,
    remove: Annotated[
        list[str] | None,
        typer.Option(
            "--remove", metavar="TAG", help="Tag to remove. Repeat for several.", show_default=False
        ),
    ] = None,
    status: StatusOption = None,
    data_type: DataTypeOption = None,
    search: SearchOption = None,
    with_tag: WithTagOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    is_all: AllOption = False,
    dry_run: DryRunOption = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Change without confirmation.")] = False,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json: JsonOption = False,
) -> int:
    """Add tags to exports, or remove them: by ids, or of all exports that match filters.

    Other tags stay. With filters, the number of exports is shown first, and confirmed. Exports that are
    created meanwhile are left alone.

    Exit codes: 0 done, 1 not confirmed or failed, 2 confirmation is needed, 3 a tag that isn't allowed, 4 no
    such export.

    Examples:
      lumber exports tag 3f2a 77c0 --add plant
      lumber exports tag --search sshd --since 2026-01-01 --add sshd --dry-run
      lumber exports tag --tag draft --remove draft --add final --yes
    """
    out = Output(as_json=as_json)
    query = filters_of(
        status=status,
        data_type=data_type,
        search=search,
        tag=with_tag,
        since=since,
        until=until,
    )
    ids = export_ids or []
    require_one_choice(ids, is_filtered=is_filtered(query), is_all=is_all, is_dry_run=dry_run)
    added, removed = checked_tags(add or ()), checked_tags(remove or ())
    if not added and not removed:
        raise typer.BadParameter("give a tag to add, or --remove one.", param_hint="--add")
    if both := set(added) & set(removed):
        raise typer.BadParameter(f"can't also be added: {', '.join(sorted(both))}.", param_hint="--remove")
    # What is added first can still be found by a tag that is then removed.
    changes = [
        BulkChange(action, tags)
        for action, tags in ((BulkAction.TAG, added), (BulkAction.UNTAG, removed))
        if tags
    ]
    if ids:
        outcomes = at(
            load_place(database_url, server),
            lambda runtime: _tag(runtime, ids, changes),
            lambda client: _tag_there(client, ids, changes),
        )
        return report(out, outcomes[0].taken, changes, outcomes)
    return change_many(
        out,
        database_url,
        server,
        query,
        changes,
        question="Change the tags of {them}?",
        yes=yes,
        is_dry_run=dry_run,
    )


async def _tag(runtime: Runtime, ids: Sequence[str], changes: Sequence[BulkChange]) -> Sequence[Outcome]:
    async with open_ledger(runtime) as database:
        # If one isn't found, nothing is changed.
        found = dict.fromkeys([(await find_export(database, text)).export_id for text in ids])
        return [await change_named(database, runtime.settings, list(found), change) for change in changes]


def _tag_there(client: Client, ids: Sequence[str], changes: Sequence[BulkChange]) -> Sequence[Outcome]:
    from lumber.remote.bulk import change_named_there

    found = dict.fromkeys([find_there(client, text).export_id for text in ids])
    return [change_named_there(client, list(found), change) for change in changes]
