"""The peer: pandas reads the logs in chunks, in order of time, and writes them. It validates nothing.

Run `python peer_pandas.py URL FORMAT FOLDER` with FORMAT parquet or jsonl.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa

QUERY = (
    "SELECT id, timestamp, log_level, severity_text, process_name, message, device_id, device_ip, "
    "host_name, raw_message, structured_data FROM log_entries ORDER BY timestamp, id"
)
CHUNK_ROWS = 50_000


def main(url: str, output_format: str, folder: Path) -> None:
    """Write the logs into one file."""
    folder.mkdir()
    if url.startswith("postgresql://"):
        import adbc_driver_postgresql.dbapi as driver

        # The way the pandas manual recommends for PostgreSQL.
        frames = iter([pd.read_sql(QUERY, driver.connect(url))])
    else:
        engine = sa.create_engine(url).connect().execution_options(stream_results=True)
        frames = pd.read_sql_query(QUERY, engine, chunksize=CHUNK_ROWS)
    writer: pq.ParquetWriter | None = None
    with (folder / "logs.jsonl").open("w") as lines:
        for frame in frames:
            if frame["timestamp"].dtype.kind == "i":
                frame["timestamp"] = pd.to_datetime(frame["timestamp"], unit="us", utc=True)
            if output_format == "jsonl":
                frame.to_json(lines, orient="records", lines=True, date_format="iso", date_unit="us")
                continue
            table = pa.Table.from_pandas(frame, preserve_index=False)
            if writer is None:
                writer = pq.ParquetWriter(folder / "logs.parquet", table.schema, compression="zstd")
            writer.write_table(table.cast(writer.schema))
    if writer is not None:
        writer.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
