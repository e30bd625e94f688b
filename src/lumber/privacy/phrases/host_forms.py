"""Names of hosts by their form: a role and a number, as administrators name them, or as systems do.

`web-fra1-07`, `prod-db12`, `ns1.example.net`, `DESKTOP-3HHGCK9`, `aks-pool-38936205-vmss162462`. What a
number's digits are makes no difference, only how many there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from lumber.privacy.phrases.words import FILE_ENDINGS, PACKAGES, PLACES, ROLES, SURE_ROLES

# What systems call machines by themselves: Windows, AKS, GKE, Apple and Android devices.
_MADE = (
    r"(?:desktop|laptop|win|minwinpc)-(?=[a-z]{0,14}[0-9])[a-z0-9]{6,15}"
    r"|aks-[a-z0-9]{1,24}-[0-9]{6,9}-vmss[0-9a-z]{6}"
    r"|gke-[a-z0-9-]{3,50}-[0-9a-f]{8}-[0-9a-z]{4}"
    r"|[a-z]{2,20}s-(?:iphone|ipad|macbook(?:-pro|-air)?|imac|mac-mini|mac-studio|apple-watch|galaxy|pixel)(?"
    r":-[0-9]{1,3})?"
    r"|(?:iphone|ipad|macbook(?:-pro|-air)?|imac|mac-mini)-(?:von|de|di|van)-[a-z]{2,20}"
    r"|android-[0-9a-f]{12,16}"
)
_IS_MADE = re.compile(_MADE, re.IGNORECASE)
# The letters that Windows chooses have no digit among them in one name of ten.
_IS_WINDOWS = re.compile(
    r"(?:DESKTOP-[A-Z0-9]{7}|LAPTOP-[A-Z0-9]{8}|WIN-[A-Z0-9]{8}(?:[A-Z0-9]{3})?)(?:\..*+)?"
)
_MADE_MARKS = (
    *(
        "desktop-",
        "laptop-",
        "win-",
        "minwinpc-",
        "aks-",
        "gke-",
        "s-iphone",
        "s-ipad",
        "s-macbook",
        "s-imac",
    ),
    *("s-mac-", "s-galaxy", "s-pixel", "-von-", "-de-", "-di-", "-van-", "android-"),
)
_ROLE = "|".join(sorted(SURE_ROLES | ROLES))
# A piece with such a name matches this, in the syntax of Polars.
MAYBE = rf"(?i:(?:{_ROLE})(?:-?[a-z]{{2,8}}[0-9]{{0,2}})?-?[0-9]|{'|'.join(map(re.escape, _MADE_MARKS))})"
_QUICK = re.compile(rf"(?:{_ROLE})[a-z0-9-]{{0,12}}?[0-9]|-", re.IGNORECASE)
_NAME = re.compile(
    r"(?<![\w$-])(?<![\w-]\.)[A-Za-z][A-Za-z0-9]*+(?:-[A-Za-z0-9]++)*+"
    r"(?P<domain>(?:\.[A-Za-z0-9][A-Za-z0-9-]*+)*+)(?![\w(={@-]|\.[\w$])"
)
_PARTS = re.compile(r"(?P<letters>[a-z]++)(?P<digits>[0-9]*+)|(?P<number>[0-9]++)")
# A group of an IPv6 address has a colon beside it, and `dc07.ab12.cdef` is a hardware address.
_GROUP = re.compile(r"[0-9a-f]{1,4}")
_GROUP_BEHIND = re.compile(r":[0-9A-Fa-f:]")
_QUADS = re.compile(r"[0-9a-f]{4}(?:\.[0-9a-f]{4}){2}")
# What precedes the domain of an e-mail address, which is one value with it.
_MAIL_AT = re.compile(r"[\w.+~-]@\Z")
# What is numbered as well: `topic=node-01`, `feature/db-12`.
_NO_MACHINES = re.compile(
    r"(?i)(?:(?<![A-Za-z])(?:queue|topic|team|group|service|pool|thread|consumer|producer|task|job|table"
    r"|bucket"
    r"|stream|channel|env|environment|stage|tag|label|version|release|issue|ticket|code|status|error|bug"
    r"|image"
    r"|container|pod|deployment|statefulset|namespace|volume|shard|module|package|role|profile|policy|ru"
    r"le|commit"
    r"|plan|schema|slot|zone|cluster|datacenter|vpc|subnet|keyspace|license)(?:\\?[\"'])?[=:](?:\\?[\"'])?"
    r"|\b(?:feature|bugfix|hotfix|release|heads|tags|fix|issues|chore|refs)/)\Z"
)
_LONGEST_BEFORE = 24
# The name of an image and its version: `shop/web-01:1.2`.
_IMAGE_BEHIND = re.compile(r":v?[0-9]{1,4}\.[0-9]")
# The key of a ticket or the code of a message, `APP-42`, one of several threads, `worker-12`, and the
# kernel's `scsi host6`; `dc1` is the data centre of Consul and Cassandra.
_NUMBERED = re.compile(r"[A-Z]++(?:-[A-Z]++)*+-[0-9]++|worker-[0-9]++|host[0-9]|[dD][cC][0-9]")
_PLACES_OR_SURE = PLACES | SURE_ROLES
_MOST_DIGITS, _USUAL_DIGITS = 4, 2
_LONGEST = 63


def find_by_form(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield where names of hosts are, with their domains."""
    if _QUICK.search(text, start, end) is None:
        return
    for match in _NAME.finditer(text, start, end):
        label, _, domain = match[0].lower().partition(".")
        last = domain.rpartition(".")[2]
        if len(label) > _LONGEST or last in FILE_ENDINGS or (last and not last.isalpha()):
            continue
        if domain and _MAIL_AT.search(text, max(start, match.start() - 2), match.start()):
            continue
        if text[match.start() - 1 : match.start()] == "/" and _IMAGE_BEHIND.match(text, match.end()):
            continue
        is_beside = text[match.start() - 1 : match.start()] == ":" or _GROUP_BEHIND.match(text, match.end())
        if (is_beside and not domain and _GROUP.fullmatch(label)) or _QUADS.fullmatch(match[0].lower()):
            continue
        is_numbered = not domain and _NUMBERED.fullmatch(match[0]) is not None
        if is_numbered and not _PLACES_OR_SURE.intersection(label.split("-")):
            continue
        # A single dot and word may be a method, a file or a package.
        if (
            _IS_WINDOWS.fullmatch(match[0])
            or _IS_MADE.fullmatch(label)
            or is_machine(label, is_whole=domain.count(".") == 0)
        ) and (not domain or "." in domain or last not in PACKAGES):
            before = max(0, match.start() - _LONGEST_BEFORE)
            if _NO_MACHINES.search(text, before, match.start()) is None:
                yield match.span()


@lru_cache(maxsize=16_384)
def is_machine(label: str, *, is_whole: bool) -> bool:
    """Return whether a lower-case label names a machine by its role and number.

    A label on its own (`is_whole`) needs a place, two digits, or a role that only machines have.
    """
    roles = sure = places = 0
    digits = None
    parts = label.split("-")
    for at, part in enumerate(parts):
        match = _PARTS.fullmatch(part)
        if match is None:
            return False
        is_last = at == len(parts) - 1
        if match["number"]:
            if not is_last:
                return False
            digits = len(match["number"])
            continue
        if is_last and match["digits"]:
            digits = len(match["digits"])
        if match["letters"] in SURE_ROLES or match["letters"] in ROLES:
            if match["digits"] and not is_last:
                return False
            roles += 1
            sure += match["letters"] in SURE_ROLES
        elif (
            match["letters"] in PLACES and len(match["digits"]) <= _USUAL_DIGITS and (at == 0 or not is_last)
        ):
            places += 1
        else:
            return False
    if not roles or digits is None or digits > _MOST_DIGITS:
        return False
    if places or sure or not is_whole:
        return True
    return digits == _USUAL_DIGITS
