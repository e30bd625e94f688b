"""`lumber user link` and `unlink`: who signs in with an account through an identity provider."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated

import typer

from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import open_ledger
from lumber.cli.output import Output, printable
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime, load_runtime
from lumber.cli.user.printing import NameArgument, as_json, identity_as_json
from lumber.errors import ProviderNotFound
from lumber.identity.identities import Identity
from lumber.identity.identities import link as link_identity
from lumber.identity.identities import unlink as unlink_identity
from lumber.identity.oidc.config import ProviderConfig, read_providers
from lumber.identity.users import Account
from lumber.text import counted

ProviderOption = Annotated[
    str, typer.Option("--provider", metavar="ID", help="Id of the provider in LUMBER_OIDC_FILE.")
]


def link(
    name: NameArgument,
    provider: ProviderOption,
    subject: Annotated[
        str,
        typer.Option(
            "--subject", metavar="SUBJECT", help="What the provider calls the person: the claim `sub`."
        ),
    ],
    database_url: DatabaseUrlOption = None,
    as_json_: JsonOption = False,
) -> int:
    """Let a person of an identity provider sign in with an existing account.

    Without a link, the first sign-in of a person makes a new account, if the provider's settings allow it.
    The same name or e-mail address never links an account.

    Exit codes: 0 linked, 1 it is linked already or a service account, 3 LUMBER_OIDC_FILE is wrong, 4 no such
    account or provider.

    Example:
      lumber user link ada --provider corp --subject 4f1c9e
    """
    runtime, out = load_runtime(database_url), Output(as_json=as_json_)
    config = _provider(runtime, provider)
    account, identity = asyncio.run(_link(runtime, name, config, subject))
    out.result({**as_json(account), "identity": identity_as_json(identity)})
    out.say(
        f"{printable(subject)} of the provider {config.id} can sign in with the account "
        f"{printable(account.name)}."
    )
    return ExitCode.OK


def unlink(
    name: NameArgument,
    provider: ProviderOption,
    subject: Annotated[
        str | None,
        typer.Option(
            "--subject",
            metavar="SUBJECT",
            help="Only this person. [default: everybody of the provider]",
            show_default=False,
        ),
    ] = None,
    database_url: DatabaseUrlOption = None,
    as_json_: JsonOption = False,
) -> int:
    """Take the sign-in through an identity provider from an account. Its sessions end.

    The account, its password and its API keys stay. If the provider's settings allow new accounts, the person
    gets a new one at the next sign-in. To keep somebody out, disable the account instead.

    Exit codes: 0 unlinked, 1 there is no such link, 4 no such account.

    Example:
      lumber user unlink ada --provider corp
    """
    runtime, out = load_runtime(database_url), Output(as_json=as_json_)
    account, removed = asyncio.run(_unlink(runtime, name, provider, subject))
    out.result({**as_json(account), "unlinked": [identity_as_json(identity) for identity in removed]})
    out.say(f"Removed {counted(len(removed), 'identity', 'identities')} of {printable(account.name)}.")
    return ExitCode.OK


def _provider(runtime: Runtime, provider_id: str) -> ProviderConfig:
    providers = read_providers(runtime.settings)
    for provider in providers:
        if provider.id == provider_id:
            return provider.config
    known = ", ".join(provider.id for provider in providers) or "none: set LUMBER_OIDC_FILE"
    raise ProviderNotFound(f"There is no provider {provider_id!r}. The settings have: {known}.")


async def _link(
    runtime: Runtime, name: str, config: ProviderConfig, subject: str
) -> tuple[Account, Identity]:
    async with open_ledger(runtime) as database, database.session() as session:
        return await link_identity(session, name, config.id, config.issuer, subject)


async def _unlink(
    runtime: Runtime, name: str, provider: str, subject: str | None
) -> tuple[Account, Sequence[Identity]]:
    async with open_ledger(runtime) as database, database.session() as session:
        return await unlink_identity(session, name, provider, subject)
