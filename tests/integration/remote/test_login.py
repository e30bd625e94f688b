"""`lumber login`, `logout` and `whoami`: where keys are kept, which one is used, and that none is shown."""

import json
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.integration.remote.houses import House

OTHER = "https://lumber.example.org"


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
