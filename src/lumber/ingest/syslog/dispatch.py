"""Determines the format of each line by its beginning, and calls the parser of that format."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import NamedTuple

import polars as pl

from lumber.ingest.devices.table import DEVICES
from lumber.ingest.forms import SYSLOG_NAMES, named
from lumber.ingest.layouts.advice import ADVICE
from lumber.ingest.layouts.table import LAYOUTS
from lumber.ingest.options import LINE_FORMATS, Format
from lumber.ingest.syslog import iso8601, labelled, rfc3164, rfc5424
from lumber.ingest.syslog.bodies import refined
from lumber.ingest.syslog.lines import refused
from lumber.ingest.syslog.years import YearFinder
from lumber.ingest.zones import Zone

BLANK = "blank line"
UNKNOWN = "does not start like a log line"
_PRI = r"^<([0-9]{1,3})>"
_MAX_PRI = 191
_NAMES = {
    Format.RFC3164: "RFC 3164 (Mmm dd hh:mm:ss)",
    Format.ISO8601: "ISO 8601 (yyyy-mm-ddThh:mm:ss)",
    Format.RFC5424: "RFC 5424 (<PRI>1 time)",
    Format.LABELLED: "label, epoch, date and host",
}
_NAMES |= {format_: layouts[0].name for format_, layouts in LAYOUTS.items()}
_NAMES |= {format_: layout.name for format_, layout in DEVICES.items()}
_ANY = "it has no time of a format that Lumber knows; use --pattern for a form of your own"
_STARTS = {
    Format.RFC3164: rfc3164.START,
    Format.ISO8601: iso8601.START,
    Format.RFC5424: rfc5424.START,
    Format.LABELLED: labelled.START,
}
# Any program may have written what follows after these.
_WITH_HEADER = (Format.RFC3164, Format.ISO8601, Format.RFC5424, Format.OPENWRT)
Parse = Callable[[pl.DataFrame], pl.DataFrame]


class _Form(NamedTuple):
    """A format with its name, how its lines begin, and their parser."""

    format: Format
    name: str
    start: str
    parse: Parse
    is_layout: bool = False


@dataclass(slots=True)
class SyslogParser:
    """Parses lines of all formats, in any mixture. Keeps the year from chunk to chunk."""

    zone: Zone
    years: YearFinder
    formats: Sequence[Format] = LINE_FORMATS

    def parse(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return one row of `lines.COLUMNS` for each row of number and line."""
        remaining = _split_pri(frame)
        parts: list[pl.DataFrame] = []
        for is_layout, group in groupby(self._forms(), lambda form: form.is_layout):
            if remaining.is_empty():
                break
            forms = list(group)
            if not is_layout:
                remaining = _taken(remaining, forms, parts)
                continue
            # Many expressions: one finds the lines that are worth it. Polars keeps few of them compiled.
            is_likely = remaining["text"].str.contains("|".join(f"(?:{form.start})" for form in forms))
            if is_likely.any():
                left = _taken(remaining.filter(is_likely), forms, parts)
                remaining = pl.concat([remaining.filter(~is_likely), left])
        if not remaining.is_empty():
            parts.append(self._unrecognised(remaining))
        return parts[0] if len(parts) == 1 else pl.concat(parts)

    def _forms(self) -> Iterator[_Form]:
        """Yield each form in the order in which a line is compared with them."""
        syslog: dict[Format, Parse] = {
            Format.RFC3164: lambda frame: rfc3164.parse(frame, self.zone, self.years),
            Format.ISO8601: lambda frame: iso8601.parse(frame, self.zone),
            Format.RFC5424: lambda frame: rfc5424.parse(frame, self.zone),
            Format.LABELLED: labelled.parse,
        }
        for format_ in self.formats:
            if format_ in syslog:
                yield _Form(format_, SYSLOG_NAMES[format_], _STARTS[format_], syslog[format_])
            for layout in LAYOUTS.get(format_, ()):
                parse = partial(layout.parse, zone=self.zone, years=self.years)
                yield _Form(format_, layout.name, layout.start, parse, is_layout=True)
            if (device := DEVICES.get(format_)) is not None:
                yield _Form(format_, device.name, device.start, self._bound(device.parse))

    def _bound(self, parse: Callable[[pl.DataFrame, Zone, YearFinder], pl.DataFrame]) -> Parse:
        return lambda frame: parse(frame, self.zone, self.years)

    def _unrecognised(self, frame: pl.DataFrame) -> pl.DataFrame:
        known = _NAMES[self.formats[0]] if len(self.formats) == 1 else _ANY
        is_blank = pl.col("line").str.strip_chars() == ""
        is_bad_pri = pl.col("pri") > _MAX_PRI
        reason = pl.lit(f"{UNKNOWN}: {known}")
        for begin, advice in reversed(ADVICE):
            reason = pl.when(pl.col("line").str.contains(begin)).then(pl.lit(advice)).otherwise(reason)
        reason = (
            pl.when(is_blank)
            .then(pl.lit(BLANK))
            .when(is_bad_pri)
            .then(pl.format("PRI: {} is not between 0 and 191", pl.col("pri")))
            .otherwise(reason)
        )
        return refused(frame, "").with_columns(frame.select(reason.alias("reason")).to_series())


def _taken(remaining: pl.DataFrame, forms: Sequence[_Form], parts: list[pl.DataFrame]) -> pl.DataFrame:
    """Append the rows of the forms to `parts`; return the lines of none of them."""
    for form in forms:
        if remaining.is_empty():
            break
        is_it = remaining["text"].str.contains(form.start)
        if is_it.any():
            mine = remaining if is_it.all() else remaining.filter(is_it)
            rows = form.parse(mine)
            if form.format in _WITH_HEADER:
                rows = refined(rows, has_names=form.format is Format.RFC5424)
            parts.append(named(rows, form.name))
            remaining = remaining.clear() if is_it.all() else remaining.filter(~is_it)
    return remaining


def _split_pri(frame: pl.DataFrame) -> pl.DataFrame:
    """Add text (the line without PRI), pri and code (the severity); a PRI over 191 stays in the text."""
    line = pl.col("line")
    if not frame["line"].str.starts_with("<").any():
        none = pl.lit(None, pl.Int16)
        return frame.with_columns(line.alias("text"), none.alias("pri"), none.alias("code"))
    frame = frame.with_columns(line.str.extract(_PRI).alias("digits"))
    frame = frame.with_columns(pl.col("digits").cast(pl.Int16, strict=False).alias("pri"))
    is_valid = pl.col("pri") <= _MAX_PRI
    text = line.str.slice(pl.col("digits").str.len_bytes() + 2)
    return frame.with_columns(
        pl.when(is_valid).then(text).otherwise(line).alias("text"),
        pl.when(is_valid).then(pl.col("pri") % 8).alias("code"),
    )
