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
│   ├── DatabaseNotEmpty      database_not_empty
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
│   ├── PresetNotFound        preset_not_found
│   ├── PreviewTimeout        preview_timeout
│   ├── SourceFailed          source_failed
│   │   └── SourceConflict    source_conflict
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
├── SourceError               source_error
│   ├── SourceNotFound        source_not_found
│   ├── SourceDenied          source_denied
│   ├── SourceUnmapped        source_unmapped
│   ├── SourceTableChanged    source_table_changed
│   └── SourceUnfit           source_unfit
├── TooManyRequests           too_many_requests
├── DatasetMissing            dataset_missing
└── DatasetDamaged            dataset_damaged

`code` is stable and machine-readable. `retryable` says whether the same call may succeed later. A message
says what is wrong, where, and what to do. It never contains a password.
"""

from __future__ import annotations

from lumber.errors.base import ConfigError as ConfigError
from lumber.errors.base import FieldProblem as FieldProblem
from lumber.errors.base import LumberError as LumberError
from lumber.errors.base import without_addresses as without_addresses
from lumber.errors.databases import DatabaseBusy as DatabaseBusy
from lumber.errors.databases import DatabaseError as DatabaseError
from lumber.errors.databases import DatabaseLocked as DatabaseLocked
from lumber.errors.databases import DatabaseMissing as DatabaseMissing
from lumber.errors.databases import DatabaseUnreachable as DatabaseUnreachable
from lumber.errors.databases import SchemaOutdated as SchemaOutdated
from lumber.errors.databases import SchemaUnknown as SchemaUnknown
from lumber.errors.destinations import DestinationConflict as DestinationConflict
from lumber.errors.destinations import DestinationDenied as DestinationDenied
from lumber.errors.destinations import DestinationError as DestinationError
from lumber.errors.destinations import DestinationFull as DestinationFull
from lumber.errors.destinations import DestinationNotFound as DestinationNotFound
from lumber.errors.destinations import DestinationUnfit as DestinationUnfit
from lumber.errors.destinations import DestinationUnreachable as DestinationUnreachable
from lumber.errors.exports import DatasetBusy as DatasetBusy
from lumber.errors.exports import DatasetNotFound as DatasetNotFound
from lumber.errors.exports import DatasetStateError as DatasetStateError
from lumber.errors.exports import ExportCancelled as ExportCancelled
from lumber.errors.exports import ExportError as ExportError
from lumber.errors.exports import ExportFileNotFound as ExportFileNotFound
from lumber.errors.exports import ExportHandedBack as ExportHandedBack
from lumber.errors.exports import ExportNotFound as ExportNotFound
from lumber.errors.exports import ExportStateError as ExportStateError
from lumber.errors.exports import IdempotencyConflict as IdempotencyConflict
from lumber.errors.exports import LeaseLost as LeaseLost
from lumber.errors.exports import NothingMatched as NothingMatched
from lumber.errors.exports import PresetNotFound as PresetNotFound
from lumber.errors.exports import PreviewTimeout as PreviewTimeout
from lumber.errors.exports import RejectRatioExceeded as RejectRatioExceeded
from lumber.errors.exports import ResidueFound as ResidueFound
from lumber.errors.exports import ScheduleNotFound as ScheduleNotFound
from lumber.errors.exports import ScheduleStateError as ScheduleStateError
from lumber.errors.exports import SourceConflict as SourceConflict
from lumber.errors.exports import SourceFailed as SourceFailed
from lumber.errors.exports import TooManyExports as TooManyExports
from lumber.errors.exports import Unbalanced as Unbalanced
from lumber.errors.exports import WorkerDied as WorkerDied
from lumber.errors.folders import DatasetDamaged as DatasetDamaged
from lumber.errors.folders import DatasetMissing as DatasetMissing
from lumber.errors.folders import DiskFull as DiskFull
from lumber.errors.folders import OutputError as OutputError
from lumber.errors.folders import OutputOccupied as OutputOccupied
from lumber.errors.folders import OutputUnwritable as OutputUnwritable
from lumber.errors.identity import AuthenticationFailed as AuthenticationFailed
from lumber.errors.identity import IdentityError as IdentityError
from lumber.errors.identity import KeyNotFound as KeyNotFound
from lumber.errors.identity import NotPermitted as NotPermitted
from lumber.errors.identity import OriginRefused as OriginRefused
from lumber.errors.identity import PolicyNotFound as PolicyNotFound
from lumber.errors.identity import PolicyRefused as PolicyRefused
from lumber.errors.identity import PolicyVersion as PolicyVersion
from lumber.errors.identity import ProviderNotFound as ProviderNotFound
from lumber.errors.identity import QuotaExceeded as QuotaExceeded
from lumber.errors.identity import SessionNotFound as SessionNotFound
from lumber.errors.identity import TooManyFailures as TooManyFailures
from lumber.errors.identity import TooManyLogins as TooManyLogins
from lumber.errors.identity import UserNotFound as UserNotFound
from lumber.errors.identity import UserStateError as UserStateError
from lumber.errors.mapped import SourceDenied as SourceDenied
from lumber.errors.mapped import SourceError as SourceError
from lumber.errors.mapped import SourceNotFound as SourceNotFound
from lumber.errors.mapped import SourceTableChanged as SourceTableChanged
from lumber.errors.mapped import SourceUnfit as SourceUnfit
from lumber.errors.mapped import SourceUnmapped as SourceUnmapped
from lumber.errors.services import AuditError as AuditError
from lumber.errors.services import AuditFailed as AuditFailed
from lumber.errors.services import NoticeNotFound as NoticeNotFound
from lumber.errors.services import RemoteError as RemoteError
from lumber.errors.services import ServerUnreachable as ServerUnreachable
from lumber.errors.services import TooManyRequests as TooManyRequests
from lumber.errors.sources import DatabaseNotEmpty as DatabaseNotEmpty
from lumber.errors.sources import FormatNotFound as FormatNotFound
from lumber.errors.sources import IngestError as IngestError
from lumber.errors.sources import LoadStateError as LoadStateError
from lumber.errors.sources import SourceChanged as SourceChanged
from lumber.errors.sources import SourceMissing as SourceMissing
from lumber.errors.sources import TooManyUploads as TooManyUploads
from lumber.errors.sources import UploadCancelled as UploadCancelled
from lumber.errors.sources import UploadInterrupted as UploadInterrupted
from lumber.errors.sources import UploadNotFound as UploadNotFound
from lumber.errors.sources import UploadStateError as UploadStateError
from lumber.errors.sources import UploadTooLarge as UploadTooLarge
