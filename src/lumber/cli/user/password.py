"""`lumber user password`: gives an account another password."""

from __future__ import annotations

import asyncio

from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import open_ledger
from lumber.cli.output import Output, printable
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime, load_runtime
from lumber.cli.user.printing import NameArgument, as_json
from lumber.cli.user.secret import PasswordFileOption, new_password_hash
from lumber.errors import UserStateError
from lumber.identity.users import Account, find_account, set_password


def password(
    name: NameArgument,
    password_file: PasswordFileOption = None,
    database_url: DatabaseUrlOption = None,
    as_json_: JsonOption = False,
) -> int:
    """Give an account another password.

    It asks for the password twice, unless there is --password-file. API keys keep working.

    Exit codes: 0 changed, 1 a service account has no password, 2 a password is needed, 3 the password is too
    weak, 4 no such account.

    Example:
      lumber user password ada
    """
    runtime, out = load_runtime(database_url), Output(as_json=as_json_)
    account = asyncio.run(_find(runtime, name))
    hashed = new_password_hash(runtime.settings, out, account.name, password_file)
    changed = asyncio.run(_set(runtime, account.name, hashed))
    out.result(as_json(changed))
    out.say(f"Changed the password of {printable(changed.name)}.")
    return ExitCode.OK


async def _find(runtime: Runtime, name: str) -> Account:
    """Return the account, before its password is asked for. Raises UserStateError for a service account."""
    async with open_ledger(runtime) as database, database.session() as session:
        account = await find_account(session, name)
        if account.is_service:
            raise UserStateError(
                f"{account.name!r} is a service account, which has no password. Create a key for it: "
                f"`lumber key create --user {account.name}`."
            )
        return account


async def _set(runtime: Runtime, name: str, hashed: str) -> Account:
    async with open_ledger(runtime) as database, database.session() as session:
        return await set_password(session, name, hashed)
