"""Schedules: list, create, change, pause, resume, run and delete them, and list their runs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Request, Response
from pydantic import BaseModel, Field

from lumber.api.access.guarded_route import GuardedRoute
from lumber.api.access.needs import Needs
from lumber.api.access.policing import require_allowed
from lumber.api.access.principal import PrincipalDep
from lumber.api.access.refusals import require_kinds
from lumber.api.auditing import ActorDep
from lumber.api.documents import answers
from lumber.api.examples import CONFIG
from lumber.api.service import Service, ServiceDep
from lumber.errors import ConfigError
from lumber.exports.visibility import kinds_read
from lumber.identity.rights import Scope
from lumber.schedules.by_hand import run_now
from lumber.schedules.definition import ScheduleChange, ScheduleDefinition, Timing, parse_definition
from lumber.schedules.reading import reports_of, runs_of
from lumber.schedules.report import RunReport, ScheduleReport
from lumber.schedules.sentence import sentence_of
from lumber.schedules.stored import (
    change_schedule,
    create_schedule,
    delete_schedule,
    find_schedule,
    list_schedules,
    locked,
    pause_schedule,
    resume_schedule,
    stated,
)
from lumber.store.clock import database_now
from lumber.store.models.base import utc_now

router = APIRouter(prefix="/schedules", tags=["schedules"], route_class=GuardedRoute)

_TIMING = {"cron": "0 2 * * *", "time_zone": "Europe/Berlin"}
_RUN = {
    "nominal_at": "2026-11-29T01:00:00Z",
    "status": "completed",
    "export_id": "4c0c8bd4-9d6f-4f0f-8a53-6f4b1d0f6a55",
    "decision": None,
    "reason": None,
    "started_at": "2026-11-29T01:00:01Z",
    "finished_at": "2026-11-29T01:02:10Z",
}
_PREVIEW = {
    "sentence": "At 02:00 every day, Europe/Berlin",
    "next": [f"2026-12-0{day}T01:00:00Z" for day in range(1, 6)],
}
_GIVEN: dict[str, Any] = {
    "name": "nightly",
    "config": {"data_types": ["logs"], "date_range": "yesterday"},
    **_TIMING,
}
_SCHEDULE: dict[str, Any] = {
    **_GIVEN,
    **_PREVIEW,
    "schedule_id": "8f0a2c1e-4f0b-4c59-9d5f-0d6c2f9b7a31",
    "config": CONFIG,
    "every_seconds": None,
    "catch_up": "one",
    "overlap": "skip",
    "pause_after_failures": 5,
    "jitter_seconds": 0,
    "is_paused": False,
    "pause_reason": None,
    "gate": None,
    "owner": None,
    "created_at": "2026-11-29T12:00:00Z",
    "last_run": _RUN,
}
_CALLS = ("origin_refused", "audit_failed", "schedule_not_found")
_BODY = ("bad_request", "body_too_large", "config_invalid")
_MOST_RUNS = 1_000

ScheduleBody = Annotated[ScheduleDefinition, Body(openapi_examples={"every night": {"value": _GIVEN}})]
ChangeBody = Annotated[ScheduleChange, Body(openapi_examples={"jitter": {"value": {"jitter_seconds": 60}}})]
TimingBody = Annotated[
    Timing,
    Body(openapi_examples={"cron": {"value": _TIMING}, "interval": {"value": {"every_seconds": 3600}}}),
]


class ScheduleList(BaseModel):
    """Schedules by name."""

    schedules: list[ScheduleReport]


class RunList(BaseModel):
    """Runs of a schedule, newest first."""

    runs: list[RunReport]


class TimingReport(BaseModel):
    """When something would run."""

    sentence: str = Field(description="When it runs, in words.")
    next: list[datetime] = Field(description="The next five nominal times.")


@router.get(
    "",
    dependencies=[Needs(Scope.EXPORTS_READ)],
    summary="List schedules",
    responses=answers(example={"schedules": [_SCHEDULE]}),
)
async def get_schedules(service: ServiceDep, principal: PrincipalDep) -> ScheduleList:
    """Return the schedules of the caller; for admins, those of all accounts."""
    async with service.database.session() as session:
        found = await list_schedules(session, principal)
        return ScheduleList(schedules=list(await reports_of(session, found)))


@router.post(
    "",
    dependencies=[Needs(Scope.EXPORTS_WRITE)],
    status_code=201,
    summary="Create a schedule",
    responses=answers(
        *_BODY,
        "origin_refused",
        "policy_refused",
        "source_unmapped",
        "audit_failed",
        example=_SCHEDULE,
        success=201,
    ),
)
async def post_schedule(
    definition: ScheduleBody, service: ServiceDep, by: ActorDep, request: Request
) -> ScheduleReport:
    """Create a schedule of the caller. Rights and policies are checked now, and again at each run."""
    await _require_allowed(service, request, definition)

    async def create(database: Any) -> ScheduleReport:
        async with database.session() as session:
            row = await create_schedule(session, definition, owner_id=by.id, by=by)
            return (await reports_of(session, [row]))[0]

    return await service.change(create)


@router.post(
    "/preview",
    dependencies=[Needs(Scope.EXPORTS_READ)],
    summary="Preview a timetable",
    responses=answers(*_BODY, "origin_refused", example=_PREVIEW),
)
async def preview_timetable(timing: TimingBody, service: ServiceDep) -> TimingReport:
    """Return when a schedule would run: a sentence, and the next five times."""
    timetable = timing.timetable
    async with service.database.session() as session:
        now = await database_now(session)
    return TimingReport(sentence=sentence_of(timetable), next=list(timetable.upcoming(now)))


@router.get(
    "/{schedule_id}",
    dependencies=[Needs(Scope.EXPORTS_READ)],
    summary="Show a schedule",
    responses=answers("schedule_not_found", example=_SCHEDULE),
)
async def get_schedule(schedule_id: str, service: ServiceDep) -> ScheduleReport:
    """Return a schedule."""
    async with service.database.session() as session:
        return (await reports_of(session, [await find_schedule(session, schedule_id)]))[0]


@router.get(
    "/{schedule_id}/runs",
    dependencies=[Needs(Scope.EXPORTS_READ)],
    summary="List the runs of a schedule",
    responses=answers("schedule_not_found", "config_invalid", example={"runs": [_RUN]}),
)
async def get_runs(
    schedule_id: str,
    service: ServiceDep,
    limit: Annotated[int, Query(ge=1, le=_MOST_RUNS, description="Most runs to return.")] = 100,
) -> RunList:
    """Return the latest runs of a schedule, newest first."""
    async with service.database.session() as session:
        await find_schedule(session, schedule_id)
        return RunList(runs=list(await runs_of(session, schedule_id, limit)))


@router.patch(
    "/{schedule_id}",
    dependencies=[Needs(Scope.EXPORTS_WRITE)],
    summary="Change a schedule",
    responses=answers(*_CALLS, *_BODY, "policy_refused", "source_unmapped", example=_SCHEDULE),
)
async def patch_schedule(
    schedule_id: str, change: ChangeBody, service: ServiceDep, by: ActorDep, request: Request
) -> ScheduleReport:
    """Change some fields of a schedule. Its next time is the first one after now."""
    async with service.database.session() as session:
        before = stated(await find_schedule(session, schedule_id))
    definition = parse_definition(change.applied(before))
    await _require_allowed(service, request, definition)

    async def apply(database: Any) -> ScheduleReport:
        async with database.session() as session:
            row = await change_schedule(session, schedule_id, definition, by=by)
            return (await reports_of(session, [row]))[0]

    return await service.change(apply)


@router.delete(
    "/{schedule_id}",
    dependencies=[Needs(Scope.EXPORTS_WRITE)],
    status_code=204,
    summary="Delete a schedule",
    responses=answers(*_CALLS),
)
async def remove_schedule(schedule_id: str, service: ServiceDep, by: ActorDep) -> Response:
    """Delete a schedule and the record of its runs. Its exports stay."""

    async def delete(database: Any) -> None:
        async with database.session() as session:
            await delete_schedule(session, schedule_id, by=by)

    await service.change(delete)
    return Response(status_code=204)


@router.post(
    "/{schedule_id}/pause",
    dependencies=[Needs(Scope.EXPORTS_WRITE)],
    summary="Pause a schedule",
    responses=answers(*_CALLS, example={**_SCHEDULE, "is_paused": True, "next": []}),
)
async def pause(schedule_id: str, service: ServiceDep, by: ActorDep) -> ScheduleReport:
    """Make no runs at the times of the schedule until it is resumed. Running exports continue."""

    async def apply(database: Any) -> ScheduleReport:
        async with database.session() as session:
            row = await locked(session, schedule_id)
            await pause_schedule(session, row, f"Paused by {by.name}.", by=by)
            return (await reports_of(session, [row]))[0]

    return await service.change(apply)


@router.post(
    "/{schedule_id}/resume",
    dependencies=[Needs(Scope.EXPORTS_WRITE)],
    summary="Resume a schedule",
    responses=answers(*_CALLS, example=_SCHEDULE),
)
async def resume(schedule_id: str, service: ServiceDep, by: ActorDep) -> ScheduleReport:
    """Resume a schedule at its next time. Times during the pause aren't caught up."""

    async def apply(database: Any) -> ScheduleReport:
        async with database.session() as session:
            row = await resume_schedule(session, schedule_id, by=by)
            return (await reports_of(session, [row]))[0]

    return await service.change(apply)


@router.post(
    "/{schedule_id}/run",
    dependencies=[Needs(Scope.EXPORTS_WRITE)],
    summary="Run a schedule now",
    responses=answers(*_CALLS, "schedule_state", example=_RUN),
)
async def run_schedule(schedule_id: str, service: ServiceDep, by: ActorDep) -> RunReport:
    """Make one run whose nominal time is now, also of a paused schedule.

    Its export belongs to the owner of the schedule, whose rights and policies are checked. A run that they
    don't allow is returned with the status `failed` and the reason.
    """

    async def apply(database: Any) -> RunReport:
        async with database.session() as session:
            return await run_now(session, schedule_id, service.settings.max_queued, by=by)

    run = await service.change(apply)
    service.wake_worker()
    return run


async def _require_allowed(service: Service, request: Request, definition: ScheduleDefinition) -> None:
    """Check what the caller would export now. Raises NotPermitted or PolicyRefused, and records it."""
    config = definition.export_config
    await require_kinds(service, request, kinds_read(config))
    try:
        config = config.resolved(utc_now(), definition.time_zone)
    except ConfigError:
        return  # an empty range reads nothing; each run is checked with its own dates
    await require_allowed(service, request, config)
