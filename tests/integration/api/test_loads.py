"""Loads over HTTP: listed by place, shown, and deleted."""

import asyncio
from pathlib import Path

import pytest

from lumber.settings import Settings
from tests.integration.api.serving import started
from tests.integration.datasets import query
from tests.integration.loading import load

LINE = "2026-01-02T03:04:{:02}Z host app[7]: from 10.0.0.{}\n"


@pytest.fixture
def loaded(database_url: str, tmp_path: Path) -> str:
    """A database with three loads: 0, 1 and 2, which have one, two and three lines."""
    for count in range(3):
        text = "".join(LINE.format(count, n) for n in range(count + 1))
        load(database_url, tmp_path, "logs", text, options=("--source-id", f"load-{count}"))
    return database_url


def settings(url: str, folder: Path) -> Settings:
    return Settings(database_url=url, data_dir=folder / "data")


async def test_loads_are_listed_shown_and_deleted(loaded: str, tmp_path: Path) -> None:
    async with started(settings(loaded, tmp_path)) as (client, _):
        page = (await client.get("/loads", params={"limit": 2})).json()
        assert [each["source_id"] for each in page["loads"]] == ["load-2", "load-1"]
        assert (page["total"], page["next_after"]) == (3, "load-1")
        shown = (await client.get("/loads/load-2")).json()
        assert (shown["loaded"], shown["addresses"], shown["can_delete"]) == (3, 3, True)
        deleted = (await client.delete("/loads/load-2")).json()
        assert (deleted["rows_deleted"], deleted["addresses_deleted"]) == (3, 1)
        assert deleted["addresses_updated"] == 2
        rest = (await client.get("/loads", params={"after": "load-1"})).json()
        assert ([each["source_id"] for each in rest["loads"]], rest["total"]) == (["load-0"], 2)
        assert (await client.get("/loads/load-2")).json()["code"] == "source_missing"
    counted = await asyncio.to_thread(query, loaded, "SELECT count(*) FROM log_entries")
    assert [tuple(row) for row in counted] == [(3,)]


@pytest.mark.parametrize("source_id", ["none", "a%00b", "%F0%9F%98%80", "x" * 500])
async def test_an_unknown_load_is_not_found(database_url: str, tmp_path: Path, source_id: str) -> None:
    async with started(settings(database_url, tmp_path)) as (client, _):
        for method in ("GET", "DELETE"):
            answer = await client.request(method, f"/loads/{source_id}")
            assert (answer.status_code, answer.json()["code"]) == (404, "source_missing")


async def test_a_page_behind_an_unknown_load_is_not_found(either_database_url: str, tmp_path: Path) -> None:
    async with started(settings(either_database_url, tmp_path)) as (client, _):
        for after in ("none", "a\x00b"):
            answer = await client.get("/loads", params={"after": after})
            assert (answer.status_code, answer.json()["code"]) == (404, "source_missing")
