"""Removes the folder of an export in the exports folder. Links are neither followed nor removed."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from lumber.files.folder import Folder

# A folder is renamed before it is removed: an interrupted removal is found again by this name.
REMOVED = ".lumber-removed-"


def remove_export_folder(exports_dir: Path, name: str) -> bool:
    """Remove the folder `name`, and return whether there is nothing of this name now."""
    try:
        exports = Folder.open(exports_dir)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    with exports, suppress(OSError, RecursionError):
        if exports.has_folder(name):
            exports.remove(_renamed(exports, name))
        return exports.find(name) is None
    return False


def _renamed(exports: Folder, name: str) -> str:
    """Rename a folder, so that it disappears at once, and return its present name."""
    if name.startswith(REMOVED):
        return name
    removed = f"{REMOVED}{name}"
    try:
        exports.remove(removed)
        os.rename(name, removed, src_dir_fd=exports.handle, dst_dir_fd=exports.handle)
    except OSError:
        return name  # for example a disk that is mounted here
    return removed
