"""Names of hosts: their normal form, which of them identify nobody, and which are looked for in texts."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lumber.privacy.addresses import parse
from lumber.privacy.finder import Names

_NOBODY = frozenset(("", "-", "localhost", "localhost.localdomain", "(none)", "unknown"))
# What systems call interfaces: `lo`, `eth0`, `br0.12`, `enp0s31f6`, or a number. Any other may be a name.
_INTERFACE = re.compile(
    r"(?:eth|em|en|wlan|wl|ww|wwan|lo|br|bond|bridge|team|tun|tap|utun|ppp|vlan|veth|virbr|docker|awdl|llw|ib|wg"
    r"|usb|vmnet|vmk|igb|ix|vtnet|lagg|ge|xe|ae|irb)[0-9]{0,5}(?:\.[0-9]{1,5}){0,2}"
    r"|(?:en|wl|ww)(?:[dfiops][0-9]{1,4}){1,4}|[0-9]{1,5}"
)
_MAX_INTERFACE = 15
_LETTER = re.compile(r"[^\W\d_]")
_MIN_LENGTH = 2
_MIN_LABEL_LENGTH = 3


def normal_host(name: str) -> str:
    """Return the form that is the same for all spellings of a name: lower case, no dot at the end."""
    return name.strip().lower().rstrip(".")


def is_nobody(name: str) -> bool:
    """Say whether a name identifies no machine and is kept."""
    return normal_host(name) in _NOBODY


def is_interface(zone: str) -> bool:
    """Say whether the zone of an address is the name of an interface as systems give them."""
    return len(zone) <= _MAX_INTERFACE and _INTERFACE.fullmatch(zone) is not None


def searched_names(values: Iterable[str | None]) -> Names:
    """Return the names to look for in the texts beside these host columns, in lower case.

    A name of several labels is looked for whole and by its first label. Not looked for: what identifies
    nobody, addresses, single characters, and names without a letter, which any number would be.
    """
    names: set[str] = set()
    for value in values:
        if value is None or is_nobody(value):
            continue
        name = normal_host(value)
        if len(name) < _MIN_LENGTH or not _LETTER.search(name) or parse(name) is not None:
            continue
        names.add(name)
        label, dot, _ = name.partition(".")
        if dot and len(label) >= _MIN_LABEL_LENGTH and _LETTER.search(label):
            names.add(label)
    return tuple(sorted(names))
