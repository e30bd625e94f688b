"""What is told about versions of datasets: their numbers and changes, and that one is held or has none."""

import asyncio
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from lumber.exports import ExportConfig, ExportStatusManager
from lumber.exports.exporter import DataExporter
from lumber.store.database import Database
from lumber.store.models import DatasetVersion, NamedDataset, NoticeDelivery
from tests.integration.api.serving import running_export
from tests.integration.datasets import fill
from tests.integration.ledgers import with_database
from tests.integration.notices.test_outbox import mail_notice
from tests.integration.workers import settings_for


async def told(database: Database) -> list[tuple[str, dict[str, Any]]]:
    async with database.session() as session:
        rows = await session.scalars(sa.select(NoticeDelivery).order_by(NoticeDelivery.created_at))
        return [(row.event, row.payload["data"]) for row in rows]


async def notices(database: Database) -> None:
    await mail_notice(database, datasets=["PLANT"])
    await mail_notice(database, name="another", datasets=["other"])


def test_versions_are_told_with_their_changes(sqlite_url: str, tmp_path: Path) -> None:
    fill(sqlite_url, 20)
    settings = settings_for(sqlite_url, tmp_path / "data")
    with_database(sqlite_url, notices)

    def export() -> None:
        config = ExportConfig(data_types=["logs"], dataset="plant", incremental=True)
        asyncio.run(DataExporter(config, settings=settings).export_data())

    export()
    export()
    (first, of_first), (second, of_second), (third, of_third) = with_database(sqlite_url, told)
    assert (first, second, third) == ("completed", "completed", "no_new_data")
    assert (of_first["version"], of_first["added"], of_first["rows"]) == (1, 20, 20)
    assert (of_second["version"], of_second["added"], of_second["dataset"]) == (2, 0, "plant")
    assert of_third == of_second


async def test_a_version_that_is_held_is_told(database: Database, tmp_path: Path) -> None:
    await mail_notice(database)
    ledger = ExportStatusManager(database)
    claim = await running_export(ledger, dataset="plant")
    async with database.session() as session:
        session.add(NamedDataset(id="d", name="plant", name_key="plant"))
        await session.flush()
        session.add(
            DatasetVersion(
                dataset_id="d",
                number=3,
                export_id=claim.export_id,
                state="held",
                is_incremental=1,
                reason="The share of 'a value' rose.",
            )
        )
    counts = {"logs": {"read": 5, "written": 5, "rejected": 0, "deduplicated": 0}}
    await ledger.complete(claim, counts, [])
    (first, _), (second, held) = await told(database)
    assert {first, second} == {"completed", "held"}
    assert (held["dataset"], held["version"], held["rows"]) == ("plant", 3, 5)
    # The reason of a gate can name values.
    assert "a value" not in str(held)
