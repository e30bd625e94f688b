"""Dry runs for clients that have not sent their file yet, each in a process of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from lumber.errors import PreviewTimeout
from lumber.ingest.limits import Limits
from lumber.ingest.uploads.child import LoadingProcess, error_of
from lumber.ingest.uploads.job import UploadJob
from lumber.ingest.uploads.request import UploadRequest
from lumber.settings import Settings
from lumber.store.shielded import shielded

_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class FirstBytes:
    """What a client has of a file: its first bytes, and whether that is the whole file."""

    request: UploadRequest
    content: bytes
    is_whole: bool


class UploadPreviews:
    """Shows how files would be loaded. At most two at a time; the others wait."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._running = asyncio.Semaphore(_AT_ONCE)

    async def of(self, file: FirstBytes) -> Mapping[str, Any]:
        """Return the report of the first lines, `has_more` and `rows`, as a dry run of the command line does.

        Raises ConfigError with all fields that are wrong, PreviewTimeout, and what the dry run raises.
        """
        settings = self._settings
        job = UploadJob(
            name=file.request.name,
            options=replace(file.request.checked(), limits=Limits.of(settings)),
            modified_at=file.request.modified_at,
            data_dir=settings.data_dir.expanduser().absolute(),
            database_url=settings.effective_database_url,
            is_dry_run=True,
            is_whole=file.is_whole,
        )
        seconds = settings.preview_seconds
        try:
            async with asyncio.timeout(seconds), self._running:
                return await _result(job, file.content)
        except TimeoutError:
            raise PreviewTimeout(
                f"The preview took longer than {seconds:g} s, the limit of LUMBER_PREVIEW_SECONDS. Send less "
                "of the file, or load it."
            ) from None


async def _result(job: UploadJob, content: bytes) -> Mapping[str, Any]:
    process = await LoadingProcess.started(job)
    try:
        last = None
        try:
            await process.send(content)
            await process.end()
        except ConnectionError:
            pass  # it has ended: its last event has the reason
        async for event in process.events():
            last = event
        if last is None or last["event"] != "result":
            raise error_of(last)
        return last
    finally:
        await shielded(process.close())
