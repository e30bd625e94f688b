"""AttemptEnding: what an attempt records and leaves on the disk when it ends without a dataset."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import Any

from lumber.engine.staging import OutputFolder
from lumber.errors import (
    DatabaseError,
    DatasetBusy,
    DestinationError,
    DiskFull,
    ExportCancelled,
    ExportHandedBack,
    LeaseLost,
    LumberError,
    OutputUnwritable,
    SchemaOutdated,
    SchemaUnknown,
    SourceConflict,
    without_addresses,
)
from lumber.exports.lease import StopReason
from lumber.exports.ledger import ExportStatusManager
from lumber.exports.ledger.rows import Claim
from lumber.settings import Settings
from lumber.store.patience import patiently
from lumber.store.shielded import in_thread, shielded

# An end that is not recorded becomes a lost worker, once the lease has run out.
_PATIENCE_SECONDS = 30.0
# How long an export waits before it looks again whether its dataset is free.
_BUSY_SECONDS = 3.0
_KEPT = "Then retry the export: its finished partitions are kept."


class AttemptEnding:
    """How one attempt ends when it fails or is stopped.

    With `is_service` the attempt may be repeated, and its folder belongs to the export alone. `on_cancel` is
    called when the task is cancelled while the folder is cleared.
    """

    def __init__(
        self,
        claim: Claim,
        ledger: ExportStatusManager,
        folder: OutputFolder,
        settings: Settings,
        *,
        is_service: bool,
        on_cancel: Callable[[], None],
    ) -> None:
        self._claim = claim
        self._ledger = ledger
        self._folder = folder
        self._settings = settings
        self._is_service = is_service
        self._on_cancel = on_cancel
        # Of the next attempt of a command, which nobody else makes.
        self.next_claim: Claim | None = None

    async def stopped(self, reason: StopReason | None, error: BaseException) -> None:
        """End an attempt that was told to stop for this reason. Raises the error that says so."""
        if isinstance(error, LeaseLost):
            reason = StopReason.LEASE_LOST
        elif isinstance(error, ExportHandedBack):
            reason = StopReason.HANDED_BACK
        if reason is StopReason.LEASE_LOST:
            self._folder.suspend()
            await self._report_late()
            if isinstance(error, LeaseLost):
                return
            raise LeaseLost(f"The lease on export {self._claim.export_id} was lost.") from error
        if reason is StopReason.HANDED_BACK:
            self._folder.suspend()
            await self._record(partial(self._ledger.hand_back, self._claim))
            raise ExportHandedBack(f"Export {self._claim.export_id} went back into the queue.") from error
        await self._discard()
        await self._record(partial(self._ledger.cancelled, self._claim))
        if reason is StopReason.CANCELLED:
            raise ExportCancelled("The export was cancelled.") from error

    async def failed(self, error: BaseException) -> None:
        """Record a failure: for another attempt if that may succeed, or for good."""
        code = error.code if isinstance(error, LumberError) else "unexpected"
        # Clients of the service see it: the log has the addresses.
        text = error.public if isinstance(error, LumberError) else without_addresses(str(error))
        message = text or type(error).__name__
        if self._is_service and isinstance(error, DatasetBusy):
            self._folder.suspend()
            wait = partial(self._ledger.postpone, self._claim, code, message, wait_seconds=_BUSY_SECONDS)
            await self._record(wait)
            return
        if self._is_service and _needs_an_operator(error):
            self._folder.suspend()
            kept = f"{message} {_KEPT}"
            last = partial(self._ledger.try_again, self._claim, code, kept, max_attempts=1, wait_seconds=0)
            await self._record(last)
            return
        if self._is_service and _may_pass(error):
            self._folder.suspend()
            again = partial(
                self._ledger.try_again,
                self._claim,
                code,
                message,
                max_attempts=self._settings.max_attempts,
                wait_seconds=self._settings.retry_seconds,
            )
            await self._record(again)
            return
        if not self._is_service and is_conflict(error) and await self._begins_again(code, message):
            return
        await self._discard()
        await self._record(partial(self._ledger.fail, self._claim, code, message))

    async def _begins_again(self, code: str, message: str) -> bool:
        """Claim the export for another attempt of this process, if one is left."""

        async def again() -> None:
            self.next_claim = await self._ledger.begin_again(
                self._claim,
                code,
                message,
                max_attempts=self._settings.max_attempts,
                lease_seconds=self._settings.lease_seconds,
            )

        await self._record(again)
        if self.next_claim is None:
            return False
        self._folder.suspend()
        return True

    async def _record(self, end: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Record the end in the ledger, if it can be reached."""
        try:
            await shielded(patiently(end, seconds=_PATIENCE_SECONDS))
        except LeaseLost:
            await self._report_late()
        except LumberError:
            return

    async def _report_late(self) -> None:
        """Tell the ledger that this worker is alive, although another one has taken over."""
        report = partial(self._ledger.report_late, self._claim)
        with suppress(LumberError):
            await shielded(patiently(report, seconds=_PATIENCE_SECONDS))

    async def _discard(self) -> None:
        await in_thread(self._folder.discard, self._on_cancel)
        if self._is_service:
            # The folder is the export's own; an earlier attempt may have made it.
            with suppress(OSError):
                self._folder.path.rmdir()


def _needs_an_operator(error: BaseException) -> bool:
    """Return whether only a person can help: no wait empties a disk or changes permissions."""
    is_destination = isinstance(error, DestinationError) and not error.retryable
    return is_destination or isinstance(error, DiskFull | OutputUnwritable)


def is_conflict(error: BaseException) -> bool:
    """Return whether a standby cancelled a read: the next attempt sees another moment."""
    return isinstance(error, SourceConflict)


def _may_pass(error: BaseException) -> bool:
    """Return whether another attempt may succeed: the environment may change, config and rows don't."""
    if isinstance(error, LumberError):
        is_schema = isinstance(error, SchemaOutdated | SchemaUnknown)
        return error.retryable or (isinstance(error, DatabaseError) and not is_schema)
    return isinstance(error, Exception)
