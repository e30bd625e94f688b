"""Checks of passwords and tokens from clients that nobody knows yet."""

from __future__ import annotations

from typing import Any

from fastapi import Request

from lumber.api.auditing import address_of
from lumber.api.service import Service
from lumber.errors import AuthenticationFailed, ConfigError, FieldProblem, UserStateError
from lumber.identity.authentication import Refusal
from lumber.identity.names import checked_name
from lumber.identity.passwords import checked_password
from lumber.identity.setup import require_setup_token
from lumber.identity.users import Account


async def check_password(service: Service, request: Request, name: str, password: str) -> Account:
    """Return the account with this name and password. Raises AuthenticationFailed and TooManyFailures."""
    found = await service.admission.authenticator.authenticate_password(name, password)
    if isinstance(found, Refusal):
        raise found.error()
    return found


async def check_own_password(service: Service, request: Request, own: Account, password: str) -> Account:
    """Return an account whose owner knows the password, as it was then.

    Raises ConfigError for a wrong password, UserStateError without one, and TooManyFailures.
    """
    if not own.has_password:
        raise UserStateError(f"{own.name!r} has no password yet. An admin can set one.")
    try:
        return await check_password(service, request, own.name, password)
    except AuthenticationFailed:
        problem = FieldProblem("current_password", None, "is wrong")
        raise ConfigError([problem]) from None


def place_of(service: Service, request: Request) -> dict[str, Any]:
    """Return what a new session keeps of the call that opens it, and how long it lasts."""
    return {
        "limits": service.admission.session_limits,
        "address": address_of(request),
        "user_agent": request.headers.get("user-agent"),
    }


async def hashed_for_setup(service: Service, request: Request, token: str, name: str, password: str) -> str:
    """Return the hash of the first admin's password.

    Raises UserStateError if there are accounts, NotPermitted for a wrong token, and ConfigError.
    """
    async with service.database.session() as session:
        await require_setup_token(session, token)
    checked_name(name)
    return await service.admission.passwords.hashed(checked_password(password, name))
