r"""psql: `\copy` of a query, as CSV. The psql is the first one on the PATH."""

from __future__ import annotations

import os
from pathlib import Path

from benchmarks.peers.rows import QUERY, run


def export(url: str, output_format: str, file: Path) -> None:
    """Become psql."""
    copy = rf"\copy ({QUERY}) TO '{file}' WITH (FORMAT {output_format}, HEADER)"
    os.execvp("psql", ["psql", "--quiet", "--no-psqlrc", "--dbname", url, "--command", copy])


if __name__ == "__main__":
    run(export)
