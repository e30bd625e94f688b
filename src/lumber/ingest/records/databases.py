"""Records that PostgreSQL and MySQL log: csvlog, which has no header, jsonlog, and MySQL's JSON error log.

Sources of the names: PostgreSQL, "Using CSV-Format Log Output" and "Using JSON-Format Log Output"; MySQL,
"Error Log Output Format".
"""

from __future__ import annotations

import csv
import re
from typing import Any

# log_time is `timestamp` here, as in jsonlog.
_COLUMNS = (
    "timestamp", "user_name", "database_name", "process_id", "connection_from", "session_id",
    "session_line_num", "command_tag", "session_start_time", "virtual_transaction_id", "transaction_id",
    "error_severity", "sql_state_code", "message", "detail", "hint", "internal_query", "internal_query_pos",
    "context", "query", "query_pos", "location", "application_name", "backend_type", "leader_pid", "query_id",
)  # fmt: skip
# Up to version 12, of version 13, and since version 14.
_WIDTHS = (23, 24, 26)
_NUMBERS = (
    "process_id", "session_line_num", "transaction_id", "internal_query_pos", "query_pos", "leader_pid",
    "query_id",
)  # fmt: skip
_WHOLE = re.compile(r"-?[0-9]{1,18}")
_TEXT = r'(?:"(?:[^"\n]|"")*")?'
# time, user, database, process, connection, session, line
_CSVLOG = re.compile(
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)? [A-Za-z0-9+-]{1,6},"
    rf"{_TEXT},{_TEXT},[0-9]*,{_TEXT},[0-9a-f]+\.[0-9a-f]+,[0-9]+,",
    re.MULTILINE,
)


def csvlog_header(head: bytes) -> list[str] | None:
    """Return the columns of a source that begins with `head`; None if it is no csvlog of PostgreSQL."""
    text = head.decode(errors="replace")
    found = _CSVLOG.search(text)
    if found is None:
        return None
    try:
        values = next(csv.reader(text[found.start() :].splitlines(keepends=True), strict=True), [])
    except csv.Error:
        values = []
    width = len(values) if len(values) in _WIDTHS else _WIDTHS[-1]
    return list(_COLUMNS[:width])


def adapted(fields: dict[str, Any]) -> dict[str, Any] | None:
    """Return the fields of a database's record with the names that Lumber knows; None for other records."""
    if "error_severity" in fields and "timestamp" in fields:
        changed = {name: value for name, value in fields.items() if name != "error_severity"}
        changed["severity_text"] = fields["error_severity"]
        numbers = (name for name in _NUMBERS if name in fields)
        return changed | {name: _number(fields[name]) for name in numbers}
    if "err_code" in fields and "label" in fields and "subsystem" in fields:
        changed = {name: value for name, value in fields.items() if name not in ("label", "subsystem")}
        return changed | {"severity_text": fields["label"], "process_name": fields["subsystem"]}
    return None


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, str) and _WHOLE.fullmatch(value) else value
