"""Bulk writing on a real database: what Ctrl-C does to a statement that runs."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from lumber.store.bulk import BulkConnection
from lumber.store.url import DatabaseUrl
from tests.integration.datasets import query
from tests.integration.processes import until

SLEEPING = """SELECT 1 FROM pg_stat_activity
    WHERE state = 'active' AND query LIKE '%pg_sleep(3600)%' AND pid <> pg_backend_pid()"""


@contextmanager
def interrupting(url: str, condition: str) -> Iterator[None]:
    """Send Ctrl-C to this process once `condition` finds a row."""

    def send() -> None:
        until(lambda: query(url, condition))
        os.kill(os.getpid(), signal.SIGINT)

    sender = threading.Thread(target=send)
    sender.start()
    try:
        yield
    finally:
        sender.join()


def test_ctrl_c_cancels_a_statement_that_waits_in_postgresql(postgres_url: str) -> None:
    with BulkConnection(DatabaseUrl.parse(postgres_url)) as connection:
        with pytest.raises(KeyboardInterrupt), interrupting(postgres_url, SLEEPING):
            connection.query("SELECT pg_sleep(3600)")
        assert not query(postgres_url, SLEEPING)
        connection.rollback()
        assert connection.query("SELECT 1") == [(1,)]
