"""The written forms of addresses beyond `1.2.3.4` and `2001:db8::1`: one table for the rewrite and the scan.

Each form declares what a text with it contains (`marks`, a cheap gate), how it is found, and how another
address is written in the same form. `of_digits` says whether it depends on the values of digits, beyond what
makes an address valid: if not, texts that differ in digits only have the same matches.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import IPv6Address

from lumber.privacy.found import ADDRESS, Form, Found, has_any

_QUAD = r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}"
_DIGITS = re.compile(r"[0-9]++")
_DOT = r"(?:\.|\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\))"
_ODD_DOT = r"(?:\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\))"
# Words before a dashed or underscored address: `ip-10-0-0-1`, `pool-10-0-0-1`.
_NAMES = (
    r"ip|ipv4|ec2|addr|address|host|dsl|adsl|pool|dyn|dynamic|static|client|cust|customer|cpe|ppp|cable"
    r"|dhcp|node|server|srv|vpn|nat|peer|src|dst|broadband|unknown|worker|rev|reverse|user"
)
_NAMED = re.compile(rf"(?<![0-9A-Za-z])(?:{_NAMES})[-_]\Z", re.IGNORECASE)
_LONGEST_NAME = 12
# What follows in the name of a host: `118-58-48-253-static.example.net`.
_TAIL = re.compile(r"[A-Za-z0-9._-]{1,253}")
_LAST_LABEL = re.compile(r"(?:[A-Za-z]{2,63}|xn--[A-Za-z0-9-]{1,59})\Z")
_EXTENSIONS = frozenset(
    """
    bak bin bz cache cfg cnf conf cpio crt css csv dat db deb dll dmp doc docx dump exe gif gz html
    ini iso jar jpeg jpg js json jsonl key lock log lst lz map md mo mp msi old out parquet pcap pdf
    pem php pid png po pot prof pub py rpm sh so sock sql sqlite svg swp sys tar tbz temp tgz tmp
    toml txt xls xlsx xml xz yaml yml zip zst service socket mount scope slice
    """.split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class WrittenForm:
    """A form, its gate, its pattern (the address is the group `value`), and the address in plain form."""

    form: Form
    marks: tuple[str, ...]
    pattern: re.Pattern[str]
    plain: Callable[[re.Match[str]], str | None]
    example: str
    counter_example: str
    of_digits: bool = False


def _joined(match: re.Match[str]) -> str | None:
    """Return the octets of an address in parts, if what stands around them is that of the name of a host."""
    start, end, text = match.start("value"), match.end("value"), match.string
    if _NAMED.search(text, max(0, start - _LONGEST_NAME), start) is None:
        tail = _TAIL.match(text, end)
        label = "" if tail is None or "." not in tail[0] else tail[0].rstrip("._-").rpartition(".")[2]
        if not _LAST_LABEL.match(label) or label.lower() in _EXTENSIONS:
            return None
    return ".".join(_DIGITS.findall(match["value"]))


def _defanged(match: re.Match[str]) -> str:
    return ".".join(_DIGITS.findall(match["value"]))


def _nibbles(match: re.Match[str]) -> str:
    digits = match["value"].replace(".", "")[::-1]
    return str(IPv6Address(int(digits, 16)))


FORMS: tuple[WrittenForm, ...] = (
    WrittenForm(
        Form.JOINED,
        ("-", "_"),
        re.compile(
            r"(?<![0-9])(?:(?<![0-9][-_.])|(?<=[eE][cC]2-)|(?<=[vV]4[-_]))(?P<value>[0-9]{1,3}(?:(?:-[0-9]{1,3}){3}|(?:_[0-9]{1,3}){3}))"
            r"(?![0-9])(?![-_][0-9])"
        ),
        _joined,
        "pool-77-12-30-198.isp.example",
        "2026-03-01-12 1-2-3-4 a-77-12-30-198.log",
    ),
    WrittenForm(
        Form.JOINED,
        ("[.", "(.", "{.", "[d", "(d"),
        re.compile(
            rf"(?<![0-9])(?<![0-9]\.)(?P<value>(?=[0-9.]{{0,12}}{_ODD_DOT})"
            rf"[0-9]{{1,3}}(?:{_DOT}[0-9]{{1,3}}){{3}})"
            r"(?![0-9])(?!\.[0-9])"
        ),
        _defanged,
        "hxxp://77[.]12[.]30[.]198/x",
        "a[.]b 1[.]2[.]3",
    ),
    WrittenForm(
        Form.NIBBLES,
        ("6.arpa", "6.ARPA"),
        re.compile(
            r"(?<![0-9A-Za-z.])(?P<value>[0-9A-Fa-f](?:\.[0-9A-Fa-f]){31})(?=\.(?:ip6\.arpa|IP6\.ARPA))"
        ),
        _nibbles,
        "8.9.a.b.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
        "8.b.d.0.1.0.0.2.ip6.arpa",
    ),
)


def find_forms(text: str, start: int, end: int, canonical: Callable[[str], str | None]) -> Iterator[Found]:
    """Find addresses in these forms. `canonical` returns the canonical text of a plain one, or None."""
    for each in FORMS:
        if not has_any(text[start:end], each.marks):
            continue
        for match in each.pattern.finditer(text, start, end):
            plain = each.plain(match)
            value = None if plain is None else canonical(plain)
            if value is not None:
                yield Found(*match.span("value"), ADDRESS, value, each.form)


def written_as(form: Form, written: str, address: str) -> str:
    """Return an address, given as canonical text, in the form in which another one is written."""
    match form:
        case Form.REVERSED:
            return ".".join(reversed(address.split(".")))
        case Form.JOINED:
            octets = iter(address.split("."))
            return _DIGITS.sub(lambda _: next(octets), written)
        case Form.NIBBLES:
            return ".".join(reversed(IPv6Address(address).exploded.replace(":", "")))
        case Form.HEX | Form.INTEGER:
            value = int.from_bytes(bytes(map(int, address.split("."))), "big")
            if form is Form.INTEGER:
                return str(value).zfill(len(written))
            digits = written[2:] if written[:2] in ("0x", "0X") else written
            new = f"{value:0{len(digits)}x}"
            return written[: len(written) - len(digits)] + (new.upper() if digits != digits.lower() else new)
        case _:
            return address
