"""How API keys are printed. None of this has the key itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from lumber.cli.exports.printing import print_rows, time_text
from lumber.cli.output import Output
from lumber.identity.api_keys import Key

STYLES = {"active": "green", "expired": "yellow", "revoked": "yellow", "owner disabled": "yellow"}
_NAMES = ("id", "name", "user", "status", "scopes", "kinds", "expires (UTC)", "last used (UTC)")


def as_json(key: Key) -> dict[str, Any]:
    """Return a key as the commands print it with --json."""
    return {
        "key_id": key.key_id,
        "name": key.name,
        "user_id": key.user_id,
        "user": key.user_name,
        "status": key.state.value,
        "scopes": list(key.scopes),
        "kinds": None if key.kinds is None else list(key.kinds),
        "created_at": _time(key.created_at),
        "expires_at": _time(key.expires_at),
        "last_used_at": _time(key.last_used_at),
        "revoked_at": _time(key.revoked_at),
    }


def print_keys(out: Output, keys: Sequence[Key]) -> None:
    """Print keys in columns; nothing if there are none."""
    if keys:
        print_rows(out, _NAMES, [_row(key) for key in keys], styles=STYLES)


def kinds_text(key: Key) -> str:
    """Return the kinds of a key."""
    return "all" if key.kinds is None else ",".join(key.kinds)


def _row(key: Key) -> tuple[str, ...]:
    return (
        key.key_id,
        key.name,
        key.user_name,
        key.state.value,
        ",".join(key.scopes),
        kinds_text(key),
        "never" if key.expires_at is None else time_text(key.expires_at),
        time_text(key.last_used_at),
    )


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
