"""Which service commands use, and with which API key."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from lumber.remote.address import server_of
from lumber.remote.keys import checked_key, key_in, stored_keys

if TYPE_CHECKING:
    from lumber.settings import Settings

# As the address of a service: the database of this machine.
LOCAL = "local"
_SERVER, _DATABASE = "LUMBER_SERVER", "LUMBER_DATABASE_URL"
_KEY, _KEY_FILE = "LUMBER_API_KEY", "LUMBER_API_KEY_FILE"


@dataclass(frozen=True, slots=True)
class KeyChoice:
    """An API key and where it comes from. `is_open`: other users can read its file."""

    text: str = field(repr=False)
    source: str
    is_open: bool = False


def chosen_server(option: str | None = None, *, has_database_url: bool = False) -> str | None:
    """Return the address of the chosen service; None for the database.

    The first of these decides: the option `--server`, or `--database-url`; LUMBER_SERVER;
    LUMBER_DATABASE_URL; the default of `lumber login --default`. Raises ConfigError.
    """
    if option is not None:
        return None if option == LOCAL else server_of(option)
    if has_database_url:
        return None
    environment = {name.upper(): value for name, value in os.environ.items() if value}
    if (given := environment.get(_SERVER)) is not None:
        return None if given == LOCAL else server_of(given, _SERVER)
    return None if _DATABASE in environment else stored_keys().default


def key_for(server: str, settings: Settings) -> KeyChoice | None:
    """Return the key for a service; None if there is none. Raises ConfigError, which never shows it.

    The first of these decides: LUMBER_API_KEY, LUMBER_API_KEY_FILE, the key that `lumber login` stored.
    """
    if (given := key_of_settings(settings)) is not None:
        return given
    stored = stored_keys().keys.get(server)
    return None if stored is None else KeyChoice(checked_key(stored, "the stored key"), "lumber login")


def key_of_settings(settings: Settings) -> KeyChoice | None:
    """Return the key in LUMBER_API_KEY or LUMBER_API_KEY_FILE, if there is one. Raises ConfigError."""
    if settings.api_key is not None:
        return KeyChoice(checked_key(settings.api_key.get_secret_value(), _KEY), _KEY)
    if settings.api_key_file is not None:
        key, is_open = key_in(Path(settings.api_key_file).expanduser(), _KEY_FILE)
        return KeyChoice(key, _KEY_FILE, is_open)
    return None
