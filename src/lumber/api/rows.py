"""Calls for the rows of a completed export: pages, one in full, columns, rejected rows, and explanations."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from lumber.api.access.guarded_route import GuardedRoute
from lumber.api.access.needs import Needs
from lumber.api.documents import answers
from lumber.api.limits.slots import Held
from lumber.api.row_examples import EXPLAINED, HEADS, ONE, PAGE, REJECTS
from lumber.api.row_explaining import explained
from lumber.api.row_views import TEXT, TableDep, ViewingDep
from lumber.dataset.rows.rejects import RejectLook, look_at_rejects
from lumber.dataset.rows.sorting import rows_at
from lumber.errors import ConfigError, FieldProblem
from lumber.exports.explaining.explanation import Explanation
from lumber.exports.row_pages import (
    LOOK_SECONDS,
    MOST_ROWS,
    PAGE_CHARACTERS,
    RowQuery,
    page_of_rows,
    require_place,
)
from lumber.exports.row_reports import HeadsReport, RejectPage, RowDetail, RowPage
from lumber.identity.rights import Scope

router = APIRouter(prefix="/export", tags=["files"], route_class=GuardedRoute)

_ROW_CHARACTERS = 200_000
_LONGEST_FILTERS = 10_000
_LONGEST_SEARCH = 500
_MOST_PLACE = 2**53 - 1
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
_NEEDS = Needs(Scope.EXPORTS_READ, holds=Held.DOWNLOAD)

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


DataTypeQuery = Annotated[
    str | None, Query(max_length=200, pattern=TEXT, description="Data type. By default the first.")
]


@router.get(
    "/{export_id}/rows",
    dependencies=[_NEEDS],
    summary="List rows",
    response_model=RowPage,
    responses=answers(*_REFUSED, example=PAGE),
)
async def list_rows(
    chosen: TableDep,
    place: PlaceQuery = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS, description="Maximum rows per page.")] = 50,
    search: SearchQuery = None,
    filters: FiltersQuery = None,
    sort: Annotated[
        str | None,
        Query(
            max_length=200,
            pattern=TEXT,
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
    viewing = chosen.viewing
    query = RowQuery(
        chosen.table.name, chosen.split, place, limit, search, filters, sort, is_descending=order == "desc"
    )
    service = viewing.service
    page = await page_of_rows(service.row_views, viewing.dataset, query, service.settings.read_limits)
    return await chosen.send(page)


@router.get(
    "/{export_id}/rows/one",
    dependencies=[_NEEDS],
    summary="Show a row",
    response_model=RowDetail,
    responses=answers(*_REFUSED, example=ONE),
)
async def get_row(
    chosen: TableDep,
    place: PlaceQuery = 0,
) -> Response:
    """Return one row in full. Texts of more than 200,000 characters are cut."""
    table = chosen.table
    require_place(table, place)
    if not table.rows:
        raise ConfigError([FieldProblem("place", place, f"{table.name} has no rows")])
    work = partial(rows_at, chosen.reader, [place], _ROW_CHARACTERS)
    found = await chosen.viewing.service.row_views.read(work)
    return await chosen.send(RowDetail.from_table(table, found[place]))


@router.get(
    "/{export_id}/rows/columns",
    dependencies=[_NEEDS],
    summary="Describe the columns",
    response_model=HeadsReport,
    responses=answers(*_REFUSED, example=HEADS),
)
async def describe_columns(
    chosen: TableDep,
) -> Response:
    """Return nulls, histograms and frequent values of each column.

    Of a table with many rows they are those of a sample; `note` says of which rows.
    """
    viewing, name, split = chosen.viewing, chosen.table.name, chosen.split
    service = viewing.service
    heads = await service.row_views.heads(viewing.dataset, name, split, service.settings.read_limits)
    return await chosen.send(HeadsReport.from_heads(name, split, heads))


@router.get(
    "/{export_id}/rows/rejects",
    dependencies=[_NEEDS],
    summary="List rejected rows",
    response_model=RejectPage,
    responses=answers(*_REFUSED, example=REJECTS),
)
async def list_rejected_rows(
    viewing: ViewingDep,
    kind: DataTypeQuery = None,
    place: Annotated[
        int,
        Query(ge=0, le=_MOST_PLACE, description="Where the page begins: 0, or `next` of the page before."),
    ] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS, description="Maximum rows per page.")] = 50,
    rule: Annotated[
        str | None,
        Query(max_length=200, pattern=TEXT, description="Only rows that broke this rule: `column.rule`."),
    ] = None,
    search: SearchQuery = None,
) -> Response:
    """Return one page of rejected rows, each with the rule that it broke.

    `GET /export/{export_id}/rejects` sends all of them.
    """
    viewed = viewing.dataset
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
                most_characters=PAGE_CHARACTERS,
            )

    found = await viewing.service.row_views.read(read)
    return await viewing.send(rejects.path, RejectPage.from_look(name, rejects, found))


@router.get(
    "/{export_id}/rows/explain",
    dependencies=[_NEEDS],
    summary="Explain a row",
    response_model=Explanation,
    responses=answers(
        *_REFUSED,
        "preview_timeout",
        "source_unmapped",
        "source_table_changed",
        "source_unfit",
        "source_denied",
        "database_error",
        example=EXPLAINED,
    ),
)
async def explain_row(
    viewing: ViewingDep,
    request: Request,
    row: Annotated[int, Query(ge=-(2**63), le=2**63 - 1, description="Id of the row in the database.")],
    kind: DataTypeQuery = None,
    place: PlaceQuery = 0,
) -> Response:
    """Say what became of a row: where it was written, or why it isn't in the dataset.

    A row that isn't in the dataset is looked for in the database, if the caller may preview the export. A
    look into the files ends after about a second; with `unfinished`, ask again with `next` as `place`.
    """
    name = viewing.dataset.kind(kind)
    return await viewing.send(name, await explained(viewing, request, name, row, place))
