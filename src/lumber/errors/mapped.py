"""Errors of databases of other programs that rows are read from."""

from __future__ import annotations

from lumber.errors.base import LumberError


class SourceError(LumberError):
    """A database of somebody else, that rows should be read from, can't be used like that."""

    code = "source_error"


class SourceNotFound(SourceError):
    """No source has this name."""

    code = "source_not_found"


class SourceDenied(SourceError):
    """The password of the source can't be read."""

    code = "source_denied"


class SourceUnmapped(SourceError):
    """The source has no mapping for a data type."""

    code = "source_unmapped"


class SourceTableChanged(SourceError):
    """The table of a source has changed since its mapping was checked."""

    code = "source_table_changed"


class SourceUnfit(SourceError):
    """The rows of a source can't be exported with its mapping."""

    code = "source_unfit"
