"""Names of files that a service gives: only plain ones inside the dataset are written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from lumber.dataset.layout import MANIFEST
from lumber.errors import RemoteError
from lumber.exports.metadata import FileRecord
from lumber.files.folder import is_plain_path
from lumber.files.staged import STAGING
from lumber.text import counted

_MOST_FILES = 1_000_000
_LONGEST_NAME_BYTES, _LONGEST_PATH_BYTES = 255, 4_096
# Also in texts that other systems read: control characters, and those that turn the direction of a line.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f:*?\"<>|\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# Windows opens devices by these names, whatever their ending.
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)
_SHA256 = re.compile(r"[0-9a-f]{64}")


def check_files(server: str, files: Sequence[FileRecord]) -> None:
    """Raise RemoteError unless all files have safe paths that don't exclude each other, sizes and hashes."""
    if len(files) > _MOST_FILES:
        raise _refused(server, f"lists {counted(len(files), 'file')}, more than {_MOST_FILES:,}")
    seen: set[str] = set()
    folders: set[str] = set()
    for file in files:
        if (problem := _problem(file)) is not None:
            raise _refused(server, f"lists the file {file.path[:200]!r}, which {problem}")
        name = _folded(file.path)
        if name in seen:
            raise _refused(server, f"lists the file {file.path!r} twice")
        seen.add(name)
        parts = name.split("/")
        folders.update("/".join(parts[:depth]) for depth in range(1, len(parts)))
    if both := seen & folders:
        raise _refused(server, f"lists {min(both)!r} as a file and as a folder")


def _problem(file: FileRecord) -> str | None:
    parts = file.path.split("/")
    if not is_plain_path(file.path) or file.path.startswith("~"):
        return "is not a path inside the dataset"
    if _UNSAFE.search(file.path) or any(map(_is_unsafe, parts)):
        return "has a name that isn't safe on every system"
    sizes = [len(part.encode()) for part in parts]
    if max(sizes) > _LONGEST_NAME_BYTES or sum(sizes) > _LONGEST_PATH_BYTES:
        return "has a name that is too long"
    if _folded(file.path) == MANIFEST or parts[0].startswith(STAGING):
        return "has the name of another file of Lumber"
    if file.size_bytes < 0 or _SHA256.fullmatch(file.sha256) is None:
        return "has no valid size and sha256"
    return None


def _is_unsafe(name: str) -> bool:
    return name != name.rstrip(" .") or _DEVICE.fullmatch(name) is not None


def _folded(path: str) -> str:
    """Return the path as disks see it that ignore case or normalise names."""
    return unicodedata.normalize("NFC", path).casefold()


def _refused(server: str, what: str) -> RemoteError:
    return RemoteError(f"{server} {what}. Nothing was downloaded.")
