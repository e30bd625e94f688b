"""Loading files over HTTP: announce a file, send it, follow it, and list rejected lines."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Request, Response
from starlette.requests import ClientDisconnect

from lumber.api.access.guarded_route import GuardedRoute
from lumber.api.access.needs import Needs
from lumber.api.access.policing import require_whole_rows
from lumber.api.access.principal import PrincipalDep
from lumber.api.access.refusals import require_kinds
from lumber.api.auditing import ActorDep, audited, record_done
from lumber.api.disconnect import while_connected
from lumber.api.documents import answers, streamed
from lumber.api.file_response import ByteStream, attachment
from lumber.api.ingest_reports import (
    SAMPLE,
    SOURCE,
    UPLOAD,
    UPLOAD_BODY,
    SampleReport,
    SourcePage,
    SourceRecord,
    UploadBody,
    UploadReport,
)
from lumber.api.limits.slots import Held
from lumber.api.problems import problem_response
from lumber.api.service import Service, ServiceDep
from lumber.api.upload_preview import PREVIEW_BODY, UPLOAD_PREVIEW, PreviewBody, UploadPreview
from lumber.audit.actor import Actor
from lumber.audit.download import Download
from lumber.errors import DatabaseNotEmpty, LumberError, UploadInterrupted
from lumber.identity.rights import Scope
from lumber.ingest.audited import load_target, loaded_line, sample_lines
from lumber.ingest.formats.saved import resolved
from lumber.ingest.loads import last_changed
from lumber.ingest.uploads.job import SampleJob
from lumber.ingest.uploads.sources import find_source, open_rejects, reject_lines
from lumber.ingest.uploads.upload import Upload, UploadStatus

router = APIRouter(prefix="/ingest", tags=["ingest"], route_class=GuardedRoute)

# The body is streamed to the loader, so the limit on body sizes does not apply.
CONTENT_PATH = re.compile(r".*/ingest/uploads/[^/]+/content")
_JSON_LINES = "application/x-ndjson"
_REJECT = '{"line": 17, "reason": "no time", "raw": "-- MARK --"}\n'
_CONTENT: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The file, plain or compressed with gzip, zstd, bzip2 or xz. "
        "At most LUMBER_MAX_UPLOAD_BYTES bytes.",
        "content": {
            "application/octet-stream": {
                "schema": {"type": "string", "format": "binary"},
                "examples": {"a syslog line": {"value": "<34>Oct 11 22:14:15 web1 su: 'su root' failed\n"}},
            }
        },
    }
}


@router.post(
    "/uploads",
    dependencies=[Needs(Scope.INGEST_WRITE)],
    summary="Announce a file",
    responses=answers(
        "bad_request",
        "body_too_large",
        "config_invalid",
        "origin_refused",
        "upload_too_large",
        "too_many_uploads",
        example={**UPLOAD, "status": "pending"},
    ),
)
async def create_upload(
    body: Annotated[UploadBody, Body(openapi_examples={"a log file": {"value": UPLOAD_BODY}})],
    service: ServiceDep,
    principal: PrincipalDep,
    request: Request,
) -> UploadReport:
    """Check the reading options, and expect the content within a minute.

    The service loads LUMBER_MAX_UPLOADS files at a time. It recognises content that was loaded before, in
    full or in part, whatever the file name, and does not load it again.
    """
    asked = await resolved(service.database, body.as_request())
    await require_kinds(service, request, [asked.kind])
    return UploadReport.from_upload(service.uploads.create(asked, owner_id=principal.user_id))


@router.post(
    "/preview",
    dependencies=[Needs(Scope.INGEST_WRITE)],
    summary="Preview a file",
    responses=answers(
        "bad_request",
        "body_too_large",
        "config_invalid",
        "origin_refused",
        "ingest_failed",
        "upload_interrupted",
        "preview_timeout",
        example=UPLOAD_PREVIEW,
    ),
)
async def preview_file(
    body: Annotated[PreviewBody, Body(openapi_examples={"first lines": {"value": PREVIEW_BODY}})],
    service: ServiceDep,
    request: Request,
) -> UploadPreview:
    """Show the first rows of a file as they would be stored, and why lines would be rejected. Writes nothing.

    The first 1,000 lines are read. After LUMBER_PREVIEW_SECONDS, or if the client disconnects, it is stopped.
    """
    file = body.first_bytes()
    file = replace(file, request=await resolved(service.database, file.request))
    await require_kinds(service, request, [file.request.kind])
    found = await while_connected(request, service.upload_previews.of(file))
    return UploadPreview.model_validate(found)


@router.post(
    "/sample",
    dependencies=[Needs(Scope.INGEST_WRITE)],
    summary="Load sample data",
    responses=answers(
        "origin_refused",
        "database_not_empty",
        "ingest_failed",
        "upload_interrupted",
        example=SAMPLE,
    ),
)
async def load_sample(service: ServiceDep, request: Request, by: ActorDep) -> SampleReport:
    """Fill an empty database with realistic logs, anomalies and IP records, the same as `lumber sample`.

    If there are rows already, it changes nothing.
    """
    await require_kinds(service, request, SampleReport.model_fields)
    if any(found.rows for found in await service.inventory.datasets(service.database)):
        raise DatabaseNotEmpty(SampleJob.REFUSAL)
    try:
        rows = (await service.sample_loads.load()).by_kind()
    finally:
        service.inventory.forget()
    await record_done(service, *sample_lines(by, rows))
    return SampleReport(**rows)


@router.put(
    "/uploads/{upload_id}/content",
    dependencies=[Needs(Scope.INGEST_WRITE)],
    summary="Send the file",
    response_model=UploadReport,
    openapi_extra=_CONTENT,
    responses=answers(
        "bad_request",
        "config_invalid",
        "origin_refused",
        "upload_not_found",
        "upload_state",
        "upload_too_large",
        "upload_interrupted",
        "upload_cancelled",
        "ingest_failed",
        "source_changed",
        "output_unwritable",
        "disk_full",
        example={**UPLOAD, "status": "completed", "has_all": True},
    ),
)
async def send_content(
    upload_id: str, request: Request, service: ServiceDep, by: ActorDep
) -> UploadReport | Response:
    """Load the body while it arrives, one transaction per chunk, and respond when all of it is loaded.

    If the client disconnects, sends nothing for a minute or cancels, loaded chunks are kept. Sending the same
    file again resumes after them.
    """
    upload = service.uploads.get(upload_id)
    is_first = upload.status is UploadStatus.PENDING
    try:
        await upload.receive(_pieces(request))
    except LumberError as error:
        # Closing the connection stops a client that is still sending.
        return problem_response(request.scope, error.code, str(error), headers={"Connection": "close"})
    finally:
        service.inventory.forget()
        if is_first:
            await _record_load(service, by, upload)
    return UploadReport.from_upload(upload)


async def _record_load(service: Service, by: Actor, upload: Upload) -> None:
    """Record what was loaded of an upload, if anything was read."""
    counts, job = upload.counts, upload.job
    if counts.lines:
        is_partial = upload.status is not UploadStatus.COMPLETED
        kind = job.options.kind
        line = loaded_line(by, kind, counts, name=job.name, error=upload.error, is_partial=is_partial)
        await record_done(service, line)


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    try:
        async for piece in request.stream():
            if piece:
                yield piece
    except ClientDisconnect:
        raise UploadInterrupted(
            "The client disconnected before the end of the file. Send the file again to resume."
        ) from None


@router.get(
    "/uploads/{upload_id}",
    dependencies=[Needs(Scope.INGEST_WRITE)],
    summary="Show an upload's progress",
    responses=answers("upload_not_found", example=UPLOAD),
)
async def get_upload(upload_id: str, service: ServiceDep, response: Response) -> UploadReport:
    """Return the progress of an upload. Only the process that receives it knows it, while it runs."""
    response.headers["Cache-Control"] = "no-store"
    return UploadReport.from_upload(service.uploads.get(upload_id))


@router.post(
    "/uploads/{upload_id}/cancel",
    dependencies=[Needs(Scope.INGEST_WRITE)],
    summary="Cancel an upload",
    responses=answers(
        "origin_refused", "upload_not_found", "upload_state", example={**UPLOAD, "status": "cancelled"}
    ),
)
async def cancel_upload(upload_id: str, service: ServiceDep) -> UploadReport:
    """Stop a load at once. Loaded chunks stay in the database."""
    upload = service.uploads.get(upload_id)
    upload.cancel()
    return UploadReport.from_upload(upload)


@router.get(
    "/sources",
    dependencies=[Needs(Scope.SOURCES_READ)],
    summary="List loaded sources",
    responses=answers("config_invalid", example={"sources": [SOURCE], "total": 1}),
)
async def list_loaded_sources(
    service: ServiceDep,
    principal: PrincipalDep,
    limit: Annotated[int, Query(ge=1, le=1_000, description="Maximum sources per page.")] = 20,
    offset: Annotated[int, Query(ge=0, le=2**31 - 1, description="Sources to skip.")] = 0,
) -> SourcePage:
    """Return the sources that the service or the command line loaded, last changed first."""
    loads, total = await last_changed(service.database, limit, offset, kinds=principal.kinds)
    return SourcePage(sources=[SourceRecord.from_load(load) for load in loads], total=total)


@router.get(
    "/sources/{source_id}/rejects",
    dependencies=[Needs(Scope.INGEST_WRITE, holds=Held.DOWNLOAD)],
    summary="Download rejected lines",
    response_class=Response,
    responses={
        **answers("source_missing", "config_invalid", "policy_refused", "quota_exceeded", "audit_failed"),
        200: streamed(
            _JSON_LINES, "One rejected line per line, with its number, the reason and its text.", _REJECT
        ),
    },
)
async def get_source_rejects(
    source_id: str,
    request: Request,
    service: ServiceDep,
    by: ActorDep,
    limit: Annotated[int | None, Query(ge=1, le=10_000, description="Maximum lines. Default: all.")] = None,
) -> Response:
    """Send the lines of a source that could not be loaded. Empty if there are none.

    They are whole lines, so an export policy of the account that limits what it may see refuses them.
    """
    source = await find_source(service.database, source_id)
    await require_whole_rows(service, request, source.kind)
    data_dir = service.settings.data_dir
    headers = attachment(f"{source.source_id}-rejects.jsonl")
    # Once before the answer begins, because then it is too late to say that the file is missing.
    file = await asyncio.to_thread(open_rejects, source, data_dir)
    if file is None:
        return Response(b"", media_type=_JSON_LINES, headers=headers)
    file.close()
    stream = ByteStream(reject_lines(source, data_dir, limit), _JSON_LINES, headers)
    return await audited(service, Download(by, load_target(source_id), "rejects"), stream)
