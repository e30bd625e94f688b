"""Finds what a version changes in a kind that was read whole, by the ids and the content of its rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from lumber.catalog.kind import Kind
from lumber.dataset.diff.columns import hash_rows, without_json_null
from lumber.dataset.diff.compare import Changes, compare
from lumber.dataset.diff.difference import Change
from lumber.dataset.diff.keys import MOST_IN_MEMORY, Keys
from lumber.dataset.diff.opened import Opened
from lumber.errors import DatasetDamaged, ExportCancelled
from lumber.files.expansion import ReadLimits
from lumber.files.staged import open_staged
from lumber.formats import WriteOptions, get_format
from lumber.formats.reading import JsonText, ReadRequest, Unreadable, schema_fields
from lumber.formats.sink import HashingFile
from lumber.formats.staged_file import StagedFile
from lumber.steps.split import TRAIN


@dataclass(frozen=True, slots=True)
class KindChanges:
    """How many rows of a kind a version adds, changes and removes, and the file that lists them by id."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    listed: StagedFile | None = None

    @property
    def is_empty(self) -> bool:
        """Say whether no row differs."""
        return not (self.added or self.changed or self.removed)


def find_changes(
    kind: Kind,
    shards: Sequence[StagedFile],
    staging: Path,
    options: WriteOptions,
    parent: Path,
    limits: ReadLimits,
    *,
    is_cancelled: Callable[[], bool],
) -> KindChanges:
    """Compare staged shards of a kind with the parent's, and write `changes-KIND.jsonl` into staging.

    A row that moved to another split counts as changed. Raises DatasetDamaged or ExportCancelled.
    """
    opened = Opened(parent, limits)
    columns = [name for name in kind.schema.names if name != kind.id_column]
    before, now = Keys(MOST_IN_MEMORY), Keys(MOST_IN_MEMORY)
    splits: list[str] = []
    with closing(before), closing(now):
        for listed in opened.shards(kind.name):
            for batch in opened.batches(listed, [kind.id_column, *columns]):
                _add(before, batch, kind, columns, _number(splits, listed.name.split))
        for shard in shards:
            for batch in _batches(shard, staging, kind, options):
                if is_cancelled():
                    raise ExportCancelled("The export was cancelled.")
                _add(now, batch, kind, columns, _number(splits, shard.split or TRAIN))
        return _write(kind.name, compare(before, now, (str(parent), str(staging))), staging)


def _write(kind: str, found: Iterator[Changes], staging: Path) -> KindChanges:
    counts = dict.fromkeys(Change, 0)
    changed = 0
    name = f"changes-{kind}.jsonl"
    file: HashingFile | None = None
    rows = 0
    try:
        for changes in found:
            for change in Change:
                counts[change] += int(changes.of(change).sum())
            changed += int((changes.of(Change.CHANGED) | changes.of(Change.MOVED)).sum())
            if len(changes) and file is None:
                (staging / name).unlink(missing_ok=True)
                file = HashingFile(staging / name)
            if file is not None:
                gone = changes.of(Change.REMOVED).tolist()
                lines = [
                    json.dumps({"op": "delete" if is_gone else "upsert", "id": id_})
                    for id_, is_gone in zip(changes.ids.tolist(), gone, strict=True)
                ]
                file.write("".join(f"{line}\n" for line in lines).encode())
                rows += len(lines)
    except BaseException:
        if file is not None:
            file.abort()
        raise
    if file is None:
        return KindChanges()
    file.close()
    listed = StagedFile(name, rows, file.bytes_written, file.sha256)
    return KindChanges(counts[Change.ADDED], changed, counts[Change.REMOVED], listed)


def _add(keys: Keys, batch: pa.RecordBatch, kind: Kind, columns: Sequence[str], split: int) -> None:
    plain = without_json_null(batch, kind.json_columns)
    ids = np.array(plain.column(kind.id_column).to_numpy(zero_copy_only=False), dtype=np.int64)
    keys.add(ids, hash_rows(plain, list(columns)), split)


def _batches(shard: StagedFile, staging: Path, kind: Kind, options: WriteOptions) -> Iterator[pa.RecordBatch]:
    request = ReadRequest(
        schema_fields(kind.schema), json=JsonText.CANONICAL, is_escaped=options.csv_escape_formulas
    )
    names = [kind.id_column, *(name for name in kind.schema.names if name != kind.id_column)]
    try:
        with open_staged(staging / shard.name) as file:
            for batch in get_format(options.format).reader(file, options.compression, request).batches():
                yield pa.RecordBatch.from_arrays([batch.column(name) for name in names], names)
    except Unreadable as error:
        raise DatasetDamaged(f"{shard.name} {error}") from error


def _number(splits: list[str], name: str) -> int:
    if name not in splits:
        splits.append(name)
    return splits.index(name)
