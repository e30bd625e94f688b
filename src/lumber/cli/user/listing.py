"""`lumber user list`: lists the accounts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import open_ledger
from lumber.cli.exports.printing import print_rows, time_text
from lumber.cli.output import Output
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime, load_runtime
from lumber.cli.user.printing import as_json, state_text, type_text
from lumber.identity.users import Account, list_accounts
from lumber.text import counted

STYLES = {"enabled": "green", "disabled": "yellow"}
_NAMES = ("name", "role", "type", "status", "e-mail", "made (UTC)")


def list_all(database_url: DatabaseUrlOption = None, as_json_: JsonOption = False) -> int:
    """List the accounts by name.

    With --json it prints `{"users": [...]}`.

    Example:
      lumber user list
    """
    found = asyncio.run(_find(load_runtime(database_url)))
    out = Output(as_json=as_json_)
    out.result({"users": [as_json(account) for account in found]})
    if found:
        print_rows(out, _NAMES, [_row(account) for account in found], styles=STYLES)
    rest = "" if found else " Accounts are off until there is one: lumber user add NAME --role admin"
    out.say(f"{counted(len(found), 'account')}.{rest}")
    return ExitCode.OK


async def _find(runtime: Runtime) -> Sequence[Account]:
    async with open_ledger(runtime) as database, database.session() as session:
        return await list_accounts(session)


def _row(account: Account) -> tuple[str, ...]:
    return (
        account.name,
        account.role.value,
        type_text(account),
        state_text(account),
        account.email or "-",
        time_text(account.created_at),
    )
