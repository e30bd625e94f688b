"""Checks of passwords and tokens from clients that nobody knows yet."""

from __future__ import annotations

from fastapi import Request

from lumber.api.service import Service
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


async def hashed_for_setup(service: Service, request: Request, token: str, name: str, password: str) -> str:
    """Return the hash of the first admin's password.

    Raises UserStateError if there are accounts, NotPermitted for a wrong token, and ConfigError.
    """
    async with service.database.session() as session:
        await require_setup_token(session, token)
    checked_name(name)
    return await service.admission.passwords.hashed(checked_password(password, name))
