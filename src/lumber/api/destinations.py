"""Destinations: list, register, check and remove the folders and buckets that datasets are written to."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Response

from lumber.api.access.guarded_route import GuardedRoute
from lumber.api.access.needs import Needs
from lumber.api.auditing import ActorDep
from lumber.api.destination_reports import (
    DESTINATION,
    FOLDER,
    GIVEN,
    DestinationList,
    DestinationReport,
    NewDestination,
)
from lumber.api.documents import answers
from lumber.api.service import ServiceDep
from lumber.destinations.adding import probe_stored, register
from lumber.destinations.managed_secrets import discard_secrets
from lumber.destinations.registry import (
    Destination,
    find_destination,
    list_destinations,
    remove_destination,
)
from lumber.identity.rights import Scope

router = APIRouter(prefix="/destinations", tags=["destinations"], route_class=GuardedRoute)

DestinationBody = Annotated[
    NewDestination, Body(openapi_examples={"bucket": {"value": GIVEN}, "folder": {"value": FOLDER}})
]


@router.get(
    "",
    dependencies=[Needs(Scope.EXPORTS_READ)],
    summary="List destinations",
    responses=answers(example={"destinations": [DESTINATION]}),
)
async def get_destinations(service: ServiceDep) -> DestinationList:
    """Return all destinations by name, without secrets."""
    async with service.database.session() as session:
        found = await list_destinations(session)
    return DestinationList(destinations=[DestinationReport.of(each) for each in found])


@router.post(
    "",
    dependencies=[Needs(Scope.ADMIN)],
    status_code=201,
    summary="Register a destination",
    responses=answers(
        "bad_request",
        "body_too_large",
        "config_invalid",
        "origin_refused",
        "audit_failed",
        "destination_unfit",
        "output_unwritable",
        example=DESTINATION,
        success=201,
    ),
)
async def post_destination(
    destination: DestinationBody, service: ServiceDep, by: ActorDep
) -> DestinationReport:
    """Check what a folder or a bucket promises, and register it.

    The check writes small objects and removes them. It takes seconds. Secrets are never returned.
    """
    settings = service.settings
    wanted = destination.wanted(settings)
    credentials = destination.credentials(wanted, settings)
    try:
        found = await register(service.database, wanted, credentials, umask=settings.file_umask, by=by)
    except BaseException:
        discard_secrets(credentials)
        raise
    return DestinationReport.of(found)


@router.get(
    "/{name}",
    dependencies=[Needs(Scope.EXPORTS_READ)],
    summary="Show a destination",
    responses=answers("destination_not_found", example=DESTINATION),
)
async def get_destination(name: str, service: ServiceDep) -> DestinationReport:
    """Return a destination by its name, in any case."""
    async with service.database.session() as session:
        return DestinationReport.of(await find_destination(session, name))


@router.post(
    "/{name}/probe",
    dependencies=[Needs(Scope.ADMIN)],
    summary="Check a destination again",
    responses=answers("origin_refused", "audit_failed", "destination_not_found", example=DESTINATION),
)
async def post_probe(name: str, service: ServiceDep, by: ActorDep) -> DestinationReport:
    """Check again what a destination promises. The result may be `failing`, with the reason in `message`."""
    umask = service.settings.file_umask
    return DestinationReport.of(await probe_stored(service.database, name, umask=umask, by=by))


@router.delete(
    "/{name}",
    dependencies=[Needs(Scope.ADMIN)],
    status_code=204,
    summary="Remove a destination",
    responses=answers("origin_refused", "audit_failed", "destination_not_found"),
)
async def delete_destination(name: str, service: ServiceDep, by: ActorDep) -> Response:
    """Forget a destination. What lies in it stays."""

    async def remove(database: Any) -> Destination:
        async with database.session() as session:
            return await remove_destination(session, name, by=by)

    discard_secrets((await service.change(remove)).credentials)
    return Response(status_code=204)
