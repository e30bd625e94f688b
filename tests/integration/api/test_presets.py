"""Presets over HTTP and on the command line: created, changed and deleted, by their owners only."""

import json
from pathlib import Path
from typing import Any

import pytest

from lumber.settings import Settings
from tests.commands import lumber
from tests.integration.accounts import CHEAP
from tests.integration.api.everybody import inhabited
from tests.integration.api.serving import started

PLANT: dict[str, Any] = {"name": "plant", "config": {"data_types": ["logs"], "date_range": "yesterday"}}


@pytest.fixture
def own_settings(sqlite_url: str, tmp_path: Path) -> Settings:
    return Settings(serve_worker=False, data_dir=tmp_path, database_url=sqlite_url, **CHEAP)


async def test_a_preset_is_made_changed_and_deleted(own_settings: Settings) -> None:
    async with started(own_settings) as (client, _):
        made = await client.post("/presets", json=PLANT)
        assert made.status_code == 201, made.text
        report = made.json()
        assert (report["name"], report["owner"]) == ("plant", None)
        assert report["config"]["date_range"] == "yesterday"
        path = f"/presets/{report['preset_id']}"

        taken = await client.post("/presets", json={**PLANT, "name": "PLANT"})
        assert taken.json()["errors"][0]["message"] == "there is a preset 'PLANT' already"
        wrong = await client.post("/presets", json={"name": "x", "config": {"data_types": ["nothing"]}})
        assert wrong.json()["errors"][0]["field"] == "config.data_types"
        unnamed = await client.post("/presets", json={**PLANT, "name": " \t"})
        assert unnamed.json()["errors"][0]["field"] == "name"

        changed = await client.patch(path, json={"config": {"data_types": ["ips"]}})
        assert (changed.json()["name"], changed.json()["config"]["data_types"]) == ("plant", ["ips"])
        renamed = (await client.patch(path, json={"name": "addresses"})).json()
        assert (await client.patch(path, json={"name": "addresses"})).json() == renamed
        assert (await client.get("/presets")).json() == {"presets": [renamed]}
        assert (await client.get(path)).json() == renamed

        assert (await client.delete(path)).status_code == 204
        assert (await client.get(path)).json()["code"] == "preset_not_found"
        lines = (await client.get("/audit", params={"limit": 100})).json()["lines"]
        actions = [line["action"] for line in reversed(lines) if line["action"].startswith("preset_")]
        assert actions == ["preset_saved"] * 3 + ["preset_deleted"]


async def test_each_account_has_its_own_presets(own_settings: Settings, tmp_path: Path) -> None:
    async with inhabited(own_settings, tmp_path) as house:
        path = f"/presets/{house.names['preset_id']}"
        assert (await house.call("other", "GET", path)).status_code == 404
        assert (await house.call("other", "GET", "/presets")).json() == {"presets": []}
        # A name of another account is free.
        same = await house.call("other", "POST", "/presets", json={**PLANT, "name": "hourly logs"})
        assert same.status_code == 201
        seen = (await house.call("admin", "GET", "/presets")).json()["presets"]
        assert sorted(each["owner"]["name"] for each in seen) == ["exporter", "other"]
        # A key for IP records doesn't see presets of logs, and makes none.
        assert (await house.call("only ips", "GET", "/presets")).json() == {"presets": []}
        refused = await house.call("only ips", "POST", "/presets", json={**PLANT, "name": "new"})
        assert refused.status_code == 403


def test_a_preset_on_the_command_line_is_a_config_again(sqlite_url: str, tmp_path: Path) -> None:
    def presets(*arguments: object) -> str:
        done = lumber("presets", *arguments, "--database-url", sqlite_url)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert presets("list").endswith("0 presets.\n")
    assert presets("save", "nightly", "-d", "logs", "--range", "yesterday") == "Saved the preset nightly.\n"
    # A name is the same in any case, and the preset is replaced.
    again = json.loads(presets("save", "Nightly", "-d", "ips", "--range", "yesterday", "--json"))
    assert again["name"] == "Nightly"
    listed = presets("list")
    assert "1 preset." in listed
    assert "this machine" in listed
    shown = presets("show", "nightly")
    assert json.loads(shown) == again["config"]
    file = tmp_path / "nightly.json"
    file.write_text(shown)
    presets("save", "copy", "--config", file)
    assert presets("show", "copy") == shown
    assert lumber("presets", "remove", "copy", "--database-url", sqlite_url).returncode == 2
    assert presets("remove", "copy", "--yes") == "Deleted the preset copy.\n"
    gone = lumber("presets", "show", "copy", "--database-url", sqlite_url)
    assert gone.returncode == 4
    assert "There is no preset 'copy'" in gone.stderr
