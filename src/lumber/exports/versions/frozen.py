"""What all versions of a dataset share until a new major one: the config without its dates, and the record.

What was in the test split must never move into train, so splits, privacy and columns don't change within it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lumber.dataset.manifest import schema_hash
from lumber.exports.config import ExportConfig, without_unset
from lumber.formats import resolve_compression
from lumber.steps.templates.masks import MASKS_VERSION

# Fields that may change from version to version: how rows are read, where they go, and which range of time.
_FREE = frozenset(
    (
        *("dataset", "incremental", "new_major", "destination", "batch_size", "max_reject_ratio", "planning"),
        *("start_date", "end_date", "end_before", "date_range", "time_zone"),
    )
)


def frozen_parts(config: ExportConfig, privacy_key_id: str | None) -> dict[str, Any]:
    """Return what is frozen, as plain JSON values."""
    values = without_unset(config.as_json())
    return {
        "config": {name: value for name, value in values.items() if name not in _FREE},
        "schemas": {kind.name: schema_hash(kind) for kind in config.written_kinds()},
        "privacy_key_id": privacy_key_id,
        # A template table only fits the masks that it was mined with.
        **({"masks_version": MASKS_VERSION} if config.has_templates else {}),
    }


def changed_parts(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return the names of what differs: fields of the config, columns of a data type, the privacy key."""
    old, new = _resolved(before["config"]), _resolved(now["config"])
    found = [name for name in sorted({*old, *new}) if old.get(name) != new.get(name)]
    shared = before["schemas"].keys() & now["schemas"].keys()
    found += [
        f"columns of {kind}" for kind in sorted(shared) if before["schemas"][kind] != now["schemas"][kind]
    ]
    if before["privacy_key_id"] != now["privacy_key_id"]:
        found.append("the privacy key")
    masks = "masks_version"
    if masks in before and masks in now and before[masks] != now[masks]:
        found.append("the forms of values in templates")
    return found


def _resolved(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the config with the codec that its compression means: true and "gzip" may be the same."""
    values = dict(config)
    if {"compression", "output_format"} <= values.keys():
        values["compression"] = resolve_compression(values["output_format"], values["compression"])
    return values


def why_major(config: ExportConfig, before: Mapping[str, Any], now: Mapping[str, Any]) -> str | None:
    """Return why a version begins a new major one; None: it doesn't."""
    if changed := changed_parts(before, now):
        return f"{', '.join(changed)} changed, so this is a new major version"
    return "a new major version was asked for" if config.new_major else None
