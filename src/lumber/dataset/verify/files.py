"""Opens the listed files of a dataset, and reports those that can't be opened or aren't what is listed."""

from __future__ import annotations

from typing import BinaryIO

from lumber.dataset.files import DatasetFiles, Unlike
from lumber.dataset.layout import MANIFEST
from lumber.dataset.manifest import FileEntry
from lumber.dataset.verify.report import Report
from lumber.files.folder import PathRefused, is_plain_path


def open_listed(files: DatasetFiles, entry: FileEntry, report: Report) -> BinaryIO | None:
    """Open a listed file whose size and sha256 match. Report a problem and return None otherwise."""
    if not is_plain_path(entry.path) or entry.path == MANIFEST:
        report.add(entry.path, "is not a path inside the dataset: not opened")
        return None
    try:
        return files.open(entry)
    except Unlike as error:
        report.add(entry.path, str(error))
    except FileNotFoundError:
        report.add(entry.path, "is missing")
    except PathRefused as error:
        report.add(entry.path, f"{error.strerror}: not opened")
    except OSError as error:
        report.add(entry.path, f"cannot be read: {error.strerror or error}")
    return None
