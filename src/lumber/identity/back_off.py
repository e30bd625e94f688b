"""Waits after failed sign-ins, for a name and for an address. They are in the database, for all processes.

An attempt counts as failed before its password is checked, so many at the same time count, too. Who succeeds
is forgiven. The wait doubles with each failure and has a limit, so others can't lock somebody out for long.
Names without an account are counted in the same way, so the wait doesn't tell them apart.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.errors import TooManyFailures
from lumber.identity.names import name_key
from lumber.store.models import LoginFailure

# After this time without an attempt, failures are forgotten.
FORGOTTEN = timedelta(hours=1)
# The oldest are forgotten first: some megabytes, however many addresses try.
_MOST_KEYS = 100_000
# 65,536 values: too few to find out what somebody typed, and enough to tell accounts apart.
_NAME_DIGITS = 4
# Not the present: an attempt that began a moment earlier in another process would be too early.
_NOT_BLOCKED = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Rule:
    """So many failures without a wait, and the longest wait."""

    free: int
    longest: timedelta

    def wait(self, failures: int) -> timedelta:
        """Return the wait after so many failures."""
        if failures < self.free:
            return timedelta()
        # More doublings than the longest wait needs would only overflow.
        return min(timedelta(seconds=2 ** min(failures - self.free, 30)), self.longest)


@dataclass(frozen=True, slots=True)
class Counted:
    """What failures count for."""

    key: str
    rule: Rule


# Many people may share an address. A name has one owner, who must soon get another chance.
_OF_NAME = Rule(5, timedelta(minutes=1))
_OF_ADDRESS = Rule(20, timedelta(minutes=5))


def name_counted(name: str) -> Counted:
    """Return what failures of a name count for. A few names share it with another name."""
    digest = hashlib.sha256(name_key(name).encode(errors="surrogatepass")).hexdigest()
    return Counted(f"name {digest[:_NAME_DIGITS]}", _OF_NAME)


def address_counted(address: str) -> Counted:
    """Return what failures from an address count for."""
    return Counted(f"address {address}", _OF_ADDRESS)


async def begin_attempt(session: AsyncSession, counted: Sequence[Counted], now: datetime) -> None:
    """Count an attempt as failed. Raises TooManyFailures, and counts nothing, if it must wait.

    Give names before addresses: all transactions then lock in the same order.
    """
    for each in counted:
        failures = await session.scalar(_counting(session, each, now))
        if failures is None:
            raise await _refused(session, each, now)
        wait = each.rule.wait(failures)
        until = now + wait if wait else _NOT_BLOCKED
        own = sa.update(LoginFailure).where(LoginFailure.key == each.key)
        await session.execute(own.values(blocked_until=until))


async def forgive(session: AsyncSession, name: Counted | None, address: Counted) -> None:
    """Uncount an attempt that succeeded. The name begins anew; failures of others stay with the address."""
    if name is not None:
        await session.execute(sa.delete(LoginFailure).where(LoginFailure.key == name.key))
    await give_back(session, [address])


async def give_back(session: AsyncSession, counted: Sequence[Counted]) -> None:
    """Uncount an attempt of which nobody knows whether it would have succeeded."""
    for each in counted:
        own = sa.update(LoginFailure).where(LoginFailure.key == each.key, LoginFailure.failures > 0)
        await session.execute(own.values(failures=LoginFailure.failures - 1, blocked_until=_NOT_BLOCKED))


async def clean_up(session: AsyncSession, now: datetime) -> None:
    """Delete what is forgotten, and the oldest of too many."""
    newest = sa.select(LoginFailure.failed_at).order_by(LoginFailure.failed_at.desc())
    last_kept = newest.offset(_MOST_KEYS).limit(1).scalar_subquery()
    gone = sa.or_(LoginFailure.failed_at <= now - FORGOTTEN, LoginFailure.failed_at <= last_kept)
    await session.execute(sa.delete(LoginFailure).where(gone))


def _counting(session: AsyncSession, counted: Counted, now: datetime) -> sa.Executable:
    """Return the statement that counts a failure and returns their number; no row if it is too early."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    insert = sqlite.insert(LoginFailure) if is_sqlite else postgresql.insert(LoginFailure)
    is_old = LoginFailure.failed_at <= now - FORGOTTEN
    added = insert.values(key=counted.key, failures=1, failed_at=now, blocked_until=_NOT_BLOCKED)
    return added.on_conflict_do_update(
        index_elements=[LoginFailure.key],
        set_={"failures": sa.case((is_old, 1), else_=LoginFailure.failures + 1), "failed_at": now},
        where=LoginFailure.blocked_until <= now,
    ).returning(LoginFailure.failures)


async def _refused(session: AsyncSession, counted: Counted, now: datetime) -> TooManyFailures:
    until = await session.scalar(sa.select(LoginFailure.blocked_until).where(LoginFailure.key == counted.key))
    # A clock that was set back must not make the wait longer.
    wait = min((until or now) - now, counted.rule.longest)
    seconds = max(1, math.ceil(wait.total_seconds()))
    return TooManyFailures(f"Too many sign-ins failed. Try again in {seconds} s.", seconds)
