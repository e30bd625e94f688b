"""Calls for the rows of a completed export: a page of them, and one in full."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from lumber.api.access.guarded_route import GuardedRoute
from lumber.api.access.needs import Needs
from lumber.api.access.policing import require_destination
from lumber.api.auditing import ActorDep
from lumber.api.documents import answers
from lumber.api.limits.slots import Held
from lumber.api.metering import Meter
from lumber.api.row_reports import RowPage
from lumber.api.service import Service, ServiceDep
from lumber.audit.actor import Actor
from lumber.audit.download import Download
from lumber.dataset.rows.conditions import Conditions, parse_conditions
from lumber.dataset.rows.looking import look
from lumber.dataset.rows.table import RowTable
from lumber.errors import ConfigError, FieldProblem
from lumber.exports.audited import export_target, viewed_line
from lumber.exports.viewing import ViewedDataset
from lumber.identity.rights import Scope

router = APIRouter(prefix="/export", tags=["files"], route_class=GuardedRoute)

MOST_ROWS = 200
# A search that finds little ends after this time, and says how far it looked.
LOOK_SECONDS = 0.8
_PAGE_CHARACTERS = 500
_LONGEST_FILTERS = 10_000
_LONGEST_SEARCH = 500
_MOST_PLACE = 2**53 - 1
# No control characters.
_TEXT = r"^[^\x00-\x1f\x7f]*$"
_REFUSED = (
    "export_not_found",
    "export_file_not_found",
    "export_state",
    "config_invalid",
    "policy_refused",
    "quota_exceeded",
    "dataset_damaged",
    "audit_failed",
)
_SPLIT = {"name": "train", "rows": 1000000}
_PAGE = {
    "kind": "logs",
    "split": "train",
    "total": 1000000,
    "tables": [{"name": "logs", "rows": 1000000, "is_derived": False, "splits": [_SPLIT]}],
    "columns": [
        {
            "name": "log_level",
            "type": "string",
            "is_nullable": True,
            "is_json": False,
            "operators": [{"name": "eq", "label": "is"}],
        }
    ],
    "rows": [
        {
            "place": 0,
            "split": "train",
            "file": "logs/train-00000-of-00001.parquet",
            "values": {"id": 1, "timestamp": "2026-01-31T12:00:00.000000Z", "log_level": "ERROR"},
            "cut": [],
        }
    ],
    "looked": 1,
    "next": 1,
}

KindQuery = Annotated[
    str | None,
    Query(
        max_length=200,
        pattern=_TEXT,
        description="Data type, or table that was made of one. By default the first.",
    ),
]
SplitQuery = Annotated[
    str | None, Query(max_length=200, pattern=_TEXT, description="Only rows of this split. By default all.")
]
PlaceQuery = Annotated[
    int, Query(ge=0, le=_MOST_PLACE, description="Number of the first row to look at, from 0.")
]
SearchQuery = Annotated[
    str | None,
    Query(max_length=_LONGEST_SEARCH, description="Only rows with this text in any column, in any case."),
]
FiltersQuery = Annotated[
    str | None,
    Query(
        max_length=_LONGEST_FILTERS,
        description="Only rows that meet these conditions: a JSON object as `filters` of an export, such as "
        '`{"log_level": "ERROR", "id": {"gte": 5}}`. `columns` of the answer has the operators.',
    ),
]


@router.get(
    "/{export_id}/rows",
    dependencies=[Needs(Scope.EXPORTS_READ, holds=Held.DOWNLOAD)],
    summary="List rows",
    response_model=RowPage,
    responses=answers(*_REFUSED, example=_PAGE),
)
async def list_rows(
    export_id: str,
    request: Request,
    service: ServiceDep,
    by: ActorDep,
    kind: KindQuery = None,
    split: SplitQuery = None,
    place: PlaceQuery = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS, description="Maximum rows per page.")] = 50,
    search: SearchQuery = None,
    filters: FiltersQuery = None,
) -> Response:
    """Return one page of the dataset's rows, from a place on. Long texts are cut.

    With a search or filters, a page ends after about a second: `looked` says how many rows it looked at, and
    `next` where to look further.
    """
    await require_destination(service, request)
    viewed = await service.row_views.find(service.ledger, export_id)
    table, conditions = _chosen(viewed, kind, split, search, filters, place)
    reader = viewed.reader(table, service.settings.read_limits)
    found = await service.row_views.read(
        partial(
            look,
            reader,
            conditions,
            place,
            limit,
            seconds=LOOK_SECONDS,
            most_characters=_PAGE_CHARACTERS,
        )
    )
    page = RowPage.from_look(viewed.tables, table, split, found)
    return await _sent(service, by, export_id, table.name, page)


def _chosen(
    viewed: ViewedDataset,
    kind: str | None,
    split: str | None,
    search: str | None,
    filters: str | None,
    place: int,
) -> tuple[RowTable, Conditions]:
    """Return what is asked for. Raises ConfigError."""
    table = viewed.table(kind, split)
    require_place(table, place)
    return table, parse_conditions(table.fields, search, filters)


def require_place(table: RowTable, place: int) -> None:
    """Raise ConfigError unless a table has a row at a place, or no row at all."""
    last = max(0, table.rows - 1)
    if place > last:
        message = f"is after the last row, {last:,}"
        raise ConfigError([FieldProblem("place", place, message, (f"0 to {last}",))])


async def _sent(service: Service, by: Actor, export_id: str, table: str, answer: BaseModel) -> Response:
    """Return an answer with rows, once its viewing is recorded, and counted for the quotas.

    Raises AuditFailed and QuotaExceeded.
    """
    content = answer.model_dump_json().encode()
    target = export_target(export_id)
    await Meter.begin(service, Download(by, target, table, size_bytes=len(content)))
    viewing = (by.id or "", by.key_id or "", export_id, table)
    if service.viewings.is_new(*viewing):
        await service.record(viewed_line(by, export_id, table))
    service.viewings.keep(*viewing)
    # The rows under a place never change, but they can be deleted, and shares can end.
    headers = {"Cache-Control": "private, no-store"}
    return Response(content, media_type="application/json", headers=headers)
