"""Backfills of named datasets: each call queues the window that is next."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Request
from pydantic import BaseModel, ConfigDict, Field

from lumber.api.access.guarded_route import GuardedRoute
from lumber.api.access.needs import Needs
from lumber.api.access.policing import require_allowed
from lumber.api.access.principal import PrincipalDep
from lumber.api.access.refusals import require_kinds
from lumber.api.auditing import ActorDep
from lumber.api.documents import answers
from lumber.api.examples import EXPORT
from lumber.api.named_datasets import NamePath, owner_of, visible
from lumber.api.service import ServiceDep
from lumber.exports.creation import NewExport
from lumber.exports.metadata import ExportMetadata
from lumber.exports.options.json_types import Flag
from lumber.exports.privacy import privacy_rule
from lumber.exports.publishing import address_of
from lumber.exports.versions.backfilling import parse_length, plan_backfill, window_key
from lumber.exports.visibility import kinds_read
from lumber.identity.policies.document import DOWNLOAD
from lumber.identity.rights import Scope

router = APIRouter(prefix="/named-datasets", tags=["named datasets"], route_class=GuardedRoute)

_GIVEN: dict[str, Any] = {"start": "2026-01-01", "window": "1month"}
_BACKFILL: dict[str, Any] = {
    "dataset": "plant",
    "latest": 12,
    "held": ["2026-03-01T00:00:00Z", None],
    "windows": [
        {"start": "2026-02-01T00:00:00Z", "before": "2026-03-01T00:00:00Z", "rows": None},
        {"start": "2026-01-01T00:00:00Z", "before": "2026-02-01T00:00:00Z", "rows": None},
    ],
    "notes": [],
    "export": EXPORT,
}


class BackfillRequest(BaseModel):
    """A past range to add to a dataset in windows."""

    model_config = ConfigDict(extra="forbid")

    start: str = Field(max_length=100, description="First moment to add, inclusive; without a zone UTC.")
    end: str | None = Field(
        default=None,
        max_length=100,
        description="Last moment, inclusive; null: where the rows of the dataset begin.",
    )
    window: str = Field(max_length=20, description="Length of a window: 12h, 1d, 7d, 1month and so on.")
    is_preview: Flag = Field(default=False, description="Only count the rows of the windows; queue nothing.")


class WindowReport(BaseModel):
    """A window that the dataset doesn't hold yet."""

    start: datetime = Field(description="First moment.")
    before: datetime = Field(description="First moment after it.")
    rows: int | None = Field(description="Its rows of data types that only grow; null without a preview.")


class BackfillReport(BaseModel):
    """What is left of a backfill."""

    dataset: str = Field(description="Name of the dataset.")
    latest: int = Field(description="Number of its latest version.")
    held: list[datetime | None] = Field(
        description="First moment that the dataset holds, and the first one after it; null: no limit."
    )
    windows: list[WindowReport] = Field(description="Windows that are left, in their order.")
    notes: list[str] = Field(description="What each window reads besides its own rows.")
    export: ExportMetadata | None = Field(description="The export of the first window; null without one.")


BackfillBody = Annotated[BackfillRequest, Body(openapi_examples={"by month": {"value": _GIVEN}})]


@router.post(
    "/{name}/backfills",
    dependencies=[Needs(Scope.EXPORTS_WRITE)],
    summary="Queue the next window of a backfill",
    responses=answers(
        *("bad_request", "body_too_large", "config_invalid", "origin_refused", "dataset_not_found"),
        *("dataset_state", "too_many_exports", "policy_refused", "quota_exceeded", "audit_failed"),
        example=_BACKFILL,
    ),
)
async def post_backfill(
    name: NamePath,
    body: BackfillBody,
    service: ServiceDep,
    principal: PrincipalDep,
    by: ActorDep,
    request: Request,
) -> BackfillReport:
    """Queue the export of the window next to the rows that the dataset holds.

    Windows follow one another, because each version continues the one before. So repeat the call when the
    export has completed, until no window is left. While its export is queued or running, the call returns
    that one. A window that failed is queued again.
    """
    await visible(service.database, name, principal)
    length = parse_length(body.window)
    planned = await plan_backfill(
        service.database,
        name,
        body.start,
        body.end,
        length,
        owner_id=owner_of(principal),
        counts=body.is_preview,
    )
    export = None
    if planned.windows and not body.is_preview:
        window = planned.windows[0]
        config = planned.config_of(window)
        await require_kinds(service, request, kinds_read(config))
        place = DOWNLOAD
        if config.destination is not None:
            async with service.database.session() as session:
                place = await address_of(session, config) or DOWNLOAD
        judge = await require_allowed(service, request, config, place)
        if service.worker is not None:
            # A worker in another process has its own settings.
            privacy_rule(config.privacy, service.settings)
        key = await window_key(service.database, planned, window, by.id)
        new = NewExport(config, idempotency_key=key, by=by, policies=judge.named)
        created = await service.creations.call(new)
        service.wake_worker()
        export = await service.ledger.with_owner(created)
    return BackfillReport.model_validate({**planned.as_json(), "export": export})
