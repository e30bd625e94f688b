"""The shares of an export: who else may read it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from lumber.api.access.guarded_route import GuardedRoute
from lumber.api.access.needs import Needs
from lumber.api.auditing import ActorDep
from lumber.api.documents import answers
from lumber.api.service import ServiceDep
from lumber.exports.metadata import ShareRecord
from lumber.exports.sharing import MOST_SHARES, list_shares, set_shares
from lumber.identity.rights import Role, Scope
from lumber.store.database import Database

router = APIRouter(prefix="/export", tags=["exports"], route_class=GuardedRoute)

_WANTED = {"users": ["ann"], "roles": ["viewer"]}
_AT = {"created_at": "2026-11-29T12:00:00Z", "created_by": "ada"}
_ID = "4c0c8bd4-9d6f-4f0f-8a53-6f4b1d0f6a55"
_SHARES = {
    "shares": [
        {"user_id": _ID, "user_name": "ann", "role": None, **_AT},
        {"user_id": None, "user_name": None, "role": "viewer", **_AT},
    ]
}
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class ShareList(BaseModel):
    """Everybody else who may read an export, besides admins."""

    shares: list[ShareRecord]


class WantedShares(BaseModel):
    """Who may read an export from now on."""

    model_config = ConfigDict(extra="forbid")

    users: list[Name] = Field(default=[], max_length=MOST_SHARES, description="Names of accounts.")
    roles: list[Role] = Field(default=[], max_length=MOST_SHARES, description="Roles.")


SharesBody = Annotated[
    WantedShares,
    Body(
        openapi_examples={
            "an account and a role": {"value": _WANTED},
            "nobody": {"value": {"users": [], "roles": []}},
        }
    ),
]


@router.get(
    "/{export_id}/shares",
    dependencies=[Needs(Scope.EXPORTS_WRITE)],
    summary="List the shares of an export",
    responses=answers("export_not_found", example=_SHARES),
)
async def get_shares(export_id: str, service: ServiceDep) -> ShareList:
    """Return the accounts and roles that may read an export. Only its owner and admins see them."""
    async with service.database.session() as session:
        return ShareList(shares=list(await list_shares(session, export_id)))


@router.put(
    "/{export_id}/shares",
    dependencies=[Needs(Scope.EXPORTS_WRITE)],
    summary="Share an export",
    responses=answers(
        "bad_request",
        "body_too_large",
        "config_invalid",
        "origin_refused",
        "export_not_found",
        "audit_failed",
        example=_SHARES,
    ),
)
async def put_shares(export_id: str, shares: SharesBody, service: ServiceDep, by: ActorDep) -> ShareList:
    """Replace all shares of an export. Who has one may read and download the export, and not change it."""

    async def change(database: Database) -> ShareList:
        async with database.session() as session:
            found = await set_shares(session, export_id, shares.users, shares.roles, by=by)
            return ShareList(shares=list(found))

    return await service.change(change)
