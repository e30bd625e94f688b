"""A person signs in through a real OpenID Connect provider, in a real browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.commands import lumber
from tests.e2e.conftest import PATIENCE_MS, watch
from tests.e2e.service import Site, aside, copy_of, site_of
from tests.integration.accounts import CHEAP_HASHES, PASSWORD
from tests.integration.oidc import SECRET, RealProvider, real_provider
from tests.integration.processes import until

PEOPLE = {
    "ada": {
        "email": "ada@example.org",
        "email_verified": True,
        "preferred_username": "ada",
        "groups": ["analysts"],
    },
    "eve": {"email": "eve@example.net", "email_verified": True, "preferred_username": "ada"},
}
CONFIG = """
[[providers]]
id = "corp"
name = "Example Corp"
issuer = "{issuer}"
client_id = "lumber"
client_secret_file = "secret.txt"
scopes = ["openid", "profile", "email", "groups"]
allowed_domains = ["example.org"]
create_accounts = true
roles = {{ analysts = "exporter" }}
"""


@pytest.fixture(scope="module")
def provider() -> Iterator[RealProvider]:
    with real_provider(PEOPLE, ["http://127.0.0.1:1/"]) as running:
        yield running


@pytest.fixture(scope="module")
def site_with_provider(
    provider: RealProvider, sample_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("provider")
    url = copy_of(sample_database, folder)
    (folder / "secret.txt").write_text(SECRET)
    (folder / "oidc.toml").write_text(CONFIG.format(issuer=provider.issuer))
    added = aside(
        lumber, "user", "add", "root", "--role", "admin", "--password-file", "-", "--database-url", url,
        stdin=PASSWORD, **CHEAP_HASHES,
    )  # fmt: skip
    assert added.returncode == 0, added.stderr
    with site_of(url, folder, LUMBER_OIDC_FILE=folder / "oidc.toml") as site:
        provider.redirect_to(f"{site.address}/api/v1/login/corp/callback")
        yield site


def sign_in(page: Page, login: str) -> None:
    """Sign in at the provider, from the page of the sign-in."""
    page.get_by_role("link", name="Sign in with Example Corp").click()
    page.get_by_placeholder("Enter any login").fill(login)
    page.get_by_placeholder("and password").fill("any")
    page.get_by_role("button", name="Sign-in").click()


def test_a_person_signs_in_through_the_provider(page: Page, site_with_provider: Site) -> None:
    page.goto(f"{site_with_provider.address}/exports")
    sign_in(page, "ada")
    page.get_by_role("button", name="Account of ada").click()
    expect(page.get_by_text("ada, exporter")).to_be_visible()
    assert page.url == f"{site_with_provider.address}/exports"
    cookies = {cookie["name"]: cookie for cookie in page.context.cookies(site_with_provider.address)}
    assert cookies["lumber_session"]["httpOnly"]
    assert "lumber_login" not in cookies


@pytest.mark.slow
def test_a_rotated_key_is_followed(
    page: Page, browser: Browser, provider: RealProvider, site_with_provider: Site
) -> None:
    page.goto(f"{site_with_provider.address}/exports")
    sign_in(page, "ada")
    expect(page.get_by_role("button", name="Account of ada")).to_be_visible()
    provider.rotate()

    def is_signed_in_again() -> bool:
        # Keys are fetched again some seconds after the last time.
        context = browser.new_context()
        context.set_default_timeout(PATIENCE_MS)
        try:
            other = context.new_page()
            other.goto(f"{site_with_provider.address}/exports")
            sign_in(other, "ada")
            shown = other.get_by_role("button", name="Account of ada").or_(other.get_by_role("alert"))
            shown.first.wait_for()
            return other.get_by_role("alert").count() == 0
        finally:
            context.close()

    until(is_signed_in_again)


@pytest.mark.slow
def test_a_person_who_may_not_sign_in_is_told_why(browser: Browser, site_with_provider: Site) -> None:
    context = browser.new_context()
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    complaints = watch(page)
    page.goto(f"{site_with_provider.address}/data")
    sign_in(page, "eve")
    expect(page.get_by_role("alert")).to_contain_text("this service does not let you in")
    expect(page.get_by_role("link", name="Sign in with Example Corp")).to_be_visible()
    assert complaints == []
    context.close()
