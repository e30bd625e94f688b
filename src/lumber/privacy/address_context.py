"""What other words tell about numbers in a text: that they are an address, or that they are a version.

`src_ip=1292640966` and `client addr 0x4d0c1ec6` are addresses, `10.1.2.3.53 > 10.1.2.4.42951` has addresses
with ports, and `version 1.2.3.4` is no address. The rewrite and the scan ask `beside`, so they agree. Nothing
here depends on the values of digits, beyond what makes an address valid.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address

from lumber.privacy.addresses import overlap, parse
from lumber.privacy.found import ADDRESS, Form, Found, has_any
from lumber.privacy.macs import is_key
from lumber.privacy.sieve import Sieve, any_case
from lumber.privacy.versions import PLAIN_WORDS, VERSION_MARKS, is_said_version

_QUAD = r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}"
_SIDES = (
    r"src|source|dst|dest|destination|client|remote|rem|peer|local|loc|server|host|nat|orig|resp|origin|caller"
    r"|public|private|real|forwarded|next|target|attacker|victim|visitor|user|login|router|ip|inet|bind|listen"
)
# `ip`, `src_ip`, `client address`, `saddr`. A plain `address` is often one in memory.
_KEY = (
    rf"(?:(?:(?:{_SIDES})[ _.-]?)?(?:ip|ipv4|ip_?v4_?addr(?:ess)?|ip_?addr(?:ess)?|ip_?number|inet_?addr"
    rf"|saddr|daddr|next_?hop|gateway|gw)|(?:{_SIDES})[ _.-]?addr(?:ess)?)"
)
_SIGNS = r"[\\\"']{0,4} {0,2}[=:]? {0,2}[\\\"'\[(<]{0,4}"
_NUMBER = r"0[xX][0-9A-Fa-f]{8}|[0-9]{9,10}|[0-9A-Fa-f]{8}"
# Texts that this module has anything to say about match these patterns, in the syntax of Polars: those with
# numbers between dots, and those with others.
MAYBE_DOTTED = (
    r"(?i:version(?:s|_?(?:name|code|number|string|id|info))?|(?:^|[^a-z])"
    rf"(?:{PLAIN_WORDS}|(?:com|org|net|io)\.[a-z0-9_.]{{3,90}}))"
    r"[^0-9A-Za-z\n]+(?:(?:is|to|was|now|number) )?[vV]?[0-9]+\.[0-9]+\.[0-9]+\.[0-9]"
    r"|[0-9]\.[0-9]+\.[0-9]+\.[0-9]+\.[0-9]|uccessfully installed |[Gg]rad(?:ed|ing|e) "
)
MAYBE_OTHER = (
    rf"(?i:ip|v4|addr|address|number|hop|gateway|gw)[^0-9A-Za-z\n]+(?:{_NUMBER})(?:[^0-9A-Za-z.]|$)"
    r"|(?:TCP|UDP|SCTP|->|[0-9]:) [0-9A-F]{8}:[0-9A-F]{4}"
)
MAYBE = f"{MAYBE_DOTTED}|{MAYBE_OTHER}"
# The same for Python, which would otherwise try shorter runs.
_MAYBE = re.compile(MAYBE.replace("]+", "]++"))
# Cheap gates before the patterns.
_MARKS_OF_VERSIONS = (*VERSION_MARKS, "grad", "uccessfully installed ")
_MARKS_OF_KEYS = ("ip", "addr", "hop", "gateway", "gw")
_MARKS_OF_PORTS = ("TCP ", "UDP ", "SCTP ", "-> ", ": ")
_DOTS = 3
_QUICK = re.compile(r"[0-9]\.[0-9]{1,3}\.[0-9]|[0-9A-Fa-f]{8}")
# For a sieve: a text about whose numbers words tell anything has the first, or both others.
_ANY = (
    r"(?:^|[^0-9A-Za-z_.])(?:0[xX])?[0-9A-Fa-f]{8}",
    rf"{any_case(_MARKS_OF_VERSIONS)}|> ",
    r"[0-9]\.[0-9]+\.[0-9]+\.[0-9]",
)
_SIEVE = Sieve(_ANY)
_WHOLE_NUMBER = re.compile(rf"(?<![0-9A-Za-z_.])(?P<value>{_NUMBER})(?![0-9A-Za-z_])(?!\.[0-9])")
_KEY_BEFORE = re.compile(rf"(?<![a-z]){_KEY}(?=[^0-9a-z]){_SIGNS}\Z")
_LONGEST_BEFORE = 60
# The kernel's `TCP 4D0C1EC6:01BB`.
_WITH_PORT = re.compile(
    r"(?:(?:TCP|UDP|SCTP|->) |(?<![0-9A-Za-z])[0-9]{1,6}: )(?P<value>[0-9A-F]{8}):[0-9A-F]{4}(?![0-9A-Fa-f:])"
)
_CHAIN = re.compile(r"(?<![0-9])(?<![0-9]\.)[0-9]++(?:\.[0-9]++){3,}+")
_TELLING = re.compile(rf"(?<![A-Za-z]){_KEY}=\Z", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_LONGEST_KEY = 40
# What may be an address as a number, a hardware address without colons, or a version.
_VALUE = re.compile(r"(?:0[xX])?[0-9A-Fa-f]{6}[0-9A-Fa-f.:-]{0,11}|v?[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
_SMALLEST = 1 << 24
_LARGEST = (1 << 32) - 1
# Between two versions: `1.2.3.4 -> 1.2.3.5`, `from 1.2.3.4 to 1.2.3.5`.
_ARROW = re.compile(r"[\"')\]]{0,2} ?(?:->|=>) ?[\"'(\[]{0,2}v?", re.IGNORECASE)
_TO = re.compile(r"[\"')\]]{0,2} to [\"'(\[]{0,2}v?", re.IGNORECASE)
_FROM = re.compile(r"(?<![a-z])from (?:version )?[\"'(\[]{0,2}v?\Z", re.IGNORECASE)
_LONGEST_FROM = 20
_UPGRADE = re.compile(
    rf"(?:up|down)grad(?:ed|ing|e) (?:\S{{1,60}} )?(?:from )?v?(?={_QUAD}[^\s]{{0,40}} (?:to|->|=>) v?[0-9])",
    re.IGNORECASE,
)
_LONGEST_UPGRADE = 90
_INSTALLED = "uccessfully installed "
_NAMED = re.compile(r"[A-Za-z0-9]-\Z")


@dataclass(frozen=True, slots=True)
class Beside:
    """Positions of numbers that stay as they are, and addresses that only their context tells."""

    left: tuple[tuple[int, int], ...]
    found: tuple[Found, ...]

    def touches(self, start: int, end: int) -> bool:
        """Return whether any of them is within a range."""
        spans = (*self.left, *((item.start, item.end) for item in self.found))
        return any(first < end and start < last for first, last in spans)

    def within(self, start: int, end: int) -> Beside:
        """Return what concerns a range, with positions counted from its start."""
        return Beside(
            tuple((first - start, last - start) for first, last in self.left if first < end and start < last),
            tuple(
                item._replace(start=item.start - start, end=item.end - start)
                for item in self.found
                if start <= item.start and item.end <= end
            ),
        )

    def applied(self, words: Sequence[Found]) -> list[Found]:
        """Return the matches in the text as its words change them."""
        spans = [*self.left, *((item.start, item.end) for item in self.found)]
        kept = [
            item
            for item in words
            if item.type != ADDRESS
            or not any(first < item.end and item.start < last for first, last in spans)
        ]
        added = [item for item in self.found if not any(overlap(item, other) for other in kept)]
        return sorted(kept + added)


def beside(text: str) -> Beside | None:
    """Return what the words of a text tell about the numbers in it; None if nothing."""
    left, numbers, found = _told(text)
    for match in numbers:
        found += _of_number(match)
    if not (left or found) or _MAYBE.search(text) is None:
        return None
    return Beside(tuple(left), tuple(sorted(found)))


def reads_digits(text: str) -> bool:
    """Return whether the words of a text tell anything about its numbers, whatever their digits are."""
    return any(_told(text))


def _told(text: str) -> tuple[list[tuple[int, int]], list[re.Match[str]], list[Found]]:
    """Return versions, numbers that may be addresses, and addresses with ports."""
    left: list[tuple[int, int]] = []
    numbers: list[re.Match[str]] = []
    found: list[Found] = []
    if _tells_nothing(text):
        return left, numbers, found
    lower = text.lower()
    if text.count(".") >= _DOTS and (has_any(lower, _MARKS_OF_VERSIONS) or "> " in text):
        _of_dots(text, left, found)
    if has_any(lower, _MARKS_OF_KEYS):
        for match in _WHOLE_NUMBER.finditer(text):
            before = lower[max(0, match.start() - _LONGEST_BEFORE) : match.start()]
            if has_any(before, _MARKS_OF_KEYS) and _KEY_BEFORE.search(before) is not None:
                numbers.append(match)
    if has_any(text, _MARKS_OF_PORTS):
        numbers += _WITH_PORT.finditer(text)
    return left, numbers, found


def _tells_nothing(text: str) -> bool:
    """Return whether a text has nothing that `_told` looks for; cheap."""
    places = _SIEVE.places(text)
    if places is None:
        return _QUICK.search(text) is None
    return 0 not in places and len(places) < len(_ANY) - 1


def _of_dots(text: str, left: list[tuple[int, int]], found: list[Found]) -> None:
    """Add the versions and the addresses with ports among numbers between dots."""
    is_installed, is_upgrade = _INSTALLED in text, "grad" in text
    for match in _CHAIN.finditer(text):
        start, end = match.span()
        octets = match[0].split(".")
        if len(octets) == 4:
            is_next = bool(left) and _follows(text, left[-1], start)
            if (
                is_next
                or is_said_version(text, start, end)
                or (is_upgrade and _is_upgraded(text, start))
                or (is_installed and _NAMED.search(text, max(0, start - 2), start) is not None)
            ):
                left.append((start, end))
        elif len(octets) == 5 and (text.startswith(" >", end) or text.endswith("> ", 0, start)):
            address = parse(".".join(octets[:4]))
            if address is not None:
                found.append(Found(start, end - len(octets[4]) - 1, ADDRESS, str(address)))


def _follows(text: str, version: tuple[int, int], start: int) -> bool:
    """Return whether numbers at a position are the version after another one."""
    first, last = version
    if _ARROW.fullmatch(text, last, start) is not None:
        return True
    is_from = _FROM.search(text, max(0, first - _LONGEST_FROM), first) is not None
    return is_from and _TO.fullmatch(text, last, start) is not None


def is_number(value: str) -> bool:
    """Return whether the name of its field may tell what a value of JSON is."""
    return _VALUE.fullmatch(value) is not None


# Field names repeat, so results are cached.
@lru_cache(maxsize=4_096)
def is_telling(name: str) -> bool:
    """Return whether the name of a field tells that a number is an address, a MAC or a version."""
    sign = named(name)
    if _TELLING.search(sign) is not None or is_key(sign):
        return True
    return is_said_version(f"{sign}1.1.1.1", len(sign), len(sign) + 7)


@lru_cache(maxsize=4_096)
def named(name: str) -> str:
    """Return the name of a field as a text would write it before a value: `srcIp` is `src_ip=`."""
    return _CAMEL.sub("_", name).lower()[-_LONGEST_KEY:] + "="


def _is_upgraded(text: str, start: int) -> bool:
    """Return whether an upgrade from a version begins right before a position."""
    low = max(0, start - _LONGEST_UPGRADE)
    return any(match.end() == start for match in _UPGRADE.finditer(text, low))


def _of_number(match: re.Match[str]) -> list[Found]:
    """Return the address that a number is, if any. Eight digits are hexadecimal, nine and ten decimal."""
    digits = match["value"]
    is_decimal = len(digits) in (9, 10) and digits.isdigit()
    # A word of letters only isn't a number.
    value = 0 if digits.isalpha() else int(digits, 10 if is_decimal else 16)
    if not _SMALLEST <= value <= _LARGEST:
        return []
    form = Form.INTEGER if is_decimal else Form.HEX
    return [Found(*match.span("value"), ADDRESS, str(IPv4Address(value)), form)]
