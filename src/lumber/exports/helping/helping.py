"""Helping: lets an idle worker help with the exports of others, one at a time."""

from __future__ import annotations

import asyncio

import structlog

from lumber.errors import LumberError
from lumber.exports.helping.helper import Helper
from lumber.exports.helping.joining import CannotJoin, join
from lumber.exports.ledger.jobs import JobLedger, Offer
from lumber.settings import Settings
from lumber.store.database import Database

# Of offers that this worker can't join. They end with their exports, and nobody says when.
_MOST_REFUSED = 10_000

_log = structlog.stdlib.get_logger(__name__)


class Helping:
    """The help of one worker."""

    def __init__(self, settings: Settings, name: str) -> None:
        self._settings = settings
        self._name = name
        self._helper: Helper | None = None
        self._task: asyncio.Task[None] | None = None
        self._refused: set[tuple[str, int]] = set()

    @property
    def tasks(self) -> list[asyncio.Task[None]]:
        """The task that helps; none if there is nobody to help."""
        return [] if self._task is None or self._task.done() else [self._task]

    async def look(self, database: Database) -> None:
        """Join an offer, if this worker helps nobody. Raises DatabaseError."""
        if self._settings.engine != "claims" or self.tasks:
            return
        ledger = JobLedger(database)
        for offer in await ledger.offers(self._refused):
            try:
                joined = await asyncio.to_thread(join, offer, database, self._settings)
            except CannotJoin as error:
                self._refuse(offer, str(error))
                continue
            self._helper = Helper(joined, ledger, self._settings, self._name)
            self._task = asyncio.create_task(self._help(self._helper), name=f"helping {offer.export_id}")
            return

    def finish(self) -> None:
        """Claim no more jobs. Those that run are finished."""
        if self._helper is not None:
            self._helper.finish()

    def stop(self) -> None:
        """Stop at once: others do the jobs that run."""
        if self._helper is not None:
            self._helper.stop()

    async def _help(self, helper: Helper) -> None:
        offer = helper.joined.offer
        try:
            await helper.run()
        except LumberError as error:
            self._refuse(offer, str(error))
        except Exception as error:  # noqa: BLE001 - the worker goes on with its queue
            _log.exception("helping_failed", export_id=offer.export_id, worker=self._name, error=str(error))
            self._remember(offer)
        else:
            if helper.has_failed:
                self._remember(offer)
        finally:
            self._helper = None

    def _refuse(self, offer: Offer, reason: str) -> None:
        self._remember(offer)
        _log.info("export_not_helped", export_id=offer.export_id, worker=self._name, reason=reason)

    def _remember(self, offer: Offer) -> None:
        if len(self._refused) >= _MOST_REFUSED:
            self._refused.clear()
        self._refused.add((offer.export_id, offer.coordinator))
