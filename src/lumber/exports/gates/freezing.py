"""Freezes a test set: hashes the rows of one's own evaluation files, and keeps them in the data folder."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lumber.catalog.declared import Declaration, own_kind
from lumber.catalog.kind import Kind
from lumber.catalog.registry import all_kinds, get_kind
from lumber.errors import ConfigError, FieldProblem
from lumber.exports.gates.gate import TEST_SET_NAME
from lumber.settings import Settings
from lumber.text import counted

if TYPE_CHECKING:
    import polars as pl

    from lumber.dataset.open import Dataset
    from lumber.dataset.sketches.test_set import Hashes, TestSet

TABLES = (".parquet", ".csv", ".jsonl", ".ndjson", ".arrow")
TEXTS = (".txt", ".log")
# A line for the format, and then one of 16 digits for each row: see `lumber.dataset.sketches.test_set`. That
# module loads much more than a list of files needs.
_FIRST_LINE_BYTES = len("# lumber test set 1\n")
_LINE_BYTES = 17


@dataclass(frozen=True, slots=True)
class FrozenTestSet:
    """A test set of this machine, as a list shows it. Nobody has read its file."""

    name: str
    rows: int
    frozen_at: datetime

    def as_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {"name": self.name, "rows": self.rows, "frozen_at": self.frozen_at.isoformat()}


def list_test_sets(settings: Settings) -> list[FrozenTestSet]:
    """Return the test sets of this machine by name. Raises ConfigError if their folder can't be read."""
    folder = _folder(settings)
    found = []
    try:
        for path in folder.iterdir() if folder.is_dir() else ():
            if path.suffix == ".txt" and TEST_SET_NAME.fullmatch(path.stem) and path.is_file():
                stat = path.stat()
                rows = max(0, stat.st_size - _FIRST_LINE_BYTES) // _LINE_BYTES
                found.append(FrozenTestSet(path.stem, rows, datetime.fromtimestamp(stat.st_mtime, UTC)))
    except OSError as error:
        message = f"{folder} can't be read: {error.strerror}"
        raise ConfigError([FieldProblem("LUMBER_DATA_DIR", str(folder), message)]) from error
    return sorted(found, key=lambda each: each.name)


def _folder(settings: Settings) -> Path:
    return settings.data_dir.expanduser().absolute() / "test-sets"


def find_test_set(settings: Settings, name: str) -> TestSet:
    """Return the test set with a name, whether its file exists or not. Raises ConfigError."""
    from lumber.dataset.sketches.test_set import TestSet

    if not TEST_SET_NAME.fullmatch(name):
        allowed = ("lower-case letters, digits, - and _, at most 64",)
        raise ConfigError([FieldProblem("name", name, f"{name!r} is not a name for a test set", allowed)])
    return TestSet(name, _folder(settings) / f"{name}.txt")


def freeze(
    paths: Sequence[Path], data_type: str, column: str | None = None, split: str | None = None
) -> Hashes:
    """Return the hashes of the rows in files and datasets, in order, each once.

    A dataset is a folder, of which `split` is read, or all. Without `column` the content of a row is in the
    columns that its data type says; a file of text has one row a line. A dataset describes a data type that
    only a source has. Raises ConfigError, DatasetMissing or DatasetDamaged.
    """
    import numpy as np

    from lumber.dataset.leakage.counts import contents
    from lumber.dataset.sketches.test_set import hashes_of

    names = _content_columns(data_type, paths) if column is None else (column,)
    found = []
    for path in paths:
        for frame in _frames(path, data_type, names, split):
            missing = [name for name in names if name not in frame.columns]
            if missing:
                message = f"{path} has no column {missing[0]}; name the one with the text by --column"
                raise ConfigError([FieldProblem("--column", missing[0], message, tuple(frame.columns))])
            found.append(hashes_of(contents(frame, names).drop_nulls().to_list()))
    return np.unique(np.concatenate(found)) if found else hashes_of(())


def _content_columns(data_type: str, paths: Sequence[Path]) -> Sequence[str]:
    """Return the columns with the content of a row, also of a data type that a source declares."""
    from lumber.dataset.open import Dataset

    if data_type in all_kinds():
        return get_kind(data_type).content_columns
    opened = [Dataset(path) for path in paths if path.is_dir()]
    found = next((kind for each in opened if (kind := _declared_in(each, data_type)) is not None), None)
    if found is None and not any(data_type in each.kinds for each in opened):
        get_kind(data_type)  # it says what there is
    if found is None or not found.content_columns:
        message = f"no column of {data_type} is known to hold the text; name it by --column"
        raise ConfigError([FieldProblem("--column", None, message)])
    return found.content_columns


def _declared_in(dataset: Dataset, data_type: str) -> Kind | None:
    source = dataset.manifest["plan"].get("source")
    try:
        declared = None if source is None else source["kinds"][data_type].get("declares")
        return None if declared is None else own_kind(Declaration.of_json(declared))
    except (KeyError, TypeError, AttributeError, ValueError):
        return None


def _frames(path: Path, data_type: str, names: Sequence[str], split: str | None) -> Iterator[pl.DataFrame]:
    import polars as pl

    if path.is_dir():
        from lumber.dataset.open import Dataset

        yield Dataset(path).to_polars(data_type, split)
        return
    try:
        if path.suffix in TEXTS:
            lines = path.read_text(encoding="utf-8").splitlines()
            yield pl.DataFrame({names[0]: lines}, schema={names[0]: pl.String})
        elif path.suffix == ".parquet":
            yield pl.read_parquet(path)
        elif path.suffix == ".csv":
            yield pl.read_csv(path, infer_schema=False)
        elif path.suffix == ".arrow":
            yield pl.read_ipc(path)
        elif path.suffix in TABLES:
            yield pl.read_ndjson(path)
        else:
            message = f"{path} is neither a dataset nor a file that can be read here"
            raise ConfigError([FieldProblem("FILES", str(path), message, ("a dataset", *TABLES, *TEXTS))])
    except (OSError, ValueError, pl.exceptions.PolarsError) as error:
        if isinstance(error, ConfigError):
            raise
        reason = (error.strerror if isinstance(error, OSError) else str(error)) or type(error).__name__
        raise ConfigError([FieldProblem("FILES", str(path), f"{path} can't be read: {reason}")]) from error


def save(test_set: TestSet, hashes: Hashes, *, may_replace: bool = False) -> None:
    """Write the file of a test set. Raises ConfigError if it exists with other hashes, or for an OSError."""
    from lumber.dataset.sketches.test_set import test_set_text

    text = test_set_text(hashes)
    path = test_set.path
    try:
        if path.exists() and not may_replace and path.read_text() != text:
            known = counted(len(path.read_text().splitlines()) - 1, "row")
            message = f"the test set {test_set.name} exists with {known} of other content"
            raise ConfigError([FieldProblem("--name", test_set.name, message, ("a new name", "--replace"))])
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.{os.getpid()}")
        part.write_text(text)
        part.replace(path)
    except OSError as error:
        message = f"{path} can't be written: {error.strerror}"
        raise ConfigError([FieldProblem("--name", test_set.name, message)]) from error
