"""The lines of devices that have no header of syslog: how each kind begins, and its parser."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import polars as pl

from lumber.ingest.devices import audit, cef, cisco_lines, fortigate, leef, openwrt, wireless
from lumber.ingest.devices.rows import Line, rows_of
from lumber.ingest.options import Format
from lumber.ingest.syslog.years import YearFinder
from lumber.ingest.zones import Zone

Parse = Callable[[pl.DataFrame, Zone, YearFinder], pl.DataFrame]


@dataclass(frozen=True, slots=True)
class DeviceLines:
    """Lines of one kind. `start` is a regular expression of their beginning.

    `parse` returns one row of `lines.COLUMNS` for each row of number, line, text (without PRI) and code.
    """

    name: str
    start: str
    parse: Parse


def _read_by(name: str, start: str, read: Callable[[str], Line | None]) -> DeviceLines:
    """Return lines that are read one at a time."""
    return DeviceLines(name, start, lambda frame, zone, _: rows_of(frame, read, zone, name))


DEVICES: Mapping[Format, DeviceLines] = MappingProxyType(
    {
        Format.AUDITD: _read_by("auditd", audit.START, audit.read),
        Format.FORTIGATE: _read_by("FortiGate", fortigate.START, fortigate.read_line),
        Format.CISCO: DeviceLines("Cisco", cisco_lines.START, cisco_lines.parse),
        Format.OPENWRT: DeviceLines("logread of OpenWrt", openwrt.START, openwrt.parse),
        Format.HOSTAPD: _read_by("hostapd", wireless.START, wireless.read_line),
        Format.CEF: _read_by("CEF", cef.START, cef.read_line),
        Format.LEEF: _read_by("LEEF", leef.START, leef.read_line),
    }
)
