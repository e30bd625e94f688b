"""Hardware addresses that only a word beside them tells: `mac 2223b30c09cb`, `mac-address 2223b3-0c09cb`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lumber.privacy.found import MAC, Found, has_any

_KEY = (
    r"(?:mac|mac[-_ ]?addr(?:ess)?|mac[-_ ]?id|hw[-_ ]?addr(?:ess)?|hardware[-_ ]addr(?:ess)?"
    r"|physical[-_ ]addr(?:ess)?|ether(?:net)?|bssid|lladdr|chaddr|sta(?:tion)?(?:[-_ ]?(?:mac|id))?"
    r"|call(?:ing|ed)[-_]station[-_]id|client[-_ ]?hw|cisco[-_ ]mac|[a-z]{1,12}mac)"
)
_DIGITS = (
    r"[0-9a-f]{12}|[0-9a-f]{6}[-:.][0-9a-f]{6}|[0-9a-f]{4}[-: ][0-9a-f]{4}[-: ][0-9a-f]{4}"
    r"|[0-9a-f]{2}(?: [0-9a-f]{2}){5}"
)
_SIGNS = r"[\\\"']{0,8}(?: is)? {0,3}[=:]?>? {0,3}[\\\"'\[(<{]{0,8}"
# A text with such an address matches this pattern, in the syntax of Polars.
MAYBE = (
    r"(?i:(?:mac|addr|address|ether|ethernet|bssid|sta|station|id|hw)[^0-9A-Za-z\n]+(?:is[^0-9A-Za-z\n]*)?"
    rf"(?:{_DIGITS}))|,[0-9A-Fa-f]{{12}},"
)
_KEYED = re.compile(
    rf"(?<![a-z]){_KEY}(?![0-9a-z]){_SIGNS}(?P<mac>{_DIGITS})(?![0-9a-z])(?![-:. ][0-9a-f]{{2}}(?![0-9a-z]))"
    rf"(?![-:.][0-9a-f])",
    re.IGNORECASE,
)
_SIGN = re.compile(rf"(?<![a-z]){_KEY}=\Z", re.IGNORECASE)
# Every hardware address of this kind has this in it.
_QUICK = re.compile(
    r"[0-9A-Fa-f]{6}[-:.]?[0-9A-Fa-f]{6}|[0-9A-Fa-f]{4}[-: ][0-9A-Fa-f]{4}[-: ]|(?:[0-9A-Fa-f]{2} ){5}"
)
# For a sieve: whatever the digits are, also for a part of a text. Before digits of tokens are other signs.
ANY = rf"(?i:(?:[\\\"'=:>\[(<{{ ]|\bis)(?:{_DIGITS})|,[0-9a-f]{{12}},)"
_MARKS = ("mac", "addr", "ether", "bssid", "sta", "hw")
# The leases of the DHCP server of Windows: `10,03/02/26,10:00:00,Assign,10.0.0.5,host,2223B30C09CB,`.
_LEASE = re.compile(
    r"(?:^|\n)[0-9]{1,5},[0-9]{2}/[0-9]{2}/[0-9]{2,4},[0-9:]{8},[^,\n]{0,60},[^,\n]{0,60},[^,\n]{0,255},"
    r"(?P<mac>[0-9A-Fa-f]{12}),"
)
_NOBODYS = ("0" * 12, "f" * 12)
_SEPARATORS = re.compile("[-:. ]")


def is_key(sign: str) -> bool:
    """Return whether a name with a sign, such as `client_mac=`, says that a hardware address follows."""
    return _SIGN.search(sign) is not None


def find_keyed_macs(text: str, start: int, end: int) -> Iterator[Found]:
    """Find hardware addresses beside a word that names them. The value is lower-case octets with colons."""
    found: dict[int, Found] = {}
    if has_any(text[start:end].lower(), _MARKS) and _QUICK.search(text, start, end) is not None:
        for match in _KEYED.finditer(text, start, end):
            _add(found, match)
    if text.count(",", start, end) >= 7:
        for match in _LEASE.finditer(text, start, end):
            _add(found, match)
    yield from sorted(found.values())


def reads_digits(text: str) -> bool:
    """Return whether a word names a hardware address here: its digits decide whether it is anybody's."""
    is_keyed = (
        has_any(text.lower(), _MARKS) and _QUICK.search(text) is not None and _KEYED.search(text) is not None
    )
    return is_keyed or (text.count(",") >= 7 and _LEASE.search(text) is not None)


def _add(found: dict[int, Found], match: re.Match[str]) -> None:
    digits = _SEPARATORS.sub("", match["mac"]).lower()
    if digits not in _NOBODYS:
        octets = ":".join(digits[at : at + 2] for at in range(0, len(digits), 2))
        found[match.start("mac")] = Found(*match.span("mac"), MAC, octets)
