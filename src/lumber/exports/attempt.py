"""ExportRun: one attempt at an export, from its claim to a committed dataset.

    freeze the input -> plan -> run the partitions -> check the balance -> pack and commit -> publish

An attempt goes on from what earlier ones finished: the plan and the partitions in the ledger, and their
files in staging. Every write to the ledger checks the claim; the manifest is the commit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from lumber.dataset.layout import disk_errors
from lumber.engine.plan import Plan
from lumber.engine.staging import Holder, OutputFolder
from lumber.errors import ExportCancelled, ExportHandedBack, LeaseLost, WorkerDied
from lumber.exports.attempt_completing import complete
from lumber.exports.attempt_context import AttemptContext
from lumber.exports.attempt_reading import InputReading
from lumber.exports.attempt_versions import name_version, resumed_version
from lumber.exports.commit import ExportFacts, check_balance, committed, pack
from lumber.exports.config import ExportConfig
from lumber.exports.creation import DATA_VERSION
from lumber.exports.ending import AttemptEnding
from lumber.exports.folding import FoldedResults
from lumber.exports.guests import guest_of, sourced
from lumber.exports.lease import LeaseKeeper, StopReason
from lumber.exports.ledger import ExportStatusManager
from lumber.exports.ledger.attempts import Job
from lumber.exports.ledger.rows import Claim
from lumber.exports.metadata import ExportMetadata
from lumber.exports.parsing import parse_config
from lumber.exports.privacy import privacy_rule
from lumber.exports.progress import ExportProgress
from lumber.exports.resume import resumed
from lumber.exports.stored import load_plan
from lumber.exports.totals import merge_results
from lumber.privacy.rule import PrivacyRule
from lumber.settings import Settings
from lumber.sources.guest import APPLICATION
from lumber.store.database import Database
from lumber.store.models.base import utc_now
from lumber.store.shielded import shielded

if TYPE_CHECKING:
    from lumber.exports.attempt_reading import ReadInput
    from lumber.exports.policies.running import OwnedRun
    from lumber.sources.guest import Guest

_SIGNAL_SECONDS = 0.5


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
        path = (output or settings.effective_exports_dir / claim.export_id).absolute()
        self._context = AttemptContext(
            claim,
            database,
            settings,
            ExportStatusManager(database),
            OutputFolder(path, Holder(claim.export_id, claim.fence), umask=settings.file_umask),
            is_service=output is None,
            on_progress=on_progress or (lambda _progress: None),
        )
        self._on_planned = on_planned or (lambda _rows: None)
        self._task: asyncio.Task[ExportMetadata] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._reason: StopReason | None = None
        self._reading: InputReading | None = None
        self._opened = AsyncExitStack()
        self._ending = AttemptEnding(
            claim,
            self._context.ledger,
            self._context.folder,
            settings,
            is_service=self._context.is_service,
            on_cancel=self._context.is_stopped.set,
        )

    @property
    def next_claim(self) -> Claim | None:
        """The claim of the next attempt, if this one failed and its process should make another."""
        return self._ending.next_claim

    def stop(self, reason: StopReason) -> None:
        """Ask the attempt to end; a commit that has begun is finished. Safe from any thread."""
        if self._reason is None or reason is StopReason.LEASE_LOST:
            self._reason = reason
        self._context.is_stopped.set()
        if self._reading is not None:
            self._reading.cancel()
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
        if self._context.is_stopped.is_set():
            self._task.cancel()
        keeper = LeaseKeeper(
            self._context.database.url,
            self.claim,
            lease_seconds=self._context.settings.lease_seconds,
            progress=self._context.progress.snapshot,
            on_stop=self.stop,
        )
        keeper.start()
        try:
            done = await self._finished(self._task)
            await name_version(self._context, done)
            return done
        finally:
            await self._context.in_thread(keeper.close)

    async def _finished(self, task: asyncio.Task[ExportMetadata]) -> ExportMetadata:
        """Wait for the attempt and record how it ended."""
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            task.cancel()
            self._context.is_stopped.set()
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

    async def _guarded(self) -> ExportMetadata:
        context = self._context
        with disk_errors(context.folder.path):
            job = await context.write(partial(context.ledger.job, self.claim))
            config = parse_config(job.export.export_config)
            earlier = None if job.progress is None else job.progress.journal
            context.progress.journal.begin(earlier, self.claim.attempt)
            context.note(f"Attempt {self.claim.attempt} began.")
            # Its connections have a name of their own, so that the last of them can be ended.
            name = f"{APPLICATION} {self.claim.export_id[:13]}"
            # What is read from a source is closed before the end, what its mappings declare is not.
            async with sourced(config, context.database), self._opened:
                guest = await self._opened.enter_async_context(
                    guest_of(
                        config,
                        context.database,
                        name=name,
                        folder=context.folder.staging,
                        stopped=context.is_stopped,
                    )
                )
                return await self._attempt(job, config, guest)

    async def _attempt(self, job: Job, config: ExportConfig, guest: Guest | None) -> ExportMetadata:
        context = self._context
        owned = None if job.owner_id is None else await self._allowed(config, job.owner_id)
        privacy = privacy_rule(config.privacy, context.settings, config.dataset)
        key_id = None if privacy is None else privacy.key_id
        await context.write(partial(context.ledger.placed, self.claim, str(context.folder.path)))
        plan, results = await context.in_thread(
            lambda: resumed(job, config, context.database, context.folder, key_id, guest)
        )
        if context.folder.is_committed:
            await self._opened.aclose()
            return await self._found_committed(config, job)
        reading = InputReading(
            context, config, privacy=privacy, owned=owned, guest=guest, on_planned=self._on_planned
        )
        if plan is None and (job.plan is not None or len(job.results)):
            await reading.begin_anew(
                "what the last attempt finished can't be continued"
                if guest is None
                else "the moment of the source that the last attempt saw is past"
            )
        # What an earlier attempt has shown is not taken back, unless all begins anew.
        context.progress.begin(config, plan, results, None if plan is None else job.progress)
        if guest is not None and guest.collector is not None:
            await self._collect(guest)
        context.tell("planning" if plan is None else "exporting")
        started_at = job.export.started_at or utc_now()
        found = await self._read(reading, job, plan, results)
        return await self._packed(found, reading, job.export, started_at, privacy)

    async def _collect(self, guest: Guest) -> None:
        """Collect the rows of a source that can't be read in place; an earlier attempt may have."""
        self._context.progress.phase = "collecting"
        async with self._context.reporting():
            await guest.collect(partial(setattr, self._context.progress, "collected_rows"))

    async def _allowed(self, config: ExportConfig, owner_id: str) -> OwnedRun:
        """Check the policies of the account as they are now. Raises PolicyRefused."""
        # Exports without accounts don't need it.
        from lumber.exports.policies.running import OwnedRun

        return await OwnedRun.begin(self._context.database, config, owner_id, self.claim.export_id)

    async def _read(
        self, reading: InputReading, job: Job, plan: Plan | None, results: FoldedResults
    ) -> ReadInput:
        """Read the input, and close what it is read from."""
        self._reading = reading
        try:
            return await reading.read(job.export, plan, results)
        except WorkerDied:
            # Whoever ended the worker may have told this process too: then it is no death, but the end.
            await asyncio.sleep(_SIGNAL_SECONDS)
            raise
        finally:
            await reading.close()
            # Before the export completes: after that, it no longer holds its lease.
            await self._opened.aclose()

    async def _packed(
        self,
        found: ReadInput,
        reading: InputReading,
        export: ExportMetadata,
        started_at: datetime,
        privacy: PrivacyRule | None,
    ) -> ExportMetadata:
        """Check what was read, commit it, and complete the export."""
        context, config = self._context, reading.config
        version, owned = reading.version, reading.owned
        totals = merge_results(found.plan, found.results, found.made)
        check_balance(config, found.plan, totals)
        if owned is not None:
            await owned.check_results(found.results)
        context.tell("packing")
        await context.write(partial(context.ledger.check, self.claim))
        facts = ExportFacts(
            self.claim.export_id,
            DATA_VERSION,
            export.created_at,
            started_at,
            found.database_version,
            privacy,
            None if owned is None else owned.policies,
            sketches=reading.sketches,
            version=None if version is None else version.packing(context.settings.read_limits),
        )
        packed = await context.in_thread(
            lambda: pack(
                context.folder,
                config,
                found.plan,
                totals,
                facts,
                found.made,
                is_cancelled=context.is_stopped.is_set,
            )
        )
        return await complete(context, packed, config, found.plan, found.results, version)

    async def _found_committed(self, config: ExportConfig, job: Job) -> ExportMetadata:
        """Complete an export whose earlier attempt committed, and could not say so any more."""
        context = self._context
        packed = await context.in_thread(lambda: committed(context.folder.path))
        plan = None if job.plan is None else load_plan(job.plan)
        version = None
        if plan is not None and plan.version is not None:
            version = await resumed_version(context, plan.version)
            for inherited in version.unlinked.values():
                job.results.add(inherited)
        done = await complete(context, packed, config, plan, job.results, version)
        context.folder.finish()
        return done
