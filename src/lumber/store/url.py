"""The database's address, in the forms that each driver takes. The password is never shown."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, urlencode

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from lumber.errors import ConfigError, FieldProblem

Dialect = Literal["sqlite", "postgresql"]

_ALLOWED = ("sqlite:///FILE", "postgresql://USER:PASSWORD@HOST:PORT/NAME")
_CERTIFICATE_FILES = ("sslrootcert", "sslcert", "sslkey")
# asyncpg knows these by their names in a URL of its own only, not as arguments.
_SSL_PARAMETERS = ("sslmode", *_CERTIFICATE_FILES)
_LIBPQ_ONLY = ("application_name", "connect_timeout", "options", "target_session_attrs")
# What both drivers can be told; one of them stumbles over any other.
_PARAMETERS = (
    *("host", "port", "user", "password", "passfile", "krbsrvname"),
    *_SSL_PARAMETERS,
    *_LIBPQ_ONLY,
)


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    """A parsed database address. Its repr and str show no secret."""

    dialect: Dialect
    _url: URL = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> DatabaseUrl:
        """Parse `sqlite:///FILE` or `postgresql://...`. Raises ConfigError that says what is allowed."""
        try:
            url = make_url(text)
        except (ArgumentError, ValueError):
            raise _refused("is not a database address") from None
        if "@" in (url.host or ""):
            # What follows the first @ would be shown as the host, and it is the password's end.
            raise _refused("has two @: write the one in the password as %40")
        backend = url.drivername.split("+", 1)[0]
        if backend == "sqlite":
            if not url.database or url.database == ":memory:":
                raise _refused("must name a file: several processes read the database")
            return cls("sqlite", url)
        if backend in ("postgresql", "postgres"):
            if not url.database:
                raise _refused("must name a database at its end")
            if url.port is not None and not 0 < url.port < 65_536:
                raise _refused(f"names port {url.port}, and ports go from 1 to 65535")
            unknown = sorted(set(url.query) - set(_PARAMETERS))
            if unknown:
                raise _refused(f"has the parameter {unknown[0]!r}, and may have {', '.join(_PARAMETERS)}")
            _check_certificates(url)
            return cls("postgresql", url)
        raise _refused(f"{backend!r} is not a database that Lumber can use")

    @property
    def path(self) -> Path:
        """The SQLite file, absolute."""
        return Path(self._url.database or "").expanduser().absolute()

    @property
    def async_url(self) -> URL:
        """The address for SQLAlchemy's async engine."""
        if self.dialect == "sqlite":
            return URL.create("sqlite+aiosqlite", database=str(self.path))
        elsewhere = (*_LIBPQ_ONLY, *_SSL_PARAMETERS, "password")
        query = {key: value for key, value in self._url.query.items() if key not in elsewhere}
        return self._url.set(drivername="postgresql+asyncpg", query=query, password=self._password)

    @property
    def async_arguments(self) -> dict[str, Any]:
        """What asyncpg is told besides `async_url`: how to encrypt, and whom to trust."""
        chosen = {key: self._url.query[key] for key in _SSL_PARAMETERS if key in self._url.query}
        return {"dsn": f"postgresql://?{urlencode(chosen, doseq=True)}"} if chosen else {}

    def adbc_uri(self, *, read_only: bool) -> str:
        """The address for the ADBC driver: a SQLite URI, or a libpq URI."""
        if self.dialect == "sqlite":
            mode = "ro" if read_only else "rw"
            return f"file:{quote(str(self.path))}?mode={mode}"
        url = self._url.set(drivername="postgresql", password=self._password)
        url = url.difference_update_query(["password"])
        address, mark, query = url.render_as_string(hide_password=False).partition("?")
        # libpq reads a plus as a plus; one that was meant is written %2B by now.
        return address + mark + query.replace("+", "%20")

    @property
    def _password(self) -> str | None:
        inside = self._url.query.get("password")
        return self._url.password or (inside if isinstance(inside, str) else None)

    def __str__(self) -> str:
        """Return the address without a password, wherever it stood."""
        if self.dialect == "sqlite":
            return f"sqlite:///{self.path}"
        secrets = [key for key in self._url.query if "password" in key.lower()]
        url = self._url.set(drivername="postgresql").difference_update_query(secrets)
        return url.render_as_string(hide_password=True)


def _check_certificates(url: URL) -> None:
    """Raise ConfigError when a file of TLS cannot be read: each driver would say it in other words."""
    for name in _CERTIFICATE_FILES:
        if (path := url.query.get(name)) is None:
            continue
        if not isinstance(path, str) or not Path(path).is_file() or not os.access(path, os.R_OK):
            raise _refused(f"names in {name} no file that can be read: {path!r}")


def _refused(message: str) -> ConfigError:
    # The value is left out: it may hold a password.
    return ConfigError([FieldProblem("database_url", "***", message, _ALLOWED)])
