"""Several exports created in one transaction: each has its own result."""

from lumber.errors import IdempotencyConflict, TooManyExports
from lumber.exports import ExportConfig, ExportMetadata, ExportStatusManager
from lumber.exports.creation import NewExport
from lumber.store.database import open_database
from lumber.store.url import DatabaseUrl

LOGS, IPS = (ExportConfig(data_types=[kind]) for kind in ("logs", "ips"))


async def test_each_of_several_creations_has_its_own_result(database_url: str) -> None:
    database = open_database(DatabaseUrl.parse(database_url))
    ledger = ExportStatusManager(database)
    earlier = await ledger.create(LOGS, idempotency_key="earlier")
    wanted = [
        NewExport(LOGS, idempotency_key="earlier"),
        NewExport(IPS, idempotency_key="new"),
        NewExport(LOGS, idempotency_key="new"),
        NewExport(IPS, idempotency_key="new"),
        NewExport(LOGS),
        NewExport(LOGS),
        NewExport(IPS, idempotency_key="earlier"),
    ]
    same, new, conflict, again, last, refused, late = await ledger.create_all(wanted, max_queued=3)
    listed = {export.export_id for export in await ledger.list()}
    await database.close()

    assert same == earlier
    assert isinstance(new, ExportMetadata)
    assert isinstance(last, ExportMetadata)
    assert again == new
    assert isinstance(conflict, IdempotencyConflict)
    assert isinstance(late, IdempotencyConflict)
    assert isinstance(refused, TooManyExports)
    assert str(refused).startswith("3 exports are queued or running")
    assert listed == {earlier.export_id, new.export_id, last.export_id}


async def test_relative_dates_become_those_of_the_creation(database_url: str) -> None:
    database = open_database(DatabaseUrl.parse(database_url))
    ledger = ExportStatusManager(database)
    config = ExportConfig(data_types=["logs"], date_range="last 24 hours")
    created = await ledger.create(config, idempotency_key="day")
    again = await ledger.create(config, idempotency_key="day")
    other = ExportConfig(data_types=["logs"], date_range="last 25 hours")
    (conflict,) = await ledger.create_all([NewExport(other, idempotency_key="day")])
    await database.close()

    assert again == created
    assert isinstance(conflict, IdempotencyConflict)
    stored = ExportConfig.model_validate(created.export_config)
    assert (stored.date_range, stored.end_before) == (None, created.created_at)
