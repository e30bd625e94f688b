"""The text of the query that reads the findings which may label the rows of one partition."""

from __future__ import annotations

from lumber.catalog.findings import findings_of
from lumber.catalog.kind import Kind, LabelSource
from lumber.store.keyset import moment
from lumber.store.reading import bulk_column, first_value, plain_column
from lumber.store.relations import OWN, Relations
from lumber.store.url import Dialect

_INT64_MIN, _INT64_MAX = -(2**63), 2**63 - 1


def labels_statement(
    kind: Kind,
    dialect: Dialect,
    *,
    lower: tuple[int, int] | None = None,
    upper: tuple[int, int] | None = None,
    window_us: tuple[int, int] | None = None,
    relations: Relations = OWN,
) -> str:
    """Return the SQL that reads the findings about the partition [lower, upper) of a kind that declares them.

    These are the findings that name its rows by their ids and, with `window_us` (microseconds before and
    after a finding), those that name a device and no row and whose window meets the partition. The filters
    of the export do not apply to them. The first column is `place`, then follow the columns of
    `findings_of`. On SQLite the first row has place 0 and is not data: it fixes the types, as in
    `read_statement`.
    """
    source = kind.labels_from
    if source is None:
        raise ValueError(f"kind {kind.name!r} declares no labels_from")
    found = findings_of(source)
    columns = [bulk_column(column, dialect, f"found.{column.name}") for column in found.columns]
    queries = [_by_id(kind, source, found, dialect, ", ".join(columns), lower, upper, relations)]
    if window_us is not None:
        queries.append(_by_device(source, found, dialect, ", ".join(columns), lower, upper, window_us))
    if dialect == "postgresql":
        return relations.sql(" UNION ALL ".join(queries))
    first = ", ".join(f"{first_value(column, found)} AS {column.name}" for column in found.columns)
    return relations.sql(" UNION ALL ".join([f"SELECT 0 AS place, {first}", *queries]) + " ORDER BY 1")


def plain_labels_statement(
    kind: Kind,
    dialect: Dialect,
    *,
    lower: tuple[int, int],
    upper: tuple[int, int],
    window_us: tuple[int, int] | None = None,
    relations: Relations = OWN,
) -> str:
    """Return `labels_statement` for any driver: values as in `sample_statement`, and no `place`."""
    found = labels_statement(
        kind, dialect, lower=lower, upper=upper, window_us=window_us, relations=relations
    )
    assert kind.labels_from is not None
    columns = ", ".join(plain_column(column, dialect) for column in findings_of(kind.labels_from).columns)
    return f"SELECT {columns} FROM ({found}) AS findings WHERE place > 0"  # noqa: S608 - names of the catalog


def _by_id(
    kind: Kind,
    source: LabelSource,
    findings: Kind,
    dialect: Dialect,
    listed: str,
    lower: tuple[int, int] | None,
    upper: tuple[int, int] | None,
    relations: Relations,
) -> str:
    """Go through the rows by their time index, and look each up among the findings.

    The cost does not depend on how many findings other partitions have, and the table of the rows is never
    read whole. SQLite reads tables in the order of a cross join, PostgreSQL reads what is materialized
    first.
    """
    key = f"{kind.time_column}, {kind.id_column}"
    keys = [
        f"({key}) {sign} ({moment(bound[0], dialect)}, {bound[1]})"
        for sign, bound in ((">=", lower), ("<", upper))
        if bound is not None
    ]
    keys += relations.bounds(kind, *(None if bound is None else bound[0] for bound in (lower, upper)))
    where = f" WHERE {' AND '.join(keys)}" if keys else ""
    rows = f"SELECT {kind.id_column} AS labelled_id FROM {kind.table}{where}"  # noqa: S608 - names of the catalog
    found = f"{findings.table} AS found"
    match = f"found.{source.row_column} = labelled_id"
    if dialect == "sqlite":
        return f"SELECT 1 AS place, {listed} FROM ({rows}) CROSS JOIN {found} WHERE {match}"  # noqa: S608
    first = f"WITH labelled AS MATERIALIZED ({rows} ORDER BY {key})"
    return f"({first} SELECT 1::bigint AS place, {listed} FROM labelled JOIN {found} ON {match})"  # noqa: S608


def _by_device(
    source: LabelSource,
    findings: Kind,
    dialect: Dialect,
    listed: str,
    lower: tuple[int, int] | None,
    upper: tuple[int, int] | None,
    window_us: tuple[int, int],
) -> str:
    before, after = window_us
    time = f"found.{findings.time_column}"
    # The sign keeps SQLite from the index of the rows: most findings without a row are in other partitions.
    row = f"{'+' if dialect == 'sqlite' else ''}found.{source.row_column}"
    conditions = [f"{row} IS NULL", f"found.{source.device_column} IS NOT NULL"]
    if lower is not None:
        conditions.append(f"{time} >= {moment(max(lower[0] - after, _INT64_MIN), dialect)}")
    if upper is not None:
        conditions.append(f"{time} <= {moment(min(upper[0] + before, _INT64_MAX), dialect)}")
    place = "2" if dialect == "sqlite" else "2::bigint"
    found = f"{findings.table} AS found"
    return f"SELECT {place} AS place, {listed} FROM {found} WHERE {' AND '.join(conditions)}"  # noqa: S608 - names of the catalog
