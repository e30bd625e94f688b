"""The history of exports: filtered, sorted and paged."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from lumber.api.access.guarded_route import GuardedRoute
from lumber.api.access.needs import Needs
from lumber.api.access.principal import PrincipalDep
from lumber.api.documents import answers
from lumber.api.examples import EXPORT
from lumber.api.service import ServiceDep
from lumber.catalog.registry import all_kinds
from lumber.errors import ConfigError, FieldProblem
from lumber.exports.history import HistoryQuery, Order, find_exports
from lumber.exports.metadata import ExportMetadata
from lumber.exports.naming import MAX_TAGS, Tag, checked_tags
from lumber.exports.options.json_types import MOMENT, words
from lumber.exports.options.moment import in_utc, refuse_number
from lumber.exports.status import Status
from lumber.identity.rights import Scope

router = APIRouter(prefix="/export", tags=["exports"], route_class=GuardedRoute)


def _known_kind(name: str) -> str:
    known = tuple(all_kinds())
    if name not in known:
        raise ConfigError([FieldProblem("kind", name, f"{name!r} is not a data type", known)])
    return name


def _day_edge(edge: time) -> Callable[[Any], Any]:
    """Convert a date without a time to this edge of its day, as in a config."""

    def convert(value: Any) -> Any:
        refuse_number(value)
        try:
            return datetime.combine(date.fromisoformat(value), edge, tzinfo=UTC)
        except (TypeError, ValueError):
            return value

    return convert


KnownKind = Annotated[str, AfterValidator(_known_kind), WithJsonSchema(words(*all_kinds()))]
From = Annotated[
    datetime, BeforeValidator(_day_edge(time.min)), AfterValidator(in_utc), WithJsonSchema(MOMENT)
]
To = Annotated[datetime, BeforeValidator(_day_edge(time.max)), AfterValidator(in_utc), WithJsonSchema(MOMENT)]


@router.get(
    "/",
    dependencies=[Needs(Scope.EXPORTS_READ)],
    summary="List exports",
    responses=answers(
        "config_invalid", example=[EXPORT], headers={"X-Total-Count": "Number of exports on all pages."}
    ),
)
async def list_exports(
    service: ServiceDep,
    principal: PrincipalDep,
    response: Response,
    status: Annotated[
        list[Status] | None, Query(description="Only exports with one of these statuses.")
    ] = None,
    kind: Annotated[KnownKind | None, Query(description="Only exports that include this data type.")] = None,
    text: Annotated[
        str | None,
        Query(max_length=200, description="Text in the id, name, tags, note, folder, error or config."),
    ] = None,
    tag: Annotated[
        list[Tag] | None, Query(max_length=MAX_TAGS, description="Only exports with all of these tags.")
    ] = None,
    created_from: Annotated[From | None, Query(description="Inclusive. UTC without a zone.")] = None,
    created_to: Annotated[
        To | None,
        Query(description="Inclusive. UTC without a zone. A date without a time includes the whole day."),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="Maximum exports per page.")] = 100,
    offset: Annotated[int, Query(ge=0, le=2**31, description="Exports to skip.")] = 0,
    order: Annotated[
        Order,
        Query(
            description="Sort order. Exports without a value come last; equal ones are sorted newest first."
        ),
    ] = Order.NEWEST,
) -> list[ExportMetadata]:
    """Return one page of the history: of the exports that the account or key may see."""
    query = HistoryQuery(
        status or (), kind, text, created_from, created_to, limit, offset, order, checked_tags(tag or ())
    )
    rows, total = await find_exports(service.database, query, principal=principal)
    response.headers["X-Total-Count"] = str(total)
    return list(rows)
