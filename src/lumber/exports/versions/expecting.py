"""What a preview says about the version that an export would make, by the planner of versions."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from lumber.catalog.registry import get_kind
from lumber.engine.plan import VersionPlan
from lumber.errors import DatasetDamaged
from lumber.exports.config import ExportConfig
from lumber.exports.preview_report import KindIncrement, KindPreview, VersionPreview
from lumber.exports.snapshot import Snapshot
from lumber.exports.versions.few_rows import few_rows
from lumber.exports.versions.planning import range_us
from lumber.exports.versions.reserving import Reservation
from lumber.exports.versions.running import VersionRun
from lumber.exports.versions.semantic import next_version
from lumber.files.expansion import ReadLimits
from lumber.steps.split import SplitRule
from lumber.store.database import Database
from lumber.store.types import from_microseconds


async def expected_run(
    config: ExportConfig,
    snapshot: Snapshot,
    reserved: Reservation,
    privacy_key_id: str | None,
    database: Database,
    limits: ReadLimits,
) -> tuple[VersionRun, Snapshot, str | None]:
    """Plan the version; return it with the snapshot, as it shows only what is new in it.

    Last, return why the export would fail. The version is then a new major one, which would not.
    """
    parent = reserved.parent
    if privacy_key_id is None and config.privacy is not None and parent is not None:
        # The preview has no key, but the export will have one: that isn't another key.
        privacy_key_id = parent.frozen["privacy_key_id"]
    begin = partial(
        VersionRun.begin,
        snapshot=snapshot,
        reserved=reserved,
        privacy_key_id=privacy_key_id,
        database=database,
        limits=limits,
    )
    try:
        return *await begin(config), None
    except DatasetDamaged as error:
        return *await begin(config.model_copy(update={"new_major": True})), str(error)


def kind_increment(plan: VersionPlan, name: str) -> KindIncrement:
    """Return how a version reads a kind."""
    if plan.is_append(name):
        return KindIncrement(mode="append", kept_rows=plan.inherited[name], reason=None)
    reason = plan.reasons.get(name) or plan.reason
    if reason is None and plan.parent is None:
        reason = "this is the first version"
    elif reason is None:
        is_fixed = get_kind(name).is_append_only
        reason = "the export isn't incremental" if is_fixed else "these rows change"
    return KindIncrement(mode="whole", kept_rows=0, reason=reason)


def version_preview(
    config: ExportConfig,
    run: VersionRun,
    rule: SplitRule,
    kinds: Mapping[str, KindPreview],
    blocked: str | None,
) -> VersionPreview:
    """Return what is known about the version before its rows are read."""
    plan = run.plan
    before = None if plan.parent is None else plan.parent.data_version
    is_append = {name: plan.is_append(name) for name in kinds}
    adds = any(_written(kinds[name]) for name, appends in is_append.items() if appends)
    is_known = before is None or plan.is_major or adds or all(is_append.values())
    same, other = (next_version(before, is_major=plan.is_major, is_same=each) for each in (True, False))
    certain = other if adds else same
    first_us, end_us = range_us(config.selections()[0])
    return VersionPreview(
        dataset=plan.dataset,
        number=plan.number,
        data_versions=[certain] if is_known else [same, other],
        parent=None if plan.parent is None else f"v{plan.parent.number}",
        is_major=plan.is_major,
        reason=plan.reason,
        blocked=blocked,
        warning=few_rows(rule, {name: kind.rows for name, kind in kinds.items()})
        if run.split is None
        else None,
        start_date=None if first_us is None else from_microseconds(first_us).isoformat(),
        end_before=None if end_us is None else from_microseconds(end_us).isoformat(),
    )


def _written(kind: KindPreview) -> bool:
    """Say whether some of the rows will be written: not all of them will be rejected."""
    return kind.rows > kind.reject_estimate.rows
