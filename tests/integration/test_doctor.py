"""`lumber doctor` says what is unsafe about a configuration, and what to do."""

import asyncio
import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from lumber.destinations.address import parse_address
from lumber.destinations.credentials import Credentials, Source
from lumber.destinations.options import DestinationOptions
from lumber.destinations.promises import Promises, Status
from lumber.destinations.registry import Probe, add_destination
from lumber.exports.account_checks import check_accounts
from lumber.exports.check import Check
from lumber.exports.destination_health import check_destinations
from lumber.exports.settings_checks import check_settings
from lumber.identity.api_keys import revoke_key
from lumber.settings import Settings
from lumber.store.database import Database, open_database
from lumber.store.models import ApiKey, User
from lumber.store.models.base import utc_now
from lumber.store.url import DatabaseUrl
from tests.clones import make_tables
from tests.commands import lumber
from tests.integration.accounts import add_key, add_user
from tests.integration.datasets import execute

HTTPS = {"public_url": "https://lumber.example.org", "trusted_proxies": "127.0.0.1"}
MEBIBYTE = 1024**2


def warnings(checks: Any) -> dict[str, Check]:
    return {check.name: check for check in checks if check.outcome != "ok"}


@pytest.mark.parametrize(
    ("values", "name", "text"),
    [
        ({"public_url": "http://lumber.example.org"}, "public_url", "isn't encrypted"),
        ({**HTTPS, "trusted_proxies": ""}, "proxies", "no proxy is trusted"),
        ({**HTTPS, "trusted_proxies": "0.0.0.0/0"}, "proxies", "every machine in 0.0.0.0/0"),
        ({**HTTPS, "trusted_proxies": "127.0.0.1, ::/0"}, "proxies", "every machine in ::/0"),
        ({"password_rounds": 1}, "passwords", "64 MiB and 1 round, less work"),
        ({"password_memory_bytes": 8 * MEBIBYTE}, "passwords", "8 MiB and 3 rounds, less work"),
        ({"audit_days": 7}, "audit_days", "deleted after 7 days"),
        ({"database_url": "postgresql://lumber@db.example/lumber"}, "connection", "not always encrypted"),
        ({"database_url": "postgresql:///lumber?host=10.0.0.5"}, "connection", "on 10.0.0.5 is not always"),
        (
            {"database_url": "postgresql://db.example/lumber?sslmode=require"},
            "connection",
            "nothing proves who answers",
        ),
    ],
)
def test_an_unsafe_setting_is_named_with_what_to_do(
    tmp_path: Path, values: dict[str, Any], name: str, text: str
) -> None:
    settings = Settings(data_dir=tmp_path, **values)
    found = warnings(check_settings(settings, DatabaseUrl.parse(settings.effective_database_url)))
    assert found.keys() == {name}
    assert text in found[name].text
    assert found[name].advice


@pytest.mark.parametrize(
    "values",
    [
        {},
        HTTPS,
        {"public_url": "http://localhost:8000"},
        {**HTTPS, "trusted_proxies": "10.1.2.0/24, fd00::/64"},
        {"password_memory_bytes": 2048 * MEBIBYTE, "password_rounds": 1},
        {"audit_days": 365},
        {"database_url": "postgresql://lumber@127.0.0.1/lumber"},
        {"database_url": "postgresql:///lumber?host=/run/postgresql"},
        {"database_url": "postgresql://lumber@db.example/lumber?sslmode=verify-full"},
    ],
)
def test_a_safe_setting_gives_no_warning(tmp_path: Path, values: dict[str, Any]) -> None:
    settings = Settings(data_dir=tmp_path, **values)
    assert not warnings(check_settings(settings, DatabaseUrl.parse(settings.effective_database_url)))


def test_files_with_keys_that_others_can_read_or_own_are_named(tmp_path: Path) -> None:
    key = tmp_path / "a key"
    key.write_text("00" * 32)
    key.chmod(0o640)
    settings = Settings(data_dir=tmp_path, privacy_key_file=key)
    (found,) = warnings(check_settings(settings, DatabaseUrl.parse("sqlite:///x.db"))).values()
    assert (found.name, str(key) in found.text) == ("secrets", True)
    assert found.advice is not None
    assert f"chmod 600 '{key}'" in found.advice
    key.chmod(0o600)
    assert not warnings(check_settings(settings, DatabaseUrl.parse("sqlite:///x.db")))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to others")
@pytest.mark.parametrize(
    ("lines", "outcome", "text"),
    [
        (
            ["create_accounts = true", "allow_anyone = true", 'default_role = "viewer"'],
            "ok",
            "1 provider: corp",
        ),
        (
            ["create_accounts = true", "allow_anyone = true", 'default_role = "admin"'],
            "warning",
            "everybody whom the provider 'corp' knows becomes an admin",
        ),
        (['allowed_domains = ["a.org"]', "trust_unverified_email = true"], "warning", "proves nothing"),
        (["create_accounts = true"], "failure", "providers[0]: create_accounts needs allowed_domains"),
    ],
)
def test_unsafe_providers_are_named(tmp_path: Path, lines: list[str], outcome: str, text: str) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("s3cret\n")
    secret.chmod(0o644)
    file = tmp_path / "oidc.toml"
    ours = [
        "[[providers]]", 'id = "corp"', 'name = "Corp"', 'issuer = "https://id.example.org"',
        'client_id = "lumber"', 'client_secret_file = "secret.txt"',
    ]  # fmt: skip
    file.write_text("\n".join([*ours, *lines]))
    settings = Settings(data_dir=tmp_path, oidc_file=file)
    checks = check_settings(settings, DatabaseUrl.parse(settings.effective_database_url))
    (found,) = [check for check in checks if check.name == "providers"]
    assert (found.outcome, text in found.text) == (outcome, True), found
    (secrets,) = [check for check in checks if check.name == "secrets"]
    assert (str(secret) in secrets.text) == (outcome != "failure")


def test_files_of_another_user_are_named(tmp_path: Path) -> None:
    os.chown(tmp_path, 12_345, 12_345)
    found = warnings(check_settings(Settings(data_dir=tmp_path), DatabaseUrl.parse("sqlite:///x.db")))
    assert f"{tmp_path} (user 12345)" in found["owner"].text


async def test_unsafe_accounts_and_keys_are_named(either_database_url: str, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    database = open_database(DatabaseUrl.parse(either_database_url))
    try:
        assert not warnings(await check_accounts(database, settings))
        alone = await check_accounts(database, settings.model_copy(update=HTTPS))
        assert {name: check.outcome for name, check in warnings(alone).items()} == {"accounts": "failure"}
        ids = await _people(database)
        found = warnings(await check_accounts(database, settings))
        assert "not signed in for 90 days: old, slow" in found["accounts"].text
        assert found["keys"].text == f"1 API key without expiry: {ids['endless']} (key of new)"
        assert found["unused_keys"].text == f"1 API key not used for 90 days: {ids['unused']} (key of new)"
        assert all(check.advice for check in found.values())
    finally:
        await database.close()


async def _people(database: Database) -> dict[str, str]:
    """Add admins that signed in lately and long ago, and keys. Return the ids of the keys."""
    now = utc_now()
    for name in ("old", "slow", "active", "new"):
        await add_user(database, name)
    later = now + timedelta(days=30)
    scopes = ["exports:read"]
    keys = {
        "endless": await add_key(database, "new", scopes),
        "unused": await add_key(database, "new", scopes, expires_at=later),
        "good": await add_key(database, "new", scopes, expires_at=later),
        "revoked": await add_key(database, "new", scopes),
    }
    async with database.session() as session:
        old = now - timedelta(days=91)
        names = sa.update(User).where(User.name.in_(["old", "slow", "active"]))
        await session.execute(names.values(created_at=old))
        unused = sa.update(ApiKey).where(ApiKey.id == keys["unused"].key.key_id)
        await session.execute(unused.values(created_at=old, last_used_at=old))
        await revoke_key(session, keys["revoked"].key.key_id)
        await session.execute(sa.update(User).where(User.name == "active").values(last_login_at=now))
        await session.execute(sa.update(User).where(User.name == "slow").values(last_login_at=old))
    return {name: made.key.key_id for name, made in keys.items()}


def test_a_clock_that_was_wrong_shows_in_the_audit_trail(sqlite_url: str, tmp_path: Path) -> None:
    settings = {"LUMBER_DATA_DIR": tmp_path, "LUMBER_DATABASE_URL": sqlite_url}
    assert checks(**settings)["clock"]["outcome"] == "ok"
    execute(
        sqlite_url,
        "INSERT INTO audit_lines (seq, at, actor_kind, actor_name, action, result, details, prev_hash, hash) "
        "VALUES (1, 4102444800000000, 'local', 'x', 'login', 'ok', '{}', '', '')",
    )
    found = checks(**settings)["clock"]
    assert (found["outcome"], "2100-01-01" in found["text"]) == ("warning", True)


def test_warnings_are_no_failure_of_the_command(sqlite_url: str, tmp_path: Path) -> None:
    unsafe = {"LUMBER_DATA_DIR": tmp_path, "LUMBER_DATABASE_URL": sqlite_url, "LUMBER_AUDIT_DAYS": "1"}
    assert checks(**unsafe)["audit_days"]["outcome"] == "warning"
    done = lumber("doctor", LUMBER_PUBLIC_URL="https://lumber.example.org", **unsafe)
    assert done.returncode == 1
    assert "lumber user add NAME --role admin" in done.stdout


def checks(**environment: object) -> dict[str, dict[str, str]]:
    """Return what the command finds, by the names of the checks."""
    done = lumber("doctor", "--json", **environment)
    assert done.returncode == 0, done.stderr
    return {check["name"]: check for check in json.loads(done.stdout)["checks"]}


async def test_destinations_that_can_not_be_used_are_named(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await asyncio.to_thread(make_tables, sqlite_url)
    ok = Probe(Status.OK, Promises(), "", utc_now())
    failing = Probe(Status.FAILING, Promises(), "s3://broken doesn't respond.", utc_now())
    monkeypatch.delenv("LUMBER_NO_SUCH_VARIABLE", raising=False)
    hidden = Credentials(Source.ENVIRONMENT, variables={"access_key_id": "LUMBER_NO_SUCH_VARIABLE"})
    database = open_database(DatabaseUrl.parse(sqlite_url))
    try:
        assert [check.text for check in await check_destinations(database)] == ["0 destinations"]
        for name, url, credentials, probe in (
            ("away", str(tmp_path / "away"), Credentials(), ok),
            ("broken", "s3://broken", Credentials(), failing),
            ("hidden", "s3://hidden", hidden, ok),
            ("well", str(tmp_path), Credentials(), ok),
        ):
            async with database.session() as session:
                address = parse_address(url)
                await add_destination(session, name, address, DestinationOptions(), credentials, probe)
        found = await check_destinations(database)
    finally:
        await database.close()
    assert [(check.outcome, check.text.partition(":")[0]) for check in found] == [
        ("warning", "away can't be used"),
        ("warning", "broken failed its last check"),
        ("warning", "hidden can't be used"),
    ]
    assert "LUMBER_NO_SUCH_VARIABLE isn't set" in found[2].text
    assert all("`lumber destination probe" in (check.advice or "") for check in found)
