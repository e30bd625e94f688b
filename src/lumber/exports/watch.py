"""ExportWatch: many followers of exports, one query of the ledger per tick for all of them.

A follower that falls behind gets the newest state next and never those between: nothing is queued.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from lumber.errors import DatabaseError, ExportNotFound
from lumber.exports.ledger import ENDED, ExportStatusManager
from lumber.exports.metadata import ExportMetadata
from lumber.exports.progress import ExportProgress

TICK_SECONDS = 0.5
# Both databases take some ten thousand parameters in one statement.
_IDS_PER_QUERY = 1_000


@dataclass(frozen=True, slots=True)
class ExportState:
    """An export at one moment."""

    export: ExportMetadata
    progress: ExportProgress | None

    @property
    def has_ended(self) -> bool:
        """Say whether nothing will change any more, unless somebody retries it."""
        return self.export.status in ENDED

    def is_as(self, other: ExportState) -> bool:
        """Say whether both tell the same; when the ledger was last written to does not count."""
        dated = other.export.model_copy(update={"updated_at": self.export.updated_at})
        return self.export == dated and self.progress == other.progress


@dataclass(slots=True)
class _Channel:
    """One followed export: its newest state, and the event of the next change."""

    followers: int = 0
    state: ExportState | None = None
    is_closed: bool = False
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()


class ExportWatch:
    """Follows exports in the ledger, whichever process works on them. Close it when done."""

    def __init__(self, ledger: ExportStatusManager, *, tick_seconds: float = TICK_SECONDS) -> None:
        self._ledger = ledger
        self._tick_seconds = tick_seconds
        self._channels: dict[str, _Channel] = {}
        self._poller: asyncio.Task[None] | None = None

    @property
    def followers(self) -> int:
        """How many follow an export now."""
        return sum(channel.followers for channel in self._channels.values())

    async def look(self, export_id: str) -> ExportState:
        """Return how far an export is. Raises ExportNotFound."""
        # Text that no database column can hold is no id either.
        found = await self._ledger.progress([export_id]) if export_id.isprintable() else {}
        if export_id not in found:
            raise ExportNotFound(f"There is no export {export_id!r}.")
        return ExportState(*found[export_id])

    async def follow(self, first: ExportState) -> AsyncIterator[ExportState]:
        """Yield `first`, then the newest state after each change, at most one a tick.

        Ends after the state in which the export has ended, when it is deleted, and when this is closed.
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
        """End all following."""
        for channel in self._channels.values():
            channel.is_closed = True
            channel.tell()
        self._channels.clear()
        if self._poller is not None:
            self._poller.cancel()
            with suppress(asyncio.CancelledError):
                await self._poller
            self._poller = None

    def _leave(self, export_id: str, channel: _Channel) -> None:
        channel.followers -= 1
        if channel.followers == 0 and self._channels.get(export_id) is channel:
            del self._channels[export_id]

    async def _poll(self) -> None:
        """Read all followed exports once a tick; end with the last follower."""
        try:
            while self._channels:
                # What cannot be read now is read at the next tick.
                with suppress(DatabaseError):
                    self._spread(await self._read())
                await asyncio.sleep(self._tick_seconds)
        finally:
            self._poller = None
            # Whatever ended this, nobody may wait for it for ever.
            for channel in self._channels.values():
                channel.is_closed = True
                channel.tell()
            self._channels.clear()

    async def _read(self) -> Mapping[str, ExportState | None]:
        """Return the state of every followed export; None for those that are deleted."""
        ids = list(self._channels)
        found: dict[str, Any] = {}
        for start in range(0, len(ids), _IDS_PER_QUERY):
            found.update(await self._ledger.progress(ids[start : start + _IDS_PER_QUERY]))
        return {id_: ExportState(*found[id_]) if id_ in found else None for id_ in ids}

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
