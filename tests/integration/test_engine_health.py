"""The engine of exports, as `lumber doctor` and readiness show it."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from lumber.exports import engine_health
from lumber.exports.engine_health import EngineProbe, check_engine
from lumber.settings import Settings
from lumber.store.url import DatabaseUrl
from tests.integration.crews import Crew, scheduler
from tests.integration.processes import PATIENCE_SECONDS

POSTGRESQL = "postgresql://lumber@127.0.0.1/lumber"


def settings_of(folder: Path, url: str = POSTGRESQL, **values: Any) -> Settings:
    return Settings(data_dir=folder, database_url=url, workers=1, **values)


@contextmanager
def closed_port() -> Iterator[int]:
    """Yield a port of the loopback that refuses connections, and that nobody else gets meanwhile."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@pytest.mark.parametrize(
    ("engine", "url", "text"),
    [
        ("pool", POSTGRESQL, "pool: only the worker that runs an export works on it, with 1 process"),
        (
            "claims",
            POSTGRESQL,
            "claims: idle workers of this database help if they share {folder}",
        ),
        ("claims", "sqlite:///x.db", "claims: the idle worker of this database helps commands"),
    ],
)
async def test_an_engine_of_our_own_is_named_with_what_it_needs(
    tmp_path: Path, engine: str, url: str, text: str
) -> None:
    settings = settings_of(tmp_path, url, engine=engine)
    found = await check_engine(settings, DatabaseUrl.parse(url))
    assert (found.name, found.outcome, found.advice) == ("engine", "ok", None)
    assert found.text.startswith(text.format(folder=settings.effective_exports_dir))
    assert (await EngineProbe(settings).check()).text == engine


async def test_a_scheduler_that_is_away_is_named_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_health, "_CONNECT_SECONDS", 0.5)
    with closed_port() as port:
        settings = settings_of(tmp_path, engine="dask", dask_scheduler=f"tcp://127.0.0.1:{port}")
        found = await check_engine(settings, DatabaseUrl.parse(POSTGRESQL))
        quick = await EngineProbe(settings).check()
    assert (found.outcome, f"tcp://127.0.0.1:{port}" in found.text) == ("failure", True)
    assert "LUMBER_DASK_SCHEDULER" in str(found.advice)
    # Readiness stays: a restart of the service would mend nothing. Anyone may ask, so no address is named.
    assert (quick.outcome, quick.text) == ("warning", "dask: the scheduler can't be reached. Exports fail")
    assert str(port) not in f"{quick.text} {quick.advice}"


async def test_without_the_library_of_dask_the_advice_is_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_health, "find_spec", lambda _name: None)
    settings = settings_of(tmp_path, engine="dask", dask_scheduler="tcp://127.0.0.1:1")
    found = await check_engine(settings, DatabaseUrl.parse(POSTGRESQL))
    quick = await EngineProbe(settings).check()
    assert (found.outcome, quick.outcome) == ("failure", "warning")
    assert found.advice == quick.advice == "Run: pip install 'lumber[dask]'."


async def test_readiness_asks_a_scheduler_only_now_and_then(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        settings = settings_of(tmp_path, engine="dask", dask_scheduler=f"tcp://127.0.0.1:{port}")
        probe = EngineProbe(settings)
        first = await probe.check()
        assert (first.outcome, first.text) == ("ok", "dask: the scheduler can be reached")
    # Nobody listens any more, and the first answer still holds.
    assert await probe.check() is first


async def test_a_cluster_is_counted_and_its_workers_are_compared(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'rows.db'}"
    with scheduler(tmp_path) as port, ExitStack() as stack:
        settings = settings_of(tmp_path, url, engine="dask", dask_scheduler=f"tcp://127.0.0.1:{port}")
        empty = await check_engine(settings, DatabaseUrl.parse(url))
        assert (empty.outcome, empty.advice) == (
            "warning",
            f"On each machine, run: dask worker tcp://127.0.0.1:{port}",
        )
        Crew("dask", settings, stack).add_dask_worker()
        for _ in range(10 * PATIENCE_SECONDS):
            found = await check_engine(settings, DatabaseUrl.parse(url))
            if found.outcome != "warning":
                break
            await asyncio.sleep(0.1)
        assert found.text == f"dask: tcp://127.0.0.1:{port} has 1 worker with 1 thread"
        other = await check_engine(settings, DatabaseUrl.parse("sqlite:////elsewhere.db"))
    assert other.outcome == "failure"
    assert "has the database sqlite://" in other.text
