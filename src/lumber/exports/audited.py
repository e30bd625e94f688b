"""The lines of the audit trail that tell of exports: what was asked for, and how it ended.

Values of filters can be personal, so the lines have columns and operators only, and a digest of all filters.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from lumber.audit.actions import Action
from lumber.audit.actor import Actor, local_actor, system_actor
from lumber.audit.line import Detail, NewLine, Result
from lumber.dataset.manifest import FileEntry
from lumber.dataset.reproducibility import hash_json
from lumber.errors import PolicyVersion
from lumber.exports.config import ExportConfig
from lumber.store.models import ExportPublication, ExportStatus, NamedDataset

# The file of a download of all files.
WHOLE_DATASET = "dataset"

# What the audit trail calls the rows that a comparison shows as examples.
COMPARISON = "a comparison"


def export_target(export_id: str) -> tuple[str, str]:
    """Return the target of a line about an export."""
    return ("export", export_id)


def created_line(
    by: Actor | None, export_id: str, config: ExportConfig, policies: Sequence[PolicyVersion] = ()
) -> NewLine:
    """Return the line for a new export. Without `by`, it is of the user of the command line."""
    target, details = export_target(export_id), what_is_exported(config, policies)
    return NewLine(by or local_actor(), Action.EXPORT_CREATED, target, details=details)


def preview_line(
    by: Actor | None,
    config: ExportConfig,
    rows: int,
    sample_rows: int,
    policies: Sequence[PolicyVersion] = (),
) -> NewLine:
    """Return the line for a preview that is about to be shown."""
    details = {**what_is_exported(config, policies), "rows": rows, "sample_rows": sample_rows}
    return NewLine(by or local_actor(), Action.PREVIEW, details=details)


def viewed_line(by: Actor, export_id: str, table: str) -> NewLine:
    """Return the line for rows of a table that are about to be shown."""
    return NewLine(by, Action.ROWS_VIEWED, export_target(export_id), details={"table": table})


def compared_lines(by: Actor, export_id: str, other_id: str, rows: int | None = None) -> list[NewLine]:
    """Return the lines for a comparison that is about to be shown, with `rows` rows as examples.

    `rows` is None if rows weren't compared.
    """
    shown = dict.fromkeys([export_id, other_id]) if rows else ()
    details = {"other": other_id, "rows": rows}
    return [
        *(viewed_line(by, each, COMPARISON) for each in shown),
        NewLine(by, Action.EXPORTS_COMPARED, export_target(export_id), details=details),
    ]


def table_viewed_line(by: Actor, kind: str, source: str | None) -> NewLine:
    """Return the line for rows of a table of the database that are about to be shown."""
    return NewLine(by, Action.ROWS_VIEWED, table_target(kind, source), details={"table": kind})


def table_target(kind: str, source: str | None) -> tuple[str, str]:
    """Return the target of a line about a table: its data type, and its source, if it isn't ours."""
    return ("table", kind if source is None else f"{source}.{kind}")


def completed_line(by: Actor, row: ExportStatus, files: Sequence[FileEntry]) -> NewLine:
    """Return the line for a completed export."""
    details: dict[str, Detail] = {
        "rows": row.record_count,
        "files": len(files),
        "bytes": row.file_size,
        "folder": row.output_path,
        "files_sha256": files_sha256([(file.path, file.sha256) for file in files]),
    }
    return NewLine(by, Action.EXPORT_COMPLETED, export_target(row.id), details=details)


def published_line(by: Actor, publication: ExportPublication) -> NewLine:
    """Return the line for a complete export that was written to a destination."""
    details: dict[str, Detail] = {
        "name": publication.destination,
        "url": f"{publication.url.rstrip('/')}/{publication.root}",
        "files": publication.files,
        "bytes": publication.size_bytes,
        "uploaded_files": publication.uploaded_files,
        "uploaded_bytes": publication.uploaded_bytes,
        "manifest_sha256": publication.manifest_sha256,
    }
    target = export_target(publication.export_id)
    return NewLine(by, Action.EXPORT_PUBLISHED, target, details=details)


def held_line(by: Actor, row: ExportStatus, version: tuple[str, str, int], rules: Sequence[str]) -> NewLine:
    """Return the line for a version, with the id and name of its dataset, that a gate holds."""
    dataset_id, name, number = version
    details: dict[str, Detail] = {"name": name, "version": number, "export_id": row.id, "rules": list(rules)}
    return NewLine(by, Action.VERSION_HELD, ("dataset", dataset_id), details=details)


def tagged_line(
    by: Actor | None, dataset: NamedDataset, version: tuple[int, str], tag: str, before: int | None
) -> NewLine:
    """Return the line for a tag of a version, which has a number and an export; `before` had the tag."""
    details = {**_of_version(dataset, *version), "tag": tag, "before": before}
    return _of_dataset(by, Action.VERSION_TAGGED, dataset, details)


def untagged_line(
    by: Actor | None, dataset: NamedDataset, version: tuple[int, str | None], tag: str
) -> NewLine:
    """Return the line for a tag that was removed from a version."""
    return _of_dataset(by, Action.VERSION_UNTAGGED, dataset, {**_of_version(dataset, *version), "tag": tag})


def retention_line(by: Actor | None, dataset: NamedDataset) -> NewLine:
    """Return the line for how many versions of a dataset are kept from now on."""
    details = {"name": dataset.name, "last": dataset.keep_last, "days": dataset.keep_days}
    return _of_dataset(by, Action.RETENTION_CHANGED, dataset, details)


def tables_line(by: Actor | None, dataset: NamedDataset, format: str, place: str | None) -> NewLine:
    """Return the line for where versions of a dataset are committed from now on; None: nowhere."""
    details = {"name": dataset.name, "format": format, "place": place}
    return _of_dataset(by, Action.TABLES_CHANGED, dataset, details)


def failed_line(by: Actor, row: ExportStatus) -> NewLine:
    """Return the line for an export that failed for good."""
    return NewLine(
        by,
        Action.EXPORT_FAILED,
        export_target(row.id),
        Result.FAILED,
        row.error_code,
        {"attempt": row.attempt},
    )


def changed_line(by: Actor, action: Action, row: ExportStatus, **details: Detail) -> NewLine:
    """Return the line for something that was done to an export, or was asked for."""
    return NewLine(by, action, export_target(row.id), details=details)


def runner(row: ExportStatus, owner: str) -> Actor:
    """Return who runs an export: the user of its command, or the worker of that name."""
    return local_actor() if row.executor == "command" else system_actor(owner)


def files_sha256(files: Iterable[tuple[str, str]]) -> str:
    """Return the SHA-256 of a dataset's files: of a line `sha256  path` for each one, sorted by path."""
    listed = "".join(f"{sha256}  {path}\n" for path, sha256 in sorted(files))
    return hashlib.sha256(listed.encode("utf-8", "surrogateescape")).hexdigest()


def what_is_exported(config: ExportConfig, policies: Sequence[PolicyVersion] = ()) -> Mapping[str, Detail]:
    """Return what an export or a preview covers, without any value of a filter, and what allowed it."""
    conditions = [
        f"{selection.kind.name}.{condition.column} {condition.operator.name}"
        for selection in config.selections()
        for condition in selection.conditions
    ]
    has_filters = bool(config.filters or config.processes)
    filters = {"filters": config.filters, "processes": config.processes}
    columns = [f"{kind}.{name}" for kind, names in config.fields.items() for name in names]
    return {
        "kinds": config.data_types,
        "columns": columns or None,
        "filters": conditions or None,
        "filters_sha256": hash_json(filters) if has_filters else None,
        **{name: _date(config, name) for name in ("start_date", "end_date", "end_before")},
        "output_format": str(config.output_format),
        "is_private": config.privacy is not None,
        "privacy": _privacy(config),
        "policies": [f"{policy.name}, version {policy.version}" for policy in policies] or None,
        "config_sha256": config.hash,
    }


def _of_version(dataset: NamedDataset, number: int, export_id: str | None) -> dict[str, Detail]:
    return {"name": dataset.name, "version": number, "export_id": export_id}


def _of_dataset(
    by: Actor | None, action: Action, dataset: NamedDataset, details: Mapping[str, Detail]
) -> NewLine:
    return NewLine(by or local_actor(), action, ("dataset", dataset.id), details=details)


def _date(config: ExportConfig, name: str) -> str | None:
    value = getattr(config, name)
    return None if value is None else value.isoformat()


def _privacy(config: ExportConfig) -> Sequence[str] | None:
    """Return the modes of a private export, such as `addresses truncate` and `email`."""
    if config.privacy is None:
        return None
    modes = [f"addresses {config.privacy.addresses.value}"]
    modes += sorted(each.value for each in config.privacy.identifiers)
    if config.privacy.secrets:
        modes.append("secrets")
    if config.privacy.drop_scope:
        modes.append("scope dropped")
    if config.privacy.known_values:
        modes.append("known values")
    if config.privacy.renumber_ids:
        modes.append("ids renumbered")
    if config.privacy.shift_times:
        group = config.privacy.shift_group
        modes.append("times shifted" if group is None else f"times shifted in the group {group}")
    if config.privacy.rules:
        modes.append("own rules")
    return modes if config.privacy.context is None else [*modes, f"context {config.privacy.context}"]
