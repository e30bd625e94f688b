"""Presets: list, create, change and delete named configs of exports."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Request, Response
from pydantic import BaseModel

from lumber.api.access.guarded_route import GuardedRoute
from lumber.api.access.needs import Needs
from lumber.api.access.principal import PrincipalDep
from lumber.api.access.refusals import require_kinds
from lumber.api.auditing import ActorDep
from lumber.api.documents import answers
from lumber.api.examples import CONFIG
from lumber.api.service import ServiceDep
from lumber.exports.presets.preset import PresetChange, PresetDefinition, PresetReport, parse_preset
from lumber.exports.presets.stored import (
    change_preset,
    create_preset,
    delete_preset,
    find_preset,
    list_presets,
    reports_of,
)
from lumber.exports.visibility import kinds_read
from lumber.identity.rights import Scope

router = APIRouter(prefix="/presets", tags=["presets"], route_class=GuardedRoute)

_GIVEN: dict[str, Any] = {
    "name": "plant, yesterday",
    "config": {"data_types": ["logs"], "date_range": "yesterday"},
}
_PRESET: dict[str, Any] = {
    "preset_id": "2b6a7f0e-6b0f-4d0c-9a53-7c1d0e4f5a66",
    "name": _GIVEN["name"],
    "config": CONFIG,
    "owner": None,
    "created_at": "2026-11-29T12:00:00Z",
    "updated_at": "2026-11-29T12:00:00Z",
}
_CALLS = ("origin_refused", "audit_failed", "bad_request", "body_too_large", "config_invalid")

PresetBody = Annotated[PresetDefinition, Body(openapi_examples={"yesterday": {"value": _GIVEN}})]
ChangeBody = Annotated[PresetChange, Body(openapi_examples={"rename": {"value": {"name": "plant"}}})]


class PresetList(BaseModel):
    """Presets by name."""

    presets: list[PresetReport]


@router.get(
    "",
    dependencies=[Needs(Scope.EXPORTS_READ)],
    summary="List presets",
    responses=answers(example={"presets": [_PRESET]}),
)
async def get_presets(service: ServiceDep, principal: PrincipalDep) -> PresetList:
    """Return the presets of the caller; for admins, those of all accounts."""
    async with service.database.session() as session:
        found = await list_presets(session, principal)
        return PresetList(presets=list(await reports_of(session, found)))


@router.post(
    "",
    dependencies=[Needs(Scope.EXPORTS_WRITE)],
    status_code=201,
    summary="Create a preset",
    responses=answers(*_CALLS, example=_PRESET, success=201),
)
async def post_preset(
    definition: PresetBody, service: ServiceDep, by: ActorDep, request: Request
) -> PresetReport:
    """Create a preset of the caller. Policies apply when somebody exports with it."""
    await require_kinds(service, request, kinds_read(definition.export_config))

    async def create(database: Any) -> PresetReport:
        async with database.session() as session:
            row = await create_preset(session, definition, owner_id=by.id, by=by)
            return (await reports_of(session, [row]))[0]

    return await service.change(create)


@router.get(
    "/{preset_id}",
    dependencies=[Needs(Scope.EXPORTS_READ)],
    summary="Show a preset",
    responses=answers("preset_not_found", example=_PRESET),
)
async def get_preset(preset_id: str, service: ServiceDep) -> PresetReport:
    """Return a preset."""
    async with service.database.session() as session:
        return (await reports_of(session, [await find_preset(session, preset_id)]))[0]


@router.patch(
    "/{preset_id}",
    dependencies=[Needs(Scope.EXPORTS_WRITE)],
    summary="Change a preset",
    responses=answers(*_CALLS, "preset_not_found", example=_PRESET),
)
async def patch_preset(
    preset_id: str, change: ChangeBody, service: ServiceDep, by: ActorDep, request: Request
) -> PresetReport:
    """Change the name or the config of a preset."""
    async with service.database.session() as session:
        before = await find_preset(session, preset_id)
    definition = parse_preset(change.applied(before.name, before.config))
    await require_kinds(service, request, kinds_read(definition.export_config))

    async def apply(database: Any) -> PresetReport:
        async with database.session() as session:
            row = await change_preset(session, preset_id, definition, by=by)
            return (await reports_of(session, [row]))[0]

    return await service.change(apply)


@router.delete(
    "/{preset_id}",
    dependencies=[Needs(Scope.EXPORTS_WRITE)],
    status_code=204,
    summary="Delete a preset",
    responses=answers("origin_refused", "audit_failed", "preset_not_found"),
)
async def remove_preset(preset_id: str, service: ServiceDep, by: ActorDep) -> Response:
    """Delete a preset. Exports that were made with it stay."""

    async def delete(database: Any) -> None:
        async with database.session() as session:
            await delete_preset(session, preset_id, by=by)

    await service.change(delete)
    return Response(status_code=204)
