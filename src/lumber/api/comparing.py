"""Calls that compare two completed exports. Who may read both may compare them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request

from lumber.api.access.guarded_route import GuardedRoute
from lumber.api.access.needs import Needs
from lumber.api.access.policing import require_destination
from lumber.api.auditing import ActorDep
from lumber.api.disconnect import while_connected
from lumber.api.documents import answers
from lumber.api.limits.slots import Held
from lumber.api.metering import Meter
from lumber.api.service import Service, ServiceDep
from lumber.audit.actor import Actor
from lumber.audit.download import Download
from lumber.exports.audited import COMPARISON, compared_lines, export_target
from lumber.exports.comparing.report import Comparison, DriftReport, RowReport
from lumber.identity.rights import Scope

router = APIRouter(prefix="/export", tags=["exports"], route_class=GuardedRoute)

_ERRORS = (
    "export_not_found",
    "export_file_not_found",
    "export_state",
    "dataset_damaged",
    "audit_failed",
)
_SIDE = {
    "export_id": "4a1f3c52-7d0e-4b58-9c39-0d8a3f1f7f10",
    "name": "Errors of January",
    "what": "logs · log_level = ERROR · 2026-01-01 to 2026-01-31 · parquet zstd",
    "created_at": "2026-02-01T09:00:00Z",
    "rows": 1200,
    "bytes": 48_211,
}
_OTHER = {**_SIDE, "export_id": "0b8f5d1c-52a9-4e06-8a3f-6a2f6c0f5f3e", "name": None, "rows": 1300}
_COMPARISON = {
    "a": _SIDE,
    "b": _OTHER,
    "kinds": [
        {
            "kind": "logs",
            "counts": [{"what": "written", "a": 1200, "b": 1300}],
            "splits": [{"what": "train", "a": 1000, "b": 1100}],
            "times": [{"what": "first", "a": "2026-01-01T00:00:04Z", "b": "2026-01-01T00:00:04Z"}],
            "columns": [{"name": "label", "a": None, "b": "int8"}],
            "same_columns": 12,
            "filled": [{"value": "device_id", "a": 0.9, "b": 1.0}],
            "distributions": [
                {"of": "levels", "distance": 0.1, "shares": [{"value": "ERROR", "a": 0.6, "b": 0.5}]}
            ],
        }
    ],
    "config": [{"field": "split.mode", "a": "none", "b": "time"}],
    "notes": [],
}
_DRIFT = {
    "columns": [
        {
            "kind": "logs",
            "column": "process_name",
            "type": "string",
            "distance": 0.31,
            "measure": "jensen-shannon",
            "nulls": {"value": "process_name", "a": 0.0, "b": 0.01},
            "distinct": {"what": "process_name", "a": 14, "b": 15},
            "most": {"value": "sshd", "a": 0.2, "b": 0.4},
            "median_a": None,
            "median_b": None,
        }
    ],
    "is_complete": True,
    "notes": [],
}
_ROWS = {
    "is_same": False,
    "kinds": [
        {
            "kind": "logs",
            "rows_a": 1200,
            "rows_b": 1300,
            "added": 100,
            "removed": 0,
            "changed": 1,
            "moved": 0,
        }
    ],
    "examples": [
        {
            "kind": "logs",
            "id": 7,
            "changes": ["changed"],
            "split_a": "train",
            "split_b": "train",
            "columns": [{"column": "log_level", "a": '"ERROR"', "b": '"CRITICAL"'}],
        }
    ],
    "is_complete": True,
    "notes": [],
}


async def _count(service: Service, by: Actor, export_ids: Sequence[str], size_bytes: int) -> None:
    """Count rows that are about to be shown for the quotas. Raises QuotaExceeded."""
    for export_id in dict.fromkeys(export_ids):
        await Meter.begin(
            service, Download(by, export_target(export_id), COMPARISON, size_bytes=size_bytes // 2)
        )


@router.get(
    "/{export_id}/compare/{other_id}",
    dependencies=[Needs(Scope.EXPORTS_READ, holds=Held.DOWNLOAD)],
    summary="Compare two exports",
    responses=answers(*_ERRORS, example=_COMPARISON),
)
async def compare_exports(
    export_id: str, other_id: str, service: ServiceDep, by: ActorDep, request: Request
) -> Comparison:
    """Compare counts, splits, times, columns, config and distributions of two completed exports.

    It reads manifests and quality reports only. The first export is A, the other one is B.
    """
    found = await while_connected(request, service.comparisons.documents(export_id, other_id))
    await service.record(*compared_lines(by, export_id, other_id))
    return found


@router.get(
    "/{export_id}/compare/{other_id}/drift",
    dependencies=[Needs(Scope.EXPORTS_READ, holds=Held.DOWNLOAD)],
    summary="Compare the values of two exports",
    responses=answers(*_ERRORS, "policy_refused", example=_DRIFT),
)
async def compare_drift(
    export_id: str, other_id: str, service: ServiceDep, by: ActorDep, request: Request
) -> DriftReport:
    """Return how far the values of each column moved, the largest drift first.

    Rows are read unless both exports have sketches of them. It ends after LUMBER_PREVIEW_SECONDS with
    what is known by then.
    """
    await require_destination(service, request)
    found = await while_connected(request, service.comparisons.drift(export_id, other_id))
    await service.record(*compared_lines(by, export_id, other_id))
    return found


@router.get(
    "/{export_id}/compare/{other_id}/rows",
    dependencies=[Needs(Scope.EXPORTS_READ, holds=Held.DOWNLOAD)],
    summary="Compare the rows of two exports",
    responses=answers(
        *_ERRORS, "policy_refused", "config_invalid", "output_error", "quota_exceeded", example=_ROWS
    ),
)
async def compare_rows(
    export_id: str,
    other_id: str,
    service: ServiceDep,
    by: ActorDep,
    request: Request,
    examples: Annotated[
        int, Query(ge=0, le=20, description="Maximum examples of each change of a data type.")
    ] = 5,
) -> RowReport:
    """Match rows by their ids, and count those that were added, removed, changed or moved to another split.

    It ends after LUMBER_PREVIEW_SECONDS without a result, and then says how to compare the folders.
    """
    await require_destination(service, request)
    found = await while_connected(request, service.comparisons.rows(export_id, other_id, examples))
    shown = [export_id, other_id] if found.examples else []
    await _count(service, by, shown, len(found.model_dump_json()))
    await service.record(*compared_lines(by, export_id, other_id, len(found.examples)))
    return found
