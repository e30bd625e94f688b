"""Who works on exports (LUMBER_ENGINE), and whether they can: for `lumber doctor` and for readiness."""

from __future__ import annotations

import asyncio
import time
from importlib.util import find_spec
from urllib.parse import urlsplit

from lumber.errors import ConfigError, LumberError
from lumber.exports.check import Check
from lumber.settings import Settings
from lumber.store.url import DatabaseUrl
from lumber.text import counted

_NAME = "engine"
_CONNECT_SECONDS = 5.0
_QUICK_SECONDS = 2.0
# Anyone may ask for readiness, and a scheduler logs each connection.
_FRESH_SECONDS = 15.0
_NO_WORKERS = "has no workers: exports wait until one comes"
_INSTALL = "Run: pip install 'lumber[dask]'."


async def check_engine(settings: Settings, url: DatabaseUrl) -> Check:
    """Check who works on exports. Of a Dask cluster, ask its scheduler and all of its workers."""
    if settings.engine != "dask":
        return Check(_NAME, "ok", _own_engine(settings, url))
    if find_spec("distributed") is None:
        return Check(_NAME, "failure", "dask: the library isn't installed", _INSTALL)
    # It takes libraries that other installations don't have.
    from lumber.exports.helping.dask_cluster import check_workers, connect_dask

    address = settings.dask_scheduler
    try:
        client = await connect_dask(address, _CONNECT_SECONDS)
        try:
            threads = (await client.nthreads()).values()
            await check_workers(client, str(url))
        finally:
            await client.close()
    except ConfigError as error:
        text = f"dask: {address} {error.problems[0].message}"
        return Check(_NAME, "failure", text, "Correct the workers of the cluster: exports fail until then.")
    except (LumberError, OSError) as error:
        advice = "Start the scheduler, or correct LUMBER_DASK_SCHEDULER: exports fail until then."
        return Check(_NAME, "failure", f"dask: {error}", advice)
    if not threads:
        advice = f"On each machine, run: dask worker {address}"
        return Check(_NAME, "warning", f"dask: {address} {_NO_WORKERS}", advice)
    found = f"{counted(len(threads), 'worker')} with {counted(sum(threads), 'thread')}"
    return Check(_NAME, "ok", f"dask: {address} has {found}")


def _own_engine(settings: Settings, url: DatabaseUrl) -> str:
    processes = counted(settings.workers, "process", "processes")
    if settings.engine == "pool":
        return f"pool: only the worker that runs an export works on it, with {processes}"
    if url.dialect == "sqlite":
        return f"claims: the idle worker of this database helps commands; each has {processes}"
    folder = settings.effective_exports_dir
    return f"claims: idle workers of this database help if they share {folder}; this one has {processes}"


class EngineProbe:
    """The quick check of the service. It names no address, and asks a scheduler at most every 15 seconds."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = asyncio.Lock()
        self._found: Check | None = None
        self._found_at = 0.0

    async def check(self) -> Check:
        """Check who works on exports. Never raises."""
        settings = self._settings
        if settings.engine != "dask":
            return Check(_NAME, "ok", settings.engine)
        async with self._lock:
            if self._found is None or time.monotonic() > self._found_at + _FRESH_SECONDS:
                self._found = await _quick_dask(settings.dask_scheduler)
                self._found_at = time.monotonic()
            return self._found


async def _quick_dask(address: str) -> Check:
    if find_spec("distributed") is None:
        return Check(_NAME, "warning", "dask: the library isn't installed. Exports fail", _INSTALL)
    parts = urlsplit(address)
    try:
        async with asyncio.timeout(_QUICK_SECONDS):
            _, writer = await asyncio.open_connection(parts.hostname, parts.port)
            writer.close()
            await writer.wait_closed()
    except (OSError, ValueError):
        # A restart of the service wouldn't help, and everything else works.
        return Check(
            _NAME,
            "warning",
            "dask: the scheduler can't be reached. Exports fail",
            "Start the scheduler, or correct LUMBER_DASK_SCHEDULER. `lumber doctor` tells more.",
        )
    return Check(_NAME, "ok", "dask: the scheduler can be reached")
