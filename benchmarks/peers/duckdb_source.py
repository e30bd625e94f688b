"""Opens our log table in DuckDB, over its SQLite and PostgreSQL scanners from the extensions in wheels."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import duckdb

from benchmarks.peers.rows import Job


@contextmanager
def opened_source(job: Job) -> Iterator[tuple[duckdb.DuckDBPyConnection, str]]:
    """Yield a connection with the database attached as `source`, and the expression for the time of a row.

    With a memory limit, DuckDB writes what it can't hold to a temporary folder beside the target.
    """
    is_sqlite = job.url.startswith("sqlite")
    with duckdb.connect() as connection, tempfile.TemporaryDirectory(dir=job.target.parent) as folder:
        connection.execute("SET autoinstall_known_extensions = false")
        if job.memory_limit is not None:
            connection.execute(f"SET memory_limit = '{job.memory_limit}'")
            connection.execute(f"SET temp_directory = '{folder}'")
        connection.load_extension(_extension("sqlite_scanner" if is_sqlite else "postgres_scanner"))
        source, kind = (job.url.removeprefix("sqlite:///"), "sqlite") if is_sqlite else (job.url, "postgres")
        connection.execute(f"ATTACH '{source}' AS source (TYPE {kind}, READ_ONLY)")
        # SQLite has microseconds since 1970.
        yield connection, "make_timestamp(timestamp)" if is_sqlite else "timestamp"


def _extension(name: str) -> str:
    module = import_module(f"duckdb_extension_{name}")
    folder = Path(str(module.__file__)).parent / "extensions" / f"v{duckdb.__version__}"
    return str(folder / f"{name}.duckdb_extension")
