"""Liveness and readiness of the service."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from lumber.api.access.guarded_route import GuardedRoute
from lumber.api.access.needs import Public
from lumber.api.documents import Answers, answers
from lumber.api.service import ServiceDep
from lumber.exports.readiness import check_readiness

router = APIRouter(prefix="/health", tags=["health"], route_class=GuardedRoute)


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class Liveness(_Frozen):
    """The process responds."""

    status: Literal["alive"] = "alive"


class HealthCheck(_Frozen):
    """One check with its outcome, and advice if there is a problem."""

    model_config = ConfigDict(from_attributes=True)

    name: str = Field(description="disk, engine, database, migrations or worker.")
    outcome: Literal["ok", "warning", "failure"]
    text: str = Field(description="Result of the check.")
    advice: str | None = Field(description="What to do; null if the check is ok.")


class Readiness(_Frozen):
    """Whether the service is ready. Failures make it not ready; warnings don't."""

    status: Literal["ready", "not_ready"]
    checks: list[HealthCheck]


_READY = {
    "status": "ready",
    "checks": [
        {"name": "disk", "outcome": "ok", "text": "80.2 GiB free at the folder of exports", "advice": None},
        {"name": "engine", "outcome": "ok", "text": "claims", "advice": None},
        {
            "name": "database",
            "outcome": "ok",
            "text": "the database responds",
            "advice": None,
        },
    ],
}


def _ready_answers() -> Answers:
    declared = answers(example=_READY)
    declared[503] = {"model": Readiness, "description": "Not ready: at least one check failed."}
    return declared


@router.get(
    "/live", dependencies=[Public()], summary="Check liveness", responses=answers(example={"status": "alive"})
)
async def live(response: Response) -> Liveness:
    """Respond without checking anything. Restart a service that fails to respond."""
    response.headers["Cache-Control"] = "no-store"
    return Liveness()


@router.get("/ready", dependencies=[Public()], summary="Check readiness", responses=_ready_answers())
async def ready(service: ServiceDep, response: Response) -> Readiness:
    """Check the database, its tables, the disk, the engine and the worker. Returns 503 if a check fails."""
    found = await check_readiness(service.readiness, service.settings, service.worker, service.engine)
    checks = [HealthCheck.model_validate(check) for check in found]
    is_ready = all(check.outcome != "failure" for check in checks)
    response.status_code = 200 if is_ready else 503
    response.headers["Cache-Control"] = "no-store"
    return Readiness(status="ready" if is_ready else "not_ready", checks=checks)
