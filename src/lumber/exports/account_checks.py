"""What is unsafe about accounts and API keys, and about the clocks that their times come from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.exports.check import Check
from lumber.identity.api_keys import Key, KeyState, list_keys
from lumber.identity.rights import Role
from lumber.identity.users import Account, list_accounts
from lumber.settings import Settings
from lumber.store.database import Database
from lumber.store.models.audit import AUDIT_LINES
from lumber.store.models.base import utc_now
from lumber.text import counted

_UNUSED = timedelta(days=90)
_MOST_SKEW = timedelta(seconds=5)
_MOST_NAMES = 3


async def check_accounts(database: Database, settings: Settings) -> Sequence[Check]:
    """Check the accounts in the database, its clock, and that of this machine. Raises DatabaseError."""
    async with database.session() as session:
        clock = await _clock(session, is_sqlite=database.is_sqlite)
        accounts = await list_accounts(session)
        if not accounts:
            return [clock, _without_accounts(settings)]
        keys = await list_keys(session)
    now = utc_now()
    return [clock, _admins(accounts, now), *_keys(keys, now)]


def _without_accounts(settings: Settings) -> Check:
    if settings.public_url:
        return Check(
            "accounts",
            "failure",
            "there are none, but there is a public URL: the service doesn't start",
            "Create the first one with `lumber user add NAME --role admin`, or unset LUMBER_PUBLIC_URL.",
        )
    text = "none: whoever uses this machine may do everything, and the service answers on it only"
    return Check("accounts", "ok", text)


def _admins(accounts: Sequence[Account], now: datetime) -> Check:
    admins = [
        account
        for account in accounts
        if account.role is Role.ADMIN and not account.is_service and not account.is_disabled
    ]
    text = f"{counted(len(accounts), 'account')}, {counted(len(admins), 'admin')}"
    last = {account.name: account.last_login_at or account.created_at for account in admins}
    absent = [name for name, at in last.items() if at < now - _UNUSED]
    if absent:
        return Check(
            "accounts",
            "warning",
            f"{text}; not signed in for {_UNUSED.days} days: {_some(absent)}",
            "If somebody doesn't need the role, run `lumber user role NAME exporter` or `lumber user disable "
            "NAME`.",
        )
    return Check("accounts", "ok", text)


def _keys(keys: Sequence[Key], now: datetime) -> Sequence[Check]:
    active = [key for key in keys if key.state is KeyState.ACTIVE]
    endless = [_name(key) for key in active if key.expires_at is None]
    unused = [_name(key) for key in active if (key.last_used_at or key.created_at) < now - _UNUSED]
    checks = []
    if endless:
        checks.append(
            Check(
                "keys",
                "warning",
                f"{counted(len(endless), 'API key')} without expiry: {_some(endless)}",
                "Create a new key with `--expires 90d`, change the program, and run `lumber key revoke ID`.",
            )
        )
    if unused:
        checks.append(
            Check(
                "unused_keys",
                "warning",
                f"{counted(len(unused), 'API key')} not used for {_UNUSED.days} days: {_some(unused)}",
                "If no program needs a key, run `lumber key revoke ID`.",
            )
        )
    text = f"{counted(len(active), 'active API key')}, all used and with an expiry"
    return checks or [Check("keys", "ok", text)]


async def _clock(session: AsyncSession, *, is_sqlite: bool) -> Check:
    """Compare the clocks: expiry goes by this machine's, and the audit trail by the database's."""
    newest: datetime | None = await session.scalar(
        sa.select(AUDIT_LINES.c.at).order_by(AUDIT_LINES.c.seq.desc()).limit(1)
    )
    before = utc_now()
    theirs = before
    if not is_sqlite:
        theirs = await session.scalar(sa.select(sa.func.clock_timestamp())) or before
    now = utc_now()
    # The answer came from some moment between both.
    skew = max(theirs - now, before - theirs, timedelta(0))
    advice = "Keep both clocks right with NTP: keys and sessions expire by them."
    if skew > _MOST_SKEW:
        text = f"the clocks of this machine and of the database differ by {skew.total_seconds():.0f} s"
        return Check("clock", "warning", text, advice)
    if newest is not None and newest > theirs + _MOST_SKEW:
        text = f"the newest line of the audit trail is of {newest:%Y-%m-%d %H:%M:%S} UTC, in the future"
        return Check("clock", "warning", text, f"The clock was wrong, or is. {advice}")
    return Check("clock", "ok", f"{now:%Y-%m-%d %H:%M:%S} UTC")


def _name(key: Key) -> str:
    return f"{key.key_id} ({key.name} of {key.user_name})"


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_MOST_NAMES])
    return shown if len(names) <= _MOST_NAMES else f"{shown} and {len(names) - _MOST_NAMES:,} more"
