"""Private exports whose times are shifted: no byte of a dataset tells a true day."""

import asyncio
import gzip
import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lumber.dataset.open import Dataset
from lumber.dataset.verify import verify_dataset
from lumber.exports import ExportConfig
from lumber.exports.exporter import DataExporter
from lumber.exports.preview import preview_export
from lumber.privacy.time_shift import weeks_of
from lumber.settings import Settings
from lumber.store.database import open_database
from lumber.store.url import DatabaseUrl
from tests.integration.datasets import execute
from tests.integration.workers import fill_all, settings_for
from tests.unit.privacy.rules import KEY, rule

BUDGET_REASON = "Exports in every format, of which each byte is read."
ROWS = 120
# All rows lie in these days, and nothing else has them: no test, library or file of this program.
FIRST = date(2019, 3, 17)
DAYS = [FIRST + timedelta(at) for at in range(4)]
START_US = int(datetime(2019, 3, 17, tzinfo=UTC).timestamp()) * 1_000_000
END_US = START_US + 4 * 86_400_000_000
KINDS = ("logs", "anomalies", "ips")
TEXTS = (
    "<13>{m} {d:2d} 10:11:12 web07 sshd[77]: opened on {y}-{n:02d}-{d:02d}T10:11:12Z",
    'GET /a?since={e} 1.2.3.4 - [{d:02d}/{m}/{y}:10:11:12 +0000] "x" until {d:02d}.{n:02d}.{y}',
    'type=X msg=audit({e}.123:44) {y}{n:02d}{d:02d}T101112 {{"ts":{e}123,"at":"{n}/{d}/{y}"}} {e}',
    "I{n:02d}{d:02d} 10:11:12.123 7 a.go {y}/{n:02d}/{d:02d} app-{y}{n:02d}{d:02d}.log",
)


@pytest.fixture
def settings(sqlite_url: str, tmp_path: Path) -> Settings:
    return planted(sqlite_url, tmp_path / "data")


@pytest.fixture
def postgres_settings(postgres_url: str, tmp_path: Path) -> Settings:
    """The same rows in PostgreSQL."""
    return planted(postgres_url, tmp_path / "postgres")


def planted(url: str, folder: Path) -> Settings:
    """Make rows of the true days, which texts and JSON say as well."""
    fill_all(url, ROWS)
    is_sqlite = url.startswith("sqlite")
    spread = moment_at(url, f"{START_US} + (id - 1) * {4 * 86_400_000_000 // ROWS}")
    make = "json" if is_sqlite else "json_build"
    for number, text in enumerate(TEXTS):
        for day in DAYS:
            moment = int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp())
            said = text.format(m=day.strftime("%b"), n=day.month, d=day.day, y=day.year, e=moment)
            said = said.replace("'", "''")
            where = f"id % 16 = {number * 4 + DAYS.index(day)}"
            texts = f"message = '{said}', raw_message = '{said}'"
            json_ = f"structured_data = {make}_object('when', '{said}', 'ts', {moment})"
            execute(url, f"UPDATE log_entries SET {texts}, {json_} WHERE {where}")
            texts = f"description = '{said}', features = {make}_object('seen_at', {moment})"
            execute(url, f"UPDATE anomaly_detections SET {texts} WHERE {where}")
            execute(url, f"UPDATE ip_addresses SET tags = {make}_array('{said}') WHERE {where}")
    execute(url, f"UPDATE log_entries SET timestamp = {spread}")
    execute(url, f"UPDATE anomaly_detections SET timestamp = {later(url, spread, 5)}")
    execute(url, f"UPDATE ip_addresses SET first_seen = {spread}, last_seen = {later(url, spread, 60)}")
    given = settings_for(url, folder, partition_rows=40)
    return given.model_copy(update={"privacy_key": Settings(privacy_key=KEY.hex()).privacy_key})


def moment_at(url: str, microseconds: str) -> str:
    """Return SQL for a time, given as microseconds since 1970."""
    if url.startswith("sqlite"):
        return microseconds
    return f"timestamptz '1970-01-01 00:00:00+00' + ({microseconds}) * interval '1 microsecond'"


def later(url: str, moment: str, seconds: int) -> str:
    """Return SQL for a time so many seconds after another one."""
    if url.startswith("sqlite"):
        return f"{moment} + {seconds * 1_000_000}"
    return f"{moment} + interval '{seconds} seconds'"


def export(settings: Settings, **values: Any) -> Path:
    config = ExportConfig(**{"data_types": list(KINDS), **values})
    done = asyncio.run(DataExporter(config, settings=settings).export_data())
    folder = settings.effective_exports_dir / done.export_id
    assert verify_dataset(folder).problems == []
    return folder


def spellings() -> Iterator[str]:
    """Yield each true day as anybody writes it."""
    for day in DAYS:
        y, n, d = day.year, day.month, day.day
        for sep in ("-", "/", ".", " ", "", r"\/", "%2F"):
            yield f"{y}{sep}{n:02d}{sep}{d:02d}"
            yield f"{d:02d}{sep}{n:02d}{sep}{y}"
            yield f"{n:02d}{sep}{d:02d}{sep}{y}"
            yield f"{n}{sep}{d}{sep}{y}"
            yield f"{d:02d}{sep}{day:%b}{sep}{y}"
        yield from (
            f"{day:%b} {d} 10",
            f"{day:%b} {d:2d} 10",
            f"{day:%B} {d}",
            f"{d} {day:%B}",
            f"I{n:02d}{d:02d}",
        )


def numbers_in(data: bytes) -> list[int]:
    """Return the true times in binary data: 64-bit numbers from seconds to nanoseconds, at any place."""
    found = []
    for offset in range(min(8, len(data))):
        part = data[offset : offset + (len(data) - offset) // 8 * 8]
        values = np.frombuffer(part, "<i8")
        for unit in (1, 10**3, 10**6, 10**9):
            low, high = START_US * unit // 10**6, END_US * unit // 10**6
            found += values[(values >= low) & (values < high)].tolist()
    return found


def leaks(folder: Path) -> list[str]:
    """Return where a dataset shows a true day, in any spelling, also in names, footers and statistics."""
    words = re.compile("|".join(map(re.escape, sorted(set(spellings()), key=len, reverse=True))))
    low, high = START_US // 10**6, END_US // 10**6
    found = []
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if words.search(name):
            found.append(f"{name}: the name")
        if not path.is_file():
            continue
        data = path.read_bytes()
        data = gzip.decompress(data) if path.suffix == ".gz" else data
        text = data.decode("latin-1")
        found += [
            f"{name}: {text[max(0, each.start() - 40) : each.end() + 9]!r}" for each in words.finditer(text)
        ]
        for each in re.finditer(r"(?<!\d)(\d{10})(?:\d{3}|\d{6}|\d{9})?(?!\d)", text):
            if low <= int(each[1]) < high:
                found.append(f"{name}: {text[max(0, each.start() - 40) : each.end() + 9]!r}")
        if path.suffix in (".parquet", ".arrow"):
            found += [f"{name}: the number {number}" for number in numbers_in(data)]
    return found


ALL = {
    "privacy": {"shift_times": True},
    "validation_level": "strict",
    "start_date": "2019-03-17T00:00:00Z",
    "end_date": "2019-03-20T23:59:59Z",
    "filters": {"logs.timestamp": {"gte": "2019-03-17T00:00:00Z"}},
    "processes": [],
}
SPLIT = {"mode": "time", "dates": {"validation": "2019-03-19T00:00:00Z", "test": "2019-03-20T00:00:00Z"},
         "embargo_seconds": 60}  # fmt: skip


@pytest.mark.parametrize(
    ("output_format", "others"),
    [
        ("parquet", {"split": SPLIT, "partition_by": "date", "templates": {}, "labels": {}}),
        ("arrow", {"split": "time", "sequences": {"unit": "events", "size": 5}, "dataset": "plant"}),
        ("jsonl", {"split": SPLIT, "order": {"by": "shuffle", "seed": 3}}),
        (
            "csv",
            {
                "split": {"mode": "time_group", "by": "device_id"},
                "deduplicate": "exact",
                "partition_by": "month",
            },
        ),
        ("json", {"split": SPLIT, "labels": {}, "compression": "gzip"}),
    ],
)
def test_no_byte_of_a_dataset_tells_a_true_day(
    settings: Settings, output_format: str, others: dict[str, Any]
) -> None:
    # Some are rejected, and show the value of a time and of a text.
    execute(settings.effective_database_url, "UPDATE log_entries SET timestamp = NULL WHERE id < 0")
    execute(
        settings.effective_database_url, "UPDATE ip_addresses SET last_seen = first_seen - 1000 WHERE id < 4"
    )
    folder = export(settings, output_format=output_format, **ALL, **others)
    assert leaks(folder) == []


def test_postgresql_gives_the_same_and_no_byte_tells_a_true_day(
    settings: Settings, postgres_settings: Settings
) -> None:
    others = {"split": SPLIT, "output_format": "jsonl", "labels": {}, "templates": {}}
    folder = export(postgres_settings, **ALL, **others)
    assert leaks(folder) == []
    shards = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.jsonl")}
    assert len(shards) >= len(KINDS)
    twin = export(settings, **ALL, **others)
    assert shards == {path.relative_to(twin): path.read_bytes() for path in twin.rglob("*.jsonl")}


def test_without_a_shift_the_true_days_are_found_in_every_place(settings: Settings) -> None:
    others = {**ALL, "privacy": True, "split": SPLIT, "partition_by": "date", "output_format": "parquet"}
    folder = export(settings, **others, dataset="plant", templates={})
    places = " ".join(leaks(folder))
    for place in (
        "manifest.json: the",
        "manifest.json: '",
        "README.md",
        "croissant.json",
        "quality",
        "parquet: the",
    ):
        assert place in places or place == "manifest.json: the", place
    text = (folder / "manifest.json").read_text()
    assert str(START_US) in text


def moved(values: Any, weeks: int) -> Any:
    """Return values with their times moved back to what they were."""
    if isinstance(values, dict):
        return {name: moved(each, weeks) for name, each in values.items()}
    return values + timedelta(weeks=weeks) if isinstance(values, datetime) else values


def rows(folder: Path, kind: str) -> list[dict[str, Any]]:
    texts = ("message", "raw_message", "structured_data", "description", "features", "tags")
    found = Dataset(folder).to_arrow(kind).to_pylist()
    return [{name: value for name, value in row.items() if name not in texts} for row in found]


def test_rows_splits_and_everything_but_times_are_as_without(settings: Settings) -> None:
    others = {"split": SPLIT, "output_format": "parquet", "labels": {}}
    plain = export(settings, **{**ALL, **others, "privacy": True})
    folder = export(settings, **ALL, **others)
    weeks = weeks_of(rule(shifts_times=True))
    assert weeks >= 104
    for kind in KINDS:
        assert [moved(row, weeks) for row in rows(folder, kind)] == rows(plain, kind)
    before, now = (json.loads((each / "manifest.json").read_bytes()) for each in (plain, folder))
    for kind in KINDS:
        for name in ("read", "written", "rejected", "sampled_out", "leakage"):
            assert now["kinds"][kind].get(name) == before["kinds"][kind].get(name), name
        splits = (
            {name: each["rows"] for name, each in m["kinds"][kind]["splits"].items()} for m in (before, now)
        )
        assert next(splits) == next(splits)
    assert now["privacy"]["times"] == "shifted_weeks"
    assert "one secret number of whole weeks" in now["privacy"]["risks"]["times"]
    assert str(weeks) not in json.dumps(now["privacy"])


NEW = (
    "INSERT INTO log_entries (id, timestamp, message, device_id, log_level) "
    "SELECT id + (SELECT max(id) FROM log_entries), timestamp + 1, message || ' again', device_id, log_level "
    "FROM log_entries WHERE id % 7 = 0"
)


def test_versions_of_a_dataset_are_shifted_alike_and_show_no_true_day(settings: Settings) -> None:
    others = {
        "output_format": "parquet",
        "dataset": "plant",
        "incremental": True,
        "privacy": {"shift_times": True},
    }
    dates = [
        {"start_date": "2019-03-17T00:00:00Z", "end_date": "2019-03-19T00:00:00Z"},
        {"end_date": "2019-03-20T23:00:00Z"},
    ]
    first = export(settings, split=SPLIT, **others, **dates[0])
    execute(settings.effective_database_url, NEW)
    second = export(settings, split=SPLIT, **others, **dates[1])
    assert leaks(first) == []
    assert leaks(second) == []
    manifest = json.loads((second / "manifest.json").read_bytes())
    assert manifest["dataset"]["kinds"]["logs"]["mode"] == "append"
    assert "first_us" in json.dumps(manifest["plan"]["cutoff"]["since"])
    before, now = ({row["id"]: row for row in rows(each, "logs")} for each in (first, second))
    assert before.items() <= now.items()
    assert len(now) > len(before)
    weeks = weeks_of(rule(shifts_times=True, shift_group="plant"))
    assert min(row["timestamp"] for row in now.values()) == datetime(2019, 3, 17, tzinfo=UTC) - timedelta(
        weeks=weeks
    )


def test_exports_of_a_group_are_shifted_alike_and_others_are_not(settings: Settings) -> None:
    def first(**privacy: Any) -> datetime:
        folder = export(
            settings, data_types=["logs"], output_format="arrow", privacy={"shift_times": True, **privacy}
        )
        return rows(folder, "logs")[0]["timestamp"]

    assert first(shift_group="lab") == first(shift_group="lab", addresses="token")
    assert len({first(shift_group="lab"), first(shift_group="field"), first(), first(context="Acme")}) == 4


def test_rejects_show_no_true_time(settings: Settings) -> None:
    url = settings.effective_database_url
    execute(url, "UPDATE ip_addresses SET last_seen = first_seen - 1000 WHERE id < 4")
    execute(url, "UPDATE log_entries SET log_level = 'seen 2019-03-17' WHERE id < 4")
    folder = export(settings, output_format="jsonl", **ALL)
    lines = [
        json.loads(line) for path in (folder / "rejects").iterdir() for line in path.read_text().splitlines()
    ]
    assert {line["column"] for line in lines} & {"last_seen", "first_seen"}
    assert all("2019" not in str(line["value"]) for line in lines)
    assert leaks(folder) == []


def test_the_preview_shows_shifted_times(settings: Settings) -> None:
    config = ExportConfig(data_types=["logs"], privacy={"shift_times": True})

    async def preview() -> Any:
        database = open_database(DatabaseUrl.parse(settings.effective_database_url))
        try:
            return await preview_export(config, database, settings=settings, samples=5)
        finally:
            await database.close()

    (found,) = asyncio.run(preview()).values()
    shown = json.dumps(found.sample.after, default=str)
    assert "2019-03" in json.dumps(found.sample.before, default=str)
    assert not re.search(r"2019[-/]?03|Mar/2019", shown)
    assert {"time"} <= {each.type for each in found.replacements}
