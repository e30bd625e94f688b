"""Sources: list, register, map and remove the databases of other programs that rows are read from."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Response

from lumber.api.access.guarded_route import GuardedRoute
from lumber.api.access.needs import Needs
from lumber.api.access.principal import PrincipalDep
from lumber.api.auditing import ActorDep
from lumber.api.documents import answers
from lumber.api.service import ServiceDep
from lumber.api.source_reports import (
    ADDED,
    CHECKED,
    DATASET,
    GIVEN,
    MAPPING,
    SOURCE,
    AddedSource,
    CheckReport,
    KeptMapping,
    MappingText,
    NewSource,
    SourceList,
    SourceReport,
    Suggestion,
)
from lumber.catalog.registry import declaring, get_kind
from lumber.dataset.layout import output_errors
from lumber.exports.inventory import MappedKind
from lumber.identity.rights import Scope
from lumber.sources.adding import checked, keep, register
from lumber.sources.guest import require_mapped
from lumber.sources.password import keep_password
from lumber.sources.registry import Source, find_source, list_sources, remove_source
from lumber.sources.suggesting import suggest

router = APIRouter(prefix="/sources", tags=["sources"], route_class=GuardedRoute)

SourceBody = Annotated[NewSource, Body(openapi_examples={"database": {"value": GIVEN}})]
MappingBody = Annotated[MappingText, Body(openapi_examples={"logs": {"value": {"text": MAPPING}}})]
_READING = (
    "bad_request",
    "body_too_large",
    "config_invalid",
    "origin_refused",
    "source_not_found",
    "source_denied",
    "source_unfit",
)


@router.get(
    "",
    dependencies=[Needs(Scope.EXPORTS_READ)],
    summary="List sources",
    responses=answers(example={"sources": [SOURCE]}),
)
async def get_sources(service: ServiceDep) -> SourceList:
    """Return all sources by name, without passwords."""
    async with service.database.session() as session:
        found = await list_sources(session)
    return SourceList(sources=[SourceReport.of(each) for each in found])


@router.post(
    "",
    dependencies=[Needs(Scope.ADMIN)],
    status_code=201,
    summary="Register a source",
    responses=answers(
        "bad_request",
        "body_too_large",
        "config_invalid",
        "origin_refused",
        "audit_failed",
        "source_unfit",
        "output_unwritable",
        example=ADDED,
        success=201,
    ),
)
async def post_source(source: SourceBody, service: ServiceDep, by: ActorDep) -> AddedSource:
    """Reach a database of PostgreSQL, MySQL or MariaDB, and register it. The password is never returned."""
    url, data_dir = source.address(), service.settings.data_dir
    with output_errors(data_dir):
        password = await asyncio.to_thread(keep_password, data_dir, source.password.get_secret_value())
    try:
        added, tables = await register(
            service.database,
            source.name,
            url,
            password,
            statement_seconds=source.statement_seconds,
            by=by,
        )
    except BaseException:
        password.discard()
        raise
    return AddedSource.with_tables(added, tables)


@router.get(
    "/{name}",
    dependencies=[Needs(Scope.EXPORTS_READ)],
    summary="Show a source",
    responses=answers("source_not_found", example=SOURCE),
)
async def get_source(name: str, service: ServiceDep) -> SourceReport:
    """Return a source by its name, in any case."""
    async with service.database.session() as session:
        return SourceReport.of(await find_source(session, name))


@router.get(
    "/{name}/datasets",
    dependencies=[Needs(Scope.EXPORTS_READ)],
    summary="List data types of a source",
    responses=answers("source_not_found", example=[DATASET]),
)
async def get_source_datasets(name: str, service: ServiceDep, principal: PrincipalDep) -> list[MappedKind]:
    """Return the data types that a source is mapped to, with their columns and filters.

    They include columns and data types that its mappings declare. The source isn't opened.
    """
    async with service.database.session() as session:
        source = await find_source(session, name)
    with declaring(source.name, source.declarations):
        return [MappedKind.of(get_kind(kind)) for kind in source.mappings if principal.may_use(kind)]


@router.get(
    "/{name}/suggestion",
    dependencies=[Needs(Scope.ADMIN)],
    summary="Suggest a mapping",
    responses=answers(*_READING, example={"kind": "logs", "text": MAPPING}),
)
async def get_suggestion(
    name: str,
    service: ServiceDep,
    table: Annotated[str, Query(min_length=1, max_length=300, description="Table or view.")],
    data_type: Annotated[
        str, Query(max_length=64, description="logs, anomalies, ips, or a name for one of your own.")
    ] = "logs",
) -> Suggestion:
    """Guess a mapping of a table by the names and types of its columns, to edit."""
    async with service.database.session() as session:
        source = await find_source(session, name)
    return Suggestion(kind=data_type, text=await suggest(source, table, data_type))


@router.post(
    "/{name}/check",
    dependencies=[Needs(Scope.ADMIN)],
    summary="Check a mapping",
    responses=answers(*_READING, example=CHECKED),
)
async def post_check(name: str, mapping: MappingBody, service: ServiceDep) -> CheckReport:
    """Check a mapping, and return rows as it makes them. Nothing is stored."""
    return CheckReport.of(await checked(service.database, name, mapping.parsed()))


@router.get(
    "/{name}/mapping",
    dependencies=[Needs(Scope.ADMIN)],
    summary="Show a mapping",
    responses=answers(
        "config_invalid",
        "source_not_found",
        "source_unmapped",
        example={"kind": "logs", "text": MAPPING},
    ),
)
async def get_mapping(
    name: str,
    service: ServiceDep,
    data_type: Annotated[str, Query(max_length=64, description="A data type that has a mapping.")],
) -> KeptMapping:
    """Return the text of the mapping that makes a data type of a table."""
    async with service.database.session() as session:
        source = await find_source(session, name)
    require_mapped(source, [data_type])
    return KeptMapping(kind=data_type, text=source.mappings[data_type].mapping.text)


@router.put(
    "/{name}/mapping",
    dependencies=[Needs(Scope.ADMIN)],
    summary="Map a table",
    responses=answers(*_READING, "audit_failed", example=CHECKED),
)
async def put_mapping(name: str, mapping: MappingBody, service: ServiceDep, by: ActorDep) -> CheckReport:
    """Check a mapping and keep it, in place of an earlier one of the same data type."""
    _, found = await keep(service.database, name, mapping.parsed(), by=by)
    return CheckReport.of(found)


@router.delete(
    "/{name}",
    dependencies=[Needs(Scope.ADMIN)],
    status_code=204,
    summary="Remove a source",
    responses=answers("origin_refused", "audit_failed", "source_not_found"),
)
async def delete_source(name: str, service: ServiceDep, by: ActorDep) -> Response:
    """Forget a source and its mappings. Its rows stay."""

    async def remove(database: Any) -> Source:
        async with database.session() as session:
            return await remove_source(session, name, by=by)

    (await service.change(remove)).password.discard()
    return Response(status_code=204)
