"""Commands on a service: lists and records look as those of its database do, and keys are kept safely."""

import json
import os
import pty
import re
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.integration.processes import LUMBER, PATIENCE_SECONDS
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
        ["exports", "rows", "{prefix}", "--limit", "3", "--place", "7"],
        ["exports", "rows", "{id}", "--filter", "id >= 290", "--search", "LINE 29", "--json"],
        ["exports", "rows", "{id}", "--sort", "message", "--order", "desc", "--split", "train"],
        ["exports", "compare", "{prefix}", "{id}"],
        ["exports", "compare", "{id}", "{id}", "--examples", "2", "--json"],
        ["explain", "{prefix}", "17"],
        ["explain", "{id}", "17", "--data-type", "logs", "--json"],
    ],
    ids=" ".join,
)
def test_a_service_shows_what_its_database_has(house: House, export_id: str, arguments: list[str]) -> None:
    words = [word.format(id=export_id, prefix=export_id[:6]) for word in arguments]
    here, there = house.here(*words), house.there(*words)
    assert there.returncode == 0, there.stderr
    assert json_or_text(there.stdout) == json_or_text(here.stdout)
    assert there.stderr == here.stderr


def test_the_verdicts_on_an_export_are_shown(house: House, export_id: str) -> None:
    done = house.there("exports", "show", export_id)
    assert re.search(
        r"^green +Rows balance +All [\d,]+ rows read are accounted for\.$", done.stdout, re.MULTILINE
    )
    assert '-> Split by time: {"split": {"mode": "time"' in done.stdout
    shown = json.loads(house.there("exports", "show", export_id, "--json").stdout)
    assert [each["level"] for each in shown["verdicts"]].count("grey") == 4
    assert shown["verdicts"][0]["topic"] == "balance"


def test_rows_are_shown_a_page_at_a_time(house: House, export_id: str) -> None:
    first = house.here("exports", "rows", export_id, "--limit", "2", "--filter", "id>100")
    assert first.returncode == 0, first.stderr
    assert [line.split()[0] for line in first.stdout.splitlines()[:3]] == ["place", "100", "101"]
    assert "Go on with --place 102." in first.stdout
    page = house.answer("exports", "rows", export_id, "--place", "102", "--filter", "id>100")
    assert (page["rows"][0]["values"]["id"], page["total"], page["next"]) == (103, 300, 122)
    for words, code, text in (
        (["--search", "nothing has this"], 4, "0 rows of 300 in logs"),
        (["--split", "test"], 3, "'test' is not a split of logs"),
        (["--place", "300"], 3, "is after the last row, 299"),
        (["--filter", "nothing=1"], 3, "'nothing' is not a column"),
    ):
        for done in (
            house.here("exports", "rows", export_id, *words),
            house.there("exports", "rows", export_id, *words),
        ):
            assert done.returncode == code, done.stderr
            assert text in done.stdout + done.stderr


def test_exports_are_compared_and_that_is_recorded(house: House, export_id: str) -> None:
    other = str(house.answer("export", "-d", "logs", "--filter", "id<=200", "--split", "time")["export_id"])
    done = house.here("exports", "compare", export_id, other, "--examples", "1")
    assert done.returncode == 0, done.stderr
    for line in (
        r"^B: \S+ \(logs · id .*; 200 rows, ",
        r"^logs +written +300 +200$",
        r"^logs +split train +- +\d+$",
        r"^config: filters\.id is not set in A and .*200.* in B\.$",
        r"^data type +added +removed +changed +moved$",
        r"^logs +0 +100 +0 +\d+$",
        r"^logs 201: removed$",
    ):
        assert re.search(line, done.stdout, re.MULTILINE), (line, done.stdout)
    lines = json.loads(house.here("audit", "list", "--limit", "3", "--json").stdout)["lines"]
    assert [line["action"] for line in lines] == ["exports_compared", "rows_viewed", "rows_viewed"]
    assert lines[0]["details"] == {"other": other, "rows": 2}
    same = house.answer("exports", "compare", other, other, "--rows")
    assert (same["rows"]["is_same"], same["rows"]["examples"]) == (True, [])
    missing = house.here("exports", "compare", export_id, "zzzz")
    assert (missing.returncode, missing.stderr.count("There is no export")) == (4, 1)


def test_a_row_that_is_nowhere_cannot_be_explained(house: House, export_id: str) -> None:
    for done in (house.here("explain", export_id, 10**6), house.there("explain", export_id, 10**6)):
        assert done.returncode == 3
        assert "the database has no row 1000000 of logs" in done.stderr


def test_rows_are_recorded_before_they_are_shown(house: House, export_id: str) -> None:
    def lines() -> int:
        return len(
            json.loads(house.here("audit", "list", "--action", "rows_viewed", "--json").stdout)["lines"]
        )

    before = lines()
    house.here("exports", "rows", export_id)
    house.here("explain", export_id, "5")
    assert lines() == before + 2


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


def test_an_export_is_shared_through_the_service(house: House, export_id: str) -> None:
    shared = house.there("exports", "share", export_id[:6], "--user", "viewer", "--role", "auditor")
    assert shared.returncode == 0, shared.stderr
    assert shared.stdout == f"Export {export_id} is shared with viewer, the role auditor.\n"
    assert house.answer("exports", "list", who="viewer")["total"] == 1
    words = ("exports", "share", export_id, "--json")
    assert json_or_text(house.there(*words).stdout) == json_or_text(house.here(*words).stdout)
    assert house.there("exports", "share", export_id, "--user", "nobody").returncode == 3
    assert house.there("exports", "share", export_id, "--none").returncode == 0
    assert house.answer("exports", "list", who="viewer")["total"] == 0


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


# login, logout and whoami


@pytest.fixture
def guest(house: House, tmp_path: Path) -> Iterator[House]:
    """The service for somebody who has stored nothing yet."""
    guest = replace(house, folder=tmp_path)
    yield guest
    # No key is shown, and none is in the log of the service.
    assert not any(key[20:] in house.process.stdout + house.process.stderr for key in house.keys.values())


def stored(guest: House) -> Path:
    return guest.folder / "config" / "lumber" / "servers.json"


def test_a_login_stores_the_key_for_its_service(guest: House) -> None:
    key = guest.keys["viewer"]
    done = guest.here("login", guest.address, "--key-file", "-", stdin=f"{key}\n")
    assert done.returncode == 0, done.stderr
    assert key not in done.stdout + done.stderr
    assert stat.S_IMODE(stored(guest).stat().st_mode) == 0o600
    assert stat.S_IMODE(stored(guest).parent.stat().st_mode) == 0o700
    assert json.loads(stored(guest).read_text()) == {
        "default": None,
        "servers": {guest.address: {"key": key}},
    }
    # Not the default: commands use the database until the service is named.
    assert "use the database" in guest.here("whoami", "--server", "local").stdout
    found = guest.answer("whoami", who=None)
    assert (found["server"], found["key_from"]) == (guest.address, "lumber login")
    assert guest.answer("exports", "list", who=None)["total"] == 0
    # A key of the environment overrides it.
    assert guest.answer("whoami", who="admin")["key_from"] == "LUMBER_API_KEY"
    assert guest.here("logout", guest.address).returncode == 0
    assert guest.here("logout", guest.address).returncode == 4
    assert json.loads(stored(guest).read_text())["servers"] == {}


def test_a_key_is_asked_for_on_the_terminal_and_does_not_show(guest: House) -> None:
    key = guest.keys["viewer"]
    terminal, inside = pty.openpty()
    with subprocess.Popen(
        [LUMBER, "login", guest.address],
        stdin=inside,
        stdout=subprocess.PIPE,
        stderr=inside,
        env=os.environ | guest.environment("viewer"),
        # The terminal becomes that of the new session, which is where passwords are read.
        start_new_session=True,
        preexec_fn=lambda: os.close(os.open(os.ttyname(inside), os.O_RDWR)),
    ) as process:
        os.close(inside)
        seen = b""
        while f"API key for {guest.address}: ".encode() not in seen:
            seen += os.read(terminal, 1_000)
        os.write(terminal, f"{key}\n".encode())
        out, _ = process.communicate(timeout=PATIENCE_SECONDS)
    os.close(terminal)
    assert process.returncode == 0
    assert out.startswith(b"Logged in to ")
    assert key[20:].encode() not in seen + out


def test_the_default_is_used_without_a_name(guest: House) -> None:
    environment = {"LUMBER_DATABASE_URL": "", "LUMBER_SERVER": ""}
    guest.here("login", guest.address, "--default", "--key-file", "-", stdin=guest.keys["viewer"])
    found = json.loads(guest.there("exports", "list", "--json", who=None, **environment).stdout)
    assert found == {"exports": [], "total": 0}
    # What the environment says about the database comes first.
    assert guest.here("whoami", "--json").stdout.startswith('{"server": null')
    guest.here("logout", guest.address)
    assert json.loads(stored(guest).read_text())["default"] is None


def test_a_key_that_does_not_work_is_not_stored(guest: House) -> None:
    mistyped = guest.keys["viewer"][:-1] + "!"
    for key, code in ((guest.keys["expired"], 1), (mistyped, 3), ("", 3)):
        done = guest.here("login", guest.address, "--key-file", "-", stdin=key)
        assert done.returncode == code, done.stderr
        assert not key or key not in done.stdout + done.stderr
    assert not stored(guest).exists()


def test_a_file_of_keys_that_others_can_read_is_refused(guest: House) -> None:
    guest.here("login", guest.address, "--key-file", "-", stdin=guest.keys["viewer"])
    stored(guest).chmod(0o644)
    found = guest.answer("exports", "list", who=None, code=3)
    assert "can be read by others" in found["error"]["message"]
    assert guest.keys["viewer"] not in json.dumps(found)


def test_a_key_file_can_be_named_and_its_rights_are_noted(guest: House) -> None:
    file = guest.folder / "key"
    file.write_text(guest.keys["viewer"] + "\n")
    for mode, noted in ((0o600, False), (0o640, True)):
        file.chmod(mode)
        done = guest.there("exports", "list", who=None, LUMBER_API_KEY_FILE=file)
        assert done.returncode == 0
        assert ("chmod 600" in done.stderr) is noted
    file.write_text("not a key")
    assert "not a key" not in guest.there("exports", "list", who=None, LUMBER_API_KEY_FILE=file).stderr


@pytest.mark.parametrize(
    ("who", "code", "text"),
    [
        (None, 1, "lumber login"),
        ("expired", 1, "expired"),
    ],
)
def test_what_is_wrong_with_a_key_is_said(guest: House, who: str | None, code: int, text: str) -> None:
    found = guest.answer("exports", "list", who=who, code=code)["error"]
    assert found["code"] == "authentication_failed"
    assert text in found["message"]


@pytest.mark.parametrize(
    ("address", "text"),
    [
        ("http://lumber.example.org", "isn't encrypted"),
        ("http://10.0.0.1:8000", "isn't encrypted"),
        ("https://user:secret@lumber.example.org", "no name and password"),
        ("lumber.example.org", "has a scheme"),
        ("https://lumber.example.org/app", "no path"),
    ],
)
def test_an_unsafe_address_is_refused(guest: House, address: str, text: str) -> None:
    found = guest.answer("exports", "list", "--server", address, code=3)["error"]
    assert text in found["message"]
    assert "secret" not in json.dumps(found)


def test_a_service_that_is_down_is_named(guest: House) -> None:
    found = guest.answer("exports", "list", "--server", "http://127.0.0.1:9", code=1)["error"]
    assert (found["code"], found["retryable"]) == ("server_unreachable", True)
    assert "http://127.0.0.1:9 can't be reached" in found["message"]
