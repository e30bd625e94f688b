"""A layout of log lines: how it begins, its regular expression, its time and its levels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import orjson
import polars as pl

from lumber.catalog import severity
from lumber.ingest.abbreviations import offset_seconds, offsets
from lumber.ingest.layouts.moments import Times
from lumber.ingest.syslog.lines import finished
from lumber.ingest.syslog.years import YearFinder
from lumber.ingest.zones import Zone

# Groups with these names are columns of the row; every other group goes into structured_data.
_COLUMNS = ("process_name", "host_name", "message")
_STAMP, _LEVEL, _ZONE = "stamp", "severity_text", "zone"


@dataclass(frozen=True, slots=True)
class Layout:
    """One layout. `pattern` matches a whole line, with a named group for each field.

    The groups `stamp`, `severity_text`, `process_name`, `host_name` and `message` become columns. Any other
    group goes into structured_data, as a number if it is in `numbers`, but not if its text is in `absent`.
    The group `zone` is an offset or an abbreviation after the time. `time_format` finds it as an offset.
    `wrong_time` says what is wrong with a time that can't be read. `levels` replace level texts that only
    this layout has. `prepare` may change the groups.
    """

    name: str
    start: str
    pattern: str
    time_format: Times
    numbers: frozenset[str] = frozenset()
    absent: tuple[str, ...] = ("",)
    levels: Mapping[str, str] = field(default_factory=dict)
    wrong_time: str | None = None
    prepare: Callable[[pl.DataFrame], pl.DataFrame] = lambda groups: groups

    def parse(self, frame: pl.DataFrame, zone: Zone, years: YearFinder) -> pl.DataFrame:
        """Return one row of `lines.COLUMNS` for each row of number, line, text (without PRI) and code."""
        groups = frame["text"].str.extract_groups(self.pattern).struct.unnest()
        is_other = groups[_STAMP].is_null()
        groups = self.prepare(groups)
        if _ZONE in groups.columns:
            groups = _with_offsets(groups, zone)
        moments = self.time_format.timestamps(groups[_STAMP], zone, years)
        reason = (
            pl.when(is_other)
            .then(pl.lit(f"begins like {self.name}, but does not have the fields of such a line"))
            .when(moments.is_null())
            .then(pl.format(f"timestamp: '{{}}' {self._wrong_time()}", groups[_STAMP]))
        )
        columns: list[pl.Expr | pl.Series] = [
            pl.Series("timestamp", moments),
            reason.alias("reason"),
            pl.col("line").alias("raw_message"),
        ]
        columns += [self._present(groups[name]) for name in _COLUMNS if name in groups.columns]
        columns += self._severity(frame, groups)
        if len((data := self._data(groups)).columns):
            columns.append(as_json(data).alias("structured_data"))
        return finished(frame.select("number", *columns))

    def _wrong_time(self) -> str:
        if self.wrong_time is not None:
            return self.wrong_time
        if self.time_format.has_year:
            return "is not a time"
        return "is not a time, or no year fits it; give the year of the first line with --year"

    def _severity(self, frame: pl.DataFrame, groups: pl.DataFrame) -> list[pl.Expr]:
        """Return severity_text and log_level. A PRI before the line declares them, too: it wins."""
        code = pl.col("code")
        declared = code.replace_strict(severity.TEXT_BY_CODE, default=None, return_dtype=pl.String)
        text = pl.coalesce(declared, groups[_LEVEL]) if _LEVEL in groups.columns else declared
        # An export reads the level from severity_text: it has to be a text that every part of Lumber knows.
        text = text.replace(self.levels)
        return [text.alias(_LEVEL), severity.level_of(text).alias("log_level")]

    def _present(self, texts: pl.Series) -> pl.Series:
        """Return a column in which an absent name is null. An empty message stays: the line has one."""
        if texts.name == "message":
            return texts.fill_null("")
        return texts.set(texts.is_in(self.absent), None)

    def _data(self, groups: pl.DataFrame) -> pl.DataFrame:
        names = [name for name in groups.columns if name not in (*_COLUMNS, _STAMP, _LEVEL, _ZONE)]
        return groups.select(_known(name, name in self.numbers, self.absent) for name in names)


def _known(name: str, is_number: bool, absent: tuple[str, ...]) -> pl.Expr:
    value = pl.when(~pl.col(name).is_in(absent)).then(pl.col(name))
    return (value.cast(pl.Int64) if is_number else value).alias(name)


def _with_offsets(groups: pl.DataFrame, zone: Zone) -> pl.DataFrame:
    """Write the zone behind the time as an offset. With an unclear one, the text is no time."""
    if groups[_ZONE].null_count() == len(groups):
        return groups
    offset = groups.select(offset_seconds(offsets(zone))).to_series()
    minutes = offset.abs() // 60
    digits = ((minutes // 60) * 100 + minutes % 60).cast(pl.String).str.zfill(4)
    sign = pl.when(offset < 0).then(pl.lit("-")).otherwise(pl.lit("+"))
    known = pl.when(pl.lit(offset.is_not_null())).then(pl.format("{}{}{}", _STAMP, sign, digits))
    unclear = pl.format("{} {}", _STAMP, _ZONE)
    has_zone = pl.col(_ZONE).is_not_null()
    stamp = pl.when(has_zone).then(pl.coalesce(known, unclear)).otherwise(_STAMP)
    return groups.with_columns(stamp.alias(_STAMP))


def as_json(data: pl.DataFrame) -> pl.Series:
    """Return each row as canonical JSON without its nulls; null for a row of nulls."""
    names = sorted(data.columns)
    texts: list[str | None] = []
    for row in data.select(names).iter_rows():
        known = {name: value for name, value in zip(names, row, strict=True) if value is not None}
        texts.append(orjson.dumps(known).decode() if known else None)
    return pl.Series(texts, dtype=pl.String)
