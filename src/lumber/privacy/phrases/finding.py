"""Find users and hosts by the phrases and fields in which daemons write them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import cache

from lumber.privacy.addresses import parse
from lumber.privacy.found import HOST, USER, Detector, Found, Gate, at_marks, has_any
from lumber.privacy.hosts import is_interface, is_nobody, normal_host
from lumber.privacy.identifiers import find_macs
from lumber.privacy.phrases import (
    accounts,
    chats,
    clusters,
    deeds,
    devices,
    directories,
    fields,
    host_forms,
    logins,
    machines,
    members,
    people,
    programs,
    services,
    sessions,
)
from lumber.privacy.phrases.phrase import Phrase
from lumber.privacy.phrases.words import (
    FILE_ENDINGS,
    NO_DOMAINS,
    NO_FOLDERS,
    NO_HOSTS,
    NO_USERS,
    ONLY_FILES,
    PACKAGES,
    ROLES,
    SURE_ROLES,
)

PHRASES: tuple[Phrase, ...] = (
    # Placeholders such as `[address]` stand for earlier matches.
    Phrase(
        "words",
        ("user",),
        r"(?i)(?<![\w./-])user\s{1,8}(?![0-9]{1,6}(?:[\s.:;,/)]|\Z))(?:\\{0,3}[\"'`<]|\[(?!(?:secret:|address"
        r"\]|removed\])))?"
        r"(?P<user>[^\s:;,'\"`()\[\]{}<>=|/\\]++)(?![:\\]\\)(?!\\{1,2}[A-Za-z])",
        "New session 5 of user «bob».",
        "the user is not known; user agent",
        hint=r"(?i)user\s",
    ),
    *logins.PHRASES,
    *services.PHRASES,
    *directories.PHRASES,
    # Users before hosts: a name before an address is a user of OpenVPN.
    *people.PHRASES,
    *devices.PHRASES,
    *programs.PHRASES,
    *accounts.PHRASES,
    *machines.PHRASES,
    *clusters.PHRASES,
    *sessions.PHRASES,
    *members.PHRASES,
    *chats.PHRASES,
    *deeds.PHRASES,
)
_FIELDS = (
    (USER, fields.QUOTED_MARKS, fields.QUOTED_VALUE, fields.QUOTED_HINT),
    (USER, fields.USER_MARKS, fields.USER_VALUE, fields.USER_HINT),
    (USER, fields.PEOPLE_MARKS, fields.PEOPLE_VALUE, fields.PEOPLE_HINT),
    (HOST, fields.HOST_MARKS, fields.HOST_VALUE, fields.HOST_HINT),
)
# {"user": {"id": 5, "name": "NAME"}}
_NESTED_MARKS = ("user", "account", "login", "owner", "pusher", "author", "assignee", "creator", "actor")
_NESTED_HINT = (
    r"(?i)(?:user|account|login|owner|pusher|author|assignee|creator|actor)\\*[\"']\s{0,8}:\s{0,8}\{"
)
_NESTED = re.compile(
    r"(?i)(?:user|account|login|owner|pusher|author|assignee|creator|actor)\\*+[\"']\s{0,8}:\s{0,8}\{(?:"
    r"[^{}]{0,200}?[\s,])?\\*+[\"']name"
    r"\\*+[\"']\s{0,8}:\s{0,8}\\*+[\"'](?P<user>[^\s,;&\"'()\[\]{}<>|\\=]++)"
)
# Domains that no public service has: RFC 2606, 6761, 6762 and 8375, and those of networks at home and work.
_INNER_TLDS = "example|test|local|localdomain|lan|internal|corp|intranet|intra|home|private|home\\.arpa"
_INNER = re.compile(
    r"(?<![\w.@\\-])(?<!(?<!/)/)(?!(?:ip|ec2)-[0-9])[^\W_](?:[\w-]*+\.)++"
    rf"(?:{_INNER_TLDS})(?![\w@-]|\.\w|\()",
    re.IGNORECASE,
)
_INNER_MARKS = (
    ".example", ".test", ".local", ".lan", ".internal", ".corp", ".intra", ".home", ".private",
)  # fmt: skip
# Two labels under these may be the name of a file or of a package.
_LONG_ONLY = ("test", "internal", "private", "home", "intra")
_WORDS_ONLY = (*_LONG_ONLY, "local")
_SHORT_MARK = 4
_SHORT_NUMBER = re.compile(r"[0-9]{1,2}")
# Versions and terminals, architectures, numbers of networks, parts of programs, images and interfaces.
_NO_HOST = re.compile(
    r"[vV]?[0-9]++(?:[.-][0-9a-z]++)*+|(?:vty|tty|pts|con|ttyS)[0-9]{0,4}|(?:x86_64|i[3-6]86|a(?:md|rm)6"
    r"4|aarch64"
    r"|armv[5-8][a-z]{0,2}|ppc64(?:le)?|s390x|riscv64)|AS[0-9]{1,10}"
    r"|(?i:(?:pool|thread|cpu|core|slot|lane|group|queue|step|stage|bucket|partition|python|perl|php|rub"
    r"y|java|jdk)"
    r"-?[0-9][\w.]*+|\w{2,20}-group-[0-9]{1,4}|[a-z]{2,20}(?:-[a-z]{2,20})*+-v[0-9]{1,3}"
    r"|[\w.-]{2,40}-(?:alpine|slim|bookworm|bullseye|buster|jre|fpm))"
)
# A name made from an address keeps its domain.
_OF_ADDRESS = re.compile(r".{0,20}?[0-9]{1,3}(?:[.-][0-9]{1,3}){3}")
# Of addresses in reverse, the address is replaced.
_ARPA = re.compile(r"(?i)\.(?:in-addr|ip6)\.arpa\Z")
_LETTER = re.compile(r"[^\W\d_]")
# A domain of Windows in capitals, and the user behind it: `CORP\\bob`, `Corp\\alice`.
_NETBIOS = re.compile(r"[A-Z][A-Z0-9_-]{1,14}|corp|ad|acme|contoso|workgroup|intra|hq|dom")
_IN_DOMAIN = re.compile(r"\\{1,2}(?P<user>(?P<letter>[A-Za-z])[\w.-]{1,40}+\$?)(?![\w\\(:{/])")
_ESCAPES = frozenset("nrtbfux")
# A web site under a public domain, which is no machine of anybody.
_SITE = re.compile(
    rf"(?i)www[0-9]{{0,2}}\.(?![\w.-]{{0,250}}\.(?:{_INNER_TLDS})\Z)[\w.-]{{1,250}}\.[a-z]{{2,24}}"
)
# A domain itself, without a machine in it.
_DOMAIN_ALONE = re.compile(
    rf"(?i)(?:corp|ad|office|domain|company|internal|intranet|example|local|hq|workgroup|ec2)\.(?:{_INNER_TLDS})"
)
# The name of a variable or of a state: `use_all_dns_ips`.
_SNAKE = re.compile(r"[A-Za-z]++(?:_[A-Za-z]++){2,}+")
# Placeholders of programs and statements, modules of PAM, and dates; `login: ROOT LOGIN ON tty1`.
_NO_NAME = re.compile(
    r"pam_[a-z0-9_]++|ROOT|(?:DWM|UMFD)-[0-9]{1,3}|S-1-[0-9]-[0-9]{1,2}(?:-[0-9]{3})?|(?:[0-9]{1,4}[hm])?"
    r"[0-9][0-9.]*+(?:[mnu]?s|%)|\$[0-9]{1,3}|(?:[a-z]{1,20}-){0,3}(?:thread|pool|exec)(?:-[a-z]{1,20})?"
    r"-[0-9]{1,5}"
    r"|[0-9]{1,6}\.[0-9]{1,6}|[$%#]?\{.*+|%[a-z]|:[a-z_]++|[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T.*+)?|0x[0-9A-F"
    r"a-f]++|\.++/.*+"
)
# Services of clusters, and members in the names that Serf gives its own logs.
_NO_MACHINE = re.compile(
    r"(?i).{0,250}\.svc(?:\.cluster\.local)?|agent\..{0,200}\.(?:lan|wan)|(?:host|gateway)\.docker\.internal"
    r"|metadata\.google\.internal"
)
# Tags of messages, as Junos writes them.
# The first word of what programs call their own parts: `this.props.private`.
_OBJECTS = frozenset(("this", "self", "window", "i18n", "props", "state", "req", "res", "ctx", "obj"))
_LOCAL_HOSTS = frozenset(("server", "desktop", "laptop", "printer", "homeassistant", "octopi"))
_TAG = re.compile(r"[A-Z]++(?:_[A-Z0-9]++)++")
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
# The last words of names that aren't of people.
_GROUPS = NO_USERS | frozenset(
    [
        "admins",
        "administrators",
        "guests",
        "operators",
        "spooler",
        "corporation",
        "actions",
        "team",
        "bot",
        "inc",
        "ltd",
        "gmbh",
        "llc",
        "services",
    ]
)
# What stands before the last octets of a hardware address, which may look like a name.
_IN_MAC = re.compile(r"(?<![0-9A-Za-z])[0-9A-Fa-f]{2}[:-][0-9A-Fa-f]{2}[:-]\Z")
_MAC_SHAPE = re.compile(r"[0-9A-Fa-f.-]{12,23}")


@cache
def maybe(types: frozenset[str]) -> str:
    """Return a pattern in the syntax of Polars: a text with any of these types in a phrase matches it."""
    chosen = [phrase for phrase in PHRASES if _types(phrase) & types]
    # Most texts have the shortest marks.
    hinted = [phrase for phrase in chosen if phrase.hint and min(map(len, phrase.marks)) < _SHORT_MARK]
    marks = {mark for phrase in chosen if phrase not in hinted for mark in phrase.marks}
    marks |= {mark for field in _FIELDS if field[0] in types for mark in field[1]}
    if USER in types:
        marks |= set(_NESTED_MARKS)
    # A mark within another one says the same.
    shortest = {mark for mark in marks if not any(other != mark and other in mark for other in marks)}
    hints = [_grouped(phrase.hint) for phrase in hinted]
    return "|".join([f"(?i:{'|'.join(map(_escaped, sorted(shortest)))})", *hints])


# A piece with the name of a host under an inner domain matches this, in the syntax of Polars.
MAYBE_INNER = f"(?i:{'|'.join(map(re.escape, _INNER_MARKS))})|{host_forms.MAYBE}"


def name_detector(types: Collection[str]) -> Detector:
    """Return what finds names of these types (`user`, `host`) in phrases and fields.

    The value of a user is its name, in lower case where the daemon doesn't tell case apart; that of a host is
    its normal form. An address isn't a name; an e-mail address is a user.
    """
    chosen = [phrase for phrase in PHRASES if _types(phrase) & set(types)]
    keyed = [field for field in _FIELDS if field[0] in types]
    nested = [_NESTED_MARKS] if USER in types else []
    first_phrase = len(keyed) + len(nested)
    gate = Gate(
        [*(field[1] for field in keyed), *nested, *(phrase.marks for phrase in chosen)],
        [
            *(field[3] for field in keyed),
            *([_NESTED_HINT] if nested else []),
            *(phrase.hint for phrase in chosen),
        ],
    )

    def detect(text: str, start: int, end: int) -> Iterator[Found]:
        found: dict[int, Found] = {}
        for place in gate.of(text):
            if place < len(keyed):
                _, marks, pattern, _ = keyed[place]
                for match in at_marks(pattern, marks, text, start, end):
                    _add(found, match, types, folds_case=False)
            elif place < first_phrase:
                for match in _NESTED.finditer(text, start, end):
                    _add(found, match, types, folds_case=False)
            else:
                phrase = chosen[place - first_phrase]
                for match in phrase.compiled.finditer(text, start, end):
                    if not (phrase.is_checked and _has_ordinary_word(match)):
                        _add(found, match, types, folds_case=phrase.folds_case)
        if found:
            yield from _disjoint(found, start)

    return detect


def find_inner_hosts(text: str, start: int, end: int) -> Iterator[Found]:
    """Find hosts by their names: under domains that no public service has, or with the form of a machine."""
    inner = list(_inner_hosts(text, start, end))
    for first, last in host_forms.find_by_form(text, start, end):
        if not any(item.start < last and first < item.end for item in inner):
            inner.append(Found(first, last, HOST, normal_host(text[first:last])))
    yield from sorted(inner)


def _inner_hosts(text: str, start: int, end: int) -> Iterator[Found]:
    if not has_any(text[start:end].lower(), _INNER_MARKS):
        return
    for match in _INNER.finditer(text, start, end):
        if is_nobody(match[0]) or _is_no_machine(match):
            continue
        labels = normal_host(match[0]).split(".")
        is_short = len(labels) == 2 and labels[-1] in _LONG_ONLY and labels[0].isalpha()
        if (
            not is_short
            and not _OF_ADDRESS.match(match[0])
            and labels[0] not in PACKAGES
            and labels[-2] not in NO_DOMAINS
        ):
            yield Found(*match.span(), HOST, ".".join(labels))


def _is_no_machine(match: re.Match[str]) -> bool:
    """Return whether a name under an inner domain is that of a service or of a setting."""
    if (
        _NO_MACHINE.fullmatch(match[0])
        or _DOMAIN_ALONE.fullmatch(match[0])
        or match.string.startswith("[", match.end())
    ):
        return True
    labels = match[0].lower().split(".")
    if labels[0] in _OBJECTS:
        return True
    if any(not label.isalpha() for label in labels):
        return False
    # `thread.local` is a variable, `mail.local` a machine.
    if (
        len(labels) == 2
        and labels[-1] == "local"
        and labels[0] in NO_HOSTS - ROLES - SURE_ROLES - _LOCAL_HOSTS
    ):
        return True
    if match.string.startswith("=", match.end()):
        return True
    # `logging.level.internal` consists of words, `mail.acme.local` doesn't.
    is_long = len(labels) > 2 and labels[-1] in _WORDS_ONLY
    return is_long and labels[0] not in ROLES | SURE_ROLES and all(label in NO_HOSTS for label in labels[:-1])


def _has_ordinary_word(match: re.Match[str]) -> bool:
    """Return whether a name of several words has one that names nobody, as in `Valued Customer`."""
    names = [match[group] for group in match.re.groupindex if match[group]]
    return any(word.lower().rstrip(".") in NO_USERS for name in names if " " in name for word in name.split())


def is_no_user(name: str) -> bool:
    """Return whether a value names nobody: a word such as `none`, or a number such as that of a profile."""
    return name.lower() in NO_USERS or _SHORT_NUMBER.fullmatch(name) is not None


def _add(found: dict[int, Found], match: re.Match[str], types: Collection[str], *, folds_case: bool) -> None:
    for group in match.re.groupindex:
        type_ = group.partition("_")[0]
        if type_ in types and match[group]:
            item = _user(match, group, folds_case=folds_case) if type_ == USER else _host(match, group)
            if item is None or _IN_MAC.search(match.string, max(0, item.start - 6), item.start) is not None:
                continue
            known = found.get(item.start)
            # The whole of a name with spaces.
            if known is None or (item.end > known.end and " " in item.value):
                found[item.start] = item


def _user(match: re.Match[str], group: str, *, folds_case: bool) -> Found | None:
    name = match[group].rstrip(".!?*")
    at = match.start(group)
    behind = _IN_DOMAIN.match(match.string, match.end(group), match.endpos)
    if behind is not None and (behind["letter"] not in _ESCAPES or _NETBIOS.fullmatch(name)):
        # The domain of a Windows user, whose name is the same in any case.
        folds_case, name, at = True, behind["user"], behind.start("user")
    if ":" in name and not name.startswith("system:"):
        name = name[: name.index(":")]
    # `system:serviceaccount:default:web` is an account of Kubernetes itself.
    if not name or is_no_user(name) or name.startswith("system:") or parse(name) is not None:
        return None
    # The domain before a user in brackets: `[CORP]\\[bob]`.
    if match.string.startswith("]\\", at + len(match[group])):
        return None
    # What a tag names: `login: LOGIN_FAILED: Login failed for user bob`.
    if match.string.startswith(": ", at + len(name)) and _TAG.fullmatch(name):
        return None
    # A key of a cache: `user:525:profile`.
    if name.isdigit() and match.string.startswith(":", at + len(name)):
        return None
    if name in ("n", "N") and match.string.startswith(("/a", "/A"), at + 1):
        return None
    # `Remote Desktop Users`, `Intel Corporation`: the last word says what they are.
    if " " in name and name.rpartition(" ")[2].lower() in _GROUPS:
        return None
    # The name of a parameter, or the letter of a drive.
    if match.string.startswith(("=", ":\\"), at + len(match[group])):
        return None
    if name.count("/") > 1 or _NO_NAME.fullmatch(name):
        return None
    if ("home" in match[0].lower() or "users" in match[0].lower()) and _is_no_folder(name.lower()):
        return None
    return Found(at, at + len(name), USER, name.lower() if folds_case else name)


def _is_no_folder(name: str) -> bool:
    """Return whether a name below `/home` or `/users` is a file or a part of an address, and nobody's folder"
    "."""
    return name in NO_FOLDERS or ("." in name and name.rpartition(".")[2] in FILE_ENDINGS)


def _host(match: re.Match[str], group: str) -> Found | None:
    name = match[group].rstrip(".-")
    at = match.start(group)
    if not name or not _LETTER.search(name) or name.lower() in NO_HOSTS:
        return None
    if name in ("n", "N") and match.string.startswith(("/a", "/A"), at + 1):
        return None
    if is_nobody(name) or parse(name) is not None or is_interface(name) or _NO_HOST.fullmatch(name):
        return None
    if name.lower().partition(".")[0] in PACKAGES or _ARPA.search(name):
        return None
    if (
        _SITE.fullmatch(name)
        or _DOMAIN_ALONE.fullmatch(name)
        or _NO_MACHINE.fullmatch(name)
        or _UUID.fullmatch(name)
        or _SNAKE.fullmatch(name)
    ):
        return None
    if name.lower().rpartition(".")[2] in ONLY_FILES and "." in name:
        return None
    if _MAC_SHAPE.fullmatch(name) and next(find_macs(name, 0, len(name)), None) is not None:
        return None
    return Found(at, at + len(name), HOST, normal_host(name))


def _disjoint(found: dict[int, Found], start: int) -> Iterator[Found]:
    end_of_last = start
    for item in sorted(found.values()):
        if item.start >= end_of_last:
            yield item
            end_of_last = item.end


def _types(phrase: Phrase) -> set[str]:
    return {group.partition("_")[0] for group in phrase.compiled.groupindex} & {USER, HOST}


def _grouped(hint: str) -> str:
    """Return a pattern as a part of another one."""
    return f"(?i:{hint.removeprefix('(?i)')})" if hint.startswith("(?i)") else f"(?:{hint})"


def _escaped(mark: str) -> str:
    return re.escape(mark).replace(r"\ ", " ")


find_users = name_detector((USER,))
find_hosts = name_detector((HOST,))
