"""Checks of passwords and tokens from clients that nobody knows yet."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request

from lumber.api.auditing import address_of, record_done
from lumber.api.limits import callers
from lumber.api.service import Service
from lumber.audit.actions import Action
from lumber.audit.actor import Actor, ActorKind
from lumber.audit.line import NewLine, Result
from lumber.errors import (
    AuthenticationFailed,
    ConfigError,
    FieldProblem,
    NotPermitted,
    TooManyFailures,
    TooManyLogins,
    UserStateError,
)
from lumber.identity.authentication import Refusal
from lumber.identity.back_off import (
    Counted,
    address_counted,
    begin_attempt,
    clean_up,
    forgive,
    give_back,
    name_counted,
)
from lumber.identity.names import checked_name
from lumber.identity.passwords import checked_password
from lumber.identity.sessions import PASSWORD
from lumber.identity.setup import require_setup_token
from lumber.identity.users import Account, find_account_by_id
from lumber.store.database import Database
from lumber.store.models.base import utc_now

# No account can have this name. What was typed isn't recorded: it may be a password in the wrong field.
_UNKNOWN = "(unknown)"
_SETUP = "setup"


async def check_password(service: Service, request: Request, name: str, password: str) -> Account:
    """Return the account with this name and password.

    Failures are recorded, and slow down who tries again. Raises AuthenticationFailed, TooManyFailures and
    TooManyLogins.
    """
    attempt = _Attempt(service, request, name_counted(name))
    await attempt.begin(PASSWORD)
    try:
        found = await service.admission.authenticator.authenticate_password(name, password)
    except TooManyLogins:
        await attempt.give_back()
        raise
    if isinstance(found, Refusal):
        await attempt.record(PASSWORD, found.reason.value, found.user_id)
        raise found.error()
    await attempt.forgive()
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


async def hashed_for_setup(service: Service, request: Request, token: str, name: str, password: str) -> str:
    """Return the hash of the first admin's password.

    Raises UserStateError if there are accounts, NotPermitted for a wrong token, TooManyFailures, ConfigError.
    """
    attempt = _Attempt(service, request, None)
    if not await service.admission.are_accounts_on():
        await attempt.begin(_SETUP)
    try:
        async with service.database.session() as session:
            await require_setup_token(session, token)
    except NotPermitted as error:
        await attempt.record(_SETUP, error.code)
        raise
    await attempt.give_back()
    checked_name(name)
    return await service.admission.passwords.hashed(checked_password(password, name))


def place_of(service: Service, request: Request) -> dict[str, Any]:
    """Return what a new session keeps of the call that opens it, and how long it lasts."""
    return {
        "limits": service.admission.session_limits,
        "address": address_of(request),
        "user_agent": request.headers.get("user-agent"),
    }


class _Attempt:
    """One attempt to sign in: counted for the name, if there is one, and for the address."""

    def __init__(self, service: Service, request: Request, name: Counted | None) -> None:
        self._service = service
        self._name = name
        self._address = address_counted(callers.address_of(request.scope))
        self._shown_address = address_of(request)
        self._counted = [*([] if name is None else [name]), self._address]

    async def begin(self, method: str) -> None:
        """Count the attempt as failed. Raises TooManyFailures, and records it once a minute."""
        try:
            await self._change(lambda session: begin_attempt(session, self._counted, utc_now()))
        except TooManyFailures as error:
            if self._service.refusals.is_new(method, error.code, self._address.key):
                await self.record(method, error.code)
            raise

    async def forgive(self) -> None:
        """Uncount the attempt, which succeeded."""
        await self._change(lambda session: forgive(session, self._name, self._address))

    async def give_back(self) -> None:
        """Uncount the attempt, which nobody has checked."""
        await self._change(lambda session: give_back(session, self._counted))

    async def record(self, method: str, reason: str, user_id: str | None = None) -> None:
        """Record a failure. It names the account only if there is one."""
        # Also for nobody: the time must not tell whether there is an account.
        async with self._service.database.session() as session:
            account = await find_account_by_id(session, user_id or "")
        actor = Actor(ActorKind.USER, _UNKNOWN, address=self._shown_address)
        target = None
        if account is not None:
            actor = Actor(ActorKind.USER, account.name, account.user_id, address=self._shown_address)
            target = ("user", account.user_id)
        line = NewLine(actor, Action.LOGIN_FAILED, target, Result.REFUSED, reason, {"method": method})
        await record_done(self._service, line)
        await self._change(lambda session: clean_up(session, utc_now()))

    async def _change(self, change: Callable[[Any], Coroutine[Any, Any, None]]) -> None:
        async def run(database: Database) -> None:
            async with database.session() as session:
                await change(session)

        await self._service.change(run)
