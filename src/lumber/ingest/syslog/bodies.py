"""Syslog lines of devices and programs whose text has fields of its own: they become columns and data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import polars as pl

from lumber.catalog.severity import LEVEL_BY_SPELLING
from lumber.ingest.devices import audit, cef, cisco, filterlog, fortigate, wireless
from lumber.ingest.devices.body import Body
from lumber.ingest.records.values import dumped

Reader = Callable[[str], Body | None]

_BY_PROCESS: dict[str, Reader] = {
    "filterlog": filterlog.read,
    wireless.HOSTAPD: wireless.read_hostapd,
    **dict.fromkeys(("audispd", "audisp-syslog", "audit"), audit.read_message),
    # With a space after its colon it looks like a tag.
    "CEF": lambda text: cef.read(f"{cef.BEGIN}{text}"),
}
# Of lines without a tag, only those that begin like this are looked at.
_UNTAGGED = r"^(?:date=|CEF: ?[0-9]|[A-Za-z0-9_.-]* ?: |%|[\"(]*[A-Za-z0-9-]+,[0-9A-Za-z])"
_UNTAGGED_READERS: tuple[Reader, ...] = (fortigate.read, cef.read, cisco.read, wireless.read_unifi)
_PROCESS_ID = '"process_id":'
_COLUMNS = (
    "process_name", "host_name", "device_id", "message", "severity_text", "log_level", "structured_data",
)  # fmt: skip


def refined(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of `lines.COLUMNS`; of those whose text is known, with what it tells.

    One cheap test of columns decides for almost all rows that they have none.
    """
    is_it = _candidates(frame)
    if not is_it.any():
        return frame
    rows = frame.filter(is_it)
    columns: dict[str, list[Any]] = {name: rows[name].to_list() for name in _COLUMNS}
    for index in range(len(rows)):
        process, data = columns["process_name"][index], columns["structured_data"][index]
        body = _body(process, columns["message"][index], has_id=_PROCESS_ID in (data or ""))
        if body is not None:
            _apply(body, columns, index)
    changed = rows.with_columns(pl.Series(name, values, pl.String) for name, values in columns.items())
    return pl.concat([frame.filter(~is_it), changed])


def _candidates(frame: pl.DataFrame) -> pl.Series:
    process, message = frame["process_name"], frame["message"]
    # A tag before a mnemonic is a device, and one of digits is a sequence number.
    is_it = message.str.starts_with("%") | message.str.starts_with("*")
    names = process.unique().drop_nulls()
    known = [name for name in names if name in _BY_PROCESS or name.isdecimal()]
    if known:
        is_it |= process.is_in(known)
    if process.null_count():
        # A row without host, but with data, was read in the layout of a program.
        is_program = frame["host_name"].is_null() & frame["structured_data"].is_not_null()
        is_it |= process.is_null() & ~is_program & message.str.contains(_UNTAGGED)
    return is_it.fill_null(False)


def _body(process: str | None, text: str, *, has_id: bool) -> Body | None:
    if process is None:
        return next((body for read in _UNTAGGED_READERS if (body := read(text)) is not None), None)
    if (reader := _BY_PROCESS.get(process)) is not None:
        return reader(text)
    if has_id:  # only programs have one
        body = cisco.read(text)
        return None if body is None else body._replace(data={**body.data, "program": process})
    return cisco.read(f"{process}: {text}")


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
