"""The estimate of an export: near the truth, and honest about its grounds."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from lumber.exports import DataExporter, ExportConfig, ExportMetadata
from lumber.exports.estimate import ExportEstimate, estimate_export
from lumber.exports.preview import preview_export
from lumber.settings import Settings
from lumber.store.database import Database
from lumber.store.models import ExportFile, ExportStatus, LogEntry
from tests.integration.datasets import START
from tests.integration.ledgers import with_database

ROWS = 6_000


def log_rows(count: int) -> list[dict[str, Any]]:
    return [
        {
            "timestamp": START + timedelta(seconds=n),
            "severity_text": ("info", "error", "warning")[n % 3],
            "process_name": f"proc-{n % 17}",
            # Every tenth row breaks a rule.
            "message": "" if n % 10 == 0 else f"session {n * 7919 % 1_000_003} opened for user {n % 41}",
        }
        for n in range(count)
    ]


async def estimated(database: Database, **config: Any) -> ExportEstimate:
    chosen = ExportConfig(data_types=["logs"], **config)
    return await estimate_export(database, chosen, await preview_export(chosen, database, samples=0))


@pytest.mark.parametrize(
    ("output_format", "compression", "tolerance"),
    [
        ("jsonl", False, 0.05),
        ("csv", True, 0.3),
        ("json", "zstd", 0.3),
        ("parquet", True, 0.6),
        ("arrow", False, 0.1),
    ],
)
def test_the_bytes_are_near_those_of_the_export(
    sqlite_url: str, tmp_path: Path, output_format: str, compression: Any, tolerance: float
) -> None:
    if output_format == "json" and compression == "zstd":
        compression = True
    config = {"output_format": output_format, "compression": compression}

    async def run(database: Database) -> tuple[ExportEstimate, ExportMetadata]:
        async with database.session() as session:
            await session.execute(sa.insert(LogEntry), log_rows(ROWS))
        guess = await estimated(database, **config)
        settings = Settings(data_dir=tmp_path / "data", workers=1)
        exporter = DataExporter(
            ExportConfig(data_types=["logs"], **config),
            settings=settings,
            database=database,
            output=tmp_path / "out",
        )
        return guess, await exporter.export_data()

    guess, export = with_database(sqlite_url, run)
    assert (guess.bytes_basis, guess.seconds_basis) == ("sample", "typical")
    assert export.record_count == ROWS * 9 // 10
    files = list((tmp_path / "out" / "logs").iterdir())
    assert guess.bytes == pytest.approx(sum(path.stat().st_size for path in files), rel=tolerance)


def completed(number: int, **changes: Any) -> ExportStatus:
    values = {
        "id": f"export-{number}",
        "status": "completed",
        "data_version": "1.0.0",
        "config": {"data_types": ["logs"], "output_format": "jsonl", "compression": "gzip"},
        "config_hash": "x",
        "created_at": START + timedelta(minutes=number),
        "started_at": START + timedelta(minutes=number),
        "finished_at": START + timedelta(minutes=number, seconds=11.5),
        "planned_rows": 100_000,
        "record_count": 100_000,
        "attempt": 1,
    }
    return ExportStatus(**(values | changes))


def of_logs(number: int, rows: int, size: int) -> ExportFile:
    names = {"id": f"file-{number}", "export_id": f"export-{number}", "path": "logs/x", "kind": "logs"}
    return ExportFile(**names, split="train", rows=rows, size_bytes=size, sha256="aa")


def test_past_exports_of_the_same_format_are_better_grounds(database_url: str) -> None:
    async def run(database: Database) -> list[ExportEstimate]:
        async with database.session() as session:
            await session.execute(sa.insert(LogEntry), log_rows(100))
            session.add_all(
                [
                    # 10,000 rows a second, 5 bytes a row.
                    completed(1),
                    completed(2, config={"output_format": "jsonl", "compression": True}),
                    # Another format, ten times as fast; one of another version; one that was resumed.
                    completed(
                        3, config={"output_format": "csv", "compression": False}, planned_rows=1_000_000
                    ),
                    completed(4, config={"output_format": "xml"}, planned_rows=None),
                    completed(5, attempt=2, planned_rows=9_000_000),
                    completed(6, status="failed", planned_rows=9_000_000),
                ]
            )
            await session.flush()
            session.add_all(
                [of_logs(1, 100_000, 400_000), of_logs(2, 100_000, 600_000), of_logs(3, 10**6, 10**8)]
            )
        return [
            await estimated(database, output_format="jsonl", compression=True),
            await estimated(database, output_format="csv"),
            await estimated(database, output_format="parquet"),
        ]

    same, other, none = with_database(database_url, run)
    assert (same.bytes, same.bytes_basis) == (5 * 90, "past_exports")
    assert (same.seconds, same.seconds_basis) == (1.5, "past_exports")
    assert (other.bytes, other.bytes_basis) == (100 * 90, "past_exports")
    assert none.bytes_basis == "sample"
    assert none.seconds_basis == "past_exports"


def test_speed_grows_with_the_rows(sqlite_url: str) -> None:
    async def run(database: Database) -> tuple[ExportEstimate, ExportEstimate]:
        async with database.session() as session:
            await session.execute(sa.insert(LogEntry), log_rows(1_000))
            # Slow: ten rows a second.
            session.add(completed(1, planned_rows=10_000, finished_at=START + timedelta(seconds=1_061.5)))
        return await estimated(database), await estimated(database, filters={"id": {"lte": 100}})

    all_rows, some = with_database(sqlite_url, run)
    assert (all_rows.seconds, some.seconds) == (101.5, 11.5)
    assert all_rows.bytes is not None
    assert some.bytes is not None
    assert all_rows.bytes > 5 * some.bytes


def test_nothing_to_export_is_no_error(database_url: str) -> None:
    guess = with_database(database_url, estimated)
    assert guess.seconds == 1.5
    assert guess.bytes is not None
    assert guess.bytes < 10


def test_past_exports_with_the_same_options_are_better_grounds_than_faster_ones(sqlite_url: str) -> None:
    plain = {"data_types": ["logs"], "output_format": "jsonl", "compression": False}

    async def run(database: Database) -> tuple[ExportEstimate, ExportEstimate]:
        async with database.session() as session:
            await session.execute(sa.insert(LogEntry), log_rows(1_000))
            # 10,000 rows a second.
            session.add_all([completed(1, config=plain), completed(2, config=plain)])
        options = {"output_format": "jsonl", "compression": False, "templates": {}, "split": "time"}
        scaled = await estimated(database, **options)
        async with database.session() as session:
            # 100 rows a second.
            took = START + timedelta(seconds=1_001.5)
            config = plain | {"templates": {}, "split": {"mode": "time"}}
            slow = completed(3, config=config, started_at=START, finished_at=took)
            session.add(slow)
        return scaled, await estimated(database, **options)

    scaled, same = with_database(sqlite_url, run)
    # A plain export takes 0.1 s; templates add 0.8 times and splits 0.3 times as much.
    assert (scaled.seconds, scaled.seconds_basis) == (1.7, "scaled")
    assert scaled.seconds_reason == (
        "No past export has the same options. Scaled from 2 past exports: with splits and templates, about "
        "2.1 times as long as without."
    )
    assert (same.seconds, same.seconds_basis) == (11.5, "past_exports")
    assert same.seconds_reason == "Median of 1 past export in this format with splits and templates."
    assert same.bytes_basis == "sample"


def test_a_sample_is_as_small_as_its_share(sqlite_url: str) -> None:
    async def run(database: Database) -> tuple[ExportEstimate, ExportEstimate]:
        async with database.session() as session:
            await session.execute(sa.insert(LogEntry), log_rows(1_000))
        whole = await estimated(database, output_format="jsonl", compression=False)
        return whole, await estimated(database, output_format="jsonl", compression=False, sample=0.1)

    whole, sampled = with_database(sqlite_url, run)
    assert whole.bytes is not None
    assert sampled.bytes == pytest.approx(whole.bytes / 10, rel=0.02)
