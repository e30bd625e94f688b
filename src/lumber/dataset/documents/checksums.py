"""SHA256SUMS: the sha256 of every file but itself and the manifest, for `sha256sum -c SHA256SUMS`.

The manifest is written last and lists this file with its hash: from it, everything can be checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_LINE = re.compile(r"([0-9a-f]{64})  (.+)")


def checksum_lines(files: Iterable[tuple[str, str]]) -> str:
    """Write one line for each pair of path and sha256, in the order of the paths."""
    return "".join(f"{sha256}  {path}\n" for path, sha256 in sorted(files))


def read_checksums(text: str) -> dict[str, str]:
    """Return the sha256 of every path. Raises ValueError for a line that is none, or a path named twice."""
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        match = _LINE.fullmatch(line)
        if match is None or match[2] in found:
            raise ValueError(f"line {number} is not a sha256 and a new path")
        found[match[2]] = match[1]
    return found
