"""Gates of datasets, and what becomes of the versions that they hold."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Request
from pydantic import BaseModel, ConfigDict, Field

from lumber.api.access.guarded_route import GuardedRoute
from lumber.api.access.needs import Needs
from lumber.api.auditing import ActorDep
from lumber.api.documents import answers
from lumber.api.service import ServiceDep
from lumber.exports.gates.gate import Gate
from lumber.exports.gates.stored import (
    MAX_REASON,
    Decided,
    drop_version,
    find_gate,
    publish_version,
    set_gate,
)
from lumber.exports.versions.naming import try_to_name
from lumber.identity.rights import Scope

router = APIRouter(prefix="/named-datasets", tags=["named datasets"], route_class=GuardedRoute)

_GATE: dict[str, Any] = {
    "schema_change": "hold",
    "max_drift": {"*": 0.3, "logs.log_level": 0.1},
    "min_drift_rows": 100,
    "max_reject_ratio": 0.01,
    "rows": {"min": 1000, "max": None, "min_ratio": 0.5, "max_ratio": 2.0, "of_last": 7},
    "max_class_change": 0.05,
    "test_set": {"name": "plant-test", "max_share": 0.0},
}
_DECIDED = {
    "dataset": "plant",
    "number": 12,
    "state": "published",
    "export_id": "1c4b6a0e-9a55-4f0e-8a9e-3f2f6c1f5b77",
    "reason": "The values of logs.log_level moved by 0.121 (jensen-shannon); allowed is 0.1.",
}
_CHANGES = ("bad_request", "body_too_large", "config_invalid", "origin_refused", "audit_failed")

NumberPath = Annotated[int, Path(ge=1, le=2**53 - 1, description="Number of the version.")]
GateBody = Annotated[
    Gate | None, Body(openapi_examples={"a nightly dataset": {"value": _GATE}, "no gate": {"value": None}})
]


class GateReport(BaseModel):
    """The gate of a dataset; null without one."""

    gate: Gate | None


class DropRequest(BaseModel):
    """Why a version is dropped."""

    model_config = ConfigDict(extra="forbid")

    reason: str | None = Field(default=None, max_length=MAX_REASON, description="For the dataset's log.")


DropBody = Annotated[
    DropRequest | None, Body(openapi_examples={"a fault": {"value": {"reason": "a broken sensor"}}})
]


class DecidedReport(BaseModel):
    """A version about which a person decided."""

    dataset: str = Field(description="Name of the dataset.")
    number: int = Field(description="Number of the version.")
    state: str = Field(description="published or dropped.")
    export_id: str = Field(description="The export that made the version.")
    reason: str | None = Field(description="Why it was held, and why it was dropped.")


@router.get(
    "/{name}/gate",
    dependencies=[Needs(Scope.EXPORTS_READ)],
    summary="Show the gate of a dataset",
    responses=answers("dataset_not_found", example={"gate": _GATE}),
)
async def get_gate(name: str, service: ServiceDep, request: Request) -> GateReport:
    """Return what a new version of the dataset must be like."""
    async with service.database.session() as session:
        return GateReport(gate=await find_gate(session, name, request.state.principal))


@router.put(
    "/{name}/gate",
    dependencies=[Needs(Scope.EXPORTS_WRITE)],
    summary="Set the gate of a dataset",
    responses=answers(*_CHANGES, "dataset_not_found", example={"gate": _GATE}),
)
async def put_gate(
    name: str, service: ServiceDep, request: Request, by: ActorDep, gate: GateBody = None
) -> GateReport:
    """Replace the gate; null removes it. It judges the next version."""

    async def change(database: Any) -> GateReport:
        async with database.session() as session:
            await set_gate(session, name, gate, principal=request.state.principal, by=by)
            return GateReport(gate=gate)

    return await service.change(change)


@router.post(
    "/{name}/versions/{number}/publish",
    dependencies=[Needs(Scope.EXPORTS_WRITE)],
    summary="Publish a held version",
    responses=answers(
        "bad_request",
        "config_invalid",
        "origin_refused",
        "audit_failed",
        "dataset_not_found",
        "dataset_state",
        example=_DECIDED,
    ),
)
async def post_publish(
    name: str, number: NumberPath, service: ServiceDep, request: Request, by: ActorDep
) -> DecidedReport:
    """Make a held version the latest one. Idempotent."""

    async def change(database: Any) -> Decided:
        async with database.session() as session:
            return await publish_version(session, name, number, principal=request.state.principal, by=by)

    decided = await service.change(change)
    # Its destination, if it has one, names it now.
    await try_to_name(service.database, decided.dataset, umask=service.settings.file_umask)
    return DecidedReport.model_validate(decided.as_json())


@router.post(
    "/{name}/versions/{number}/drop",
    dependencies=[Needs(Scope.EXPORTS_WRITE)],
    summary="Drop a held version",
    responses=answers(
        *_CHANGES,
        "dataset_not_found",
        "dataset_state",
        example={**_DECIDED, "state": "dropped", "reason": f"{_DECIDED['reason']} Dropped: a broken sensor"},
    ),
)
async def post_drop(
    name: str,
    number: NumberPath,
    service: ServiceDep,
    request: Request,
    by: ActorDep,
    drop: DropBody = None,
) -> DecidedReport:
    """Drop a held version: the next one continues from the version before it. Idempotent."""
    reason = None if drop is None else drop.reason

    async def change(database: Any) -> Decided:
        async with database.session() as session:
            return await drop_version(session, name, number, reason, principal=request.state.principal, by=by)

    return DecidedReport.model_validate((await service.change(change)).as_json())
