"""Accounts as the API shows, creates and changes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import Body
from pydantic import BaseModel, ConfigDict, Field, SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.identity.api_keys import KeyState, list_keys
from lumber.identity.identities import identities_of_all
from lumber.identity.names import MAX_EMAIL, MAX_NAME
from lumber.identity.rights import Role
from lumber.identity.sessions import SessionLimits, count_sessions
from lumber.identity.users import Account, list_accounts

_LONGEST = 4_000
USER: dict[str, Any] = {
    "user_id": "0b6c6a5e-8f1d-4a57-9a39-1d5a1c2c9f11",
    "name": "ada",
    "email": "ada@example.org",
    "role": "exporter",
    "is_service": False,
    "is_disabled": False,
    "has_password": True,
    "created_at": "2026-11-01T08:00:00Z",
    "last_login_at": "2026-11-29T08:00:00Z",
    "keys": 1,
    "sessions": 2,
    "identities": [{"provider": "company", "subject": "a-7f3"}],
}


class IdentityReport(BaseModel):
    """A person at a provider through which somebody signs in."""

    provider: str = Field(description="Id of the provider.")
    subject: str = Field(description="How the provider names the person.")


class UserReport(BaseModel):
    """An account."""

    user_id: str = Field(description="Id of the account.")
    name: str
    email: str | None
    role: str
    is_service: bool = Field(description="Whether it is for a program, which can't sign in.")
    is_disabled: bool
    has_password: bool
    created_at: datetime
    last_login_at: datetime | None = Field(description="Last sign-in with a browser.")
    keys: int = Field(description="Number of API keys that work.")
    sessions: int = Field(description="Number of browsers in which the account is signed in.")
    identities: list[IdentityReport] = Field(description="Persons at providers who are this account.")


class UserList(BaseModel):
    """All accounts by name."""

    users: list[UserReport]


class NewUser(BaseModel):
    """A new account."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=MAX_NAME, description="Name of the account.")
    role: Role = Field(description="What it is for.")
    email: str | None = Field(default=None, max_length=MAX_EMAIL, description="E-mail address.")
    is_service: bool = Field(default=False, description="For a program, which can't sign in.")
    password: SecretStr | None = Field(
        default=None, max_length=_LONGEST, description="Without one, nobody signs in with a password."
    )


class UserChange(BaseModel):
    """What changes of an account. What isn't given stays."""

    model_config = ConfigDict(extra="forbid")

    role: Role | None = Field(default=None, description="Another role. Null changes nothing.")
    is_disabled: bool | None = Field(default=None, description="Disable or enable it. Null changes nothing.")
    email: str | None = Field(default=None, max_length=MAX_EMAIL, description="Null removes the address.")


class NewPassword(BaseModel):
    """Another password of an account."""

    model_config = ConfigDict(extra="forbid")

    password: SecretStr = Field(max_length=_LONGEST, description="The next password.")


_NEW = {"name": "ann", "role": "viewer", "email": "ann@example.org", "password": "a sentence to remember"}
NewUserBody = Annotated[NewUser, Body(openapi_examples={"a person": {"value": _NEW}})]
ChangeBody = Annotated[UserChange, Body(openapi_examples={"another role": {"value": {"role": "exporter"}}})]
PasswordBody = Annotated[
    NewPassword, Body(openapi_examples={"a sentence": {"value": {"password": "a sentence to remember"}}})
]


async def reports_of(
    session: AsyncSession, limits: SessionLimits, accounts: Sequence[Account] | None = None
) -> list[UserReport]:
    """Describe accounts; by default all."""
    shown = await list_accounts(session) if accounts is None else accounts
    only = shown[0].user_id if accounts is not None and len(accounts) == 1 else None
    sessions, identities = await count_sessions(session, limits), await identities_of_all(session, only)
    keys: dict[str, int] = {}
    for key in await list_keys(session, only):
        keys[key.user_id] = keys.get(key.user_id, 0) + (key.state is KeyState.ACTIVE)
    return [
        UserReport(
            user_id=account.user_id,
            name=account.name,
            email=account.email,
            role=account.role.value,
            is_service=account.is_service,
            is_disabled=account.is_disabled,
            has_password=account.has_password,
            created_at=account.created_at,
            last_login_at=account.last_login_at,
            keys=keys.get(account.user_id, 0),
            sessions=sessions.get(account.user_id, 0),
            identities=[
                IdentityReport(provider=each.provider, subject=each.subject)
                for each in identities.get(account.user_id, ())
            ],
        )
        for account in shown
    ]


async def report_of(session: AsyncSession, account: Account, limits: SessionLimits) -> UserReport:
    """Describe one account."""
    return (await reports_of(session, limits, [account]))[0]
