"""What an export must make of a row, in slow and plain Python: which rules it breaks, and its record.

A row is what was put into the table: texts as `str`, or as `bytes` where they are no valid UTF-8; times as
microseconds since 1970.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import math
from collections.abc import Callable
from typing import Any

Row = dict[str, Any]
Broken = set[tuple[str, str]]  # (rule, column)

LEVELS = {
    **dict.fromkeys(["emergency", "emerg", "panic"], ("CRITICAL", 21)),
    "alert": ("CRITICAL", 19),
    **dict.fromkeys(["critical", "crit", "fatal"], ("CRITICAL", 18)),
    **dict.fromkeys(["error", "err"], ("ERROR", 17)),
    **dict.fromkeys(["warning", "warn"], ("WARNING", 13)),
    "notice": ("INFO", 10),
    **dict.fromkeys(["informational", "info"], ("INFO", 9)),
    "debug": ("DEBUG", 5),
}
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
FIRST_US = (dt.datetime.min.replace(tzinfo=dt.UTC) - EPOCH) // dt.timedelta(microseconds=1)
LAST_US = (dt.datetime.max.replace(tzinfo=dt.UTC) - EPOCH) // dt.timedelta(microseconds=1)
FUTURE_US = 5 * 60 * 1_000_000
TEXTS = {
    "logs": (
        "log_level", "severity_text", "process_name", "message", "device_id", "device_ip", "host_name",
        "raw_message",
    ),
    "anomalies": ("anomaly_type", "severity", "description", "device_id", "detector", "status", "verdict"),
    "ips": ("address", "device_id"),
}  # fmt: skip
NO_NUL = {
    "logs": ("message", "raw_message", "process_name", "host_name", "device_id", "device_ip"),
    "anomalies": TEXTS["anomalies"],
    "ips": TEXTS["ips"],
}
JSONS = {"logs": "structured_data", "anomalies": "features", "ips": "tags"}
TIMES = {"logs": ("timestamp",), "anomalies": ("timestamp",), "ips": ("first_seen", "last_seen")}
REALS = {"logs": (), "anomalies": ("score", "score_raw", "score_max"), "ips": ("risk_score",)}
REQUIRED = {
    "logs": ("timestamp", "message"),
    "anomalies": ("timestamp", "anomaly_type"),
    "ips": ("address", "first_seen", "last_seen"),
}


def parsed_json(text: str) -> Any:
    """Return what a JSON text means. Raises ValueError where no common reader could load it."""

    def refuse(constant: str) -> Any:
        raise ValueError(constant)

    def finite(number: str) -> float:
        if math.isinf(value := float(number)):
            raise ValueError(number)
        return value

    value = json.loads(text, parse_constant=refuse, parse_float=finite)
    json.dumps(value, ensure_ascii=False).encode()
    return value


def is_json(text: str) -> bool:
    try:
        parsed_json(text)
    except ValueError:
        return False
    return True


def is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text


def readable(kind: str, row: Row) -> tuple[Row, Broken]:
    """Return the row with null for what cannot be read, and the rules that are checked at every level."""
    clean, broken = dict(row), set()
    for name in (*TEXTS[kind], JSONS[kind]):
        if isinstance(clean[name], bytes):
            clean[name] = None
            broken.add(("valid_utf8", name))
    name = JSONS[kind]
    if clean[name] is not None and not is_json(clean[name]):
        clean[name] = None
        broken.add(("valid_json", name))
    for name in TIMES[kind]:
        if clean[name] is not None and not FIRST_US <= clean[name] <= LAST_US:
            clean[name] = None
            broken.add(("valid_time", name))
    for name in REALS[kind]:
        if clean[name] is not None and not math.isfinite(clean[name]):
            clean[name] = None
            broken.add(("finite", name))
    broken |= {("required", name) for name in REQUIRED[kind] if row[name] is None}
    return clean, broken


def broken_rules(kind: str, row: Row, level: str, now_us: int) -> Broken:
    """Return every rule that the row breaks at a level, when it is `now_us`."""
    clean, broken = readable(kind, row)
    if level != "none":
        broken |= {("no_nul", name) for name in NO_NUL[kind] if "\x00" in (clean[name] or "")}
        broken |= _BASIC[kind](clean)
    if level == "strict":
        broken |= {("not_future", name) for name in TIMES[kind] if (clean[name] or 0) > now_us + FUTURE_US}
        broken |= _STRICT[kind](clean)
    return broken


def _basic_logs(row: Row) -> Broken:
    return {("required", "message")} if row["message"] == "" else set()


def _strict_logs(row: Row) -> Broken:
    broken = set()
    severity = row["log_level"] if row["severity_text"] is None else row["severity_text"]
    if severity is not None and severity.lower() not in LEVELS:
        broken.add(("known_severity", "severity_text"))
    if row["device_ip"] is not None and not is_address(row["device_ip"]):
        broken.add(("is_address", "device_ip"))
    return broken


def score_of(row: Row) -> tuple[float | None, float | None]:
    """Return (score on the scale 0 to 1, the detector's own)."""
    raw = row["score"] if row["score_raw"] is None else row["score_raw"]
    if row["score_max"] is None or row["score_max"] <= 0:
        return (row["score_raw"] if row["score"] is None else row["score"]), raw
    return (None if raw is None else raw / row["score_max"]), raw


def _basic_anomalies(row: Row) -> Broken:
    broken = {("required", "anomaly_type")} if row["anomaly_type"] == "" else set()
    score, _ = score_of(row)
    if score is not None and not 0 <= score <= 1:
        broken.add(("in_range", "score"))
    return broken


def _strict_anomalies(row: Row) -> Broken:
    broken = set()
    if row["verdict"] not in (None, "true_positive", "false_positive", "unknown"):
        broken.add(("one_of", "verdict"))
    if row["log_entry_id"] is not None:  # the tests' log table is empty
        broken.add(("log_entry_exists", "log_entry_id"))
    return broken


def _basic_ips(row: Row) -> Broken:
    broken = set()
    if row["address"] is not None and not is_address(row["address"]):
        broken.add(("is_address", "address"))
    if row["risk_score"] is not None and not 0 <= row["risk_score"] <= 100:
        broken.add(("in_range", "risk_score"))
    if row["sightings"] is not None and row["sightings"] < 0:
        broken.add(("in_range", "sightings"))
    return broken


def _strict_ips(row: Row) -> Broken:
    first, last = row["first_seen"], row["last_seen"]
    is_wrong = first is not None and last is not None and first > last
    return {("ordered_times", "first_seen")} if is_wrong else set()


_BASIC: dict[str, Callable[[Row], Broken]] = {
    "logs": _basic_logs, "anomalies": _basic_anomalies, "ips": _basic_ips,
}  # fmt: skip
_STRICT: dict[str, Callable[[Row], Broken]] = {
    "logs": _strict_logs, "anomalies": _strict_anomalies, "ips": _strict_ips,
}  # fmt: skip


def record_of(kind: str, row: Row) -> Row:
    """Return the canonical record of a row that is written: times as datetimes, JSON parsed."""
    record = dict(row)
    for name in TIMES[kind]:
        record[name] = EPOCH + dt.timedelta(microseconds=row[name])
    name = JSONS[kind]
    record[name] = None if row[name] is None else parsed_json(row[name])
    if kind == "logs":
        severity = row["log_level"] if row["severity_text"] is None else row["severity_text"]
        level, number = LEVELS.get((severity or "").lower(), (None, None))
        record |= {"severity_text": severity, "log_level": level, "severity_number": number}
    elif kind == "anomalies":
        record["score"], record["score_raw"] = score_of(row)
        if record["score"] is not None and math.isinf(record["score"]):
            record["score"] = None
        del record["score_max"]
    elif is_address(row["address"]):
        address = ipaddress.ip_address(row["address"])
        record |= {"address": str(address), "ip_version": address.version}
    else:
        record["ip_version"] = None
    return record
