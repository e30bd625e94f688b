"""`lumber user delete`: deletes an account with its API keys."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from lumber.cli.confirmation import is_confirmed
from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import open_ledger
from lumber.cli.output import Output, printable
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime, load_runtime
from lumber.cli.user.printing import NameArgument, as_json
from lumber.identity.api_keys import list_keys
from lumber.identity.users import Account, delete_account, find_account
from lumber.text import counted


def delete(
    name: NameArgument,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Delete without confirmation.")] = False,
    database_url: DatabaseUrlOption = None,
    as_json_: JsonOption = False,
) -> int:
    """Delete an account with its API keys. Exports and loads stay.

    To keep the account for later, disable it instead. The last admin can't be deleted.

    Exit codes: 0 deleted, 1 not confirmed or the last admin, 2 confirmation is needed, 4 no such account.

    Example:
      lumber user delete bob --yes
    """
    runtime, out = load_runtime(database_url), Output(as_json=as_json_)
    account, keys = asyncio.run(_find(runtime, name))
    if not yes and not _is_confirmed(out, account, keys):
        out.note("Nothing was deleted.")
        return ExitCode.FAILURE
    deleted, keys = asyncio.run(_delete(runtime, account.name))
    out.result({**as_json(deleted), "keys_deleted": keys})
    out.say(f"Deleted the account {printable(deleted.name)}{_with(keys)}.")
    return ExitCode.OK


def _with(keys: int) -> str:
    return f" with {counted(keys, 'API key')}" if keys else ""


def _is_confirmed(out: Output, account: Account, keys: int) -> bool:
    return is_confirmed(out, f"Delete the account {account.name}{_with(keys)}?")


async def _find(runtime: Runtime, name: str) -> tuple[Account, int]:
    async with open_ledger(runtime) as database, database.session() as session:
        account = await find_account(session, name)
        return account, len(await list_keys(session, account.user_id))


async def _delete(runtime: Runtime, name: str) -> tuple[Account, int]:
    async with open_ledger(runtime) as database, database.session() as session:
        return await delete_account(session, name)
