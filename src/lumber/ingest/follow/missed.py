"""Finds what was written to a followed file before it was rotated, in the files beside it.

`logrotate` and its like rename a file, or copy it: `app.log.1`, `app.log-20240501.gz`, `app-20240501.log`.
The content decides: a rotated file begins with what was loaded of the followed one.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lumber.errors import IngestError
from lumber.ingest.ledger import FINGERPRINT_BYTES, Entry
from lumber.ingest.limits import Limits
from lumber.ingest.resume import begins_with, fingerprint
from lumber.ingest.sources import Source

# Older copies are of earlier rotations.
_MOST_COPIES = 100


def rotated_files(path: Path, entry: Entry, limits: Limits) -> list[Path] | None:
    """Return the copy of a file that begins with what was loaded as `entry`, and the later ones, in order.

    None if no copy is left.
    """
    later: list[Path] = []
    for copy in _copies(path):
        if _is_of(copy, entry, limits):
            return [copy, *reversed(later)]
        if copy.name.startswith(path.name):
            later.append(copy)
    return None


def _copies(path: Path) -> Iterator[Path]:
    """Yield the files beside `path` that may be rotated, the newest first."""
    stem = path.name.partition(".")[0]
    found = []
    for other in path.parent.iterdir():
        if other.name != path.name and other.name.startswith(stem) and other.is_file():
            found.append((other.stat().st_mtime_ns, other))
    for _, other in sorted(found, reverse=True)[:_MOST_COPIES]:
        yield other


def _is_of(copy: Path, entry: Entry, limits: Limits) -> bool:
    try:
        with Source(str(copy), copy).open(limits) as stream:
            is_short = entry.bytes_done < FINGERPRINT_BYTES
            head = stream.peek(FINGERPRINT_BYTES)
            return (is_short or fingerprint(head) == entry.fingerprint) and begins_with(stream, entry)
    except (IngestError, OSError):
        return False
