"""API keys as the API shows and creates them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

from fastapi import Body
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from lumber.audit.actor import Actor
from lumber.identity.api_keys import Key, NewKey, create_key
from lumber.identity.expiry import expiry
from lumber.identity.names import MAX_KEY_NAME
from lumber.identity.rights import Principal, Scope
from lumber.identity.users import Account
from lumber.store.database import Database
from lumber.store.models.base import utc_now

KEY: dict[str, Any] = {
    "key_id": "v03n4ak07brf",
    "name": "nightly",
    "user_id": "0b6c6a5e-8f1d-4a57-9a39-1d5a1c2c9f11",
    "user_name": "ada",
    "scopes": ["exports:read", "exports:write"],
    "kinds": ["logs"],
    "created_at": "2026-11-29T12:00:00Z",
    "expires_at": "2027-02-27T12:00:00Z",
    "last_used_at": None,
    "revoked_at": None,
    "state": "active",
}
NEW_KEY: dict[str, Any] = {**KEY, "key": "lmb_v03n4ak07brf_... (shown once)"}
_WANTED = {
    "name": "nightly",
    "scopes": ["exports:read", "exports:write"],
    "kinds": ["logs"],
    "expires": "90d",
}


class KeyReport(BaseModel):
    """An API key without its secret."""

    key_id: str = Field(description="Id of the key, which may be shown.")
    name: str = Field(description="What the key is for.")
    user_id: str = Field(description="Id of the account for which it acts.")
    user_name: str = Field(description="Name of this account.")
    scopes: list[str] = Field(description="Its rights, as far as the account still has them.")
    kinds: list[str] | None = Field(description="Data types that it may use; null for all.")
    created_at: datetime
    expires_at: datetime | None = Field(description="When it stops working; null for never.")
    last_used_at: datetime | None = Field(description="Last use, to the minute.")
    revoked_at: datetime | None
    state: str = Field(description="active, expired, revoked or owner disabled.")

    @classmethod
    def of(cls, key: Key) -> KeyReport:
        """Build the report."""
        return cls(**_members(key))


class KeyList(BaseModel):
    """API keys, the newest first."""

    keys: list[KeyReport]

    @classmethod
    def of(cls, keys: Iterable[Key]) -> KeyList:
        """Build the report."""
        return cls(keys=[KeyReport.of(key) for key in keys])


class NewKeyReport(KeyReport):
    """An API key that was just created, with its secret."""

    key: str = Field(description="The key itself. It is shown once: only its SHA-256 is stored.")

    @classmethod
    def of_new(cls, new: NewKey) -> NewKeyReport:
        """Build the report."""
        return cls(**_members(new.key), key=new.text.text)


class WantedKey(BaseModel):
    """A new API key."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=MAX_KEY_NAME, description="What the key is for.")
    scopes: list[Scope] = Field(min_length=1, max_length=100, description="Rights of the account.")
    kinds: list[Annotated[str, StringConstraints(max_length=100)]] | None = Field(
        default=None, max_length=100, description="Data types that the key may use. Default: all."
    )
    expires: str | None = Field(
        default=None,
        max_length=100,
        description="A span (`12h`, `90d`, `8w`) or a time in UTC (`2026-12-31`). Default: never.",
    )


KeyBody = Annotated[WantedKey, Body(openapi_examples={"exports of logs": {"value": _WANTED}})]


async def new_key_of(
    database: Database, owner: Account, wanted: WantedKey, *, within: Principal, by: Actor
) -> NewKeyReport:
    """Create a key of an account, within the rights of who asks for it. Raises what `create_key` raises."""
    ends = None if wanted.expires is None else expiry(wanted.expires, utc_now())
    async with database.session() as session:
        made = await create_key(
            session,
            owner,
            wanted.name,
            wanted.scopes,
            kinds=wanted.kinds,
            expires_at=ends,
            within=within,
            by=by,
        )
    return NewKeyReport.of_new(made)


def _members(key: Key) -> dict[str, Any]:
    return {
        "key_id": key.key_id,
        "name": key.name,
        "user_id": key.user_id,
        "user_name": key.user_name,
        "scopes": list(key.scopes),
        "kinds": None if key.kinds is None else list(key.kinds),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "last_used_at": key.last_used_at,
        "revoked_at": key.revoked_at,
        "state": key.state.value,
    }
