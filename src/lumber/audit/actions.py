"""The actions that the audit trail knows, and the details that each of them may have. The list is closed."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple


class Member(StrEnum):
    """The type of a detail. No type can hold a row of data."""

    TEXT = "text"
    TEXTS = "list of texts"
    NUMBER = "number"
    FLAG = "flag"
    SHA256 = "sha256"


class Action(StrEnum):
    """What was done."""

    LOGIN = "login"
    LOGIN_FAILED = "login_failed"
    LOGOUT = "logout"
    USER_CREATED = "user_created"
    USER_CHANGED = "user_changed"
    USER_DISABLED = "user_disabled"
    USER_ENABLED = "user_enabled"
    USER_DELETED = "user_deleted"
    PASSWORD_CHANGED = "password_changed"
    ROLE_CHANGED = "role_changed"
    KEY_CREATED = "key_created"
    KEY_REVOKED = "key_revoked"
    POLICY_CHANGED = "policy_changed"
    POLICY_DELETED = "policy_deleted"
    ACCESS_REFUSED = "access_refused"
    EXPORT_CREATED = "export_created"
    EXPORT_COMPLETED = "export_completed"
    EXPORT_FAILED = "export_failed"
    EXPORT_CANCELLED = "export_cancelled"
    EXPORT_RETRIED = "export_retried"
    EXPORT_DELETED = "export_deleted"
    EXPORT_NAMED = "export_named"
    EXPORT_SHARED = "export_shared"
    EXPORTS_COMPARED = "exports_compared"
    EXPORT_PUBLISHED = "export_published"
    DESTINATION_ADDED = "destination_added"
    DESTINATION_PROBED = "destination_probed"
    DESTINATION_REMOVED = "destination_removed"
    DESTINATION_CLEANED = "destination_cleaned"
    SOURCE_ADDED = "source_added"
    SOURCE_MAPPED = "source_mapped"
    SOURCE_REMOVED = "source_removed"
    PREVIEW = "preview"
    DOWNLOAD_STARTED = "download_started"
    DOWNLOAD = "download"
    ROWS_VIEWED = "rows_viewed"
    DATASET_VERIFIED = "dataset_verified"
    LOAD_CREATED = "load_created"
    LOAD_DELETED = "load_deleted"
    FORMAT_SAVED = "format_saved"
    FORMAT_DELETED = "format_deleted"
    GATE_CHANGED = "gate_changed"
    VERSION_HELD = "version_held"
    VERSION_PUBLISHED = "version_published"
    VERSION_DROPPED = "version_dropped"
    VERSION_WITHDRAWN = "version_withdrawn"
    VERSION_TAGGED = "version_tagged"
    VERSION_UNTAGGED = "version_untagged"
    RETENTION_CHANGED = "retention_changed"
    TABLES_CHANGED = "tables_changed"
    BACKFILL_STARTED = "backfill_started"
    BACKFILL_CANCELLED = "backfill_cancelled"
    NOTICE_CREATED = "notice_created"
    NOTICE_CHANGED = "notice_changed"
    NOTICE_TESTED = "notice_tested"
    NOTICE_DELETED = "notice_deleted"
    SCHEDULE_CREATED = "schedule_created"
    SCHEDULE_CHANGED = "schedule_changed"
    SCHEDULE_PAUSED = "schedule_paused"
    SCHEDULE_RESUMED = "schedule_resumed"
    SCHEDULE_RUN = "schedule_run"
    SCHEDULE_DELETED = "schedule_deleted"
    PRESET_SAVED = "preset_saved"
    PRESET_DELETED = "preset_deleted"
    PSEUDONYMS_REVERSED = "pseudonyms_reversed"
    PSEUDONYMS_MAPPED = "pseudonyms_mapped"
    SETTINGS_CHANGED = "settings_changed"
    AUDIT_EXPORTED = "audit_exported"
    AUDIT_PRUNED = "audit_pruned"


class Declaration(NamedTuple):
    """What an action means, and its details."""

    meaning: str
    members: Mapping[str, Member] = MappingProxyType({})


_WHAT_IS_EXPORTED = {
    "kinds": Member.TEXTS,
    "columns": Member.TEXTS,
    # Columns and operators. Values can be personal: only a digest of all of them is kept.
    "filters": Member.TEXTS,
    "filters_sha256": Member.SHA256,
    "start_date": Member.TEXT,
    "end_date": Member.TEXT,
    "end_before": Member.TEXT,
    "output_format": Member.TEXT,
    "is_private": Member.FLAG,
    "privacy": Member.TEXTS,
    "policies": Member.TEXTS,
    "config_sha256": Member.SHA256,
}
_FILE = {
    "file": Member.TEXT,
    "sha256": Member.SHA256,
    "first_byte": Member.NUMBER,
    "bytes": Member.NUMBER,
}
_NAME = {"name": Member.TEXT}
_USER = {**_NAME, "role": Member.TEXT, "fields": Member.TEXTS, "is_service_account": Member.FLAG}
# The host of a webhook only: the rest of its address may be a secret.
_NOTICE = {**_NAME, "channel": Member.TEXT, "place": Member.TEXT, "events": Member.TEXTS}
_DESTINATION = {**_NAME, "url": Member.TEXT, "status": Member.TEXT}
_BACKFILL = {
    **_NAME,
    "backfill_id": Member.TEXT,
    "start": Member.TEXT,
    "end": Member.TEXT,
    "window": Member.TEXT,
}
_SOURCE = {**_NAME, "url": Member.TEXT}
_SCHEDULE = {
    **_NAME,
    "cron": Member.TEXT,
    "every_seconds": Member.NUMBER,
    "time_zone": Member.TEXT,
    "kinds": Member.TEXTS,
    "config_sha256": Member.SHA256,
}
_VERSION = {**_NAME, "version": Member.NUMBER, "export_id": Member.TEXT}
_TAG = {**_VERSION, "tag": Member.TEXT}
_LOAD = {"name": Member.TEXT, "kind": Member.TEXT, "rows": Member.NUMBER}

DECLARED: Mapping[Action, Declaration] = {
    Action.LOGIN: Declaration("A person signed in.", {"method": Member.TEXT, "session": Member.TEXT}),
    Action.LOGIN_FAILED: Declaration("A sign-in failed.", {"method": Member.TEXT}),
    Action.LOGOUT: Declaration(
        "A person signed out, or ended sessions of an account.",
        {"sessions": Member.NUMBER, "session": Member.TEXT},
    ),
    Action.USER_CREATED: Declaration("An account was created.", _USER),
    Action.USER_CHANGED: Declaration("An account was changed; `fields` names what.", _USER),
    Action.USER_DISABLED: Declaration("An account was disabled.", _NAME),
    Action.USER_ENABLED: Declaration("An account was enabled again.", _NAME),
    Action.USER_DELETED: Declaration("An account was deleted.", {**_NAME, "keys": Member.NUMBER}),
    Action.PASSWORD_CHANGED: Declaration("A password was changed.", _NAME),
    Action.ROLE_CHANGED: Declaration(
        "An account got another role.", {**_NAME, "before": Member.TEXT, "after": Member.TEXT}
    ),
    Action.KEY_CREATED: Declaration(
        "An API key was created.",
        {
            "name": Member.TEXT,
            "owner": Member.TEXT,
            "scopes": Member.TEXTS,
            "kinds": Member.TEXTS,
            "expires_at": Member.TEXT,
        },
    ),
    Action.KEY_REVOKED: Declaration("An API key was revoked.", {"name": Member.TEXT, "owner": Member.TEXT}),
    Action.POLICY_CHANGED: Declaration(
        "An export policy was created or changed; `fields` names what, and `changes` has the values.",
        {**_NAME, "version": Member.NUMBER, "fields": Member.TEXTS, "changes": Member.TEXTS},
    ),
    Action.POLICY_DELETED: Declaration("An export policy was deleted.", {**_NAME, "version": Member.NUMBER}),
    Action.ACCESS_REFUSED: Declaration(
        "A call was refused.", {"method": Member.TEXT, "route": Member.TEXT, "scope": Member.TEXT}
    ),
    Action.EXPORT_CREATED: Declaration("An export was created.", _WHAT_IS_EXPORTED),
    Action.EXPORT_COMPLETED: Declaration(
        "An export is complete.",
        {
            "rows": Member.NUMBER,
            "files": Member.NUMBER,
            "bytes": Member.NUMBER,
            "folder": Member.TEXT,
            "files_sha256": Member.SHA256,
        },
    ),
    Action.EXPORT_FAILED: Declaration("An export failed.", {"attempt": Member.NUMBER}),
    Action.EXPORT_CANCELLED: Declaration(
        "An export was cancelled, or its worker was asked to stop.", {"status": Member.TEXT}
    ),
    Action.EXPORT_RETRIED: Declaration("An export was queued again."),
    Action.EXPORT_DELETED: Declaration(
        "An export was deleted.", {"status": Member.TEXT, "rows": Member.NUMBER, "cause": Member.TEXT}
    ),
    Action.EXPORT_NAMED: Declaration(
        "The name, the tags or the note of an export was changed; `fields` names what.",
        {"fields": Member.TEXTS, **_NAME, "tags": Member.TEXTS},
    ),
    Action.EXPORT_SHARED: Declaration(
        "An export was shared.", {"user": Member.TEXT, "role": Member.TEXT, "is_shared": Member.FLAG}
    ),
    Action.EXPORTS_COMPARED: Declaration(
        "An export was compared with the `other` one; `rows` is the number of example rows.",
        {"other": Member.TEXT, "rows": Member.NUMBER},
    ),
    Action.EXPORT_PUBLISHED: Declaration(
        "A complete export was written to a destination; `files` and `bytes` are those of the dataset.",
        {
            **_NAME,
            "url": Member.TEXT,
            "files": Member.NUMBER,
            "bytes": Member.NUMBER,
            "uploaded_files": Member.NUMBER,
            "uploaded_bytes": Member.NUMBER,
            "manifest_sha256": Member.SHA256,
        },
    ),
    Action.DESTINATION_ADDED: Declaration("A destination was registered.", _DESTINATION),
    Action.DESTINATION_PROBED: Declaration("A destination was checked again.", _DESTINATION),
    Action.DESTINATION_REMOVED: Declaration(
        "A destination was forgotten. What lies in it stays.", _DESTINATION
    ),
    Action.SOURCE_ADDED: Declaration("A database of other programs was registered as a source.", _SOURCE),
    Action.SOURCE_MAPPED: Declaration(
        "The table of a source was mapped to a data type.",
        {**_SOURCE, "kind": Member.TEXT, "mapping_sha256": Member.SHA256},
    ),
    Action.SOURCE_REMOVED: Declaration("A source was forgotten, with its mappings.", _SOURCE),
    Action.DESTINATION_CLEANED: Declaration(
        "Files that belong to no dataset, and unfinished uploads, were deleted from a destination.",
        {
            **_NAME,
            "url": Member.TEXT,
            "files": Member.NUMBER,
            "bytes": Member.NUMBER,
            "uploads": Member.NUMBER,
        },
    ),
    Action.PREVIEW: Declaration(
        "A preview showed sample rows.",
        {**_WHAT_IS_EXPORTED, "rows": Member.NUMBER, "sample_rows": Member.NUMBER},
    ),
    Action.DOWNLOAD_STARTED: Declaration(
        "A download was about to begin. Recorded before the first byte is sent.", _FILE
    ),
    Action.DOWNLOAD: Declaration(
        "A download ended.",
        {**_FILE, "bytes_sent": Member.NUMBER, "is_complete": Member.FLAG, "started_seq": Member.NUMBER},
    ),
    Action.ROWS_VIEWED: Declaration(
        "Somebody began to look at rows of an export or of a table. Recorded before the first row is sent; "
        "pages that follow within half an hour get no line.",
        {"table": Member.TEXT},
    ),
    Action.DATASET_VERIFIED: Declaration(
        "A dataset was checked.",
        {"folder": Member.TEXT, "files": Member.NUMBER, "problems": Member.NUMBER},
    ),
    Action.LOAD_CREATED: Declaration(
        "A source was loaded.", {**_LOAD, "rejected": Member.NUMBER, "lines": Member.NUMBER}
    ),
    Action.LOAD_DELETED: Declaration("A load was deleted.", _LOAD),
    Action.FORMAT_SAVED: Declaration("A format was saved."),
    Action.FORMAT_DELETED: Declaration("A saved format was deleted."),
    Action.GATE_CHANGED: Declaration(
        "The gate of a dataset was changed; without `conditions` it was removed.",
        {**_NAME, "conditions": Member.TEXTS},
    ),
    Action.VERSION_HELD: Declaration(
        "A new version of a dataset was held by these `rules` of a gate.",
        {**_VERSION, "rules": Member.TEXTS},
    ),
    Action.VERSION_PUBLISHED: Declaration("A person published a held version of a dataset.", _VERSION),
    Action.VERSION_DROPPED: Declaration(
        "A person dropped a held version of a dataset.", {**_VERSION, "reason": Member.TEXT}
    ),
    Action.VERSION_WITHDRAWN: Declaration(
        "A version beyond the limits of its dataset was removed from its destination; `files` are those that "
        "no other version shares.",
        {
            **_VERSION,
            "url": Member.TEXT,
            "files": Member.NUMBER,
            "bytes": Member.NUMBER,
            "cause": Member.TEXT,
        },
    ),
    Action.VERSION_TAGGED: Declaration(
        "A version of a dataset got a tag; `before` is the version that had it until then.",
        {**_TAG, "before": Member.NUMBER},
    ),
    Action.VERSION_UNTAGGED: Declaration("A tag was removed from a version of a dataset.", _TAG),
    Action.RETENTION_CHANGED: Declaration(
        "The number of versions of a dataset that are kept was changed; without `last` and `days` there is "
        "no limit.",
        {**_NAME, "last": Member.NUMBER, "days": Member.NUMBER},
    ),
    Action.TABLES_CHANGED: Declaration(
        "The tables that versions of a dataset are committed to were changed; without `place` there are none "
        "of this format.",
        {**_NAME, "format": Member.TEXT, "place": Member.TEXT},
    ),
    Action.BACKFILL_STARTED: Declaration(
        "A past range is added to a dataset, in windows: each has an export.", _BACKFILL
    ),
    Action.BACKFILL_CANCELLED: Declaration("A backfill of a dataset was cancelled.", _BACKFILL),
    Action.NOTICE_CREATED: Declaration(
        "A notice was created; `place` is the host of its webhook, or its e-mail addresses.",
        {**_NOTICE, "is_for_all": Member.FLAG},
    ),
    Action.NOTICE_CHANGED: Declaration(
        "A notice was changed; `fields` names what.",
        {**_NOTICE, "is_for_all": Member.FLAG, "fields": Member.TEXTS},
    ),
    Action.NOTICE_TESTED: Declaration("A notice was sent as a test.", _NOTICE),
    Action.NOTICE_DELETED: Declaration("A notice was deleted.", _NOTICE),
    Action.SCHEDULE_CREATED: Declaration("A schedule was created.", _SCHEDULE),
    Action.SCHEDULE_CHANGED: Declaration(
        "A schedule was changed; `fields` names what.", {**_SCHEDULE, "fields": Member.TEXTS}
    ),
    Action.SCHEDULE_PAUSED: Declaration(
        "A schedule was paused, by a person or after failed runs.", {**_NAME, "failures": Member.NUMBER}
    ),
    Action.SCHEDULE_RESUMED: Declaration("A schedule was resumed.", _NAME),
    Action.SCHEDULE_RUN: Declaration(
        "A schedule was run once, beside its times.",
        {**_NAME, "nominal_at": Member.TEXT, "status": Member.TEXT, "export_id": Member.TEXT},
    ),
    Action.SCHEDULE_DELETED: Declaration("A schedule was deleted.", _NAME),
    Action.PRESET_SAVED: Declaration(
        "A preset was created or changed.",
        {**_NAME, "kinds": Member.TEXTS, "config_sha256": Member.SHA256},
    ),
    Action.PRESET_DELETED: Declaration("A preset was deleted.", _NAME),
    Action.PSEUDONYMS_REVERSED: Declaration(
        "Somebody with the privacy key asked which values pseudonyms stand for; `reversed` of them were "
        "shown. `time_shift`: also by how much times were shifted.",
        {
            "privacy_key_id": Member.TEXT,
            "context": Member.TEXT,
            "pseudonyms": Member.NUMBER,
            "reversed": Member.NUMBER,
            "types": Member.TEXTS,
            "kinds": Member.TEXTS,
            "time_shift": Member.FLAG,
        },
    ),
    Action.PSEUDONYMS_MAPPED: Declaration(
        "Pseudonyms under an old privacy key were written with those of the same values under a new one.",
        {
            "privacy_key_id": Member.TEXT,
            "context": Member.TEXT,
            "new_privacy_key_id": Member.TEXT,
            "new_context": Member.TEXT,
            "pseudonyms": Member.NUMBER,
            "types": Member.TEXTS,
            "kinds": Member.TEXTS,
            "file": Member.TEXT,
        },
    ),
    Action.SETTINGS_CHANGED: Declaration(
        "`lumber serve` started with other settings than the last time; `fields` names those that changed.",
        {"fields": Member.TEXTS, "settings": Member.TEXTS},
    ),
    Action.AUDIT_EXPORTED: Declaration("The audit trail was exported.", {"lines": Member.NUMBER}),
    Action.AUDIT_PRUNED: Declaration(
        "The retention deleted the oldest lines of the audit trail.",
        {"first_seq": Member.NUMBER, "prev_hash": Member.SHA256, "lines": Member.NUMBER},
    ),
}
