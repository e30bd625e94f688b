"""The address of a service: https, or http on this machine."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from lumber.errors import ConfigError, FieldProblem
from lumber.settings.service import origin_of

_EXAMPLE = "such as https://lumber.example.org"


def server_of(text: str, field: str = "--server") -> str:
    """Return the address of a service in its one form: scheme, host and port.

    Raises ConfigError, which names `field`. The message never shows a password.
    """
    if "@" in text:
        raise _problem(field, None, f"an address of a service has no name and password, {_EXAMPLE}")
    try:
        server = origin_of(text)
    except ValueError as error:
        raise _problem(field, text, str(error)) from None
    parts = urlsplit(server)
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise _problem(
            field,
            text,
            f"{server} isn't encrypted, so others could read the API key and the data. Use https, or a "
            "tunnel to this machine such as `ssh -L 8000:127.0.0.1:8000 HOST`",
        )
    return server


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _problem(field: str, value: str | None, message: str) -> ConfigError:
    return ConfigError([FieldProblem(field, value, message)])
