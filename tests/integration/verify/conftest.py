"""Finished datasets of every layout, each exported once for all tests."""

import asyncio
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lumber.exports import DataExporter, ExportConfig
from lumber.settings import Settings, load_settings
from lumber.store.database import open_database
from lumber.store.models import AnomalyDetection, IPAddress, LogEntry
from lumber.store.url import DatabaseUrl
from tests.clones import make_tables
from tests.integration.verify.datasets import BLANK, LOGS, NULS, Dataset

START = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A database with rows of every kind and every oddity, cut into several shards."""
    folder = tmp_path_factory.mktemp("data")
    made = load_settings(
        data_dir=folder, database_url=f"sqlite:///{folder / 'lumber.db'}", partition_rows=50, workers=1
    )
    asyncio.run(_fill(made))
    return made


async def _fill(settings: Settings) -> None:
    make_tables(settings.effective_database_url)
    database = open_database(DatabaseUrl.parse(settings.effective_database_url))
    try:
        async with database.session() as session:
            session.add_all(_log(number) for number in range(1, LOGS + 1))
            session.add_all(
                AnomalyDetection(
                    id=n, timestamp=START + timedelta(hours=n), anomaly_type="spike", score=n / 10
                )
                for n in range(1, 8)
            )
            session.add_all(
                IPAddress(id=n, address=f"10.0.0.{n}", first_seen=START, last_seen=START, tags={"n": n})
                for n in range(1, 6)
            )
    finally:
        await database.close()


def _log(number: int) -> LogEntry:
    message = ["plain", 'quoted "text", comma', "two\nlines", "=SUM(A1)", "naïve ☃ \u2028"][number % 5]
    if number in BLANK:
        message = ""
    return LogEntry(
        id=number,
        # Not in the order of ids, and three rows in each second.
        timestamp=START + timedelta(seconds=(number * 101 % LOGS) // 3),
        severity_text="warning" if number % 2 else None,
        process_name="ps\0" if number == NULS else "",
        message="a\0b" if number == NULS else message,
        host_name=None if number % 3 else "host",
        structured_data={"n": number, "nested": [None, {"x": 1.5}]} if number % 4 else None,
    )


@pytest.fixture(scope="session")
def exported(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Path]:
    """Give a finished dataset of a layout, made once: tests must not change it."""
    made: dict[tuple[str, str], Path] = {}

    def export(name: str, codec: str) -> Path:
        if (name, codec) not in made:
            folder = tmp_path_factory.mktemp("dataset") / f"{name}-{codec}"
            config = ExportConfig(
                data_types=["logs", "anomalies", "ips"], output_format=name, compression=codec
            )
            asyncio.run(DataExporter(config, settings=settings, output=folder).export_data())
            made[name, codec] = folder
        return made[name, codec]

    return export


@pytest.fixture
def copied(exported: Callable[[str, str], Path], tmp_path: Path) -> Callable[..., Dataset]:
    """Give a copy of a finished dataset, JSON Lines if not said otherwise."""

    def copy(name: str = "jsonl", codec: str = "none") -> Dataset:
        return Dataset(Path(shutil.copytree(exported(name, codec), tmp_path / "dataset")))

    return copy


@pytest.fixture
def dataset(copied: Callable[..., Dataset]) -> Dataset:
    return copied()
