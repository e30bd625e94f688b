"""Syslog lines of devices and programs whose text has fields of its own: they become columns and data."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import orjson
import polars as pl

from lumber.catalog.severity import LEVEL_BY_SPELLING
from lumber.ingest.devices import (
    audit,
    cef,
    cisco,
    f5,
    filterlog,
    fortigate,
    leef,
    macos,
    mikrotik,
    vpc_flow,
    wireless,
)
from lumber.ingest.devices.body import Body
from lumber.ingest.records.values import dumped
from lumber.ingest.syslog.hosts import LEVELS

Reader = Callable[[str], Body | None]

_BY_PROCESS: dict[str, Reader] = {
    "filterlog": filterlog.read,
    wireless.HOSTAPD: wireless.read_hostapd,
    **dict.fromkeys(("audispd", "audisp-syslog", "audit"), audit.read_message),
    # With a space after its colon it looks like a tag.
    "CEF": lambda text: cef.read(f"{cef.BEGIN}{text}"),
    "LEEF": lambda text: leef.read(f"{leef.BEGIN}{text}"),
}
# Of lines without a tag, only those that begin like this are looked at, perhaps after a host.
_UNTAGGED = (
    r"^(?:[\w.:-]+ )?"
    r"(?:date=|CEF: ?[0-9]|LEEF: ?[12]|[A-Za-z0-9_.-]* ?: |%"
    r"|[\"(]*[A-Za-z0-9-]+,[0-9A-Za-z]|2 [0-9u]\S+ eni-"
    r"|(?:emerg|alert|crit|err|warning|notice|info|debug) [\w./-]+\[[0-9]+\]: |[\w./-]+\[[0-9]+\] [(<]"
    r"|[A-Z][\w.-]*(?: [A-Z(][\w.()-]*){1,3}\[[0-9]+\]: )"
)
_UNTAGGED_READERS: tuple[Reader, ...] = (
    fortigate.read, cef.read, leef.read, cisco.read, wireless.read_unifi, vpc_flow.read, f5.read,
    macos.read, mikrotik.read,
)  # fmt: skip
_HOST = re.compile(r"((?=[\w.-]*[A-Za-z])[A-Za-z0-9][\w.-]*|[0-9]{1,3}(?:\.[0-9]{1,3}){3}) (.*)", re.DOTALL)
# These may stand behind a name that the header of RFC 5424 has.
_EVENTS = r"^(?:CEF: ?[0-9]|LEEF: ?[12]|date=)"
_EVENT_READERS: tuple[Reader, ...] = (fortigate.read, cef.read, leef.read)
_PROCESS_ID = '"process_id":'
_COLUMNS = (
    "process_name", "host_name", "device_id", "message", "severity_text", "log_level", "structured_data",
)  # fmt: skip


def refined(frame: pl.DataFrame, *, has_names: bool = False) -> pl.DataFrame:
    """Return the rows of `lines.COLUMNS`; of those whose text is known, with what it tells.

    One cheap test of columns decides for almost all rows that they have none. `has_names` says that their
    processes are not tags of the text, but names in a header.
    """
    is_it = _candidates(frame, has_names)
    if not is_it.any():
        return frame
    rows = frame.filter(is_it)
    columns: dict[str, list[Any]] = {name: rows[name].to_list() for name in _COLUMNS}
    for index in range(len(rows)):
        process, data = columns["process_name"][index], columns["structured_data"][index]
        has_host, has_id = columns["host_name"][index] is not None, _PROCESS_ID in (data or "")
        body = _body(process, columns["message"][index], has_host=has_host, has_id=has_id)
        if body is not None:
            _apply(body, columns, index)
    changed = rows.with_columns(pl.Series(name, values, pl.String) for name, values in columns.items())
    return pl.concat([frame.filter(~is_it), changed])


def _candidates(frame: pl.DataFrame, has_names: bool) -> pl.Series:
    process, message = frame["process_name"], frame["message"]
    # A tag before a mnemonic is a device, and one of digits is a sequence number.
    is_it = message.str.starts_with("%") | message.str.starts_with("*")
    names = process.unique().drop_nulls()
    known = [name for name in names if name in _BY_PROCESS or name.isdecimal()]
    if known:
        is_it |= process.is_in(known)
    if has_names:
        is_it |= message.str.contains(_EVENTS)
    if process.null_count():
        # A row without host, but with data, was read in the layout of a program.
        is_program = frame["host_name"].is_null() & frame["structured_data"].is_not_null()
        is_it |= process.is_null() & ~is_program & message.str.contains(_UNTAGGED)
    return is_it.fill_null(False)


def _body(process: str | None, text: str, *, has_host: bool, has_id: bool) -> Body | None:
    if process is None:
        return _untagged(text, has_host)
    event = _first(_EVENT_READERS, text)
    if event is not None:  # the header has the name of its program
        product = {} if event.process is None else {"product": event.process}
        return event._replace(process=None, data={**event.data, **product})
    if (reader := _BY_PROCESS.get(process)) is not None:
        return reader(text)
    if has_id:  # only programs have one
        body = cisco.read(text)
        return None if body is None else body._replace(data={**body.data, "program": process})
    return cisco.read(f"{process}: {text}")


def _untagged(text: str, has_host: bool) -> Body | None:
    body = _first(_UNTAGGED_READERS, text)
    if body is not None or has_host:
        return body
    # Without a tag behind it, a host after an ISO 8601 time is the first word of the message.
    found = _HOST.fullmatch(text)
    if found is None or found[1].lower() in LEVELS:
        return None
    body = _first(_UNTAGGED_READERS, found[2])
    if body is None:
        return None
    origin = {} if body.host in (None, found[1]) else {"origin": body.host}
    return body._replace(host=found[1], data={**body.data, **origin})


def _first(readers: tuple[Reader, ...], text: str) -> Body | None:
    return next((body for read in readers if (body := read(text)) is not None), None)


def _apply(body: Body, columns: dict[str, list[Any]], index: int) -> None:
    """Write what a text tells into the columns of its row. What the header says already counts more."""
    data = dict(body.data)
    columns["message"][index] = body.message
    columns["process_name"][index] = body.process or columns["process_name"][index]
    told = (("host_name", body.host, "origin"), ("device_id", body.device, "device"))
    for column, value, name in (*told, ("severity_text", body.severity, "level")):
        before = columns[column][index]
        if before is None:
            columns[column][index] = value
        elif value is not None and value != before:
            data[name] = value
    columns["log_level"][index] = LEVEL_BY_SPELLING.get((columns["severity_text"][index] or "").lower())
    before = columns["structured_data"][index]
    if data:
        columns["structured_data"][index] = dumped({**(orjson.loads(before) if before else {}), **data})
