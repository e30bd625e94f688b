"""Hides the password of `--database-url` from the process list, which every user of the machine can read.

Linux shows the memory in which a program got its arguments, so that the program can change what is shown.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

_OPTION = "--database-url"
_USER_PASSWORD = re.compile(r"://[^/?#:@]*:(?P<secret>.*)@")
_PARAMETER = re.compile(r"[?&][^=&#]*password[^=&#]*=(?P<secret>[^&#]+)", re.IGNORECASE)
_MOST_STARS = 3  # the length of a password is nobody's business either
# Fields of /proc/self/stat, from the state on: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
_ARG_START, _ARG_END = 45, 46
_ADVICE = (
    "note: the password in --database-url {what}. Set LUMBER_DATABASE_URL instead, or keep the password in a "
    "file: postgresql://USER@HOST/NAME?passfile=FILE"
)


def hide_passwords(arguments: Sequence[str]) -> None:
    """Remove the passwords of database addresses from the process list, and say how to pass them safely.

    `arguments` stay as they are: the program needs them.
    """
    if masked(arguments) == list(arguments):
        return
    is_hidden = sys.platform == "linux" and _overwrite()
    what = "was visible to other users of this machine until now" if is_hidden else "is visible to others"
    print(_ADVICE.format(what=what), file=sys.stderr)


def masked(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with every password in a value of `--database-url` masked; none gets longer."""
    return [
        _masked(text) if before == _OPTION or text.startswith(f"{_OPTION}=") else text
        for before, text in zip(["", *arguments], arguments, strict=False)
    ]


def _masked(text: str) -> str:
    for pattern in (_USER_PASSWORD, _PARAMETER):
        for match in reversed(list(pattern.finditer(text))):
            begin, end = match.span("secret")
            text = text[:begin] + "*" * min(end - begin, _MOST_STARS) + text[end:]
    return text


def _overwrite() -> bool:
    """Mask the passwords in the memory that the kernel shows; return whether it worked."""
    import ctypes  # slow to load

    try:
        # The name of the program, in parentheses, may hold spaces.
        fields = Path("/proc/self/stat").read_bytes().rpartition(b")")[2].split()
        start, end = int(fields[_ARG_START]), int(fields[_ARG_END])
        shown = Path("/proc/self/cmdline").read_bytes()
    except (OSError, ValueError, IndexError):
        return False
    if not start or len(shown) != end - start or ctypes.string_at(start, len(shown)) != shown:
        return False
    words = masked([os.fsdecode(word) for word in shown.split(b"\0")])
    hidden = b"\0".join(os.fsencode(word) for word in words)
    ctypes.memmove(start, hidden.ljust(len(shown), b"\0"), len(shown))
    return True
