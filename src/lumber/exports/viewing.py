"""The rows of finished exports, for a person to look at: found in the ledger, read from the dataset.

Looking at rows is an outgoing of data, so it is recorded like a download: once for a viewing, not for each
page.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO, TypeVar

from lumber.dataset.manifest_file import read_without_files
from lumber.dataset.rows.heads import Heads, look_at_columns
from lumber.dataset.rows.reader import RowReader
from lumber.dataset.rows.table import RowFile, RowTable, tables_of
from lumber.errors import ConfigError, DatasetDamaged, FieldProblem
from lumber.exports.download import DatasetFiles, find_dataset, rejects_of
from lumber.exports.ledger import ExportStatusManager
from lumber.files.expansion import ReadLimits
from lumber.formats.naming import parse_shard_name
from lumber.formats.reading import Unreadable
from lumber.store.models import ExportFile

T = TypeVar("T")

# Each reads at most a row group and what is decompressed of it, so this bounds memory and CPU.
_READS_AT_ONCE = 2
_MOST_DATASETS = 32
# Of all datasets that are remembered: a dataset may have 100,000 files.
_MOST_FILES = 200_000
_MOST_HEADS = 500
_HEADS_SECONDS = 3.0
_VIEWING_SECONDS = 30 * 60.0
_MOST_VIEWINGS = 10_000


@dataclass(frozen=True, slots=True)
class KindRejects:
    """The rejects of a data type: rejected rows, rejects by `column.rule`, and the size of their file.

    `size_bytes` is None if there is no file.
    """

    path: str
    rows: int
    by_rule: dict[str, int]
    size_bytes: int | None


@dataclass(frozen=True, slots=True)
class ViewedDataset:
    """A finished dataset: its tables by name, data types first, and the rejects of each data type."""

    export_id: str
    dataset: DatasetFiles
    tables: dict[str, RowTable]
    rejects: dict[str, KindRejects]

    @property
    def file_count(self) -> int:
        """The number of files of all tables."""
        return sum(len(table.files) for table in self.tables.values())

    @property
    def kinds(self) -> list[str]:
        """The data types of the dataset. Others are tables that were made of them."""
        return [name for name, table in self.tables.items() if not table.is_derived]

    def kind(self, name: str | None) -> str:
        """Return a data type of the dataset; without a name the first. Raises ConfigError."""
        known = self.kinds
        chosen = known[0] if name is None else name
        if chosen not in known:
            message = f"{name!r} is not a data type of this dataset"
            raise ConfigError([FieldProblem("kind", name, message, tuple(known))])
        return chosen

    def table(self, kind: str | None, split: str | None) -> RowTable:
        """Return the rows of a table and a split; without them the first table, and all splits.

        Raises ConfigError that names those that exist.
        """
        name = next(iter(self.tables)) if kind is None else kind
        if name not in self.tables:
            message = f"{kind!r} is not a table of this dataset"
            raise ConfigError([FieldProblem("kind", kind, message, tuple(self.tables))])
        splits = self.tables[name].splits()
        if split is not None and split not in splits:
            message = f"{split!r} is not a split of {name}"
            raise ConfigError([FieldProblem("split", split, message, tuple(splits))])
        return self.tables[name].of_split(split)

    def reader(self, table: RowTable, limits: ReadLimits) -> RowReader:
        """Return what reads a table. Opening a file raises ExportFileNotFound if it has changed."""

        def open_file(file: RowFile) -> BinaryIO:
            return self.dataset.open(file.path, file.size_bytes)

        return RowReader(table, open_file, limits)


class RowViews:
    """Remembers the files of datasets that somebody looks at, and reads a few pages at a time."""

    def __init__(self) -> None:
        self._datasets: OrderedDict[str, ViewedDataset] = OrderedDict()
        self._heads: OrderedDict[tuple[str, str, str | None], Heads] = OrderedDict()
        self._threads = ThreadPoolExecutor(_READS_AT_ONCE, thread_name_prefix="lumber-rows")

    async def find(self, ledger: ExportStatusManager, export_id: str) -> ViewedDataset:
        """Return the dataset of an export.

        Raises ExportNotFound, ExportStateError before it is completed, ExportFileNotFound when its manifest
        is gone, and DatasetDamaged.
        """
        dataset = await find_dataset(ledger, export_id, paths=lambda _kinds: ())
        known = self._datasets.get(export_id)
        if known is not None and known.dataset.folder == dataset.folder:
            self._datasets.move_to_end(export_id)
            return known
        found = await asyncio.to_thread(_viewed, dataset, await ledger.files(export_id))
        self._datasets[export_id] = found
        while len(self._datasets) > 1 and self._is_full():
            self._datasets.popitem(last=False)
        return found

    async def read(self, work: Callable[[], T]) -> T:
        """Return what reading returns. Others wait meanwhile if too many read."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def heads(self, viewed: ViewedDataset, name: str, split: str | None, limits: ReadLimits) -> Heads:
        """Return what the columns of a table are like. They are made once, and remembered.

        Raises DatasetDamaged and ExportFileNotFound.
        """
        key = (viewed.export_id, name, split)
        found = self._heads.get(key)
        if found is None:
            reader = viewed.reader(viewed.table(name, split), limits)
            found = await self.read(partial(look_at_columns, reader, seconds=_HEADS_SECONDS))
            self._heads[key] = found
            while len(self._heads) > _MOST_HEADS:
                self._heads.popitem(last=False)
        self._heads.move_to_end(key)
        return found

    def close(self) -> None:
        """Take no more reads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _is_full(self) -> bool:
        files = sum(each.file_count for each in self._datasets.values())
        return len(self._datasets) > _MOST_DATASETS or files > _MOST_FILES


async def find_viewed(ledger: ExportStatusManager, export_id: str) -> ViewedDataset:
    """Return the dataset of an export, for a single look at it. Raises as `RowViews.find` does."""
    dataset = await find_dataset(ledger, export_id, paths=lambda _kinds: ())
    return await asyncio.to_thread(_viewed, dataset, await ledger.files(export_id))


class Viewings:
    """Remembers who looks at which rows: pages soon after one another are one viewing."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._until: OrderedDict[tuple[str, ...], float] = OrderedDict()
        self._now = now

    def is_new(self, *viewing: str) -> bool:
        """Say whether a viewing begins with this page. It ends half an hour after its last page."""
        return self._until.get(viewing, 0.0) <= self._now()

    def keep(self, *viewing: str) -> None:
        """Remember a page of a viewing that was recorded."""
        self._until[viewing] = self._now() + _VIEWING_SECONDS
        self._until.move_to_end(viewing)
        while len(self._until) > _MOST_VIEWINGS:
            self._until.popitem(last=False)


def _viewed(dataset: DatasetFiles, files: Sequence[ExportFile]) -> ViewedDataset:
    with dataset.open_manifest() as file:
        manifest = read_without_files(file)
    shards = [_row_file(file) for file in files if file.kind]
    sizes = {file.path: file.size_bytes for file in files if not file.kind}
    rejects = {
        kind: KindRejects(path, section.rejected, section.rejects_by_rule, sizes.get(path))
        for (kind, section), path in zip(
            manifest.kinds.items(), rejects_of(list(manifest.kinds)), strict=True
        )
    }
    return ViewedDataset(dataset.export_id, dataset, tables_of(manifest, shards), rejects)


def _row_file(file: ExportFile) -> RowFile:
    try:
        name = parse_shard_name(file.path)
    except Unreadable as error:
        raise DatasetDamaged(f"{file.path} {error}.") from None
    return RowFile(file.path, file.size_bytes, file.rows, name)
