"""Datasets, destinations, schedules and notices of a service: as its database shows and changes them."""

import base64
import json
from pathlib import Path

import pytest

from tests.integration.processes import until
from tests.integration.remote.houses import House
from tests.integration.remote.test_remote_commands import json_or_text


@pytest.fixture(scope="module")
def filled(house: House, tmp_path_factory: pytest.TempPathFactory) -> House:
    """A service that has one of each."""
    lake: Path = tmp_path_factory.mktemp("lake")
    for words in (
        ("destination", "add", "lake", lake),
        ("export", "-d", "logs", "--format", "jsonl", "--dataset", "plant"),
        ("schedule", "add", "nightly", "-d", "logs", "--cron", "0 3 * * *"),
        ("notice", "add", "ops", "--url", "https://hooks.example.org/x"),
    ):
        done = house.here(*words)
        assert done.returncode == 0, done.stderr
    return house


@pytest.mark.parametrize(
    "arguments",
    [
        ["destination", "list"],
        ["destination", "show", "LAKE"],
        ["destination", "show", "LAKE", "--json"],
        ["destination", "show", "typo"],
        ["destination", "show", "../session"],
        ["datasets", "list"],
        ["datasets", "list", "--json"],
        ["datasets", "log", "plant"],
        ["datasets", "show", "PLANT", "v1", "--json"],
        ["datasets", "log", "typo/../plant"],
        ["datasets", "gate", "plant", "--json"],
        ["datasets", "drop", "plant", "1"],
        ["datasets", "publish", "plant", "7"],
        ["notice", "set", "ops", "--overlap", "3"],
        ["notice", "set", "typo", "--disabled"],
        ["notice", "add", "ops", "--url", "ftp://example.org"],
        ["schedule", "add", "nightly", "-d", "logs", "--cron", "0 25 * * *"],
        ["schedule", "list"],
        ["schedule", "show", "nightly", "--json"],
        ["schedule", "pause", "typo"],
        ["notice", "list"],
        ["notice", "show", "ops", "--json"],
        ["notice", "deliveries", "ops", "--json"],
        ["notice", "test", "typo"],
    ],
    ids=" ".join,
)
def test_a_service_shows_what_its_database_has(filled: House, arguments: list[str]) -> None:
    here, there = filled.here(*arguments), filled.there(*arguments)
    assert there.returncode == here.returncode
    assert json_or_text(there.stdout) == json_or_text(here.stdout)
    if here.returncode:
        assert there.stderr == here.stderr


def test_a_service_changes_what_its_database_has(filled: House) -> None:
    def done(*words: object) -> str:
        made = filled.there(*words)
        assert made.returncode == 0, made.stderr
        return made.stdout

    assert "production is v1 of plant" in done("datasets", "tag", "plant", "latest", "production")
    assert "keeps the last 3" in done("datasets", "keep", "plant", "--last", "3")
    datasets = json.loads(filled.here("datasets", "list", "--json").stdout)["datasets"]
    (found,) = (each for each in datasets if each["name"] == "plant")
    assert (found["latest"]["tags"], found["keep_last"]) == (["production"], 3)
    done("datasets", "untag", "plant", "production")
    assert "It promises everything" in done("destination", "probe", "lake")
    assert "is paused" in done("schedule", "pause", "nightly")
    assert json.loads(filled.here("schedule", "show", "nightly", "--json").stdout)["is_paused"]
    done("schedule", "resume", "nightly")
    assert "runs as export" in done("schedule", "run", "nightly")
    assert filled.there("schedule", "remove", "nightly").returncode == 2
    for words in (("schedule", "remove", "nightly"), ("notice", "remove", "ops")):
        done(*words, "--yes")
    assert json.loads(filled.here("schedule", "list", "--json").stdout) == {"schedules": []}
    assert json.loads(filled.here("notice", "list", "--json").stdout) == {"notices": []}


def test_a_service_gets_schedules_and_notices_of_the_key(filled: House, tmp_path: Path) -> None:
    words = ("schedule", "add", "hourly", "-d", "logs", "--every", "1h", "--range", "last hour")
    refused = filled.there(*words, "--user", "viewer")
    assert (refused.returncode, "account of the API key" in refused.stderr) == (2, True)
    assert filled.answer(*words, who="exporter")["owner"]["name"] == "exporter"
    assert "doesn't have the scope exports:write" in filled.there(*words, who="viewer").stderr
    given = f"whsec_{base64.b64encode(bytes(32)).decode()}"
    secret = tmp_path / "secret"
    secret.write_text(f"{given}\n{given}\n")
    words = ("notice", "add", "team", "--url", "https://hooks.example.org/y", "--secret-file", secret)
    refused = filled.there(*words, who="exporter")
    assert (refused.returncode, "has two secrets" in refused.stderr) == (3, True)
    secret.write_text(given)
    made = filled.answer(*words, who="exporter")
    assert (made["owner"], made["secret"], made["has_secret"]) == ("exporter", None, True)
    assert given not in json.dumps(made)
    changed = ("notice", "set", "team", "--disabled", "--event", "held", "--renew-secret", "--overlap", "2")
    made = filled.answer(*changed, who="exporter")
    assert (made["is_enabled"], made["events"]) == (False, ["held"])
    assert made["secret"].startswith("whsec_")
    assert made["secret"] != given
    assert made["old_secret_until"] is not None


def test_a_service_holds_publishes_and_drops_versions(filled: House, tmp_path: Path) -> None:
    gate = tmp_path / "gate.json"
    gate.write_text('{"rows": {"min": 1000}}')
    assert "Set the gate" in filled.there("datasets", "gate", "plant", gate).stdout
    assert filled.answer("datasets", "gate", "plant")["gate"]["rows"]["min"] == 1000
    words = ("export", "-d", "logs", "--format", "jsonl", "--dataset", "plant")
    for action, state in ((("publish",), "published"), (("drop", "--reason", "too few"), "dropped")):
        assert filled.here(*words).returncode == 0
        held = json.loads(filled.here("datasets", "log", "plant", "--json").stdout)[0]
        assert held["state"] == "held"
        decided = filled.answer("datasets", action[0], "plant", str(held["number"]), *action[1:])
        assert (decided["state"], decided["export_id"]) == (state, held["export_id"])
    assert "Dropped: too few" in decided["reason"]
    assert "has no gate" in filled.there("datasets", "gate", "plant", "--remove").stdout
    refused = filled.there("datasets", "gate", "new", gate)
    assert (refused.returncode, "There is no dataset 'new'" in refused.stderr) == (4, True)


def test_a_service_runs_a_backfill_and_commits_versions_to_tables(filled: House) -> None:
    """The worker and the scheduler of the service do it, while the command waits."""
    words = ("export", "-d", "logs", "--format", "jsonl", "--dataset", "days", "--incremental")
    assert filled.here(*words, "--start", "2026-01-01T00:03:00Z").returncode == 0
    tables = filled.answer("datasets", "tables", "days", "--format", "delta", "--to", "lake")["tables"]
    assert [(each["format"], each["to"], each["latest"]) for each in tables] == [("delta", "lake", 1)]
    refused = filled.there("datasets", "tables", "days", "--format", "delta", "--to", "./here")
    assert refused.returncode == 3
    assert (
        "doesn't have the scope admin"
        in filled.there("datasets", "tables", "days", "--format", "delta", "--remove", who="exporter").stderr
    )
    given = ("datasets", "backfill", "days", "--start", "2026-01-01T00:00:00Z", "--window", "12h")
    assert filled.there(*given).returncode == 2
    done = filled.answer(*given, "--yes")
    assert (done["backfill"]["state"], done["backfill"]["windows"], done["backfill"]["done"]) == (
        "completed",
        1,
        1,
    )
    assert "holds the whole range" in filled.there(*given).stdout
    found = json.loads(filled.here("datasets", "log", "days", "--json").stdout)
    assert [each["added"] for each in found] == [179, 121]
    until(lambda: filled.answer("datasets", "tables", "days")["tables"][0]["committed"] == 2)
    assert (
        "No further version"
        in filled.there("datasets", "tables", "days", "--format", "delta", "--remove").stdout
    )


def test_a_bucket_is_registered_at_the_service_with_secrets_from_here(filled: House, tmp_path: Path) -> None:
    """Nothing listens at the address, so the service says so: the secrets got as far as its check."""
    secrets = tmp_path / "lake.env"
    secrets.write_text("access_key_id=AKID\nsecret_access_key=se-cret\n")
    words = ("destination", "add", "far", "s3://lake", "--endpoint", "http://127.0.0.1:9")
    refused = filled.there(*words)
    assert refused.returncode == 3
    assert "secrets: are required with an endpoint" in refused.stderr
    refused = filled.there(*words, "--secret-file", secrets)
    assert refused.returncode == 1
    assert "doesn't respond as it should" in refused.stderr
    assert "se-cret" not in refused.stderr + refused.stdout
    forbidden = filled.there("destination", "add", "etc", "/etc")
    assert forbidden.returncode == 3
    assert "LUMBER_DESTINATION_FOLDERS" in forbidden.stderr
    refused = filled.there(*words, "--secret-file", secrets, who="viewer")
    assert refused.returncode == 1
    assert "doesn't have the scope admin" in refused.stderr
    removed = filled.there("destination", "remove", "lake", "--yes")
    assert removed.returncode == 0, removed.stderr
    assert json.loads(filled.here("destination", "list", "--json").stdout) == {"destinations": []}
