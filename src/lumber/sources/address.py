"""The address of a source that is neither PostgreSQL nor SQLite. A password in it is never shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from lumber.errors import ConfigError, FieldProblem

_SCHEME = re.compile(r"[a-z][a-z0-9]*(\+[a-z0-9]+)?")


@dataclass(frozen=True, slots=True)
class SourceAddress:
    """An address: `scheme://user@host:port/path?parameters`.

    The scheme may have a second part, as in `opensearch+http`. Its repr and str show no password.
    """

    scheme: str
    host: str = ""
    port: int | None = None
    user: str | None = None
    path: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    password: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, text: str) -> SourceAddress:
        """Parse an address. Raises ConfigError, without the address in it."""
        try:
            parts = urlsplit(text)
            port = parts.port
            query = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
        except ValueError:
            raise refused("is not an address") from None
        if _SCHEME.fullmatch(parts.scheme) is None or not text.startswith(f"{text.split(':')[0]}://"):
            raise refused("is not an address")
        if parts.netloc.count("@") > 1:
            # The text after the first @ is the end of the password, and would be shown as the host.
            raise refused("has two @: write the one in the password as %40")
        if "\x00" in unquote(text) or parts.fragment:
            raise refused("has a character that no address has")
        return cls(
            parts.scheme,
            parts.hostname or "",
            port,
            None if parts.username is None else unquote(parts.username),
            unquote(parts.path),
            query,
            None if parts.password is None else unquote(parts.password),
        )

    @property
    def name(self) -> str:
        """The first part of the scheme, which says what is there."""
        return self.scheme.partition("+")[0]

    @property
    def has_password(self) -> bool:
        """Say whether the address itself has a password."""
        return self.password is not None or any("password" in name.lower() for name in self.query)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters after the question mark."""
        return tuple(self.query)

    def with_password(self, password: str | None) -> SourceAddress:
        """Return the address with a password that was kept elsewhere; None: without any."""
        return replace(self, password=password)

    def __str__(self) -> str:
        """Return the address without its password."""
        user = "" if self.user is None else f"{quote(self.user, safe='')}@"
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port is None else f":{self.port}"
        shown = {name: value for name, value in self.query.items() if "password" not in name.lower()}
        query = f"?{urlencode(shown)}" if shown else ""
        return f"{self.scheme}://{user}{host}{port}{quote(self.path)}{query}"


def refused(message: str, allowed: tuple[str, ...] = ()) -> ConfigError:
    """Return the error of an address, without the address: it may have a password in it."""
    return ConfigError([FieldProblem("url", "***", message, allowed)])


def checked_parameters(address: SourceAddress, known: Mapping[str, Any] | tuple[str, ...]) -> None:
    """Raise ConfigError for a parameter of an address that its source doesn't know."""
    for name in address.query:
        if name not in known:
            allowed = tuple(known)
            shown = name[:64]
            raise refused(f"has the parameter {shown!r}, which {address.name} doesn't have", allowed)
