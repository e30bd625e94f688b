"""Errors of destinations."""

from __future__ import annotations

from lumber.errors.base import LumberError


class DestinationError(LumberError):
    """The place that datasets are written to doesn't do what was asked."""

    code = "destination_error"


class DestinationNotFound(DestinationError):
    """No destination has this name."""

    code = "destination_not_found"


class DestinationUnreachable(DestinationError):
    """The destination doesn't respond."""

    code = "destination_unreachable"
    retryable = True


class DestinationDenied(DestinationError):
    """The destination doesn't accept the credentials, or they don't allow what was asked."""

    code = "destination_denied"


class DestinationFull(DestinationError):
    """The destination has no room left."""

    code = "destination_full"


class DestinationConflict(DestinationError):
    """The destination holds something else in this place."""

    code = "destination_conflict"


class DestinationUnfit(DestinationError):
    """The destination failed a check that datasets need."""

    code = "destination_unfit"
