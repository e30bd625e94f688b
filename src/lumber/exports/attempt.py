"""ExportRun: one attempt at an export, from its claim to a committed dataset.

    freeze the input -> plan -> run the partitions -> check the balance -> pack and commit -> publish

An attempt goes on from what earlier ones finished: the plan and the partitions in the ledger, and their
files in staging. Every write to the ledger checks the claim; the manifest is the commit.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from lumber.dataset.layout import disk_errors
from lumber.engine.output import Made
from lumber.engine.partition import PartitionSpec
from lumber.engine.plan import Plan, VersionPlan
from lumber.engine.pool import WorkerPool
from lumber.engine.protocol import Engine
from lumber.engine.result import PartitionResult
from lumber.engine.staging import Holder, OutputFolder
from lumber.errors import DestinationError, ExportCancelled, ExportHandedBack, LeaseLost, WorkerDied
from lumber.exports.attempt_progress import AttemptProgress
from lumber.exports.commit import ExportFacts, Packed, check_balance, committed, pack
from lumber.exports.config import ExportConfig
from lumber.exports.creation import DATA_VERSION
from lumber.exports.detectors import require_detectors
from lumber.exports.ending import AttemptEnding
from lumber.exports.guests import guest_of, sourced
from lumber.exports.helping.sharing import Shared, engine_of, needs_pool
from lumber.exports.lease import LeaseKeeper, StopReason
from lumber.exports.ledger import ExportStatusManager
from lumber.exports.ledger.attempts import Job
from lumber.exports.ledger.rows import Claim
from lumber.exports.metadata import ExportMetadata
from lumber.exports.parsing import parse_config
from lumber.exports.planner import cutoffs_of, plan_again, plan_export
from lumber.exports.privacy import privacy_rule
from lumber.exports.progress import ExportProgress
from lumber.exports.resume import FitChanged, check_fits, resumed
from lumber.exports.running import Results, run_partitions
from lumber.exports.snapshot import Snapshot, source_spec, take_snapshot
from lumber.exports.specs import partition_specs
from lumber.exports.stages import finish, fit
from lumber.exports.stored import dump_plan, load_plan
from lumber.exports.totals import merge_results
from lumber.privacy.rule import PrivacyRule
from lumber.settings import Settings
from lumber.sources.guest import APPLICATION
from lumber.store.database import Database
from lumber.store.models.base import utc_now
from lumber.store.patience import patiently
from lumber.store.shielded import in_thread, shielded

if TYPE_CHECKING:
    from lumber.exports.gates.holding import VersionGate
    from lumber.exports.gates.sketching import SketchFacts
    from lumber.exports.policies.running import OwnedRun
    from lumber.exports.versions.publishing import VersionOutcome
    from lumber.exports.versions.running import VersionRun
    from lumber.sources.guest import Guest
    from lumber.store.models import ExportPublication

_PROGRESS_SECONDS = 0.2
_SIGNAL_SECONDS = 0.5
# A worker of the service leaves the processor to those who wait for an answer.
_SERVICE_NICENESS = 5

T = TypeVar("T")

_log = logging.getLogger(__name__)


class ExportRun:
    """One attempt. `run` once; `stop` from any thread.

    `output` is the folder that becomes the dataset; default: one named by the export's id.
    `on_progress` is called a few times a second; `on_planned` with the number of rows. It may raise
    ExportHandedBack, or another LumberError that ends the attempt.
    """

    def __init__(
        self,
        claim: Claim,
        database: Database,
        settings: Settings,
        *,
        output: Path | None = None,
        on_progress: Callable[[ExportProgress], None] | None = None,
        on_planned: Callable[[int], None] | None = None,
    ) -> None:
        self.claim = claim
        self._database = database
        self._settings = settings
        self._ledger = ExportStatusManager(database)
        path = (output or settings.effective_exports_dir / claim.export_id).absolute()
        self._folder = OutputFolder(path, Holder(claim.export_id, claim.fence), umask=settings.file_umask)
        self._is_service = output is None
        self._on_progress = on_progress or (lambda _progress: None)
        self._on_planned = on_planned or (lambda _rows: None)
        self._progress = AttemptProgress()
        self._task: asyncio.Task[ExportMetadata] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._reason: StopReason | None = None
        self._is_stopped = threading.Event()
        self._pool: WorkerPool | None = None
        self._engine: Engine | None = None
        self._privacy: PrivacyRule | None = None
        self._owned: OwnedRun | None = None
        self._guest: Guest | None = None
        self._opened = AsyncExitStack()
        self._version: VersionRun | None = None
        # Its dates become those of the version when that is planned.
        self._config: ExportConfig | None = None
        self._sketches: SketchFacts | None = None
        self._ending = AttemptEnding(
            claim,
            self._ledger,
            self._folder,
            settings,
            is_service=self._is_service,
            on_cancel=self._is_stopped.set,
        )

    def stop(self, reason: StopReason) -> None:
        """Ask the attempt to end; a commit that has begun is finished. Safe from any thread."""
        if self._reason is None or reason is StopReason.LEASE_LOST:
            self._reason = reason
        self._is_stopped.set()
        for engine in (self._pool, self._engine):
            if engine is not None:
                engine.cancel()
        if self._loop is not None and self._task is not None:
            with suppress(RuntimeError):  # the loop has ended, and the attempt with it
                self._loop.call_soon_threadsafe(self._task.cancel)

    async def run(self) -> ExportMetadata:
        """Run the attempt and return the export's record, completed.

        Raises ExportCancelled, ExportHandedBack, LeaseLost, or what went wrong; the ledger then says so,
        and the folder holds nothing but what a later attempt can go on from.
        """
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.ensure_future(self._guarded())
        if self._is_stopped.is_set():
            self._task.cancel()
        keeper = LeaseKeeper(
            self._database.url,
            self.claim,
            lease_seconds=self._settings.lease_seconds,
            progress=self._progress.snapshot,
            on_stop=self.stop,
        )
        keeper.start()
        try:
            done = await self._finished(self._task)
            await self._name_version(done)
            return done
        finally:
            await self._in_thread(keeper.close)

    async def _finished(self, task: asyncio.Task[ExportMetadata]) -> ExportMetadata:
        """Wait for the attempt and record how it ended."""
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            task.cancel()
            self._is_stopped.set()
            await shielded(asyncio.wait([task]), lambda: None)
        try:
            return task.result()
        except (asyncio.CancelledError, ExportCancelled, ExportHandedBack, LeaseLost) as error:
            await self._ending.stopped(self._reason, error)
            raise
        except BaseException as error:
            if self._reason is not None:
                await self._ending.stopped(self._reason, error)
            await self._ending.failed(error)
            raise

    async def _name_version(self, done: ExportMetadata) -> None:
        """Name a completed version in its destination."""
        dataset = done.export_config.get("dataset")
        if dataset is None or done.export_config.get("destination") is None:
            return
        # Other exports don't need it.
        from lumber.exports.versions.naming import try_to_name

        naming = try_to_name(self._database, dataset, umask=self._settings.file_umask)
        await shielded(naming, lambda: None)

    async def _guarded(self) -> ExportMetadata:
        with disk_errors(self._folder.path):
            job = await self._write(partial(self._ledger.job, self.claim))
            config = parse_config(job.export.export_config)
            # Its connections have a name of their own, so that the last of them can be ended.
            name = f"{APPLICATION} {self.claim.export_id[:13]}"
            # What is read from a source is closed before the end, what its mappings declare is not.
            async with sourced(config, self._database), self._opened:
                opening = guest_of(
                    config, self._database, name=name, folder=self._folder.staging, stopped=self._is_stopped
                )
                self._guest = await self._opened.enter_async_context(opening)
                return await self._attempt(job, config)

    async def _attempt(self, job: Job, config: ExportConfig) -> ExportMetadata:
        if job.owner_id is not None:
            self._owned = await self._allowed(config, job.owner_id)
        self._privacy = privacy_rule(config.privacy, self._settings)
        await self._write(partial(self._ledger.placed, self.claim, str(self._folder.path)))
        plan, results = await self._in_thread(
            lambda: resumed(job, config, self._database, self._folder, self._key_id, self._guest)
        )
        if self._folder.is_committed:
            await self._opened.aclose()
            return await self._found_committed(config, job)
        if plan is None and (job.plan is not None or job.partitions):
            await self._begin_anew(
                "what the last attempt finished can't be continued"
                if self._guest is None
                else "the moment of the source that the last attempt saw is past"
            )
        # What an earlier attempt has shown is not taken back, unless all begins anew.
        self._progress.begin(config, plan, results.values(), None if plan is None else job.progress)
        if self._guest is not None and self._guest.collector is not None:
            await self._collect(self._guest)
        self._tell("planning" if plan is None else "exporting")
        started_at = job.export.started_at or utc_now()
        try:
            plan, results, made, version = await self._read_resumed(job.export, config, plan, results)
            config = self._config or config
        except WorkerDied:
            # Whoever ended the worker may have told this process too: then it is no death, but the end.
            await asyncio.sleep(_SIGNAL_SECONDS)
            raise
        finally:
            await self._close_pool()
            # Before the export completes: after that, it no longer holds its lease.
            await self._opened.aclose()
        if self._version is not None:
            results = {**self._version.inherited, **results}
        totals = merge_results(plan, results, made)
        check_balance(config, plan, totals)
        if self._owned is not None:
            await self._owned.check_results(results.values())
        self._tell("packing")
        await self._write(partial(self._ledger.check, self.claim))
        facts = ExportFacts(
            self.claim.export_id,
            DATA_VERSION,
            job.export.created_at,
            started_at,
            version,
            self._privacy,
            None if self._owned is None else self._owned.policies,
            sketches=self._sketches,
            version=None if self._version is None else self._version.packing(self._settings.read_limits),
        )
        packed = await self._in_thread(
            lambda: pack(
                self._folder, config, plan, totals, facts, made, is_cancelled=self._is_stopped.is_set
            )
        )
        return await self._complete(packed, await self._published(config), plan, results)

    async def _collect(self, guest: Guest) -> None:
        """Collect the rows of a source that can't be read in place; an earlier attempt may have."""
        self._progress.phase = "collecting"
        reporter = asyncio.create_task(self._report())
        try:
            await guest.collect(partial(setattr, self._progress, "collected_rows"))
        finally:
            reporter.cancel()

    async def _allowed(self, config: ExportConfig, owner_id: str) -> OwnedRun:
        """Check the policies of the account as they are now. Raises PolicyRefused."""
        # Exports without accounts don't need it.
        from lumber.exports.policies.running import OwnedRun

        return await OwnedRun.begin(self._database, config, owner_id, self.claim.export_id)

    @property
    def _key_id(self) -> str | None:
        return None if self._privacy is None else self._privacy.key_id

    async def _published(self, config: ExportConfig) -> ExportPublication | None:
        """Write the committed dataset to its destination, if it has one, and return where it is there."""
        if config.destination is None:
            return None
        # Exports without a destination don't need it.
        from lumber.exports.publishing import destination_of, publication_row, publish_export

        async with self._database.session() as session:
            destination = await destination_of(session, config.destination)

        def tell(percent: float) -> None:
            self._progress.published_percent = percent

        self._progress.published_percent = 0.0
        self._tell("publishing")
        reporter = asyncio.create_task(self._report())
        folder, umask, is_stopped = self._folder.path, self._settings.file_umask, self._is_stopped.is_set
        try:
            made = await self._in_thread(
                lambda: publish_export(destination, config, folder, umask, tell, is_stopped)
            )
        except DestinationError as error:
            if not self._is_service:
                text = (
                    f"{error} The dataset in {folder} is complete. Write it there with `lumber destination "
                )
                error.args = (f"{text}publish {destination.name} {folder}`.",)
            raise
        finally:
            reporter.cancel()
        return publication_row(destination.name, made)

    async def _complete(
        self, packed: Packed, publication: ExportPublication | None, plan: Plan | None, results: Results
    ) -> ExportMetadata:
        """Record the committed dataset. Being stopped changes nothing any more."""
        version: VersionOutcome | None = None
        if plan is not None and plan.version is not None:
            from lumber.exports.versions.publishing import version_outcome

            assert self._version is not None
            judge = partial(
                (await self._gate(self._version)).judge, self._folder.path, results, self._version.folder
            )
            version = await self._in_thread(
                lambda: version_outcome(self._folder.path, plan, results).held(judge())
            )
        complete = partial(
            self._ledger.complete, self.claim, packed.counts, packed.files, publication, version
        )
        return await shielded(patiently(complete), self._is_stopped.set)

    async def _found_committed(self, config: ExportConfig, job: Job) -> ExportMetadata:
        """Complete an export whose earlier attempt committed, and could not say so any more."""
        packed = await self._in_thread(lambda: committed(self._folder.path))
        plan = None if job.plan is None else load_plan(job.plan)
        results = {(result.kind, result.ordinal): result for result in job.partitions}
        if plan is not None and plan.version is not None:
            self._version = await self._resumed_version(plan.version)
            results = {**self._version.unlinked, **results}
        done = await self._complete(packed, await self._published(config), plan, results)
        self._folder.finish()
        return done

    async def _read_resumed(
        self, export: ExportMetadata, config: ExportConfig, plan: Plan | None, results: Results
    ) -> tuple[Plan, Results, dict[str, Made], str]:
        """Do what `_read` does; begin anew if finished partitions were made with another fit."""
        try:
            return await self._read(export, config, plan, results)
        except FitChanged:
            await self._close_pool()
        # The ledger keeps the highest progress that it is told, so this one begins anew first.
        self._progress.begin(config, None, (), None)
        self._tell("planning")
        await self._begin_anew("rows changed since the last attempt, and its first pass has another result")
        files = [file for result in results.values() for file in result.staged]
        staged = [name for file in files for name, _ in file.staged]
        await self._in_thread(lambda: self._folder.remove(staged))
        return await self._read(export, config, None, {})

    async def _begin_anew(self, reason: str) -> None:
        if not self._folder.is_committed:
            _log.warning("Export %s begins anew: %s.", self.claim.export_id, reason)
        await self._write(partial(self._ledger.start_over, self.claim))

    async def _read(
        self, export: ExportMetadata, config: ExportConfig, plan: Plan | None, results: Results
    ) -> tuple[Plan, Results, dict[str, Made], str]:
        """Freeze the input, plan it, run every partition that is not finished, and what follows them."""
        niceness = _SERVICE_NICENESS if self._is_service else 0
        pool = WorkerPool(self._settings.workers, config.data_types, niceness=niceness)
        self._pool = self._progress.engine = pool
        read = self._database if self._guest is None else self._guest.database
        if needs_pool(self._settings, self._database, is_guest=self._guest is not None):
            pool.start(source_spec(read) if read.is_sqlite else None)
        if self._is_stopped.is_set():
            pool.cancel()
        cutoffs = None if plan is None else cutoffs_of(plan)
        async with take_snapshot(self._database, pool, config.kinds, cutoffs, self._guest) as snapshot:
            plan, snapshot = await self._planned(config, snapshot, plan, results)
            config = self._config or config
            self._on_planned(sum(plan.planned_rows(kind.kind) for kind in plan.kinds))
            if self._version is not None:
                version = self._version
                self._version = await self._in_thread(lambda: version.linked(self._folder.staging))
                self._sketches = await self._in_thread(
                    partial(
                        (await self._gate(version)).sketch_facts, self._settings, version.plan, version.folder
                    )
                )
            if self._owned is not None:
                await self._owned.check_planned(plan)
            specs_of = partial(self._specs, export, config, plan)
            specs = specs_of(snapshot)
            shared = Shared(self.claim, config, snapshot, self._privacy, self._guest is not None, specs_of)
            reporter = asyncio.create_task(self._report())
            try:
                async with engine_of(pool, self._database, self._settings, self._folder, shared) as engine:
                    self._engine = self._progress.engine = engine
                    if self._is_stopped.is_set():
                        engine.cancel()
                    done, made = await self._worked_off(engine, specs, results)
            finally:
                reporter.cancel()
            return plan, done, made, snapshot.database_version

    def _specs(
        self, export: ExportMetadata, config: ExportConfig, plan: Plan, snapshot: Snapshot
    ) -> list[PartitionSpec]:
        kept = None if self._version is None else self._version.templates
        return partition_specs(
            config,
            plan,
            snapshot,
            self._settings,
            self._folder,
            document={
                "export_id": export.export_id,
                "created_at": export.created_at.isoformat(),
                "data_version": DATA_VERSION,
                "validation_level": config.validation_level.value,
            },
            now=export.created_at,
            attempt=self.claim.attempt,
            privacy=self._privacy,
            only_written=self._owned is not None,
            sketches=self._sketches,
            templates=None if kept is None else kept.table,
        )

    async def _worked_off(
        self, engine: Engine, specs: list[PartitionSpec], results: Results
    ) -> tuple[Results, dict[str, Made]]:
        """Run the first passes, every partition that is not finished, and what follows them."""
        specs = await fit(engine, specs, self._fitting)
        check_fits(specs, results)
        self._tell("exporting")
        unfinished = [spec for spec in specs if (spec.kind, spec.ordinal) not in results]
        record = partial(self._record, engine)
        done = {**results, **await run_partitions(engine, unfinished, record)}
        earlier = {} if self._version is None else self._version.inherited
        rows_per_job = self._settings.partition_rows
        return done, await finish(engine, specs, {**earlier, **done}, rows_per_job=rows_per_job)

    async def _planned(
        self, config: ExportConfig, snapshot: Snapshot, plan: Plan | None, results: Results
    ) -> tuple[Plan, Snapshot]:
        """Return the plan, made or renewed, and the snapshot as it is read. Record the plan if it is new."""
        rows = self._settings.partition_rows
        if plan is None:
            await require_detectors(config, snapshot.connection, snapshot.relations)
            if config.dataset is not None:
                config, snapshot = await self._begin_version(config, config.dataset, snapshot)
            version = self._version
            known = await plan_export(
                config,
                snapshot,
                partition_rows=rows,
                privacy_key_id=self._key_id,
                version=None if version is None else version.plan,
                split=None if version is None else version.split,
                guest=self._guest,
            )
            self._version = None if version is None else version.with_split(known)
        else:
            if plan.version is not None:
                version = await self._resumed_version(plan.version)
                self._version = await version.resumed(config, self._database, self._settings.read_limits)
            finished = {kind for kind, _ in results}
            known = await plan_again(plan, config, snapshot, finished, partition_rows=rows)
        if known != plan:
            version = self._version if plan is None else None
            await self._write(partial(self._ledger.planned, self.claim, dump_plan(known), version))
        self._progress.begin(config, known, results.values(), self._progress.snapshot())
        return known, snapshot

    async def _begin_version(
        self, config: ExportConfig, name: str, snapshot: Snapshot
    ) -> tuple[ExportConfig, Snapshot]:
        """Reserve and plan the version; return the config with its dates, and the snapshot of what is new."""
        # Exports without a dataset don't need it.
        from lumber.exports.versions.running import VersionRun

        reserve = partial(self._ledger.reserve_version, self.claim, name, is_incremental=config.incremental)
        reserved = await self._write(reserve)
        limits = self._settings.read_limits
        self._version, snapshot = await VersionRun.begin(
            config, snapshot, reserved, self._key_id, self._database, limits
        )
        planned = self._version.config or config
        if planned != config:
            if self._owned is not None:
                self._owned = await self._allowed(planned, self._owned.owner_id)
            self._config = planned
        if (whole := self._version.plan.reason) is not None:
            _log.info("Export %s reads everything again: %s.", self.claim.export_id, whole)
        for kind, reason in self._version.plan.reasons.items():
            _log.info("Export %s reads all %s again: %s.", self.claim.export_id, kind, reason)
        return planned, snapshot

    async def _resumed_version(self, plan: VersionPlan) -> VersionRun:
        """Return the version that an earlier attempt planned."""
        from lumber.exports.versions.running import VersionRun

        parent, watermark = await self._write(partial(self._ledger.version_parent, plan))
        return VersionRun(plan, parent, watermark, {}, {})

    async def _gate(self, version: VersionRun) -> VersionGate:
        """Return what may hold the version."""
        from lumber.exports.gates.holding import VersionGate

        async with self._database.session() as session:
            return await VersionGate.find(session, self.claim.export_id, version.plan.dataset)

    async def _record(self, engine: Engine, result: PartitionResult) -> None:
        if self._owned is not None:
            await self._owned.check_partition(result)
        if not engine.has_recorded(result):
            await self._write(partial(self._ledger.partition_done, self.claim, result))

    async def _write(self, transaction: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run a transaction to its end. A locked database is waited for; that is no failure."""
        return await shielded(patiently(transaction, is_stopped=self._is_stopped.is_set))

    async def _close_pool(self) -> None:
        if self._pool is not None:
            await self._in_thread(self._pool.close)

    def _tell(self, phase: str) -> None:
        self._progress.phase = phase
        self._on_progress(self._progress.snapshot())

    def _fitting(self, rows: int) -> None:
        self._progress.fit_rows = rows
        self._tell("surveying")

    async def _report(self) -> None:
        while True:
            self._tell(self._progress.phase)
            await asyncio.sleep(_PROGRESS_SECONDS)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        """Run `work` in a thread to its end. If the attempt is stopped meanwhile, the next step notices."""
        return await in_thread(work, self._is_stopped.set)
