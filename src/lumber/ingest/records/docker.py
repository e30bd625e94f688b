"""Joins the lines that Docker's json-file driver cut: it writes a long line in parts, without their ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lumber.ingest.records.build import Record

# What is kept of a line whose end has not come. It is in the ledger between two chunks.
_MOST_CHARACTERS = 1024 * 1024
# Records of one file are alike.
_FIRST = 10


class DockerLines:
    """Turns records of Docker into one record for each line of a stream, and leaves others as they are."""

    def __init__(self, parts: Sequence[Sequence[Any]] = ()) -> None:
        self._open = {str(fields["stream"]): Record(number, fields, raw) for number, fields, raw in parts}

    def join(self, records: list[Record]) -> list[Record]:
        """Return the records whose lines are complete. A line is numbered and dated by its first part."""
        if not self._open and not any(_is_docker(record.fields) for record in records[:_FIRST]):
            return records
        complete = []
        for record in records:
            if not _is_docker(record.fields):
                complete.append(record)
                continue
            whole = self._with_parts(record)
            text = whole.fields["log"]
            if text.endswith("\n"):
                complete.append(_with_log(whole, text.removesuffix("\n").removesuffix("\r")))
            elif len(text) > _MOST_CHARACTERS:
                complete.append(whole)
            else:
                self._open[str(record.fields["stream"])] = whole
        return complete

    def rest(self) -> list[Record]:
        """Return the lines whose ends did not come, at the end of the source."""
        found = sorted(self._open.values(), key=lambda record: record.number)
        self._open = {}
        return found

    def parts(self) -> list[tuple[Any, ...]]:
        """Return what has to be kept until the next chunk."""
        return [tuple(record) for record in self._open.values()]

    def _with_parts(self, record: Record) -> Record:
        before = self._open.pop(str(record.fields["stream"]), None)
        if before is None:
            return record
        whole = _with_log(before, before.fields["log"] + record.fields["log"])
        return whole._replace(raw=f"{before.raw}\n{record.raw}")


def _is_docker(fields: dict[str, Any]) -> bool:
    return isinstance(fields.get("log"), str) and "stream" in fields and "time" in fields


def _with_log(record: Record, text: str) -> Record:
    return record._replace(fields={**record.fields, "log": text})
