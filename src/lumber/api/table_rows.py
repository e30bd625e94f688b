"""Calls for the rows of the database's tables: a page, one in full, and what the columns are like."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel

from lumber.api.access.guarded_route import GuardedRoute
from lumber.api.access.needs import Needs
from lumber.api.access.policing import require_allowed, require_whole_rows
from lumber.api.access.refusals import require_kinds
from lumber.api.auditing import ActorDep
from lumber.api.disconnect import while_connected
from lumber.api.documents import answers
from lumber.api.limits.slots import Held
from lumber.api.metering import Meter
from lumber.api.row_views import TEXT
from lumber.api.service import Service, ServiceDep
from lumber.api.table_examples import HEADS, PAGE, ROW
from lumber.audit.actor import Actor
from lumber.audit.download import Download
from lumber.errors import ConfigError, FieldProblem
from lumber.exports.audited import table_target, table_viewed_line
from lumber.exports.browsing.heads import heads_of_table
from lumber.exports.browsing.pages import page_of_table, parse_key, row_of_table
from lumber.exports.browsing.reports import TableHeads, TablePage, TableRowDetail
from lumber.exports.browsing.tables import OpenTable, open_table
from lumber.exports.config import ExportConfig
from lumber.exports.guests import sourced
from lumber.exports.parsing import parse_config
from lumber.exports.row_pages import LOOK_SECONDS, MOST_ROWS
from lumber.exports.visibility import kinds_read
from lumber.identity.rights import Scope
from lumber.sources.registry import NAME_PATTERN
from lumber.store.database import Database

router = APIRouter(prefix="/datasets", tags=["datasets"], route_class=GuardedRoute)

T = TypeVar("T")

_HEADS_SECONDS = 2.0
_REFUSED = (
    "config_invalid",
    "policy_refused",
    "quota_exceeded",
    "preview_timeout",
    "audit_failed",
    "source_unmapped",
    "source_table_changed",
    "source_unfit",
    "source_denied",
    "database_error",
)
_NEEDS = Needs(Scope.EXPORTS_WRITE, holds=Held.DOWNLOAD)

FiltersQuery = Annotated[
    str | None,
    Query(
        max_length=10_000,
        description="Only rows that meet these conditions: a JSON object as `filters` of an export. "
        "`columns` of the answer has the operators.",
    ),
]


@dataclass(frozen=True, slots=True)
class Browsing:
    """A table that somebody may look at, and who looks."""

    service: Service
    by: Actor
    request: Request
    kind: str
    source: str | None

    async def ask(
        self,
        look: Callable[[OpenTable], Awaitable[T]],
        filters: str | None = None,
        *,
        is_descending: bool = False,
    ) -> T:
        """Return what a look at the table returns. Raises PolicyRefused, ConfigError and PreviewTimeout."""
        config = _config(self.kind, self.source, filters)
        async with sourced(config, self.service.database):
            await require_kinds(self.service, self.request, kinds_read(config))
            await require_whole_rows(self.service, self.request, self.kind)
            await require_allowed(self.service, self.request, config)

        async def work(database: Database) -> T:
            async with open_table(config, database, is_descending=is_descending) as table:
                return await look(table)

        return await while_connected(self.request, self.service.previews.ask(work))

    async def send(self, answer: BaseModel) -> Response:
        """Return an answer with rows, once its viewing is recorded, and counted for the quotas."""
        content = answer.model_dump_json().encode()
        target = table_target(self.kind, self.source)
        await Meter.begin(self.service, Download(self.by, target, self.kind, size_bytes=len(content)))
        viewing = (self.by.id or "", self.by.key_id or "", *target)
        if self.service.viewings.is_new(*viewing):
            await self.service.record(table_viewed_line(self.by, self.kind, self.source))
        self.service.viewings.keep(*viewing)
        headers = {"Cache-Control": "private, no-store"}
        return Response(content, media_type="application/json", headers=headers)


async def get_browsing(
    kind: str,
    service: ServiceDep,
    by: ActorDep,
    request: Request,
    source: Annotated[
        str | None,
        Query(
            pattern=NAME_PATTERN,
            description="Source whose mapped table is meant. By default the service's database.",
        ),
    ] = None,
) -> Browsing:
    """Return the table that a call names."""
    return Browsing(service, by, request, kind, source)


BrowsingDep = Annotated[Browsing, Depends(get_browsing)]


@router.get(
    "/{kind}/rows",
    dependencies=[_NEEDS],
    summary="List rows of a table",
    response_model=TablePage,
    responses=answers(*_REFUSED, example=PAGE),
)
async def list_table_rows(
    browsing: BrowsingDep,
    after: Annotated[
        str | None, Query(max_length=50, description="Place to go on from: `next` of the page before.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS, description="Maximum rows per page.")] = 50,
    search: Annotated[
        str | None,
        Query(
            max_length=500,
            pattern=TEXT,
            description="Only rows with this text in a column, in any case. Times aren't searched.",
        ),
    ] = None,
    filters: FiltersQuery = None,
    order: Annotated[
        Literal["desc", "asc"], Query(description="Order of the rows' times: latest or earliest first.")
    ] = "desc",
) -> Response:
    """Return one page of the rows of a data type as they are stored, latest first. Long texts are cut.

    With a search or filters, a page ends after about a second: `looked` says how many rows it looked at, and
    `next` where to look further. Whoever calls must be allowed to preview the data type, and no policy may
    limit which of its rows or columns they see.
    """
    key = parse_key(after)

    async def look(table: OpenTable) -> TablePage:
        return await page_of_table(
            table, key, limit, search or None, source=browsing.source, seconds=LOOK_SECONDS
        )

    return await browsing.send(await browsing.ask(look, filters, is_descending=order == "desc"))


@router.get(
    "/{kind}/rows/one",
    dependencies=[_NEEDS],
    summary="Show a row of a table",
    response_model=TableRowDetail,
    responses=answers(*_REFUSED, example=ROW),
)
async def get_table_row(
    browsing: BrowsingDep,
    row: Annotated[int, Query(ge=-(2**63), le=2**63 - 1, description="Id of the row.")],
) -> Response:
    """Return one row in full, as it is stored. Texts of more than 200,000 characters are cut."""

    async def look(table: OpenTable) -> TableRowDetail:
        return await row_of_table(table, row)

    return await browsing.send(await browsing.ask(look))


@router.get(
    "/{kind}/rows/columns",
    dependencies=[_NEEDS],
    summary="Describe the columns of a table",
    response_model=TableHeads,
    responses=answers(*_REFUSED, example=HEADS),
)
async def describe_table_columns(browsing: BrowsingDep) -> Response:
    """Return nulls, histograms and frequent values of each column.

    Of a table with many rows they are those of a sample; `note` says of which rows.
    """

    async def look(table: OpenTable) -> TableHeads:
        return await heads_of_table(table, seconds=_HEADS_SECONDS)

    return await browsing.send(await browsing.ask(look, is_descending=True))


def _config(kind: str, source: str | None, filters: str | None) -> ExportConfig:
    """Return the export that would read these rows: its checks and rules are those of the table."""
    conditions: Any = {}
    if filters:
        try:
            conditions = json.loads(filters)
        except (ValueError, RecursionError) as error:
            raise ConfigError([FieldProblem("filters", filters, f"is not JSON ({error})")]) from None
    chosen = {} if source is None else {"source": source}
    return parse_config({"data_types": [kind], "filters": conditions, **chosen})
