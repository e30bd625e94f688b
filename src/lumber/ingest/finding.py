"""Finds the sources that a command names: files, folders, patterns of names, and standard input."""

from __future__ import annotations

import errno
import glob
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lumber.errors import IngestError, SourceMissing


@dataclass(slots=True)
class FoundSources:
    """The names of single sources, those that stand for none, and the number of files of each other.

    `counts` has the folders and patterns. Files that were found twice are in `names` once.
    """

    names: list[str] = field(default_factory=list)
    failed: list[tuple[str, IngestError]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def is_single(self) -> bool:
        """Say whether there is one source only, whose error is that of the command."""
        return len(self.names) + len(self.failed) == 1


def find_sources(names: Sequence[str], without: Path | None = None) -> FoundSources:
    """Return the sources that `names` stand for, in this order, and the files of each by name.

    A folder stands for its files and those of the folders in it, except hidden ones and links. A pattern
    stands for the files that match it. The file `without` is left out of both. A folder in it that can't be
    read has failed by itself.
    """
    found = FoundSources()
    for name in names:
        list_files = _listing(name)
        if list_files is None:
            found.names.append(name)
            continue
        errors: list[OSError] = []
        files = [file for file in list_files(name, errors) if _absolute(file) != without]
        for error in errors:
            place = str(error.filename or name)
            found.failed.append((place, SourceMissing(f"{place} cannot be read: {error.strerror}.")))
        if errors and not files:
            continue
        found.counts[name] = len(files)
        found.names += files
        if not files:
            found.failed.append((name, _nothing(name)))
    found.names = list(dict.fromkeys(found.names)) if found.counts else found.names
    return found


def _listing(name: str) -> Callable[[str, list[OSError]], list[str]] | None:
    """Return what lists the files of a folder or pattern; None for any other name.

    It adds an error for each folder that can't be read to its list.
    """
    if name == "-":
        return None
    path = Path(name).expanduser()
    if path.is_dir():
        return _files_in
    # A file whose name has brackets is a file.
    return _files_like if glob.has_magic(name) and not os.path.lexists(path) else None


def _files_in(name: str, errors: list[OSError]) -> list[str]:
    """Return the files of a folder, sorted."""
    found: list[Path] = []
    for folder, folders, files in os.walk(Path(name).expanduser(), onerror=errors.append):
        folders[:] = [each for each in folders if not _is_hidden(each)]
        paths = (Path(folder, each) for each in files if not _is_hidden(each))
        found += [path for path in paths if not path.is_symlink()]
    return _regular(found)


def _files_like(name: str, errors: list[OSError]) -> list[str]:
    """Return the files whose names match, sorted. `**` stands for any folders, but not for links to them.

    Hidden files and folders only match a pattern with a hidden name. A wrong pattern is an error too.
    """
    parts = Path(name).expanduser().parts
    first = next(index for index, part in enumerate(parts) if glob.has_magic(part))
    base, pattern = Path(*parts[:first]), list(parts[first:])
    if pattern[-1] == "**":
        pattern.append("*")
    is_hiding = not any(_is_hidden(part) for part in pattern)
    try:
        found = _matches(base, pattern, is_hiding)
        # The search passes over folders that it can't read.
        folders = {
            folder
            for depth, part in enumerate(pattern)
            if glob.has_magic(part)
            for folder in _matches(base, pattern[:depth], is_hiding)
        }
    except ValueError as error:
        errors.append(OSError(errno.EINVAL, str(error), name))
        return []
    except OSError as error:
        errors.append(error)
        return []
    errors += filter(None, map(_error_of, sorted(folders)))
    return _regular(found)


def _matches(base: Path, pattern: Sequence[str], is_hiding: bool) -> list[Path]:
    """Return the files and folders that match, without hidden ones if asked. Raises ValueError, OSError."""
    if not pattern:
        return [base]
    found = base.glob(str(Path(*pattern)))
    return [path for path in found if not (is_hiding and any(map(_is_hidden, path.relative_to(base).parts)))]


def _error_of(folder: Path) -> OSError | None:
    """Return why a folder can't be read; None if it can, or if it is no folder."""
    try:
        with os.scandir(folder):
            return None
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        return error


def _is_hidden(name: str) -> bool:
    return name.startswith(".")


def _regular(paths: Iterable[Path]) -> list[str]:
    return sorted(str(path) for path in set(paths) if path.is_file())


def _absolute(name: str) -> Path:
    return Path(name).expanduser().absolute()


def _nothing(name: str) -> SourceMissing:
    if Path(name).expanduser().is_dir():
        return SourceMissing(
            f"The folder {name} has no files to load. Hidden files and links are left out: name them."
        )
    return SourceMissing(f"No file matches {name}. Check the path and the pattern.")
