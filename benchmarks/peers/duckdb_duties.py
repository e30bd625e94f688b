"""DuckDB with the duties of `lumber export --validation basic`, as Parquet.

It validates each row, writes rejected rows with their reasons, maps severities, counts what it wrote and
hashes each file. Two duties are left out, because they would cost it more: canonical JSON and unique ids.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.peers.duckdb_source import opened_source
from benchmarks.peers.rows import NAMES, Job, run

ROWS_FILE, REJECTS_FILE, MANIFEST_FILE = "logs.parquet", "rejects.jsonl", "manifest.json"
# Spellings, OpenTelemetry number and level of each severity of syslog.
SEVERITIES = (
    (("emergency", "emerg", "panic"), 21, "CRITICAL"),
    (("alert",), 19, "CRITICAL"),
    (("critical", "crit", "fatal"), 18, "CRITICAL"),
    (("error", "err"), 17, "ERROR"),
    (("warning", "warn"), 13, "WARNING"),
    (("notice",), 10, "INFO"),
    (("informational", "info"), 9, "INFO"),
    (("debug",), 5, "DEBUG"),
)
_TEXTS = ("message", "raw_message", "process_name", "host_name", "device_id", "device_ip")
_YEARS = "'0001-01-01' AND '9999-12-31 23:59:59.999999'"
# Rule, column, condition and reason.
_RULES = (
    ("required", "timestamp", "timestamp IS NULL", "is required, but missing"),
    ("valid_time", "timestamp", f"timestamp NOT BETWEEN {_YEARS}", "is outside the years 1 to 9999"),
    ("required", "message", "message IS NULL", "is required, but missing"),
    ("required", "message", "message = ''", "is required, but empty"),
    *(("no_nul", name, f"contains({name}, chr(0))", "holds a NUL character") for name in _TEXTS),
    ("valid_json", "structured_data", "NOT json_valid(structured_data)", "is not valid JSON"),
)
_BROKEN = " OR ".join(f"coalesce({condition}, false)" for _, _, condition, _ in _RULES)


def export(job: Job) -> None:
    """Write the logs, the rejects and the manifest into the target, a folder."""
    job.target.mkdir()
    with opened_source(job) as (connection, time):
        write_dataset(connection, time, job.target, job.level)


def write_dataset(
    connection: duckdb.DuckDBPyConnection, time: str, folder: Path, level: int | None
) -> dict[str, Any]:
    """Write the rows of `source.log_entries` into a folder; return the manifest.

    A second scan for the rejects was measured to take less CPU and memory than one scan into a table.
    """
    source = f"(SELECT * REPLACE ({time} AS timestamp) FROM source.log_entries)"
    rows = (
        f"SELECT {', '.join(_selected(name) for name in NAMES)}, {_mapped('number')} AS severity_number "
        f"FROM {source} WHERE NOT ({_BROKEN}) ORDER BY timestamp, id"
    )
    options = f"FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL {level}"
    connection.execute(f"COPY ({rows}) TO '{folder / ROWS_FILE}' ({options})")
    connection.execute(f"COPY ({_rejects(source)}) TO '{folder / REJECTS_FILE}' (FORMAT json)")
    manifest = _counts(connection, folder)
    manifest["files"] = [
        {"path": name, "bytes": (folder / name).stat().st_size, "sha256": _sha256(folder / name)}
        for name in (ROWS_FILE, REJECTS_FILE)
    ]
    (folder / MANIFEST_FILE).write_text(json.dumps(manifest, indent=2))
    return manifest


def _selected(name: str) -> str:
    if name == "log_level":
        return f"{_mapped('level')} AS log_level"
    return "coalesce(severity_text, log_level) AS severity_text" if name == "severity_text" else name


def _mapped(what: str) -> str:
    cases = " ".join(
        f"WHEN '{text}' THEN {number if what == 'number' else repr(level)}"
        for spellings, number, level in SEVERITIES
        for text in spellings
    )
    return f"(CASE lower(coalesce(severity_text, log_level)) {cases} END)"


def _rejects(source: str) -> str:
    """Return the query for a line per broken rule and row."""
    broken = ", ".join(
        f"CASE WHEN {condition} THEN {{'rule': '{rule}', 'column': '{column}', "
        f"'value': left({column}::VARCHAR, 256), 'reason': '{reason}'}} END"
        for rule, column, condition, reason in _RULES
    )
    lines = f"SELECT id, timestamp, unnest([{broken}]) AS reject FROM {source} WHERE {_BROKEN}"
    return (
        f"SELECT 'logs' AS kind, id, unnest(reject) FROM ({lines}) WHERE reject IS NOT NULL "
        "ORDER BY timestamp, id"
    )


def _counts(connection: duckdb.DuckDBPyConnection, folder: Path) -> dict[str, Any]:
    """Count what was read and written. Raises RuntimeError if a row is unaccounted for."""
    written = f"FROM read_parquet('{folder / ROWS_FILE}')"
    rejected = f"FROM read_json('{folder / REJECTS_FILE}', columns = {{id: 'BIGINT', rule: 'VARCHAR'}})"

    def one(query: str) -> Any:
        return connection.execute(query).fetchall()[0]

    (read,) = one("SELECT count(*) FROM source.log_entries")
    rows, first, last = one(f"SELECT count(*), min(timestamp), max(timestamp) {written}")
    (rejects,) = one(f"SELECT count(DISTINCT id) {rejected}")
    if read != rows + rejects:
        raise RuntimeError(f"read {read}, but wrote {rows} and rejected {rejects}")
    groups = {
        name: dict(connection.execute(f"SELECT {group}::VARCHAR, count(*) {table} GROUP BY 1").fetchall())
        for name, group, table in (
            ("levels", "coalesce(log_level, '(none)')", written),
            ("processes", "coalesce(process_name, '(none)')", written),
            ("days", "timestamp::DATE", written),
            ("rules", "rule", rejected),
        )
    }
    missing = connection.execute(
        "SELECT path_in_schema, sum(stats_null_count)::BIGINT "
        f"FROM parquet_metadata('{folder / ROWS_FILE}') GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    return {
        "read": read,
        "written": rows,
        "rejected": rejects,
        "first": str(first),
        "last": str(last),
        **groups,
        "missing": dict(missing),
    }


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


if __name__ == "__main__":
    run(export)
