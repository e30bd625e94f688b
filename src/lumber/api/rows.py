"""Calls for the rows of a completed export: a page of them, one in full, columns, and rejected rows."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from lumber.api.access.guarded_route import GuardedRoute
from lumber.api.access.needs import Needs
from lumber.api.access.policing import require_destination
from lumber.api.auditing import ActorDep
from lumber.api.documents import answers
from lumber.api.limits.slots import Held
from lumber.api.metering import Meter
from lumber.api.row_reports import HeadsReport, RejectPage, RowDetail, RowPage
from lumber.api.service import Service, ServiceDep
from lumber.audit.actor import Actor
from lumber.audit.download import Download
from lumber.dataset.rows.conditions import Conditions, parse_conditions
from lumber.dataset.rows.looking import look
from lumber.dataset.rows.rejects import RejectLook, look_at_rejects
from lumber.dataset.rows.sorting import Order, look_in_order, require_order, rows_at
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
_ROW_CHARACTERS = 200_000
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
_PAGE: dict[str, Any] = {
    "kind": "logs",
    "split": "train",
    "total": 1000000,
    "tables": [{"name": "logs", "rows": 1000000, "is_derived": False, "splits": [_SPLIT], "rejected": 1}],
    "columns": [
        {
            "name": "log_level",
            "type": "string",
            "is_nullable": True,
            "is_json": False,
            "operators": [{"name": "eq", "label": "is"}],
            "is_sortable": True,
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
    "sort_refusal": None,
}

_ONE = {
    **_PAGE["rows"][0],
    "kind": "logs",
    "columns": _PAGE["columns"],
    "raw_column": None,
}
_HEADS = {
    "kind": "logs",
    "split": "train",
    "looked": 1000000,
    "total": 1000000,
    "note": None,
    "columns": [
        {
            "name": "log_level",
            "nulls": 12,
            "distinct": 5,
            "minimum": None,
            "maximum": None,
            "bins": [],
            "outside": 0,
            "top": [{"value": "INFO", "rows": 800000}],
        }
    ],
}
_REJECTS = {
    "kind": "logs",
    "total": 1,
    "rules": [{"column": "device_ip", "rule": "is_address", "rows": 1}],
    "rows": [
        {
            "place": 0,
            "id": 7,
            "rule": "is_address",
            "column": "device_ip",
            "value": "10.0.0.300",
            "reason": "is not an address",
            "is_cut": False,
        }
    ],
    "looked": 1,
    "next": None,
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
    sort: Annotated[
        str | None,
        Query(
            max_length=200,
            pattern=_TEXT,
            description="Column to sort by, of a table and split with few rows: `sort_refusal` says why not. "
            "`place` is then the number among the sorted rows.",
        ),
    ] = None,
    order: Annotated[Literal["asc", "desc"], Query(description="Direction of `sort`.")] = "asc",
) -> Response:
    """Return one page of the dataset's rows, from a place on. Long texts are cut.

    With a search or filters, a page ends after about a second: `looked` says how many rows it looked at, and
    `next` where to look further.
    """
    await require_destination(service, request)
    viewed = await service.row_views.find(service.ledger, export_id)
    table, conditions = _chosen(viewed, kind, split, search, filters, place)
    reader = viewed.reader(table, service.settings.read_limits)
    if sort is None:
        work = partial(
            look, reader, conditions, place, limit, seconds=LOOK_SECONDS, most_characters=_PAGE_CHARACTERS
        )
    else:
        require_order(table, sort)
        by_column = Order(sort, is_descending=order == "desc")
        work = partial(
            look_in_order, reader, conditions, by_column, place, limit, most_characters=_PAGE_CHARACTERS
        )
    found = await service.row_views.read(work)
    page = RowPage.from_look(viewed, table, split, found)
    return await _sent(service, by, export_id, table.name, page)


@router.get(
    "/{export_id}/rows/one",
    dependencies=[Needs(Scope.EXPORTS_READ, holds=Held.DOWNLOAD)],
    summary="Show a row",
    response_model=RowDetail,
    responses=answers(*_REFUSED, example=_ONE),
)
async def get_row(
    export_id: str,
    request: Request,
    service: ServiceDep,
    by: ActorDep,
    kind: KindQuery = None,
    split: SplitQuery = None,
    place: PlaceQuery = 0,
) -> Response:
    """Return one row in full. Texts of more than 200,000 characters are cut."""
    await require_destination(service, request)
    viewed = await service.row_views.find(service.ledger, export_id)
    table = viewed.table(kind, split)
    require_place(table, place)
    if not table.rows:
        raise ConfigError([FieldProblem("place", place, f"{table.name} has no rows")])
    reader = viewed.reader(table, service.settings.read_limits)
    found = await service.row_views.read(partial(rows_at, reader, [place], _ROW_CHARACTERS))
    detail = RowDetail.from_table(table, found[place])
    return await _sent(service, by, export_id, table.name, detail)


@router.get(
    "/{export_id}/rows/columns",
    dependencies=[Needs(Scope.EXPORTS_READ, holds=Held.DOWNLOAD)],
    summary="Describe the columns",
    response_model=HeadsReport,
    responses=answers(*_REFUSED, example=_HEADS),
)
async def describe_columns(
    export_id: str,
    request: Request,
    service: ServiceDep,
    by: ActorDep,
    kind: KindQuery = None,
    split: SplitQuery = None,
) -> Response:
    """Return nulls, histograms and frequent values of each column.

    Of a table with many rows they are those of a sample; `note` says of which rows.
    """
    await require_destination(service, request)
    viewed = await service.row_views.find(service.ledger, export_id)
    name = viewed.table(kind, split).name
    heads = await service.row_views.heads(viewed, name, split, service.settings.read_limits)
    return await _sent(service, by, export_id, name, HeadsReport.from_heads(name, split, heads))


@router.get(
    "/{export_id}/rows/rejects",
    dependencies=[Needs(Scope.EXPORTS_READ, holds=Held.DOWNLOAD)],
    summary="List rejected rows",
    response_model=RejectPage,
    responses=answers(*_REFUSED, example=_REJECTS),
)
async def list_rejected_rows(
    export_id: str,
    request: Request,
    service: ServiceDep,
    by: ActorDep,
    kind: Annotated[
        str | None,
        Query(max_length=200, pattern=_TEXT, description="Data type. By default the first."),
    ] = None,
    place: Annotated[
        int,
        Query(ge=0, le=_MOST_PLACE, description="Where the page begins: 0, or `next` of the page before."),
    ] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS, description="Maximum rows per page.")] = 50,
    rule: Annotated[
        str | None,
        Query(max_length=200, pattern=_TEXT, description="Only rows that broke this rule: `column.rule`."),
    ] = None,
    search: SearchQuery = None,
) -> Response:
    """Return one page of rejected rows, each with the rule that it broke.

    `GET /export/{export_id}/rejects` sends all of them.
    """
    await require_destination(service, request)
    viewed = await service.row_views.find(service.ledger, export_id)
    name = viewed.kind(kind)
    rejects = viewed.rejects[name]
    if rule is not None and rule not in rejects.by_rule:
        message = f"no row of {name} broke {rule!r}"
        raise ConfigError([FieldProblem("rule", rule, message, tuple(rejects.by_rule))])

    def read() -> RejectLook:
        if rejects.size_bytes is None:
            return RejectLook()
        with viewed.dataset.open(rejects.path, rejects.size_bytes) as file:
            return look_at_rejects(
                file,
                place,
                limit,
                rule=rule,
                search=search or None,
                seconds=LOOK_SECONDS,
                most_characters=_PAGE_CHARACTERS,
            )

    found = await service.row_views.read(read)
    page = RejectPage.from_look(name, rejects, found)
    return await _sent(service, by, export_id, rejects.path, page)


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
