"""Connections to a Dask cluster, and whether its workers can do the work of exports."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from lumber.errors import ConfigError, ExportError, FieldProblem
from lumber.exports.helping.dask_job import worker_facts
from lumber.exports.helping.facts import difference, present_versions

_ANSWER_SECONDS = 20.0

_log = logging.getLogger(__name__)


# Dask declares most of its types, but not of its clients.
async def connect_dask(address: str, seconds: float) -> Any:
    """Return a client of a scheduler; whoever gets it closes it. Raises ConfigError or ExportError."""
    try:
        from distributed import Client
    except ImportError:
        raise _refused("needs the extra lumber[dask]: pip install 'lumber[dask]'") from None
    try:
        connecting: Any = Client  # without types
        return await connecting(address, asynchronous=True, timeout=seconds, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise ExportError(
            f"The Dask scheduler {address} (LUMBER_DASK_SCHEDULER) can't be reached: {error}"
        ) from error


async def check_workers(client: Any, database: str) -> None:
    """Raise ConfigError if a worker has other versions or another ledger."""
    ours = present_versions()
    addresses = list(await client.nthreads())
    answers = await asyncio.gather(*(_answer(client, address) for address in addresses))
    for address, answer in zip(addresses, answers, strict=True):
        what = f"the Dask worker {address}"
        if isinstance(answer, TimeoutError):
            # It may be hanging, or dead and not missed yet. Each job checks the versions too.
            _log.warning("%s doesn't answer. Its versions are checked with its first job.", what)
            continue
        if isinstance(answer, BaseException):
            raise _refused(f"names a cluster that can't run Lumber: {what} answers {answer!r}")
        if (text := difference(ours, answer["versions"], what=what)) is not None:
            raise _refused(f"names a cluster with other versions: {text}. Install the same on all workers")
        if answer["database"] != database:
            raise _refused(
                f"names a cluster with another ledger: {what} has the database {answer['database']}, not "
                f"{database}. Set LUMBER_DATABASE_URL where the workers are started"
            )


async def _answer(client: Any, address: str) -> Any:
    """Return what a worker says of itself, or what went wrong."""
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            return (await client.run(worker_facts, workers=[address], on_error="return"))[address]
    except (TimeoutError, OSError, KeyError, ValueError) as error:
        return error


def _refused(message: str) -> ConfigError:
    return ConfigError([FieldProblem("LUMBER_DASK_SCHEDULER", "***", message)])
