"""`lumber exports share`: lets other accounts read an export."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import IdArgument, find_export, find_there, open_ledger
from lumber.cli.output import Output, printable
from lumber.cli.place import ServerOption, at, load_place
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime
from lumber.exports.metadata import ShareRecord
from lumber.identity.rights import Role

if TYPE_CHECKING:
    from lumber.remote.client import Client

_Shares = tuple[str, Sequence[ShareRecord]]


def share(
    export_id: IdArgument,
    user: Annotated[
        list[str] | None,
        typer.Option("--user", metavar="NAME", help="Account that may read it. Repeat it for several."),
    ] = None,
    role: Annotated[
        list[Role] | None,
        typer.Option("--role", metavar="ROLE", help=f"{', '.join(Role)}. Repeat it for several."),
    ] = None,
    none: Annotated[bool, typer.Option("--none", help="End all shares.")] = False,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json: JsonOption = False,
) -> int:
    """Let other accounts and roles read an export.

    They can't change it. The given shares replace all earlier ones. Without an option, the shares are listed.

    Exit codes: 0 done, 2 --none with another option, 3 no such account, 4 no such export.

    Examples:
      lumber exports share 3f2a --user ann --role viewer
      lumber exports share 3f2a --none
    """
    users, roles = user or [], [each.value for each in role or ()]
    if none and (users or roles):
        raise typer.BadParameter("can't be used with --user or --role.", param_hint="--none")
    is_change = none or bool(users or roles)
    name, shares = at(
        load_place(database_url, server),
        lambda runtime: _share(runtime, export_id, users, roles, is_change),
        lambda client: _share_there(client, export_id, users, roles, is_change),
    )
    out = Output(as_json=as_json)
    out.result({"export_id": name, "shares": [each.model_dump(mode="json") for each in shares]})
    with_whom = ", ".join(
        printable(each.user_name) if each.user_name is not None else f"the role {each.role}"
        for each in shares
    )
    out.say(
        f"Export {name} is shared with {with_whom}." if with_whom else f"Export {name} is shared with nobody."
    )
    return ExitCode.OK


async def _share(
    runtime: Runtime, text: str, users: Sequence[str], roles: Sequence[str], is_change: bool
) -> _Shares:
    # A service does it for commands that work there.
    from lumber.exports.sharing import list_shares, set_shares

    async with open_ledger(runtime) as database:
        export_id = (await find_export(database, text)).export_id
        async with database.session() as session:
            if is_change:
                return export_id, await set_shares(session, export_id, users, roles)
            return export_id, await list_shares(session, export_id)


def _share_there(
    client: Client, text: str, users: Sequence[str], roles: Sequence[str], is_change: bool
) -> _Shares:
    export_id = find_there(client, text).export_id
    return export_id, client.share(export_id, users, roles) if is_change else client.shares(export_id)
