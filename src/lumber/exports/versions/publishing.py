"""Publishes a version in the ledger, in the transaction that completes its export."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.dataset.layout import MANIFEST, output_errors
from lumber.dataset.manifest import Manifest
from lumber.engine.plan import Plan, VersionPlan
from lumber.engine.result import PartitionResult
from lumber.exports.folding import FoldedResults
from lumber.exports.gates.judging import HeldBecause
from lumber.exports.stored import RESULT
from lumber.exports.totals import merge_results
from lumber.exports.versions.inheriting import staged_of
from lumber.exports.versions.reserving import VersionState, reserved_row
from lumber.exports.versions.templates import template_record, with_record
from lumber.files.folder import Folder
from lumber.store.models import DatasetVersion, ExportStatus
from lumber.store.models.base import utc_now

_LONGEST_REASON = 2_000


@dataclass(frozen=True, slots=True)
class VersionOutcome:
    """A version as the ledger keeps it, once its dataset is committed."""

    plan: VersionPlan
    data_version: str
    manifest_sha256: str
    path: str
    counts: dict[str, Any]
    totals: dict[str, Any]
    rows: int
    state: VersionState = VersionState.PUBLISHED
    reason: str | None = None
    # Conditions of a gate that hold it.
    held_by: tuple[str, ...] = ()
    # What the ledger keeps of its template table.
    templates: dict[str, Any] | None = None

    def held(self, reasons: Sequence[HeldBecause]) -> VersionOutcome:
        """Return the outcome of a version that is held for these reasons; without any the same one."""
        if not reasons:
            return self
        text = " ".join([*(each.message for each in reasons), *([self.reason] if self.reason else [])])
        rules = tuple(dict.fromkeys(each.rule for each in reasons))
        return replace(self, state=VersionState.HELD, reason=text[:_LONGEST_REASON], held_by=rules)


def version_outcome(folder: Path, plan: Plan, results: FoldedResults) -> VersionOutcome:
    """Return what the ledger keeps of a committed version. `results` are inherited and finished ones."""
    assert plan.version is not None
    with output_errors(folder), Folder.open(folder) as opened, opened.file(MANIFEST) as file:
        content = file.read()
    manifest = Manifest.model_validate_json(content, by_alias=True, by_name=False)
    section = manifest.dataset
    assert section is not None
    return VersionOutcome(
        plan=plan.version,
        data_version=section.data_version,
        manifest_sha256=hashlib.sha256(content).hexdigest(),
        path=str(folder),
        counts={
            kind: {**each.as_json(), "rows": manifest.kinds[kind].written}
            for kind, each in section.kinds.items()
        },
        totals=_totals(plan, results, manifest),
        rows=sum(kind.written for kind in manifest.kinds.values()),
        reason=plan.version.reason,
        templates=template_record(manifest),
    )


async def publish_version(
    session: AsyncSession, row: ExportStatus, outcome: VersionOutcome
) -> DatasetVersion:
    """Publish the version of an export that completes. Raises LeaseLost if another export has its number."""
    plan = outcome.plan
    version = await reserved_row(session, row.id, plan.dataset_id, plan.number)
    version.state, version.reason = outcome.state, outcome.reason
    version.data_version = row.data_version = outcome.data_version
    version.manifest_sha256, version.path = outcome.manifest_sha256, outcome.path
    version.frozen = with_record(version.frozen, outcome.templates)
    version.counts, version.totals, version.rows = outcome.counts, outcome.totals, outcome.rows
    sums: Counter[str] = Counter()
    for each in outcome.counts.values():
        sums.update({name: each[name] for name in ("added", "changed", "removed")})
    version.added, version.changed, version.removed = sums["added"], sums["changed"], sums["removed"]
    version.published_at = utc_now() if outcome.state is VersionState.PUBLISHED else None
    # Only the newest can be continued, and the one before it if the newest is dropped.
    older = sa.update(DatasetVersion).where(
        DatasetVersion.dataset_id == plan.dataset_id,
        DatasetVersion.number < (plan.number if plan.parent is None else plan.parent.number),
    )
    await session.execute(older.values(totals=None))
    return version


def _totals(plan: Plan, results: FoldedResults, manifest: Manifest) -> dict[str, Any]:
    """Return the counts and the files of each kind, as one result of a partition."""
    assert plan.version is not None
    number = plan.version.number
    found: dict[str, Any] = {}
    for kind, totals in merge_results(plan, results, {}).items():
        rejects = [entry for entry in manifest.files if entry.path == f"rejects/{kind}.jsonl"]
        found[kind] = RESULT.dump(
            PartitionResult(
                kind,
                0,
                totals.read,
                totals.written,
                totals.rejected,
                tuple(staged_of(entry, number) for entry in manifest.files if entry.kind == kind),
                staged_of(rejects[0], number) if rejects else None,
                totals.rules,
                totals.changes,
                totals.quality,
                totals.deduplicated,
                totals.sampled_out,
                splits=totals.splits,
                privacy=totals.privacy,
                json_shapes=totals.json_shapes,
                unmatched=totals.unmatched,
            )
        )
    return found
