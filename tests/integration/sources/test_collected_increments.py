"""Versions of rows that are collected: new ones are added, changes are noticed, ranges are backfilled."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lumber.exports import ExportConfig
from lumber.exports.exporter import DataExporter
from lumber.exports.preview import preview
from lumber.exports.versions.backfilling import Backfill, parse_length, plan_backfill
from lumber.exports.versions.chain import ChainReport, verify_chain
from lumber.exports.versions.listing import VersionDetails, get_dataset
from lumber.files.expansion import ReadLimits
from lumber.settings import Settings
from lumber.sources.adding import keep, register
from lumber.sources.mapping import parse_mapping
from lumber.sources.password import Password
from lumber.sources.registry import checked_url, find_source, remove_source
from lumber.store.database import Database, open_database
from lumber.store.url import DatabaseUrl
from tests.clones import make_tables
from tests.integration.datasets import execute
from tests.integration.sources.lakes import make_event, make_lake, write_events
from tests.integration.sources.public_schemas import BUILD_MAPPING, add_builds, make_builds
from tests.integration.sources.rsyslog import MAPPING
from tests.integration.workers import settings_for

BUDGET_REASON = "Each version is a whole export, and their chain is verified."

LAKE = MAPPING.replace('table = "SystemEvents"', 'guarantee = "append_only"\ntable = "events"')


class House:
    """A ledger, and a source that datasets are made of, in this process."""

    def __init__(self, folder: Path, kind: str, **values: Any) -> None:
        url = f"sqlite:///{folder / 'ledger.db'}"
        make_tables(url)
        self.kind = kind
        self.settings: Settings = settings_for(url, folder / "data", workers=1)
        self.config = ExportConfig(
            data_types=[kind], output_format="jsonl", source="plant", dataset="d", incremental=True, **values
        )

    def run(self, what: Any) -> Any:
        async def inside() -> Any:
            database = open_database(DatabaseUrl.parse(str(self.settings.database_url)))
            try:
                return await what(database)
            finally:
                await database.close()

        return asyncio.run(inside())

    def add(self, url: str, mapping: str, password: Password | None = None) -> None:
        async def do(database: Database) -> None:
            await register(database, "plant", checked_url(url), password or Password())
            await keep(database, "plant", parse_mapping(mapping))

        self.run(do)

    def version(self, config: ExportConfig | None = None) -> dict[str, Any]:
        async def do(database: Database) -> VersionDetails:
            exporter = DataExporter(config or self.config, settings=self.settings, database=database)
            await exporter.export_data()
            return (await get_dataset(database, "d")).versions[0]

        found = self.run(do).as_json()
        of_kind = found["kinds"][self.kind]
        return {**of_kind, **found, "reason": found["reason"] or of_kind.get("reason")}

    def preview(self) -> tuple[str | None, int, int]:
        """Return why all rows are read, how many are, and how many aren't."""
        found = self.run(lambda database: preview(self.config, database, settings=self.settings))
        kind = found.kinds[self.kind]
        return kind.increment.reason, kind.rows, kind.increment.kept_rows

    def chain(self) -> ChainReport:
        found: ChainReport = self.run(lambda database: verify_chain(database, "d", ReadLimits()))
        assert found.is_ok, found.problems
        return found

    def planned(self, start: str, window: str) -> Backfill:
        length = parse_length(window)
        found: Backfill = self.run(lambda database: plan_backfill(database, "d", start, None, length))
        return found


@pytest.fixture
def lake(tmp_path: Path) -> tuple[House, Path]:
    """A dataset of a folder of 600 events."""
    house = House(tmp_path, "logs")
    house.add(make_lake(tmp_path / "lake", 600, "parquet"), LAKE)
    return house, tmp_path / "lake/events"


def test_an_increment_adds_the_rows_of_new_files_only(lake: tuple[House, Path]) -> None:
    house, events = lake
    assert house.version()["mode"] == "whole"
    write_events(events / "part-7.parquet", [make_event(number) for number in range(601, 701)])
    assert house.preview() == (None, 100, 600)
    second = house.version()
    assert (second["mode"], second["added"], second["rows"]) == ("append", 100, 700)
    nothing = house.version()
    assert (nothing["mode"], nothing["added"]) == ("append", 0)
    assert house.chain().compared == ["logs"]
    # A file that is gone, and one that was written later with lower keys.
    (events / "part-0.parquet").unlink()
    fewer = house.version()
    assert (fewer["mode"], fewer["removed"], fewer["added"]) == ("whole", 200, 0)
    assert "the table has 200 rows fewer" in str(fewer["reason"])
    write_events(events / "part-0.parquet", [make_event(number) for number in range(1, 201)])
    late = house.version()
    assert (late["mode"], late["added"]) == ("whole", 200)
    assert house.chain().compared == ["logs"]


def test_a_preview_of_a_sample_does_not_say_what_it_cannot_know(
    lake: tuple[House, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    house, _ = lake
    house.version()
    monkeypatch.setattr("lumber.sources.collector.SAMPLE_ROWS", 50)
    reason, rows, _ = house.preview()
    assert rows == 50
    assert "a preview reads only the first rows of this source" in str(reason)
    # The chain is compared with all of them.
    assert house.chain().compared == ["logs"]


def test_another_address_and_another_promise_read_everything_again(
    lake: tuple[House, Path], tmp_path: Path
) -> None:
    house, _ = lake
    house.version()

    async def forget(database: Database) -> None:
        async with database.session() as session:
            await remove_source(session, (await find_source(session, "plant")).name)

    house.run(forget)
    house.add(make_lake(tmp_path / "other", 600, "parquet"), LAKE)
    other = house.version()
    assert (other["mode"], other["added"], other["changed"]) == ("whole", 0, 0)
    assert "another address" in str(other["reason"])
    house.run(forget)
    house.add(f"folder://{tmp_path / 'other'}", LAKE.replace("append_only", "snapshot"))
    weaker = house.version()
    assert weaker["mode"] == "whole"
    assert house.chain().compared == []


def test_a_past_range_is_added_in_windows(lake: tuple[House, Path]) -> None:
    house, _ = lake
    # Events of 500 seconds from the first of January on.
    held = house.version(house.config.model_copy(update={"start_date": _at("2026-01-01T00:06:00")}))["rows"]
    planned = house.planned("2026-01-01", "12h")
    assert [each.rows for each in planned.windows] == [None]
    assert any("collects all rows of the source plant first" in note for note in planned.notes)
    added = house.version(planned.config_of(planned.windows[0]))
    assert (added["mode"], added["added"], added["rows"]) == ("append", 600 - held, 600)
    assert house.planned("2026-01-01", "12h").windows == ()
    assert house.chain().compared == ["logs"]


def test_a_range_of_a_table_is_added_in_windows_that_are_counted(
    empty_database_url: str, tmp_path: Path
) -> None:
    make_builds(empty_database_url)
    add_builds(empty_database_url, 1, 700)
    house = House(tmp_path, "ci_runs")
    house.add(empty_database_url, BUILD_MAPPING)
    # One each ten minutes: 144 a day.
    begin = _at("2026-01-01T00:00:00")
    spread = f"UPDATE builds SET started_at = {int(begin.timestamp())} + (id - 1) * 600"
    execute(empty_database_url, spread)
    house.version(house.config.model_copy(update={"start_date": _at("2026-01-04T00:00:00")}))
    planned = house.planned("2026-01-01", "1d")
    assert [each.rows for each in planned.windows] == [144, 144, 144]
    rejected = [(number + 1) % 7 == 0 for number in range(432)]
    for place, window in enumerate(planned.windows):
        done = house.version(planned.config_of(window))
        expected = 144 - sum(rejected[288 - 144 * place : 432 - 144 * place])
        assert (done["mode"], done["added"]) == ("append", expected)
    assert (done["rows"], house.planned("2026-01-01", "1d").windows) == (600, ())
    assert house.chain().compared == ["ci_runs"]


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
