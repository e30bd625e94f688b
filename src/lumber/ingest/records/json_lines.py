"""JSON Lines, and what `journalctl -o json` writes."""

from __future__ import annotations

import json
import re
import sys
from typing import Any

import orjson
import polars as pl

from lumber.ingest.limits import JSON_DEPTH, Limits, is_too_deep
from lumber.ingest.records.build import Record, RecordBuilder
from lumber.ingest.records.docker import DockerLines
from lumber.ingest.rejects import Reject
from lumber.ingest.syslog.dispatch import BLANK
from lumber.text import counted

# An integer this long may not fit 64 bits; orjson would turn it into a float.
_LONG_NUMBER = re.compile(r"\d{18}")
# How the reasons begin why a line is no JSON object.
NOT_JSON = ("not valid JSON", "not a JSON object")
# What Python says of a whole number whose conversion would take long.
_TOO_MANY_DIGITS = "Exceeds the limit"


class JsonLineParser:
    """Parses lines, each a JSON object, into rows of a kind."""

    def __init__(self, builder: RecordBuilder, limits: Limits, lines: DockerLines | None = None) -> None:
        self._limits = limits
        self._lines = lines
        self._builder = builder
        self.ignored_fields = self._builder.ignored_fields

    def parse(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, list[Reject]]:
        """Return the rows of the kind with their line number, and the rejects."""
        records: list[Record] = []
        rejects: list[Reject] = []
        for number, line in frame.select("number", "line").iter_rows():
            try:
                value = _load(line)
            except (ValueError, RecursionError) as error:
                rejects.append(Reject(number, _reason(line, error), line))
                continue
            if isinstance(value, dict) and len(value) > self._limits.columns:
                reason = (
                    f"has {counted(len(value), 'field')}, and LUMBER_MAX_COLUMNS allows "
                    f"{self._limits.columns:,}"
                )
                rejects.append(Reject(number, reason, line))
            elif isinstance(value, dict):
                records.append(Record(number, value, line))
            else:
                rejects.append(Reject(number, NOT_JSON[1], line))
        if self._lines is not None:
            records = self._lines.join(records)
        rows, refused = self._builder.build(records)
        return rows, [*rejects, *refused]

    def rest(self) -> tuple[pl.DataFrame, list[Reject]]:
        """Return the same of the lines whose ends did not come, at the end of the source."""
        return self._builder.build(self._lines.rest() if self._lines is not None else [])


def _load(line: str) -> Any:
    if is_too_deep(line):
        raise ValueError(f"it nests deeper than {JSON_DEPTH} levels")
    value = orjson.loads(line)
    # After orjson, which rejects NaN and lone surrogates.
    return json.loads(line) if _LONG_NUMBER.search(line) else value


def _reason(line: str, error: Exception) -> str:
    if not line.strip():
        return BLANK
    if str(error).startswith(_TOO_MANY_DIGITS):
        return f"not valid JSON: a number has more than {sys.get_int_max_str_digits():,} digits"
    return f"not valid JSON: {error}"
