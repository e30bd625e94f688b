"""What a version takes from its parent: files as links, and counts as the result of one more partition."""

from __future__ import annotations

import hashlib
import os
import posixpath
import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from lumber.dataset.layout import output_errors
from lumber.dataset.manifest import FileEntry, Manifest
from lumber.dataset.totals import KindTotals
from lumber.engine.plan import VersionPlan
from lumber.engine.result import PartitionResult
from lumber.errors import DatasetDamaged
from lumber.exports.stored import RESULT
from lumber.exports.versions.reserving import Parent
from lumber.files.folder import Folder
from lumber.files.staged import create_staged, remove_staged
from lumber.formats.staged_file import Key, StagedFile

# Before all partitions, whose numbers begin with 0.
_ORDINAL = -1

Inherited = dict[tuple[str, int], PartitionResult]


def inherited_results(version: VersionPlan, parent: Parent | None) -> Inherited:
    """Return the parent's counts and files of kinds that add to them. The files have their paths there."""
    if parent is None:
        return {}
    return {
        (kind, _ORDINAL): _inherited(RESULT.load(parent.totals[kind]), parent.number)
        for kind in version.modes
        if version.is_append(kind)
    }


def link_results(results: Inherited, parent: Parent | None, staging: Path) -> Inherited:
    """Link the files of inherited results into staging. Raises DatasetDamaged if one is gone or changed."""
    if parent is None or not results:
        return results
    with _opened(parent) as folder, output_errors(staging):
        return {
            key: replace(
                result,
                shards=tuple(_link(folder, shard, staging) for shard in result.shards),
                rejects=None if result.rejects is None else _link(folder, result.rejects, staging),
            )
            for key, result in results.items()
        }


def share_files(totals: Mapping[str, KindTotals], parent: Parent, manifest: Manifest, staging: Path) -> None:
    """Replace shards of kinds that were read whole with the parent's, where these have the same content."""
    known = {
        (entry.kind, entry.split, entry.content_sha256 or entry.sha256): entry
        for entry in manifest.files
        if entry.kind is not None
    }
    with _opened(parent) as folder, output_errors(staging):
        for kind, of_kind in totals.items():
            for place, shard in enumerate(of_kind.shards):
                entry = known.get((kind, shard.split or "train", shard.content_sha256 or shard.sha256))
                if shard.since is None and entry is not None:
                    with suppress(DatasetDamaged):
                        of_kind.shards[place] = _link(folder, staged_of(entry, parent.number), staging)
                        remove_staged(staging / shard.name)


def link_files(entries: Iterable[FileEntry], parent: Parent, staging: Path) -> dict[str, str]:
    """Link files of the parent into staging, and return their final paths by their names there."""
    with _opened(parent) as folder, output_errors(staging):
        return {_link(folder, staged_of(entry, parent.number), staging).name: entry.path for entry in entries}


def link_file(path: Path, file: StagedFile, staging: Path) -> StagedFile:
    """Link a file of the dataset in the folder `path` into staging. Raises DatasetDamaged."""
    try:
        with Folder.open(path) as folder, output_errors(staging):
            return _link(folder, file, staging)
    except OSError as error:
        raise DatasetDamaged(f"{path} can't be read: {error}.") from error


def staged_of(entry: FileEntry, number: int) -> StagedFile:
    """Return a file of the version `number` as an export knows files, with its path as the name."""
    return StagedFile(
        entry.path,
        entry.rows or 0,
        entry.size_bytes,
        entry.sha256,
        None if entry.first_key is None else Key(*entry.first_key),
        None if entry.last_key is None else Key(*entry.last_key),
        entry.split,
        entry.content_sha256,
        since=number if entry.since is None else entry.since,
    )


def _inherited(result: PartitionResult, number: int) -> PartitionResult:
    shards = tuple(
        shard if shard.since is not None else replace(shard, since=number) for shard in result.shards
    )
    return replace(result, ordinal=_ORDINAL, shards=shards)


def _opened(parent: Parent) -> Folder:
    try:
        return Folder.open(Path(parent.path))
    except OSError as error:
        raise DatasetDamaged(f"{parent.path}, version {parent.number}, can't be read: {error}.") from error


def _link(folder: Folder, file: StagedFile, staging: Path) -> StagedFile:
    """Link a file, whose name is its path in the folder, into staging; copy it where links can't be made."""
    suffix = posixpath.basename(file.name).partition(".")[2]
    place = hashlib.sha256(file.name.encode()).hexdigest()[:16]
    name = f"inherited-{file.sha256[:16]}-{place}.{suffix}"
    target = staging / name
    try:
        state = folder.state(file.name)
        if state.st_size != file.size_bytes:
            raise DatasetDamaged(f"{file.name} has {state.st_size:,} bytes, not {file.size_bytes:,}.")
        with suppress(FileNotFoundError):
            target.unlink()
        try:
            with folder.parent(file.name) as (inner, base):
                os.link(base, target, src_dir_fd=inner.handle, follow_symlinks=False)
        except OSError:
            with folder.file(file.name) as source, os.fdopen(create_staged(target), "wb") as copy:
                shutil.copyfileobj(source, copy, 1 << 20)
                copy.flush()
                os.fsync(copy.fileno())
    except FileNotFoundError as error:
        raise DatasetDamaged(f"{file.name} of the version before is gone.") from error
    return replace(file, name=name)
