"""Sources at a service: commands, exports and schedules over them, policies and the audit trail."""

import json
from pathlib import Path

import pytest

from tests.integration.datasets import read_dataset
from tests.integration.remote.houses import House
from tests.integration.remote.test_remote_commands import json_or_text
from tests.integration.sources.rsyslog import make_events, write_mapping

EVENTS = 120
COLUMNS = ("id", "timestamp", "message", "host_name", "process_name", "log_level")


@pytest.fixture(scope="module")
def plant(house: House, tmp_path_factory: pytest.TempPathFactory) -> House:
    """A service with the source plant, whose events are mapped to logs at the service."""
    folder: Path = tmp_path_factory.mktemp("plant")
    url = f"sqlite:///{folder / 'events.db'}"
    make_events(url, EVENTS)
    added = house.here("source", "add", "plant", "--url", url)
    assert added.returncode == 0, added.stderr
    kept = house.there("source", "map", "plant", write_mapping(folder))
    assert kept.returncode == 0, kept.stderr
    assert "Guarantee: snapshot: every row is read as it was at one moment" in kept.stdout
    return house


@pytest.mark.parametrize(
    "arguments",
    [
        ["source", "list"],
        ["source", "list", "--json"],
        ["source", "show", "PLANT"],
        ["source", "show", "plant", "--json"],
        ["source", "show", "typo"],
        ["source", "show", "plant", "--mapping", "logs"],
        ["source", "show", "plant", "--mapping", "logs", "--json"],
        ["source", "show", "plant", "--mapping", "ips"],
        ["source", "show", "typo", "--mapping", "logs"],
        ["source", "show", "../session"],
        ["source", "suggest", "plant", "SystemEvents"],
        ["source", "suggest", "plant", "typo"],
        ["source", "check", "plant", "{mapping}"],
        ["source", "check", "plant", "{mapping}", "--json"],
        ["source", "remove", "typo", "--yes"],
        ["export", "-d", "logs", "--source", "typo"],
        ["export", "-d", "ips", "--source", "plant"],
        ["schedule", "add", "x", "-d", "logs", "--source", "typo", "--every", "1h"],
        ["schedule", "add", "x", "-d", "ips", "--source", "plant", "--every", "1h"],
    ],
    ids=" ".join,
)
def test_a_service_says_what_its_database_says(plant: House, arguments: list[str], tmp_path: Path) -> None:
    words = [word.format(mapping=write_mapping(tmp_path)) for word in arguments]
    here, there = plant.here(*words), plant.there(*words)
    assert there.returncode == here.returncode
    assert json_or_text(there.stdout) == json_or_text(here.stdout)
    if here.returncode:
        assert there.stderr == here.stderr


def test_only_an_admin_sees_the_text_of_a_mapping(plant: House) -> None:
    words = ("source", "show", "plant", "--mapping", "logs")
    assert 'table = "SystemEvents"' in plant.there(*words).stdout
    refused = plant.there(*words, who="viewer")
    assert refused.returncode == plant.there("source", "remove", "plant", "--yes", who="viewer").returncode
    assert "doesn't have the scope admin" in refused.stderr
    assert "SystemEvents" not in refused.stdout
    assert (
        "doesn't have the scope admin"
        in plant.there("source", "remove", "plant", "--yes", who="viewer").stderr
    )


def test_a_database_is_added_from_here_and_the_service_keeps_its_password(
    plant: House, empty_postgres_url: str, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("not-to-be-seen\n")
    words = ("source", "add", "lab", "--url", empty_postgres_url, "--password-file", secret)
    refused = plant.there(*words, who="viewer")
    assert "doesn't have the scope admin" in refused.stderr
    added = plant.there(*words, "--json")
    assert added.returncode == 0, added.stderr
    told = json.loads(added.stdout)
    assert (told["name"], told["password"], told["tables"]) == ("lab", "file", [])
    assert "not-to-be-seen" not in added.stdout + added.stderr
    assert "in a file of the service" in plant.there("source", "show", "lab").stdout
    assert "source-secrets" in plant.here("source", "show", "lab").stdout
    again = plant.there(*words)
    assert (again.returncode, "there is a source 'lab' already" in again.stderr) == (3, True)
    assert plant.there("source", "remove", "lab", "--yes").returncode == 0


def test_a_service_takes_no_files_of_its_machine(plant: House, tmp_path: Path) -> None:
    refused = plant.there("source", "add", "box", "--url", f"sqlite:///{tmp_path / 'box.db'}")
    assert refused.returncode == 3
    assert "a service takes databases of PostgreSQL, MySQL and MariaDB" in refused.stderr
    assert "box" not in plant.there("source", "list").stdout


def test_an_export_over_a_source_is_downloaded_and_is_that_of_the_database(
    plant: House, tmp_path: Path
) -> None:
    words = (
        "export",
        "-d",
        "logs",
        "--source",
        "PLANT",
        "--format",
        "jsonl",
        "--no-metadata",
        "--split",
        "time",
    )
    there = plant.there(*words, "--output", tmp_path / "there", who="exporter")
    assert there.returncode == 0, there.stderr
    assert plant.here(*words, "--output", tmp_path / "here").returncode == 0
    rows = read_dataset(tmp_path / "there")
    assert len(rows) == EVENTS
    assert rows == read_dataset(tmp_path / "here")
    source = json.loads((tmp_path / "there/manifest.json").read_text())["plan"]["source"]
    assert (source["name"], source["guarantee"]) == ("plant", "snapshot")
    shown = plant.answer("preview", "-d", "logs", "--source", "plant", who="exporter")
    assert shown["kinds"]["logs"]["guarantee"] == "snapshot"


def test_a_policy_about_data_refuses_a_source(plant: House, tmp_path: Path) -> None:
    """Policies describe our own tables: nobody knows what those of a source hold. A limit of rows applies."""
    path = tmp_path / "policy.json"
    words = ("export", "-d", "logs", "--source", "plant")
    schedule = ("schedule", "add", "plant-hourly", "-d", "logs", "--source", "plant", "--every", "1h")
    assert plant.there(*schedule, who="exporter").returncode == 0
    for rules, code in (
        ({"max_rows": 1_000}, 0),
        ({"kinds": ["logs"]}, 3),
        ({"columns": {"logs": COLUMNS}}, 3),
    ):
        given = {"name": "support", "applies_to": {"users": ["exporter"]}, **rules}
        path.write_text(json.dumps(given))
        assert plant.here("policy", "set", path).returncode == 0
        found = plant.there(*words, "--set", f"fields.logs={json.dumps(COLUMNS)}", who="exporter")
        assert found.returncode == code, found.stderr
        if code:
            rule = next(iter(rules))
            assert f"rule {rule}: the policy says which rows of Lumber's own tables" in found.stderr
            assert "and so allows no source (policy 'support'" in found.stderr
            assert "unknown" not in found.stderr
            previewed = plant.there("preview", *words[1:], who="exporter")
            assert f"rule {rule}: the policy says which rows" in previewed.stderr
        is_told = "policies refuse the sources of: plant-hourly" in plant.here("doctor").stdout
        assert is_told == bool(code)
    assert plant.there(*words).returncode == 0
    assert plant.here("policy", "delete", "support", "--yes").returncode == 0
    assert plant.there("schedule", "remove", "plant-hourly", "--yes", who="exporter").returncode == 0


def test_a_run_whose_source_is_gone_says_so_and_the_trail_has_every_change(plant: House) -> None:
    words = ("schedule", "add", "nightly", "-d", "logs", "--source", "plant", "--every", "1d")
    assert plant.there(*words).returncode == 0
    removed = plant.there("source", "remove", "plant", "--yes")
    assert "Removed the source plant. Its rows stay." in removed.stdout
    run = plant.there("schedule", "run", "nightly")
    assert run.returncode == 1
    assert "there is no source 'plant'" in run.stdout + run.stderr
    shown = plant.answer("schedule", "show", "nightly")["runs"][0]
    assert (shown["status"], shown["export_id"]) == ("failed", None)
    assert "there is no source 'plant'" in shown["reason"]
    lines = json.loads(plant.here("audit", "list", "--limit", "1000", "--json").stdout)["lines"]
    about = [line for line in lines if line["action"].startswith("source_")]
    told = {line["action"]: line for line in about if line["details"]["name"] == "plant"}
    assert told["source_added"]["actor_kind"] == "local"
    for action in ("source_mapped", "source_removed"):
        assert told[action]["actor_name"] == "admin"
    assert told["source_mapped"]["details"]["kind"] == "logs"
    assert len(told["source_mapped"]["details"]["mapping_sha256"]) == 64
