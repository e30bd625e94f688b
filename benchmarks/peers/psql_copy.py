r"""psql: `\copy` of a query, as CSV. The psql is the first one on the PATH."""

from __future__ import annotations

import os

from benchmarks.peers.rows import QUERY, Job, run


def export(job: Job) -> None:
    """Become psql."""
    copy = rf"\copy ({QUERY}) TO '{job.target}' WITH (FORMAT {job.output_format}, HEADER)"
    os.execvp("psql", ["psql", "--quiet", "--no-psqlrc", "--dbname", job.url, "--command", copy])


if __name__ == "__main__":
    run(export)
