"""Who uses the pages, and their sessions, as the API shows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from lumber.api.service import Service
from lumber.identity.rights import Principal, Scope
from lumber.identity.sessions import Session, list_sessions
from lumber.identity.setup import is_setup_open
from lumber.identity.users import find_account_by_id

SESSION: dict[str, Any] = {
    "id": "6f3a09d2c41be870",
    "created_at": "2026-11-29T08:00:00Z",
    "last_used_at": "2026-11-29T12:00:00Z",
    "expires_at": "2026-11-30T08:00:00Z",
    "address": "192.0.2.7",
    "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "is_current": True,
}
ACCOUNT: dict[str, Any] = {
    "user_id": "0b6c6a5e-8f1d-4a57-9a39-1d5a1c2c9f11",
    "name": "ada",
    "email": None,
    "role": "viewer",
    "scopes": ["exports:read", "sources:read"],
    "kinds": None,
    "has_password": True,
}
DOCUMENT: dict[str, Any] = {
    "accounts_on": True,
    "setup_open": False,
    "account": ACCOUNT,
    "session": SESSION,
    "providers": [{"id": "company", "name": "Company", "login_url": "/api/v1/login/company"}],
}


class SessionReport(BaseModel):
    """One browser in which an account is signed in."""

    id: str = Field(description="Id of the session.")
    created_at: datetime = Field(description="Time of the sign-in.")
    last_used_at: datetime = Field(description="Last use, to the minute.")
    expires_at: datetime = Field(description="When it ends at the latest. Without use it ends earlier.")
    address: str | None = Field(description="Address from which the person signed in.")
    user_agent: str | None = Field(description="What the browser says it is.")
    is_current: bool = Field(description="Whether this session makes the call.")

    @classmethod
    def of(cls, session: Session, principal: Principal) -> SessionReport:
        """Build the report."""
        return cls(
            id=session.session_id,
            created_at=session.created_at,
            last_used_at=session.last_used_at,
            expires_at=session.expires_at,
            address=session.address,
            user_agent=session.user_agent,
            is_current=session.session_id == principal.session_id,
        )


class SessionList(BaseModel):
    """The sessions of an account."""

    sessions: list[SessionReport]


class AccountReport(BaseModel):
    """Who makes the call. Without accounts, it is the machine itself."""

    user_id: str | None = Field(description="Id of the account; null for the machine itself.")
    name: str = Field(description="Name of the account.")
    email: str | None = Field(description="E-mail address.")
    role: str = Field(description="Role.")
    scopes: list[str] = Field(description="Rights of this moment.")
    kinds: list[str] | None = Field(description="Data types that may be used; null for all.")
    has_password: bool = Field(description="Whether the account can sign in with a password.")


class LoginProvider(BaseModel):
    """A provider through which people can sign in."""

    id: str = Field(description="Id of the provider.")
    name: str = Field(description="Name of the provider.")
    login_url: str = Field(description="Path of the page that begins the sign-in.")


class SessionDocument(BaseModel):
    """Who uses the service, and how others can sign in."""

    accounts_on: bool = Field(description="Whether calls need an account.")
    setup_open: bool = Field(description="Whether somebody with the one-time token can make the first admin.")
    account: AccountReport | None = Field(description="Who makes the call; null for nobody.")
    session: SessionReport | None = Field(description="The session that makes the call; null for a key.")
    providers: list[LoginProvider] = Field(description="Providers to sign in with.")


async def session_document(service: Service, principal: Principal | None) -> SessionDocument:
    """Describe who makes a call, and how others can sign in."""
    are_on = await service.admission.are_accounts_on()
    limits = service.admission.session_limits
    account, is_open = None, False
    sessions: Sequence[Session] = ()
    async with service.database.session() as session:
        if principal is not None and principal.user_id is not None:
            account = await find_account_by_id(session, principal.user_id)
        if principal is not None and account is not None and principal.session_id is not None:
            sessions = await list_sessions(session, account.user_id, limits)
        if not are_on:
            is_open = await is_setup_open(session)
    return SessionDocument(
        accounts_on=are_on,
        setup_open=is_open,
        account=None
        if principal is None
        else _account(
            principal,
            None if account is None else account.email,
            account is not None and account.has_password,
        ),
        session=None if principal is None else _current(sessions, principal),
        providers=[
            LoginProvider(id=each.id, name=each.config.name, login_url=f"/api/v1/login/{each.id}")
            for each in service.sign_ins.providers
        ],
    )


def _account(principal: Principal, email: str | None, has_password: bool) -> AccountReport:
    return AccountReport(
        user_id=principal.user_id,
        name=principal.name,
        email=email,
        role=principal.role.value,
        scopes=[scope.value for scope in Scope if principal.has(scope)],
        kinds=None if principal.kinds is None else sorted(principal.kinds),
        has_password=has_password,
    )


def _current(sessions: Sequence[Session], principal: Principal) -> SessionReport | None:
    reports = [SessionReport.of(each, principal) for each in sessions]
    return next((each for each in reports if each.is_current), None)
