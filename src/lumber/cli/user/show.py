"""`lumber user show`: shows an account, its identities at providers and its API keys."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import open_ledger
from lumber.cli.exports.printing import time_text
from lumber.cli.key.printing import as_json as key_as_json
from lumber.cli.key.printing import print_keys
from lumber.cli.output import Output, printable
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime, load_runtime
from lumber.cli.user.printing import (
    NameArgument,
    as_json,
    identity_as_json,
    scopes_of,
    state_text,
    type_text,
)
from lumber.identity.api_keys import Key, list_keys
from lumber.identity.identities import Identity, identities_of
from lumber.identity.users import Account, find_account


def show(name: NameArgument, database_url: DatabaseUrlOption = None, as_json_: JsonOption = False) -> int:
    """Show an account, who signs in with it through identity providers, and its API keys.

    The keys include those that expired or were revoked.

    Example:
      lumber user show ada
    """
    account, identities, keys = asyncio.run(_find(load_runtime(database_url), name))
    out = Output(as_json=as_json_)
    out.result(
        {
            **as_json(account),
            "identities": [identity_as_json(identity) for identity in identities],
            "keys": [key_as_json(key) for key in keys],
        }
    )
    for label, value in (
        ("name", account.name),
        ("id", account.user_id),
        ("type", type_text(account)),
        ("status", state_text(account)),
        ("role", account.role.value),
        ("scopes", ", ".join(scopes_of(account.principal))),
        ("e-mail", account.email or "-"),
        ("password", "set" if account.has_password else "none"),
        *(("sign-in", f"{each.subject} of {each.provider} ({each.issuer})") for each in identities),
        ("made", f"{time_text(account.created_at)} UTC"),
        ("changed", f"{time_text(account.updated_at)} UTC"),
    ):
        out.say(f"{label:<10}{printable(value)}")
    print_keys(out, keys)
    return ExitCode.OK


async def _find(runtime: Runtime, name: str) -> tuple[Account, Sequence[Identity], Sequence[Key]]:
    async with open_ledger(runtime) as database, database.session() as session:
        account = await find_account(session, name)
        identities = await identities_of(session, account.user_id)
        return account, identities, await list_keys(session, account.user_id)
