"""Which exports a principal may use: the same in lists, counts, totals and looks at one, on each database."""

from typing import Any

import pytest

from lumber.audit.actor import Actor, ActorKind
from lumber.errors import ExportNotFound
from lumber.exports import ExportConfig, ExportStatusManager
from lumber.exports.creation import NewExport
from lumber.exports.history import HistoryQuery, find_exports
from lumber.exports.metadata import ExportMetadata
from lumber.exports.statistics import export_stats
from lumber.identity.rights import Principal, Scope
from lumber.store.database import Database
from tests.integration.ledgers import with_database

LOCAL = Principal.local()
ADMIN = Principal.of_user("a", "ada", "admin")
BOB = Principal.of_user("b", "bob", "exporter")
EVE = Principal.of_user("e", "eve", "viewer")
OF_BOB = Actor(ActorKind.USER, "bob", "b")
# The owner and the config of each export.
EXPORTS: dict[str, tuple[Actor | None, dict[str, Any]]] = {
    "local": (None, {"data_types": ["logs"]}),
    "logs": (OF_BOB, {"data_types": ["logs"]}),
    "ips": (OF_BOB, {"data_types": ["ips"]}),
    "both": (OF_BOB, {"data_types": ["logs", "ips"]}),
    "labelled": (OF_BOB, {"data_types": ["logs"], "labels": True}),
    # The split of an anomaly is that of its log line.
    "split": (OF_BOB, {"data_types": ["anomalies"], "split": "time"}),
}
OWN = {"logs", "ips", "both", "labelled", "split"}


def limited(principal: Principal, *kinds: str) -> Principal:
    """Return a principal with a key for some kinds."""
    return principal.with_key("k", list(Scope), kinds)


SEEN: list[tuple[Principal | None, set[str]]] = [
    (None, set(EXPORTS)),
    (LOCAL, set(EXPORTS)),
    (ADMIN, set(EXPORTS)),
    (BOB, OWN),
    (EVE, set()),
    (limited(BOB, "logs"), {"logs"}),
    (limited(BOB, "ips", "logs"), {"logs", "ips", "both"}),
    (limited(BOB, "anomalies", "logs"), {"logs", "labelled", "split"}),
    (limited(BOB, "anomalies"), set()),
    (limited(BOB), set()),
    (limited(ADMIN, "logs"), {"local", "logs"}),
]


@pytest.fixture
def ids(database_url: str) -> dict[str, str]:
    """Create the exports; return their ids."""

    async def create(database: Database) -> dict[str, str]:
        found = {}
        for name, (by, config) in EXPORTS.items():
            new = NewExport(ExportConfig(**config), by=by)
            (created,) = await ExportStatusManager(database).create_all([new])
            assert isinstance(created, ExportMetadata)
            found[name] = created.export_id
        return found

    return with_database(database_url, create)


def test_lists_counts_totals_and_looks_agree(database_url: str, ids: dict[str, str]) -> None:
    async def check(database: Database) -> None:
        ledger = ExportStatusManager(database)
        for principal, names in SEEN:
            expected = {ids[name] for name in names}
            for query in (
                HistoryQuery(),
                HistoryQuery(statuses=("pending", "running")),
                HistoryQuery(text="data_types"),
            ):
                found, total = await find_exports(database, query, principal=principal)
                assert ({export.export_id for export in found}, total) == (expected, len(expected))
            page, total = await find_exports(database, HistoryQuery(limit=1), principal=principal)
            assert (len(page), total) == (min(1, len(expected)), len(expected))
            stats = await export_stats(database, principal=principal)
            assert stats.by_status["pending"] == stats.queue.waiting == len(expected)
            assert (stats.queue.oldest_waiting_seconds is None) is (not expected)
            if principal is not None:
                await look_at_each(ledger, principal, ids, names)

    with_database(database_url, check)


async def look_at_each(
    ledger: ExportStatusManager, principal: Principal, ids: dict[str, str], names: set[str]
) -> None:
    for name, export_id in ids.items():
        if name in names:
            await ledger.require_usable(export_id, principal, Scope.EXPORTS_WRITE)
            continue
        with pytest.raises(ExportNotFound) as hidden:
            await ledger.require_usable(export_id, principal, Scope.EXPORTS_READ)
        # As for an id that no export has.
        with pytest.raises(ExportNotFound) as missing:
            await ledger.get("x" + export_id[1:])
        assert str(hidden.value) == str(missing.value).replace("x" + export_id[1:], export_id)


def test_exports_of_earlier_versions_are_for_keys_without_limits(
    database_url: str, ids: dict[str, str]
) -> None:
    async def forget(database: Database) -> tuple[int, int]:
        async with database.connect() as connection, connection.begin():
            await connection.exec_driver_sql("UPDATE exports SET owner_id = NULL, read_kinds = NULL")
        all_of_them = await find_exports(database, HistoryQuery(), principal=ADMIN)
        some = await find_exports(database, HistoryQuery(), principal=limited(ADMIN, "logs", "ips"))
        return all_of_them[1], some[1]

    assert with_database(database_url, forget) == (len(EXPORTS), 0)
