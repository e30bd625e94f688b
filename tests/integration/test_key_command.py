"""`lumber key`: API keys, as a shell sees them."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lumber.errors import ConfigError
from lumber.identity.expiry import expiry
from lumber.identity.keys import read_key
from tests.commands import lumber
from tests.integration.accounts import CHEAP_HASHES, PASSWORD
from tests.integration.datasets import execute

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.fixture
def call(sqlite_url: str, tmp_path: Path):
    """Run a command about keys where the only account is ada's."""
    given = {"LUMBER_DATA_DIR": tmp_path, "LUMBER_DATABASE_URL": sqlite_url, **CHEAP_HASHES}
    added = lumber("user", "add", "ada", "--role", "admin", "--password-file", "-", stdin=PASSWORD, **given)
    assert added.returncode == 0, added.stderr
    return lambda *arguments: lumber(*arguments, **given)


def made(call, *arguments: str) -> dict:
    done = call("key", "create", "--name", "nightly", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_key_is_shown_once_with_what_to_do(call) -> None:
    done = call(
        "key", "create", "--name", "nightly", "--scope", "exports:write", "--kind", "logs", "--expires", "90d"
    )
    assert done.returncode == 0, done.stderr
    [text] = re.findall(r"^  (lmb_\w+)$", done.stdout, re.MULTILINE)
    given = read_key(text)
    assert given is not None
    assert (
        f"Created the API key {given.key_id} (nightly) of ada: exports:write, data types: logs, until 2"
        in done.stdout
    )
    assert "Copy it now" in done.stdout
    assert f"lumber key revoke {given.key_id}\n" in done.stdout
    for later in (call("key", "list"), call("key", "list", "--json"), call("user", "show", "ada")):
        assert given.key_id in later.stdout
        assert text[-49:] not in later.stdout


def test_json_has_the_id_and_the_key(call) -> None:
    answer = made(call, "--user", "ADA", "--scope", "ingest:write", "--scope", "exports:read")
    given = read_key(answer["key"])
    assert given is not None
    assert given.key_id == answer["key_id"]
    assert (answer["user"], answer["scopes"], answer["kinds"], answer["expires_at"], answer["status"]) == (
        "ada", ["exports:read", "ingest:write"], None, None, "active",
    )  # fmt: skip


def test_a_key_beyond_its_owner_is_refused(call) -> None:
    call("user", "add", "nightly", "--role", "viewer", "--service")
    for arguments, code, message in (
        (["--user", "nightly", "--scope", "exports:write"], 3, "has the role viewer, which "
         "lacks it (allowed: exports:read, sources:read)"),
        (["--user", "nightly", "--scope", "exports:burn"], 2, "'exports:burn' is not one of 'exports:read'"),
        (["--user", "nightly", "--scope", "exports:read", "--kind", "x"], 3, "allowed: logs, anomalies, ips"),
        (["--user", "nightly", "--scope", "exports:read", "--expires", "2020-01-01"], 3, "is in the past"),
        (["--user", "eve", "--scope", "exports:read"], 4, "There is no account 'eve'"),
        (["--scope", "exports:read"], 2, "there are several accounts: name one with --user"),
    ):  # fmt: skip
        refused = call("key", "create", "--name", "x", *arguments)
        assert (refused.returncode, message in refused.stderr) == (code, True), refused.stderr
    assert call("key", "list").stdout == "0 API keys.\n"


def test_without_accounts_there_are_no_keys(sqlite_url: str) -> None:
    for arguments in (["--user", "ada"], []):
        refused = lumber(
            "key", "create", "--name", "x", "--scope", "admin", *arguments, LUMBER_DATABASE_URL=sqlite_url
        )
        assert (refused.returncode, "lumber user" in refused.stderr) == (4, True)


def test_keys_are_revoked_by_the_beginning_of_their_ids_or_by_themselves(call, sqlite_url: str) -> None:
    keys = [made(call, "--scope", "exports:read") for _ in range(4)]
    ids = [key["key_id"] for key in keys]
    execute(sqlite_url, "UPDATE api_keys SET expires_at = 1 WHERE id = ?", [(ids[3],)])
    for texts, code, message in (
        ([ids[0], "none"], 4, "There is no API key 'none'"),
        ([ids[0], "%%%%"], 4, "There is no API key '%%%%'"),
        ([ids[0], ids[1][:3]], 2, "is too short for a key's id"),
    ):
        refused = call("key", "revoke", *texts)
        assert (refused.returncode, message in refused.stderr) == (code, True)
    assert len(json.loads(call("key", "list", "--json").stdout)["keys"]) == 3
    done = call("key", "revoke", ids[0], ids[1][:8], keys[2]["key"], "--json")
    assert [key["status"] for key in json.loads(done.stdout)["revoked"]] == ["revoked"] * 3
    assert call("key", "list").stdout == "0 API keys. 4 more expired or revoked: --all lists them too.\n"
    states = {
        key["key_id"]: key["status"]
        for key in json.loads(call("key", "list", "--all", "--json").stdout)["keys"]
    }
    assert states == {**dict.fromkeys(ids[:3], "revoked"), ids[3]: "expired"}
    again = call("key", "revoke", ids[0])
    assert again.stdout == f"Revoked the API key {ids[0]} (nightly) of ada.\n"
    # A mistyped key is not repeated.
    wrong = call("key", "revoke", keys[2]["key"][:-1] + "!")
    assert keys[2]["key"][20:40] not in wrong.stdout + wrong.stderr


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("12h", NOW + timedelta(hours=12)),
        ("90d", NOW + timedelta(days=90)),
        ("8w", NOW + timedelta(weeks=8)),
        ("2026-12-31", datetime(2026, 12, 31, tzinfo=UTC)),
        ("2026-12-31T12:00:00+02:00", datetime(2026, 12, 31, 10, tzinfo=UTC)),
    ],
)
def test_an_expiry_is_a_span_or_a_time(text: str, moment: datetime) -> None:
    assert expiry(text, NOW) == moment


@pytest.mark.parametrize(
    "text", ["", "90", "d", "-1d", "1.5d", "999999w", "soon", "9999-12-31T23:59:59-23:00"]
)
def test_what_is_neither_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="neither a span such as 12h"):
        expiry(text, NOW)
