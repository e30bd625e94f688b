"""InputReading: the stage of an attempt that freezes the input, plans it and runs its partitions."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from lumber.engine.output import Made
from lumber.engine.partition import PartitionSpec
from lumber.engine.plan import Plan, VersionPlan, as_read
from lumber.engine.pool import WorkerPool
from lumber.engine.protocol import Engine
from lumber.engine.result import PartitionResult
from lumber.exports.attempt_context import AttemptContext
from lumber.exports.attempt_versions import begin_version, find_gate, resumed_version
from lumber.exports.config import ExportConfig
from lumber.exports.creation import DATA_VERSION
from lumber.exports.detectors import require_detectors
from lumber.exports.folding import FoldedResults
from lumber.exports.helping.sharing import Shared, engine_of, needs_pool
from lumber.exports.journal_lines import partition_text, planned_texts
from lumber.exports.metadata import ExportMetadata
from lumber.exports.planner import cutoffs_of, plan_again, plan_export
from lumber.exports.resume import FitChanged, check_fits
from lumber.exports.running import run_partitions
from lumber.exports.snapshot import Snapshot, source_spec, take_snapshot
from lumber.exports.specs import partition_specs
from lumber.exports.stages import finish, fit
from lumber.exports.stored import dump_plan
from lumber.privacy.rule import PrivacyRule
from lumber.text import counted

if TYPE_CHECKING:
    from lumber.exports.gates.sketching import SketchFacts
    from lumber.exports.policies.running import OwnedRun
    from lumber.exports.versions.running import VersionRun
    from lumber.sources.guest import Guest

# A worker of the service leaves the processor to those who wait for an answer.
_SERVICE_NICENESS = 5

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ReadInput:
    """What was read: the plan, the results of partitions and of the version before, and what they made."""

    plan: Plan
    results: FoldedResults
    made: dict[str, Made]
    database_version: str


class InputReading:
    """The reading of one attempt. `read` once; `cancel` from any thread; then `close`.

    When a version is planned, `config` has its dates, `owned` is checked for them, and `version` and
    `sketches` are what packing needs. `on_planned` is called with the number of rows.
    """

    def __init__(
        self,
        attempt: AttemptContext,
        config: ExportConfig,
        *,
        privacy: PrivacyRule | None,
        owned: OwnedRun | None,
        guest: Guest | None,
        on_planned: Callable[[int], None],
    ) -> None:
        self.config = config
        self.owned = owned
        self.version: VersionRun | None = None
        self.sketches: SketchFacts | None = None
        self._attempt = attempt
        self._privacy = privacy
        self._guest = guest
        self._on_planned = on_planned
        self._pool: WorkerPool | None = None
        self._engine: Engine | None = None

    def cancel(self) -> None:
        """Stop the work of all engines. Safe from any thread."""
        for engine in (self._pool, self._engine):
            if engine is not None:
                engine.cancel()

    async def close(self) -> None:
        """End the processes."""
        if self._pool is not None:
            await self._attempt.in_thread(self._pool.close)

    async def read(self, export: ExportMetadata, plan: Plan | None, results: FoldedResults) -> ReadInput:
        """Read what `results` doesn't have; all of it if they were made with another fit.

        Raises WorkerDied, PolicyRefused, ConfigError or what a partition raises.
        """
        try:
            return await self._read(export, plan, results)
        except FitChanged:
            await self.close()
        # The ledger keeps the highest progress that it is told, so this one begins anew first.
        self._attempt.progress.begin(self.config, None, (), None)
        self._attempt.tell("planning")
        await self.begin_anew("rows changed since the last attempt, and its first pass has another result")
        files = [file for result in results for file in result.staged]
        staged = [name for file in files for name, _ in file.staged]
        await self._attempt.in_thread(lambda: self._attempt.folder.remove(staged))
        return await self._read(export, None, FoldedResults())

    async def begin_anew(self, reason: str) -> None:
        """Forget in the ledger what earlier attempts did."""
        if not self._attempt.folder.is_committed:
            _log.warning("Export %s begins anew: %s.", self._attempt.claim.export_id, reason)
            self._attempt.note(f"Begins anew: {reason}.")
        await self._attempt.write(partial(self._attempt.ledger.start_over, self._attempt.claim))

    async def _read(self, export: ExportMetadata, plan: Plan | None, results: FoldedResults) -> ReadInput:
        """Freeze the input, plan it, run every partition that is not finished, and what follows them."""
        attempt, config = self._attempt, self.config
        settings, database = attempt.settings, attempt.database
        niceness = _SERVICE_NICENESS if attempt.is_service else 0
        pool = WorkerPool(settings.workers, config.data_types, niceness=niceness)
        self._pool = attempt.progress.engine = pool
        read = database if self._guest is None else self._guest.database
        if needs_pool(settings, database, is_guest=self._guest is not None):
            pool.start(source_spec(read) if read.is_sqlite else None)
        if attempt.is_stopped.is_set():
            pool.cancel()
        cutoffs = None if plan is None else cutoffs_of(plan)
        async with take_snapshot(
            database, pool, config.kinds, cutoffs, self._guest, has_beside=config.dataset is not None
        ) as snapshot:
            plan, snapshot = await self._planned(snapshot, plan, results)
            config = self.config
            self._on_planned(sum(plan.planned_rows(kind.kind) for kind in plan.kinds))
            if self.version is not None:
                await self._link(self.version)
            if self.owned is not None:
                await self.owned.check_planned(plan)
            specs_of = partial(self._specs, export, plan)
            specs = specs_of(snapshot)
            shared = Shared(attempt.claim, config, snapshot, self._privacy, self._guest is not None, specs_of)
            async with (
                attempt.reporting(),
                engine_of(pool, database, settings, attempt.folder, shared) as engine,
            ):
                self._engine = attempt.progress.engine = engine
                if attempt.is_stopped.is_set():
                    engine.cancel()
                made = await self._worked_off(engine, plan, specs, results)
            plan = as_read(plan, {(part.kind, part.ordinal): part.read for part in results})
            return ReadInput(plan, results, made, snapshot.database_version)

    async def _link(self, version: VersionRun) -> None:
        """Link what the version shares with its parent, and find what its gate needs to know."""
        attempt = self._attempt
        self.version = await attempt.in_thread(lambda: version.linked(attempt.folder.staging))
        gate = await find_gate(attempt, version)
        self.sketches = await attempt.in_thread(
            partial(gate.sketch_facts, attempt.settings, version.plan, version.folder)
        )

    def _specs(self, export: ExportMetadata, plan: Plan, snapshot: Snapshot) -> list[PartitionSpec]:
        kept = None if self.version is None else self.version.templates
        return partition_specs(
            self.config,
            plan,
            snapshot,
            self._attempt.settings,
            self._attempt.folder,
            document={
                "export_id": export.export_id,
                "created_at": export.created_at.isoformat(),
                "data_version": DATA_VERSION,
                "validation_level": self.config.validation_level.value,
            },
            now=export.created_at,
            attempt=self._attempt.claim.attempt,
            privacy=self._privacy,
            only_written=self.owned is not None,
            sketches=self.sketches,
            templates=None if kept is None else kept.table,
        )

    async def _worked_off(
        self, engine: Engine, plan: Plan, specs: list[PartitionSpec], results: FoldedResults
    ) -> dict[str, Made]:
        """Run the first passes, every partition that is not finished, and what follows them.

        Adds to the results those of the partitions, and of the version before.
        """
        specs = await fit(engine, specs, self._fitting)
        check_fits(specs, results)
        self._attempt.tell("exporting")
        unfinished = [spec for spec in specs if (spec.kind, spec.ordinal) not in results]
        await run_partitions(engine, unfinished, partial(self._record, engine, plan, results))
        for inherited in () if self.version is None else self.version.inherited.values():
            results.add(inherited)
        return await finish(engine, specs, results, rows_per_job=self._attempt.settings.partition_rows)

    async def _planned(
        self, snapshot: Snapshot, plan: Plan | None, results: FoldedResults
    ) -> tuple[Plan, Snapshot]:
        """Return the plan, made or renewed, and the snapshot as it is read. Record the plan if it is new."""
        attempt = self._attempt
        rows = attempt.settings.partition_rows
        if plan is None:
            await require_detectors(self.config, snapshot.connection, snapshot.relations)
            if self.config.dataset is not None:
                snapshot = await self._begin_version(self.config.dataset, snapshot)
            version = self.version
            known = await plan_export(
                self.config,
                snapshot,
                partition_rows=rows,
                privacy_key_id=self._key_id,
                version=None if version is None else version.plan,
                split=None if version is None else version.split,
                guest=self._guest,
            )
            self.version = None if version is None else version.with_split(known)
        else:
            if plan.version is not None:
                await self._resume_version(plan.version)
            finished = {kind for kind, _ in results.keys}
            known = await plan_again(plan, self.config, snapshot, finished, partition_rows=rows)
        if known != plan:
            version = self.version if plan is None else None
            await attempt.write(partial(attempt.ledger.planned, attempt.claim, dump_plan(known), version))
        attempt.progress.begin(self.config, known, results, attempt.progress.snapshot())
        for text in planned_texts(known, len(results)):
            attempt.note(text)
        return known, snapshot

    async def _begin_version(self, name: str, snapshot: Snapshot) -> Snapshot:
        """Reserve and plan the version, take its dates, and return the snapshot of what is new."""
        self.version, snapshot = await begin_version(self._attempt, self.config, name, snapshot, self._key_id)
        planned = self.version.config or self.config
        if planned != self.config:
            if self.owned is not None:
                self.owned = await self.owned.again(planned)
            self.config = planned
        return snapshot

    async def _resume_version(self, plan: VersionPlan) -> None:
        version = await resumed_version(self._attempt, plan)
        limits = self._attempt.settings.read_limits
        self.version = await version.resumed(self.config, self._attempt.database, limits)

    @property
    def _key_id(self) -> str | None:
        return None if self._privacy is None else self._privacy.key_id

    async def _record(
        self, engine: Engine, plan: Plan, results: FoldedResults, result: PartitionResult
    ) -> None:
        results.add(result)
        self._attempt.note(partition_text(plan, result))
        self._attempt.progress.read(result.finished)
        if self.owned is not None:
            await self.owned.check_partition(result)
        if not engine.has_recorded(result):
            attempt = self._attempt
            await attempt.write(partial(attempt.ledger.partition_done, attempt.claim, result))

    def _fitting(self, rows: int) -> None:
        self._attempt.progress.fit_rows = rows
        self._attempt.tell("surveying")
        self._attempt.note(f"First pass over {counted(rows, 'row')} began.")
