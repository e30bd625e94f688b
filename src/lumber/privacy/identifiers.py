"""Hardware addresses, e-mail addresses and `user@host` in texts.

Every pattern takes linear time: runs are possessive, without backtracking.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lumber.privacy.addresses import find_addresses, parse
from lumber.privacy.found import EMAIL, MAC, USER, Found
from lumber.privacy.phrases.words import NO_HOSTS_AT, SYSTEM_ACCOUNTS

# A text with a hardware or e-mail address matches these patterns, in the syntax of Polars.
MAYBE = (
    r"@|(?:[0-9A-Fa-f]{1,2}:){5}|(?:[0-9A-Fa-f]{2}-){5}|[0-9A-Fa-f]{4}[.-][0-9A-Fa-f]{4}[.-][0-9A-Fa-f]{4}"
)
_OCTET = r"[0-9A-Fa-f]{1,2}(?![0-9A-Za-z])"
_PAIR = r"[0-9A-Fa-f]{2}(?![0-9A-Za-z])"
_QUAD = r"[0-9A-Fa-f]{4}"
_MAC = re.compile(
    rf"(?<![0-9A-Za-z])(?:{_OCTET}(?::{_OCTET}){{5,}}+|{_PAIR}(?:-{_PAIR}){{5,}}+"
    rf"|(?<![0-9A-Fa-f]\.){_QUAD}\.{_QUAD}\.{_QUAD}(?![0-9A-Za-z])(?!\.[0-9A-Fa-f])"
    # With dashes it must contain a letter, unlike dates and telephone numbers.
    rf"|(?<![0-9A-Za-z]-)(?=[0-9-]{{0,13}}[A-Fa-f]){_QUAD}-{_QUAD}-{_QUAD}(?![0-9A-Za-z])(?!-[0-9A-Za-z]))"
)
# Destination, source and type of a frame, as the Linux firewall logs them.
_FRAME_OCTETS = 14
_MAC_OCTETS = 6
_EUI64_OCTETS = 8
# A hardware address after the octet of its type, as DHCP names its clients.
_TYPED_OCTETS = 7
_DIGITS = re.compile("[0-9A-Fa-f]++")
_PAIR_OF_DIGITS = re.compile("[0-9A-Fa-f]{2}")
NOBODYS_MACS = ("00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff")

# What follows the @ is looked at only, so that it may be the name before another @. `[address]` is an address
# that was dropped.
_MAIL = re.compile(
    r"(?<![\w.+~-])(?<!\w')([\w.+~-]++(?:'[\w.+~-]++)*+)"
    r"@(?=([\w-]++(?:\.[\w-]++)*+|\[(?=(?:[0-9A-Fa-f:.]++|address)[%\]])|(?=::[0-9A-Fa-f])))"
)
_LONGEST_ADDRESS = 64
# Languages that put no space between words: Thai, Chinese, Japanese, Korean.
_UNSPACED = re.compile("[\u0e00-\u0e7f\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uff00-\uffef]")
_AFTER_UNSPACED = re.compile(_UNSPACED.pattern + r"[.'+~-]*+([A-Za-z0-9_][\x21-\x7e]*+)\Z")
# Units of systemd look like mail: `getty@tty1.service`.
_UNITS = (
    ".service", ".socket", ".timer", ".mount", ".slice", ".scope", ".target", ".device", ".path", ".swap",
)  # fmt: skip


def find_macs(text: str, start: int, end: int) -> Iterator[Found]:
    """Find hardware addresses of 6 and 8 octets. The value is their lower-case octets with colons.

    Longer runs of octets, such as key fingerprints, don't count. The 14 octets of a frame contain two.
    """
    if (
        text.count(":", start, end) < 5
        and text.count("-", start, end) < 2
        and text.count(".", start, end) < 2
    ):
        return
    for match in _MAC.finditer(text, start, end):
        pieces = _octets(match)
        size = len(pieces)
        if size in (_MAC_OCTETS, _EUI64_OCTETS):
            if size == _EUI64_OCTETS and any(end - start < 2 for start, end, _ in pieces):
                continue  # an IPv6 address in full
            parts = [pieces]
        elif size == _TYPED_OCTETS:
            parts = [pieces[1:]]
        elif size == _FRAME_OCTETS:
            parts = [pieces[:_MAC_OCTETS], pieces[_MAC_OCTETS : 2 * _MAC_OCTETS]]
        else:
            continue
        for part in parts:
            value = ":".join(octet for _, _, octet in part)
            if value not in NOBODYS_MACS:
                yield Found(part[0][0], part[-1][1], MAC, value)


def _octets(match: re.Match[str]) -> list[tuple[int, int, str]]:
    """Return start, end and the two digits of each octet."""
    has_quads = match[0][4] in ".-"
    pattern = _PAIR_OF_DIGITS if has_quads else _DIGITS
    at = match.start()
    return [(at + m.start(), at + m.end(), m[0].lower().zfill(2)) for m in pattern.finditer(match[0])]


# Programs that are called `rabbit@host`.
_PROGRAMS_AT = SYSTEM_ACCOUNTS | {
    *("rabbit", "celery", "riak", "ejabberd", "couchdb", "emqx", "vernemq", "logstash", "ups"),
}
# Snapshots of ZFS: `tank/home@daily`, but not `//bob@nas` or `/bob@nas`.
_IN_DATASET = re.compile(r"[a-z0-9_.:-]/\Z")
_SNAPSHOT = re.compile(
    r"(?i)(?:auto-?snap|zfs-auto-snap|syncoid|snap(?:shot)?|backup|(?:half)?hourly|daily|weekly|monthly|yearly|frequent)"
    r"[0-9]{0,9}(?:[_-].{0,200})?|[\w.-]{0,80}?[0-9]{4}-?[0-9]{2}-?[0-9]{2}[\w.-]{0,80}"
)


def find_mails(text: str, start: int, end: int) -> Iterator[Found]:
    """Find e-mail addresses. The value is in lower case."""
    last = start
    for match in _mails(text, start, end):
        domain = _domain(match[2])
        if domain and match.start() >= last:
            last = match.start(2) + len(domain)
            first = _user_span(match)[0]
            # `bob/admin@EXAMPLE.COM` is a principal of Kerberos.
            is_instance = match[1] in ("admin", "root", "changepw") and domain.isupper()
            if is_instance and text[max(start, first - 1) : first] == "/":
                continue
            yield Found(first, last, EMAIL, text[first:last].lower())


def find_users_at(text: str, start: int, end: int) -> Iterator[Found]:
    """Find the user in `user@host`, where the host is an address or has no domain.

    An address, or the end of one, is not a user.
    """
    for match in _mails(text, start, end):
        if not _is_host(match, end) or parse(match[1]) is not None or match[1].lower() in _PROGRAMS_AT:
            continue
        user = _user_span(match)
        is_in_dataset = _IN_DATASET.search(text, max(start, user[0] - 2), user[0]) is not None
        if (is_in_dataset and match[2].isalpha()) or _SNAPSHOT.fullmatch(match[2]):
            continue
        # An IPv6 or a hardware address begins before its last group, which may look like a user.
        before = text[max(start, user[0] - 1) : user[0]]
        around = [*find_addresses(text, start, end), *find_macs(text, start, end)] if before == ":" else []
        if not any(item.start < user[0] < item.end for item in around):
            yield Found(*user, USER, text[slice(*user)])


def is_mail(text: str) -> bool:
    """Return whether the whole text is an e-mail address."""
    match = _MAIL.match(text)
    is_whole = match is not None and match.end(2) == len(text) and _user_span(match)[0] == 0
    return is_whole and match is not None and _domain(match[2]) == match[2] != ""


def _mails(text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    return _MAIL.finditer(text, start, end) if text.find("@", start, end) >= 0 else iter(())


def _is_host(match: re.Match[str], end: int) -> bool:
    host = match[2]
    if not host or host[0] == "[" or parse(host) is not None:
        return True
    if "." not in host and host[0].isalpha():
        return host.lower() not in NO_HOSTS_AT and any(map(str.isalnum, match[1]))
    # `2001:db8::1` without brackets.
    at = match.end(2)
    if match.string[at : min(at + 1, end)] != ":":
        return False
    last = min(at + _LONGEST_ADDRESS, end)
    return any(item.start == match.start(2) for item in find_addresses(match.string, match.start(2), last))


def _user_span(match: re.Match[str]) -> tuple[int, int]:
    """Return the position of the part before the @, without a preceding word of another script."""
    behind = _AFTER_UNSPACED.search(match[1])
    return match.span(1) if behind is None else (match.start(1) + behind.start(1), match.end(1))


def _domain(text: str) -> str:
    """Return the domain at the start of a text, or an empty text. Its last label begins with a letter."""
    labels = text.split(".")
    ends = _UNSPACED.search(text)
    if ends is not None and text[0].isascii():
        # The last label may be followed by a word of another language.
        shorter = _domain(text[: ends.start()].rstrip(".-"))
        if shorter:
            return shorter
    while labels and not labels[-1][0].isalpha():
        labels.pop()
    domain = ".".join(labels)
    return "" if len(labels) < 2 or domain.lower().endswith(_UNITS) else domain
