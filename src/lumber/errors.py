"""The errors that Lumber raises on purpose.

LumberError
├── ConfigError               config_invalid
├── DatabaseError             database_error
│   ├── DatabaseMissing       database_missing
│   ├── DatabaseUnreachable   database_unreachable
│   ├── DatabaseLocked        database_locked
│   ├── DatabaseBusy          database_busy
│   ├── SchemaOutdated        schema_outdated
│   └── SchemaUnknown         schema_unknown
├── IngestError               ingest_failed
│   ├── SourceMissing         source_missing
│   ├── SourceChanged         source_changed
│   ├── LoadStateError        load_state
│   ├── FormatNotFound        format_not_found
│   ├── UploadNotFound        upload_not_found
│   ├── UploadStateError      upload_state
│   ├── UploadTooLarge        upload_too_large
│   ├── UploadInterrupted     upload_interrupted
│   ├── UploadCancelled       upload_cancelled
│   └── TooManyUploads        too_many_uploads
├── OutputError               output_error
│   ├── OutputOccupied        output_occupied
│   ├── OutputUnwritable      output_unwritable
│   └── DiskFull              disk_full
├── ExportError               export_failed
│   ├── ExportNotFound        export_not_found
│   ├── ExportFileNotFound    export_file_not_found
│   ├── ExportStateError      export_state
│   ├── IdempotencyConflict   idempotency_conflict
│   ├── TooManyExports        too_many_exports
│   ├── LeaseLost             lease_lost
│   ├── ExportHandedBack      export_handed_back
│   ├── ExportCancelled       export_cancelled
│   ├── ScheduleNotFound      schedule_not_found
│   ├── ScheduleStateError    schedule_state
│   ├── PreviewTimeout        preview_timeout
│   ├── SourceFailed          source_failed
│   ├── Unbalanced            export_unbalanced
│   ├── RejectRatioExceeded   reject_ratio_exceeded
│   ├── ResidueFound          residue_found
│   ├── NothingMatched        nothing_matched
│   ├── DatasetNotFound       dataset_not_found
│   ├── DatasetStateError     dataset_state
│   ├── DatasetBusy           dataset_busy
│   └── WorkerDied            worker_died
├── IdentityError             identity_error
│   ├── UserNotFound          user_not_found
│   ├── UserStateError        user_state
│   ├── KeyNotFound           key_not_found
│   ├── SessionNotFound       session_not_found
│   ├── OriginRefused         origin_refused
│   ├── TooManyFailures       too_many_failures
│   ├── ProviderNotFound      provider_not_found
│   ├── AuthenticationFailed  authentication_failed
│   ├── NotPermitted          not_permitted
│   ├── PolicyNotFound        policy_not_found
│   ├── PolicyRefused         policy_refused
│   ├── QuotaExceeded         quota_exceeded
│   └── TooManyLogins         too_many_logins
├── NoticeNotFound            notice_not_found
├── AuditError                audit_error
│   └── AuditFailed           audit_failed
├── RemoteError               remote_error
│   └── ServerUnreachable     server_unreachable
├── DestinationError          destination_error
│   ├── DestinationNotFound   destination_not_found
│   ├── DestinationUnreachable destination_unreachable
│   ├── DestinationDenied     destination_denied
│   ├── DestinationFull       destination_full
│   ├── DestinationConflict   destination_conflict
│   └── DestinationUnfit      destination_unfit
├── TooManyRequests           too_many_requests
├── DatasetMissing            dataset_missing
└── DatasetDamaged            dataset_damaged

`code` is stable and machine-readable. `retryable` says whether the same call may succeed later. A message
says what is wrong, where, and what to do. It never contains a password.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

# A path in it may have spaces, and ends before what the messages go on with.
_DATABASE_ADDRESS = re.compile(
    r"(?:sqlite|postgresql)(?:\+\w+)?://.+?(?=\. |\.$| is | cannot | reported | are | has |$)"
)


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """An invalid field of a configuration: its name, its value and what is allowed.

    `position` is the place in a text value that is wrong, in characters from 0.
    """

    field: str
    value: Any
    message: str
    allowed: tuple[str, ...] = ()
    position: int | None = None

    def __str__(self) -> str:
        place = f"column {self.position + 1}: " if self.position is not None else ""
        text = f"{self.field}: {place}{self.message}"
        if self.allowed:
            text += f" (allowed: {', '.join(self.allowed)})"
        return text


def without_addresses(text: str) -> str:
    """Return a text with "the database" in place of addresses of databases."""
    return _DATABASE_ADDRESS.sub("the database", text)


class LumberError(Exception):
    """Something went wrong in Lumber."""

    code: ClassVar[str] = "lumber_error"
    retryable: ClassVar[bool] = False
    # When the same call may succeed, if that is known.
    retry_after_seconds: int | None = None

    @property
    def public(self) -> str:
        """The message without addresses of databases, for clients of the service; logs have all of it."""
        return without_addresses(str(self))


class ConfigError(LumberError, ValueError):
    """The configuration is not valid."""

    code = "config_invalid"

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(str(problem) for problem in self.problems))


class DatabaseError(LumberError):
    """The database rejected an operation."""

    code = "database_error"

    @property
    def public(self) -> str:
        """The message for clients of the service. What a driver says can name the server or the file."""
        if type(self) not in (DatabaseError, DatabaseUnreachable):
            return super().public
        meaning = (type(self).__doc__ or "").splitlines()[0]
        return f"{meaning} The log of the service or worker has the details."


class DatabaseMissing(DatabaseError):
    """There is no Lumber database at the address."""

    code = "database_missing"


class DatabaseUnreachable(DatabaseError):
    """The database server doesn't respond, or denies access."""

    code = "database_unreachable"
    retryable = True


class DatabaseLocked(DatabaseError):
    """Another process holds the database's write lock."""

    code = "database_locked"
    retryable = True


class DatabaseBusy(DatabaseError):
    """Other work uses all connections to the database."""

    code = "database_busy"
    retryable = True


class SchemaOutdated(DatabaseError):
    """The database's tables are older than this version of Lumber."""

    code = "schema_outdated"


class SchemaUnknown(DatabaseError):
    """The database's tables are of a newer or unknown version."""

    code = "schema_unknown"


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


class TooManyUploads(IngestError):
    """The maximum number of uploads is running."""

    code = "too_many_uploads"
    retryable = True


class OutputError(LumberError):
    """The output folder can't be used."""

    code = "output_error"


class OutputOccupied(OutputError):
    """The output folder isn't empty."""

    code = "output_occupied"


class OutputUnwritable(OutputError):
    """The output folder isn't writable."""

    code = "output_unwritable"


class DiskFull(OutputError):
    """The disk is full."""

    code = "disk_full"
    retryable = True


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


class PreviewTimeout(ExportError):
    """The preview took too long."""

    code = "preview_timeout"
    retryable = True


class SourceFailed(ExportError):
    """The database stopped responding while rows were read."""

    code = "source_failed"
    retryable = True


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


class IdentityError(LumberError):
    """The account or API key can't be used."""

    code = "identity_error"


class UserNotFound(IdentityError):
    """No account has this name."""

    code = "user_not_found"


class UserStateError(IdentityError):
    """The account does not allow this step."""

    code = "user_state"


class KeyNotFound(IdentityError):
    """No API key has this id."""

    code = "key_not_found"


class ProviderNotFound(IdentityError):
    """No identity provider has this id."""

    code = "provider_not_found"


class SessionNotFound(IdentityError):
    """No session has this id."""

    code = "session_not_found"


class OriginRefused(IdentityError):
    """A page of another site may not act for who is signed in."""

    code = "origin_refused"


class TooManyFailures(IdentityError):
    """Sign-ins failed too often."""

    code = "too_many_failures"
    retryable = True

    def __init__(self, message: str, retry_after_seconds: int) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class AuthenticationFailed(IdentityError):
    """The request doesn't prove who makes it."""

    code = "authentication_failed"


class NotPermitted(IdentityError):
    """The account or API key lacks the right."""

    code = "not_permitted"


class PolicyNotFound(IdentityError):
    """No export policy has this id or name."""

    code = "policy_not_found"


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """A policy at one moment."""

    policy_id: str
    name: str
    version: int

    def __str__(self) -> str:
        return f"policy {self.name!r}, version {self.version}"


class PolicyRefused(IdentityError):
    """An export policy doesn't allow this."""

    code = "policy_refused"

    def __init__(self, policy: PolicyVersion, problems: Sequence[FieldProblem]) -> None:
        self.policy = policy
        self.problems = tuple(problems)
        super().__init__("; ".join(str(problem) for problem in self.problems))


class QuotaExceeded(IdentityError):
    """A quota of an export policy is used up."""

    code = "quota_exceeded"

    def __init__(self, policy: PolicyVersion, message: str, retry_after_seconds: int) -> None:
        self.policy = policy
        # Until the next day, in UTC.
        self.retry_after_seconds = retry_after_seconds
        super().__init__(message)


class TooManyLogins(IdentityError):
    """Too many passwords are being checked."""

    code = "too_many_logins"
    retryable = True


class NoticeNotFound(LumberError):
    """No notice has this id or name."""

    code = "notice_not_found"


class AuditError(LumberError):
    """The audit trail can't be read or exported."""

    code = "audit_error"


class AuditFailed(AuditError):
    """The audit trail can't be written, so nothing was done."""

    code = "audit_failed"
    retryable = True


class RemoteError(LumberError):
    """The service at another address doesn't do what was asked."""

    code = "remote_error"


class ServerUnreachable(RemoteError):
    """The service at another address doesn't respond."""

    code = "server_unreachable"
    retryable = True


class DestinationError(LumberError):
    """The place that datasets are written to doesn't do what was asked."""

    code = "destination_error"


class DestinationNotFound(DestinationError):
    """No destination has this name."""

    code = "destination_not_found"


class DestinationUnreachable(DestinationError):
    """The destination doesn't respond."""

    code = "destination_unreachable"
    retryable = True


class DestinationDenied(DestinationError):
    """The destination doesn't accept the credentials, or they don't allow what was asked."""

    code = "destination_denied"


class DestinationFull(DestinationError):
    """The destination has no room left."""

    code = "destination_full"


class DestinationConflict(DestinationError):
    """The destination holds something else in this place."""

    code = "destination_conflict"


class DestinationUnfit(DestinationError):
    """The destination failed a check that datasets need."""

    code = "destination_unfit"


class TooManyRequests(LumberError):
    """Somebody makes more calls than the service allows."""

    code = "too_many_requests"
    retryable = True

    def __init__(self, message: str, retry_after_seconds: int) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class DatasetMissing(LumberError):
    """The folder contains no finished dataset."""

    code = "dataset_missing"


class DatasetDamaged(LumberError):
    """The files of a dataset don't match its manifest."""

    code = "dataset_damaged"
