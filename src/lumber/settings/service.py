"""Settings of the service: its address, its proxies and limits on calls."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from lumber.settings.part import SettingsPart, parts_of

_PORTS = {"http": 80, "https": 443}
_HOST = r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?\.?|[0-9a-f:.]+"


class ServiceSettings(SettingsPart):
    """Settings of the service: its address, its proxies and limits on calls."""

    public_url: str = Field(
        default="",
        description="Address at which people reach the service, such as https://lumber.example.org. The "
        "service then needs accounts, and rejects requests for other host names.",
    )
    trusted_proxies: str = Field(
        default="",
        description="Addresses or networks of proxies, separated by commas, whose X-Forwarded-For and "
        "X-Forwarded-Proto the service believes. Default: none.",
    )
    agents_see_rows: bool = Field(
        default=False,
        description="Whether tools for agents may answer with values of rows that export policies allow. By "
        "default, they answer with counts and links.",
    )
    requests_per_minute: int = Field(
        default=3_000,
        ge=1,
        le=1_000_000,
        description="Maximum requests of an API key, or of an account in the browser, in a minute. Without "
        "accounts, there are no limits on calls.",
    )
    address_requests_per_minute: int = Field(
        default=3_000,
        ge=1,
        le=1_000_000,
        description="Maximum requests without a valid API key or session from an address in a minute; of "
        "IPv6 from a network of 64 bits.",
    )
    creates_per_minute: int = Field(
        default=300,
        ge=1,
        le=1_000_000,
        description="Maximum exports, retries, previews and uploads that an API key or account starts in a "
        "minute.",
    )
    max_streams: int = Field(
        default=50,
        ge=1,
        le=100_000,
        description="Maximum event streams that an API key or account has open at the same time.",
    )
    max_downloads: int = Field(
        default=16,
        ge=1,
        le=100_000,
        description="Maximum downloads that an API key or account has open at the same time.",
    )

    @field_validator("public_url")
    @classmethod
    def _check_public_url(cls, value: str) -> str:
        return value and origin_of(value)

    @field_validator("trusted_proxies")
    @classmethod
    def _check_proxies(cls, value: str) -> str:
        for part in parts_of(value):
            try:
                ipaddress.ip_network(part)
            except ValueError:
                message = (
                    "proxies are addresses or networks, separated by commas, like 10.0.0.5 or 10.0.1.0/24"
                )
                raise ValueError(message) from None
        return value

    @property
    def proxies(self) -> tuple[str, ...]:
        """The addresses and networks of trusted proxies."""
        return parts_of(self.trusted_proxies)


def origin_of(url: str) -> str:
    """Return scheme, host and port of the address of a service, in lower case, without a default port.

    Raises ValueError for anything else, also for an address with a path or a password.
    """
    message = "an address of a service has a scheme, a host and no path, like https://lumber.example.org"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError(message) from None
    host = parts.hostname
    rest = (parts.path.rstrip("/"), parts.query, parts.fragment, parts.username, parts.password)
    if parts.scheme not in _PORTS or not host or any(rest) or re.fullmatch(_HOST, host) is None:
        raise ValueError(message)
    shown = f"[{host}]" if ":" in host else host.rstrip(".")
    return f"{parts.scheme}://{shown}" + ("" if port in (None, _PORTS[parts.scheme]) else f":{port}")
