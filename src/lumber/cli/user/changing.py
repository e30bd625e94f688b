"""`lumber user disable`, `enable` and `role`: change what an account may do."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated

import typer

from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import open_ledger
from lumber.cli.output import Output, printable
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime, load_runtime
from lumber.cli.user.printing import NameArgument, as_json, scopes_of
from lumber.identity.api_keys import Key, KeyState, list_keys
from lumber.identity.rights import Role
from lumber.identity.users import Account, set_disabled, set_role
from lumber.text import counted

_WORKING = (KeyState.ACTIVE, KeyState.OWNER_DISABLED)


def disable(name: NameArgument, database_url: DatabaseUrlOption = None, as_json_: JsonOption = False) -> int:
    """Disable an account: nobody can sign in with it, and its API keys stop working.

    The last admin can't be disabled.

    Exit codes: 0 disabled, 1 it is the last admin, 4 no such account.

    Example:
      lumber user disable bob
    """
    account, keys = asyncio.run(_set_disabled(load_runtime(database_url), name, is_disabled=True))
    out = Output(as_json=as_json_)
    out.result(as_json(account))
    rest = f" {counted(len(keys), 'API key')} stopped working." if keys else ""
    out.say(f"Disabled the account {printable(account.name)}.{rest}")
    return ExitCode.OK


def enable(name: NameArgument, database_url: DatabaseUrlOption = None, as_json_: JsonOption = False) -> int:
    """Enable an account that was disabled. Its API keys work again.

    Exit codes: 0 enabled, 4 no such account.

    Example:
      lumber user enable bob
    """
    account, keys = asyncio.run(_set_disabled(load_runtime(database_url), name, is_disabled=False))
    out = Output(as_json=as_json_)
    out.result(as_json(account))
    verb = "works" if len(keys) == 1 else "work"
    rest = f" {counted(len(keys), 'API key')} {verb}." if keys else ""
    out.say(f"Enabled the account {printable(account.name)}.{rest}")
    return ExitCode.OK


def role(
    name: NameArgument,
    new_role: Annotated[Role, typer.Argument(metavar="ROLE", help=f"The new role: {', '.join(Role)}.")],
    database_url: DatabaseUrlOption = None,
    as_json_: JsonOption = False,
) -> int:
    """Give an account another role. Its API keys lose the scopes that the role doesn't have.

    The last admin keeps the role.

    Exit codes: 0 changed, 1 it is the last admin, 4 no such account.

    Example:
      lumber user role bob exporter
    """
    account, keys = asyncio.run(_set_role(load_runtime(database_url), name, new_role))
    out = Output(as_json=as_json_)
    out.result(as_json(account))
    scopes = scopes_of(account.principal)
    out.say(f"{printable(account.name)} now has the role {account.role}: {', '.join(scopes)}.")
    for key in keys:
        lost = [scope for scope in key.scopes if scope not in scopes]
        if lost:
            out.say(f"The API key {key.key_id} ({printable(key.name)}) may not use {', '.join(lost)}.")
    return ExitCode.OK


async def _set_disabled(runtime: Runtime, name: str, *, is_disabled: bool) -> tuple[Account, Sequence[Key]]:
    async with open_ledger(runtime) as database, database.session() as session:
        account = await set_disabled(session, name, is_disabled)
        return account, [key for key in await list_keys(session, account.user_id) if key.state in _WORKING]


async def _set_role(runtime: Runtime, name: str, new_role: Role) -> tuple[Account, Sequence[Key]]:
    async with open_ledger(runtime) as database, database.session() as session:
        account = await set_role(session, name, new_role)
        return account, [key for key in await list_keys(session, account.user_id) if key.state in _WORKING]
