"""Calls for one export: create, show, name, cancel, retry, delete."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Request
from pydantic import BeforeValidator

from lumber.api.access.guarded_route import GuardedRoute
from lumber.api.access.needs import Needs
from lumber.api.access.policing import require_allowed, require_retry, without_hidden
from lumber.api.access.refusals import require_kinds
from lumber.api.auditing import ActorDep
from lumber.api.disconnect import while_connected
from lumber.api.documents import answers
from lumber.api.examples import CONFIG, EXPORT, PREVIEW, PROGRESS
from lumber.api.new_export import WantedExport
from lumber.api.schemas import Deletion, PreviewReport, ProgressReport
from lumber.api.service import Service, ServiceDep
from lumber.audit.actor import Actor
from lumber.errors import ConfigError
from lumber.exports import control
from lumber.exports.audited import preview_line
from lumber.exports.config import ExportConfig
from lumber.exports.creation import NewExport
from lumber.exports.guests import sourced
from lumber.exports.ledger import ExportStatusManager
from lumber.exports.metadata import ExportDetails, ExportMetadata
from lumber.exports.naming import NamingChange
from lumber.exports.parsing import parse_config
from lumber.exports.privacy import privacy_rule
from lumber.exports.publishing import address_of
from lumber.exports.visibility import kinds_read
from lumber.identity.policies.document import DOWNLOAD
from lumber.identity.rights import Scope
from lumber.store.models.base import utc_now

router = APIRouter(prefix="/export", tags=["exports"], route_class=GuardedRoute)

_EXAMPLES: Any = {
    "errors of a month": {"value": CONFIG},
    "everything": {"value": {"data_types": ["logs", "anomalies", "ips"]}},
}
_NAMING = {"name": "Errors of January", "tags": ["plant"], "note": "For the first model."}
# The command line uses the same parser, so that both report the same errors.
ConfigBody = Annotated[ExportConfig, BeforeValidator(parse_config), Body(openapi_examples=_EXAMPLES)]
NewExportBody = Annotated[
    WantedExport,
    Body(openapi_examples={**_EXAMPLES, "with a name": {"value": {**CONFIG, **_NAMING}}}),
]
_BODY = ("bad_request", "body_too_large", "config_invalid", "origin_refused")


@router.post(
    "/",
    dependencies=[Needs(Scope.EXPORTS_WRITE)],
    summary="Create an export",
    responses=answers(
        *_BODY,
        "idempotency_conflict",
        "too_many_exports",
        "policy_refused",
        "quota_exceeded",
        "audit_failed",
        "source_unmapped",
        example=EXPORT,
    ),
)
async def create_export(
    wanted: NewExportBody,
    service: ServiceDep,
    by: ActorDep,
    request: Request,
    idempotency_key: Annotated[
        str | None,
        Header(
            min_length=1,
            max_length=255,
            pattern=r"^[!-~]+$",
            description="A repeated key with the same config returns the same export. With a different "
            "config it is rejected.",
        ),
    ] = None,
) -> ExportMetadata:
    """Validate the config and queue an export. A worker runs it; the returned status is `pending`.

    The name, the tags and the note make no difference to the dataset or its reproducibility hash. Without a
    name, a version of a dataset is called after the dataset.
    """
    async with sourced(wanted.config, service.database):
        return await _created(wanted, service, by, request, idempotency_key)


async def _created(
    wanted: WantedExport, service: Service, by: Actor, request: Request, idempotency_key: str | None
) -> ExportMetadata:
    config = wanted.config
    await require_kinds(service, request, kinds_read(config))
    dated = config.resolved(utc_now())
    place = DOWNLOAD
    if dated.destination is not None:
        # Without one, a busy database delays no creation.
        async with service.database.session() as session:
            place = await address_of(session, dated) or DOWNLOAD
    judge = await require_allowed(service, request, dated, place)
    if service.worker is not None:
        # A worker in another process has its own settings.
        privacy_rule(config.privacy, service.settings)
    try:
        await service.previews.check_folders(dated)
    except ConfigError:
        # A repeated call returns its export, whatever rows there are now.
        if idempotency_key is None or not await service.ledger.has_key(idempotency_key, by.id):
            raise
    new = NewExport(
        config, idempotency_key=idempotency_key, by=by, policies=judge.named, naming=wanted.naming
    )
    created = await service.creations.call(new)
    service.wake_worker()
    return await service.ledger.with_owner(created)


@router.post(
    "/preview",
    dependencies=[Needs(Scope.EXPORTS_WRITE)],
    summary="Preview an export",
    responses=answers(
        *_BODY,
        "preview_timeout",
        "policy_refused",
        "dataset_state",
        "audit_failed",
        "source_unmapped",
        "source_table_changed",
        "source_unfit",
        "source_denied",
        "database_error",
        example=PREVIEW,
    ),
)
async def preview_export(
    config: ConfigBody, service: ServiceDep, by: ActorDep, request: Request
) -> PreviewReport:
    """Count the rows that an export would include, with sample records and estimates. Writes nothing.

    For an increment of a dataset these are the rows that it would read, and `version` describes the version.

    After LUMBER_PREVIEW_SECONDS, or if the client disconnects, the preview is stopped.
    """
    async with sourced(config, service.database):
        return await _previewed(config, service, by, request)


async def _previewed(config: ExportConfig, service: Service, by: Actor, request: Request) -> PreviewReport:
    await require_kinds(service, request, kinds_read(config))
    config = config.resolved(utc_now())
    judge = await require_allowed(service, request, config)
    found = await while_connected(request, service.previews.run(config, by.id))
    rows = sum(kind.rows for kind in found.kinds.values())
    samples = sum(len(kind.sample.after) for kind in found.kinds.values())
    await service.record(preview_line(by, config, rows, samples, judge.named))
    shown = {name: without_hidden(kind, judge) for name, kind in found.kinds.items()}
    return PreviewReport.from_previews(shown, found.estimate, found.version)


@router.get(
    "/{export_id}",
    dependencies=[Needs(Scope.EXPORTS_READ)],
    summary="Show an export",
    responses=answers("export_not_found", example=EXPORT),
)
@router.get(
    "/{export_id}/status",
    dependencies=[Needs(Scope.EXPORTS_READ)],
    summary="Show an export's status",
    operation_id="get_export_status",
    responses=answers("export_not_found", example=EXPORT),
)
async def get_export(export_id: str, service: ServiceDep) -> ExportDetails:
    """Return an export with its status, config, counts per data type, times, error and attempts."""
    return await service.ledger.details(export_id)


@router.get(
    "/{export_id}/progress",
    dependencies=[Needs(Scope.EXPORTS_READ)],
    summary="Show an export's progress",
    responses=answers("export_not_found", example=PROGRESS),
)
async def get_progress(export_id: str, service: ServiceDep) -> ProgressReport:
    """Return the progress of an export."""
    return ProgressReport.from_state(await service.watch.look(export_id))


@router.patch(
    "/{export_id}",
    dependencies=[Needs(Scope.EXPORTS_WRITE)],
    summary="Name an export",
    responses=answers(
        "bad_request",
        "body_too_large",
        "config_invalid",
        "origin_refused",
        "export_not_found",
        "audit_failed",
        example={**EXPORT, **_NAMING},
    ),
)
async def name_export(
    export_id: str,
    change: Annotated[NamingChange, Body(examples=[_NAMING, {"note": None}])],
    service: ServiceDep,
    by: ActorDep,
) -> ExportMetadata:
    """Change the name, the tags or the note of an export, in any status. Fields that aren't given stay."""
    named = await service.change(
        lambda database: ExportStatusManager(database).name(export_id, change, by=by)
    )
    return await service.ledger.with_owner(named)


@router.post(
    "/{export_id}/cancel",
    dependencies=[Needs(Scope.EXPORTS_WRITE)],
    summary="Cancel an export",
    responses=answers("origin_refused", "export_not_found", "export_state", "audit_failed", example=EXPORT),
)
async def cancel_export(export_id: str, service: ServiceDep, by: ActorDep) -> ExportMetadata:
    """Cancel a queued export, or ask the worker of a running one to stop. It then becomes `cancelled`."""
    cancelled = await service.change(
        lambda database: control.cancel_export(database, service.settings, export_id, by=by)
    )
    return await service.ledger.with_owner(cancelled)


@router.post(
    "/{export_id}/retry",
    dependencies=[Needs(Scope.EXPORTS_WRITE)],
    summary="Retry an export",
    responses=answers(
        "origin_refused",
        "export_not_found",
        "export_state",
        "policy_refused",
        "quota_exceeded",
        "audit_failed",
        example=EXPORT,
    ),
)
async def retry_export(export_id: str, service: ServiceDep, by: ActorDep, request: Request) -> ExportMetadata:
    """Queue a failed or cancelled export again. It resumes from its finished partitions."""
    await require_retry(service, request, export_id)
    retried = await service.change(lambda database: control.retry_export(database, export_id, by=by))
    service.wake_worker()
    return await service.ledger.with_owner(retried)


@router.delete(
    "/{export_id}",
    dependencies=[Needs(Scope.EXPORTS_WRITE)],
    summary="Delete an export",
    responses=answers(
        "origin_refused",
        "export_not_found",
        "export_state",
        "audit_failed",
        example={"export": EXPORT, "files_deleted": True},
    ),
)
async def delete_export(export_id: str, service: ServiceDep, by: ActorDep) -> Deletion:
    """Delete a finished export and its files. A folder that a user chose is kept."""
    deleted = await service.change(
        lambda database: control.delete_export(database, service.settings, export_id, by=by)
    )
    export = await service.ledger.with_owner(deleted.export)
    return Deletion(export=export, files_deleted=deleted.files_deleted)
