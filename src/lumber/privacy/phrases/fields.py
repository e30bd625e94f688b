"""Fields that hold users and hosts: their names, in JSON and before `=` or `:` in texts."""

from __future__ import annotations

import re
from functools import lru_cache

_PARENTS = r"(?:[\w-]{1,64}+\.){0,8}"
_SIDE = (
    r"(?:(?:src|dst|dest|destination|source|target|remote|local|effective|subject|client|db|auth|invalid|ca"
    r"ller|sender|login"
    r"|real|new|old|sudo|ssh|admin|linux|windows|proxy|http|ftp|smtp|sasl|peer|server|origin|orig|run_?as)["
    r"._-]?)?"
)
_USERS = (
    r"(?:user[._-]?(?:(?:full|display|real)[._-]?)?name|users?[._-]?(?:name|id)|user|uname|usr|usr[._-]?name|"
    r"login[._-]?name"
    r"|login"
    r"|logname|acct|account[._-]?(?:name|id)|account|owner[._-]?name|owner|author[._-]?name|author|principal"
    r"(?:[._-]?name)?|sam[._-]?account[._-]?name|user[._-]?principal[._-]?name|upn|member[._-]?uid"
    r"|(?:claims|jwt|userinfo|(?:id_?|access_?)?token)[._-]sub)"
)
# What people are called, and who did something.
_PEOPLE = (
    r"(?:display|full|first|last|given|family|nick|sur|real|middle|maiden|customer|employee|patient|contact"
    r")[._-]?name|surname"
    r"|(?:created|updated|modified|changed|requested|approved|deleted|uploaded|submitted|assigned|reported|"
    r"performed"
    r"|executed|invoked|initiated|edited|owned|locked)[._-]?by|assignee|reporter|approver|uploader|committe"
    r"r|employee"
    r"|requester|submitter|pusher|nick|screen[._-]?name|(?:requester|submitter|pusher|player)[._-]?name"
    r"|run[._-]?as(?:[._-]?user)?|actor(?:[._-]?name)?|operator[._-]?name"
)
_HOSTS = (
    r"(?:host[._-]?(?:name|id(?:entifier)?)?|hostname|fqdn|(?:computer|machine|node|server|device|workstation"
    r"|client|age"
    r"nt|instance"
    r"|peer|dns|system|dvc|nas|network[._-]?device|domain[._-]?controller)[._-]?(?:host)?name|device[._-"
    r"]?id|workstation|comput"
    r"er|(?:[rsdv]|dvc|v)host|nas[._-]?identifier|(?:dev|src|dst)name"
    r"|rhost|helo|ehlo)"
)
USER_FIELD = re.compile(rf"{_PARENTS}(?:{_SIDE}{_USERS}|[sdrle]user|{_PEOPLE})", re.IGNORECASE)
HOST_FIELD = re.compile(rf"{_PARENTS}{_SIDE}{_HOSTS}", re.IGNORECASE)
# What is between a field's name and its value.
_SIGN = r"(?:\\*+[\"'])?(?:\s{1,20}=>?\s{1,8}|=>?|:(?![:/])\s{0,8})"
_OPEN = r"\\*+[\"'<]?"
# Simpler patterns that are in every text with such a field, also in the syntax of Polars.
_SIGN_HINT = r"(?:\\*[\"'])?\s{0,20}[=:]"
USER_HINT = (
    rf"(?i)(?:user|uname|usr|login|logname|acct|account|owner|author)(?:[._-]?(?:name|id))?{_SIGN_HINT}"
)
QUOTED_HINT = rf"(?i)(?:user|login|account|owner|author)(?:[._-]?name)?{_SIGN_HINT}\s{{0,8}}\\{{0,3}}[\"']"
PEOPLE_HINT = (
    r"(?i)(?:name|by|assignee|reporter|approver|uploader|committer|employee|run[._-]?as(?:[._-]?user)?|actor"
    rf"|requester|submitter|pusher|nick|operator|principal|upn){_SIGN_HINT}"
)
HOST_HINT = (
    r"(?i)(?:host|fqdn|computer|machine|node|server|device|workstation|client|agent|instance|peer|dns|system|"
    r"dvc|dev|src|dst"
    rf"|nas|domain|helo|ehlo|upstream)[a-z._-]{{0,24}}{_SIGN_HINT}"
)
USER_MARKS = ("user", "uname", "usr", "login", "logname", "acct", "account", "owner", "author")
# From the mark on; what precedes it belongs to the field's name.
USER_VALUE = re.compile(
    rf"(?<!/)(?<!imap-)(?<!pop3-)(?<!sieve-)(?<!submission-)(?:user|uname|usr|login|logname|acct|(?<!ser"
    rf"vice)ac"
    rf"count|owner|author)(?:[._-]?(?:name|id))?{_SIGN}{_OPEN}"
    r"(?P<user>[^\s,;&\"'()\[\]{}<>|\\=]++)(?!=)",
    re.IGNORECASE,
)
# The same with spaces in the name.
QUOTED_MARKS = ("user", "login", "account", "owner", "author")
QUOTED_VALUE = re.compile(
    r"(?:user|login|account|owner|author)(?:[._-]?name)?(?:\\*+[\"'])?\s{0,8}[=:]\s{0,8}"
    r"(?P<quote>\\{0,3}[\"'])(?P<user>[^\"'\\\s=:,;{}\[\]()<>]{1,64}+"
    r"(?: [^\"'\\\s=:,;{}\[\]()<>]{1,64}+){1,3})(?P=quote)",
    re.IGNORECASE,
)
PEOPLE_MARKS = (
    *(
        "display",
        "full",
        "first",
        "last",
        "given",
        "family",
        "nick",
        "sur",
        "real",
        "middle",
        "maiden",
        "customer",
    ),
    *(
        "employee",
        "patient",
        "contact",
        "created",
        "updated",
        "modified",
        "changed",
        "requested",
        "approved",
        "deleted",
    ),
    *(
        "uploaded",
        "submitted",
        "assigned",
        "reported",
        "performed",
        "executed",
        "invoked",
        "initiated",
        "edited",
        "owned",
    ),
    *(
        "locked",
        "assignee",
        "reporter",
        "approver",
        "uploader",
        "committer",
        "run",
        "actor",
        "operator",
        "principal",
        "upn",
        "requester",
        "submitter",
        "pusher",
        "screen",
        "player",
    ),
)
PEOPLE_VALUE = re.compile(
    rf"(?:(?<![A-Za-z0-9])|(?<=user)|(?<=account)|(?<=actor))(?:{_PEOPLE}|principal(?:[._-]?name)?|upn"
    rf"){_SIGN}"
    r"(?:(?P<quote>\\{0,3}[\"'])(?P<user>[^\"'\\\r\n=:,;{}\[\]()<>]{1,128}+)(?P=quote)"
    r"|<?(?P<user_2>[^\s,;&\"'()\[\]{}<>|\\=:]++)(?!=))",
    re.IGNORECASE,
)
HOST_MARKS = (
    *(
        "host",
        "fqdn",
        "computer",
        "machine",
        "node",
        "server",
        "device",
        "workstation",
        "client",
        "agent",
        "instance",
    ),
    *(
        "peer",
        "dns",
        "system",
        "dvc",
        "nas",
        "domain",
        "helo",
        "ehlo",
        "upstream",
        "devname",
        "srcname",
        "dstname",
    ),
)
# `ghost=` and `localhost:` are no names of hosts.
_BEFORE_HOST = (
    r"(?:(?<![A-Za-z/])|(?<=network)|(?<=Network)|(?<=src)|(?<=dst)|(?<=dest)|(?<=source)|(?<=target)|(?"
    r"<=remote)|(?<=client)|(?<=ser"
    r"ver)|(?<=peer)"
    r"|(?<=[^A-Za-z][rsdv])|(?<=dvc)|(?<=destination)|(?<=origin))"
)
HOST_VALUE = re.compile(
    rf"{_BEFORE_HOST}(?:{_HOSTS}{_SIGN}{_OPEN}\[?|(?:node|server|peer|upstream)(?==){_SIGN}{_OPEN}\[?"
    # Parts of programs have names as well, which are mostly words.
    r"(?=[\w-]{0,80}[\d.-]))"
    r"(?!n/a\b)(?P<host>[^\W_][\w.-]*+)(?!:[0-9A-Fa-f]{0,4}:|[=@(]|\s?=|%[0-9A-Fa-f]{2})",
    re.IGNORECASE,
)


@lru_cache(maxsize=4_096)
def is_user_field(name: str) -> bool:
    """Return whether a field of this name contains a user name."""
    return USER_FIELD.fullmatch(name) is not None


@lru_cache(maxsize=4_096)
def is_host_field(name: str) -> bool:
    """Return whether a field of this name contains the name of a host."""
    return HOST_FIELD.fullmatch(name) is not None
