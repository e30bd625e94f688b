"""Errors of sources, saved formats and uploads."""

from __future__ import annotations

from lumber.errors.base import LumberError


class IngestError(LumberError):
    """A source could not be loaded."""

    code = "ingest_failed"


class SourceMissing(IngestError):
    """The source does not exist or cannot be read."""

    code = "source_missing"


class SourceChanged(IngestError):
    """The beginning of the source differs from what was loaded before."""

    code = "source_changed"


class LoadStateError(IngestError):
    """The load can't be deleted, or not now."""

    code = "load_state"


class FormatNotFound(IngestError):
    """No saved format has this name."""

    code = "format_not_found"


class UploadNotFound(IngestError):
    """No upload has this id."""

    code = "upload_not_found"


class UploadStateError(IngestError):
    """The upload's status does not allow this step."""

    code = "upload_state"


class UploadTooLarge(IngestError):
    """The file is larger than the settings allow."""

    code = "upload_too_large"


class UploadInterrupted(IngestError):
    """The upload ended before the whole file was loaded."""

    code = "upload_interrupted"
    retryable = True


class UploadCancelled(IngestError):
    """The upload was cancelled."""

    code = "upload_cancelled"


class DatabaseNotEmpty(IngestError):
    """Sample data is only for a database without rows."""

    code = "database_not_empty"


class TooManyUploads(IngestError):
    """The maximum number of uploads is running."""

    code = "too_many_uploads"
    retryable = True
