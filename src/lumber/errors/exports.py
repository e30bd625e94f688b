"""Errors of exports, schedules and named datasets."""

from __future__ import annotations

from lumber.errors.base import LumberError


class ExportError(LumberError):
    """The export could not be completed."""

    code = "export_failed"


class ExportNotFound(ExportError):
    """No export has this id."""

    code = "export_not_found"


class ExportStateError(ExportError):
    """The export's status does not allow this step."""

    code = "export_state"


class ExportFileNotFound(ExportError):
    """The export has no such file."""

    code = "export_file_not_found"


class DatasetNotFound(ExportError):
    """There is no named dataset, or no version of it, with this name."""

    code = "dataset_not_found"


class DatasetStateError(ExportError):
    """The state of a dataset or of its version does not allow this step."""

    code = "dataset_state"


class DatasetBusy(ExportError):
    """Another export is writing a version of the dataset."""

    code = "dataset_busy"
    retryable = True


class IdempotencyConflict(ExportError):
    """The idempotency key belongs to an export with another config."""

    code = "idempotency_conflict"


class TooManyExports(ExportError):
    """The maximum number of exports is queued or running."""

    code = "too_many_exports"
    retryable = True


class LeaseLost(ExportError):
    """Another worker has taken over the export."""

    code = "lease_lost"


class ExportHandedBack(ExportError):
    """The export returned to the queue before it ended."""

    code = "export_handed_back"


class ExportCancelled(ExportError):
    """The export was cancelled."""

    code = "export_cancelled"


class ScheduleNotFound(ExportError):
    """No schedule has this id or name."""

    code = "schedule_not_found"


class ScheduleStateError(ExportError):
    """The state of the schedule doesn't allow this."""

    code = "schedule_state"


class PresetNotFound(ExportError):
    """No preset has this id or name."""

    code = "preset_not_found"


class PreviewTimeout(ExportError):
    """The preview took too long."""

    code = "preview_timeout"
    retryable = True


class SourceFailed(ExportError):
    """The database stopped responding while rows were read."""

    code = "source_failed"
    retryable = True


class SourceConflict(SourceFailed):
    """A standby server cancelled a read, because its primary changed what the read still needed."""

    code = "source_conflict"

    @classmethod
    def at(cls, server: str) -> SourceConflict:
        """Return the error of a server, with what helps."""
        return cls(
            f"{server} is a standby. It cancelled a read, because its primary changed or removed rows that "
            "the read still needed. If that happens often, set hot_standby_feedback = on or a longer "
            "max_standby_streaming_delay at the standby, or read from the primary."
        )

    @staticmethod
    def is_told_by(error: BaseException) -> bool:
        """Say whether an error of a driver of PostgreSQL means this."""
        return "conflict with recovery" in str(error).lower()


class Unbalanced(ExportError):
    """Rows read don't equal rows written, rejected, deduplicated and sampled out."""

    code = "export_unbalanced"


class RejectRatioExceeded(ExportError):
    """The share of rejected rows exceeds `max_reject_ratio`."""

    code = "reject_ratio_exceeded"


class ResidueFound(ExportError):
    """A file of a private export contains a residue that should have been replaced."""

    code = "residue_found"


class NothingMatched(ExportError):
    """No row matches the export."""

    code = "nothing_matched"


class WorkerDied(ExportError):
    """A worker process ended without a result."""

    code = "worker_died"
    retryable = True
