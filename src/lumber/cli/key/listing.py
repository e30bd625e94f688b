"""`lumber key list`: lists API keys."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated

import typer

from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import open_ledger
from lumber.cli.key.printing import as_json, print_keys
from lumber.cli.output import Output
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime, load_runtime
from lumber.identity.api_keys import Key, KeyState, list_keys
from lumber.identity.users import find_account
from lumber.text import counted

_ENDED = (KeyState.EXPIRED, KeyState.REVOKED)


def list_all(
    user: Annotated[
        str | None,
        typer.Option("--user", metavar="NAME", help="Only keys of this account.", show_default=False),
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Also keys that have expired or were revoked.")
    ] = False,
    database_url: DatabaseUrlOption = None,
    as_json_: JsonOption = False,
) -> int:
    """List API keys, newest first. The last use is accurate to the minute.

    With --json it prints `{"keys": [...]}`.

    Examples:
      lumber key list
      lumber key list --user nightly --all
    """
    found = asyncio.run(_find(load_runtime(database_url), user))
    shown = [key for key in found if every or key.state not in _ENDED]
    out = Output(as_json=as_json_)
    out.result({"keys": [as_json(key) for key in shown]})
    print_keys(out, shown)
    hidden = len(found) - len(shown)
    rest = f" {hidden:,} more expired or revoked: --all lists them too." if hidden else ""
    out.say(f"{counted(len(shown), 'API key')}.{rest}")
    return ExitCode.OK


async def _find(runtime: Runtime, user: str | None) -> Sequence[Key]:
    async with open_ledger(runtime) as database, database.session() as session:
        return await list_keys(session, None if user is None else (await find_account(session, user)).user_id)
