"""Names, tags and notes of exports over HTTP and on the command line, on both databases."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.integration.api.serving import CONFIG

NAMING = {"name": "Errors of January", "tags": ["plant"], "note": "For the first model."}


def named(export: dict[str, Any]) -> dict[str, Any]:
    return {name: export[name] for name in NAMING}


def test_an_export_is_named_when_it_is_created_beside_its_config(client: TestClient) -> None:
    created = client.post("/api/v1/export/", json={**CONFIG, **NAMING}).json()
    plain = client.post("/api/v1/export/", json=CONFIG).json()
    assert named(created) == NAMING
    assert named(plain) == {"name": None, "tags": [], "note": None}
    assert created["export_config"] == plain["export_config"]
    assert created["what"] == plain["what"]
    assert created["what"].startswith("logs · ")


def test_a_patch_changes_what_it_names_and_can_be_repeated(client: TestClient) -> None:
    export_id = client.post("/api/v1/export/", json=CONFIG).json()["export_id"]
    path = f"/api/v1/export/{export_id}"
    for _ in range(2):
        changed = client.patch(path, json={"name": " Nightly ", "tags": ["B", "a", "b"]})
        assert changed.status_code == 200
        assert named(changed.json()) == {"name": "Nightly", "tags": ["a", "b"], "note": None}
    assert named(client.patch(path, json={"note": "x"}).json())["name"] == "Nightly"
    assert named(client.patch(path, json={"name": None, "tags": None}).json()) == {
        "name": None,
        "tags": [],
        "note": "x",
    }
    assert client.get(path).json()["note"] == "x"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "x" * 121}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": 7}, "name"),
        ({"tags": ["two words"]}, "tags"),
        ({"tags": "plant"}, "tags"),
        ({"note": "\u0000"}, "note"),
        ({"title": "x"}, "title"),
    ],
)
def test_a_wrong_name_is_refused_also_at_creation(
    client: TestClient, body: dict[str, Any], field: str
) -> None:
    export_id = client.post("/api/v1/export/", json=CONFIG).json()["export_id"]
    for answer in (
        client.patch(f"/api/v1/export/{export_id}", json=body),
        client.post("/api/v1/export/", json={**CONFIG, **body}),
    ):
        assert answer.status_code == 422, answer.text
        problem = answer.json()
        assert problem["code"] == "config_invalid"
        assert problem["errors"][0]["field"].split(".")[0] == field


def test_the_history_is_narrowed_by_tags_and_finds_names(client: TestClient) -> None:
    for naming in (NAMING, {"name": "Nightly", "tags": ["plant", "night"]}, {}):
        client.post("/api/v1/export/", json={**CONFIG, **naming})

    def names(query: str) -> list[str]:
        return [each["name"] for each in client.get(f"/api/v1/export/?{query}").json()]

    assert names("tag=plant&order=oldest") == ["Errors of January", "Nightly"]
    assert names("tag=PLANT&tag=night") == ["Nightly"]
    assert names("text=first%20MODEL") == ["Errors of January"]
    assert client.get("/api/v1/export/?tag=two%20words").status_code == 422
