"""A user's own form of times, such as `%d/%m/%Y %H:%M:%S`, with the directives of `strptime`."""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl

from lumber.errors import ConfigError, FieldProblem
from lumber.ingest import calendar, isotime
from lumber.ingest.syslog.years import YearFinder
from lumber.ingest.zones import Zone

_LONG_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_PARTS = {
    "Y": "(?P<year>[0-9]{4})",
    "y": "(?P<short_year>[0-9]{2})",
    "m": "(?P<month>[0-9]{1,2})",
    "d": "(?P<day>[0-9]{1,2})",
    "b": f"(?P<name>{'|'.join(calendar.MONTHS)})",
    "B": f"(?P<name>{'|'.join(_LONG_MONTHS)})",
    "a": f"(?:{'|'.join(day[:3] for day in _DAYS)})",
    "A": f"(?:{'|'.join(_DAYS)})",
    "H": "(?P<hour>[0-9]{1,2})",
    "I": "(?P<hour>[0-9]{1,2})",
    "p": "(?P<half>[AaPp][Mm])",
    "M": "(?P<minute>[0-9]{1,2})",
    "S": "(?P<second>[0-9]{1,2})",
    "f": "(?P<fraction>[0-9]{1,9})",
    "z": "(?P<zone>[Zz]|[+-][0-9]{2}:?[0-9]{2})",
    "%": "%",
}
_SHORT = {"T": "%H:%M:%S", "F": "%Y-%m-%d", "D": "%m/%d/%y", "R": "%H:%M", "e": "%d", "h": "%b"}
_ALLOWED = tuple(f"%{name}" for name in (*_PARTS, *_SHORT))
_NUMBERS = ("month", "day", "hour", "minute", "second")
LONGEST_FORM = 200
_FIRST_SHORT_YEAR = 69  # POSIX: 69 to 99 are 1969 to 1999


@dataclass(frozen=True, slots=True)
class TimeFormat:
    """A form of times: as the user wrote it, and as a regular expression with named groups."""

    text: str
    pattern: str

    @classmethod
    def parse(cls, text: str) -> TimeFormat:
        """Return the form. Raises ConfigError with the allowed directives."""
        if len(text) > LONGEST_FORM:
            message = f"is longer than {LONGEST_FORM} characters"
            raise ConfigError([FieldProblem("time_format", text[:LONGEST_FORM], message, _ALLOWED)])
        written = re.sub(r"%([TFDReh])", lambda found: _SHORT[found[1]], text)
        pieces: list[str] = []
        for literal, name in re.findall(r"([^%]+)|%(.?)", written):
            if literal:
                pieces.append(_literal(literal))
            elif name in _PARTS:
                pieces.append(_PARTS[name])
            else:
                message = f"{text!r} has %{name}, which is not a directive"
                raise ConfigError([FieldProblem("time_format", text, message, _ALLOWED)])
        _check(text, "".join(pieces))
        return cls(text, rf"^\s*{''.join(_full(pieces))}\s*$")

    @property
    def has_year(self) -> bool:
        """Say whether a time in this form has a year."""
        return "year>" in self.pattern

    def timestamps(self, texts: pl.Series, zone: Zone, years: YearFinder | None) -> pl.Series:
        """Return the UTC microseconds of texts in the order of their records; null if one isn't a time.

        `zone` is for times without one, `years` for a form without a year.
        """
        found = texts.str.extract_groups(self.pattern).struct.unnest()
        parts = found.select(self._numbers(found.columns))
        # Month 13 is not a time, so it must not change the years of other lines.
        parts = parts.with_columns(pl.when(pl.col("month").is_between(1, 12)).then("month").alias("month"))
        if "year" not in parts.columns:
            known = years.years(parts) if years is not None else pl.Series([None], dtype=pl.Int64)
            parts = parts.with_columns(known.alias("year"))
        return isotime.to_utc(parts.select(calendar.local_microseconds().alias("local"), "zone"), zone)

    def _numbers(self, groups: list[str]) -> list[pl.Expr]:
        def number(name: str) -> pl.Expr:
            return pl.col(name).cast(pl.Int64, strict=False) if name in groups else pl.lit(0, pl.Int64)

        found = {name: number(name) for name in _NUMBERS}
        if "name" in groups:
            found["month"] = (
                pl.col("name")
                .str.slice(0, 3)
                .replace_strict(calendar.MONTH_NUMBERS, default=None, return_dtype=pl.Int64)
            )
        if "half" in groups:
            is_half = found["hour"].is_between(1, 12)
            later = pl.when(pl.col("half").str.to_lowercase() == "pm").then(12).otherwise(0)
            found["hour"] = pl.when(is_half).then(found["hour"] % 12 + later)
        if "year" in groups:
            found["year"] = number("year")
        elif "short_year" in groups:
            short = number("short_year")
            found["year"] = short + pl.when(short < _FIRST_SHORT_YEAR).then(2000).otherwise(1900)
        micro = (
            calendar.fraction_to_micro(pl.col("fraction")) if "fraction" in groups else pl.lit(0, pl.Int64)
        )
        zone = pl.col("zone") if "zone" in groups else pl.lit(None, pl.String)
        return [*(expr.alias(name) for name, expr in found.items()), micro.alias("micro"), zone.alias("zone")]


def _literal(text: str) -> str:
    """Return the pattern of a text, in which spaces stand for any number of spaces."""
    escaped = re.sub(r"([\\.+*?()|\[\]{}^$#&~-])", r"\\\1", text)
    return re.sub(r"[ \t]+", r"\\s+", escaped)


def _check(text: str, pattern: str) -> None:
    """Raise ConfigError unless the parts make one time."""
    groups = re.findall(r"\?P<(\w+)>", pattern)
    parts = [{"short_year": "year", "name": "month"}.get(group, group) for group in groups]
    problem = None
    if len(parts) != len(set(parts)):
        problem = "has a part of the time twice"
    elif not {"day", "month"} <= set(parts):
        problem = "has no day or no month"
    elif ("half" in parts) != ("%I" in text):
        problem = "needs %I and %p together"
    if problem:
        raise ConfigError([FieldProblem("time_format", text, f"{text!r} {problem}", _ALLOWED)])


def _full(pieces: list[str]) -> list[str]:
    """Give numbers that touch each other all of their digits: 20240301 has no other meaning then."""
    full = []
    for index, piece in enumerate(pieces):
        beside = [*pieces[max(0, index - 1) : index], *pieces[index + 1 : index + 2]]
        is_touching = any("[0-9]" in other for other in beside)
        full.append(piece.replace("{1,2}", "{2}") if is_touching else piece)
    return full
