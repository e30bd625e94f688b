"""Lists and records of a service look as those of its database do."""

import json

import pytest

from tests.integration.remote.houses import House


@pytest.fixture(scope="module")
def export_id(house: House) -> str:
    """An export of the command line, which only admins see."""
    done = house.here("export", "-d", "logs", "--format", "jsonl", "--json")
    assert done.returncode == 0, done.stderr
    return str(json.loads(done.stdout)["export_id"])


@pytest.mark.parametrize(
    "arguments",
    [
        ["exports", "list"],
        ["exports", "list", "--json"],
        ["exports", "list", "--status", "completed", "--data-type", "logs", "--since", "2026-01-01"],
        ["exports", "list", "--search", "nothing has this", "--order", "largest"],
        ["exports", "show", "{id}"],
        ["exports", "show", "{prefix}", "--json"],
    ],
    ids=" ".join,
)
def test_a_service_shows_what_its_database_has(house: House, export_id: str, arguments: list[str]) -> None:
    words = [word.format(id=export_id, prefix=export_id[:6]) for word in arguments]
    here, there = house.here(*words), house.there(*words)
    assert there.returncode == 0, there.stderr
    assert json_or_text(there.stdout) == json_or_text(here.stdout)
    assert there.stderr == here.stderr


def json_or_text(text: str) -> object:
    """Return JSON as a value. Whether a time ends in Z or +00:00 is left out."""
    return json.loads(text.replace("+00:00", "Z")) if text.startswith("{") else text


@pytest.mark.parametrize("text", ["abc", "nothing", "../ready", "a\x00bc", "%%%%"])
def test_a_wrong_id_gives_the_same_error_as_in_the_database(house: House, text: str) -> None:
    here, there = (run("exports", "show", text, "--json") for run in (house.here, house.there))
    assert (there.returncode, there.stdout) == (here.returncode, here.stdout)


def test_others_see_only_their_exports(house: House, export_id: str) -> None:
    assert house.answer("exports", "list", who="viewer") == {"exports": [], "total": 0}
    found = house.answer("exports", "show", export_id, who="viewer", code=4)
    assert found["error"]["code"] == "export_not_found"


def test_the_option_before_and_after_the_command_chooses_the_service(house: House, export_id: str) -> None:
    expected = house.there("exports", "list").stdout
    key = {"LUMBER_API_KEY": house.keys["admin"], "LUMBER_SERVER": "https://127.0.0.1:9"}
    for words in (
        ["--server", house.address, "exports", "list"],
        ["exports", "list", "--server", house.address],
    ):
        done = house.here(*words, **key)
        assert (done.returncode, done.stdout) == (0, expected), done.stderr
    # The database: by name, and by its address.
    for words in (["--server", "local"], ["--database-url", house.url]):
        assert export_id[:8] in house.here("exports", "list", *words, **key).stdout


@pytest.mark.parametrize(
    "command", ["serve", "worker", "migrate", "sample", "doctor", "user list", "key list"]
)
def test_a_command_for_the_database_says_so(house: House, command: str) -> None:
    done = house.here("--server", house.address, *command.split())
    assert done.returncode == 2
    assert f"`lumber {command}` works on the database only" in done.stderr


def test_a_command_for_the_database_notes_that_the_variable_is_not_for_it(house: House) -> None:
    for words, noted in (
        (["user", "list"], True),
        (["user", "list", "--database-url", house.url], False),
        (["exports", "list"], False),
    ):
        done = house.there(*words, LUMBER_DATABASE_URL=house.url)
        assert done.returncode == 0
        assert ("not on LUMBER_SERVER" in done.stderr) is noted
    assert "not on LUMBER_SERVER" not in house.here("user", "list", LUMBER_SERVER="local").stderr


def test_a_command_for_files_says_so(house: House) -> None:
    done = house.here("--server", house.address, "verify", "out")
    assert done.returncode == 2
    assert "reads files of this machine" in done.stderr


@pytest.mark.parametrize(
    "arguments", [["list"], ["list", "--json"], ["show", "{id}"], ["show", "{prefix}", "--json"]]
)
def test_a_service_shows_the_loads_of_its_database(house: House, arguments: list[str]) -> None:
    line = "Jun 14 15:16:01 web sshd[1]: from 10.0.0.1\n"
    house.here("ingest", "logs", "-", "--year", "2024", stdin=line)
    (load,) = json.loads(house.here("loads", "list", "--json").stdout)["loads"]
    words = [word.format(id=load["source_id"], prefix=load["source_id"][:8]) for word in arguments]
    here, there = house.here("loads", *words), house.there("loads", *words, who="viewer")
    assert (there.returncode, there.stdout, there.stderr) == (here.returncode, here.stdout, here.stderr)
    assert there.returncode == 0
    for run in (house.here, house.there):
        assert run("loads", "show", "nothing").returncode == 4
