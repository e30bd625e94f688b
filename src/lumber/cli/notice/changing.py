"""`lumber notice set` and `lumber notice remove`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from lumber.cli.confirmation import is_confirmed
from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import open_ledger
from lumber.cli.exports.printing import time_text
from lumber.cli.notice.adding import (
    DatasetOption,
    EventOption,
    ToOption,
    UrlOption,
    tell_secret,
)
from lumber.cli.notice.finding import NoticeArgument, named, the_one
from lumber.cli.output import Output, printable
from lumber.cli.place import ServerOption, at, load_place
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime
from lumber.notices.document import NoticeDocument, checked_document
from lumber.notices.stored import (
    MOST_OVERLAP_HOURS,
    StoredNotice,
    WithSecret,
    change_notice,
    delete_notice,
)
from lumber.remote import notices as there

if TYPE_CHECKING:
    from lumber.remote.client import Client


def change(
    name: NoticeArgument,
    url: UrlOption = None,
    to: ToOption = None,
    event: EventOption = None,
    dataset: DatasetOption = None,
    enabled: Annotated[
        bool | None,
        typer.Option("--enabled/--disabled", help="Whether it tells anything.", show_default=False),
    ] = None,
    renew_secret: Annotated[
        bool, typer.Option("--renew-secret", help="Make a new secret and show it once. The old one ends.")
    ] = False,
    overlap: Annotated[
        float | None,
        typer.Option(
            "--overlap",
            metavar="HOURS",
            min=0,
            max=MOST_OVERLAP_HOURS,
            help="With --renew-secret: how long the old secret also signs. Alone, 0 ends it now.",
            show_default=False,
        ),
    ] = None,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json_: JsonOption = False,
) -> int:
    """Change a notice, or its secret. Options that aren't given change nothing.

    What waits to be sent goes to the new address. With --json it prints `secret` if it is new.

    Exit codes: 0 changed, 3 a value is wrong, 4 no such notice.

    Examples:
      lumber notice set operations --disabled
      lumber notice set operations --event failed --event no_new_data
      lumber notice set operations --renew-secret --overlap 24
    """
    given = {"url": url, "to": to or None, "events": event, "datasets": dataset, "is_enabled": enabled}
    values = {key: value for key, value in given.items() if value is not None and value != []}
    made = at(
        load_place(database_url, server),
        lambda runtime: _change(runtime, name, values, renews=renew_secret, overlap=overlap),
        lambda client: _change_there(client, name, values, renews=renew_secret, overlap=overlap),
    )
    out = Output(as_json=as_json_)
    out.result({**made.notice.as_json(), "secret": made.secret})
    state = "" if made.notice.document.is_enabled else " It is disabled, so it tells nothing."
    out.say(f"Changed the notice {printable(made.notice.document.name)}.{state}")
    tell_secret(out, made.secret)
    if made.notice.old_secret_until is not None:
        out.say(f"The old secret also signs until {time_text(made.notice.old_secret_until)} UTC.")
    return ExitCode.OK


def remove(
    name: NoticeArgument,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Delete without confirmation.")] = False,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json_: JsonOption = False,
) -> int:
    """Delete a notice and its deliveries, also those that wait to be sent.

    Exit codes: 0 deleted, 1 not confirmed, 2 confirmation is needed, 4 no such notice.

    Example:
      lumber notice remove operations --yes
    """
    place, out = load_place(database_url, server), Output(as_json=as_json_)
    if not yes and not is_confirmed(out, f"Delete the notice {name}?"):
        out.note("Nothing was deleted.")
        return ExitCode.FAILURE
    deleted = at(
        place,
        lambda runtime: _remove(runtime, name),
        lambda client: _remove_there(client, name),
    )
    out.result(deleted.as_json())
    out.say(f"Deleted the notice {printable(deleted.document.name)}.")
    return ExitCode.OK


async def _change(
    runtime: Runtime, name: str, values: dict[str, Any], *, renews: bool, overlap: float | None
) -> WithSecret:
    async with open_ledger(runtime) as database, database.session() as session:
        notice = await named(session, name)
        before = {key: getattr(notice.document, key) for key in NoticeDocument.model_fields}
        document = checked_document({**before, **values})
        return await change_notice(
            session, notice.notice_id, document, renews_secret=renews, overlap_hours=overlap
        )


def _change_there(
    client: Client, name: str, values: dict[str, Any], *, renews: bool, overlap: float | None
) -> WithSecret:
    secret = {"renew_secret": renews or None, "overlap_hours": overlap}
    changes = {**values, **{key: value for key, value in secret.items() if value is not None}}
    return there.change_notice(client, the_one(there.list_notices(client), name), changes)


async def _remove(runtime: Runtime, name: str) -> StoredNotice:
    async with open_ledger(runtime) as database, database.session() as session:
        notice = await named(session, name)
        await delete_notice(session, notice.notice_id)
        return notice


def _remove_there(client: Client, name: str) -> StoredNotice:
    notice = the_one(there.list_notices(client), name)
    there.delete_notice(client, notice)
    return notice
