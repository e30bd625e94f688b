"""Calls for the files and reports of a completed export."""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from lumber.api.access.guarded_route import GuardedRoute
from lumber.api.access.needs import Needs
from lumber.api.access.policing import require_destination
from lumber.api.auditing import ActorDep, audited
from lumber.api.documents import answers, streamed
from lumber.api.file_response import ByteStream, OpenFileResponse, attachment, file_response
from lumber.api.limits.slots import Held
from lumber.api.service import ServiceDep
from lumber.audit.download import Download
from lumber.dataset.layout import MANIFEST, QUALITY_REPORT
from lumber.dataset.manifest_file import manifest_without_files
from lumber.dataset.verdicts.verdict import Verdict
from lumber.errors import ConfigError, FieldProblem
from lumber.exports.audited import WHOLE_DATASET, export_target
from lumber.exports.download import DatasetFiles, find_dataset, rejects_of
from lumber.exports.metadata import MOST_FILES, FileRecord
from lumber.exports.verdicts import verdicts_on
from lumber.identity.rights import Scope
from lumber.store.models import ExportFile

router = APIRouter(prefix="/export", tags=["files"], route_class=GuardedRoute)

# No control characters.
_PATH = r"^[^\x00-\x1f\x7f]*$"
_JSON_LINES = "application/x-ndjson"
_MISSING = ("export_not_found", "export_file_not_found", "export_state")
_SENT = (*_MISSING, "quota_exceeded", "audit_failed")
_FILE = {
    "file_id": "0b8f5d1c-52a9-4e06-8a3f-6a2f6c0f5f3e",
    "path": "logs/train-00000-of-00001.parquet",
    "kind": "logs",
    "split": "train",
    "rows": 1000000,
    "size_bytes": 48211034,
    "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
}
_VERDICTS = [
    {
        "topic": "leakage",
        "title": "Leakage",
        "level": "amber",
        "text": "logs: every device_id of test is also in train.",
        "fix": {
            "text": "Split by device_id instead",
            "changes": {"split": {"mode": "group", "by": "device_id"}},
        },
        "thresholds": [
            {
                "meaning": "Share of a split's rows whose content is also in train, from 30 rows",
                "amber": "above 20%",
                "red": "above 80%",
            }
        ],
    }
]


def _bytes(media_type: str, description: str, *codes: str) -> dict[int | str, dict[str, Any]]:
    return {**answers(*_SENT, "policy_refused", *codes), 200: streamed(media_type, description)}


@router.get(
    "/{export_id}/files",
    dependencies=[Needs(Scope.EXPORTS_READ)],
    summary="List an export's files",
    responses=answers(
        *_MISSING,
        "config_invalid",
        example=[_FILE],
        headers={"X-Total-Count": "Number of files on all pages."},
    ),
)
async def list_files(
    export_id: str,
    service: ServiceDep,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=MOST_FILES, description="Maximum files per page.")] = MOST_FILES,
    after: Annotated[
        str | None,
        Query(max_length=4096, pattern=_PATH, description="Path of the last file on the page before."),
    ] = None,
    only: Annotated[
        Literal["data", "documents"] | None,
        Query(description="Only data files, which have rows of a data type, or only all other files."),
    ] = None,
) -> list[FileRecord]:
    """Return one page of the files in the manifest, by path, with the ids to download them by."""
    await find_dataset(service.ledger, export_id, paths=_none)
    is_data = None if only is None else only == "data"
    found, total = await service.ledger.file_page(export_id, limit=limit, after=after, is_data=is_data)
    response.headers["X-Total-Count"] = str(total)
    return [FileRecord.from_file(file) for file in found]


@router.head(
    "/{export_id}/files/{file_id}", dependencies=[Needs(Scope.EXPORTS_READ)], include_in_schema=False
)
@router.get(
    "/{export_id}/files/{file_id}",
    dependencies=[Needs(Scope.EXPORTS_READ, holds=Held.DOWNLOAD)],
    summary="Download a file",
    response_class=Response,
    responses={
        **_bytes("application/octet-stream", "The file. `ETag` is its sha256.", "range_not_satisfiable"),
        206: streamed("application/octet-stream", "The range that `Range` asks for."),
        304: {"description": "`If-None-Match` names this content."},
    },
)
async def get_file(
    export_id: str, file_id: str, request: Request, service: ServiceDep, by: ActorDep
) -> Response:
    """Send one file. Supports `Range` (a single range), `If-Range` and `If-None-Match`."""
    await require_destination(service, request)
    dataset = await find_dataset(service.ledger, export_id, file_id=file_id)
    file = dataset.file(file_id)
    opened = await asyncio.to_thread(dataset.open, file.path, file.size_bytes)
    response = file_response(request, opened, file)
    if request.method == "HEAD":
        return response
    download = Download(by, export_target(export_id), file.path, file.sha256, file.size_bytes)
    return await audited(service, download, response)


@router.head("/{export_id}/download", dependencies=[Needs(Scope.EXPORTS_READ)], include_in_schema=False)
@router.get(
    "/{export_id}/download",
    dependencies=[Needs(Scope.EXPORTS_READ, holds=Held.DOWNLOAD)],
    summary="Download the dataset",
    response_class=Response,
    responses=_bytes("application/zip", "A zip of uncompressed files, with `Content-Length`."),
)
async def download_dataset(export_id: str, request: Request, service: ServiceDep, by: ActorDep) -> Response:
    """Stream the dataset's folder as one zip."""
    await require_destination(service, request)
    dataset = await find_dataset(service.ledger, export_id)
    archive = await asyncio.to_thread(dataset.archive)
    headers = {**attachment(f"lumber-{export_id}.zip"), "Content-Length": str(len(archive))}
    if request.method == "HEAD":
        return Response(headers=headers, media_type="application/zip")
    stream = ByteStream(archive.finalize(), "application/zip", headers)
    download = Download(by, export_target(export_id), WHOLE_DATASET, size_bytes=len(archive))
    return await audited(service, download, stream)


@router.get(
    "/{export_id}/manifest",
    dependencies=[Needs(Scope.EXPORTS_READ, holds=Held.DOWNLOAD)],
    summary="Show the manifest",
    response_class=Response,
    responses={
        **answers(*_SENT, "config_invalid"),
        200: {"content": {"application/json": {"schema": {"type": "object"}}}},
    },
)
async def get_manifest(
    export_id: str,
    service: ServiceDep,
    by: ActorDep,
    files: Annotated[
        bool, Query(description="Whether to send the list of files, which may be much longer than the rest.")
    ] = True,
) -> Response:
    """Send the manifest: files with rows, bytes and sha256, and the balance of row counts."""
    dataset = await find_dataset(service.ledger, export_id, paths=_none)
    response = await asyncio.to_thread(_manifest if files else _manifest_without_files, dataset)
    return await audited(service, Download(by, export_target(export_id), MANIFEST), response)


@router.get(
    "/{export_id}/verdicts",
    dependencies=[Needs(Scope.EXPORTS_READ, holds=Held.DOWNLOAD)],
    summary="Judge the dataset",
    responses=answers(*_MISSING, example=_VERDICTS),
)
async def get_verdicts(export_id: str, service: ServiceDep) -> list[Verdict]:
    """Return what the manifest means for the use of the dataset: a verdict on each topic, with a fix.

    Grey verdicts can't be told, or are about something that the export didn't ask for.
    """
    return await verdicts_on(service.ledger, export_id)


@router.get(
    "/{export_id}/quality",
    dependencies=[Needs(Scope.EXPORTS_READ, holds=Held.DOWNLOAD)],
    summary="Show the quality report",
    response_class=Response,
    responses={
        **answers(*_SENT),
        200: {"content": {"application/json": {"schema": {"type": "object"}}}},
    },
)
async def get_quality(export_id: str, service: ServiceDep, by: ActorDep) -> Response:
    """Send the quality report: completeness and conformity per field, levels, processes, rows per day."""
    dataset = await find_dataset(service.ledger, export_id, paths=lambda _kinds: [QUALITY_REPORT])
    file = dataset.named(QUALITY_REPORT)
    opened = await asyncio.to_thread(dataset.open, file.path, file.size_bytes)
    download = Download(by, export_target(export_id), file.path, file.sha256, file.size_bytes)
    return await audited(service, download, OpenFileResponse(opened, "application/json"))


@router.get(
    "/{export_id}/rejects",
    dependencies=[Needs(Scope.EXPORTS_READ, holds=Held.DOWNLOAD)],
    summary="Download the rejected rows",
    response_class=Response,
    responses=_bytes(
        _JSON_LINES, "One rejected row per line, with rule, column, value and reason.", "config_invalid"
    ),
)
async def get_rejects(
    export_id: str,
    request: Request,
    service: ServiceDep,
    by: ActorDep,
    kind: Annotated[str | None, Query(description="Only rejected rows of this data type.")] = None,
) -> Response:
    """Send the rejected rows. Empty if there are none."""
    await require_destination(service, request)
    dataset = await find_dataset(
        service.ledger,
        export_id,
        paths=lambda kinds: rejects_of([each for each in kinds if kind in (None, each)]),
    )
    if kind is not None and kind not in dataset.kinds:
        problem = FieldProblem("kind", kind, f"{kind!r} is not a data type of this export", dataset.kinds)
        raise ConfigError([problem])
    parts = dataset.files
    await asyncio.to_thread(_check, dataset, parts)
    size_bytes = sum(file.size_bytes for file in parts)
    stream = ByteStream(_joined(dataset, parts), _JSON_LINES, {"Content-Length": str(size_bytes)})
    name = "rejects" if kind is None else f"rejects/{kind}.jsonl"
    return await audited(service, Download(by, export_target(export_id), name, size_bytes=size_bytes), stream)


def _manifest(dataset: DatasetFiles) -> Response:
    return OpenFileResponse(dataset.open_manifest(), "application/json")


def _manifest_without_files(dataset: DatasetFiles) -> Response:
    with dataset.open_manifest() as file:
        return Response(manifest_without_files(file), media_type="application/json")


def _none(_kinds: Sequence[str]) -> Sequence[str]:
    return ()


def _check(dataset: DatasetFiles, files: Sequence[ExportFile]) -> None:
    """Raise ExportFileNotFound now, because an answer that has begun can't say so."""
    for file in files:
        dataset.open(file.path, file.size_bytes).close()


def _joined(dataset: DatasetFiles, files: Sequence[ExportFile]) -> Generator[bytes]:
    for file in files:
        yield from dataset.read(file.path, file.size_bytes)
