"""Writes a sample into a database, one transaction per block."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import polars as pl
import pyarrow as pa
import sqlalchemy as sa

from lumber.ingest.sample.generator import SampleBlock, SampleGenerator
from lumber.ingest.sample.plan import SamplePlan
from lumber.ingest.sample.sightings import SCHEMA as ADDRESS_SCHEMA
from lumber.store.bulk import BulkConnection
from lumber.store.models import AnomalyDetection, IPAddress, LogEntry
from lumber.store.url import DatabaseUrl

LOGS, ANOMALIES, IPS = (model.__tablename__ for model in (LogEntry, AnomalyDetection, IPAddress))
_SEEN = "sample_addresses"


@dataclass(frozen=True, slots=True)
class SampleCounts:
    """The number of rows before, the number of new ones, and the incidents among them."""

    before: dict[str, int]
    logs: int = 0
    anomalies: int = 0
    ips: int = 0
    incidents: Counter[str] = field(default_factory=Counter)


def write_sample(
    url: DatabaseUrl, plan: SamplePlan, *, busy_timeout_seconds: float = 10.0
) -> Iterator[SampleCounts]:
    """Add a sample to a database that has its tables; yield the counts so far after each commit.

    The first counts come before the first block. The file must not be open through
    `lumber.store.database` in this process. Raises DatabaseError; committed blocks stay.
    """
    with BulkConnection(url, busy_timeout_seconds=busy_timeout_seconds) as connection:
        before = {"logs": LOGS, "anomalies": ANOMALIES, "ips": IPS}
        counts = SampleCounts({name: _count(connection, table) for name, table in before.items()})
        connection.rollback()
        yield counts
        for block in SampleGenerator(plan).blocks():
            _write_block(connection, block)
            counts = SampleCounts(
                counts.before,
                counts.logs + block.logs.height,
                counts.anomalies + block.anomalies.height,
                _count(connection, IPS) - counts.before["ips"],
                counts.incidents + block.incidents,
            )
            connection.commit()
            yield counts


def _write_block(connection: BulkConnection, block: SampleBlock) -> None:
    """Write a block in the open transaction. Its ids follow those that the tables have assigned."""
    _lock(connection)
    first_log = _reserve_ids(connection, LOGS, block.logs.height)
    first_anomaly = _reserve_ids(connection, ANOMALIES, block.anomalies.height)
    anomalies = block.anomalies.with_columns((pl.col("row") + first_log).alias("log_entry_id")).drop("row")
    connection.append(LOGS, _with_ids(block.logs, first_log))
    if anomalies.height:
        connection.append(ANOMALIES, _with_ids(anomalies, first_anomaly))
    _merge_addresses(connection, block.addresses)


def _lock(connection: BulkConnection) -> None:
    """Lock out other writers until the commit: the ids are assigned here, not by the database."""
    if connection.url.dialect == "sqlite":
        # Changes nothing, but takes the write lock before anything is read.
        connection.execute("UPDATE sqlite_sequence SET seq = seq")
    else:
        connection.execute(
            "LOCK TABLE log_entries, anomaly_detections, ip_addresses IN SHARE ROW EXCLUSIVE MODE"
        )


def _reserve_ids(connection: BulkConnection, table: str, count: int) -> int:
    """Return the first of `count` new ids. An id is never assigned twice."""
    sequence: Any
    if connection.url.dialect == "sqlite":
        # Inserting explicit ids advances SQLite's AUTOINCREMENT.
        sequence = sa.select(sa.column("seq")).select_from(sa.table("sqlite_sequence"))
        found = connection.query(sequence.where(sa.column("name") == table))
        return int(found[0][0]) + 1 if found else 1
    sequence = sa.func.pg_get_serial_sequence(table, "id")
    ((name,),) = connection.query(sa.select(sequence))
    is_called = sa.case((sa.literal_column("is_called"), sa.literal_column("last_value")), else_=0)
    ((last,),) = connection.query(sa.select(is_called).select_from(sa.text(name)))
    ((highest,),) = connection.query(
        sa.select(sa.func.coalesce(sa.func.max(sa.column("id")), 0)).select_from(sa.table(table))
    )
    first = max(int(last), int(highest)) + 1
    if count:
        connection.query(sa.select(sa.func.setval(name, first + count - 1)))
    return first


def _with_ids(frame: pl.DataFrame, first: int) -> pa.Table:
    ids = pl.int_range(first, first + frame.height, dtype=pl.Int64, eager=True).alias("id")
    return _arrow(frame.insert_column(0, ids))


def _merge_addresses(connection: BulkConnection, addresses: pl.DataFrame) -> None:
    """Add new addresses, and update known ones: first and last time, highest risk, all sightings."""
    connection.append(_SEEN, _arrow(addresses), temporary=True)
    table: Any = IPAddress.__table__
    seen = sa.table(_SEEN, *[sa.column(name) for name in ADDRESS_SCHEMA])
    is_sqlite = connection.url.dialect == "sqlite"
    least, greatest = (sa.func.min, sa.func.max) if is_sqlite else (sa.func.least, sa.func.greatest)
    known, new = table.c, seen.c
    connection.execute(
        sa.update(table)
        .where(known.address == new.address)
        .values(
            first_seen=least(known.first_seen, new.first_seen),
            # On SQLite the larger of null and a time is null.
            last_seen=greatest(sa.func.coalesce(known.last_seen, new.last_seen), new.last_seen),
            risk_score=greatest(sa.func.coalesce(known.risk_score, new.risk_score), new.risk_score),
            sightings=sa.func.coalesce(known.sightings, 0) + new.sightings,
            device_id=sa.func.coalesce(known.device_id, new.device_id),
            tags=sa.func.coalesce(known.tags, new.tags),
        )
    )
    is_known = sa.exists().where(known.address == new.address)
    rows = sa.select(*new).where(~is_known).order_by(new.address)
    connection.execute(sa.insert(table).from_select(list(ADDRESS_SCHEMA), rows))


def _count(connection: BulkConnection, table: str) -> int:
    ((count,),) = connection.query(sa.select(sa.func.count()).select_from(sa.table(table)))
    return int(count)


def _arrow(frame: pl.DataFrame) -> pa.Table:
    # Not every driver supports the newer text layout.
    return frame.to_arrow(compat_level=pl.CompatLevel.oldest())
