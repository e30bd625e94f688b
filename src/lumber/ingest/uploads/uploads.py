"""The uploads of one process of the service. Only this process knows their progress."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

from lumber.errors import TooManyUploads, UploadNotFound
from lumber.ingest.limits import Limits
from lumber.ingest.uploads.job import UploadJob
from lumber.ingest.uploads.request import UploadRequest
from lumber.ingest.uploads.upload import Upload, UploadStatus, too_large
from lumber.settings import Settings
from lumber.text import counted

# A client that sends nothing for this long counts as gone.
IDLE_SECONDS = 60.0
_MOST_REMEMBERED = 200


class Uploads:
    """Creates uploads, as many at a time as the settings allow, and remembers the last ones."""

    def __init__(self, settings: Settings, *, idle_seconds: float = IDLE_SECONDS) -> None:
        self._settings = settings
        self._idle_seconds = idle_seconds
        self._uploads: dict[str, Upload] = {}

    def create(self, request: UploadRequest, *, owner_id: str | None = None) -> Upload:
        """Create an upload that waits for its content. `owner_id` is the account that announces it, if any.

        Raises ConfigError with all fields that are wrong, UploadTooLarge or TooManyUploads.
        """
        settings = self._settings
        options = replace(request.checked(), limits=Limits.of(settings))
        if (request.size_bytes or 0) > settings.max_upload_bytes:
            raise too_large(settings.max_upload_bytes)
        self._tidy()
        active = sum(upload.is_active for upload in self._uploads.values())
        if active >= settings.max_uploads:
            raise TooManyUploads(
                f"{counted(active, 'file')} {'is' if active == 1 else 'are'} being loaded, and "
                f"LUMBER_MAX_UPLOADS allows {settings.max_uploads:,}. Try again when one has ended."
            )
        job = UploadJob(
            name=request.name,
            options=options,
            modified_at=request.modified_at,
            data_dir=settings.data_dir.expanduser().absolute(),
            database_url=settings.effective_database_url,
            busy_timeout_seconds=settings.busy_timeout_seconds,
        )
        upload = Upload(
            job, request.size_bytes, settings.max_upload_bytes, self._idle_seconds, owner_id=owner_id
        )
        self._uploads[upload.upload_id] = upload
        return upload

    def get(self, upload_id: str) -> Upload:
        """Return an upload. Raises UploadNotFound."""
        self._tidy()
        if upload_id not in self._uploads:
            raise unknown_upload(upload_id)
        return self._uploads[upload_id]

    async def close(self) -> None:
        """Stop every upload and wait until their processes have ended."""
        running = [upload for upload in self._uploads.values() if upload.status is UploadStatus.RUNNING]
        for upload in running:
            upload.interrupt()
        await asyncio.gather(*(upload.gone.wait() for upload in running))

    def _tidy(self) -> None:
        """End uploads whose content was never sent, and forget the oldest of those that have ended."""
        now = time.monotonic()
        for upload in self._uploads.values():
            if upload.status is UploadStatus.PENDING and now - upload.waiting_since > self._idle_seconds:
                upload.expire()
        ended = [key for key, upload in self._uploads.items() if not upload.is_active]
        for key in ended[:-_MOST_REMEMBERED]:
            del self._uploads[key]


def unknown_upload(upload_id: str) -> UploadNotFound:
    """Return the error for an upload that isn't there, or isn't the client's."""
    return UploadNotFound(
        f"There is no upload {upload_id!r}. The service forgets uploads when it stops; "
        "what they loaded is listed under sources."
    )
