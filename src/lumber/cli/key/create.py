"""`lumber key create`: creates an API key."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer

from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import open_ledger
from lumber.cli.exports.printing import time_text
from lumber.cli.key.printing import as_json, kinds_text
from lumber.cli.output import Output, printable
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime, load_runtime
from lumber.errors import ConfigError, UserNotFound
from lumber.identity.api_keys import NewKey, create_key
from lumber.identity.expiry import expiry
from lumber.identity.rights import Scope
from lumber.identity.users import Account, find_account, list_accounts
from lumber.store.database import Database


def create(
    name: Annotated[str, typer.Option("--name", metavar="TEXT", help="What the key is for.")],
    scope: Annotated[
        list[Scope],
        typer.Option("--scope", metavar="SCOPE", help=f"{', '.join(Scope)}. Repeat it for several."),
    ],
    user: Annotated[
        str | None,
        typer.Option(
            "--user",
            metavar="NAME",
            help="Account that the key acts for. [default: the only account]",
            show_default=False,
        ),
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(
            "--kind",
            metavar="TYPE",
            help="Data type that the key may use. Repeat it for several. [default: all]",
            show_default=False,
        ),
    ] = None,
    expires: Annotated[
        str | None,
        typer.Option(
            "--expires",
            metavar="TIME",
            help="When it stops working: 12h, 90d, 8w, or a time such as 2026-12-31 in UTC. [default: never]",
            show_default=False,
        ),
    ] = None,
    database_url: DatabaseUrlOption = None,
    as_json_: JsonOption = False,
) -> int:
    """Create an API key, and show it once.

    Programs send it to the service in a header: `Authorization: Bearer KEY`. The scopes must be among those
    of the account. At each call, the key has the scopes that the account still has. With --json it prints
    `key_id` and `key`.

    Exit codes: 0 created, 1 the account is disabled, 2 the command line is wrong, 3 a scope or a data type
    isn't allowed, 4 no such account.

    Examples:
      lumber key create --name nightly --scope exports:write --kind logs --expires 90d
      lumber key create --user nightly --name server-1 --scope ingest:write --json
    """
    ends = None if expires is None else _expiry(expires)
    made = asyncio.run(_create(load_runtime(database_url), user, name, scope, kind, ends))
    out, key = Output(as_json=as_json_), made.key
    out.result({**as_json(key), "key": made.text.text})
    until = "" if key.expires_at is None else f", until {time_text(key.expires_at)} UTC"
    out.say(
        f"Created the API key {key.key_id} ({printable(key.name)}) of {printable(key.user_name)}: "
        f"{', '.join(key.scopes)}, data types: {kinds_text(key)}{until}."
    )
    out.say(f"\n  {made.text.text}\n")
    out.say("Copy it now to where it is used: Lumber stores only its hash, and can't show it again.")
    out.say("Programs send it to the service in a header: Authorization: Bearer KEY")
    out.say(f"If it gets lost or known: lumber key revoke {key.key_id}")
    return ExitCode.OK


def _expiry(text: str) -> datetime:
    try:
        return expiry(text, datetime.now(UTC))
    except ConfigError as error:
        raise typer.BadParameter(f"{error.problems[0].message}.", param_hint="--expires") from None


async def _create(
    runtime: Runtime,
    user: str | None,
    name: str,
    scopes: list[Scope],
    kinds: list[str] | None,
    expires_at: datetime | None,
) -> NewKey:
    async with open_ledger(runtime) as database:
        owner = await _owner(database, user)
        async with database.session() as session:
            return await create_key(session, owner, name, scopes, kinds=kinds or None, expires_at=expires_at)


async def _owner(database: Database, user: str | None) -> Account:
    async with database.session() as session:
        if user is not None:
            return await find_account(session, user)
        accounts = await list_accounts(session)
    if not accounts:
        raise UserNotFound(
            "There are no accounts yet. Create one first: `lumber user add NAME --role admin`."
        )
    if len(accounts) > 1:
        raise typer.BadParameter("there are several accounts: name one with --user.", param_hint="--user")
    return accounts[0]
