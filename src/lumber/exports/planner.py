"""Makes the plan of an export over a frozen input."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from lumber.catalog.registry import get_kind
from lumber.catalog.selection import Selection
from lumber.exports.config import ExportConfig
from lumber.exports.freeze import FrozenInput
from lumber.pipeline.manifest import plan_section, schema_hash
from lumber.pipeline.plan import Key, KindPlan, PartitionRange, Plan, plan_kind
from lumber.store.database import Database
from lumber.store.keyset import Cutoff, Keyset


class _Keys:
    """The planner's view of the store."""

    def __init__(self, keyset: Keyset) -> None:
        self.span = keyset.span
        self.counts = keyset.counts
        self._key_at = keyset.key_at

    async def key_at(self, lower: Key | None, offset: int) -> Key | None:
        """Return the key `offset` rows on."""
        found = await self._key_at(lower, offset)
        return None if found is None else Key(*found)


async def plan_export(config: ExportConfig, frozen: FrozenInput, *, partition_rows: int) -> Plan:
    """Count every kind's rows and cut them into partitions. The same rows give the same plan."""
    kinds = [
        await plan_selection(selection, frozen, partition_rows=partition_rows)
        for selection in config.selections()
    ]
    return Plan(config.hash, frozen.source.dialect, frozen.describe(), tuple(kinds))


async def plan_selection(selection: Selection, frozen: FrozenInput, *, partition_rows: int) -> KindPlan:
    """Plan one kind."""
    kind = selection.kind
    keyset = Keyset(frozen.connection, selection, frozen.source.dialect, frozen.cutoffs[kind.name])
    return await plan_kind(
        _Keys(keyset),
        kind=kind.name,
        schema_hash=schema_hash(kind),
        partition_rows=partition_rows,
        is_divisible=kind.is_append_only,
    )


def plan_json(plan: Plan) -> dict[str, Any]:
    """Return the plan as the ledger keeps it."""
    hashes = {kind.kind: kind.schema_hash for kind in plan.kinds}
    return {"config_hash": plan.config_hash, "rows": plan.rows, "schema_hashes": hashes, **plan_section(plan)}


def plan_from_json(value: Mapping[str, Any]) -> Plan:
    """Read what `plan_json` wrote; the histogram is not part of it."""
    kinds = []
    for name, section in value["kinds"].items():
        partitions = tuple(
            PartitionRange(ordinal, _key(part["lower"]), _key(part["upper"]), part["rows"])
            for ordinal, part in enumerate(section["partitions"])
        )
        kinds.append(
            KindPlan(name, value["schema_hashes"][name], section["rows"], None, None, (), partitions)
        )
    return Plan(value["config_hash"], value["database"], value["cutoff"], tuple(kinds))


def cutoffs_of(plan: Plan) -> dict[str, Cutoff]:
    """Return the cutoffs of the plan's append-only kinds, to see the same rows again."""
    snapshot, max_ids = plan.cutoff["snapshot"], plan.cutoff["max_ids"]
    return {
        kind.kind: Cutoff(max_id=max_ids.get(kind.kind), snapshot=snapshot)
        for kind in plan.kinds
        if get_kind(kind.kind).is_append_only
    }


async def plan_again(
    plan: Plan, config: ExportConfig, frozen: FrozenInput, finished: Collection[str], *, partition_rows: int
) -> Plan:
    """Return the plan with the kinds planned anew whose rows may have changed and that are not finished."""
    kinds = []
    for selection in config.selections():
        kind = plan.kind(selection.kind.name)
        if not selection.kind.is_append_only and kind.kind not in finished:
            kind = await plan_selection(selection, frozen, partition_rows=partition_rows)
        kinds.append(kind)
    return replace(plan, kinds=tuple(kinds))


def is_current(plan: Plan, config: ExportConfig, database: Database) -> bool:
    """Say whether this program would still read and write the planned rows in the same way."""
    hashes = {kind.name: schema_hash(kind) for kind in config.kinds}
    return (
        plan.config_hash == config.hash
        and plan.dialect == database.url.dialect
        and {kind.kind: kind.schema_hash for kind in plan.kinds} == hashes
    )


def _key(value: Sequence[int] | None) -> Key | None:
    return None if value is None else Key(*value)
