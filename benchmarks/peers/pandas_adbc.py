"""pandas with ADBC, as its manual recommends for PostgreSQL: all logs at once, which holds them in memory."""

from __future__ import annotations

import adbc_driver_postgresql.dbapi
import pandas as pd

from benchmarks.peers.pandas_files import write
from benchmarks.peers.rows import QUERY, Job, run


def export(job: Job) -> None:
    """Read all logs and write them."""
    with adbc_driver_postgresql.dbapi.connect(job.url) as connection:
        write(iter([pd.read_sql(QUERY, connection)]), job)


if __name__ == "__main__":
    run(export)
