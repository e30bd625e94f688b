"""The text of the query that reads the anomalies which may label the log lines of one partition."""

from __future__ import annotations

from lumber.catalog.detections import DETECTIONS
from lumber.catalog.kind import Kind
from lumber.store.keyset import moment
from lumber.store.reading import bulk_column, first_value
from lumber.store.url import Dialect

_INT64_MIN, _INT64_MAX = -(2**63), 2**63 - 1


def labels_statement(
    kind: Kind,
    dialect: Dialect,
    *,
    lower: tuple[int, int] | None = None,
    upper: tuple[int, int] | None = None,
    window_us: tuple[int, int] | None = None,
) -> str:
    """Return the SQL that reads the anomalies that concern the partition [lower, upper) of a kind of lines.

    These are the anomalies of its lines, by their ids, and with `window_us` (microseconds before and after an
    anomaly) those that name a device and no line, and whose window meets the partition. No filter of the
    export narrows them. The columns are those of DETECTIONS, after one that is 0 in a first row that is not
    data: it fixes the types on SQLite, as in `read_statement`.
    """
    columns = [bulk_column(column, dialect, f"found.{column.name}") for column in DETECTIONS.columns]
    queries = [_of_lines(kind, dialect, ", ".join(columns), lower, upper)]
    if window_us is not None:
        queries.append(_of_devices(dialect, ", ".join(columns), lower, upper, window_us))
    if dialect == "postgresql":
        return " UNION ALL ".join(queries)
    first = ", ".join(f"{first_value(column, DETECTIONS)} AS {column.name}" for column in DETECTIONS.columns)
    return " UNION ALL ".join([f"SELECT 0 AS place, {first}", *queries]) + " ORDER BY 1"


def _of_lines(
    kind: Kind, dialect: Dialect, listed: str, lower: tuple[int, int] | None, upper: tuple[int, int] | None
) -> str:
    """Go through the lines by their time index, and look each up among the anomalies.

    What that costs does not depend on how many anomalies other partitions have, and never is the whole table
    of lines read. SQLite takes tables in the order of a cross join, PostgreSQL what is materialized first.
    """
    key = f"{kind.time_column}, {kind.id_column}"
    keys = [
        f"({key}) {sign} ({moment(bound[0], dialect)}, {bound[1]})"
        for sign, bound in ((">=", lower), ("<", upper))
        if bound is not None
    ]
    where = f" WHERE {' AND '.join(keys)}" if keys else ""
    lines = f"SELECT {kind.id_column} AS line_id FROM {kind.table}{where}"  # noqa: S608 - names of the catalog
    found = f"{DETECTIONS.table} AS found"
    if dialect == "sqlite":
        return f"SELECT 1 AS place, {listed} FROM ({lines}) CROSS JOIN {found} WHERE log_entry_id = line_id"  # noqa: S608
    first = f"WITH lines AS MATERIALIZED ({lines} ORDER BY {key})"
    return f"({first} SELECT 1::bigint AS place, {listed} FROM lines JOIN {found} ON log_entry_id = line_id)"  # noqa: S608


def _of_devices(
    dialect: Dialect,
    listed: str,
    lower: tuple[int, int] | None,
    upper: tuple[int, int] | None,
    window_us: tuple[int, int],
) -> str:
    before, after = window_us
    time = f"found.{DETECTIONS.time_column}"
    # The sign keeps SQLite from the index of the lines: most anomalies of one without a line are elsewhere.
    line = "+found.log_entry_id" if dialect == "sqlite" else "found.log_entry_id"
    conditions = [f"{line} IS NULL", "found.device_id IS NOT NULL"]
    if lower is not None:
        conditions.append(f"{time} >= {moment(max(lower[0] - after, _INT64_MIN), dialect)}")
    if upper is not None:
        conditions.append(f"{time} <= {moment(min(upper[0] + before, _INT64_MAX), dialect)}")
    place = "2" if dialect == "sqlite" else "2::bigint"
    table = f"{DETECTIONS.table} AS found"
    return f"SELECT {place} AS place, {listed} FROM {table} WHERE {' AND '.join(conditions)}"  # noqa: S608 - names of the catalog
