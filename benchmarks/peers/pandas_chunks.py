"""pandas: the logs in chunks, in order of time, through SQLAlchemy, with a cursor that the server keeps."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import sqlalchemy as sa

from benchmarks.peers.pandas_files import write
from benchmarks.peers.rows import QUERY, Job, run

_CHUNK_ROWS = 50_000


def export(job: Job) -> None:
    """Read and write chunk by chunk."""
    engine = sa.create_engine(job.url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect().execution_options(stream_results=True) as connection:
        write(_chunks(connection), job)


def _chunks(connection: sa.Connection) -> Iterator[pd.DataFrame]:
    for frame in pd.read_sql_query(QUERY, connection, chunksize=_CHUNK_ROWS):
        if frame["timestamp"].dtype.kind == "i":
            frame["timestamp"] = pd.to_datetime(frame["timestamp"], unit="us", utc=True)
        yield frame


if __name__ == "__main__":
    run(export)
