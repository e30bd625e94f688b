"""What is wrong with the tables that versions of datasets are committed to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from lumber.errors import LumberError
from lumber.exports.check import Check
from lumber.exports.versions.reserving import VersionState
from lumber.store.clock import database_now
from lumber.store.database import Database
from lumber.store.migrate import SchemaState, schema_state
from lumber.store.models import DatasetTable, DatasetVersion, NamedDataset
from lumber.text import counted

_NAME = "tables"
# `lumber serve` and `lumber worker` commit a version within seconds.
_LATE = timedelta(hours=1)

_NEWEST = (
    sa.select(
        DatasetVersion.dataset_id,
        sa.func.max(DatasetVersion.number).label("number"),
        sa.func.max(DatasetVersion.published_at).label("published_at"),
    )
    .where(DatasetVersion.state == VersionState.PUBLISHED)
    .group_by(DatasetVersion.dataset_id)
    .subquery()
)
_TABLES = (
    sa.select(DatasetTable, NamedDataset.name, _NEWEST.c.number, _NEWEST.c.published_at)
    .join(NamedDataset, NamedDataset.id == DatasetTable.dataset_id)
    .outerjoin(_NEWEST, _NEWEST.c.dataset_id == DatasetTable.dataset_id)
    .order_by(NamedDataset.name_key, DatasetTable.format)
)


async def check_tables(database: Database) -> Sequence[Check]:
    """Check the tables. No check raises: others say what is wrong with the database."""
    try:
        if await schema_state(database) is not SchemaState.CURRENT:
            return ()
        async with database.session() as session:
            found = (await session.execute(_TABLES)).all()
            late = await database_now(session) - _LATE
    except LumberError:
        return ()
    if not found:
        return ()
    problems = [problem for row in found for problem in _problems(*row, late=late)]
    if not problems:
        return [Check(_NAME, "ok", f"{counted(len(found), 'setting')}, none behind")]
    return [Check(_NAME, "warning", text, advice) for text, advice in problems]


def _problems(
    table: DatasetTable, dataset: str, latest: int | None, published_at: datetime | None, *, late: datetime
) -> Iterator[tuple[str, str]]:
    if latest is None or latest <= (table.committed or 0):
        return
    behind = f"the {table.format} tables of {dataset} in {table.place} lack v{latest}"
    if table.error is not None:
        times = "once" if table.failures == 1 else f"{table.failures:,} times"
        yield (
            f"{behind}; the commit failed {times}: {table.error}",
            "Correct the cause. Lumber tries again by itself; to try at once, run `lumber datasets tables "
            f"{dataset} --format {table.format} --to {table.place}`.",
        )
    elif published_at is not None and published_at < late:
        yield (
            f"{behind}, and nothing commits it",
            "Run `lumber serve` or `lumber worker` where its files are, or publish the dataset in a "
            "destination.",
        )
