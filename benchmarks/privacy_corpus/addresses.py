"""Made-up addresses, and the ways in which logs spell them."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from random import Random


def ipv4(chance: Random) -> str:
    """Return an address that is neither kept nor the first of a network."""
    if chance.random() < 0.4:
        begin = chance.choice(("10.{}.{}", "192.168.{}", "172.{}.{}"))
        low, high = (16, 32) if begin.startswith("172") else (0, 256)
        network = begin.format(chance.randrange(low, high), chance.randrange(256))
        return f"{network}.{chance.randrange(1, 255)}"
    first = chance.choice(
        [number for number in range(2, 223) if number not in (10, 100, 127, 169, 172, 192, 198)]
    )
    return f"{first}.{chance.randrange(256)}.{chance.randrange(256)}.{chance.randrange(1, 255)}"


def ipv6(chance: Random) -> str:
    """Return an address in its short spelling: of the internet, of a site or of a link."""
    network = chance.choice(
        (0x20010DB8, 0x2A001450, 0x2A0104F8, 0xFD000000 | chance.randrange(1 << 24), 0xFE800000)
    )
    middle = 0 if network == 0xFE800000 else chance.randrange(1 << 32)
    interface = chance.choice((chance.randrange(1, 1 << 16), chance.randrange(1 << 32, 1 << 64)))
    return str(ipaddress.IPv6Address(network << 96 | middle << 64 | interface))


def mac(chance: Random) -> str:
    """Return a hardware address with colons."""
    first = chance.choice((0x00, 0x3C, 0x52, 0x8C, 0xB8, 0xF4, 0x22))
    rest = [chance.randrange(256) for _ in range(5)]
    return ":".join(f"{byte:02x}" for byte in (first, *rest))


def _octets(text: str) -> list[str]:
    return text.split(".")


def _groups(text: str, size: int, separator: str) -> str:
    digits = text.replace(":", "")
    return separator.join(digits[at : at + size] for at in range(0, len(digits), size))


def _nibbles(text: str) -> str:
    return ".".join(reversed(ipaddress.IPv6Address(text).exploded.replace(":", "")))


# Spellings of an address, by the name that grammars give after `|`.
SPELLINGS: dict[str, Callable[[str], str]] = {
    "dashed": lambda text: text.replace(".", "-"),
    "underscored": lambda text: text.replace(".", "_"),
    "reversed": lambda text: ".".join(reversed(_octets(text))),
    "reversed-dashed": lambda text: "-".join(reversed(_octets(text))),
    "defanged": lambda text: text.replace(".", "[.]"),
    "defanged-last": lambda text: "[.]".join(text.rsplit(".", 1)),
    "defanged-round": lambda text: text.replace(".", "(.)"),
    "defanged-word": lambda text: text.replace(".", "[dot]"),
    "hex": lambda text: f"0x{int(ipaddress.IPv4Address(text)):08x}",
    "hex-bare": lambda text: f"{int(ipaddress.IPv4Address(text)):08X}",
    "integer": lambda text: str(int(ipaddress.IPv4Address(text))),
    "padded": lambda text: ".".join(octet.zfill(3) for octet in _octets(text)),
    "mapped": lambda text: f"::ffff:{text}",
    "exploded": lambda text: ipaddress.IPv6Address(text).exploded,
    "nibbles": _nibbles,
    "dashes": lambda text: text.replace(":", "-"),
    "dots": lambda text: _groups(text, 4, "."),
    "bare": lambda text: text.replace(":", ""),
    "halves": lambda text: _groups(text, 6, "-"),
    "fours": lambda text: _groups(text, 4, "-"),
    "spaced": lambda text: text.replace(":", " "),
    "short-bytes": lambda text: re.sub(r"\b0([0-9a-f])", r"\1", text),
}

ADDRESSES: dict[str, Callable[[Random], str]] = {"ipv4": ipv4, "ipv6": ipv6, "mac": mac}
