"""Alive and ready: what each looks at, and when it says no."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from fastapi.testclient import TestClient

from lumber.api import create_app
from lumber.exports import health
from lumber.settings import Settings
from lumber.store.clock import database_now
from lumber.store.database import Database
from tests.integration.datasets import execute
from tests.integration.ledgers import export_row, insert, with_database

READY = "/api/v1/health/ready"


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings for a database of each kind."""
    return Settings(serve_worker=False, data_dir=tmp_path, database_url=database_url, workers=1)


def outcomes(client: TestClient) -> dict[str, tuple[str, str]]:
    checks = client.get(READY).json()["checks"]
    return {check["name"]: (check["outcome"], check["text"]) for check in checks}


def test_a_living_service_says_so_without_looking_at_anything(client: TestClient, settings: Settings) -> None:
    execute(settings.database_url, "DROP TABLE alembic_version")
    answer = client.get("/api/v1/health/live")
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


def test_a_ready_service_names_its_checks(client: TestClient) -> None:
    answer = client.get(READY)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["status"] == "ready"
    assert list(outcomes(client)) == ["disk", "engine", "database", "migrations", "worker"]
    assert outcomes(client)["worker"] == ("ok", "not needed: no export is queued")


def test_health_names_no_folder_and_no_address(client: TestClient, settings: Settings) -> None:
    execute(settings.database_url, "DROP TABLE alembic_version")
    for path in (READY, "/health/ready"):
        text = client.get(path).text
        assert str(settings.data_dir) not in text
        assert "://" not in text


def test_outdated_tables_are_not_ready(client: TestClient, settings: Settings) -> None:
    execute(settings.database_url, "UPDATE alembic_version SET version_num = '0001'")
    answer = client.get(READY)
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["status"] == "not_ready"
    assert outcomes(client)["migrations"][0] == "failure"
    assert outcomes(client)["database"][0] == "ok"


def test_a_database_that_is_away_is_not_ready_and_is_again_when_it_is_back(
    client: TestClient, settings: Settings, postgres_server: Any
) -> None:
    assert client.get(READY).status_code == 200
    away, back = _taking_away(settings, postgres_server)
    away()
    try:
        answer = client.get(READY)
    finally:
        back()
    assert answer.status_code == 503
    failed = [check for check in answer.json()["checks"] if check["outcome"] == "failure"]
    assert failed[0]["name"] == "database"
    assert str(settings.data_dir) not in answer.text
    assert "://" not in answer.text
    assert client.get(READY).status_code == 200


def _taking_away(settings: Settings, server: Any) -> tuple[Callable[[], None], Callable[[], None]]:
    """Return how the database goes away from the service, and how it comes back."""
    if settings.database_url.startswith("sqlite"):
        path = Path(settings.database_url.removeprefix("sqlite:///"))
        moved = path.with_name("moved.db")
        return lambda: path.rename(moved) and None, lambda: moved.rename(path) and None
    name = settings.database_url.rpartition("/")[2]
    maintenance = server.url("postgres")

    def away() -> None:
        execute(maintenance, f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        execute(
            maintenance, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        )

    return away, lambda: execute(maintenance, f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


class _Usage(NamedTuple):
    total: int
    used: int
    free: int


def test_a_full_disk_is_not_ready(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health.shutil, "disk_usage", lambda _path: _Usage(10**9, 10**9 - 10, 10))
    answer = client.get(READY)
    assert answer.status_code == 503
    assert outcomes(client)["disk"][0] == "failure"


def test_without_a_worker_inside_the_ledger_says_whether_others_work(
    client: TestClient, settings: Settings
) -> None:
    async def now(database: Database) -> Any:
        async with database.session() as session:
            return await database_now(session)

    moment = with_database(settings.database_url, now)
    waiting = export_row(5, status="pending")
    lost = {"lease_until": moment - timedelta(seconds=1), "lease_owner": "w"}
    insert(settings.database_url, "exports", [waiting])
    assert outcomes(client)["worker"][0] == "warning"
    assert outcomes(client)["worker"][1].startswith("unknown")
    assert client.get(READY).status_code == 200
    insert(settings.database_url, "exports", [export_row(6) | lost])
    assert outcomes(client)["worker"][0] == "warning"
    held = {"lease_until": moment + timedelta(hours=1), "lease_owner": "w"}
    insert(settings.database_url, "exports", [export_row(13) | held])
    assert outcomes(client)["worker"] == ("ok", "another process is running an export")


def test_a_worker_inside_must_live(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with TestClient(create_app(settings.model_copy(update={"serve_worker": True}))) as client:
        assert outcomes(client)["worker"][0] == "ok"
        worker = client.app.state.service.worker
        monkeypatch.setattr("lumber.exports.readiness._SILENT_SECONDS", -1.0)
        worker.worker.seen_at = worker.worker.seen_at or 0.0
        assert outcomes(client)["worker"][0] == "failure"
        worker.stop()
        answer = client.get(READY)
        assert answer.status_code == 503
        assert outcomes(client)["worker"] == ("failure", "the built-in worker has stopped")
