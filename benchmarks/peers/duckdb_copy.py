"""DuckDB: `COPY` over its SQLite and PostgreSQL scanners, from the extensions in wheels."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import duckdb

from benchmarks.peers.rows import COLUMNS, run

_OPTIONS = {
    "parquet": "FORMAT parquet, COMPRESSION zstd",
    "csv": "FORMAT csv, HEADER true",
    "jsonl": "FORMAT json",
    "jsonl.gz": "FORMAT json, COMPRESSION gzip",
    "jsonl.zst": "FORMAT json, COMPRESSION zstd",
    "json.gz": "FORMAT json, ARRAY true, COMPRESSION gzip",
}


def export(url: str, output_format: str, file: Path) -> None:
    """Write the logs in one statement; DuckDB sorts them itself."""
    is_sqlite = url.startswith("sqlite")
    connection = duckdb.connect()
    connection.execute("SET autoinstall_known_extensions = false")
    connection.load_extension(_extension("sqlite_scanner" if is_sqlite else "postgres_scanner"))
    source, kind = (url.removeprefix("sqlite:///"), "sqlite") if is_sqlite else (url, "postgres")
    connection.execute(f"ATTACH '{source}' AS source (TYPE {kind}, READ_ONLY)")
    columns = COLUMNS.replace("timestamp", "make_timestamp(timestamp) AS timestamp") if is_sqlite else COLUMNS
    query = f"SELECT {columns} FROM source.log_entries ORDER BY timestamp, id"
    connection.execute(f"COPY ({query}) TO '{file}' ({_OPTIONS[output_format]})")


def _extension(name: str) -> str:
    module = import_module(f"duckdb_extension_{name}")
    folder = Path(str(module.__file__)).parent / "extensions" / f"v{duckdb.__version__}"
    return str(folder / f"{name}.duckdb_extension")


if __name__ == "__main__":
    run(export)
