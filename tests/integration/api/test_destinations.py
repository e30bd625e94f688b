"""Destinations over HTTP: what admins may register, and that no answer has a secret."""

from pathlib import Path
from typing import Any

import pytest

from lumber.settings import Settings
from tests.integration.accounts import CHEAP
from tests.integration.api.everybody import inhabited
from tests.integration.api.serving import started

LOGS = {"data_types": ["logs"]}
SECRETS = {"access_key_id": "AKID", "secret_access_key": "se-cret"}


@pytest.fixture
def own_settings(sqlite_url: str, tmp_path: Path) -> Settings:
    """A service whose clients may register folders in one place."""
    (tmp_path / "secrets").mkdir()
    return Settings(
        serve_worker=False,
        data_dir=tmp_path / "data",
        database_url=sqlite_url,
        destination_folders=f"{tmp_path}/lakes",
        destination_secrets=tmp_path / "secrets",
        **CHEAP,
    )


async def test_a_folder_is_registered_checked_and_removed(own_settings: Settings, tmp_path: Path) -> None:
    async with started(own_settings) as (client, _):
        body = {"name": "lake", "url": f"{tmp_path}/lakes/one"}
        missing = await client.post("/destinations", json=body)
        assert (missing.status_code, missing.json()["errors"][0]["field"]) == (422, "url")
        assert "let Lumber make it with create" in missing.text
        made = await client.post("/destinations", json={**body, "create": True})
        assert made.status_code == 201, made.text
        report = made.json()
        assert (report["kind"], report["status"], report["message"]) == ("folder", "ok", "")
        assert report["promises"] == dict.fromkeys(
            ("conditional_put", "conditional_update", "multipart", "list", "delete"), True
        )
        assert (await client.get("/destinations")).json() == {"destinations": [report]}
        again = await client.post("/destinations/LAKE/probe")
        assert again.json()["probed_at"] > report["probed_at"]
        created = await client.post("/export/", json={**LOGS, "destination": "lake"})
        assert created.status_code == 200, created.text
        unknown = await client.post("/export/", json={**LOGS, "destination": "typo"})
        assert unknown.status_code == 422
        assert unknown.json()["errors"][0]["allowed"] == ["lake"]
        assert (await client.delete("/destinations/lake")).status_code == 204
        assert (await client.get("/destinations/lake")).json()["code"] == "destination_not_found"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"url": "/etc"}, "url"),
        ({"url": "{folder}/lakes/../x"}, "url"),
        ({"url": "s3://lake", "options": {"endpoint": "https://127.0.0.1:9"}}, "secrets"),
        ({"url": "s3://lake", "secrets": {"access_key_id": "se-cret"}}, "secrets"),
        ({"url": "s3://lake", "secrets": {"password": "se-cret"}}, "secrets.password"),
        ({"url": "s3://lake", "secret_file": "/etc/passwd"}, "secret_file"),
        ({"url": "s3://lake", "create": True}, "create"),
        ({"url": "s3://lake", "secret_file": "{folder}/secrets/../own.json"}, "secret_file"),
        ({"url": "s3://lake", "secret_file": "x", "secrets": SECRETS}, "secret_file"),
        ({"url": "s3://lake", "secret_env": {"access_key_id": "HOME"}}, "secret_env"),
    ],
)
async def test_clients_can_not_reach_more_than_they_may(
    own_settings: Settings, tmp_path: Path, body: dict[str, Any], field: str
) -> None:
    given = {
        name: value.replace("{folder}", str(tmp_path)) if isinstance(value, str) else value
        for name, value in body.items()
    }
    async with started(own_settings) as (client, _):
        refused = await client.post("/destinations", json={"name": "lake", **given})
    assert refused.status_code == 422, refused.text
    assert [each["field"] for each in refused.json()["errors"]] == [field]
    assert "se-cret" not in refused.text


async def test_secrets_of_clients_lie_in_a_file_that_goes_with_the_destination(
    own_settings: Settings, tmp_path: Path
) -> None:
    body = {"name": "lake", "url": "s3://lake", "options": {"endpoint": "http://127.0.0.1:9"}}
    async with started(own_settings) as (client, _):
        refused = await client.post("/destinations", json={**body, "secrets": SECRETS})
        assert (refused.status_code, refused.json()["code"]) == (422, "destination_unfit")
        assert "se-cret" not in refused.text
    assert list((tmp_path / "data" / "destination-secrets").iterdir()) == []


async def test_policies_say_which_destinations_an_account_may_use(
    own_settings: Settings, tmp_path: Path
) -> None:
    async with inhabited(own_settings, tmp_path) as house:
        for name in ("allowed", "other"):
            body = {"name": name, "url": f"{tmp_path}/lakes/{name}", "create": True}
            assert (await house.call("admin", "POST", "/destinations", json=body)).status_code == 201
        policy = {
            "name": "lakes",
            "applies_to": {"roles": ["exporter"]},
            "destinations": [f"file://{tmp_path}/lakes/allowed"],
        }
        assert (await house.call("admin", "POST", "/policies", json=policy)).status_code == 201
        found = {}
        for name in ("allowed", "other", None):
            body = {**LOGS, "destination": name}
            found[name] = (await house.call("exporter", "POST", "/export/", json=body)).status_code
        assert found == {"allowed": 200, "other": 403, None: 403}
