"""The data types that can be exported, with their columns and filters."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.exceptions import HTTPException

from lumber.api.access.guarded_route import GuardedRoute
from lumber.api.access.needs import Needs
from lumber.api.access.policing import get_judge, recorded, without_hidden_values
from lumber.api.access.principal import PrincipalDep
from lumber.api.documents import answers
from lumber.api.service import ServiceDep
from lumber.catalog.registry import all_kinds
from lumber.exports.inventory import KindDetails, KindSummary
from lumber.identity.rights import Scope

router = APIRouter(prefix="/datasets", tags=["datasets"], route_class=GuardedRoute)

_DATASET = {
    "kind": "logs",
    "title": "Logs",
    "description": "Log lines of devices and services.",
    "rows": 1_000_000,
    "is_estimate": False,
    "first": "2026-01-01T00:00:00.000000Z",
    "last": "2026-01-31T23:59:59.000000Z",
}
_DETAILS = {
    **_DATASET,
    "time_column": "timestamp",
    "process_column": "process_name",
    "level_column": "log_level",
    "columns": [
        {
            "name": "message",
            "type": "string",
            "is_nullable": False,
            "is_json": False,
            "description": "The text of the line.",
        }
    ],
    "added": {
        "deduplicate": [
            {
                "name": "repeat_count",
                "type": "int64",
                "is_nullable": False,
                "is_json": False,
                "description": "Number of repeated lines that this line replaces.",
            }
        ]
    },
    "filters": [
        {
            "name": "process_name",
            "type": "text",
            "operators": ["eq", "ne", "in", "not_in", "contains", "starts_with", "is_null"],
            "allowed": [],
            "description": "The program that wrote the line.",
            "known": {
                "values": [{"value": "sshd", "rows": 412_345}, {"value": "cron", "rows": 98_765}],
                "total": 2,
                "is_estimate": True,
                "is_complete": True,
            },
        }
    ],
}


@router.get(
    "",
    dependencies=[Needs(Scope.SOURCES_READ)],
    summary="List data types",
    responses=answers(example=[_DATASET]),
)
async def list_datasets(service: ServiceDep, principal: PrincipalDep) -> list[KindSummary]:
    """Return every data type that the API key may use, with its number of rows and its time range."""
    return await service.inventory.datasets(service.database, only=principal.kinds)


@router.get(
    "/{kind}",
    dependencies=[Needs(Scope.EXPORTS_WRITE)],
    summary="Describe a data type",
    responses=answers("not_found", "config_invalid", "policy_refused", example=_DETAILS),
)
async def get_dataset(
    kind: str,
    service: ServiceDep,
    request: Request,
    search: Annotated[
        str,
        Query(
            max_length=200,
            description="Return only known values that contain this text, in any case.",
        ),
    ] = "",
    limit: Annotated[
        int, Query(ge=0, le=20_000, description="Maximum number of known values per column.")
    ] = 1_000,
) -> KindDetails:
    """Return the columns, the filters with their operators, and known values, most common first.

    In large tables, the rows of each value are estimated from a sample and cached for a few seconds. Filters
    and values that the export policies of the account don't allow are left out.
    """
    if kind not in all_kinds():
        raise HTTPException(
            404, f"There is no data type {kind!r}. Known data types: {', '.join(all_kinds())}."
        )
    judge = await get_judge(service, request)
    await recorded(service, request, lambda: judge.require_kind(kind))
    details = await service.inventory.dataset(service.database, kind, search=search, limit=limit)
    return without_hidden_values(details, judge)
