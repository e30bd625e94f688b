"""Makes the plan of an export over a frozen input."""

from __future__ import annotations

from typing import Any

from lumber.catalog.selection import Selection
from lumber.exports.config import ExportConfig
from lumber.exports.freeze import FrozenInput
from lumber.pipeline.manifest import plan_section, schema_hash
from lumber.pipeline.plan import Key, KindPlan, Plan, plan_kind
from lumber.store.keyset import Keyset


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
    return {"config_hash": plan.config_hash, "rows": plan.rows, **plan_section(plan)}
