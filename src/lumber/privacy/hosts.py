"""Host names: their normal form, those that identify nobody, and those to search for in texts."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lumber.privacy.addresses import parse
from lumber.privacy.found import Names

_NOBODY = frozenset(("", "-", "localhost", "localhost.localdomain", "(none)", "unknown"))
# Interface names: `lo`, `eth0`, `br0.12`, `enp0s31f6`, or a number. Anything else may be a host name.
_INTERFACE = re.compile(
    r"(?:eth|em|en|wlan|wl|ww|wwan|lo|br|bond|bridge|team|tun|tap|utun|ppp|vlan|veth|virbr|docker|awdl|llw|ib|wg"
    r"|usb|vmnet|vmk|igb|ix|vtnet|lagg|ge|xe|ae|irb)[0-9]{0,5}(?:\.[0-9]{1,5}){0,2}"
    r"|br-(?:lan|wan|guest|ex|int|tun|[0-9a-f]{12})|(?:en|wl|ww)(?:[dfiops][0-9]{1,4}){1,4}|[0-9]{1,5}"
)
_MAX_INTERFACE = 15
_LETTER = re.compile(r"[^\W\d_]")
_MIN_LENGTH = 2
_MIN_LABEL_LENGTH = 3


def normal_host(name: str) -> str:
    """Return a name in lower case without a final dot, the same for all its spellings."""
    return name.strip().lower().rstrip(".")


def is_nobody(name: str) -> bool:
    """Return whether a name identifies no machine and is kept."""
    return normal_host(name) in _NOBODY


def is_interface(zone: str) -> bool:
    """Return whether an address's zone is the name of an interface."""
    return len(zone) <= _MAX_INTERFACE and _INTERFACE.fullmatch(zone) is not None


def searched_names(values: Iterable[str | None]) -> Names:
    """Return the lower-case names to search for in the texts of a row with these host values.

    A name with several labels is searched as a whole and by its first label. Excluded are names that identify
    nobody, addresses, single characters, and names without a letter.
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
