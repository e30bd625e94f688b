"""FinalFiles: the names that staged files get in the dataset, and how the manifest lists them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from lumber.dataset.layout import CHANGES, sketches_path
from lumber.dataset.manifest import FileEntry
from lumber.files.staged import open_staged, remove_staged
from lumber.formats.naming import shard_path
from lumber.formats.periods import Period, period_folder
from lumber.formats.sink import HashingFile
from lumber.formats.staged_file import StagedFile


class FinalFiles:
    """The files of a dataset that is about to be committed.

    `moves` gives each file of the staging folder its final path, `entries` lists the files in their order.
    `suffix` is the ending of the shards. `version` is the number of the dataset's version, if it is one.
    """

    def __init__(self, staging: Path, suffix: str, version: int | None = None) -> None:
        self.suffix = suffix
        self._version = version
        self.moves: dict[str, str] = {}
        self.entries: list[FileEntry] = []
        self.staging = staging

    def add_shards(
        self, table: str, by_split: Mapping[str, Sequence[StagedFile]], period: Period | None = None
    ) -> None:
        """Add the shards of a kind, or of a table beside the kinds.

        With `period` each one goes into the folder of its rows' period.
        """
        for split, shards in by_split.items():
            for index, shard in enumerate(shards):
                path = shard_path(table, split, index, len(shards), self.suffix, _folder(shard, period))
                self._add(path, shard, kind=table, split=split, rows=shard.rows)

    def add_rejects(self, kind: str, parts: Sequence[StagedFile]) -> None:
        """Join the rejects of a kind's partitions into one file and add it; without rejects there is none.

        If a version has no new ones, the file is that of the version before.
        """
        if not parts:
            return
        is_inherited = len(parts) == 1 and parts[0].since is not None
        joined = parts[0] if is_inherited else _join_rejects(self.staging, kind, parts)
        self._add(f"rejects/{kind}.jsonl", joined, rows=joined.rows)

    def add_changes(self, listed: Mapping[str, StagedFile | None]) -> None:
        """Add the lists of what a version changes in each kind."""
        for kind, file in listed.items():
            if file is not None:
                self._add(f"{CHANGES}/{kind}.jsonl", file, rows=file.rows)

    def add_sketches(self, kind: str, version: int, content: bytes) -> None:
        """Add the sketches of the shards that a version wrote of a kind."""
        path = self.staging / f"sketches-{kind}"
        remove_staged(path)
        self._add(sketches_path(kind, version), _write(path, content))

    def add_inherited(
        self, entries: Sequence[FileEntry], link: Callable[[list[FileEntry], Path], dict[str, str]]
    ) -> None:
        """Add files of earlier versions, which `link` links into staging."""
        if entries:
            self.moves.update(link(list(entries), self.staging))
            self.entries.extend(entries)

    def add_document(self, name: str, text: str) -> None:
        """Write a document and add it."""
        self._add(name, _write(self.staging / f"document-{name}", text.encode()))

    def _add(
        self,
        path: str,
        file: StagedFile,
        *,
        kind: str | None = None,
        split: str | None = None,
        rows: int | None = None,
    ) -> None:
        self.moves[file.name] = path
        self.entries.append(
            FileEntry(
                path=path,
                kind=kind,
                split=split,
                rows=rows,
                size_bytes=file.size_bytes,
                sha256=file.sha256,
                content_sha256=file.content_sha256,
                first_key=None if file.first_key is None else list(file.first_key),
                last_key=None if file.last_key is None else list(file.last_key),
                since=self._version if file.since is None else file.since,
            )
        )


def _folder(shard: StagedFile, period: Period | None) -> str | None:
    if period is None:
        return None
    # Its rows are all of one period.
    assert shard.first_key is not None
    return period_folder(period, shard.first_key.time_us)


def _join_rejects(staging: Path, kind: str, parts: Sequence[StagedFile]) -> StagedFile:
    target = HashingFile(staging / f"{kind}-rejects.jsonl")
    for part in parts:
        with open_staged(staging / part.name) as source:
            while chunk := source.read(1 << 20):
                target.write(chunk)
    target.close()
    rows = sum(part.rows for part in parts)
    return StagedFile(f"{kind}-rejects.jsonl", rows, target.bytes_written, target.sha256)


def _write(path: Path, content: bytes) -> StagedFile:
    file = HashingFile(path)
    file.write(content)
    file.close()
    return StagedFile(path.name, 0, file.bytes_written, file.sha256)
