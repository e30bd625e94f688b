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
    stands for the files that match it. The file `without` is left out of both.
    """
    found = FoundSources()
    for name in names:
        list_files = _listing(name)
        if list_files is None:
            found.names.append(name)
            continue
        try:
            files = [file for file in list_files(name) if _absolute(file) != without]
        except OSError as error:
            reason = SourceMissing(f"{error.filename or name} cannot be read: {error.strerror}.")
            found.failed.append((name, reason))
            continue
        found.counts[name] = len(files)
        found.names += files
        if not files:
            found.failed.append((name, _nothing(name)))
    found.names = list(dict.fromkeys(found.names)) if found.counts else found.names
    return found


def _listing(name: str) -> Callable[[str], list[str]] | None:
    """Return what lists the files of a folder or pattern; None for any other name."""
    if name == "-":
        return None
    path = Path(name).expanduser()
    if path.is_dir():
        return _files_in
    # A file whose name has brackets is a file.
    return _files_like if glob.has_magic(name) and not os.path.lexists(path) else None


def _files_in(name: str) -> list[str]:
    """Return the files of a folder, sorted. Raises OSError for a folder in it that can't be read."""
    found: list[Path] = []
    for folder, folders, files in os.walk(Path(name).expanduser(), onerror=_raise):
        folders[:] = [each for each in folders if not _is_hidden(each)]
        paths = (Path(folder, each) for each in files if not _is_hidden(each))
        found += [path for path in paths if not path.is_symlink()]
    return _regular(found)


def _files_like(name: str) -> list[str]:
    """Return the files whose names match, sorted. `**` stands for any folders, but not for links to them.

    Hidden files and folders only match a pattern with a hidden name. Raises OSError for a wrong pattern.
    """
    parts = Path(name).expanduser().parts
    first = next(index for index, part in enumerate(parts) if glob.has_magic(part))
    base, pattern = Path(*parts[:first]), list(parts[first:])
    if pattern[-1] == "**":
        pattern.append("*")
    try:
        found = list(base.glob(str(Path(*pattern))))
    except ValueError as error:
        raise OSError(errno.EINVAL, str(error), name) from None
    if not any(_is_hidden(part) for part in pattern):
        found = [path for path in found if not any(map(_is_hidden, path.relative_to(base).parts))]
    return _regular(found)


def _is_hidden(name: str) -> bool:
    return name.startswith(".")


def _regular(paths: Iterable[Path]) -> list[str]:
    return sorted(str(path) for path in set(paths) if path.is_file())


def _raise(error: OSError) -> None:
    raise error


def _absolute(name: str) -> Path:
    return Path(name).expanduser().absolute()


def _nothing(name: str) -> SourceMissing:
    if Path(name).expanduser().is_dir():
        return SourceMissing(
            f"The folder {name} has no files to load. Hidden files and links are left out: name them."
        )
    return SourceMissing(f"No file matches {name}. Check the path and the pattern.")
