"""Sign in and out with a browser, and make the first admin."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated, Any

from fastapi import APIRouter, Body, Request, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from lumber.api.access.guarded_route import GuardedRoute
from lumber.api.access.needs import Public
from lumber.api.auditing import address_of, local_at
from lumber.api.documents import answers
from lumber.api.service import Service, ServiceDep
from lumber.api.session_reports import DOCUMENT, SessionDocument, session_document
from lumber.api.signing_in import check_password, hashed_for_setup, place_of
from lumber.errors import SessionNotFound, UserStateError
from lumber.identity.audited import actor_of
from lumber.identity.authentication import Refusal
from lumber.identity.rights import Principal
from lumber.identity.sessions import Session, end_session, open_session
from lumber.identity.setup import create_first_admin
from lumber.identity.users import Account
from lumber.store.database import Database

router = APIRouter(tags=["session"], route_class=GuardedRoute)

_LONGEST = 4_000
_CHANGES = ("body_too_large", "config_invalid", "origin_refused", "audit_failed", "user_state")
_FAILURES = ("too_many_failures", "too_many_logins", "authentication_failed")


class Login(BaseModel):
    """A name and a password."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=_LONGEST, description="Name of the account, in any case.")
    password: SecretStr = Field(max_length=_LONGEST, description="Password of the account.")


class FirstAdmin(Login):
    """The first account, which turns accounts on."""

    name: str = Field(max_length=_LONGEST, description="Name of the new account.")
    token: SecretStr = Field(max_length=_LONGEST, description="The token that `lumber serve` printed.")
    email: str | None = Field(default=None, max_length=_LONGEST, description="E-mail address.")


_LOGIN = {"name": "ada", "password": "correct horse battery staple"}
LoginBody = Annotated[Login, Body(openapi_examples={"a person": {"value": _LOGIN}})]
_FIRST = {**_LOGIN, "token": "the token that `lumber serve` printed", "email": "ada@example.org"}
FirstAdminBody = Annotated[FirstAdmin, Body(openapi_examples={"the first admin": {"value": _FIRST}})]


@router.get(
    "/session",
    dependencies=[Public()],
    summary="Show who makes the call",
    responses=answers("authentication_failed", example=DOCUMENT),
)
async def get_session(service: ServiceDep, request: Request) -> SessionDocument:
    """Return who makes the call, and how people can sign in. `account` is null for nobody."""
    found = await service.admission.principal_of(request)
    if isinstance(found, Refusal):
        if "authorization" in request.headers:
            raise found.error()
        return await session_document(service, None)
    return await session_document(service, found)


@router.post(
    "/session",
    dependencies=[Public()],
    summary="Sign in",
    responses=answers(*_CHANGES, *_FAILURES, example=DOCUMENT),
)
async def sign_in(
    login: LoginBody, service: ServiceDep, request: Request, response: Response
) -> SessionDocument:
    """Sign in with a password, and set the cookie of a new session. The browser's earlier session ends."""
    if not await service.admission.are_accounts_on():
        raise UserStateError("There are no accounts, so nobody needs to sign in.")
    account = await check_password(service, request, login.name, login.password.get_secret_value())
    token, session = await opened(service, request, account)
    return await _signed_in(service, response, account, token, session)


@router.delete(
    "/session",
    dependencies=[Public()],
    status_code=204,
    summary="Sign out",
    responses=answers("origin_refused", "audit_failed"),
)
async def sign_out(service: ServiceDep, request: Request) -> Response:
    """End the session that makes the call, and delete its cookie. Nothing happens without one."""
    found = await service.admission.principal_of(request)
    if isinstance(found, Principal) and found.session_id is not None:
        await _end(service, request, found, found.session_id)
    response = Response(status_code=204)
    service.admission.cookies.take(response)
    return response


@router.post(
    "/setup",
    dependencies=[Public()],
    status_code=201,
    summary="Create the first admin",
    responses=answers(
        *_CHANGES, "too_many_failures", "too_many_logins", "not_permitted", example=DOCUMENT, success=201
    ),
)
async def set_up(
    first: FirstAdminBody, service: ServiceDep, request: Request, response: Response
) -> SessionDocument:
    """Create the first account with the token that `lumber serve` printed, and sign it in.

    The token works once, and only while there are no accounts.
    """
    token = first.token.get_secret_value()
    hashed = await hashed_for_setup(service, request, token, first.name, first.password.get_secret_value())

    async def create(database: Database) -> tuple[Account, str, Session]:
        async with database.session() as session:
            account = await create_first_admin(
                session, token, first.name, email=first.email, password_hash=hashed, by=local_at(request)
            )
            return account, *await open_session(session, account, **place_of(service, request))

    account, opened_token, session = await service.change(create)
    return await _signed_in(service, response, account, opened_token, session)


async def opened(service: Service, request: Request, account: Account, **values: Any) -> tuple[str, Session]:
    """Open a session of an account for the browser that makes a call; end the one that it has."""
    found = await service.admission.session_of(request)
    replaces = None if found is None else found.session_id

    async def run(database: Database) -> tuple[str, Session]:
        async with database.session() as session:
            place = place_of(service, request)
            return await open_session(session, account, **place, replaces=replaces, **values)

    return await service.change(run)


async def _signed_in(
    service: Service, response: Response, account: Account, token: str, session: Session
) -> SessionDocument:
    service.admission.cookies.give(response, token, service.admission.session_limits.longest)
    return await session_document(service, account.principal.with_session(session.session_id))


async def _end(service: Service, request: Request, principal: Principal, session_id: str) -> None:
    by = actor_of(principal).at(address_of(request))

    async def end(database: Database) -> None:
        async with database.session() as session:
            await end_session(session, principal.user_id or "", session_id, by=by)

    with suppress(SessionNotFound):  # it has ended meanwhile
        await service.change(end)
