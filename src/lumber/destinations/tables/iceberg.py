"""Iceberg: versions as snapshots of a table of Apache Iceberg, with a catalog in a SQL database.

The properties of the table have the last version. They change in the commit of its rows, so they survive when
old snapshots are expired. A commit that finds another one before it fails and isn't repeated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from lumber.destinations.tables.table import Commit, Committed, Rows, failed, foreign_table, overtaken

_CATALOG = "lumber"
_DATASET, _NUMBER, _EXPORT, _DATA_VERSION = (
    f"lumber.{name}" for name in ("dataset", "version", "export-id", "data-version")
)
# The library would repeat a failed commit with the same rows.
_ONE_ATTEMPT = {"commit.retry.num-retries": "0"}


class VersionsInIceberg:
    """A table of Iceberg: `<dataset>.<kind>` in a catalog, with its files at an address."""

    def __init__(
        self, catalog: str, place: str, dataset: str, kind: str, options: Mapping[str, str] | None = None
    ) -> None:
        """Name the table; `catalog` is the URL of the catalog's database, such as `sqlite:///catalog.db`."""
        self.place = place
        self._uri = catalog
        self._dataset = dataset
        self._name = (dataset, kind)
        self._options = dict(options or {})

    def last(self) -> Committed | None:
        """Return the version that it holds, None if there is no table."""
        with self._catalog() as catalog:
            table = self._load(catalog)
        return None if table is None else self._last(table)

    def commit(self, commit: Commit, rows: Rows) -> None:
        """Write a version in one commit."""
        schema = pa.schema([_widened(field) for field in commit.schema])
        properties = {
            _DATASET: commit.dataset,
            _NUMBER: str(commit.version.number),
            _EXPORT: commit.version.export_id or "",
            _DATA_VERSION: commit.data_version,
        }
        reader = rows.reader(commit.schema).cast(schema)
        with self._catalog() as catalog:
            table = self._load(catalog)
            if table is None:
                catalog.create_namespace_if_not_exists(self._name[0])
                with catalog.create_table_transaction(
                    self._name, schema=schema, location=self.place, properties={**_ONE_ATTEMPT, **properties}
                ) as transaction:
                    transaction.append(reader, snapshot_properties=properties)
                return
            if self._last(table).number >= commit.version.number:
                raise overtaken(self.place)
            with table.transaction() as transaction:
                transaction.set_properties({**_ONE_ATTEMPT, **properties})
                if commit.is_append:
                    transaction.append(reader, snapshot_properties=properties)
                else:
                    _replace_schema(table, transaction, schema)
                    transaction.overwrite(reader, snapshot_properties=properties)

    def _last(self, table: Any) -> Committed:
        number, dataset = table.properties.get(_NUMBER, ""), table.properties.get(_DATASET)
        if dataset != self._dataset or not number.isdecimal():
            raise foreign_table(self.place, self._dataset)
        return Committed(int(number), table.properties.get(_EXPORT) or None)

    def _load(self, catalog: Any) -> Any:
        from pyiceberg.exceptions import NoSuchNamespaceError, NoSuchTableError

        try:
            return catalog.load_table(self._name)
        except (NoSuchTableError, NoSuchNamespaceError):
            return None

    @contextmanager
    def _catalog(self) -> Iterator[Any]:
        from pyiceberg.catalog.sql import SqlCatalog
        from pyiceberg.exceptions import CommitFailedException, TableAlreadyExistsError
        from sqlalchemy.exc import SQLAlchemyError

        try:
            catalog = SqlCatalog(_CATALOG, uri=self._uri, warehouse=self.place, **self._options)
            try:
                yield catalog
            finally:
                catalog.close()
        except (CommitFailedException, TableAlreadyExistsError):
            raise overtaken(self.place) from None
        except (SQLAlchemyError, OSError, ValueError) as error:
            raise failed(self.place, error) from None


def _replace_schema(table: Any, transaction: Any, schema: pa.Schema) -> None:
    """Give the table the columns of a version, if they differ. Columns of the same name begin anew."""
    from pyiceberg.io.pyarrow import schema_to_pyarrow

    present = schema_to_pyarrow(table.schema(), include_field_ids=False)
    if [(f.name, f.nullable) for f in present] == [(f.name, f.nullable) for f in schema] and _types(
        present
    ) == _types(schema):
        return
    with transaction.update_schema(allow_incompatible_changes=True) as update:
        for field in table.schema().fields:
            update.delete_column(field.name)
    with transaction.update_schema(allow_incompatible_changes=True) as update:
        update.union_by_name(schema)


def _types(schema: pa.Schema) -> list[str]:
    return [str(field.type).replace("large_", "") for field in schema]


def _widened(field: pa.Field[Any]) -> pa.Field[Any]:
    """Return a column in a type that Iceberg has: it has no integers under 32 bits, and no unsigned ones."""
    if field.type in (pa.int8(), pa.int16(), pa.uint8(), pa.uint16()):
        return field.with_type(pa.int32())
    return field.with_type(pa.int64()) if field.type in (pa.uint32(), pa.uint64()) else field
