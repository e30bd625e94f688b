"""DuckDB: `COPY` over its SQLite and PostgreSQL scanners."""

from __future__ import annotations

from benchmarks.peers.duckdb_source import opened_source
from benchmarks.peers.rows import COLUMNS, Job, run

_OPTIONS = {
    "parquet": "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL {level}",
    "csv": "FORMAT csv, HEADER true",
    "jsonl": "FORMAT json",
    "jsonl.gz": "FORMAT json, COMPRESSION gzip",
    "jsonl.zst": "FORMAT json, COMPRESSION zstd",
    "json.gz": "FORMAT json, ARRAY true, COMPRESSION gzip",
}


def export(job: Job) -> None:
    """Write the logs in one statement; DuckDB sorts them itself."""
    with opened_source(job) as (connection, time):
        columns = COLUMNS.replace("timestamp", f"{time} AS timestamp")
        query = f"SELECT {columns} FROM source.log_entries ORDER BY timestamp, id"
        options = _OPTIONS[job.output_format].format(level=job.level)
        connection.execute(f"COPY ({query}) TO '{job.target}' ({options})")


if __name__ == "__main__":
    run(export)
