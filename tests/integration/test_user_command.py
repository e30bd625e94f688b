"""`lumber user`: accounts, as a shell sees them."""

import json
import os
import pty
import subprocess
from pathlib import Path

import pytest

from tests.commands import lumber
from tests.integration.accounts import CHEAP_HASHES, PASSWORD
from tests.integration.datasets import query
from tests.integration.processes import LUMBER, PATIENCE_SECONDS


@pytest.fixture
def users(empty_sqlite_url: str, tmp_path: Path):
    """Run a command about accounts in a database that doesn't exist yet."""
    secret = tmp_path / "password.txt"
    secret.write_text(f"{PASSWORD}\n")
    secret.chmod(0o600)

    def call(*arguments: object, stdin: str = ""):
        given = [*arguments, "--database-url", empty_sqlite_url]
        has_password = stdin or {"--service", "--password-file"} & set(arguments)
        if arguments[0] in ("add", "password") and not has_password:
            given += ["--password-file", secret]
        return lumber("user", *given, stdin=stdin, LUMBER_DATA_DIR=tmp_path, **CHEAP_HASHES)

    return call


def test_the_first_account_says_what_it_means(users) -> None:
    first = users("add", "Ada", "--role", "admin", "--email", "ada@example.org")
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.splitlines() == [
        "Created the account Ada with the role admin.",
        "It is the first account, so accounts are on, and stay on: one admin is always left.",
        "The service now asks people to sign in, and programs for an API key: lumber key create --help",
    ]
    second = users("add", "nightly", "--role", "exporter", "--service", "--json")
    answer = json.loads(second.stdout)
    assert (answer["is_first"], answer["is_service"], answer["has_password"]) == (False, True, False)
    assert answer["scopes"] == ["exports:read", "exports:write", "ingest:write", "sources:read"]
    listed = users("list").stdout
    assert "Ada      admin     person   enabled  ada@example.org  20" in listed
    assert "nightly  exporter  service  enabled  -                20" in listed
    assert listed.endswith("2 accounts.\n")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("add", "bob", "--role", "viewer"), 3, "the first account must be a person with the role admin"),
        (("add", "bob", "--role", "root"), 2, "'root' is not one of 'admin', 'exporter'"),
        (("add", "b b", "--role", "admin"), 3, "'b b' can't name an account (allowed: 1 to 64 letters"),
        (("add", "bob", "--role", "admin", "--email", "bob"), 3, "'bob' is not an e-mail address"),
        (("add", "bob", "--role", "admin", "--service"), 3, "must be a person"),
        (("list",), 1, "There is no Lumber database"),
    ],
    ids=str,
)  # fmt: skip
def test_what_can_not_be_added_says_why(users, arguments, code: int, message: str) -> None:
    refused = users(*arguments)
    assert (refused.returncode, message in refused.stderr) == (code, True), refused.stderr


def test_an_account_is_changed_shown_and_deleted(users, empty_sqlite_url: str) -> None:
    users("add", "ada", "--role", "admin")
    users("add", "bob", "--role", "exporter")
    lumber(
        "key", "create", "--user", "bob", "--name", "nightly", "--scope", "exports:write",
        "--database-url", empty_sqlite_url,
    )  # fmt: skip
    assert users("disable", "BOB").stdout == "Disabled the account bob. 1 API key stopped working.\n"
    assert "bob   exporter  person  disabled" in users("list").stdout
    assert users("enable", "bob").stdout == "Enabled the account bob. 1 API key works.\n"
    assert users("role", "bob", "viewer").stdout.splitlines()[0] == (
        "bob now has the role viewer: exports:read, sources:read."
    )
    shown = json.loads(users("show", "bob", "--json").stdout)
    assert (shown["role"], [key["name"] for key in shown["keys"]]) == ("viewer", ["nightly"])
    assert "scopes    exports:read, sources:read\n" in users("show", "bob").stdout
    before = query(empty_sqlite_url, "SELECT password_hash FROM users WHERE name = 'bob'")
    assert users("password", "bob").stdout == "Changed the password of bob.\n"
    assert query(empty_sqlite_url, "SELECT password_hash FROM users WHERE name = 'bob'") != before
    refused = users("delete", "bob")
    assert (refused.returncode, "needs --yes" in refused.stderr) == (2, True)
    assert users("delete", "bob", "--yes").stdout == "Deleted the account bob with 1 API key.\n"
    for command in (["show"], ["disable"], ["enable"], ["role", "viewer"], ["password"], ["delete", "--yes"]):
        gone = users(command[0], "bob", *command[1:])
        assert (gone.returncode, "There is no account 'bob'" in gone.stderr) == (4, True), command


def test_the_last_admin_stays(users) -> None:
    users("add", "ada", "--role", "admin")
    for command in (["disable", "ada"], ["role", "ada", "viewer"], ["delete", "ada", "--yes"]):
        refused = users(*command)
        assert (refused.returncode, "last admin" in refused.stderr) == (1, True)
    assert json.loads(users("disable", "ada", "--json").stdout)["error"]["code"] == "user_state"


def test_a_password_comes_from_a_file_or_a_terminal_and_is_never_shown(users, tmp_path: Path) -> None:
    weak = tmp_path / "weak.txt"
    weak.write_bytes(b"hunter2\r\n")
    for arguments, code, message in (
        (["--password-file", weak], 3, "password: has 7 characters (allowed: 12 to 1,000 characters)"),
        (["--password-file", tmp_path / "none"], 3, "none can't be read: No such file"),
        (["--password-file", tmp_path], 3, "can't be read: Is a directory"),
        ([], 2, "without a terminal, a password needs --password-file"),
    ):
        refused = users("add", "ada", "--role", "admin", *arguments, "--json", stdin="hunter2 hunter2")
        assert (refused.returncode, message in refused.stderr) == (code, True), refused.stderr
        assert "hunter2" not in refused.stdout + refused.stderr
    weak.write_text("correct horse battery")
    weak.chmod(0o644)
    piped = users("add", "ada", "--role", "admin", "--password-file", "-", stdin="correct horse battery")
    assert piped.returncode == 0
    warned = users("password", "ada", "--password-file", weak)
    assert (warned.returncode, "Other users of this machine can read" in warned.stderr) == (0, True)
    no_password = users("add", "s", "--role", "admin", "--service", "--password-file", weak)
    assert (no_password.returncode, "a service account has no password" in no_password.stderr) == (2, True)
    assert users("add", "s", "--role", "admin", "--service").returncode == 0
    assert users("password", "s").returncode == 1


def test_a_password_is_asked_for_twice_on_a_terminal_and_does_not_show(empty_sqlite_url: str) -> None:
    command = ["user", "add", "ada", "--role", "admin", "--database-url", empty_sqlite_url]
    terminal, inside = pty.openpty()
    with subprocess.Popen(
        [LUMBER, *command],
        stdin=inside,
        stdout=subprocess.PIPE,
        stderr=inside,
        env={**os.environ, **CHEAP_HASHES},
        # The terminal becomes that of the new session, which is where passwords are read.
        start_new_session=True,
        preexec_fn=lambda: os.close(os.open(os.ttyname(inside), os.O_RDWR)),
    ) as process:
        os.close(inside)
        seen = b""
        for prompt in (b"Password for ada: ", b"Repeat for confirmation: "):
            while prompt not in seen:
                seen += os.read(terminal, 1_000)
            os.write(terminal, f"{PASSWORD}\n".encode())
        out, _ = process.communicate(timeout=PATIENCE_SECONDS)
    os.close(terminal)
    assert process.returncode == 0
    assert out.startswith(b"Created the account ada")
    assert PASSWORD.encode() not in seen + out


def test_a_person_of_a_provider_is_linked_shown_and_unlinked(users, tmp_path: Path, monkeypatch) -> None:
    users("add", "ada", "--role", "admin")
    who = ("ada", "--provider", "corp", "--subject", "4f1c9e")
    refused = users("link", *who)
    assert (refused.returncode, "The settings have: none: set LUMBER_OIDC_FILE" in refused.stderr) == (
        4,
        True,
    )
    providers = tmp_path / "oidc.toml"
    providers.write_text(
        '[[providers]]\nid = "corp"\nname = "Corp"\nissuer = "https://id.example.org"\n'
        'client_id = "lumber"\npublic_client = true\n'
    )
    monkeypatch.setenv("LUMBER_OIDC_FILE", str(providers))
    assert users("link", *who).stdout == "4f1c9e of the provider corp can sign in with the account ada.\n"
    assert "sign-in   4f1c9e of corp (https://id.example.org)" in users("show", "ada").stdout
    (identity,) = json.loads(users("show", "ada", "--json").stdout)["identities"]
    assert (identity["provider"], identity["subject"], identity["last_login_at"]) == ("corp", "4f1c9e", None)
    again = users("link", *who)
    assert (again.returncode, "is linked to 'ada' already" in again.stderr) == (1, True)
    # Also when the provider isn't in the settings any more.
    monkeypatch.delenv("LUMBER_OIDC_FILE")
    assert users("unlink", "ada", "--provider", "corp").stdout == "Removed 1 identity of ada.\n"
    assert users("unlink", "ada", "--provider", "corp").returncode == 1


def test_a_taken_name_is_told_before_the_password_is_read(users) -> None:
    assert users("add", "Ada", "--role", "admin").returncode == 0
    refused = users("add", "ADA", "--role", "viewer", "--password-file", "/nowhere")
    assert (refused.returncode, "there is an account 'ADA' already" in refused.stderr) == (3, True)
