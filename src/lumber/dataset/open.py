"""Dataset: an exported dataset, opened in Python."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow as pa

from lumber.catalog.kind import json_field
from lumber.dataset.derived import schema_with_lists, with_lists
from lumber.dataset.files import DatasetFiles, files_of
from lumber.dataset.folder_files import FolderFiles
from lumber.dataset.manifest import FieldEntry, KindSection, TableSection
from lumber.dataset.manifest_file import read_manifest
from lumber.dataset.shards import listed_shards, read_shard, split_order
from lumber.dataset.verify import Report, verify_dataset
from lumber.errors import ConfigError, DatasetDamaged, FieldProblem
from lumber.files.expansion import Expansion
from lumber.formats.reading import Unreadable, arrow_type
from lumber.settings import load_settings

if TYPE_CHECKING:
    import datasets  # type: ignore[import-untyped]
    import pandas


class Dataset:
    """A finished dataset, in a folder or a destination. Rows are read only when a method needs them.

    `kind` may be left out where the dataset has one kind only; without `split` all splits are read, train
    first. Every format gives the same types: times are timestamp[us, UTC], columns of JSON hold its text,
    and CSV cells are without the escape for spreadsheets.
    """

    def __init__(self, place: str | Path | DatasetFiles) -> None:
        """Open the folder, or the files elsewhere. Raises DatasetMissing or DatasetDamaged."""
        self.files = files_of(Path(place) if isinstance(place, str) else place)
        self._limits = load_settings().read_limits
        self._manifest = read_manifest(self.files, self._limits)

    @property
    def path(self) -> Path:
        """The folder of the dataset. Raises ConfigError for a dataset that isn't in a folder of its own."""
        if isinstance(self.files, FolderFiles):
            return self.files.folder
        raise ConfigError([FieldProblem("path", None, f"{self.files.name} isn't a folder on this machine")])

    @property
    def manifest(self) -> Mapping[str, Any]:
        """The manifest, as plain JSON values."""
        return self._manifest.as_json()

    @property
    def export_id(self) -> str | None:
        """The id of the export that made it."""
        return self._manifest.export_id

    @property
    def kinds(self) -> tuple[str, ...]:
        """Its kinds, including those without rows, and the tables derived from them: templates, sequences."""
        return (*self._manifest.kinds, *self._manifest.derived)

    def splits(self, kind: str | None = None) -> dict[str, int]:
        """Return the number of rows in each split of a kind, in the order of the splits."""
        name, _ = self._kind(kind)
        found: dict[str, int] = {}
        for entry in self._manifest.files:
            if entry.kind == name and entry.split is not None:
                found[entry.split] = found.get(entry.split, 0) + (entry.rows or 0)
        return {split: found[split] for split in split_order(found)}

    def to_arrow(self, kind: str | None = None, split: str | None = None) -> pa.Table:
        """Return the rows of a kind as an Arrow table of the manifest's schema.

        Lists of templates and sequences are lists, even if a text format stores them as JSON.
        Raises ConfigError for a kind or a split that is not there, and DatasetDamaged if a file is not what
        the manifest says, or if rows that it lists can't be read.
        """
        name, listed = self._kind(kind)
        try:
            written = pa.schema([_field(field) for field in listed.fields])
        except Unreadable as error:
            raise DatasetDamaged(f"{self.files.name} {error}") from error
        batches = self._batches(name, split, written)
        schema = schema_with_lists(name, written)
        if schema != written:
            batches = (with_lists(batch, schema) for batch in batches)
        return pa.Table.from_batches(batches, schema)

    def to_polars(self, kind: str | None = None, split: str | None = None) -> pl.DataFrame:
        """Return the rows of a kind as a Polars frame. Raises as `to_arrow` does."""
        frame = pl.from_arrow(self.to_arrow(kind, split))
        assert isinstance(frame, pl.DataFrame)
        return frame

    def to_pandas(self, kind: str | None = None, split: str | None = None) -> pandas.DataFrame:
        """Return the rows of a kind as a pandas frame, for which pandas must be installed.

        Raises as `to_arrow` does.
        """
        _require("pandas")
        frame: pandas.DataFrame = self.to_arrow(kind, split).to_pandas()
        return frame

    def to_hf(self, kind: str | None = None) -> datasets.DatasetDict:
        """Return every split of a kind for Hugging Face's `datasets`, which must be installed.

        It is held in memory. `datasets.load_dataset(str(dataset.path), kind)` reads from the disk instead.
        """
        _require("datasets")
        import datasets

        return datasets.DatasetDict(
            {split: datasets.Dataset(self.to_arrow(kind, split)) for split in self.splits(kind)}
        )

    def verify(self) -> Report:
        """Read all files again and compare them with the manifest."""
        return verify_dataset(self.files, limits=self._limits)

    def __repr__(self) -> str:
        parts = [
            f"{kind}: {' + '.join(f'{split} {rows:,}' for split, rows in self.splits(kind).items()) or '0'}"
            for kind in self.kinds
        ]
        return f"<lumber.Dataset {self.files.name!r} {'; '.join(parts)}>"

    def _repr_html_(self) -> str:
        """Show a table in a notebook."""
        rows = [
            f"<tr><td>{html.escape(kind)}</td><td>{html.escape(split)}</td>"
            f"<td style='text-align:right'>{count:,}</td></tr>"
            for kind in self.kinds
            for split, count in (self.splits(kind) or {"": 0}).items()
        ]
        head = "<tr><th>kind</th><th>split</th><th>rows</th></tr>"
        return f"<p><code>{html.escape(self.files.name)}</code></p><table>{head}{''.join(rows)}</table>"

    def _kind(self, kind: str | None) -> tuple[str, KindSection | TableSection]:
        kinds: dict[str, KindSection | TableSection] = {**self._manifest.kinds, **self._manifest.derived}
        if kind is None and len(self._manifest.kinds) == 1:
            kind = next(iter(kinds))
        if kind is None:
            raise ConfigError(
                [FieldProblem("kind", None, "is needed: the dataset has several", tuple(kinds))]
            )
        if kind not in kinds:
            raise ConfigError([FieldProblem("kind", kind, f"{kind!r} is not in the dataset", tuple(kinds))])
        return kind, kinds[kind]

    def _batches(self, kind: str, split: str | None, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        order = list(self.splits(kind))
        if split is not None and split not in order:
            raise ConfigError(
                [FieldProblem("split", split, f"{split!r} is not a split of {kind}", tuple(order))]
            )
        expansion = Expansion(self._limits)
        for shard in listed_shards(self.files, self._manifest, kind):
            if split in (None, shard.name.split):
                for batch in read_shard(self.files, self._manifest, shard, expansion):
                    yield batch.cast(schema)


def _field(listed: FieldEntry) -> pa.Field[Any]:
    if listed.is_json:
        return json_field(listed.name)
    return pa.field(listed.name, arrow_type(listed), nullable=listed.nullable)


def _require(library: str) -> None:
    from importlib.util import find_spec

    if find_spec(library) is None:
        raise ModuleNotFoundError(f"{library} is not installed: run `pip install {library}`", name=library)
