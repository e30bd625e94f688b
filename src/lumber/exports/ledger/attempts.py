"""What a running attempt reads from its export in the ledger and records there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lumber.engine.result import PartitionResult
from lumber.exports.folding import FoldedResults
from lumber.exports.ledger.rows import Claim, LedgerPart, forget_partitions, forget_plan, held_row
from lumber.exports.metadata import ExportMetadata
from lumber.exports.progress import ExportProgress
from lumber.exports.stored import PROGRESS, RESULT
from lumber.store.models import ExportPartition

if TYPE_CHECKING:
    from lumber.engine.plan import VersionPlan
    from lumber.exports.versions.reserving import Parent, Reservation
    from lumber.exports.versions.running import VersionRun

_RESULTS_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Job:
    """The start of an attempt: the export, its plan and the results of its finished partitions, if any.

    `owner_id` is the account that owns the export; None: the machine itself.
    """

    export: ExportMetadata
    plan: dict[str, Any] | None
    results: FoldedResults
    progress: ExportProgress | None
    owner_id: str | None = None


class RunningExports(LedgerPart):
    """Read and record the state of claimed exports."""

    async def job(self, claim: Claim) -> Job:
        """Return the start of the claimed export's attempt. Raises LeaseLost."""
        async with self._database.session() as session:
            row = await held_row(session, claim)
            results = FoldedResults()
            of_export = sa.select(ExportPartition.result).where(ExportPartition.export_id == claim.export_id)
            in_order = of_export.order_by(ExportPartition.kind, ExportPartition.ordinal)
            one_by_one = in_order.execution_options(yield_per=_RESULTS_AT_ONCE)
            async for stored in await session.stream_scalars(one_by_one):
                results.add(RESULT.load(stored))
            progress = PROGRESS.load(row.progress)
            return Job(ExportMetadata.from_status(row), row.plan, results, progress, row.owner_id)

    async def placed(self, claim: Claim, output_path: str) -> None:
        """Record the output folder of a running export. Raises LeaseLost."""
        async with self._database.session() as session:
            (await held_row(session, claim)).output_path = output_path

    async def reserve_version(self, claim: Claim, name: str, *, is_incremental: bool) -> Reservation:
        """Reserve the next version of a dataset. Raises LeaseLost, DatasetBusy or DatasetStateError."""
        from lumber.exports.versions.reserving import reserve

        async with self._database.session() as session:
            return await reserve(session, await held_row(session, claim), name, is_incremental=is_incremental)

    async def version_parent(self, plan: VersionPlan) -> tuple[Parent | None, Any]:
        """Return the parent of a version that an earlier attempt planned, and the version's watermark."""
        from lumber.exports.versions.reserving import planned_version

        async with self._database.session() as session:
            return await planned_version(session, plan)

    async def planned(self, claim: Claim, plan: Mapping[str, Any], version: VersionRun | None = None) -> None:
        """Freeze the plan of a running export. Raises LeaseLost."""
        async with self._database.session() as session:
            row = await held_row(session, claim)
            if version is not None:
                from lumber.exports.versions.reserving import reserved_row

                reserved = await reserved_row(session, row.id, version.plan.dataset_id, version.plan.number)
                reserved.watermark, reserved.frozen = version.watermark, version.frozen
                # Not its hash: it is what idempotency keys compare with what was asked for.
                if version.config is not None:
                    row.config = version.config.as_json()
            row.plan, row.planned_rows, row.phase = dict(plan), int(plan["rows"]), "exporting"

    async def partition_done(self, claim: Claim, result: PartitionResult) -> None:
        """Record a finished partition of a running export. Raises LeaseLost."""
        async with self._database.session() as session:
            await held_row(session, claim)
            session.add(
                ExportPartition(
                    export_id=claim.export_id,
                    kind=result.kind,
                    ordinal=result.ordinal,
                    attempt=claim.attempt,
                    result=RESULT.dump(result),
                )
            )

    async def start_over(self, claim: Claim) -> None:
        """Forget the plan and the finished partitions of a running export. Raises LeaseLost."""
        async with self._database.session() as session:
            forget_plan(await held_row(session, claim))
            await forget_partitions(session, claim.export_id)
