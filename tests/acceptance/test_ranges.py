"""Half-open ranges: adjacent ones share no line and lose none, in export and preview."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest

from tests.acceptance.exporting import export, lumber_json
from tests.acceptance.reading import manifest_of, shards
from tests.integration.datasets import execute, fill, sqlite_time

# There is a line at each of the inner borders.
BORDERS = ("2026-01-01T00:00:01", "2026-01-01T00:00:04", "2026-01-01T00:00:07", "2026-01-01T00:00:11")
RANGES = list(pairwise(BORDERS))


@pytest.fixture
def url(sqlite_url: str) -> str:
    fill(sqlite_url, 10)
    columns = "(address, first_seen, last_seen)"
    execute(
        sqlite_url,
        f"INSERT INTO ip_addresses {columns} VALUES (?, ?, ?)",
        [
            ("10.0.0.1", sqlite_time(2_000_000), sqlite_time(5_000_000)),
            ("10.0.0.2", sqlite_time(4_000_000), sqlite_time(4_000_000)),
        ],
    )
    return sqlite_url


def test_adjacent_ranges_share_no_line_and_lose_none(url: str, tmp_path: Path) -> None:
    found = []
    for number, (start, before) in enumerate(RANGES):
        folder = tmp_path / str(number)
        export(url, folder, kinds=["logs"], start_date=start, end_before=before, output_format="jsonl")
        found.append([json.loads(line)["id"] for line in shards(folder, "logs")[0].read_text().splitlines()])
        options = ("--start", start, "--end-before", before, "--database-url", url)
        assert lumber_json("preview", "-d", "logs", *options)["rows"] == len(found[-1])
    assert found == [[1, 2, 3], [4, 5, 6], [7, 8, 9, 10]]


def test_an_address_is_in_every_range_in_which_it_was_seen(url: str, tmp_path: Path) -> None:
    found = []
    for number, (start, before) in enumerate(RANGES[:2]):
        folder = tmp_path / str(number)
        export(url, folder, kinds=["ips"], start_date=start, end_before=before, output_format="jsonl")
        lines = shards(folder, "ips")[0].read_text().splitlines()
        found.append([json.loads(line)["address"] for line in lines])
    assert found == [["10.0.0.1"], ["10.0.0.1", "10.0.0.2"]]


def test_manifest_and_card_name_the_range(url: str, tmp_path: Path) -> None:
    start, before = RANGES[0]
    export(url, tmp_path / "out", kinds=["logs"], start_date=start, end_before=before)
    config = manifest_of(tmp_path / "out")["config"]
    assert (config["end_date"], config["end_before"]) == (None, f"{before}Z")
    card = (tmp_path / "out" / "README.md").read_text()
    assert f"from {start}Z up to, but not including, {before}Z" in card
