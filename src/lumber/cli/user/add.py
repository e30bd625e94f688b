"""`lumber user add`: creates an account."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from lumber.cli.exit_codes import ExitCode
from lumber.cli.output import Output, printable
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime, load_runtime
from lumber.cli.user.printing import as_json
from lumber.cli.user.secret import PasswordFileOption, new_password_hash
from lumber.errors import DatabaseMissing
from lumber.identity.names import checked_email, checked_name
from lumber.identity.rights import Role
from lumber.identity.users import Account, create_account, list_accounts, require_free_name
from lumber.store.migrate import require_schema


def add(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Name of the account. Case doesn't distinguish names.")
    ],
    role: Annotated[Role, typer.Option("--role", metavar="ROLE", help=f"What it may do: {', '.join(Role)}.")],
    email: Annotated[
        str | None, typer.Option("--email", metavar="ADDRESS", help="E-mail address.", show_default=False)
    ] = None,
    service: Annotated[
        bool, typer.Option("--service", help="An account for a program: it has API keys and no password.")
    ] = False,
    password_file: PasswordFileOption = None,
    database_url: DatabaseUrlOption = None,
    as_json_: JsonOption = False,
) -> int:
    """Create an account. The first one turns accounts on.

    It asks for the password twice, unless there is --password-file. Passwords have at least 12 characters.
    The first account must be a person with the role admin. At least one admin is always left.

    Exit codes: 0 created, 2 a password is needed, 3 a value is wrong or the name is taken.

    Examples:
      lumber user add ada --role admin --email ada@example.org
      lumber user add bob --role viewer --password-file password.txt
      lumber user add nightly --role exporter --service
    """
    if service and password_file is not None:
        raise typer.BadParameter("a service account has no password.", param_hint="--password-file")
    runtime, out = load_runtime(database_url), Output(as_json=as_json_)
    # Before the password is asked for.
    shown, address = checked_name(name), checked_email(email)
    asyncio.run(_require_free(runtime, shown))
    hashed = None if service else new_password_hash(runtime.settings, out, shown, password_file)
    account, is_first = asyncio.run(_create(runtime, shown, role, address, hashed, is_service=service))
    out.result({**as_json(account), "is_first": is_first})
    kind = "service account" if service else "account"
    out.say(f"Created the {kind} {printable(account.name)} with the role {account.role}.")
    if service:
        call = f"lumber key create --user {printable(account.name)} --name NAME --scope SCOPE"
        out.say(f"Create a key for it: {call}")
    if is_first:
        out.say("It is the first account, so accounts are on, and stay on: one admin is always left.")
        out.say(
            "The service now asks people to sign in, and programs for an API key: lumber key create --help"
        )
    return ExitCode.OK


async def _require_free(runtime: Runtime, name: str) -> None:
    """Raise ConfigError if the name is taken. A database that is still to be made has no names."""
    database = runtime.database()
    try:
        await require_schema(database)
        async with database.session() as session:
            await require_free_name(session, name)
    except DatabaseMissing:
        pass
    finally:
        await database.close()


async def _create(
    runtime: Runtime, name: str, role: Role, email: str | None, hashed: str | None, *, is_service: bool
) -> tuple[Account, bool]:
    database = runtime.database()
    try:
        await require_schema(database, create=True)
        async with database.session() as session:
            account = await create_account(
                session, name, role, email=email, password_hash=hashed, is_service=is_service
            )
            return account, len(await list_accounts(session)) == 1
    finally:
        await database.close()
