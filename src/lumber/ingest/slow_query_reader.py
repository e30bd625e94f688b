"""Reads the slow query log of MySQL and MariaDB: lines that begin with `#`, and the statement below them.

Source of the form: MySQL, "The Slow Query Log"; MariaDB, "Slow Query Log Extended Statistics". The time is
that of the entry's head, or else of its `SET timestamp`, whose zone is not a guess.
"""

from __future__ import annotations

import re
from datetime import datetime
from itertools import pairwise
from typing import Any

import polars as pl

from lumber.ingest.blocks import BOM, too_long
from lumber.ingest.frame_reader import FrameReader
from lumber.ingest.ledger import Entry
from lumber.ingest.options import IngestOptions
from lumber.ingest.records.build import Record, RecordBuilder
from lumber.ingest.rejects import Reject

_BEGIN = re.compile(rb"^(?:# Time: [^\n]*\n)?# User@Host: ", re.MULTILINE)
# What the server writes when it starts, above entries and between them.
_START = re.compile(
    r"^[^\n#]*, Version: [^\n]*\n(?:Tcp port:[^\n]*\n)?Time[ \t]+Id[ \t]+Command[ \t]+Argument[^\n]*(?:\n|$)",
    re.MULTILINE,
)
_TIME = re.compile(
    r"# Time: ([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(?:Z|[+-][0-9]{2}:[0-9]{2}))[ \t\r]*(?:\n|$)"
)
_USER = re.compile(r"# User@Host: ([^\[\n]*)\[([^\]\n]*)\] @ ([^\[\n]*)\[([^\]\n]*)\]")
_NAMES = {"Id": "thread_id", "Schema": "database"}
_PAIR = re.compile(r"([A-Z][A-Za-z_]*): +([^\s]+)")
_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")
_DATABASE = re.compile(r"use ([^;\n]+);[ \t\r]*(?:\n|$)")
_STAMP = re.compile(r"SET timestamp=([0-9]{1,12})(?:\.[0-9]+)?;[ \t\r]*(?:\n|$)")
_NO_TIME = "is an entry of a slow query log without a time"
_NO_ENTRY = "is not an entry of a slow query log"

Found = list[tuple[bytes, str | None]]


def is_slow_query_log(head: bytes) -> bool:
    """Say whether the first bytes of a source are a slow query log. The server's start may be above it."""
    text = _START.sub("", head.removeprefix(BOM).decode(errors="replace")).lstrip()
    return _BEGIN.match(text.encode()) is not None


class SlowQueryReader(FrameReader):
    """Turns a stream of entries into chunks. `lines` counts entries, and rejects have their numbers."""

    def __init__(self, options: IngestOptions, entry: Entry, written_at: datetime) -> None:
        super().__init__(options, entry, written_at)
        self._builder = RecordBuilder.of(options, self._years)
        self.ignored_fields = self._builder.ignored_fields

    def _cut(self, text: bytes, is_over: bool, *, is_first: bool) -> tuple[int, Found]:
        """Return how many bytes are whole entries, and these, each with the reason to reject it."""
        limit = self._options.limits.line_bytes
        at = len(BOM) if is_first and text.startswith(BOM) else 0
        places = [begin.start() for begin in _BEGIN.finditer(text, at)]
        found: Found = []
        first = places[0] if places else len(text)
        if not places and not is_over and len(text) <= limit:
            return 0, found
        if _START.sub("", text[at:first].decode(errors="replace")).strip():
            found.append((text[at:first].strip(), _NO_ENTRY))
        for begin, end in pairwise([*places, len(text)]):
            if end == len(text) and not is_over and end - begin <= limit:
                return begin, found
            found.append((text[begin:end].strip(), too_long(limit) if end - begin > limit else None))
        return len(text), found

    def _parse(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, list[Reject]]:
        records: list[Record] = []
        rejects: list[Reject] = []
        for number, text in frame.select("number", "line").iter_rows():
            fields = fields_of(text)
            if "timestamp" in fields:
                records.append(Record(number, {**fields, "raw_message": text}, text))
            else:
                rejects.append(Reject(number, _NO_TIME, text))
        rows, refused = self._builder.build(records)
        return rows, [*rejects, *refused]


def fields_of(entry: str) -> dict[str, Any]:
    """Return the fields of an entry; without `timestamp` if it has no time."""
    fields: dict[str, Any] = {}
    rest = _START.sub("", entry)
    if (time := _TIME.match(rest)) is not None:
        fields["timestamp"] = time[1]
    while rest.startswith("# ") and not rest.startswith("# administrator command"):
        line, _, rest = rest.partition("\n")
        user = _USER.match(line)
        if user is not None:
            names = ("user", "login", "client", "client_ip")
            fields |= {name: value.strip() for name, value in zip(names, user.groups(), strict=True)}
        if not line.startswith("# Time:"):
            pairs = _PAIR.findall(line[user.end() :] if user is not None else line)
            named = ((_NAMES.get(name, name.lower()), value) for name, value in pairs)
            fields |= {name: _typed(value) for name, value in named}
    if (database := _DATABASE.match(rest)) is not None:
        fields["database"] = database[1].strip("`")
        rest = rest[database.end() :]
    if (stamp := _STAMP.match(rest)) is not None:
        fields.setdefault("timestamp", int(stamp[1]))
        rest = rest[stamp.end() :]
    fields["message"] = rest.strip()
    return {name: value for name, value in fields.items() if value != "" or name == "message"}


def _typed(text: str) -> Any:
    found = _NUMBER.fullmatch(text)
    if found is None:
        return text
    return int(text) if found[1] is None else float(text)
