"""Parses lines with a pattern: its groups are the fields of a record."""

from __future__ import annotations

import polars as pl

from lumber.catalog.registry import get_kind
from lumber.ingest.options import IngestOptions
from lumber.ingest.patterns.explain import mismatches, reason_of
from lumber.ingest.patterns.pattern import END_MARK, LinePattern
from lumber.ingest.patterns.scan import TYPES, Group
from lumber.ingest.records.build import Record, RecordBuilder
from lumber.ingest.records.fields import known_names
from lumber.ingest.records.mapping import FieldMapping
from lumber.ingest.rejects import Reject
from lumber.ingest.syslog.dispatch import BLANK

_RAW = "raw_message"


class PatternLineParser:
    """Parses lines into rows of a kind. The whole line is the message if no field is."""

    def __init__(
        self, pattern: LinePattern, kind: str, mapping: FieldMapping, builder: RecordBuilder
    ) -> None:
        self._pattern = pattern
        self._builder = builder
        self.ignored_fields = builder.ignored_fields
        message = get_kind(kind).message_column
        known = known_names(kind)
        self._message = message if not any(each.column == message for each in mapping.columns) else None
        self._messages = {name for name, (column, _) in known.items() if column == message}
        self._has_raw = any(column == _RAW for column, _ in known.values())
        self._typed = [group for group in pattern.groups if group.type != "string"]

    @classmethod
    def of(cls, options: IngestOptions, builder: RecordBuilder) -> PatternLineParser | None:
        """Return the parser of a load; None if it has no pattern."""
        if options.pattern is None:
            return None
        return cls(options.pattern, options.kind, options.mapping, builder)

    def parse(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, list[Reject]]:
        """Return the rows of the kind with their line number, and the rejects."""
        groups = frame["line"].str.extract_groups(self._pattern.expression).struct.unnest()
        is_match = groups[END_MARK].is_not_null()
        rejects = self._refused(frame.filter(~is_match))
        found = frame.filter(is_match)
        values = groups.filter(is_match).select(group.name for group in self._pattern.groups)
        records: list[Record] = []
        for (number, line), row in zip(found.iter_rows(), values.iter_rows(), strict=True):
            fields = {
                group.field: value
                for group, value in zip(self._pattern.groups, row, strict=True)
                if value is not None
            }
            wrong = self._convert(fields)
            if wrong is None:
                records.append(Record(number, self._completed(fields, line), line))
            else:
                reason = f"{wrong.field}: {fields[wrong.field]!r} is not of the type {wrong.type}"
                rejects.append(Reject(number, reason, line, wrong.field, fields[wrong.field]))
        rows, refused = self._builder.build(records)
        return rows, [*rejects, *refused]

    def _refused(self, frame: pl.DataFrame) -> list[Reject]:
        lines = frame["line"].to_list()
        places = mismatches(self._pattern, lines)
        reasons = [
            reason_of(self._pattern, line, place) if line.strip() else BLANK
            for line, place in zip(lines, places, strict=True)
        ]
        return [
            Reject(number, reason, line)
            for number, reason, line in zip(frame["number"].to_list(), reasons, lines, strict=True)
        ]

    def _convert(self, fields: dict[str, object]) -> Group | None:
        """Convert the values of fields with a type; return the first group whose value has another."""
        for group in self._typed:
            text = fields.get(group.field)
            if isinstance(text, str):
                try:
                    fields[group.field] = TYPES[group.type](text)
                except ValueError:
                    return group
        return None

    def _completed(self, fields: dict[str, object], line: str) -> dict[str, object]:
        if self._has_raw and _RAW not in fields:
            fields[_RAW] = line
        if self._message is not None and not any(name.lower() in self._messages for name in fields):
            fields[self._message] = line
        return fields
