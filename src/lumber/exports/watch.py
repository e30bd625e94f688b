"""ExportWatch: followers of exports share one ledger query per tick.

A slow follower gets the newest state and skips those in between: states are not queued.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from lumber.errors import DatabaseError, ExportNotFound
from lumber.exports.ledger import ExportStatusManager
from lumber.exports.metadata import ExportMetadata
from lumber.exports.progress import ExportProgress
from lumber.exports.status import ENDED
from lumber.store.batches import Batches

TICK_SECONDS = 0.5
# Both databases allow tens of thousands of parameters per statement.
_IDS_PER_QUERY = 1_000


@dataclass(frozen=True, slots=True)
class ExportState:
    """An export and its progress at one moment."""

    export: ExportMetadata
    progress: ExportProgress | None

    @property
    def has_ended(self) -> bool:
        """Return whether the export has finished. Only a retry changes it again."""
        return self.export.status in ENDED

    def is_as(self, other: ExportState) -> bool:
        """Return whether both states are equal, apart from the time of the last write."""
        dated = other.export.model_copy(update={"updated_at": self.export.updated_at})
        return self.export == dated and self.progress == other.progress


@dataclass(slots=True)
class _Channel:
    """A followed export: its newest state, and the event for the next change."""

    followers: int = 0
    state: ExportState | None = None
    is_closed: bool = False
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()


class ExportWatch:
    """Follow exports in the ledger, whichever process runs them. Close it after use."""

    def __init__(self, ledger: ExportStatusManager, *, tick_seconds: float = TICK_SECONDS) -> None:
        self._ledger = ledger
        self._tick_seconds = tick_seconds
        self._looks = Batches(self._look, most_per_batch=_IDS_PER_QUERY)
        self._channels: dict[str, _Channel] = {}
        self._poller: asyncio.Task[None] | None = None

    @property
    def followers(self) -> int:
        """Return the number of followers."""
        return sum(channel.followers for channel in self._channels.values())

    async def look(self, export_id: str) -> ExportState:
        """Return the state of an export. Raises ExportNotFound. Calls during a query share the next one."""
        # Text that a database cannot store is not an id.
        found = await self._looks.call(export_id) if export_id.isprintable() else None
        if found is None:
            raise ExportNotFound(f"There is no export {export_id!r}.")
        return found

    async def follow(self, first: ExportState) -> AsyncIterator[ExportState]:
        """Yield `first`, then the newest state after each change, at most one per tick.

        Ends after the state of a finished export, if the export is deleted, and on `close`.
        """
        export_id = first.export.export_id
        channel = self._channels.setdefault(export_id, _Channel())
        channel.followers += 1
        self._poller = self._poller or asyncio.create_task(self._poll())
        seen = first
        try:
            yield first
            while not seen.has_ended and not channel.is_closed:
                await asyncio.sleep(self._tick_seconds)
                changed, newest = channel.changed, channel.state
                if newest is not None and not newest.is_as(seen):
                    seen = newest
                    yield newest
                elif not channel.is_closed:
                    await changed.wait()
        finally:
            self._leave(export_id, channel)

    async def close(self) -> None:
        """Stop all followers, and wait for the query that runs."""
        for channel in self._channels.values():
            channel.is_closed = True
            channel.tell()
        self._channels.clear()
        if self._poller is not None:
            self._poller.cancel()
            with suppress(asyncio.CancelledError):
                await self._poller
            self._poller = None
        await self._looks.finished()

    def _leave(self, export_id: str, channel: _Channel) -> None:
        channel.followers -= 1
        if channel.followers == 0 and self._channels.get(export_id) is channel:
            del self._channels[export_id]

    async def _poll(self) -> None:
        """Read all followed exports once per tick, until the last follower has left."""
        try:
            while self._channels:
                # After an error, the next tick reads again.
                with suppress(DatabaseError):
                    self._spread(await self._read())
                await asyncio.sleep(self._tick_seconds)
        finally:
            self._poller = None
            # Followers must not wait for a reader that has ended.
            for channel in self._channels.values():
                channel.is_closed = True
                channel.tell()
            self._channels.clear()

    async def _read(self) -> Mapping[str, ExportState | None]:
        """Return the state of every followed export; None for deleted ones."""
        ids = list(self._channels)
        found: dict[str, ExportState | None] = {}
        for start in range(0, len(ids), _IDS_PER_QUERY):
            some = ids[start : start + _IDS_PER_QUERY]
            found.update(zip(some, await self._look(some), strict=True))
        return found

    async def _look(self, export_ids: Sequence[str]) -> Sequence[ExportState | None]:
        """Return the state of each of these exports; None for unknown ones."""
        found = await self._ledger.progress(list(dict.fromkeys(export_ids)))
        states = {export_id: ExportState(*of_export) for export_id, of_export in found.items()}
        return [states.get(export_id) for export_id in export_ids]

    def _spread(self, states: Mapping[str, ExportState | None]) -> None:
        for export_id, state in states.items():
            channel = self._channels.get(export_id)
            if channel is None:
                continue
            if state is None:
                channel.is_closed = True
                del self._channels[export_id]
                channel.tell()
            elif channel.state is None or not state.is_as(channel.state):
                channel.state = state
                channel.tell()
