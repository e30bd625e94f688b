"""The shards of a finished dataset, read for `open` and `diff`: all rows that are listed, or an error."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import closing
from dataclasses import dataclass

import pyarrow as pa

from lumber.dataset.files import DatasetFiles
from lumber.dataset.layout import MANIFEST
from lumber.dataset.manifest import FileEntry, KindSection, Manifest, TableSection
from lumber.dataset.verify.files import open_listed
from lumber.dataset.verify.report import Report
from lumber.errors import DatasetDamaged
from lumber.files.expansion import Expansion
from lumber.formats.naming import ShardName, parse_shard_name
from lumber.formats.reading import JsonText, ReadRequest, Unreadable
from lumber.steps.split import SPLITS
from lumber.text import counted

_ADVICE = "Run `lumber verify` to see everything that is wrong."


@dataclass(frozen=True, slots=True)
class ListedShard:
    """A shard as the manifest lists it, and what its path says."""

    entry: FileEntry
    name: ShardName


def listed_shards(files: DatasetFiles, manifest: Manifest, kind: str) -> list[ListedShard]:
    """Return the shards of a kind, or of a table that was made of one: train first, in the order of rows.

    Raises DatasetDamaged if an entry isn't a shard that can be read here, or if rows are missing.
    """
    found = []
    for entry in manifest.files:
        if entry.kind != kind:
            continue
        try:
            name = parse_shard_name(entry.path)
        except Unreadable as error:
            raise DatasetDamaged(f"{files.name}: {entry.path} {error}. {_ADVICE}") from None
        if (name.kind, name.split) != (kind, entry.split):
            where = f"is not the name of a shard of {kind}, split {entry.split}"
            raise DatasetDamaged(f"{files.name}: {entry.path} {where}. {_ADVICE}")
        found.append(ListedShard(entry, name))
    _check_rows(files, manifest, kind, found)
    order = split_order({shard.name.split for shard in found})
    return sorted(found, key=lambda shard: (order.index(shard.name.split), shard.name.index))


def split_order(splits: Collection[str]) -> list[str]:
    """Return the names of splits in their order; unknown ones come last, by name."""
    return [*(split for split in SPLITS if split in splits), *sorted(set(splits) - set(SPLITS))]


def read_shard(
    files: DatasetFiles,
    manifest: Manifest,
    shard: ListedShard,
    expansion: Expansion,
    columns: Collection[str] | None = None,
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a shard, the same values for every format; columns of JSON are canonical text.

    With `columns` only these are read. `expansion` bounds what shards expand to. Raises DatasetDamaged if the
    file isn't the one that the manifest lists, can't be read, expands too far, or holds another number of
    rows.
    """
    entry, name = shard.entry, shard.name
    report = Report()
    file = open_listed(files, entry, report)
    if file is None:
        raise DatasetDamaged(f"{files.name}: {report.problems[0].path} {report.problems[0].problem}")
    is_escaped = manifest.config.get("csv_escape_formulas") is True
    fields = _listed(manifest, name.kind).fields
    request = ReadRequest(fields, columns, JsonText.CANONICAL, is_escaped, expansion=expansion)
    rows = 0
    with closing(file):
        try:
            for batch in name.format.reader(file, name.compression, request).batches():
                rows += batch.num_rows
                if entry.rows is not None and rows > entry.rows:
                    raise Unreadable(f"holds more than {counted(entry.rows, 'row')}, which {MANIFEST} lists")
                yield batch
        except Unreadable as error:
            raise DatasetDamaged(f"{files.at(entry.path)} {error}") from error
    if rows != entry.rows:
        found = f"holds {counted(rows, 'row')}, the manifest lists {entry.rows}"
        raise DatasetDamaged(f"{files.at(entry.path)} {found}. {_ADVICE}")


def _check_rows(files: DatasetFiles, manifest: Manifest, kind: str, shards: list[ListedShard]) -> None:
    """Raise DatasetDamaged if the manifest counts other rows of a kind than it lists shards for."""
    listed = _listed(manifest, kind)
    written = listed.written if isinstance(listed, KindSection) else listed.rows
    found = sum(shard.entry.rows or 0 for shard in shards)
    if found != written:
        text = f"{MANIFEST} counts {counted(written, 'row')} of {kind}, its shards have {found:,}"
        raise DatasetDamaged(f"{files.name}: {text}. {_ADVICE}")


def _listed(manifest: Manifest, kind: str) -> KindSection | TableSection:
    return manifest.kinds[kind] if kind in manifest.kinds else manifest.derived[kind]
