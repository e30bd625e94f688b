"""The file with the providers: what it may say, and how a mistake is named."""

from pathlib import Path

import pytest

from lumber.errors import ConfigError
from lumber.identity.oidc.config import Provider, read_providers
from lumber.identity.rights import Role
from lumber.settings import Settings
from tests.commands import lumber

GOOD = """
[[providers]]
id = "corp-1"
name = "Example Corp"
issuer = "https://id.example.org/realms/main/"
client_id = "lumber"
client_secret_file = "secret.txt"
allowed_domains = ["Example.org"]
create_accounts = true

[providers.roles]
second = "viewer"
first = "admin"
"""


@pytest.fixture
def read(tmp_path: Path):
    def call(text: str) -> tuple[Provider, ...]:
        (tmp_path / "secret.txt").write_text("s3cret\n")
        (tmp_path / "oidc.toml").write_text(text)
        return read_providers(Settings(oidc_file=tmp_path / "oidc.toml"))

    return call


def test_without_a_file_there_is_no_provider() -> None:
    assert read_providers(Settings()) == ()


def test_a_provider_is_read_with_its_secret_and_groups_in_their_order(read) -> None:
    (provider,) = read(GOOD)
    assert (provider.id, provider.config.issuer) == ("corp-1", "https://id.example.org/realms/main/")
    assert provider.client_secret == "s3cret"
    assert "s3cret" not in repr(provider)
    assert list(provider.config.roles.items()) == [("second", Role.VIEWER), ("first", Role.ADMIN)]
    assert provider.config.allowed_domains == ("example.org",)
    assert provider.config.trust_unverified_email is False


def test_a_secret_may_be_in_the_environment_but_not_in_two_places(read, monkeypatch) -> None:
    monkeypatch.setenv("LUMBER_OIDC_SECRET_CORP_1", "from outside")
    with pytest.raises(ConfigError, match=r"providers\[0\]\.client_secret_file: .* is set too"):
        read(GOOD)
    (provider,) = read(GOOD.replace('client_secret_file = "secret.txt"', ""))
    assert provider.client_secret == "from outside"


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (GOOD, "providers = [", "is not TOML"),
        (GOOD, "", "1 to 20 tables"),
        (GOOD, "[other]\n" + GOOD, "other: .* only"),
        (GOOD, GOOD + GOOD, r"providers\[1\]\.id: two providers have the id 'corp-1'"),
        ('id = "corp-1"', 'id = "../x"', r"providers\[0\]\.id"),
        ('id = "corp-1"', 'id = "password"', r"providers\[0\]\.id: .* choose another id"),
        ('name = "Example Corp"', "", r"providers\[0\]\.name: Field required"),
        ('name = "Example Corp"', 'nmae = "x"', r"providers\[0\]\.nmae: Extra inputs"),
        ("https://id", "http://id", r"providers\[0\]\.issuer: the address must begin with https://"),
        ("https://id", "https://a:b@id", r"providers\[0\]\.issuer: .* without a user"),
        ("main/", "main/?a=1", r"providers\[0\]\.issuer: an issuer has no query"),
        ("secret.txt", "missing.txt", r"providers\[0\]\.client_secret_file: .* can't be read"),
        ('_file = "secret.txt"', ' = "s3cret"', r"providers\[0\]\.client_secret: put the secret into a file"),
        ('client_secret_file = "secret.txt"', "", r"providers\[0\]\.client_secret_file: name a file"),
        ("create_accounts", "public_client = true\ncreate_accounts", r"providers\[0\]\.public_client"),
        ('"admin"', '"root"', r"providers\[0\]\.roles\.first: Input should be 'admin'"),
        ("allowed_domains", "scopes = ['email']\nallowed_domains", r"providers\[0\]\.scopes: .*'openid'"),
        ('["Example.org"]', '["*.example.org"]', r"providers\[0\]\.allowed_domains: .* like example.org"),
        ('allowed_domains = ["Example.org"]', "", r"providers\[0\]: create_accounts needs allowed_domains"),
        ("create_accounts = true", "create_accounts = true\nallow_anyone = true", "no effect"),
        ('[providers.roles]\nsecond = "viewer"\nfirst = "admin"', "", "needs default_role or roles"),
    ],
)
def test_a_mistake_names_its_field(read, before: str, after: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as refused:
        read(GOOD.replace(before, after))
    assert "s3cret" not in str(refused.value)


def test_a_missing_file_names_the_setting(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"LUMBER_OIDC_FILE: .* can't be read: No such file"):
        read_providers(Settings(oidc_file=tmp_path / "missing.toml"))


def test_a_service_with_a_mistake_in_the_file_does_not_start(read, tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        read(GOOD.replace("https://", "http://"))
    served = lumber("serve", "--port", "0", LUMBER_OIDC_FILE=tmp_path / "oidc.toml", LUMBER_DATA_DIR=tmp_path)
    assert (served.returncode, "providers[0].issuer: the address must begin" in served.stderr) == (3, True)
