"""Gates and held versions over HTTP: who may decide, and what is answered."""

from pathlib import Path

import pytest

from lumber.settings import Settings
from lumber.store.models import DatasetVersion, NamedDataset
from tests.integration.api.everybody import House, inhabited

VERSION = "/named-datasets/plant/versions"


@pytest.fixture
async def house(settings: Settings, tmp_path: Path):
    async with inhabited(settings, tmp_path) as house:
        async with house.service.database.session() as session:
            session.add(
                NamedDataset(id="d", name="Plant", name_key="plant", owner_id=house.users["exporter"])
            )
            await session.flush()
            for number, state in ((1, "published"), (2, "held"), (3, "held")):
                session.add(
                    DatasetVersion(
                        dataset_id="d", number=number, export_id=f"e{number}", state=state, is_incremental=0
                    )
                )
        yield house


async def test_the_owner_and_admins_decide_about_held_versions(house: House) -> None:
    made = await house.call("exporter", "POST", f"{VERSION}/2/publish")
    assert (made.status_code, made.json()["state"], made.json()["export_id"]) == (200, "published", "e2")
    again = await house.call("admin", "POST", f"{VERSION}/2/publish")
    assert again.json() == made.json()
    dropped = await house.call("admin", "POST", f"{VERSION}/3/drop", json={"reason": "A broken sensor."})
    assert (dropped.json()["state"], dropped.json()["reason"]) == ("dropped", "Dropped: A broken sensor.")
    refused = await house.call("admin", "POST", f"{VERSION}/2/drop")
    assert (refused.status_code, refused.json()["code"]) == (409, "dataset_state")
    lines = [each for each in await house.lines() if each["action"].startswith("version_")]
    assert [(each["action"], each["actor_name"]) for each in lines] == [
        ("version_published", "exporter"),
        ("version_dropped", "admin"),
    ]


@pytest.mark.parametrize("who", ["other", "only ips"])
async def test_the_dataset_of_another_account_is_not_there(house: House, who: str) -> None:
    for method, path in (
        ("POST", f"{VERSION}/2/publish"),
        ("POST", f"{VERSION}/2/drop"),
        ("GET", "/named-datasets/plant/gate"),
        ("PUT", "/named-datasets/plant/gate"),
    ):
        answer = await house.call(who, method, path)
        assert (answer.status_code, answer.json()["code"]) == (404, "dataset_not_found"), path
    assert (await house.call("exporter", "GET", "/named-datasets/plant/gate")).json() == {"gate": None}


async def test_a_gate_is_set_and_removed(house: House) -> None:
    path = "/named-datasets/PLANT/gate"
    made = await house.call("exporter", "PUT", path, json={"rows": {"min": 10.0}})
    assert made.status_code == 200
    assert (await house.call("exporter", "GET", path)).json() == made.json()
    assert made.json()["gate"]["rows"]["min"] == 10
    wrong = await house.call("exporter", "PUT", path, json={"rows": {"min": 10, "max": 1}, "drift": 1})
    assert wrong.status_code == 422
    assert (await house.call("exporter", "PUT", path, json=None)).json() == {"gate": None}
    assert (await house.call("exporter", "PUT", "/named-datasets/none/gate", json={})).status_code == 404


async def test_who_tags_versions_and_sets_retention_is_in_the_audit_trail(house: House) -> None:
    tag = "/named-datasets/plant/tags/golden"
    assert (await house.call("exporter", "PUT", tag, json={"version": "v1"})).status_code == 200
    assert (await house.call("admin", "DELETE", tag)).status_code == 204
    assert (await house.call("exporter", "PUT", "/named-datasets/plant/keep", json={"last": 3})).is_success
    assert (await house.call("other", "PUT", tag, json={"version": "v1"})).status_code == 404
    lines = [each for each in await house.lines() if each["action"].startswith(("version_", "retention_"))]
    assert [(each["action"], each["actor_name"]) for each in lines] == [
        ("version_tagged", "exporter"),
        ("version_untagged", "admin"),
        ("retention_changed", "exporter"),
    ]


async def test_frozen_test_sets_are_listed_for_gates(house: House) -> None:
    folder = house.service.settings.data_dir / "test-sets"
    folder.mkdir(parents=True)
    (folder / "plant-test.txt").write_text(f"# lumber test set 1\n{'0' * 16}\n")
    found = (await house.call("viewer", "GET", "/test-sets")).json()["test_sets"]
    assert [(each["name"], each["rows"]) for each in found] == [("plant-test", 1)]
