"""Errors of the database and its tables."""

from __future__ import annotations

from lumber.errors.base import LumberError


class DatabaseError(LumberError):
    """The database rejected an operation."""

    code = "database_error"

    @property
    def public(self) -> str:
        """The message for clients of the service. What a driver says can name the server or the file."""
        if type(self) not in (DatabaseError, DatabaseUnreachable):
            return super().public
        meaning = (type(self).__doc__ or "").splitlines()[0]
        return f"{meaning} The log of the service or worker has the details."


class DatabaseMissing(DatabaseError):
    """There is no Lumber database at the address."""

    code = "database_missing"


class DatabaseUnreachable(DatabaseError):
    """The database server doesn't respond, or denies access."""

    code = "database_unreachable"
    retryable = True


class DatabaseLocked(DatabaseError):
    """Another process holds the database's write lock."""

    code = "database_locked"
    retryable = True


class DatabaseBusy(DatabaseError):
    """Other work uses all connections to the database."""

    code = "database_busy"
    retryable = True


class SchemaOutdated(DatabaseError):
    """The database's tables are older than this version of Lumber."""

    code = "schema_outdated"


class SchemaUnknown(DatabaseError):
    """The database's tables are of a newer or unknown version."""

    code = "schema_unknown"
