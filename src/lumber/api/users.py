"""The accounts of a service, for admins: list, create, change and delete them, their keys and sessions."""

from __future__ import annotations

from fastapi import APIRouter, Response

from lumber.api.access.guarded_route import GuardedRoute
from lumber.api.access.needs import Needs
from lumber.api.access.principal import PrincipalDep
from lumber.api.auditing import ActorDep
from lumber.api.documents import answers
from lumber.api.key_reports import KEY, NEW_KEY, KeyBody, KeyList, NewKeyReport, new_key_of
from lumber.api.service import ServiceDep
from lumber.api.user_reports import (
    USER,
    ChangeBody,
    NewUserBody,
    PasswordBody,
    UserList,
    UserReport,
    report_of,
    reports_of,
)
from lumber.errors import UserStateError
from lumber.identity.api_keys import Key, list_keys, revoke_key
from lumber.identity.passwords import checked_password
from lumber.identity.rights import Scope
from lumber.identity.sessions import end_sessions
from lumber.identity.users import (
    Account,
    create_account,
    delete_account,
    require_account,
    set_disabled,
    set_email,
    set_password,
    set_role,
)
from lumber.store.database import Database

router = APIRouter(prefix="/users", tags=["users"], route_class=GuardedRoute)

_BODY = ("bad_request", "body_too_large", "config_invalid")
_CHANGES = ("origin_refused", "audit_failed")
_HASHES = "too_many_logins"


@router.get(
    "",
    dependencies=[Needs(Scope.ADMIN)],
    summary="List accounts",
    responses=answers(example={"users": [USER]}),
)
async def get_users(service: ServiceDep) -> UserList:
    """Return all accounts by name, with the numbers of their keys that work and of their sessions."""
    async with service.database.session() as session:
        return UserList(users=await reports_of(session, service.admission.session_limits))


@router.post(
    "",
    dependencies=[Needs(Scope.ADMIN)],
    status_code=201,
    summary="Create an account",
    responses=answers(*_BODY, *_CHANGES, _HASHES, "user_state", example=USER, success=201),
)
async def post_user(wanted: NewUserBody, service: ServiceDep, by: ActorDep) -> UserReport:
    """Create an account. Without a password, nobody signs in with one. The first one is made otherwise."""
    password = wanted.password
    hashed = None
    if not await service.admission.are_accounts_on():
        raise UserStateError(
            "There are no accounts yet. Create the first one with `lumber user add`, or with the address "
            "that `lumber serve` printed."
        )
    if password is not None:
        checked_password(password.get_secret_value(), wanted.name)
        hashed = await service.admission.passwords.hashed(password.get_secret_value())

    async def create(database: Database) -> UserReport:
        async with database.session() as session:
            made = await create_account(
                session,
                wanted.name,
                wanted.role,
                email=wanted.email,
                password_hash=hashed,
                is_service=wanted.is_service,
                by=by,
            )
            return await report_of(session, made, service.admission.session_limits)

    return await service.change(create)


@router.get(
    "/{user_id}",
    dependencies=[Needs(Scope.ADMIN)],
    summary="Show an account",
    responses=answers("user_not_found", example=USER),
)
async def get_user(user_id: str, service: ServiceDep) -> UserReport:
    """Return an account."""
    async with service.database.session() as session:
        account = await require_account(session, user_id)
        return await report_of(session, account, service.admission.session_limits)


@router.patch(
    "/{user_id}",
    dependencies=[Needs(Scope.ADMIN)],
    summary="Change an account",
    responses=answers(*_BODY, *_CHANGES, "user_not_found", "user_state", example=USER),
)
async def patch_user(user_id: str, wanted: ChangeBody, service: ServiceDep, by: ActorDep) -> UserReport:
    """Change what is given: the role, the e-mail address, and whether the account is disabled.

    Another role and disabling end the sessions of the account. The last admin stays one.
    """

    async def change(database: Database) -> UserReport:
        async with database.session() as session:
            account = await require_account(session, user_id, is_locked=True)
            if wanted.is_disabled is False:
                account = await set_disabled(session, account.name, False, by=by)
            if wanted.role is not None:
                account = await set_role(session, account.name, wanted.role, by=by)
            if "email" in wanted.model_fields_set:
                account = await set_email(session, account.name, wanted.email, by=by)
            if wanted.is_disabled:
                account = await set_disabled(session, account.name, True, by=by)
            return await report_of(session, account, service.admission.session_limits)

    return await service.change(change)


@router.delete(
    "/{user_id}",
    dependencies=[Needs(Scope.ADMIN)],
    status_code=204,
    summary="Delete an account",
    responses=answers(*_CHANGES, "user_not_found", "user_state"),
)
async def remove_user(user_id: str, service: ServiceDep, by: ActorDep) -> Response:
    """Delete an account with its keys and sessions. Its exports are left to the admins."""

    async def delete(database: Database) -> tuple[Account, int]:
        async with database.session() as session:
            account = await require_account(session, user_id, is_locked=True)
            return await delete_account(session, account.name, by=by)

    await service.change(delete)
    return Response(status_code=204)


@router.put(
    "/{user_id}/password",
    dependencies=[Needs(Scope.ADMIN)],
    status_code=204,
    summary="Set the password of an account",
    responses=answers(*_BODY, *_CHANGES, _HASHES, "user_not_found", "user_state"),
)
async def put_password(user_id: str, wanted: PasswordBody, service: ServiceDep, by: ActorDep) -> Response:
    """Give an account another password. Its sessions end; its keys keep working."""
    async with service.database.session() as session:
        account = await require_account(session, user_id)
    password = checked_password(wanted.password.get_secret_value(), account.name)
    hashed = await service.admission.passwords.hashed(password)

    async def change(database: Database) -> Account:
        async with database.session() as session:
            current = await require_account(session, user_id, is_locked=True)
            return await set_password(session, current.name, hashed, by=by)

    await service.change(change)
    return Response(status_code=204)


@router.delete(
    "/{user_id}/sessions",
    dependencies=[Needs(Scope.ADMIN)],
    status_code=204,
    summary="Sign an account out everywhere",
    responses=answers(*_CHANGES, "user_not_found"),
)
async def end_user_sessions(user_id: str, service: ServiceDep, by: ActorDep) -> Response:
    """End all sessions of an account. Its keys keep working."""

    async def end(database: Database) -> int:
        async with database.session() as session:
            account = await require_account(session, user_id, is_locked=True)
            return await end_sessions(session, account.user_id, by=by)

    await service.change(end)
    return Response(status_code=204)


@router.get(
    "/{user_id}/keys",
    dependencies=[Needs(Scope.ADMIN)],
    summary="List the API keys of an account",
    responses=answers("user_not_found", example={"keys": [KEY]}),
)
async def get_user_keys(user_id: str, service: ServiceDep) -> KeyList:
    """Return the keys of an account, the newest first, also those that were revoked."""
    async with service.database.session() as session:
        account = await require_account(session, user_id)
        return KeyList.of(await list_keys(session, account.user_id))


@router.post(
    "/{user_id}/keys",
    dependencies=[Needs(Scope.ADMIN)],
    status_code=201,
    summary="Create an API key of an account",
    responses=answers(*_BODY, *_CHANGES, "user_not_found", "user_state", example=NEW_KEY, success=201),
)
async def post_user_key(
    user_id: str, wanted: KeyBody, service: ServiceDep, principal: PrincipalDep, by: ActorDep
) -> NewKeyReport:
    """Create a key with rights that both the account and the caller have."""
    async with service.database.session() as session:
        account = await require_account(session, user_id)

    async def create(database: Database) -> NewKeyReport:
        return await new_key_of(database, account, wanted, within=principal, by=by)

    return await service.change(create)


@router.delete(
    "/{user_id}/keys/{key_id}",
    dependencies=[Needs(Scope.ADMIN)],
    status_code=204,
    summary="Revoke an API key of an account",
    responses=answers(*_CHANGES, "user_not_found", "key_not_found"),
)
async def revoke_user_key(user_id: str, key_id: str, service: ServiceDep, by: ActorDep) -> Response:
    """Revoke a key of an account for ever."""

    async def revoke(database: Database) -> Key:
        async with database.session() as session:
            account = await require_account(session, user_id, is_locked=True)
            return await revoke_key(session, key_id, account.user_id, by=by)

    await service.change(revoke)
    return Response(status_code=204)
