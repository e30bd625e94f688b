"""Another package adds a filter operator with one declaration: everything that uses filters knows it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lumber.cli.config.filters import parse_filters
from lumber.errors import ConfigError
from lumber.exports.config import ExportConfig
from lumber.exports.exporter import DataExporter
from lumber.exports.inventory import Inventory
from lumber.exports.parsing import parse_config
from lumber.exports.preview import preview_export
from lumber.exports.preview_report import KindPreview
from lumber.settings import Settings
from lumber.store.database import open_database
from lumber.store.url import DatabaseUrl
from tests.integration.datasets import execute, read_dataset, sqlite_time
from tests.integration.toy_package import install, on_path
from tests.integration.workers import settings_for

MODULE = '''
"""ends_with: an operator from outside."""

from lumber.catalog.filter_values import column_value
from lumber.catalog.kind import Filtering
from lumber.catalog.operators import Operand, Operator, Takes


def ends_with(column, given):
    suffix = given[0]
    if column.dialect == "sqlite":
        return column.call("substr", column.value, -len(suffix)) == column.literal(suffix)
    return column.call("right", column.value, len(suffix)) == column.literal(suffix)


OPERATOR = Operator(
    name="ends_with",
    label="ends with",
    columns=frozenset({Filtering.TEXTUAL, Filtering.ADDRESS}),
    takes=Takes.ONE,
    operand=Operand.PARTIAL,
    check=column_value,
    sql=ends_with,
    signs=("=$",),
)
'''
MESSAGES = ["disk full", "DISK FULL", "full disk", "disk f_ll", "ll", "disk is full"]


@pytest.fixture(autouse=True)
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An installed package with only the operator in it."""
    entry_points = {"lumber.operators": {"ends_with": "OPERATOR"}}
    package = install(tmp_path / "packages", "toy_operator", MODULE, entry_points)
    with on_path(package, monkeypatch):
        yield


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings for a database with the messages, one a second."""
    if database_url.startswith("sqlite"):
        lines: list[tuple[Any, ...]] = [
            (number, sqlite_time(number * 1_000_000), text) for number, text in enumerate(MESSAGES)
        ]
        execute(database_url, "INSERT INTO log_entries (id, timestamp, message) VALUES (?, ?, ?)", lines)
    else:
        statement = "INSERT INTO log_entries (id, timestamp, message) VALUES ($1, now(), $2)"
        execute(database_url, statement, list(enumerate(MESSAGES)))
    return settings_for(database_url, tmp_path)


def preview(config: ExportConfig, settings: Settings) -> KindPreview:
    async def run() -> KindPreview:
        database = open_database(DatabaseUrl.parse(settings.effective_database_url))
        try:
            return (await preview_export(config, database))["logs"]
        finally:
            await database.close()

    return asyncio.run(run())


def test_preview_and_export_use_it_alike(settings: Settings, tmp_path: Path) -> None:
    filters = parse_filters(["message ends_with ll"])
    assert filters == {"message": {"ends_with": "ll"}}
    config = ExportConfig(data_types=["logs"], filters=filters, output_format="jsonl", include_metadata=False)
    expected = [text for text in MESSAGES if text.endswith("ll")]
    shown = preview(config, settings)
    assert (shown.rows, [row["message"] for row in shown.sample.after]) == (len(expected), expected)

    out = tmp_path / "out"
    asyncio.run(DataExporter(config, settings=settings, output=out).export_data())
    assert [row["message"] for row in read_dataset(out)] == expected


async def test_forms_offer_it_for_the_columns_that_it_works_on(settings: Settings) -> None:
    database = open_database(DatabaseUrl.parse(settings.effective_database_url))
    try:
        details = await Inventory().dataset(database, "logs")
    finally:
        await database.close()
    offered = {each.name for each in details.filters if "ends_with" in each.operators}
    assert offered == {
        *("severity_text", "process_name", "message", "device_id", "device_ip", "host_name", "raw_message"),
    }


def test_it_has_its_sign() -> None:
    assert parse_filters(["message=$full", "process_name=$d"]) == {
        "message": {"ends_with": "full"},
        "process_name": {"ends_with": "d"},
    }


@pytest.mark.parametrize("filters", [{"id": {"ends_with": "1"}}, {"message": {"ends_with": ["a", "b"]}}])
def test_it_is_refused_where_it_makes_no_sense(filters: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config({"data_types": ["logs"], "filters": filters})
    (problem,) = caught.value.problems
    assert problem.field == f"filters.{next(iter(filters))}"
