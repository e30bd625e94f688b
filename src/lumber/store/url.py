"""The database's address, in the form that each driver takes. The password is never shown."""

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
# asyncpg takes these only in a URL, not as arguments.
_SSL_PARAMETERS = ("sslmode", *_CERTIFICATE_FILES)
_LIBPQ_ONLY = ("application_name", "connect_timeout", "options", "target_session_attrs")
# The parameters that both drivers accept.
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
            # The text after the first @ is the end of the password, and would be shown as the host.
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
                raise _refused(f"has the port {url.port}: a port is 1 to 65535")
            unknown = sorted(set(url.query) - set(_PARAMETERS))
            if unknown:
                raise _refused(
                    f"has the parameter {unknown[0]!r}, which is not one of {', '.join(_PARAMETERS)}"
                )
            _check_certificates(url)
            return cls("postgresql", url)
        raise _refused(f"{backend!r} is not a database that Lumber can use")

    @classmethod
    def of_file(cls, path: Path) -> DatabaseUrl:
        """Return the address of a SQLite file, whatever its name contains."""
        return cls("sqlite", URL.create("sqlite", database=str(path)))

    def with_password(self, password: str | None) -> DatabaseUrl:
        """Return the address with a password that was kept elsewhere; None: without any."""
        return DatabaseUrl(self.dialect, self._url.set(password=password))

    @property
    def has_password(self) -> bool:
        """Say whether the address itself has a password."""
        return self._password is not None

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters after the question mark."""
        return tuple(self._url.query)

    @property
    def path(self) -> Path:
        """The SQLite file, absolute."""
        return Path(self._url.database or "").expanduser().absolute()

    @property
    def hosts(self) -> tuple[str, ...]:
        """The servers that may answer, or folders of their sockets; none for SQLite and for the default."""
        inside = self._url.query.get("host", ())
        found = (self._url.host or "", *((inside,) if isinstance(inside, str) else inside))
        return tuple(host for part in found for host in part.split(",") if host)

    @property
    def tls_mode(self) -> str:
        """The `sslmode` of libpq: `prefer` if the address names none."""
        mode = self._url.query.get("sslmode", "prefer")
        return mode if isinstance(mode, str) else mode[-1]

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
        """The arguments for asyncpg in addition to `async_url`: how to encrypt, and whom to trust."""
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
        # libpq reads a plus as a plus. A plus that was meant is %2B by now.
        return address + mark + query.replace("+", "%20")

    @property
    def _password(self) -> str | None:
        inside = self._url.query.get("password")
        return self._url.password or (inside if isinstance(inside, str) else None)

    def __str__(self) -> str:
        """Return the address without its password."""
        if self.dialect == "sqlite":
            return f"sqlite:///{self.path}"
        secrets = [key for key in self._url.query if "password" in key.lower()]
        url = self._url.set(drivername="postgresql").difference_update_query(secrets)
        return url.render_as_string(hide_password=True)


def _check_certificates(url: URL) -> None:
    """Raise ConfigError if a TLS file cannot be read: each driver would report it differently."""
    for name in _CERTIFICATE_FILES:
        if (path := url.query.get(name)) is None:
            continue
        if not isinstance(path, str) or not Path(path).is_file() or not os.access(path, os.R_OK):
            raise _refused(f"has a {name} that is not a readable file: {path!r}")


def _refused(message: str) -> ConfigError:
    # Without the value, which may contain a password.
    return ConfigError([FieldProblem("database_url", "***", message, _ALLOWED)])
