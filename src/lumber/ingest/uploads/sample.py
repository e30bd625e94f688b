"""Sample data for an empty database, which a process of its own loads."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from lumber.ingest.uploads.child import LoadingProcess, error_of
from lumber.ingest.uploads.job import SampleJob
from lumber.settings import Settings
from lumber.store.shielded import shielded


@dataclass(frozen=True, slots=True)
class SampleRows:
    """How many rows of each kind were added."""

    logs: int
    anomalies: int
    ips: int

    def by_kind(self) -> dict[str, int]:
        """Return the rows by kind."""
        return {"logs": self.logs, "anomalies": self.anomalies, "ips": self.ips}


class SampleLoads:
    """Loads sample data, once at a time: the second of two clicks finds the rows of the first."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._running = asyncio.Lock()

    async def load(self) -> SampleRows:
        """Add the rows of `lumber sample` without options, in one transaction.

        Raises DatabaseNotEmpty if there is a row, and what the load raises.
        """
        settings = self._settings
        job = SampleJob(
            settings.data_dir.expanduser().absolute(),
            settings.effective_database_url,
            settings.busy_timeout_seconds,
        )
        async with self._running:
            process = await LoadingProcess.started(job)
            try:
                last = None
                async for event in process.events():
                    last = event
                if last is None or last["event"] != "result":
                    raise error_of(last)
                return SampleRows(last["logs"], last["anomalies"], last["ips"])
            finally:
                await shielded(process.close())
