"""Turns records with named fields into rows of a kind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

import polars as pl

from lumber.catalog.kind import Storage
from lumber.catalog.registry import get_kind
from lumber.ingest.options import IngestOptions
from lumber.ingest.records import dialects, values
from lumber.ingest.records.day_order import DayOrder
from lumber.ingest.records.fields import flattened, plan_fields
from lumber.ingest.records.mapping import FieldMapping, source_of
from lumber.ingest.records.times import RecordTimes
from lumber.ingest.records.values import WrongValue
from lumber.ingest.rejects import Reject
from lumber.ingest.syslog.years import YearFinder
from lumber.ingest.targets import TARGETS

_TYPES: dict[Storage, pl.DataType] = {
    Storage.INTEGER: pl.Int64(),
    Storage.REAL: pl.Float64(),
    Storage.TEXT: pl.String(),
    Storage.TIME: pl.Int64(),
    Storage.JSON: pl.String(),
}
_CONVERTERS: dict[Storage, Callable[[Any], Any]] = {
    Storage.INTEGER: values.integer,
    Storage.REAL: values.real,
    Storage.TEXT: values.text,
    Storage.JSON: values.json_text,
}
# What is remembered of records whose fields are never the same.
_MOST_PLANNED_NAMES = 200_000
_MOST_IGNORED_NAMES = 200


class Record(NamedTuple):
    """One record of a source: the line where it starts, its fields and its text."""

    number: int
    fields: dict[str, Any]
    raw: str


class RecordBuilder:
    """Turns records into rows of a kind: the kind's columns without id, and the line's number."""

    def __init__(self, kind: str, times: RecordTimes, mapping: FieldMapping) -> None:
        self._kind = kind
        self._target = TARGETS[kind]
        self._record_times = times
        self._mapping = mapping
        declared = get_kind(kind)
        self._message = declared.message_column
        self._columns = [column for column in declared.columns if column.name != declared.id_column]
        self._schema = {"number": pl.Int64(), **{c.name: _TYPES[c.storage] for c in self._columns}}
        self._times = [column.name for column in self._columns if column.storage is Storage.TIME]
        self._plans: dict[tuple[str, ...], tuple[dict[str, str], tuple[str, ...]]] = {}
        self._planned_names = 0
        self.ignored_fields: set[str] = set()

    @classmethod
    def of(
        cls, options: IngestOptions, years: YearFinder | None = None, days: DayOrder | None = None
    ) -> RecordBuilder:
        """Return the builder of a load. Without `years`, a time without a year is not a time.

        `days` carries the order of days and months from chunk to chunk.
        """
        times = RecordTimes(options.zone, options.time_format, years, days)
        return cls(options.kind, times, options.mapping)

    def build(self, records: list[Record]) -> tuple[pl.DataFrame, list[Reject]]:
        """Return the rows of the records and the rejects, each in the order of the records."""
        rejects: list[Reject] = []
        records = [self._readable(record) for record in records]
        self._read_times(records)
        rows: list[tuple[Any, ...]] = []
        for record in records:
            row = self._row(record, rejects)
            if row is not None:
                rows.append(row)
        return pl.DataFrame(rows, schema=self._schema, orient="row"), rejects

    def _readable(self, record: Record) -> Record:
        fields = self._mapping.applied(record.fields) if self._mapping else record.fields
        if self._target.has_lines:
            fields = dialects.adapted(fields, record.raw)
        fields = flattened(self._kind, fields)
        return record if fields is record.fields else Record(record.number, fields, record.raw)

    def _plan(self, fields: dict[str, Any]) -> tuple[dict[str, str], tuple[str, ...]]:
        names = tuple(fields)
        plan = self._plans.get(names)
        if plan is None:
            self._planned_names += len(names)
            if self._planned_names > _MOST_PLANNED_NAMES:
                self._plans.clear()
                self._planned_names = len(names)
            plan = self._plans[names] = plan_fields(self._kind, names)
        return plan

    def _read_times(self, records: list[Record]) -> None:
        """Parse all times at once."""
        places: list[tuple[int, Any]] = []
        for record in records:
            plan, _ = self._plan(record.fields)
            for name in self._times:
                value = record.fields.get(plan.get(name, ""))
                if type(value) is str or type(value) is int:
                    places.append((record.number, value))
        self._record_times.read(places)

    def _row(self, record: Record, rejects: list[Reject]) -> tuple[Any, ...] | None:
        fields = record.fields
        plan, others = self._plan(fields)
        row: dict[str, Any] = {"number": record.number}
        for column in self._columns:
            name = plan.get(column.name)
            value = fields[name] if name is not None else None
            if value is None:
                row[column.name] = None
                continue
            try:
                if column.storage is Storage.TIME:
                    row[column.name] = self._moment(value, record.number)
                else:
                    row[column.name] = self._value(column.name, column.storage, name, value)
            except WrongValue as error:
                shown = values.dumped(value) if not isinstance(value, str) else repr(value)
                reason = f"{column.name}: {shown[:200]} {error}"
                rejects.append(Reject(record.number, reason, record.raw, column.name, value))
                return None
        missing = self._completed(row, {name: fields[name] for name in others})
        if missing is not None:
            reason = f"{missing}: is required, but missing"
            if missing == self._message and dialects.is_cut_by_journalctl(fields):
                reason = f"{missing}: is null; run `journalctl --all`, which also prints fields over 4 KB"
            rejects.append(Reject(record.number, reason, record.raw, missing))
            return None
        return tuple(row[name] for name in self._schema)

    def _value(self, column: str, storage: Storage, name: str | None, value: Any) -> Any:
        if (convert := self._target.converters.get(column)) is not None:
            return convert(value, source_of(name or ""))
        if column == self._message and isinstance(value, list):
            return _joined(value)
        return _CONVERTERS[storage](value)

    def _moment(self, value: Any, number: int) -> int | None:
        if value is None or value == "":
            return None
        if isinstance(value, datetime):
            value = value.isoformat()
        moment = None
        if type(value) is str or type(value) is int:
            moment = self._record_times.moment((number, value))
        if moment is None and self._record_times.form is not None:
            raise WrongValue(f"is not a time of the form {self._record_times.form.text}")
        if moment is None:
            moment = values.epoch_microseconds(value)
        if moment is None:
            if type(value) in (int, float):
                raise WrongValue("is not a time: numbers count from 1970 and end before 2200")
            raise WrongValue(self._record_times.problem(value if isinstance(value, str) else ""))
        return moment

    def _completed(self, row: dict[str, Any], others: dict[str, Any]) -> str | None:
        """Fill in what follows from other columns; return the name of a required one that is missing."""
        self._target.complete(row)
        for name in self._target.required:
            if row[name] is None:
                return name
        self._keep(row, others)
        return None

    def _keep(self, row: dict[str, Any], others: dict[str, Any]) -> None:
        """Keep the fields that are not a column, if the kind has a column for them."""
        others = {name.removesuffix(".*"): value for name, value in others.items()}
        others = {name: value for name, value in others.items() if name not in self._target.derived}
        if not others:
            return
        column = self._target.others
        if column is None:
            if len(self.ignored_fields) < _MOST_IGNORED_NAMES:
                self.ignored_fields.update(list(others)[:_MOST_IGNORED_NAMES])
            return
        kept = row[column]
        own = values.loaded(kept) if kept is not None else {}
        if not isinstance(own, dict) or own.keys() & others.keys():
            own = {column: own}
        row[column] = values.dumped({**others, **own})


def _joined(value: list[Any]) -> str:
    """Return the text of a journald message: a list of bytes, or of the texts of a repeated field."""
    if value and all(isinstance(item, str) for item in value):
        return "\n".join(value)
    try:
        return bytes(value).decode()
    except (TypeError, ValueError):
        raise WrongValue("is a list, but not of texts or of the bytes of a UTF-8 text") from None
