"""The names of shards, with and without folders for periods."""

import pytest

from lumber.formats.naming import parse_shard_name, shard_path
from lumber.formats.periods import UNNAMED, Period, is_in_folder, period_folder
from lumber.formats.reading import Unreadable

DAY_US = 86_400_000_000
AFTER_ALL_YEARS = 253_402_300_800_000_000


@pytest.mark.parametrize("folder", [None, "date=2026-11-24", "month=2026-11", f"date={UNNAMED}"])
def test_a_path_is_read_as_it_was_built(folder: str | None) -> None:
    path = shard_path("logs", "test_unseen", 3, 12, ".csv.gz", folder)
    name = parse_shard_name(path)
    assert (name.kind, name.split, name.index, name.count) == ("logs", "test_unseen", 3, 12)
    assert (name.format.name, name.compression, name.folder) == ("csv", "gzip", folder)


@pytest.mark.parametrize(
    "path",
    [
        "logs/test/date=2026-11-24/train-00000-of-00001.csv",
        "logs/date=2026-11-24/train-00000-of-00001.csv",
        "logs/train/train-00000-of-00001.csv",
        "logs/train/date=today/train-00000-of-00001.csv",
        "logs/train/hour=2026-11-24/train-00000-of-00001.csv",
        "logs/train/date=2026-11/train-00000-of-00001.csv",
    ],
)
def test_other_folders_are_not_those_of_shards(path: str) -> None:
    with pytest.raises(Unreadable):
        parse_shard_name(path)


@pytest.mark.parametrize(
    ("time_us", "date", "month"),
    [
        (0, "1970-01-01", "1970-01"),
        (-1, "1969-12-31", "1969-12"),
        (DAY_US - 1, "1970-01-01", "1970-01"),
        (DAY_US * 31, "1970-02-01", "1970-02"),
        (-62_135_596_800_000_000, "0001-01-01", "0001-01"),
        (-62_135_596_800_000_001, UNNAMED, UNNAMED),
        (AFTER_ALL_YEARS - 1, "9999-12-31", "9999-12"),
        (AFTER_ALL_YEARS, UNNAMED, UNNAMED),
        (2**63 - 1, UNNAMED, UNNAMED),
    ],
)
def test_the_folder_of_a_time_is_its_day_or_month_in_utc(time_us: int, date: str, month: str) -> None:
    periods: dict[Period, str] = {"date": date, "month": month}
    for period, value in periods.items():
        folder = period_folder(period, time_us)
        assert folder == f"{period}={value}"
        assert is_in_folder(folder, time_us)
        assert not is_in_folder(f"{period}=2026-11-24", time_us)
