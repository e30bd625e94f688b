"""Zeek's records: which of their fields are columns.

Zeek watches a network: its `host`, `hostname` and `service` are those of others, not of the sensor that wrote
the record. Only the fields here mean a column; all others stay under their names.
"""

from __future__ import annotations

from typing import Any

from lumber.ingest.records.fields import known_names

START = "#separator "
PATH = "_path"
_MARKS = frozenset({"id.orig_h", "fuid", "uids"})
# `level` is of reporter.log, `severity` of syslog.log, whose records are the messages of others.
_MEANT = frozenset({"ts", "msg", "message", "level", "severity", "raw_message"})
_KIND = "logs"


def is_zeek(fields: dict[str, Any]) -> bool:
    """Say whether a JSON record is one of Zeek: other programs also write `ts` and `uid`."""
    if PATH in fields:
        return True
    if "ts" not in fields:
        return False
    connection = fields.get("id")
    return not _MARKS.isdisjoint(fields) or (type(connection) is dict and "orig_h" in connection)


def adapted(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields with the name of the log, such as `conn`, as the process."""
    known = known_names(_KIND)
    result: dict[str, Any] = {}
    for name, value in fields.items():
        if name == PATH and isinstance(value, str):
            result["process_name"] = value or None
        elif name in ("level", "severity") and isinstance(value, str):
            result[name] = value.rpartition("::")[2]  # Reporter::WARNING
        elif name not in _MEANT and name.lower() in known:
            result[f"{name}.*"] = value  # never a column
        else:
            result[name] = value
    return result
