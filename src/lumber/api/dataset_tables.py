"""Tables of Delta and Iceberg that the versions of a dataset are committed to by themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from lumber.api.access.guarded_route import GuardedRoute
from lumber.api.access.needs import Needs
from lumber.api.access.principal import PrincipalDep
from lumber.api.auditing import ActorDep
from lumber.api.documents import answers
from lumber.api.named_datasets import NamePath, owner_of, visible
from lumber.api.service import ServiceDep
from lumber.destinations.registry import NAME_PATTERN
from lumber.destinations.tables.table import TableFormat
from lumber.exports.versions.table_settings import TableSetting, list_tables, remove_tables, set_tables
from lumber.identity.rights import Scope
from lumber.store.database import Database

router = APIRouter(prefix="/named-datasets", tags=["named datasets"], route_class=GuardedRoute)

_TABLE: dict[str, Any] = {
    "format": "delta",
    "to": "lake",
    "committed": 11,
    "latest": 12,
    "failures": 1,
    "error": "s3://lake/plant/tables/delta/logs can't be read or written: the connection was reset.",
    "next_at": "2026-11-29T02:01:41Z",
}
_CHANGES = ("bad_request", "config_invalid", "origin_refused", "audit_failed", "dataset_not_found")

FormatPath = Annotated[TableFormat, Path(description="Format of the tables.")]


class TableReport(BaseModel):
    """Tables of a dataset in one format: each data type has one, and each version is one commit."""

    format: str = Field(description="delta or iceberg.")
    to: str = Field(description="The destination, folder or address with the tables.")
    committed: int | None = Field(description="Number of the last version that the tables have.")
    latest: int | None = Field(description="Number of the latest published version.")
    failures: int = Field(description="Failed attempts since the last commit.")
    error: str | None = Field(description="Why the last attempt failed.")
    next_at: datetime | None = Field(description="Time of the next attempt after a failure.")


class TableList(BaseModel):
    """Tables of a dataset by format."""

    tables: list[TableReport]

    @classmethod
    def of(cls, found: list[TableSetting]) -> TableList:
        """Build the report."""
        return cls(tables=[TableReport(**{name: getattr(each, name) for name in _FIELDS}) for each in found])


_FIELDS = tuple(TableReport.model_fields)


class TableRequest(BaseModel):
    """Where the tables are."""

    model_config = ConfigDict(extra="forbid")

    to: str = Field(pattern=NAME_PATTERN, description="Name of a registered destination.")


TableBody = Annotated[TableRequest, Body(openapi_examples={"a destination": {"value": {"to": "lake"}}})]


@router.get(
    "/{name}/tables",
    dependencies=[Needs(Scope.EXPORTS_READ)],
    summary="List the tables of a dataset",
    responses=answers("dataset_not_found", example={"tables": [_TABLE]}),
)
async def get_tables(name: NamePath, service: ServiceDep, principal: PrincipalDep) -> TableList:
    """Return the tables that versions of the dataset are committed to, and what they lack."""
    await visible(service.database, name, principal)
    async with service.database.session() as session:
        return TableList.of(await list_tables(session, name, owner_of(principal)))


@router.put(
    "/{name}/tables/{format}",
    dependencies=[Needs(Scope.ADMIN)],
    summary="Commit versions to tables",
    responses=answers(*_CHANGES, "body_too_large", "destination_not_found", example={"tables": [_TABLE]}),
)
async def put_tables(
    name: NamePath, format: FormatPath, body: TableBody, service: ServiceDep, by: ActorDep
) -> TableList:
    """Commit each published version of the dataset to tables beside it in a destination.

    Versions that exist come first. A commit that failed is tried again; repeat the call to try at once. No
    version is committed twice.
    """

    async def change(database: Database) -> list[TableSetting]:
        async with database.session() as session:
            return list(await set_tables(session, name, format, body.to, by=by))

    return TableList.of(await service.change(change))


@router.delete(
    "/{name}/tables/{format}",
    dependencies=[Needs(Scope.ADMIN)],
    summary="Stop committing versions to tables",
    status_code=204,
    responses=answers(*_CHANGES),
)
async def delete_tables(name: NamePath, format: FormatPath, service: ServiceDep, by: ActorDep) -> Response:
    """Commit no further version to tables of this format. The tables stay."""

    async def change(database: Database) -> None:
        async with database.session() as session:
            await remove_tables(session, name, format, by=by)

    await service.change(change)
    return Response(status_code=204)
