"""One's own account: its sessions, password and API keys. It needs a sign-in: a key can't use these calls."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Request, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from lumber.api.access.guarded_route import GuardedRoute
from lumber.api.access.needs import NeedsSession
from lumber.api.access.principal import PrincipalDep
from lumber.api.auditing import ActorDep
from lumber.api.documents import answers
from lumber.api.key_reports import KEY, NEW_KEY, KeyBody, KeyList, NewKeyReport, new_key_of
from lumber.api.service import Service, ServiceDep
from lumber.api.session_reports import SESSION, SessionList, SessionReport
from lumber.api.signing_in import check_own_password, place_of
from lumber.errors import UserStateError
from lumber.identity.api_keys import Key, list_keys, revoke_key
from lumber.identity.passwords import checked_password
from lumber.identity.rights import Principal
from lumber.identity.sessions import end_session, end_sessions, list_sessions, open_session
from lumber.identity.users import Account, find_account_by_id, locked_account, set_password
from lumber.store.database import Database

router = APIRouter(prefix="/account", tags=["account"], route_class=GuardedRoute)

_LONGEST = 4_000
_BODY = ("bad_request", "body_too_large", "config_invalid")
_CHANGES = ("origin_refused", "audit_failed", "user_state", "user_not_found")


class PasswordChange(BaseModel):
    """The present password and the next one."""

    model_config = ConfigDict(extra="forbid")

    current_password: SecretStr = Field(max_length=_LONGEST, description="The present password.")
    new_password: SecretStr = Field(max_length=_LONGEST, description="The next password.")


_PASSWORDS = {
    "current_password": "correct horse battery staple",
    "new_password": "a sentence that I remember",
}
PasswordBody = Annotated[PasswordChange, Body(openapi_examples={"a sentence": {"value": _PASSWORDS}})]


@router.get(
    "/sessions",
    dependencies=[NeedsSession()],
    summary="List one's own sessions",
    responses=answers(example={"sessions": [SESSION]}),
)
async def get_own_sessions(service: ServiceDep, principal: PrincipalDep) -> SessionList:
    """Return the browsers in which the account is signed in, the last used first."""
    limits = service.admission.session_limits
    async with service.database.session() as session:
        found = await list_sessions(session, principal.user_id or "", limits)
    return SessionList(sessions=[SessionReport.of(each, principal) for each in found])


@router.delete(
    "/sessions",
    dependencies=[NeedsSession()],
    status_code=204,
    summary="Sign out everywhere",
    responses=answers("origin_refused", "audit_failed"),
)
async def sign_out_everywhere(service: ServiceDep, principal: PrincipalDep, by: ActorDep) -> Response:
    """End all sessions of the account, also the one that makes the call. API keys keep working."""

    async def end(database: Database) -> int:
        async with database.session() as session:
            return await end_sessions(session, principal.user_id or "", by=by)

    await service.change(end)
    response = Response(status_code=204)
    service.admission.cookies.take(response)
    return response


@router.delete(
    "/sessions/{session_id}",
    dependencies=[NeedsSession()],
    status_code=204,
    summary="End one of one's own sessions",
    responses=answers("origin_refused", "audit_failed", "session_not_found"),
)
async def end_own_session(
    session_id: str, service: ServiceDep, principal: PrincipalDep, by: ActorDep
) -> Response:
    """End one session of the account."""

    async def end(database: Database) -> None:
        async with database.session() as session:
            await end_session(session, principal.user_id or "", session_id, by=by)

    await service.change(end)
    return Response(status_code=204)


@router.put(
    "/password",
    dependencies=[NeedsSession()],
    status_code=204,
    summary="Change one's own password",
    responses=answers(*_BODY, *_CHANGES, "too_many_failures", "too_many_logins"),
)
async def change_own_password(
    passwords: PasswordBody, service: ServiceDep, principal: PrincipalDep, request: Request, by: ActorDep
) -> Response:
    """Change the password. All sessions of the account end, and this browser gets a new one."""
    own = await _own(service, principal)
    wanted = passwords.new_password.get_secret_value()
    checked_password(wanted, own.name, field="new_password")
    current = passwords.current_password.get_secret_value()
    proven = await check_own_password(service, request, own, current)
    hashed = await service.admission.passwords.hashed(wanted)

    async def change(database: Database) -> str:
        async with database.session() as session:
            before = await locked_account(session, proven)
            if before != proven:
                raise UserStateError("The account was changed meanwhile. Try again.")
            account = await set_password(session, proven.name, hashed, by=by)
            token, _ = await open_session(session, account, **place_of(service, request))
            return token

    token = await service.change(change)
    response = Response(status_code=204)
    service.admission.cookies.give(response, token, service.admission.session_limits.longest)
    return response


@router.get(
    "/keys",
    dependencies=[NeedsSession()],
    summary="List one's own API keys",
    responses=answers(example={"keys": [KEY]}),
)
async def get_own_keys(service: ServiceDep, principal: PrincipalDep) -> KeyList:
    """Return the keys of the account, the newest first, also those that were revoked."""
    async with service.database.session() as session:
        return KeyList.of(await list_keys(session, principal.user_id or ""))


@router.post(
    "/keys",
    dependencies=[NeedsSession()],
    status_code=201,
    summary="Create an API key of one's own",
    responses=answers(*_BODY, *_CHANGES, example=NEW_KEY, success=201),
)
async def create_own_key(
    wanted: KeyBody, service: ServiceDep, principal: PrincipalDep, by: ActorDep
) -> NewKeyReport:
    """Create a key with rights of the account. The answer is the only one that has the key."""
    own = await _own(service, principal)

    async def create(database: Database) -> NewKeyReport:
        return await new_key_of(database, own, wanted, within=principal, by=by)

    return await service.change(create)


@router.delete(
    "/keys/{key_id}",
    dependencies=[NeedsSession()],
    status_code=204,
    summary="Revoke one of one's own API keys",
    responses=answers("origin_refused", "audit_failed", "key_not_found"),
)
async def revoke_own_key(key_id: str, service: ServiceDep, principal: PrincipalDep, by: ActorDep) -> Response:
    """Revoke a key of the account for ever."""

    async def revoke(database: Database) -> Key:
        async with database.session() as session:
            return await revoke_key(session, key_id, principal.user_id or "", by=by)

    await service.change(revoke)
    return Response(status_code=204)


async def _own(service: Service, principal: Principal) -> Account:
    """Return the account that makes a call. Raises UserStateError for the machine itself."""
    async with service.database.session() as session:
        found = await find_account_by_id(session, principal.user_id or "")
    if found is None:
        raise UserStateError("There are no accounts, so there are no passwords and no keys.")
    return found
