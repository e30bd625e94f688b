"""The devices of a sample, the stations in their networks, and addresses on the Internet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from lumber.ingest.sample.chance import Weighted, whole
from lumber.ingest.sample.plan import SamplePlan

STATIONS = 48
OUTSIDE = 3_000
MAX_DEVICES = 250

# Role -> how much its devices write, and the weight of each process there.
ROLES: dict[str, tuple[int, dict[str, int]]] = {
    "router": (
        34,
        {
            "dnsmasq": 30,
            "hostapd": 22,
            "kernel": 22,
            "odhcpd": 5,
            "wpa_supplicant": 6,
            "crond": 4,
            "sshd": 3,
        },
    ),
    "web": (42, {"nginx": 56, "sshd": 12, "CRON": 8, "systemd": 10, "sudo": 4, "kernel": 6}),
    "mail": (
        18,
        {"postfix/smtpd": 30, "postfix/qmgr": 14, "sshd": 10, "CRON": 8, "systemd": 10, "kernel": 5},
    ),
    "storage": (10, {"smartd": 12, "kernel": 14, "sshd": 14, "CRON": 14, "systemd": 18, "sudo": 8}),
}
# The order in which devices are added: a home has more routers than storage.
_ROLE_CYCLE = ("router", "web", "router", "storage", "mail", "router", "web")
_PLACES = ("attic", "office", "garage", "lobby", "cellar", "studio", "annex", "depot", "lab", "gate")
_STYLES = ("long", "short", "level_only")

_MAC_VENDORS = (
    "00:1a:2b",
    "3c:5a:b4",
    "b8:27:eb",
    "dc:a6:32",
    "f0:18:98",
    "a4:83:e7",
    "70:b3:d5",
    "e4:5f:01",
)
_STATION_NAMES = (
    "laptop",
    "phone",
    "tablet",
    "printer",
    "camera",
    "tv",
    "watch",
    "Björns-iPad",
    "desk",
    "sensor",
)

# Registered as global but not routed on the Internet, so that no real server appears as an attacker.
_OUTSIDE_BLOCKS = (22, 26, 28, 29, 30)


@dataclass(frozen=True, slots=True)
class Device:
    """One device that writes logs. `style` is how it spells severities, `format` its syslog standard."""

    number: int
    role: str
    device_id: str
    host_name: str
    address: str
    wan_address: str
    style: str
    format: str


@dataclass(frozen=True, slots=True)
class World:
    """What all blocks of a sample share. Row `d * STATIONS + i` of `stations` is on device `d`'s network."""

    devices: tuple[Device, ...]
    device_table: pl.DataFrame
    stations: pl.DataFrame
    outside: pl.DataFrame
    outside_weights: Weighted

    def devices_with(self, process: str) -> list[int]:
        """Return the numbers of the devices that run a process."""
        return [device.number for device in self.devices if process in ROLES[device.role][1]]


def build_world(plan: SamplePlan) -> World:
    """Build the devices, stations and outside addresses of a plan."""
    random = plan.world_random()
    devices = tuple(_device(number) for number in range(plan.devices))
    return World(
        devices,
        _device_table(devices),
        _stations(devices, random),
        _outside(random),
        Weighted([1_000_000 // (rank + 8) for rank in range(OUTSIDE)]),
    )


def _device(number: int) -> Device:
    role = _ROLE_CYCLE[number % len(_ROLE_CYCLE)]
    name = f"{role}-{_PLACES[number % len(_PLACES)]}-{number + 1:02d}"
    is_router = role == "router"
    return Device(
        number,
        role,
        device_id=name,
        host_name=f"OpenWrt-{number + 1:02d}" if is_router else f"{name}.example.net",
        address=f"192.168.{number + 1}.1" if is_router else f"10.20.{number + 1}.10",
        wan_address=f"100.64.{number + 1}.7",
        style=_STYLES[number % len(_STYLES)],
        format="rfc3164" if is_router else "rfc5424",
    )


def _device_table(devices: tuple[Device, ...]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "ip": [device.address for device in devices],
            "wan_ip": [device.wan_address for device in devices],
            "host": [device.host_name for device in devices],
            "style": [device.style for device in devices],
            "format": [device.format for device in devices],
            "device_id": [device.device_id for device in devices],
            "risk": [3.0] * len(devices),
            "tags": ['["device"]'] * len(devices),
        }
    )


def _stations(devices: tuple[Device, ...], random: np.random.Generator) -> pl.DataFrame:
    count = len(devices) * STATIONS
    tails = whole(random, 0, 2**24 - 1, count).tolist()
    vendors = whole(random, 0, len(_MAC_VENDORS) - 1, count).tolist()
    names = whole(random, 0, len(_STATION_NAMES) - 1, count).tolist()
    risks = whole(random, 0, 120, count).tolist()
    owners = [device for device in devices for _ in range(STATIONS)]
    return pl.DataFrame(
        {
            "ip": [
                f"{device.address.rsplit('.', 1)[0]}.{100 + index % STATIONS}"
                for index, device in enumerate(owners)
            ],
            "ip6": [f"fe80::{tail >> 8:x}:{tail & 255:x}" for tail in tails],
            "mac": [
                f"{_MAC_VENDORS[vendor]}:{tail >> 16:02x}:{tail >> 8 & 255:02x}:{tail & 255:02x}"
                for vendor, tail in zip(vendors, tails, strict=True)
            ],
            "name": [f"{_STATION_NAMES[name]}-{tail % 97}" for name, tail in zip(names, tails, strict=True)],
            "device_id": [device.device_id for device in owners],
            "risk": [risk / 10 for risk in risks],
            "tags": pl.Series([None] * count, dtype=pl.String),
        }
    )


def _outside(random: np.random.Generator) -> pl.DataFrame:
    addresses = outside_addresses(random, OUTSIDE)
    # Some speak IPv6; 2001:db8::/32 is the prefix for documentation (RFC 3849).
    for index in range(0, OUTSIDE, 25):
        addresses[index] = f"2001:db8:{index:x}::{index + 1:x}"
    risks = whole(random, 0, 450, OUTSIDE).tolist()
    return pl.DataFrame(
        {
            "ip": addresses,
            "device_id": pl.Series([None] * OUTSIDE, dtype=pl.String),
            "risk": [risk / 10 for risk in risks],
            "tags": pl.Series([None] * OUTSIDE, dtype=pl.String),
        }
    )


def outside_addresses(random: np.random.Generator, count: int) -> list[str]:
    """Draw addresses of the Internet, as text."""
    blocks = whole(random, 0, len(_OUTSIDE_BLOCKS) - 1, count).tolist()
    rest = whole(random, 1, 2**24 - 2, count).tolist()
    return [
        f"{_OUTSIDE_BLOCKS[block]}.{tail >> 16}.{tail >> 8 & 255}.{tail & 255}"
        for block, tail in zip(blocks, rest, strict=True)
    ]
