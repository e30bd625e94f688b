"""A backfill over HTTP: one call for the whole range, which is shown and can be cancelled."""

from pathlib import Path

import pytest

from lumber.exports import ExportConfig
from lumber.settings import Settings
from lumber.store.models import DatasetVersion, ExportStatus, NamedDataset
from tests.integration.api.everybody import House, inhabited

PATH = "/named-datasets/plant/backfills"
RANGE = {"start": "2026-01-01", "window": "1month"}
MARCH_US = 1_772_323_200_000_000


@pytest.fixture
async def house(settings: Settings, tmp_path: Path):
    """A dataset with the rows from 2026-03-01 on."""
    async with inhabited(settings, tmp_path) as house:
        owner_id = house.users["exporter"]
        config = ExportConfig(data_types=["logs"], dataset="plant", start_date="2026-03-01")
        async with house.service.database.session() as session:
            session.add(NamedDataset(id="d", name="plant", name_key="plant", owner_id=owner_id))
            session.add(
                ExportStatus(
                    id="e1",
                    status="completed",
                    data_version="1.0.0",
                    config=config.as_json(),
                    config_hash=config.hash,
                    executor="service",
                    owner_id=owner_id,
                )
            )
            await session.flush()
            session.add(
                DatasetVersion(
                    dataset_id="d",
                    number=1,
                    export_id="e1",
                    state="published",
                    is_incremental=1,
                    watermark={"ranges": {"logs": [MARCH_US, None]}},
                )
            )
        yield house


async def test_the_next_window_is_queued_once(house: House) -> None:
    shown = await house.call("exporter", "POST", PATH, json={**RANGE, "is_preview": True})
    assert shown.status_code == 200, shown.text
    assert [each["start"][:10] for each in shown.json()["windows"]] == ["2026-02-01", "2026-01-01"]
    assert (shown.json()["export"], shown.json()["backfill"]) == (None, None)
    begun = (await house.call("exporter", "POST", PATH, json=RANGE)).json()
    first = begun["export"]
    assert begun["backfill"]["export_id"] == first["export_id"]
    assert (begun["backfill"]["state"], begun["backfill"]["windows"]) == ("running", 2)
    given = first["export_config"]
    assert (given["start_date"][:10], given["end_before"][:10]) == ("2026-02-01", "2026-03-01")
    assert (given["dataset"], given["incremental"]) == ("plant", True)
    again = (await house.call("exporter", "POST", PATH, json=RANGE)).json()["export"]
    assert again["export_id"] == first["export_id"]
    await house.service.ledger.request_cancel(first["export_id"])
    other = (await house.call("exporter", "POST", PATH, json=RANGE)).json()["export"]
    assert other["export_id"] != first["export_id"]
    assert other["export_config"]["start_date"] == given["start_date"]
    listed = (await house.call("exporter", "GET", PATH)).json()["backfills"]
    assert [each["state"] for each in listed] == ["running", "cancelled"]
    assert (await house.call("other", "GET", PATH)).status_code == 404


async def test_it_is_cancelled_with_its_export_and_the_trail_says_who(house: House) -> None:
    begun = (await house.call("exporter", "POST", PATH, json=RANGE)).json()["backfill"]
    cancel = f"{PATH}/{begun['backfill_id']}/cancel"
    for who in ("other", "viewer"):
        assert (await house.call(who, "POST", cancel)).status_code in (403, 404)
    stopped = await house.call("exporter", "POST", cancel)
    assert (stopped.json()["state"], stopped.json()["reason"]) == ("cancelled", "Cancelled by exporter.")
    assert (await house.service.ledger.get(begun["export_id"])).status == "cancelled"
    assert (await house.call("exporter", "POST", cancel)).status_code == 200
    missing = await house.call("exporter", "POST", f"{PATH}/typo/cancel")
    assert (missing.status_code, missing.json()["code"]) == (404, "dataset_not_found")
    lines = [each for each in await house.lines() if each["action"].startswith("backfill_")]
    assert [(each["action"], each["actor_name"], each["details"]["window"]) for each in lines] == [
        ("backfill_started", "exporter", "1month"),
        ("backfill_cancelled", "exporter", "1month"),
    ]


async def test_what_is_wrong_is_named(house: House) -> None:
    hidden = await house.call("other", "POST", PATH, json=RANGE)
    assert (hidden.status_code, hidden.json()["code"]) == (404, "dataset_not_found")
    wrong = await house.call("exporter", "POST", PATH, json={**RANGE, "window": "soon"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "config_invalid")
    gap = await house.call("exporter", "POST", PATH, json={**RANGE, "end": "2026-01-31"})
    assert "would leave a gap" in gap.text
    held = await house.call("exporter", "POST", PATH, json={**RANGE, "start": "2026-03-05"})
    assert (held.json()["windows"], held.json()["export"]) == ([], None)
