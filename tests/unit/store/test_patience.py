"""Transactions that a locked database keeps from their end are run again, and no others."""

import pytest

from lumber.errors import DatabaseError, DatabaseLocked, DatabaseUnreachable
from lumber.store.patience import patiently, promptly


class Transaction:
    """Fails with each of the errors in turn, and then returns 7."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = [*errors]
        self.calls = 0

    async def __call__(self) -> int:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return 7


STOOD_STILL = DatabaseUnreachable("terminating connection due to idle-in-transaction timeout")


async def test_a_locked_database_is_waited_for_and_said_once(caplog: pytest.LogCaptureFixture) -> None:
    transaction = Transaction(DatabaseLocked("It is locked."), STOOD_STILL, DatabaseLocked("It is locked."))
    assert await patiently(transaction, seconds=60) == 7
    assert transaction.calls == 4
    assert [record.getMessage() for record in caplog.records] == [
        "It is locked. Waiting up to 60 more seconds."
    ]


@pytest.mark.parametrize(
    "error", [DatabaseError("no such table"), DatabaseUnreachable("refused"), KeyError()]
)
async def test_other_errors_are_raised_at_once(error: Exception) -> None:
    transaction = Transaction(error)
    with pytest.raises(type(error)):
        await patiently(transaction)
    assert transaction.calls == 1


async def test_patience_ends() -> None:
    transaction = Transaction(*[DatabaseLocked("locked")] * 100)
    with pytest.raises(DatabaseLocked):
        await patiently(transaction, seconds=0.2)
    assert 1 < transaction.calls < 5


async def test_nobody_who_is_stopped_waits() -> None:
    transaction = Transaction(*[DatabaseLocked("locked")] * 2)
    with pytest.raises(DatabaseLocked):
        await patiently(transaction, is_stopped=lambda: transaction.calls == 2)
    assert transaction.calls == 2


async def test_a_lock_is_looked_for_again_until_the_time_is_over() -> None:
    transaction = Transaction(*[DatabaseLocked("locked")] * 3)
    assert await promptly(transaction, seconds=60) == 7
    assert transaction.calls == 4
    with pytest.raises(DatabaseLocked):
        await promptly(Transaction(DatabaseLocked("locked")), seconds=-1)
    with pytest.raises(KeyError):
        await promptly(Transaction(KeyError()), seconds=60)
