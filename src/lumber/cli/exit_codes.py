"""What the command line answers to the shell."""

from __future__ import annotations

from enum import IntEnum

from lumber import errors


class ExitCode(IntEnum):
    """Exit codes; they are the same for every command."""

    OK = 0
    FAILURE = 1
    USAGE = 2
    BAD_CONFIG = 3
    NOTHING_FOUND = 4
    INTERRUPTED = 130


_BY_ERROR: tuple[tuple[type[errors.LumberError], ExitCode], ...] = (
    (errors.ConfigError, ExitCode.BAD_CONFIG),
    (errors.SourceMissing, ExitCode.NOTHING_FOUND),
    (errors.DatasetMissing, ExitCode.NOTHING_FOUND),
    (errors.FormatNotFound, ExitCode.NOTHING_FOUND),
    (errors.ExportNotFound, ExitCode.NOTHING_FOUND),
    (errors.DatasetNotFound, ExitCode.NOTHING_FOUND),
    (errors.ScheduleNotFound, ExitCode.NOTHING_FOUND),
    (errors.PresetNotFound, ExitCode.NOTHING_FOUND),
    (errors.UserNotFound, ExitCode.NOTHING_FOUND),
    (errors.KeyNotFound, ExitCode.NOTHING_FOUND),
    (errors.PolicyNotFound, ExitCode.NOTHING_FOUND),
    (errors.DestinationNotFound, ExitCode.NOTHING_FOUND),
    (errors.SourceNotFound, ExitCode.NOTHING_FOUND),
    (errors.PolicyRefused, ExitCode.BAD_CONFIG),
    (errors.NoticeNotFound, ExitCode.NOTHING_FOUND),
    (errors.ProviderNotFound, ExitCode.NOTHING_FOUND),
    (errors.NothingMatched, ExitCode.NOTHING_FOUND),
    (errors.ExportCancelled, ExitCode.INTERRUPTED),
    (errors.LumberError, ExitCode.FAILURE),
)


def exit_code_for(error: errors.LumberError) -> ExitCode:
    """Return the exit code of an error."""
    return next(code for kind, code in _BY_ERROR if isinstance(error, kind))
