"""Reads flow logs of Amazon VPC: values between spaces, in the order of a header or of version 2.

Source of the format: "Flow log records" in Amazon's VPC guide. A file in S3 has a header.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl

from lumber.ingest.devices.vpc_flow import INTERFACE, START, VERSION_2, is_record, values_of
from lumber.ingest.ledger import Entry
from lumber.ingest.line_reader import LineReader
from lumber.ingest.options import IngestOptions
from lumber.ingest.records.build import Record, RecordBuilder
from lumber.ingest.rejects import Reject
from lumber.ingest.syslog.dispatch import BLANK
from lumber.text import counted

_NAMES = frozenset(
    {
        *VERSION_2, "vpc-id", "subnet-id", "instance-id", "tcp-flags", "type", "pkt-srcaddr", "pkt-dstaddr",
        "region", "az-id", "sublocation-type", "sublocation-id", "pkt-src-aws-service", "pkt-dst-aws-service",
        "flow-direction", "traffic-path", "reject-reason", "resource-id", "encryption-status",
    }
)  # fmt: skip
_MORE_NAMES = "ecs-"
_MOST_NAMES = 200
_LEAST_NAMES = 3


def is_vpc_flow(line: str) -> bool:
    """Say whether the first line of a source is a header, or a record of version 2."""
    return _is_header(line.split()) or is_record(line)


def _is_header(words: list[str]) -> bool:
    return (
        _LEAST_NAMES <= len(words) <= _MOST_NAMES
        and len(words) == len(set(words))
        and all(word in _NAMES or word.startswith(_MORE_NAMES) for word in words)
    )


class VpcFlowReader(LineReader):
    """Turns a stream of flow records into chunks. The ledger keeps the header for a resumed load."""

    def __init__(self, options: IngestOptions, entry: Entry, written_at: datetime) -> None:
        super().__init__(options, entry, written_at)
        self._joiner = None  # a record is never continued
        self._header: list[str] = list(entry.state.get("vpc_flow", VERSION_2))
        self._has_message = any(mapped.column == "message" for mapped in options.mapping.columns)
        self._builder = RecordBuilder.of(options, self._years)
        self.ignored_fields = self._builder.ignored_fields

    def _parse(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, list[Reject]]:
        records: list[Record] = []
        rejects: list[Reject] = []
        for number, line in frame.select("number", "line").iter_rows():
            words = line.split()
            if _is_header(words):
                self._header = words
            elif len(words) == len(self._header):
                records.append(Record(number, self._fields(words, line), line))
            else:
                reason = f"has {counted(len(words), 'field')}, and the header has {len(self._header):,}"
                rejects.append(Reject(number, reason if words else BLANK, line))
        rows, refused = self._builder.build(records)
        return rows, [*rejects, *refused]

    def _fields(self, words: list[str], line: str) -> dict[str, Any]:
        """Return a record: the interface is the device, and the start of the time window is the time."""
        values = values_of(words, self._header)
        fields = {"timestamp": values.pop(START, None), "device_id": values.pop(INTERFACE, None), **values}
        if not self._has_message:
            fields["message"] = line
        return {**fields, "raw_message": line}

    def _state(self) -> dict[str, Any]:
        return {**super()._state(), "vpc_flow": self._header}
