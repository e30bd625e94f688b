"""The records of Linux audit: `type=SYSCALL msg=audit(1364481363.243:24287): arch=c000003e ...`.

Source of the format: the audit documentation of the Linux Audit Project. A value with unusual characters is
in hexadecimal, without quotes. With `log_format = ENRICHED`, the meaning of numbers follows after a group
separator.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Any

from lumber.ingest.devices.body import MOST_FIELDS, Body, typed
from lumber.ingest.devices.rows import Line

START = r"^(?:node=\S+ )?type=\S+ msg=audit\([0-9]+(?:\.[0-9]+)?:[0-9]+\) ?:"
_HEADER = re.compile(
    r"(?:node=(?P<node>\S+) )?type=(?P<type>\S+) "
    r"msg=audit\((?P<stamp>[0-9]+(?:\.[0-9]+)?):(?P<serial>[0-9]+)\) ?: ?(?P<rest>.*)",
    re.DOTALL,
)
_PAIR = re.compile(r"""(?<![\w.\[\]-])([A-Za-z_][\w.\[\]-]*)=("[^"]*"|'[^']*'|[^\s,"']*)""")
_HEX = re.compile(r"(?:[0-9A-F]{2})+")
# The fields that the kernel and audit's library write in hexadecimal if a character needs it.
_ENCODED = frozenset(
    {
        "proctitle", "comm", "ocomm", "exe", "cwd", "name", "path", "dir", "file", "cmd", "data", "acct",
        "key", "watch", "device", "vm", "grp", "new_group", "root_dir", "old", "sw", "invalid_context",
    }
)  # fmt: skip
_ARGUMENT = re.compile(r"a[0-9]+(?:\[[0-9]+\])?")
_WITH_ARGUMENTS = "EXECVE"
_INTERPRETED = "\x1d"
# Values that stand for none.
_NONE = frozenset({"(null)", "(none)", "?"})
# Between the arguments of a process title, and between the keys of several rules.
_SEPARATORS = str.maketrans({"\x00": " ", "\x01": ","})


def read(text: str) -> Line | None:
    """Return a record. The message is what follows its number; a record without it has its type there."""
    found = _HEADER.fullmatch(text)
    if found is None:
        return None
    data: dict[str, Any] = {"type": found["type"], "serial": typed(found["serial"])}
    rest = found["rest"]
    raw, _, meaning = rest.partition(_INTERPRETED)
    for name, value in (*_pairs(raw, found["type"]), *_pairs(meaning, "")):
        data.setdefault(name, value)
    body = Body(rest or found["type"], data, process="auditd", host=found["node"])
    return Line(found["stamp"], body)


def read_message(text: str) -> Body | None:
    """Return a record that audit's plugin sent to syslog, whose header has the time."""
    line = read(text)
    return None if line is None else line.body._replace(process=None)


def _pairs(text: str, type_: str) -> list[tuple[str, Any]]:
    """Return the values of a record by their names. A value in apostrophes has values of its own."""
    pairs: list[tuple[str, Any]] = []
    for name, value in islice((found.groups() for found in _PAIR.finditer(text)), MOST_FIELDS):
        if value.startswith("'"):
            pairs.append((name, dict(_pairs(value[1:-1], type_)) or value[1:-1]))
        elif value.startswith('"'):
            pairs.append((name, value[1:-1]))
        else:
            pairs.append((name, _plain(name, value, type_)))
    return pairs


def _plain(name: str, value: str, type_: str) -> Any:
    """Return a value without quotes: a number, text, or text that was encoded."""
    if value in _NONE:
        return None
    is_encoded = name in _ENCODED or (type_ == _WITH_ARGUMENTS and _ARGUMENT.fullmatch(name))
    if is_encoded and _HEX.fullmatch(value):
        try:
            return bytes.fromhex(value).decode().translate(_SEPARATORS).strip()
        except UnicodeDecodeError:
            return value
    if type_ and _ARGUMENT.fullmatch(name):
        return value  # of a system call: in hexadecimal, also if it has digits only
    return typed(value)
