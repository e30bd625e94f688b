"""Datasets, destinations, schedules and notices of a service: as its database shows and changes them."""

import json
from pathlib import Path

import pytest

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
    found = json.loads(filled.here("datasets", "list", "--json").stdout)["datasets"][0]
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
