"""Checks that the hashes, counts and shard names in a manifest are consistent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from lumber.catalog.kind import Kind
from lumber.catalog.registry import all_kinds
from lumber.dataset.layout import CHECKSUMS, MANIFEST
from lumber.dataset.manifest import KindSection, Manifest, field_entries, hash_of_fields
from lumber.dataset.reproducibility import hash_json, reproducibility_hash
from lumber.dataset.verify.report import Report
from lumber.formats.naming import ShardName, parse_shard_name
from lumber.formats.reading import Unreadable
from lumber.text import counted


def check_hashes(manifest: Manifest, report: Report) -> None:
    """Recompute the hashes of the config, of each kind's record and of the whole, and compare them."""
    found = hash_json(manifest.config)
    if found != manifest.config_hash:
        report.add(MANIFEST, f"config_hash is {manifest.config_hash}, the config's is {found}")
    if manifest.reproducibility_hash is None:
        # Datasets of versions without this hash have no checksums either.
        if any(file.path == CHECKSUMS for file in manifest.files):
            report.add(MANIFEST, "reproducibility_hash is missing")
    else:
        found = reproducibility_hash(manifest.as_json())
        if found != manifest.reproducibility_hash:
            text = f"reproducibility_hash is {manifest.reproducibility_hash}, the content's is {found}"
            report.add(MANIFEST, text)
    for name, kind in manifest.kinds.items():
        found = hash_of_fields(kind.fields)
        if found != kind.schema_hash:
            report.add(MANIFEST, f"kinds.{name}.schema_hash is {kind.schema_hash}, the schema's is {found}")
        known = all_kinds().get(name)
        if known is None:
            report.note(MANIFEST, f"this program has no kind {name}; it is checked by the schema listed")
        elif not _is_known(known, kind, manifest.config):
            report.note(MANIFEST, f"the record of {name} is of another version than this program's")


def _is_known(kind: Kind, listed: KindSection, config: Mapping[str, Any]) -> bool:
    """Say whether the kind's own columns are as this program writes them. Steps add other columns."""
    own = {field.name: field.as_json() for field in field_entries(kind.schema)}
    # How JSON is stored depends on the values, not on the version.
    found = {
        field.name: {key: value for key, value in field.as_json().items() if key != "stored"}
        for field in listed.fields
    }
    chosen = config.get("fields")
    if not isinstance(chosen, dict) or kind.name not in chosen:
        return list(found.values())[: len(own)] == list(own.values())
    return all(field == own.get(name, field) for name, field in found.items())


def check_counts(manifest: Manifest, report: Report) -> None:
    """Check that the balance of every kind and its plan add up."""
    for name in sorted(manifest.plan.kinds.keys() ^ manifest.kinds.keys()):
        where, other = ("plan.kinds", "kinds") if name in manifest.plan.kinds else ("kinds", "plan.kinds")
        report.add(MANIFEST, f"{name} is in {where}, but not in {other}")
    for name, kind in manifest.kinds.items():
        _check_balance(name, kind, report)
        plan = manifest.plan.kinds.get(name)
        if plan is None:
            continue
        partitions = sum(partition.rows for partition in plan.partitions)
        has_rows = f"the plan has {counted(plan.rows + plan.inherited, 'row')}"
        if plan.rows + plan.inherited != kind.planned:
            report.add(MANIFEST, f"{name}: {has_rows}, but planned is {kind.planned:,}")
        if plan.rows != partitions:
            has_rows = f"the plan has {counted(plan.rows, 'row')}"
            report.add(MANIFEST, f"{name}: {has_rows}, its partitions {partitions:,}")


def _check_balance(name: str, kind: KindSection, report: Report) -> None:
    accounted = kind.written + kind.rejected + kind.deduplicated + kind.sampled_out
    if kind.read != accounted:
        report.add(
            MANIFEST,
            f"{name}: read {counted(kind.read, 'row')}, but written {kind.written:,}, rejected "
            f"{kind.rejected:,}, deduplicated {kind.deduplicated:,} and left out {kind.sampled_out:,} make "
            f"{accounted:,}",
        )
    elif not kind.balanced:
        report.add(MANIFEST, f"{name}: balanced is false, though the rows balance")
    if kind.planned != kind.read:
        report.add(MANIFEST, f"{name}: planned {counted(kind.planned, 'row')}, but read {kind.read:,}")


def check_names(manifest: Manifest, report: Report) -> None:
    """Check that the shards of every split are numbered 0 to N-1 of N, and that no path is listed twice."""
    groups: dict[tuple[str, str], list[tuple[str, ShardName]]] = defaultdict(list)
    seen: set[str] = set()
    for entry in manifest.files:
        if entry.path in seen:
            report.add(entry.path, "is listed twice in the manifest")
            continue
        seen.add(entry.path)
        if entry.kind is None:
            continue
        try:
            name = parse_shard_name(entry.path)
        except Unreadable as error:
            report.add(entry.path, str(error))
            continue
        if (name.kind, name.split) != (entry.kind, entry.split):
            report.add(entry.path, f"is not the name of a shard of {entry.kind}, split {entry.split}")
            continue
        if name.format.name != manifest.config.get("output_format"):
            report.add(entry.path, f"is not {manifest.config.get('output_format')}, as the config asks for")
        groups[name.kind, name.split].append((entry.path, name))
    for (kind, split), shards in groups.items():
        _check_numbers(f"{kind}/{split}", shards, report)


def _check_numbers(group: str, shards: list[tuple[str, ShardName]], report: Report) -> None:
    total = len(shards)
    for path, name in shards:
        if name.count != total:
            report.add(path, f"is named one of {counted(name.count, 'shard')}, the manifest lists {total:,}")
            return
    missing = set(range(total)) - {name.index for _, name in shards}
    if missing:
        report.add(MANIFEST, f"{group}: shard {min(missing)} of {total} is not listed")
