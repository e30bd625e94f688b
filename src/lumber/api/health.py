"""Whether the service works: is it alive, and can it do its work."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from lumber.api.documents import Answers, answers
from lumber.api.service import ServiceDep
from lumber.exports.readiness import check_readiness

router = APIRouter(prefix="/health", tags=["health"])


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class Liveness(_Frozen):
    """The process answers."""

    status: Literal["alive"] = "alive"


class HealthCheck(_Frozen):
    """One check: what was looked at, how it is, and what to do when it is not well."""

    model_config = ConfigDict(from_attributes=True)

    name: str = Field(description="disk, database, migrations or worker.")
    outcome: Literal["ok", "warning", "failure"]
    text: str = Field(description="What was found.")
    advice: str | None = Field(description="What to do; null when all is well.")


class Readiness(_Frozen):
    """Whether the service can do its work: not with any failure; warnings do not count."""

    status: Literal["ready", "not_ready"]
    checks: list[HealthCheck]


_READY = {
    "status": "ready",
    "checks": [
        {"name": "disk", "outcome": "ok", "text": "80.2 GiB free at /var/lib/lumber", "advice": None},
        {
            "name": "database",
            "outcome": "ok",
            "text": "sqlite:////var/lib/lumber/lumber.db answers",
            "advice": None,
        },
    ],
}


def _ready_answers() -> Answers:
    declared = answers(example=_READY)
    declared[503] = {"model": Readiness, "description": "Not ready: at least one check is a failure."}
    return declared


@router.get("/live", summary="Is the process alive?", responses=answers(example={"status": "alive"}))
async def live(response: Response) -> Liveness:
    """Answer, and look at nothing: a service that cannot do this should be restarted."""
    response.headers["Cache-Control"] = "no-store"
    return Liveness()


@router.get("/ready", summary="Can the service do its work?", responses=_ready_answers())
async def ready(service: ServiceDep, response: Response) -> Readiness:
    """Check the database, its tables, the disk and the worker; 503 with the checks when one fails."""
    found = await check_readiness(service.database, service.settings, service.worker)
    checks = [HealthCheck.model_validate(check) for check in found]
    is_ready = all(check.outcome != "failure" for check in checks)
    response.status_code = 200 if is_ready else 503
    response.headers["Cache-Control"] = "no-store"
    return Readiness(status="ready" if is_ready else "not_ready", checks=checks)
