"""Made-up values that tell nothing about people and machines, and have to stay as they are."""

from __future__ import annotations

import string
import uuid
from collections.abc import Callable
from random import Random

_HEX = "0123456789abcdef"
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_PACKAGES = [
    "openssl",
    "curl",
    "libxml2",
    "systemd",
    "python3.11",
    "zlib",
    "nginx-core",
    "libc6",
    "bash",
    "coreutils",
    "glibc",
]
_BUNDLES = [
    "com.acme.reader",
    "org.northwind.sync",
    "io.halcyon.pay",
    "com.ember.launcher",
    "net.corvus.maps",
]
_PATHS = [
    "/var/lib/app/state.db",
    "/etc/app/config.yml",
    "/usr/lib/systemd/systemd",
    "/opt/app/bin/run",
    "/srv/www/index.html",
]
_CLASSES = ["OrderService", "PaymentGateway", "UserRepository", "CacheLoader", "HttpClient", "SessionStore"]
_AGENTS = (
    "curl/8.5.0",
    "Mozilla/5.0 (X11; Linux x86_64; rv:124.0) Gecko/20100101 Firefox/124.0",
    "Wget/1.21.4",
)
_BROWSER = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{} Safari/537.36"
)


def _hex(length: int) -> Callable[[Random], str]:
    return lambda chance: "".join(chance.choices(_HEX, k=length))


def _number(low: int, high: int) -> Callable[[Random], str]:
    return lambda chance: str(chance.randrange(low, high))


def _clock(chance: Random) -> str:
    return f"{chance.randrange(24):02d}:{chance.randrange(60):02d}:{chance.randrange(60):02d}"


def _date(chance: Random) -> str:
    return f"20{chance.randrange(19, 26)}-{chance.randrange(1, 13):02d}-{chance.randrange(1, 29):02d}"


def _package_version(chance: Random) -> str:
    parts = [str(chance.randrange(1, 20)) for _ in range(chance.choice((3, 4)))]
    tail = chance.choice(("-1ubuntu{}", "+deb12u{}", "-{}.el9", "~rc{}", "-{}+b1"))
    return chance.choice(("", "1:", "2:")) + ".".join(parts) + tail.format(chance.randrange(1, 9))


def _version(chance: Random) -> str:
    return f"{chance.randrange(1, 20)}.{chance.randrange(40)}.{chance.randrange(40)}"


def _version4(chance: Random) -> str:
    return f"{_version(chance)}.{chance.randrange(1, 20)}"


def _agent(chance: Random) -> str:
    browser = _BROWSER.format(
        f"{chance.randrange(90, 130)}.0.{chance.randrange(4000, 6999)}.{chance.randrange(1, 200)}"
    )
    return chance.choice((*_AGENTS, browser, browser))


def _oid(chance: Random) -> str:
    return "1.3.6.1.4.1." + ".".join(str(chance.randrange(1, 250)) for _ in range(chance.randrange(3, 7)))


def _access_time(chance: Random) -> str:
    return f"{chance.randrange(1, 29):02d}/{chance.choice(_MONTHS)}/2025:{_clock(chance)} +0000"


def _queue_id(chance: Random) -> str:
    return "".join(chance.choices("0123456789ABCDEF", k=chance.choice((10, 11))))


def _exim_id(chance: Random) -> str:
    alphabet = string.ascii_letters + string.digits
    return "-".join("".join(chance.choices(alphabet, k=size)) for size in (6, 6, 2))


def _one_of(values: list[str]) -> Callable[[Random], str]:
    return lambda chance: chance.choice(values)


NEUTRAL: dict[str, Callable[[Random], str]] = {
    "access-time": _access_time,
    "agent": _agent,
    "block": lambda chance: f"blk_{chance.choice(('', '-'))}{chance.randrange(10**17, 9 * 10**18)}",
    "bundle": _one_of(_BUNDLES),
    "bytes": _number(20, 10**7),
    "class": _one_of(_CLASSES),
    "clock": _clock,
    "count": _number(2, 999),
    "date": _date,
    "duration": lambda chance: f"{chance.uniform(0, 9):.3f}",
    "epoch": lambda chance: f"{chance.randrange(1_600_000_000, 1_790_000_000)}",
    "epoch-ms": lambda chance: f"{chance.randrange(1_600_000_000_000, 1_790_000_000_000)}",
    "exim-id": _exim_id,
    "hex8": _hex(8),
    "hex12": _hex(12),
    "hex16": _hex(16),
    "md5": _hex(32),
    "sha1": _hex(40),
    "sha256": _hex(64),
    "iso": lambda chance: f"{_date(chance)}T{_clock(chance)}.{chance.randrange(1000):03d}Z",
    "job": _number(10_000, 10**6),
    "lease": _number(600, 86_400),
    "object-id": _hex(24),
    "oid": _oid,
    "package": _one_of(_PACKAGES),
    "package-version": _package_version,
    "path": _one_of(_PATHS),
    "pid": _number(300, 65_000),
    "port": _number(1_024, 65_000),
    "queue-id": _queue_id,
    "serial": _number(10**9, 10**10),
    "small": _number(2, 9),
    "uid": _number(1_000, 1_999),
    "uuid": lambda chance: str(uuid.UUID(int=chance.getrandbits(128), version=4)),
    "version": _version,
    "version4": _version4,
    "word": _one_of(
        ["alpha", "queue", "worker", "batch", "index", "shard", "order", "invoice", "report", "stream"]
    ),
}
