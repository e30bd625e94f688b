"""Plans, results of partitions and progress in the JSON columns of the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Generic, TypeVar

from pydantic import Field, TypeAdapter

from lumber.dataset.manifest import KindPlanSection, PartitionEntry, PlanSection
from lumber.engine.plan import KindPlan, PartitionRange, Plan, VersionPlan
from lumber.engine.result import PartitionResult
from lumber.exports.progress import ExportProgress
from lumber.formats.staged_file import Key
from lumber.steps.split import NO_SPLIT, SplitRule

T = TypeVar("T")

# Fields that came later. With these values they are left out: what doesn't use them is stored as before.
_IDLE: dict[str, Any] = {
    "block_us": None,
    "stratify": None,
    "groups": None,
    "json_shapes": {},
    "null_columns": [],
    "fit_digest": None,
    "published_percent": None,
    "workers": [],
    "collected_rows": None,
    "journal": None,
    "nulls": {"level": 20, "columns": {}},
    "ended_at": None,
    "since": None,
    "sketch": None,
    "unmatched": None,
    "known_values": None,
    "templates_since": None,
}


class Codec(Generic[T]):
    """Writes a dataclass as plain JSON values and reads it back. Fields with a default may be missing."""

    def __init__(self, type_: Any) -> None:
        self._type = type_

    def dump(self, value: T) -> Any:
        """Return the value as plain JSON values."""
        return _without_idle(self._adapter.dump_python(value, mode="json"))

    def load(self, value: Any) -> T:
        """Read what `dump` returned. Raises ValueError for anything else."""
        return self._adapter.validate_python(value)

    @cached_property
    def _adapter(self) -> TypeAdapter[T]:
        # Built when first used: it takes milliseconds, and many commands don't need it.
        return TypeAdapter(self._type)


RESULT = Codec[PartitionResult](PartitionResult)
PROGRESS = Codec[ExportProgress | None](ExportProgress | None)
SPLIT_RULE = Codec[SplitRule](SplitRule)
VERSION_PLAN = Codec[VersionPlan](VersionPlan)


class StoredPlan(PlanSection):
    """A plan in the ledger. It lacks the histogram, which only planning needs."""

    config_hash: str
    rows: int
    schema_hashes: dict[str, str]
    privacy_key_id: str | None = None
    # Kinds whose rows are estimated. The manifest has what was read.
    estimated: list[str] = Field(default_factory=list, exclude_if=lambda value: not value)
    version: dict[str, Any] | None = Field(default=None, exclude_if=lambda value: value is None)


def plan_section(plan: Plan) -> PlanSection:
    """Return the manifest's section of the plan."""
    return PlanSection(
        cutoff=plan.cutoff,
        database=plan.dialect,
        source=plan.source,
        split=None if plan.split == NO_SPLIT else SPLIT_RULE.dump(plan.split),
        kinds={
            kind.kind: KindPlanSection(
                rows=kind.rows,
                inherited=0 if plan.version is None else plan.version.inherited.get(kind.kind, 0),
                partitions=[
                    PartitionEntry(lower=_pair(part.lower), upper=_pair(part.upper), rows=part.rows)
                    for part in kind.partitions
                ],
            )
            for kind in plan.kinds
        },
    )


def dump_plan(plan: Plan) -> dict[str, Any]:
    """Return the plan in the form of the ledger."""
    own = {
        "config_hash": plan.config_hash,
        "rows": plan.rows,
        "schema_hashes": {kind.kind: kind.schema_hash for kind in plan.kinds},
        "privacy_key_id": plan.privacy_key_id,
        "estimated": [kind.kind for kind in plan.kinds if kind.is_estimate],
        "version": None if plan.version is None else VERSION_PLAN.dump(plan.version),
    }
    return StoredPlan.model_validate({**plan_section(plan).as_json(), **own}).as_json()


def load_plan(value: Mapping[str, Any]) -> Plan:
    """Read what `dump_plan` returned."""
    stored = StoredPlan.model_validate(value)
    return Plan(
        config_hash=stored.config_hash,
        dialect=stored.database or "",
        cutoff=stored.cutoff or {},
        kinds=tuple(
            KindPlan(
                kind=name,
                schema_hash=stored.schema_hashes[name],
                rows=section.rows,
                first_us=None,
                last_us=None,
                buckets=(),
                partitions=tuple(
                    PartitionRange(ordinal, _key(part.lower), _key(part.upper), part.rows)
                    for ordinal, part in enumerate(section.partitions)
                ),
                is_estimate=name in stored.estimated,
            )
            for name, section in stored.kinds.items()
        ),
        split=NO_SPLIT if stored.split is None else SPLIT_RULE.load(stored.split),
        privacy_key_id=stored.privacy_key_id,
        version=None if stored.version is None else VERSION_PLAN.load(stored.version),
        source=stored.source,
    )


def _without_idle(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_idle(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _without_idle(item) for name, item in value.items() if name not in _IDLE or item != _IDLE[name]
    }


def _pair(key: Key | None) -> list[int] | None:
    return None if key is None else list(key)


def _key(pair: list[int] | None) -> Key | None:
    return None if pair is None else Key(*pair)
