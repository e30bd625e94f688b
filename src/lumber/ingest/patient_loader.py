"""A loader that outlives its connection: while the database is away, it waits and connects again."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from threading import Event
from typing import TypeVar

from lumber.errors import DatabaseError, DiskFull
from lumber.ingest.loader import Loader
from lumber.store.bulk import BulkConnection

T = TypeVar("T")

_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.25, 10.0
# A driver has no special error for each way in which a connection ends.
_MOST_UNKNOWN = 4


class PatientLoader:
    """Runs actions on a loader. An action that failed because the database is away runs again later."""

    def __init__(
        self,
        connect: Callable[[], BulkConnection],
        make: Callable[[BulkConnection], Loader],
        stop: Event,
        tell: Callable[[str], None],
    ) -> None:
        self._connect, self._make = connect, make
        self._stop, self._tell = stop, tell
        self._connection: BulkConnection | None = None
        self._loader: Loader | None = None

    def run(self, action: Callable[[Loader], T]) -> T:
        """Return the result of `action`, which has to find out from the ledger what an attempt has done.

        A lost connection is replaced at once. After that, a stop ends the wait and the error is raised.
        """
        attempt, pause = 0, 0.0
        while True:
            try:
                result = action(self._connected())
            except (DatabaseError, DiskFull) as error:
                self.close()
                attempt += 1
                if not _may_pass(error, attempt) or (attempt > 1 and self._stop.is_set()):
                    raise
                if attempt == 2:
                    self._tell(f"{error} Waiting for it; nothing is lost.")
            except BaseException:
                if self._connection is not None:
                    with contextlib.suppress(DatabaseError):
                        self._connection.rollback()
                raise
            else:
                if attempt > 1:
                    self._tell("The database is back.")
                return result
            self._stop.wait(pause)
            pause = min(max(2 * pause, _FIRST_PAUSE_SECONDS), _LONGEST_PAUSE_SECONDS)

    def close(self) -> None:
        """Close the connection. The next action opens another one."""
        connection, self._connection, self._loader = self._connection, None, None
        if connection is not None:
            with contextlib.suppress(DatabaseError):
                connection.close()

    def _connected(self) -> Loader:
        if self._loader is None:
            self._connection = self._connect()
            self._loader = self._make(self._connection)
        return self._loader


def _may_pass(error: DatabaseError | DiskFull, attempt: int) -> bool:
    return error.retryable or (type(error) is DatabaseError and attempt <= _MOST_UNKNOWN)
