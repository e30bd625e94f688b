"""DeltaTable: versions as commits to a table of Delta Lake.

A commit carries an application transaction: the dataset and the number of the version. Delta Lake itself
accepts the same one twice, so the table is asked for its last one first. A commit that finds another one
before it fails and isn't repeated, so two processes can't add a version twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from lumber.destinations.tables.table import Commit, Committed, Rows, failed, foreign_table, overtaken

_DATASET, _NUMBER, _EXPORT, _DATA_VERSION = (
    f"lumber.{name}" for name in ("dataset", "version", "export_id", "data_version")
)
# Commits that are searched for the export of the last version: others may have optimised the table since.
_SEARCHED = 100


class VersionsInDelta:
    """A table of Delta Lake at an address."""

    def __init__(self, place: str, dataset: str, options: Mapping[str, str]) -> None:
        self.place = place
        self._dataset = dataset
        self._options = dict(options)
        self._app_id = f"lumber/{dataset}"

    def last(self) -> Committed | None:
        """Return the version that it holds, None if there is no table."""
        table = self._open()
        if table is None:
            return None
        with _errors(self.place):
            number = table.transaction_version(self._app_id)
            if number is None:
                raise foreign_table(self.place, self._dataset)
            for commit in table.history(_SEARCHED):
                if (commit.get(_DATASET), commit.get(_NUMBER)) == (self._dataset, str(number)):
                    return Committed(number, commit.get(_EXPORT))
        return Committed(number, None)

    def commit(self, commit: Commit, rows: Rows) -> None:
        """Write a version in one commit."""
        from deltalake import CommitProperties, Transaction, write_deltalake

        table = self._open()
        known = None
        with _errors(self.place):
            if table is not None:
                known = table.transaction_version(self._app_id)
        if known is not None and known >= commit.version.number:
            raise overtaken(self.place)
        properties = CommitProperties(
            custom_metadata={
                _DATASET: commit.dataset,
                _NUMBER: str(commit.version.number),
                _EXPORT: commit.version.export_id or "",
                _DATA_VERSION: commit.data_version,
            },
            max_commit_retries=0,
            app_transactions=[Transaction(self._app_id, commit.version.number)],
        )
        reader: Any = rows.reader(commit.schema)
        with _errors(self.place):
            if table is None:
                write_deltalake(
                    self.place,
                    reader,
                    mode="error",
                    storage_options=self._options,
                    commit_properties=properties,
                )
            elif commit.is_append:
                write_deltalake(table, reader, mode="append", commit_properties=properties)
            else:
                write_deltalake(
                    table, reader, mode="overwrite", schema_mode="overwrite", commit_properties=properties
                )

    def _open(self) -> Any:
        from deltalake import DeltaTable
        from deltalake.exceptions import TableNotFoundError

        with _errors(self.place):
            try:
                return DeltaTable(self.place, storage_options=self._options)
            except TableNotFoundError:
                return None


@contextmanager
def _errors(place: str) -> Iterator[None]:
    from deltalake.exceptions import CommitFailedError, DeltaError

    try:
        yield
    except CommitFailedError:
        raise overtaken(place) from None
    except (DeltaError, OSError, ValueError) as error:
        raise failed(place, error) from None
