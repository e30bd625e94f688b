"""The moves of a commit: listed before they begin, so that a crash in the midst of them can be undone.

The list gives each staged file its place in the output folder. It also says which file it is: its inode, size
and time of change, and whether it is a link to a file of an earlier version of the dataset. What is at the
place and isn't that file is left alone, and so is what a link leads to.
"""

from __future__ import annotations

import json
import os
import posixpath
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from lumber.dataset.layout import MANIFEST
from lumber.files.folder import Folder, PathRefused, is_plain_path, set_mode
from lumber.files.json_text import DOCUMENT_BYTES, load_document
from lumber.files.staged import STAGING

_LIST = "commit.json"
# Inode, size in bytes and time of change in nanoseconds, which a rename keeps. For a link 1 follows.
_IDENTITY, _LINK = 3, 1


def list_moves(staging: Folder, moves: Mapping[str, str], mode: int) -> bytes:
    """Return the list of moves (`moves`: staged name -> path in the output folder).

    Staged files get their final mode first.
    """
    listed: dict[str, list[Any]] = {}
    for name, target in moves.items():
        with staging.file(name) as file:
            set_mode(file.fileno(), mode)
            listed[name] = [target, *_identity(os.fstat(file.fileno()))]
    return json.dumps(listed).encode()


@dataclass(frozen=True, slots=True)
class Begun:
    """What a commit has done: `files`, staged name -> place, and the `folders` that it makes for them."""

    files: Mapping[str, str]
    folders: frozenset[str]


def begun(output: Folder, staging: Folder, *, is_own: bool) -> Begun:
    """Return what was moved, as far as the very files that were listed are in their places.

    Version 0.1.0 listed only the places. Such a list counts if `is_own`: the staging folder is named by the
    random id of the present export, so nobody else can have written it. Without a list nothing was moved.
    """
    files = {}
    listed = _read(staging)
    for name, (target, identity) in listed.items():
        if staging.find(name) is not None or (identity is None and not is_own):
            continue
        with suppress(FileNotFoundError, PathRefused):
            if _is_listed(output.state(target), identity):
                files[name] = target
    return Begun(files, frozenset(folder for target, _ in listed.values() for folder in folders_of(target)))


def undo_moves(output: Folder, staging: Folder, *, is_own: bool) -> None:
    """Put back into staging what was moved, and remove the folders that are empty then."""
    listed = _read(staging)
    done = begun(output, staging, is_own=is_own)
    for name, target in done.files.items():
        with suppress(FileNotFoundError, PathRefused), output.parent(target) as (parent, final):
            os.rename(final, name, src_dir_fd=parent.handle, dst_dir_fd=staging.handle)
            # Somebody may have replaced the file between the look at it and the move.
            if not _is_listed(staging.state(name), listed[name][1]) and parent.find(final) is None:
                os.rename(name, final, src_dir_fd=staging.handle, dst_dir_fd=parent.handle)
    for folder in sorted(done.folders, key=len, reverse=True):
        with suppress(OSError):
            output.rmdir(folder)


def folders_of(path: str) -> Iterator[str]:
    """Yield the folders that a path goes through, the innermost first."""
    while path := posixpath.dirname(path):
        yield path


def _read(staging: Folder) -> dict[str, tuple[str, list[int] | None]]:
    """Return the list: staged name -> path and identity. Nothing that an export didn't write."""
    try:
        with staging.file(_LIST) as file:
            value = load_document(file.read(DOCUMENT_BYTES + 1))
    except (OSError, ValueError):
        return {}  # the list was not finished, so nothing was moved
    if not isinstance(value, dict):
        return {}
    found: dict[str, tuple[str, list[int] | None]] = {}
    for name, listed in value.items():
        target, *identity = listed if isinstance(listed, list) and listed else [listed]
        if not _is_move(name, target) or len(identity) not in (0, _IDENTITY, _IDENTITY + 1):
            return {}
        found[name] = (target, identity or None)
    return found


def _is_move(name: str, target: Any) -> bool:
    if not isinstance(target, str) or not is_plain_path(target) or not is_plain_path(name) or "/" in name:
        return False
    return target.split("/")[0] not in (MANIFEST, STAGING)


def _is_listed(state: os.stat_result, identity: list[int] | None) -> bool:
    if not stat.S_ISREG(state.st_mode):
        return False
    is_link = identity is not None and identity[_IDENTITY:] == [_LINK]
    if state.st_nlink != 1 and not is_link:
        return False
    return identity is None or _identity(state)[:_IDENTITY] == identity[:_IDENTITY]


def _identity(state: os.stat_result) -> list[int]:
    return [state.st_ino, state.st_size, state.st_mtime_ns, *([_LINK] if state.st_nlink > 1 else [])]
