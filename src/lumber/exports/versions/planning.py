"""Plans a version: which kinds add to their parent's rows, and which are read whole again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from lumber.catalog.kind import Kind
from lumber.catalog.selection import Selection
from lumber.dataset.manifest_file import read_manifest
from lumber.engine.plan import ParentVersion, VersionPlan
from lumber.errors import DatasetDamaged, DatasetMissing
from lumber.exports.config import ExportConfig
from lumber.exports.snapshot import Snapshot
from lumber.exports.versions.identity import database_identity, why_other_database
from lumber.exports.versions.origin import (
    only_grows,
    origin_mark,
    source_identity,
    why_not_continued,
    why_other_source,
)
from lumber.exports.versions.reserving import Parent, Reservation
from lumber.exports.versions.seen import Seen, new_rows, rows_seen, unchanged_since, why_changed
from lumber.steps.deduplicate import DuplicateMode
from lumber.steps.templates.step import Templates
from lumber.store.keyset import Since
from lumber.store.types import from_microseconds, to_microseconds

_MICROSECOND = timedelta(microseconds=1)
_LAST = datetime.max.replace(tzinfo=UTC)
# SQLite sorts new rows if they are this small a part of all, and otherwise passes the others in order.
_SPARSE_ROWS, _SPARSE_SHARE = 100_000, 0.05


@dataclass(frozen=True, slots=True)
class PlannedVersion:
    """A version's plan, the snapshot with what is new in it, and what the version has seen.

    `config` has the dates of the version, which an increment may have widened.
    """

    config: ExportConfig
    plan: VersionPlan
    snapshot: Snapshot
    watermark: dict[str, Any]


async def plan_version(
    config: ExportConfig,
    snapshot: Snapshot,
    reserved: Reservation,
    why_major: str | None = None,
    templates_since: int | None = None,
) -> PlannedVersion:
    """Plan a version. The same rows are in it whether kinds are read whole or not.

    `why_major`: why it begins a new major version, if it does. `templates_since` is the version that mined
    the template table that this one takes from its parent.
    """
    parent, reason = reserved.parent, why_major
    if parent is not None and config.incremental and why_major is None:
        config = widened(config, parent)
    selections = {selection.kind.name: selection for selection in config.selections()}
    identity = await _identity(snapshot, selections)
    watermark = {
        "database": identity,
        **({} if snapshot.guest is None else {"source": origin_mark(snapshot.guest, selections)}),
        **snapshot.describe(),
        "ranges": {name: list(range_us(each)) for name, each in selections.items()},
    }
    modes: dict[str, Literal["append", "whole"]] = dict.fromkeys(selections, "whole")
    reasons: dict[str, str] = {}
    before: dict[str, Seen] = {}
    has_table = templates_since is not None
    if why_major is not None:
        pass
    elif parent is not None and (other := await _why_other(snapshot, parent, identity)):
        reason = f"the database isn't the one that version {parent.number} read ({other}), "
        reason += "so everything is read again"
    elif parent is not None and config.incremental:
        for name, selection in selections.items():
            why = await _why_whole(config, snapshot, selection, parent, before, has_table=has_table)
            if why is None:
                modes[name] = "append"
            elif why:
                reasons[name] = why
    plan = VersionPlan(
        reserved.dataset_id,
        reserved.dataset,
        reserved.number,
        None if parent is None else _reference(parent),
        modes,
        why_major is not None,
        reason,
        reasons,
        {
            name: parent.totals[name]["read"]
            for name, mode in modes.items()
            if parent is not None and mode == "append"
        },
        templates_since,
    )
    since = {
        name: _since(parent, selections[name], snapshot)
        for name, mode in modes.items()
        if parent is not None and mode == "append"
    }
    new = with_since(snapshot, since)
    watermark["seen"] = {
        name: (
            before[name].plus(*await new_rows(new, selection))
            if name in since
            else await rows_seen(snapshot, selection)
        ).as_json()
        for name, selection in selections.items()
        # Others are never read by increments. The next version has a template table, if this one mines it.
        if only_grows(selection.kind, None if snapshot.guest is None else snapshot.guest.source)
        and dependent_step(config, selection.kind, has_table=True) is None
    }
    return PlannedVersion(config, plan, new, watermark)


async def _identity(snapshot: Snapshot, selections: Mapping[str, Selection]) -> str | None:
    if snapshot.guest is not None:
        return await source_identity(snapshot.connection, snapshot.guest, selections)
    tables = [selection.kind.table for selection in selections.values()]
    return await database_identity(snapshot.connection, tables)


async def _why_other(snapshot: Snapshot, parent: Parent, identity: str | None) -> str | None:
    if snapshot.guest is not None:
        return why_other_source(parent.watermark, str(identity))
    return await why_other_database(snapshot.connection, parent.watermark, identity)


def widened(config: ExportConfig, parent: Parent) -> ExportConfig:
    """Return the config with dates that include those of the parent: an increment leaves no row out.

    So it doesn't matter in which order the parts of a past range are added, or how often.
    """
    asked = range_us(config.selections()[0])
    first_us, end_us = held = _hull([asked, *map(tuple, parent.watermark["ranges"].values())])
    if held == asked:
        return config
    dates: dict[str, datetime | None] = {
        "start_date": None if first_us is None else from_microseconds(first_us)
    }
    if end_us != asked[1]:
        dates |= {"end_date": None, "end_before": None if end_us is None else from_microseconds(end_us)}
    return config.model_copy(update=dates)


def held_range(parent: Parent) -> tuple[datetime | None, datetime | None]:
    """Return the dates that a version holds: from the first on, before the second; None: no limit."""
    first_us, end_us = _hull([*map(tuple, parent.watermark["ranges"].values())])
    return (
        None if first_us is None else from_microseconds(first_us),
        None if end_us is None else from_microseconds(end_us),
    )


def with_since(snapshot: Snapshot, since: Mapping[str, Since]) -> Snapshot:
    """Return the snapshot as it shows only new rows of these kinds."""
    cutoffs = {
        name: replace(cutoff, since=since.get(name)) if name in since else cutoff
        for name, cutoff in snapshot.cutoffs.items()
    }
    return replace(snapshot, cutoffs=cutoffs)


async def _why_whole(
    config: ExportConfig,
    snapshot: Snapshot,
    selection: Selection,
    parent: Parent,
    before: dict[str, Seen],
    *,
    has_table: bool,
) -> str | None:
    """Return why all rows of a kind are read; None if only new ones are, and "" without a special reason.

    Adds the rows that the parent has seen to `before`.
    """
    kind = selection.kind
    if not kind.is_append_only:
        return ""
    if snapshot.guest is not None:
        why = why_not_continued(snapshot.guest, kind.name, parent.watermark, parent.number)
        if why is not None:
            return why
    if kind.name not in parent.totals:
        return f"version {parent.number} has no {kind.name}"
    if (step := dependent_step(config, kind, has_table=has_table)) is not None:
        return f"with {step}, new rows may change what older ones become"
    if (missing := _missing_files(parent)) is not None:
        return missing
    if (known := await unchanged_since(snapshot, kind, parent)) is not None:
        before[kind.name] = known
        return None
    before[kind.name] = await rows_seen(snapshot, selection, parent)
    return why_changed(before[kind.name], parent, kind.name)


def dependent_step(config: ExportConfig, kind: Kind, *, has_table: bool) -> str | None:
    """Return the option with which a row of this kind depends on others.

    With the template table of an earlier version, the template of a row depends on the row alone.
    """
    recipe = config.recipe(kind)
    unfitted = {recipe.steps[place].name for place in recipe.unfitted(kind)}
    found = {
        "order": config.order.rule() is not None,
        "sequences": config.sequences is not None and kind.message_column is not None,
        "templates": Templates.name in unfitted and not has_table,
        "deduplicate": config.deduplicate.mode is not DuplicateMode.OFF and recipe.whole_us is not None,
        "labels": any(step.side_input(kind) is not None for step in recipe.steps),
        "known values": config.privacy is not None and config.privacy.known_values,
        "sample": bool(unfitted - {Templates.name}),
    }
    return next((name for name, applies in found.items() if applies), None)


def _missing_files(parent: Parent) -> str | None:
    try:
        read_manifest(Path(parent.path))
    except (DatasetMissing, DatasetDamaged):
        return f"the files of version {parent.number} are gone"
    return None


def _since(parent: Parent | None, selection: Selection, snapshot: Snapshot) -> Since:
    assert parent is not None
    name, mark = selection.kind.name, parent.watermark
    first_us, end_us = mark["ranges"][name]
    now_first, now_end = range_us(selection)
    max_id = mark["max_ids"].get(name)
    newest = snapshot.cutoffs[name].max_id
    return Since(
        max_id,
        mark["snapshot"],
        first_us if first_us != now_first else None,
        end_us if end_us != now_end else None,
        is_sparse=newest is not None
        and max_id is not None
        and newest - max_id <= max(_SPARSE_ROWS, newest * _SPARSE_SHARE),
    )


def range_us(selection: Selection) -> tuple[int | None, int | None]:
    """Return the times that are selected, from the first on and before the second; None: no limit."""
    before = selection.before
    if before is None and selection.end is not None:
        # The last moment of the calendar has no next one, and nothing comes after it.
        before = None if selection.end >= _LAST else selection.end + _MICROSECOND
    return (
        None if selection.start is None else to_microseconds(selection.start),
        None if before is None else to_microseconds(before),
    )


def _hull(ranges: Sequence[tuple[int | None, ...]]) -> tuple[int | None, int | None]:
    """Return the range from the first of all beginnings to the last of all ends; None: no limit."""
    firsts, ends = [each[0] for each in ranges], [each[1] for each in ranges]
    return (
        None if None in firsts else min(each for each in firsts if each is not None),
        None if None in ends else max(each for each in ends if each is not None),
    )


def _reference(parent: Parent) -> ParentVersion:
    return ParentVersion(parent.number, parent.data_version, parent.export_id, parent.manifest_sha256)
