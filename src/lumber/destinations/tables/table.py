"""VersionTable: a table with the rows of one kind, to which versions of a dataset are committed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from typing import Protocol

import pyarrow as pa

from lumber.errors import ConfigError, DestinationConflict, DestinationError, FieldProblem

# Signatures and tokens in the addresses that libraries put into their messages.
_PARAMETERS = re.compile(r"\?[^\s)\"']*")
_LONGEST = 300


class TableFormat(StrEnum):
    """The table formats, each an extra of the package."""

    DELTA = "delta"
    ICEBERG = "iceberg"


_LIBRARIES = {TableFormat.DELTA: "deltalake", TableFormat.ICEBERG: "pyiceberg"}


@dataclass(frozen=True, slots=True)
class Committed:
    """The version that a table holds. `export_id` is None if the table doesn't say it any more."""

    number: int
    export_id: str | None


@dataclass(frozen=True, slots=True)
class Commit:
    """What is committed: a version, and its rows. Those of an append are added, others replace all rows."""

    dataset: str
    version: Committed
    data_version: str
    schema: pa.Schema
    is_append: bool


class VersionTable(Protocol):
    """A table. Its methods raise a DestinationError; no message has a secret."""

    @property
    def place(self) -> str:
        """Where it is."""

    def last(self) -> Committed | None:
        """Return the version that it holds, None if there is no table. Raises for a table of others."""

    def commit(self, commit: Commit, rows: Rows) -> None:
        """Write a version in one commit, or nothing.

        Raises DestinationConflict if another commit came before.
        """


class Rows:
    """Batches for a writer, which may hide their error behind one of its own: `error` has it."""

    def __init__(self, batches: Iterator[pa.RecordBatch]) -> None:
        self.error: BaseException | None = None
        self.count = 0
        self._batches = batches

    def reader(self, schema: pa.Schema) -> pa.RecordBatchReader:
        """Return the rows as a stream, which can be read once."""
        return pa.RecordBatchReader.from_batches(schema, self._kept())

    def _kept(self) -> Iterator[pa.RecordBatch]:
        try:
            for batch in self._batches:
                self.count += batch.num_rows
                yield batch
        except GeneratorExit:
            raise
        except BaseException as error:
            self.error = error
            raise


def require_library(format: TableFormat) -> None:
    """Raise ConfigError if the extra for a table format isn't installed."""
    if find_spec(_LIBRARIES[format]) is None:
        message = f"needs a library that isn't installed: run `pip install 'lumber[{format.value}]'`"
        raise ConfigError([FieldProblem("format", format.value, message)])


def foreign_table(place: str, dataset: str) -> DestinationConflict:
    """Return the error for a table that isn't one of the dataset."""
    return DestinationConflict(
        f"{place} holds a table that isn't of the dataset {dataset}. Choose another --to, or remove the "
        "table."
    )


def overtaken(place: str) -> DestinationConflict:
    """Return the error for a commit that came second."""
    return DestinationConflict(f"Another process committed to {place} meanwhile. Run the command again.")


def failed(place: str, error: Exception) -> DestinationError:
    """Return the error for one of a library."""
    lines = str(error).splitlines()
    text = _PARAMETERS.sub("?…", lines[0] if lines else type(error).__name__)[:_LONGEST]
    return DestinationError(f"{place} can't be read or written: {text.rstrip('.')}.")
