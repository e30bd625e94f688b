"""Runs a transaction again that a locked database, or a pause of this process, kept from its end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from lumber.errors import DatabaseError, DatabaseLocked, DatabaseUnreachable

# Other writers commit in small transactions: a lock that is held longer belongs to a process that hangs.
PATIENCE_SECONDS = 600.0
_FIRST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 2.0
# Keeps a lock that SQLite doesn't wait for from taking all of the processor.
_MOMENT_SECONDS = 0.005
# Of PostgreSQL's error 25P03.
_STOOD_STILL = "idle-in-transaction timeout"

T = TypeVar("T")

_log = logging.getLogger(__name__)


async def patiently(
    transaction: Callable[[], Coroutine[Any, Any, T]],
    *,
    is_stopped: Callable[[], bool] = lambda: False,
    seconds: float | None = None,
) -> T:
    """Return the result of `transaction`. While another writer holds SQLite's lock, run it again.

    So does a transaction that PostgreSQL ended because this process stood still in it: nothing of it was
    committed. The pauses grow. After `seconds` (by default PATIENCE_SECONDS), or once `is_stopped` is true,
    the error is raised.
    """
    clock = asyncio.get_running_loop()
    has_told = False
    deadline, pause = clock.time() + (PATIENCE_SECONDS if seconds is None else seconds), _FIRST_PAUSE_SECONDS
    while True:
        try:
            return await transaction()
        except (DatabaseLocked, DatabaseUnreachable) as error:
            if not _is_passing(error) or is_stopped() or clock.time() + pause > deadline:
                raise
            if not has_told and isinstance(error, DatabaseLocked):
                # The first attempt has already waited for the busy timeout.
                _log.warning("%s Waiting up to %.0f more seconds.", error, deadline - clock.time())
                has_told = True
        await asyncio.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)


async def promptly(transaction: Callable[[], Coroutine[Any, Any, T]], *, seconds: float) -> T:
    """Return the result of `transaction`. While another writer holds SQLite's lock, run it again soon.

    For a database with a short busy timeout. With a long one, SQLite looks for the lock every 100 ms, and
    rarely finds it free between two transactions of a load. After `seconds`, the error is raised.
    """
    clock = asyncio.get_running_loop()
    deadline = clock.time() + seconds
    while True:
        try:
            return await transaction()
        except DatabaseLocked:
            if clock.time() > deadline:
                raise
        await asyncio.sleep(_MOMENT_SECONDS)


def _is_passing(error: DatabaseError) -> bool:
    return isinstance(error, DatabaseLocked) or _STOOD_STILL in str(error)
