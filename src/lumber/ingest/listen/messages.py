"""Reads the messages of a segment, with the time when they arrived and the address of their sender."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from lumber.errors import ConfigError, FieldProblem
from lumber.ingest.chunks import Chunk
from lumber.ingest.decompress import Readable
from lumber.ingest.frame_reader import UNCOUNTED, FrameReader
from lumber.ingest.ledger import Entry
from lumber.ingest.listen.framing import Flaw
from lumber.ingest.listen.segments import Message
from lumber.ingest.listen.undated import can_be_undated, with_time_of_receipt
from lumber.ingest.options import LINE_FORMATS, Format, IngestOptions
from lumber.ingest.rejects import Reject
from lumber.ingest.resume import Position
from lumber.ingest.syslog.years import YearFinder
from lumber.ingest.zones import Zone

# The key of the ledger's state for the segment that was loaded last.
SEGMENT_STATE = "segment"
_OF_MESSAGES = (
    Format.AUTO, Format.SYSLOG, *LINE_FORMATS, Format.JSONL, Format.JOURNALD, Format.LOGFMT,
)  # fmt: skip
_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_REASONS = {
    Flaw.TOO_LONG: "longer than the limit of LUMBER_LISTEN_MESSAGE_BYTES; only its beginning is kept",
    Flaw.INCOMPLETE: "its connection ended before its end came",
    Flaw.UNCOUNTED: UNCOUNTED,
}


def require_messages(format_: Format) -> None:
    """Raise ConfigError if one message alone can't be a record of the format."""
    if format_ not in _OF_MESSAGES:
        message = "is a format of whole files: each message that is received has to be a line of its own"
        raise ConfigError([FieldProblem("format", str(format_), message, tuple(map(str, _OF_MESSAGES)))])


class MessageReader(FrameReader):
    """Turns the messages of one segment into one chunk.

    Messages of many senders are in no order, so the time of arrival alone tells the year of a time without
    one, and which pass of the hour that the end of summer time repeats. If a message names no host, its
    sender is the device: `device_ip` is its address. The sender of others may be a relay.
    `undated` is the number of messages without a time, which got that of their arrival.
    """

    def __init__(self, options: IngestOptions, entry: Entry, messages: Sequence[Message], name: str) -> None:
        received = datetime.fromtimestamp(max(message.received_us for message in messages) / 1_000_000, UTC)
        options = replace(options, is_joining_lines=False)
        super().__init__(options, replace(entry, state={}), received)
        self._messages, self._name = messages, name
        self.undated = 0
        self._first = entry.lines_done + 1
        self._line_number = entry.lines_done + 1
        self._years = ReceivedYears(options.zone, received, None, {})
        zone = ReceivedZone(options.zone.name, options.zone.offset_seconds, received)
        # Each message is a record of its own, also one of Docker without the end of a line.
        self._make_parsers(zone, self._years, None)

    def chunks(self, stream: Readable, position: Position) -> Iterator[Chunk]:
        """Yield the messages as one chunk. `stream` is not read."""
        position.advance(b"".join(message.packed() for message in self._messages))
        chunk = self._counted(
            [(message.text, _REASONS.get(message.flaw)) for message in self._messages], position
        )
        rows = self._with_senders(chunk.rows) if len(chunk.rows) else chunk.rows
        yield replace(chunk, rows=rows, state={SEGMENT_STATE: self._name})

    def _parse_syslog(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, list[Reject]]:
        rows, rejects = super()._parse_syslog(frame)
        if not rejects or not can_be_undated(self._options):
            return rows, rejects
        undated, rejects = with_time_of_receipt(rejects, self._received_us, self._syslog.parse)
        if undated.is_empty():
            return rows, rejects
        self.undated += len(undated)
        return pl.concat([rows, undated.select(rows.columns)]).sort("number"), rejects

    def _received_us(self, numbers: pl.Series) -> pl.Series:
        received = pl.Series([message.received_us for message in self._messages], dtype=pl.Int64)
        return received.gather(numbers - self._first)

    def _with_senders(self, rows: pl.DataFrame) -> pl.DataFrame:
        senders = pl.Series([message.peer for message in self._messages], dtype=pl.String)
        sender = senders.gather(rows["number"] - self._first)
        is_it = pl.col("host_name").is_null() | (pl.col("host_name") == sender)
        known = [pl.col("device_ip")] if "device_ip" in rows.columns else []
        return rows.with_columns(
            pl.coalesce(*known, pl.when(is_it).then(sender)).cast(pl.String).alias("device_ip")
        )


class ReceivedYears(YearFinder):
    """Gives each time the latest year in which it is at most a day after its message was received."""

    def years(self, times: pl.DataFrame) -> pl.Series:
        """Return the year of each row of `times`. A null is a 29 February in a year without one."""
        years = self._limit[0] - self._is_after_limit(times).astype(np.int64)
        is_leap_day = ((times["month"] == 2) & (times["day"] == 29)).fill_null(False)
        is_leap = (years % 4 == 0) & ((years % 100 != 0) | (years % 400 == 0))
        found = pl.Series("year", years, pl.Int64)
        return found.set(is_leap_day & ~pl.Series(is_leap), None)


@dataclass(frozen=True, slots=True)
class ReceivedZone(Zone):
    """A zone whose local times are near the time when their messages were received."""

    received: datetime = _EPOCH

    def to_utc(self, local: pl.Series) -> pl.Series:
        """Turn local microseconds since 1970 into UTC ones: of two possible times, the nearer one."""
        first = Zone.to_utc(self, local)
        ends = {
            moment.astimezone(self.tzinfo).utcoffset()
            for moment in (self.received - _DAY, self.received + _DAY)
        }
        if self.offset_seconds is not None or len(ends) == 1:
            return first
        times = local.cast(pl.Datetime("us")).dt
        last = times.replace_time_zone(self.name, ambiguous="latest", non_existent="null").dt.epoch("us")
        now = int(self.received.timestamp() * 1_000_000)
        is_last = ((last - now).abs() < (first - now).abs()).fill_null(False)
        return last.zip_with(is_last, first)
