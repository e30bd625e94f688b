"""What was loaded into the database, and how to take it out again."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from lumber.api.access.guarded_route import GuardedRoute
from lumber.api.access.needs import Needs
from lumber.api.access.principal import PrincipalDep
from lumber.api.auditing import ActorDep
from lumber.api.documents import answers
from lumber.api.ingest_reports import SOURCE, SourceRecord
from lumber.api.service import ServiceDep
from lumber.exports.visibility import sees_everything
from lumber.identity.rights import Scope
from lumber.ingest import deletion, loads

router = APIRouter(prefix="/loads", tags=["ingest"], route_class=GuardedRoute)

_DELETED = {
    "source_id": SOURCE["source_id"],
    "kind": "logs",
    "name": "auth.log",
    "rows_deleted": 799997,
    "addresses_deleted": 120,
    "addresses_updated": 14,
}


class LoadDetails(SourceRecord):
    """One load, with the number of its addresses."""

    addresses: int = Field(description="Addresses that the load added or updated.")


class LoadList(BaseModel):
    """One page of loads, newest first."""

    loads: list[SourceRecord]
    total: int = Field(description="Number of loads on all pages.")
    next_after: str | None = Field(description="Value of `after` for the next page; null on the last page.")


class LoadDeletion(BaseModel):
    """What the deletion of a load changed."""

    source_id: str
    kind: str
    name: str
    rows_deleted: int = Field(description="Log lines or anomalies that were deleted.")
    addresses_deleted: int = Field(description="IP records that only this load had.")
    addresses_updated: int = Field(description="IP records from which the load's part was subtracted.")


@router.get(
    "",
    dependencies=[Needs(Scope.SOURCES_READ)],
    summary="List loads",
    responses=answers(
        "config_invalid", "source_missing", example={"loads": [SOURCE], "total": 1, "next_after": None}
    ),
)
async def list_loads(
    service: ServiceDep,
    principal: PrincipalDep,
    limit: Annotated[int, Query(ge=1, le=1_000, description="Maximum loads per page.")] = 100,
    after: Annotated[
        str | None,
        Query(
            max_length=200,
            description="Continue behind the load with this source id. Default: from the newest.",
        ),
    ] = None,
) -> LoadList:
    """Return one page of loads, newest first. Pages don't move when loads are added or deleted."""
    page = await loads.list_loads(service.database, limit, after, kinds=principal.kinds)
    records = [SourceRecord.from_load(load) for load in page.loads]
    return LoadList(loads=records, total=page.total, next_after=page.next_after)


@router.get(
    "/{source_id}",
    dependencies=[Needs(Scope.SOURCES_READ)],
    summary="Show a load",
    responses=answers("source_missing", example={**SOURCE, "addresses": 134}),
)
async def get_load(source_id: str, service: ServiceDep) -> LoadDetails:
    """Return one load, and the number of addresses that it added or updated."""
    load = await loads.find_load(service.database, source_id)
    return LoadDetails(**SourceRecord.from_load(load).model_dump(), addresses=load.addresses or 0)


@router.delete(
    "/{source_id}",
    dependencies=[Needs(Scope.INGEST_WRITE)],
    summary="Delete a load",
    responses=answers("origin_refused", "source_missing", "load_state", "audit_failed", example=_DELETED),
)
async def delete_load(
    source_id: str, service: ServiceDep, principal: PrincipalDep, by: ActorDep
) -> LoadDeletion:
    """Delete the rows of a load, and what it added to IP records, in one transaction.

    The same content can be loaded anew afterwards. An address that other loads also have keeps their
    sightings and times. No load is deleted while an export is reading rows.
    """
    deleted = await deletion.delete_load(
        service.database, source_id, by=by, names_exports=sees_everything(principal)
    )
    service.inventory.forget()
    return LoadDeletion(**asdict(deleted))
