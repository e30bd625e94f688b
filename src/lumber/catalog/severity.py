"""The severities of syslog (RFC 5424, table 2) and their OpenTelemetry numbers and log levels.

Source of the numbers: OpenTelemetry logs data model, appendix B, "SeverityNumber example mappings".
Unknown text has no severity: it is never guessed.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, slots=True)
class Severity:
    """One syslog severity: its code 0 to 7, its spellings (lower case) and what they map to."""

    code: int
    spellings: tuple[str, ...]
    number: int
    level: str


SEVERITIES = (
    Severity(0, ("emergency", "emerg", "panic"), 21, "CRITICAL"),
    Severity(1, ("alert",), 19, "CRITICAL"),
    Severity(2, ("critical", "crit", "fatal"), 18, "CRITICAL"),
    Severity(3, ("error", "err"), 17, "ERROR"),
    Severity(4, ("warning", "warn"), 13, "WARNING"),
    Severity(5, ("notice",), 10, "INFO"),
    Severity(6, ("informational", "info"), 9, "INFO"),
    Severity(7, ("debug",), 5, "DEBUG"),
)

# Spellings of logging libraries that syslog doesn't have: spelling -> (OpenTelemetry number, log level).
_OTHERS = {"trace": (1, "DEBUG"), "verbose": (1, "DEBUG"), "information": (9, "INFO")}
# java.util.logging.
_OTHERS |= {"severe": (17, "ERROR"), "fine": (5, "DEBUG"), "finer": (1, "DEBUG"), "finest": (1, "DEBUG")}
# Serilog and zerolog.
_OTHERS |= {"vrb": (1, "DEBUG"), "trc": (1, "DEBUG"), "dbg": (5, "DEBUG"), "inf": (9, "INFO")}
_OTHERS |= {"wrn": (13, "WARNING"), "ftl": (21, "CRITICAL")}
# log15 and zap of Go.
_OTHERS |= {"dbug": (5, "DEBUG"), "eror": (17, "ERROR"), "dpanic": (21, "CRITICAL")}
# loguru.
_OTHERS |= {"success": (9, "INFO")}
# PostgreSQL and MySQL.
_OTHERS |= {"log": (9, "INFO"), "note": (9, "INFO"), "system": (9, "INFO")}
_OTHERS |= {f"debug{number}": (5, "DEBUG") for number in range(1, 6)}

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

LEVEL_BY_SPELLING = {text: severity.level for severity in SEVERITIES for text in severity.spellings}
LEVEL_BY_SPELLING |= {text: level for text, (_, level) in _OTHERS.items()}
NUMBER_BY_SPELLING = {text: severity.number for severity in SEVERITIES for text in severity.spellings}
NUMBER_BY_SPELLING |= {text: number for text, (number, _) in _OTHERS.items()}
SPELLINGS_BY_LEVEL = {
    level: tuple(text for text, mapped in LEVEL_BY_SPELLING.items() if mapped == level)
    for level in LOG_LEVELS
}
TEXT_BY_CODE = {severity.code: severity.spellings[0] for severity in SEVERITIES}
# The levels of bunyan and pino.
TEXT_BY_BUNYAN_LEVEL = {10: "trace", 20: "debug", 30: "info", 40: "warn", 50: "error", 60: "fatal"}
# OpenTelemetry numbers without a text. Each range of four has one name; syslog names some numbers exactly.
TEXT_BY_NUMBER = {
    number: name
    for first, name in ((1, "trace"), (5, "debug"), (9, "info"), (13, "warn"), (17, "error"), (21, "fatal"))
    for number in range(first, first + 4)
} | {10: "notice", 18: "critical", 19: "alert"}


def level_of(text: pl.Expr) -> pl.Expr:
    """Map severity text of any case to its log level; null when unknown or null."""
    return text.str.to_lowercase().replace_strict(LEVEL_BY_SPELLING, default=None, return_dtype=pl.String)


def number_of(text: pl.Expr) -> pl.Expr:
    """Map severity text of any case to its OpenTelemetry number 1 to 24; null when unknown or null."""
    return text.str.to_lowercase().replace_strict(NUMBER_BY_SPELLING, default=None, return_dtype=pl.Int8)


def is_unknown(text: pl.Expr) -> pl.Expr:
    """Say whether each severity text is not null and not a known severity."""
    return text.is_not_null() & ~text.str.to_lowercase().is_in(list(LEVEL_BY_SPELLING))
