"""The preview: what an export would cover, on both databases, and nothing written."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest
import sqlalchemy as sa

from lumber.errors import DatabaseMissing
from lumber.exports import ExportConfig, ExportStatusManager
from lumber.exports.preview import preview_export
from lumber.exports.preview_report import KindPreview
from lumber.steps.cast import TIME_MAX_US, TIME_MIN_US
from lumber.store.bulk import literal_sql
from lumber.store.database import Database, open_database
from lumber.store.keyset import moment
from lumber.store.models import LogEntry
from lumber.store.types import from_microseconds
from lumber.store.url import DatabaseUrl

HOUR = 3_600_000_000
Row = dict[str, Any]


def previews(url: str, rows: Sequence[Row], *, samples: int = 5, **config: Any) -> dict[str, KindPreview]:
    """Preview an export from a fresh database that holds these log rows."""

    async def run() -> dict[str, KindPreview]:
        database = open_database(DatabaseUrl.parse(url))
        try:
            await add(database, rows)
            values = {"data_types": ["logs"]} | config
            found = await preview_export(ExportConfig(**values), database, samples=samples)
            assert await ExportStatusManager(database).list() == []
            return found
        finally:
            await database.close()

    return asyncio.run(run())


async def add(database: Database, rows: Sequence[Row]) -> None:
    whole = [
        {"id": i, "message": "x", **row, "timestamp": from_microseconds(0)} for i, row in enumerate(rows)
    ]
    async with database.session() as session:
        if whole:
            await session.execute(sa.insert(LogEntry), whole)
        for index, row in enumerate(rows):
            if "timestamp" in row:
                at = sa.literal_column(moment(row["timestamp"], database.url.dialect))
                change = sa.update(LogEntry).where(LogEntry.id == index).values(timestamp=at)
                connection = await session.connection()
                await connection.exec_driver_sql(literal_sql(change, database.url.dialect))


def test_counts_span_and_samples(database_url: str) -> None:
    rows = [
        {"timestamp": 2 * HOUR, "severity_text": "err", "structured_data": '{"b": 1, "a": 2}'},
        {"timestamp": 0, "severity_text": "loud"},
        {"timestamp": HOUR, "message": ""},
    ]
    preview = previews(database_url, rows)["logs"]
    assert preview.rows == 3
    assert (preview.first, preview.last) == ("1970-01-01T00:00:00.000000Z", "1970-01-01T02:00:00.000000Z")
    assert sum(bar.rows for bar in preview.histogram) == 3
    both = preview.sample.before, preview.sample.after
    assert [[row["id"] for row in rows] for rows in both] == [[1, 0], [1, 0]]
    assert preview.sample.before[1]["structured_data"] == '{"a":2,"b":1}'
    assert (preview.sample.after[1]["log_level"], preview.sample.after[1]["severity_number"]) == ("ERROR", 17)
    assert (preview.sample.after[0]["log_level"], preview.sample.after[0]["severity_text"]) == (None, "loud")
    assert (preview.reject_estimate.sampled_rows, preview.reject_estimate.rows) == (3, 1)
    assert preview.reject_estimate.by_rule == {"message.required": 1}


def test_the_level_and_the_filters_are_those_of_the_export(database_url: str) -> None:
    rows = [{"severity_text": "loud"}, {"severity_text": "err"}, {"severity_text": "err", "message": ""}]
    preview = previews(
        database_url,
        rows,
        validation_level="strict",
        filters={"severity_text": ["loud", "err"], "id": {"lte": 1}},
    )["logs"]
    assert (preview.rows, preview.reject_estimate.by_rule) == (2, {"severity_text.known_severity": 1})


def test_a_kind_without_the_column_says_that_it_is_not_filtered(sqlite_url: str) -> None:
    found = previews(sqlite_url, [{}], data_types=["logs", "ips"], filters={"log_level": "ERROR"})
    assert {name: item.unapplied_filters for name, item in found.items()} == {
        "logs": [],
        "ips": ["log_level"],
    }


@pytest.mark.parametrize("samples", [0, 1, 5])
def test_no_more_samples_than_asked_for(sqlite_url: str, samples: int) -> None:
    preview = previews(sqlite_url, [{}] * 9, samples=samples)["logs"]
    assert len(preview.sample.before) == len(preview.sample.after) == samples


def test_nothing_selected_is_shown_as_nothing(database_url: str) -> None:
    found = previews(database_url, [{}], data_types=["logs", "ips"], filters={"message": "never"})
    assert {name: preview.rows for name, preview in found.items()} == {"logs": 0, "ips": 0}
    for preview in found.values():
        assert (preview.first, preview.last, preview.sample.before, preview.sample.after) == (
            None,
            None,
            [],
            [],
        )
        assert (preview.reject_estimate.sampled_rows, preview.reject_estimate.rows) == (0, 0)


def test_times_that_no_calendar_has_are_shown_as_numbers(database_url: str) -> None:
    rows = [{"timestamp": time} for time in (-(2**63) + 1, TIME_MIN_US, 0, TIME_MAX_US, 2**63 - 1)]
    preview = previews(database_url, rows)["logs"]
    assert preview.rows == 5
    assert preview.first == f"{-(2**63) + 1} microseconds since 1970"
    assert preview.last == f"{2**63 - 1} microseconds since 1970"
    assert preview.reject_estimate.by_rule == {"timestamp.valid_time": 2}
    assert sum(bar.rows for bar in preview.histogram) == 5


def test_rejects_of_many_rows_are_estimated_from_a_sample(database_url: str) -> None:
    """Every fifth row is empty, wherever one looks."""
    messages = ["" if index % 5 == 0 else "x" for index in range(5_000)]
    preview = previews(database_url, [{"message": message} for message in messages])["logs"]
    assert preview.rows == 5_000
    assert 0 < preview.reject_estimate.sampled_rows < 5_000
    assert 0.15 * 5_000 <= preview.reject_estimate.rows <= 0.25 * 5_000
    assert preview.reject_estimate.is_exact is False


def test_text_that_is_not_utf_8_is_an_expected_reject(sqlite_url: str) -> None:
    async def damage() -> None:
        database = open_database(DatabaseUrl.parse(sqlite_url))
        await add(database, [{}, {}])
        async with database.session() as session:
            await session.execute(
                sa.text("UPDATE log_entries SET message = CAST(x'ff' AS TEXT) WHERE id = 1")
            )
        await database.close()

    asyncio.run(damage())
    preview = previews(sqlite_url, [])["logs"]
    assert (preview.rows, preview.reject_estimate.by_rule) == (2, {"message.valid_utf8": 1})


def test_a_preview_is_plain_json(sqlite_url: str) -> None:
    preview = previews(sqlite_url, [{"timestamp": HOUR}])["logs"]
    text = json.dumps(preview.model_dump(), default=str, allow_nan=False)
    assert json.loads(text)["reject_estimate"]["is_exact"] is True


def test_lines_are_shown_with_the_labels_that_they_would_get(sqlite_url: str) -> None:
    plain = previews(sqlite_url, [])["logs"].model_dump()
    labelled = previews(sqlite_url, [], labels=True, fields={"logs": ["message", "label"]})[
        "logs"
    ].model_dump()
    rows = [{"timestamp": HOUR, "message": "a"}]
    shown = previews(sqlite_url, rows, labels={"window_seconds": 60})["logs"]
    assert labelled == plain
    assert shown.rows == 1
    assert shown.sample.after[0]["label"] is None, "no anomaly is near"


def test_a_database_without_tables_is_missing(empty_sqlite_url: str) -> None:
    async def run() -> None:
        database = open_database(DatabaseUrl.parse(empty_sqlite_url))
        try:
            await preview_export(ExportConfig(data_types=["logs"]), database)
        finally:
            await database.close()

    with pytest.raises(DatabaseMissing):
        asyncio.run(run())


def test_the_cuts_of_a_split_in_time_are_named(sqlite_url: str) -> None:
    rows = [{"timestamp": hour * HOUR} for hour in range(10)]
    split = {"mode": "time", "ratios": {"train": 0.5, "test": 0.5}, "embargo_seconds": 3600}
    preview = previews(sqlite_url, rows, split=split)["logs"]
    assert [cut.model_dump() for cut in preview.cuts] == [
        {"split": "test", "start": "1970-01-01T05:00:00.000000Z", "until": "1970-01-01T06:00:00.000000Z"}
    ]
    assert preview.cuts_from == "logs"


def test_dates_name_the_cuts_themselves(sqlite_url: str) -> None:
    rows = [{"timestamp": hour * HOUR} for hour in range(3)]
    split = {"mode": "time", "dates": {"test": "1970-01-01T01:00:00Z"}}
    dated = previews(sqlite_url, rows, split=split)["logs"]
    assert [(cut.split, cut.until) for cut in dated.cuts] == [("test", None)]
    assert dated.cuts_from is None


def test_a_cut_after_all_rows_is_left_out(sqlite_url: str) -> None:
    assert previews(sqlite_url, [], split={"mode": "time"})["logs"].cuts == []
