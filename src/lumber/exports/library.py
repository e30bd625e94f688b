"""The Python interface: `lumber.export(...)`, `lumber.open(...)` and `lumber.diff(...)`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lumber.dataset.open import Dataset
from lumber.exports.config import ExportConfig
from lumber.exports.exporter import DataExporter
from lumber.exports.metadata import ExportMetadata
from lumber.exports.parsing import parse_config
from lumber.exports.places import dataset_as_of, dataset_at
from lumber.exports.progress import ExportProgress
from lumber.settings import load_settings

if TYPE_CHECKING:
    from lumber.dataset.diff import Difference

_SIGNAL_SECONDS = 0.1


def export(
    config: ExportConfig | Mapping[str, Any],
    *,
    database_url: str | None = None,
    output: str | Path | None = None,
    privacy_key_file: str | Path | None = None,
    on_progress: Callable[[ExportProgress], None] | None = None,
) -> Dataset:
    """Export rows of the database and return the finished dataset.

    `config` is an ExportConfig or its JSON values. Defaults for `database_url`, `output` and
    `privacy_key_file` come from the settings (LUMBER_DATABASE_URL, LUMBER_DATA_DIR, LUMBER_PRIVACY_KEY), as
    for the command line. Works inside a running event loop, for example in a notebook. Ctrl-C cancels the
    export and leaves no files.

    Raises ConfigError for an invalid config, or another LumberError if the export fails.

    >>> ds = lumber.export({"data_types": ["logs"], "output_format": "parquet", "split": "time"})
    >>> ds.to_polars("logs", split="train")
    """
    chosen = config if isinstance(config, ExportConfig) else parse_config(config)
    given = {"database_url": database_url, "privacy_key_file": privacy_key_file}
    exporter = DataExporter(
        chosen,
        settings=load_settings(**given),
        output=None if output is None else Path(output),
        on_progress=on_progress,
    )
    done = _finished(exporter)
    assert done.path is not None
    return Dataset(done.path)


def open_dataset(place: str | Path, *, as_of: datetime | None = None) -> Dataset:
    """Open a dataset: a folder, a version of a named dataset, or a version where it lies in a destination.

    With `as_of`, `place` is the name of a dataset, and the version is the latest one of that moment; without
    a time zone, the moment is in UTC. In a destination, only the files that a method needs are read, one at a
    time. Raises DatasetMissing or DatasetDamaged; for names also DatasetNotFound, ConfigError,
    DestinationError or DatabaseError.

    >>> lumber.open("exports/2026-11-01")
    >>> lumber.open("plant@v12")  # a number, 1.2.0, a tag or latest
    >>> lumber.open("plant", as_of=datetime(2026, 11, 1))
    >>> lumber.open("lake:plant@v12")  # in a registered destination
    >>> lumber.open("s3://bucket/prefix/plant@latest")
    """
    settings = load_settings()
    found = dataset_at(place, settings) if as_of is None else dataset_as_of(str(place), as_of, settings)
    return Dataset(found)


def diff(a: str | Path | Dataset, b: str | Path | Dataset, *, limit: int = 10) -> Difference:
    """Compare two datasets, or the places that `open` takes: rows by their ids, splits, columns and configs.

    Keeps the first `limit` rows of every type of change as examples. Raises as `open` does.

    >>> found = lumber.diff("monday", "tuesday")
    >>> found.is_same, found.kinds["logs"].counts
    """
    # Slow to load and not needed by exports.
    from lumber.dataset.diff import diff_datasets

    settings = load_settings()
    of_a, of_b = (each.files if isinstance(each, Dataset) else dataset_at(each, settings) for each in (a, b))
    return diff_datasets(of_a, of_b, limit=limit, limits=settings.read_limits)


def _finished(exporter: DataExporter) -> ExportMetadata:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(exporter.export_data())
    return _in_thread(exporter)


def _in_thread(exporter: DataExporter) -> ExportMetadata:
    """Run the export on its own event loop in a thread, because one is running here."""
    started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Task[ExportMetadata]]] = Future()

    async def run() -> ExportMetadata:
        task = asyncio.create_task(exporter.export_data())
        started.set_result((asyncio.get_running_loop(), task))
        return await task

    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="lumber-export") as thread:
        result = thread.submit(lambda: asyncio.run(run()))
        try:
            # With Polars' signal handler, an endless wait ignores Ctrl-C. Short waits notice it.
            while not wait([result], timeout=_SIGNAL_SECONDS).done:
                pass
            return result.result()
        except KeyboardInterrupt:
            loop, task = started.result()
            loop.call_soon_threadsafe(task.cancel)
            raise  # if the thread has ended
