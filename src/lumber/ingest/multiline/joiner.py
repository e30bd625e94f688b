"""Joins lines that continue another one to its row. The row keeps the number and time of its first line."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from lumber.ingest.layouts.access import ACCESS
from lumber.ingest.layouts.java import with_levels
from lumber.ingest.limits import Limits
from lumber.ingest.multiline.continuations import OpenRecord
from lumber.ingest.patterns.explain import NO_MATCH
from lumber.ingest.rejects import Reject
from lumber.ingest.syslog import rfc3164, rfc5424
from lumber.ingest.syslog.dispatch import BLANK, UNKNOWN
from lumber.text import counted

CONTINUES_LOADED = "continues a line that was loaded before"
CONTINUES_REJECTED = "continues a line that was rejected"

# Daemons seldom write several lines to syslog: only a trace continues these. Servers never do to access logs.
_SYSLOG = re.compile(f"<|{rfc3164.START}|{rfc5424.START}|{ACCESS.start}")
_JSON = "{"


@dataclass(frozen=True, slots=True)
class Joined:
    """The rows and rejects of a block, and how many lines were joined to which row: number -> lines."""

    rows: pl.DataFrame
    rejects: list[Reject]
    lines: Mapping[int, int] = field(default_factory=dict)


class LineJoiner:
    """Joins the lines of consecutive blocks. Between two of them it keeps the record that is open."""

    def __init__(self, limits: Limits, state: Mapping[str, Any] | None) -> None:
        self._limits = limits
        self._open = OpenRecord.of(state)

    def state(self) -> dict[str, Any] | None:
        """Return the record that the next block may continue; None if there is none."""
        return self._open.state() if self._open is not None else None

    def join(self, frame: pl.DataFrame, rows: pl.DataFrame, rejects: list[Reject], first: int) -> Joined:
        """Join the unknown lines among `rejects` to `rows`, as far as they continue them.

        `frame` has the lines of the block, which begins with line `first`, and `rows` what was read of them.
        """
        lines = _Lines(frame, rows, rejects)
        last = int(frame["number"][-1])
        kept: list[Reject] = []
        unknown: list[Reject] = []
        for reject in rejects:
            (unknown if _is_unknown(reject) else kept).append(reject)
        texts: dict[int, list[str]] = {}
        end = None
        if unknown:
            for run in _runs(sorted(unknown, key=lambda reject: reject.line)):
                before, end = run[0].line - 1, run[-1].line
                if before >= first:
                    self._open = lines.record_at(before)
                elif self._open is not None:
                    self._open.refusal = self._open.refusal or CONTINUES_LOADED
                taken, left = self._split(run)
                if taken:
                    texts[before] = taken
                kept += left
        if end != last:
            self._open = lines.record_at(last)
        if not texts:
            return Joined(rows, kept)
        return Joined(_with_texts(rows, texts), kept, {number: len(found) for number, found in texts.items()})

    def _split(self, run: Sequence[Reject]) -> tuple[list[str], list[Reject]]:
        """Return the lines of a run that are appended to the open record, and those that stay rejects.

        The first line that does not continue the record closes it.
        """
        taken: list[str] = []
        rejects: list[Reject] = []
        blanks: list[Reject] = []
        for place, reject in enumerate(run):
            record = self._open
            if record is None:
                rejects += run[place:]
                break
            # In a statement of PostgreSQL, an empty line is a tab.
            is_blank = reject.reason == BLANK and not (record.takes_indented and reject.raw.startswith("\t"))
            if is_blank and (record.has_trace or record.takes_indented):
                blanks.append(reject)
                continue
            following = run[place + 1].raw if place + 1 < len(run) else None
            if is_blank or not record.takes(reject.raw, following, is_after_blank=bool(blanks)):
                rejects.append(reject)
                self._open = None
                continue
            self._count(record, [*blanks, reject] if blanks else (reject,))
            if record.refusal is None:
                taken += [blank.raw for blank in blanks]
                taken.append(reject.raw)
            else:
                rejects += [*blanks, Reject(reject.line, record.refusal, reject.raw)]
            blanks = []
        if self._open is not None and blanks:
            self._count(self._open, blanks)
        return taken, rejects + blanks

    def _count(self, record: OpenRecord, added: Sequence[Reject]) -> None:
        """Count lines that would be added to a record, and refuse them if they are too many."""
        if record.refusal is not None:
            return
        record.lines += len(added)
        for line in added:
            record.size_bytes += 1 + (len(line.raw) if line.raw.isascii() else len(line.raw.encode()))
        if record.lines > self._limits.record_lines:
            most = counted(self._limits.record_lines, "line")
            record.refusal = f"continues a record of {most}, the limit of LUMBER_MAX_RECORD_LINES"
        elif record.size_bytes > self._limits.line_bytes:
            most = counted(self._limits.line_bytes, "byte")
            record.refusal = f"continues a record of {most}, the limit of LUMBER_MAX_LINE_BYTES"


class _Lines:
    """The lines of a block by number, and which of them are rows."""

    def __init__(self, frame: pl.DataFrame, rows: pl.DataFrame, rejects: Sequence[Reject]) -> None:
        self._numbers, self._lines = frame["number"].to_numpy(), frame["line"]
        self._hosts = rows["host_name"] if len(rows) else None
        self._loaded = rows["number"].to_numpy() if len(rows) else np.empty(0, np.int64)
        self._rejected = {reject.line for reject in rejects}

    def record_at(self, number: int) -> OpenRecord | None:
        """Return the record that the line begins, loaded or rejected; None if nothing may continue it."""
        at = _place(self._numbers, number)
        if at is None:  # it is not text, or too long
            return OpenRecord(takes_indented=True, refusal=CONTINUES_REJECTED)
        line = str(self._lines[at])
        if line.startswith(_JSON):
            return None
        place = _place(self._loaded, number)
        has_host = place is not None and self._hosts is not None and self._hosts[place] is not None
        record = OpenRecord.begun_by(line, takes_indented=not has_host and _SYSLOG.match(line) is None)
        if place is None:
            if number not in self._rejected:
                return None  # a part of another row
            record.refusal = CONTINUES_REJECTED
        return record


def _place(numbers: np.ndarray, number: int) -> int | None:
    at = bisect_left(numbers, number)
    return at if at < len(numbers) and numbers[at] == number else None


def _is_unknown(reject: Reject) -> bool:
    return reject.reason == BLANK or reject.reason.startswith((UNKNOWN, NO_MATCH))


def _runs(rejects: Sequence[Reject]) -> Iterator[Sequence[Reject]]:
    """Yield rejects of consecutive lines together."""
    begin = 0
    for end in range(1, len(rejects) + 1):
        if end == len(rejects) or rejects[end].line != rejects[end - 1].line + 1:
            yield rejects[begin:end]
            begin = end


def _with_texts(rows: pl.DataFrame, texts: Mapping[int, Sequence[str]]) -> pl.DataFrame:
    """Append the lines to the message and the raw message of their rows."""
    more = pl.DataFrame(
        {"number": list(texts), "more": ["\n".join(lines) for lines in texts.values()]},
        {"number": pl.Int64, "more": pl.String},
    )
    joined = rows.join(more, on="number", how="left", maintain_order="left")
    has_more = pl.col("more").is_not_null()
    # The first line of a record may have no message.
    is_head = has_more & (pl.col("message") == "")
    joined = joined.with_columns(
        pl.when(is_head)
        .then(pl.col("more").str.strip_chars_start(" \t"))
        .when(has_more)
        .then(pl.concat_str("message", pl.lit("\n"), "more"))
        .otherwise("message")
        .alias("message"),
        pl.when(has_more)
        .then(pl.concat_str("raw_message", pl.lit("\n"), "more"))
        .otherwise("raw_message")
        .alias("raw_message"),
    )
    return with_levels(joined.drop("more"))
