"""Schedules over HTTP: made, changed, paused, run and deleted, by their owners only."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from lumber.identity.users import set_disabled
from lumber.settings import Settings
from tests.integration.accounts import CHEAP
from tests.integration.api.everybody import House, inhabited
from tests.integration.api.serving import started

NIGHTLY: dict[str, Any] = {
    "name": "nightly",
    "config": {"data_types": ["logs"], "date_range": "yesterday"},
    "cron": "0 2 * * *",
    "time_zone": "Europe/Berlin",
}


@pytest.fixture
def own_settings(sqlite_url: str, tmp_path: Path) -> Settings:
    return Settings(serve_worker=False, data_dir=tmp_path, database_url=sqlite_url, **CHEAP)


@pytest.fixture
async def house(own_settings: Settings, tmp_path: Path) -> AsyncIterator[House]:
    async with inhabited(own_settings, tmp_path) as house:
        yield house


async def test_a_schedule_is_made_changed_and_deleted(own_settings: Settings) -> None:
    async with started(own_settings) as (client, _):
        made = await client.post("/schedules", json=NIGHTLY)
        assert made.status_code == 201, made.text
        report = made.json()
        assert report["sentence"] == "At 02:00 every day, Europe/Berlin"
        assert len(report["next"]) == 5
        assert (report["overlap"], report["catch_up"], report["owner"]) == ("skip", "one", None)
        path = f"/schedules/{report['schedule_id']}"

        taken = await client.post("/schedules", json=NIGHTLY)
        assert taken.status_code == 422
        assert taken.json()["errors"][0]["field"] == "name"
        changed = (
            await client.patch(path, json={"every_seconds": 3600.0, "catch_up": "all", "overlap": "queue"})
        ).json()
        assert (changed["cron"], changed["every_seconds"], changed["catch_up"]) == (None, 3600, "all")
        never = (await client.patch(path, json={"pause_after_failures": None})).json()
        assert (never["pause_after_failures"], never["every_seconds"]) == (None, 3600)
        both = await client.patch(path, json={"cron": "0 2 * * *", "every_seconds": 60})
        assert both.status_code == 422

        paused = (await client.post(f"{path}/pause")).json()
        assert (paused["is_paused"], paused["next"]) == (True, [])
        run = await client.post(f"{path}/run")
        assert run.json()["status"] == "queued"
        assert (await client.get(f"{path}/runs")).json()["runs"] == [run.json()]
        resumed = (await client.post(f"{path}/resume")).json()
        assert (resumed["is_paused"], resumed["last_run"]) == (False, run.json())
        export = (await client.get(f"/export/{run.json()['export_id']}")).json()
        assert export["export_config"].get("date_range") is None
        assert export["export_config"]["end_before"] is not None

        assert (await client.delete(path)).status_code == 204
        assert (await client.get(path)).json()["code"] == "schedule_not_found"
        assert (await client.get("/schedules")).json() == {"schedules": []}
        lines = (await client.get("/audit", params={"limit": 100})).json()["lines"]
        actions = [line["action"] for line in reversed(lines) if line["action"].startswith("schedule_")]
        wanted = ["created", "changed", "changed", "paused", "run", "resumed", "deleted"]
        assert actions == [f"schedule_{each}" for each in wanted]


async def test_a_timetable_is_shown_before_it_is_used(own_settings: Settings) -> None:
    async with started(own_settings) as (client, _):
        shown = await client.post("/schedules/preview", json={"cron": "*/15 * * * *"})
        assert shown.json()["sentence"] == "Every 15th minute of every hour, UTC"
        assert len(shown.json()["next"]) == 5
        for wrong in ({}, {"cron": "61 * * * *"}, {"every_seconds": 60, "time_zone": "Mars"}):
            assert (await client.post("/schedules/preview", json=wrong)).status_code == 422


async def test_schedules_belong_to_their_owners(house: House) -> None:
    made = await house.call("exporter", "POST", "/schedules", json=NIGHTLY)
    assert made.status_code == 201, made.text
    path = f"/schedules/{made.json()['schedule_id']}"
    assert made.json()["owner"]["name"] == "exporter"
    # Each account has its own names.
    same = await house.call("other", "POST", "/schedules", json=NIGHTLY)
    assert same.status_code == 201
    for method, rest in (("GET", ""), ("GET", "/runs"), ("PATCH", ""), ("DELETE", ""), ("POST", "/run")):
        hidden = await house.call("other", method, path + rest, json={} if method == "PATCH" else None)
        assert hidden.status_code == 404, (method, rest)
    listed = (await house.call("other", "GET", "/schedules")).json()["schedules"]
    assert [each["schedule_id"] for each in listed] == [same.json()["schedule_id"]]
    everybody = (await house.call("admin", "GET", "/schedules")).json()["schedules"]
    assert len(everybody) == 3

    run = (await house.call("admin", "POST", f"{path}/run")).json()
    export = (await house.call("exporter", "GET", f"/export/{run['export_id']}")).json()
    assert export["owner"]["name"] == "exporter"


async def test_a_run_of_a_disabled_owner_fails_and_says_why(house: House) -> None:
    path = f"/schedules/{house.names['schedule_id']}"
    async with house.service.database.session() as session:
        await set_disabled(session, "exporter", is_disabled=True)
    run = (await house.call("admin", "POST", f"{path}/run")).json()
    assert (run["status"], run["export_id"]) == ("failed", None)
    assert run["reason"] == "The account 'exporter', which owns the schedule, is disabled."
