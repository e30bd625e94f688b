"""What is asked of the ledger all the time goes through its indexes, among many exports too."""

from typing import Any

import pytest

from lumber.exports import ExportConfig, ExportStatusManager
from lumber.store.database import Database
from tests.integration.ledgers import (
    STATUSES,
    export_id,
    export_row,
    fill_ledger,
    plans,
    statements,
    with_database,
)

ACTIVE = 40


def rows(many: int) -> list[dict[str, Any]]:
    """Return many exports of which a few wait or run, as a ledger is after some years."""
    made = []
    for number in range(many):
        is_active = STATUSES[number % len(STATUSES)] in ("pending", "running")
        changes = {"status": "completed"} if is_active and number > ACTIVE * len(STATUSES) // 2 else {}
        made.append(export_row(number, **changes))
    return made


@pytest.mark.parametrize("many", [20_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_the_calls_of_workers_and_followers_go_through_the_indexes(database_url: str, many: int) -> None:
    fill_ledger(database_url, rows(many))
    middle = export_id(many // 2)
    config = ExportConfig(data_types=["logs"])

    async def look(database: Database) -> dict[str, list[str]]:
        ledger = ExportStatusManager(database)
        calls = {
            "one export": lambda: ledger.get(middle),
            "its attempts": lambda: ledger.details(middle),
            "its files": lambda: ledger.files(middle),
            "progress of one": lambda: ledger.progress([middle]),
            "progress of many": lambda: ledger.progress(
                [export_id(n * (many // 1_100)) for n in range(1_000)]
            ),
            "a page": lambda: ledger.list(limit=50),
            "creation": lambda: ledger.create(config, idempotency_key="key", max_queued=1_000),
            "lost commands": lambda: ledger.fail_lost_commands(),
            "the next one": lambda: ledger.claim_next("a test", 60, max_attempts=3, max_rows=1_000),
            "what is asked for": lambda: ledger.request_cancel(export_id(5)),
        }
        found = {}
        for name, call in calls.items():
            with statements(database) as seen:
                await call()
            found[name] = await plans(database, seen)
        return found

    for name, found in with_database(database_url, look).items():
        assert found, name
        for plan in found:
            scans = [
                line
                for line in plan.splitlines()
                if line.strip().removeprefix("-> ").strip().startswith(("SCAN export", "Seq Scan on export"))
            ]
            # A page is the end of the index by time.
            assert all("ix_exports_created_at_id" in line and name == "a page" for line in scans), plan
