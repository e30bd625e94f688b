"""Reads sources made of lines: syslog in any form, JSON Lines, logfmt, or all of them mixed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from lumber.ingest.blocks import BOM, after_last_line, blocks, split_lines, too_long
from lumber.ingest.chunks import Chunk
from lumber.ingest.decompress import Readable
from lumber.ingest.forms import PATTERN_NAME, RECORD_NAMES, named, named_rejects
from lumber.ingest.ledger import Entry
from lumber.ingest.multiline.block_ends import last_record
from lumber.ingest.multiline.container_lines import join_traces
from lumber.ingest.multiline.joiner import Joined, LineJoiner
from lumber.ingest.options import LINE_FORMATS, Format, IngestOptions
from lumber.ingest.overlap import OrderedZone
from lumber.ingest.patterns.explain import NO_MATCH
from lumber.ingest.patterns.lines import PatternLineParser
from lumber.ingest.records import logfmt
from lumber.ingest.records.build import RecordBuilder
from lumber.ingest.records.day_order import DayOrder
from lumber.ingest.records.docker import DockerLines
from lumber.ingest.records.json_lines import NOT_JSON, JsonLineParser
from lumber.ingest.rejects import Reject
from lumber.ingest.resume import Position
from lumber.ingest.syslog.dispatch import BLANK, UNKNOWN, SyslogParser
from lumber.ingest.syslog.lines import FORM
from lumber.ingest.syslog.lookahead import times_ahead
from lumber.ingest.syslog.years import YearFinder
from lumber.ingest.targets import TARGETS
from lumber.ingest.zones import Zone

_CONTINUES = "continues a line that was loaded before its end was written"
# Why a line is no record of a format.
_NO_RECORD = (*NOT_JSON, NO_MATCH, BLANK)
Found = tuple[pl.DataFrame, list[Reject]]


class LineReader:
    """Turns a stream of lines into chunks. The beginning of each line determines its form."""

    def __init__(
        self, options: IngestOptions, entry: Entry, written_at: datetime, path: Path | None = None
    ) -> None:
        self._options = options
        # Lines that were joined with another one, or wait for its end. The ledger counts them as one.
        self._joined = int(entry.state.get("joined_lines", 0))
        self._line_number = entry.lines_done + self._joined + 1
        self._bytes_read = entry.bytes_done
        self._is_line_open = bool(entry.state.get("open_line"))
        self._is_line_too_long = bool(entry.state.get("long_line"))
        # A resumed load keeps the reference time of the interrupted one. New lines of a log are newer.
        is_resumed = not entry.is_complete and not options.is_growing
        reference = entry.state.get("reference") if is_resumed else None
        self._reference = datetime.fromisoformat(reference) if reference else written_at
        self._years = YearFinder(
            options.zone,
            self._reference,
            options.year,
            entry.state,
            lambda: times_ahead(path, self._bytes_read),
        )
        self._days = DayOrder(entry.state)
        zone = options.zone
        self._zone = OrderedZone(zone.name, zone.offset_seconds, dict(entry.state.get("overlap", {})))
        self._has_lines = TARGETS[options.kind].has_lines
        # A part whose end had not come when a load ended was loaded as a line.
        self._lines = DockerLines(() if entry.is_complete else entry.state.get("parts", ()))
        self._make_parsers(self._zone, self._years, self._lines if self._has_lines else None)
        self._is_for_records = (
            bool(options.mapping)
            or options.time_format is not None
            or options.format in (Format.JSONL, Format.JOURNALD, Format.LOGFMT)
            or not self._has_lines
        )
        has_forms = options.format in (Format.AUTO, Format.SYSLOG, *LINE_FORMATS)
        can_continue = has_forms and (self._pattern is not None or not self._is_for_records)
        is_joining = options.is_joining_lines and can_continue and self._has_lines
        self._joiner = LineJoiner(options.limits, entry.state.get("record")) if is_joining else None

    def _make_parsers(self, zone: Zone, years: YearFinder, lines: DockerLines | None) -> None:
        options = self._options
        self._syslog = SyslogParser(zone, years, _line_formats(options))
        builder = RecordBuilder.of(options, years, self._days)
        self._json = JsonLineParser(builder, options.limits, lines)
        self._logfmt = logfmt.LogfmtParser(builder, options.mapping, options.limits)
        self._pattern = PatternLineParser.of(options, builder)
        self.ignored_fields = self._json.ignored_fields

    def chunks(self, stream: Readable, position: Position) -> Iterator[Chunk]:
        """Yield chunks from `position`, which is also that of `stream`."""
        limits = self._options.limits
        end_of = partial(last_record, max_lines=limits.record_lines) if self._joiner else after_last_line
        for block in blocks(stream, self._options.chunk_bytes, limits.line_bytes, end_of):
            is_first = position.bytes_done == 0
            position.advance(block)
            self._bytes_read = position.bytes_done
            text = block[len(BOM) :] if is_first and block.startswith(BOM) else block
            rejects: list[Reject] = []
            if self._is_line_open:
                text = self._close_line(text, rejects)
            yield self._chunk(text, rejects, position, not block.endswith(b"\n"))
        if self._lines.parts() and not self._options.is_growing:
            rows, rejects = _recognised(self._json.rest(), self._json_name)
            lines = len(rows) + len(rejects)
            self._joined -= lines
            yield self._made(rows, rejects, lines, position)

    def _close_line(self, text: bytes, rejects: list[Reject]) -> bytes:
        """Remove the end of a line whose beginning was loaded before."""
        end, found, rest = text.partition(b"\n")
        self._is_line_open = not found
        if end.strip(b"\r") and not self._is_line_too_long:
            rejects.append(Reject(self._line_number, _CONTINUES, end.decode(errors="backslashreplace")))
            self._line_number += 1
        return rest

    def _chunk(self, text: bytes, rejects: list[Reject], position: Position, is_open: bool) -> Chunk:
        lines = len(rejects)
        found = Joined(pl.DataFrame(), [])
        if text:
            split = split_lines(text, self._line_number)
            rejects = [*rejects, *split.rejects]
            frame, refused = self._without_long(split.frame, len(text))
            rejects += refused
            if len(frame):
                found = self._with_continued(frame, *self._parse(frame))
                rejects += found.rejects
                joined = len(frame) - len(found.rows) - len(found.rejects)
                self._joined += joined
                lines -= joined
            self._line_number += split.count
            lines += split.count
        if text:
            last_bytes = len(text) - text.rfind(b"\n") - 1
            self._is_line_too_long = is_open and last_bytes > self._options.limits.line_bytes
        self._is_line_open = is_open
        return replace(self._made(found.rows, rejects, lines, position), continued=found.lines)

    def _with_continued(self, frame: pl.DataFrame, rows: pl.DataFrame, rejects: list[Reject]) -> Joined:
        if self._joiner is None:
            return Joined(rows, rejects)
        found = self._joiner.join(frame, rows, rejects, self._line_number)
        rows, traced = join_traces(found.rows, self._options.limits)
        if not traced:
            return found
        lines = {
            number: found.lines.get(number, 0) + traced.get(number, 0) for number in {*found.lines, *traced}
        }
        return Joined(rows, found.rejects, lines)

    def _made(self, rows: pl.DataFrame, rejects: list[Reject], lines: int, position: Position) -> Chunk:
        return Chunk(
            rows=rows,
            rejects=sorted(rejects, key=lambda reject: reject.line),
            lines=lines,
            bytes_done=position.bytes_done,
            content_sha256=position.hasher.hexdigest(),
            state=self._state(),
            are_years_guessed=self._years.has_guessed,
        )

    def _without_long(self, frame: pl.DataFrame, size: int) -> Found:
        """Separate the lines that are too long, of a block of `size` bytes."""
        limit = self._options.limits.line_bytes
        if size <= limit:
            return frame, []
        is_long = frame["line"].str.len_bytes() > limit
        found = frame.filter(is_long).iter_rows()
        return frame.filter(~is_long), [Reject(number, too_long(limit), line) for number, line in found]

    def _state(self) -> dict[str, Any]:
        state: dict[str, Any] = {"reference": self._reference.isoformat()}
        state |= {**self._years.state(), **self._days.state()}
        if self._zone.seen:
            state["overlap"] = dict(self._zone.seen)
        if self._joined:
            state["joined_lines"] = self._joined
        if self._is_line_open:
            state["open_line"] = True
            if self._is_line_too_long:
                state["long_line"] = True
        if parts := self._lines.parts():
            state["parts"] = parts
        if self._joiner is not None and (record := self._joiner.state()):
            state["record"] = record
        return state

    def _parse(self, frame: pl.DataFrame) -> Found:
        """Return the rows of the kind with their line number, and the rejects."""
        if self._pattern is not None:
            return _recognised(self._pattern.parse(frame), PATTERN_NAME)
        if self._is_for_records:
            return self._parse_records(frame)
        is_json = frame["line"].str.starts_with("{")
        if self._options.format is not Format.AUTO or not is_json.any():
            return self._parse_syslog(frame)
        if is_json.all():
            return self._parse_json(frame)
        records, broken = self._parse_json(frame.filter(is_json))
        rows, refused = self._parse_syslog(frame.filter(~is_json))
        return pl.concat([rows, records.select(rows.columns)]).sort("number"), [*broken, *refused]

    def _parse_records(self, frame: pl.DataFrame) -> Found:
        if self._options.format is Format.LOGFMT:
            return self._parse_logfmt(frame)
        if self._options.format is not Format.AUTO or not self._has_lines:
            return self._parse_json(frame)
        is_logfmt = frame["line"].str.contains(logfmt.START)
        if not is_logfmt.any():
            return self._parse_json(frame)
        rows, rejects = self._parse_logfmt(frame.filter(is_logfmt))
        others, refused = self._parse_json(frame.filter(~is_logfmt))
        return _in_order(pl.concat([rows, others])), [*rejects, *refused]

    def _parse_json(self, frame: pl.DataFrame) -> Found:
        return _recognised(self._json.parse(frame), self._json_name)

    def _parse_logfmt(self, frame: pl.DataFrame) -> Found:
        return _recognised(self._logfmt.parse(frame), RECORD_NAMES[Format.LOGFMT])

    @property
    def _json_name(self) -> str:
        is_journal = self._options.format is Format.JOURNALD
        return RECORD_NAMES[Format.JOURNALD if is_journal else Format.JSONL]

    def _parse_syslog(self, frame: pl.DataFrame) -> Found:
        parsed = self._syslog.parse(frame)
        if parsed["reason"].null_count() == len(parsed):
            return _in_order(parsed.drop("reason")), []
        refused = parsed.filter(pl.col("reason").is_not_null()).select("number", "reason", FORM)
        shown = refused.join(frame, on="number", how="left", maintain_order="left")
        rows = parsed.filter(pl.col("reason").is_null()).drop("reason")
        rejects: list[Reject] = []
        if self._options.format is Format.AUTO:
            # No other line begins with a pair, so they are compared with it last.
            is_pairs = pl.col("reason").str.starts_with(UNKNOWN) & pl.col("line").str.contains(logfmt.START)
            pairs, shown = shown.filter(is_pairs), shown.filter(~is_pairs)
            if len(pairs):
                records, rejects = self._parse_logfmt(pairs)
                rows = pl.concat([rows, records.select(rows.columns)])
        rejects += [
            Reject(number, reason, line, form=form) for number, reason, form, line in shown.iter_rows()
        ]
        return _in_order(rows), rejects


def _recognised(found: Found, name: str) -> Found:
    rows, rejects = found
    return named(rows, name), named_rejects(rejects, name, _NO_RECORD)


def _in_order(rows: pl.DataFrame) -> pl.DataFrame:
    return rows if rows["number"].is_sorted() else rows.sort("number")


def _line_formats(options: IngestOptions) -> tuple[Format, ...]:
    return (options.format,) if options.format in LINE_FORMATS else LINE_FORMATS
