"""Many exports are deleted or tagged at once over HTTP, a batch at a time, on both databases."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from lumber.exports import bulk
from tests.integration.api.serving import CONFIG


def create(client: TestClient, **naming: Any) -> str:
    return client.post("/api/v1/export/", json={**CONFIG, **naming}).json()["export_id"]


def change(client: TestClient, **body: Any) -> dict[str, Any]:
    answer = client.post("/api/v1/export/bulk", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def every_batch(client: TestClient, **body: Any) -> tuple[int, list[dict[str, Any]], int]:
    """Return what all batches did, and how many they were."""
    done, failed, batches, place = 0, [], 0, {}
    while True:
        report = change(client, **body, **place)
        done, failed, batches = done + report["done"], failed + report["failed"], batches + 1
        if report["after"] is None:
            return done, failed, batches
        place = {"until": report["until"], "after": report["after"]}


def cancelled(client: TestClient, **naming: Any) -> str:
    export_id = create(client, **naming)
    assert client.post(f"/api/v1/export/{export_id}/cancel").status_code == 200
    return export_id


def ids(client: TestClient, query: str = "") -> set[str]:
    return {each["export_id"] for each in client.get(f"/api/v1/export/?limit=1000&{query}").json()}


def test_all_that_match_are_tagged_batch_by_batch(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "MOST_AT_ONCE", 3)
    chosen = {create(client, name=f"Plant {number}") for number in range(7)}
    other = create(client, name="Nightly", tags=["kept"])
    matching = {"text": "plant"}
    counted = change(client, action="tag", tags=["Old"], matching=matching, is_dry_run=True)
    assert (counted["matched"], counted["done"]) == (7, 0)
    assert ids(client, "tag=old") == set()
    assert every_batch(client, action="tag", tags=["Old"], matching=matching) == (7, [], 4)
    assert ids(client, "tag=old") == chosen
    assert every_batch(client, action="untag", tags=["old"], matching={"tag": ["old"]})[0] == 7
    assert ids(client, "tag=old") == set()
    assert ids(client, "tag=kept") == {other}


def test_those_that_cant_be_deleted_are_told_and_the_others_are_gone(client: TestClient) -> None:
    gone = {cancelled(client) for _ in range(3)}
    waiting = create(client, name="Waiting")
    done, failed, _ = every_batch(client, action="delete", matching={})
    assert done == 3
    assert [(each["export_id"], each["name"], each["code"]) for each in failed] == [
        (waiting, "Waiting", "export_state")
    ]
    assert ids(client) == {waiting}
    assert not gone & ids(client)


def test_exports_that_came_after_the_question_stay(client: TestClient) -> None:
    old = cancelled(client)
    until = change(client, action="delete", matching={}, is_dry_run=True)["until"]
    new = cancelled(client)
    report = change(client, action="delete", matching={}, until=until)
    assert (report["done"], report["failed"]) == (1, [])
    assert ids(client) == {new}
    assert old not in ids(client)


def test_named_exports_are_changed_and_unknown_ones_told(client: TestClient) -> None:
    first, second = cancelled(client), cancelled(client)
    report = change(client, action="delete", ids=[first, "nowhere"])
    assert (report["done"], [each["code"] for each in report["failed"]]) == (1, ["export_not_found"])
    assert ids(client) == {second}
    report = change(client, action="tag", tags=["a"], ids=[second])
    assert ids(client, "tag=a") == {second}
    many = [f"t{number}" for number in range(20)]
    report = change(client, action="tag", tags=many, ids=[second])
    assert [each["code"] for each in report["failed"]] == ["config_invalid"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"action": "delete"}, "ids"),
        ({"action": "delete", "ids": ["a"], "matching": {}}, "ids"),
        ({"action": "delete", "ids": ["a"], "tags": ["x"]}, "tags"),
        ({"action": "tag", "ids": ["a"]}, "tags"),
        ({"action": "tag", "ids": ["a"], "tags": ["two words"]}, "tags"),
        ({"action": "burn", "ids": ["a"]}, "action"),
        ({"action": "delete", "matching": {"status": ["gone"]}}, "matching"),
        ({"action": "delete", "matching": {"kind": "none"}}, "kind"),
    ],
)
def test_a_call_without_sense_is_refused(client: TestClient, body: dict[str, Any], field: str) -> None:
    answer = client.post("/api/v1/export/bulk", json=body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"].split(".")[0] == field
