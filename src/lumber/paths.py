"""Tell a path on this machine from an address such as `s3://bucket/folder`.

Opened as a path, an address would silently become a local folder named `s3:`.
"""

from __future__ import annotations

import re
from pathlib import Path

from lumber.errors import ConfigError, FieldProblem

# A Path keeps only one of the slashes. Names of one letter aren't schemes.
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")


def address_in(path: str | Path) -> str | None:
    """Return the address that is given as a path; None for a path on this machine."""
    text = str(path)
    found = _SCHEME.match(text)
    if found is None:
        return None
    return text if text.startswith("/", found.end()) else f"{found[0]}/{text[found.end() :]}"


def address_problem(path: str | Path) -> str | None:
    """Say what is wrong with an address that is given as a path; None for a path on this machine."""
    address = address_in(path)
    if address is None:
        return None
    return f"{address} is an address. Use a path on this machine"


def require_local(field: str, path: str | Path | None) -> None:
    """Raise ConfigError if the path of `field` is an address."""
    if path is not None and (problem := address_problem(path)) is not None:
        raise ConfigError([FieldProblem(field, address_in(path), problem)])
