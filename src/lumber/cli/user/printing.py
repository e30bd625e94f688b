"""The argument that names an account, and how accounts are printed."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from lumber.identity.identities import Identity
from lumber.identity.rights import Principal, Scope
from lumber.identity.users import Account

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Name of the account, in any case.")]


def as_json(account: Account) -> dict[str, Any]:
    """Return an account as the commands print it with --json."""
    return {
        "user_id": account.user_id,
        "name": account.name,
        "email": account.email,
        "role": account.role.value,
        "scopes": scopes_of(account.principal),
        "is_service": account.is_service,
        "is_disabled": account.is_disabled,
        "has_password": account.has_password,
        "created_at": account.created_at.isoformat(),
        "updated_at": account.updated_at.isoformat(),
    }


def identity_as_json(identity: Identity) -> dict[str, Any]:
    """Return an identity at a provider as the commands print it with --json."""
    last = identity.last_login_at
    return {
        "provider": identity.provider,
        "issuer": identity.issuer,
        "subject": identity.subject,
        "created_at": identity.created_at.isoformat(),
        "last_login_at": None if last is None else last.isoformat(),
    }


def scopes_of(principal: Principal) -> list[str]:
    """Return the scopes in the order in which they are declared."""
    return [scope.value for scope in Scope if principal.has(scope)]


def type_text(account: Account) -> str:
    """Say whether the account is a person's or a service's."""
    return "service" if account.is_service else "person"


def state_text(account: Account) -> str:
    """Say whether the account is enabled."""
    return "disabled" if account.is_disabled else "enabled"
