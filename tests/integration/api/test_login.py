"""Sign-in through a real provider over HTTP, and what attackers try."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import anyio.to_thread
import httpx2
import pytest
from structlog.testing import capture_logs

from lumber.api.service import Service
from lumber.identity.identities import link, unlink
from lumber.identity.users import set_disabled, set_role
from lumber.settings import Settings
from tests.integration.accounts import add_user, stored
from tests.integration.api.serving import started
from tests.integration.oidc import (
    CLIENT_ID,
    SECRET,
    ForgingProvider,
    RealProvider,
    forging_provider,
    real_provider,
)
from tests.integration.processes import PATIENCE_SECONDS

CALLBACK = "http://127.0.0.1/api/v1/login/corp/callback"
PEOPLE = {
    "ada": {
        "email": "ada@example.org",
        "email_verified": True,
        "preferred_username": "Ada",
        "groups": ["admins"],
    },
    "bob": {"email": "bob@example.org", "email_verified": True, "groups": ["analysts", "other"]},
    "eve": {"email": "ada@example.net", "email_verified": True, "preferred_username": "root"},
}
PROVIDERS = """
[[providers]]
id = "corp"
name = "Example Corp"
issuer = "{real}"
client_id = "lumber"
client_secret_file = "secret.txt"
scopes = ["openid", "profile", "email", "groups"]
allowed_domains = ["example.org"]
create_accounts = true

[providers.roles]
admins = "admin"
analysts = "exporter"

[[providers]]
id = "other"
name = "Other"
issuer = "{forging}"
client_id = "lumber"
client_secret_file = "secret.txt"
"""


@pytest.fixture(scope="module")
def provider() -> Iterator[RealProvider]:
    with real_provider(PEOPLE, [CALLBACK]) as running:
        yield running


@pytest.fixture(scope="module")
def forging() -> Iterator[ForgingProvider]:
    with forging_provider() as running:
        yield running


class Visitor:
    """A browser before the service and the provider."""

    def __init__(self, client: httpx2.AsyncClient, provider: RealProvider) -> None:
        self.client = client
        self.provider = provider
        self.cookies: dict[str, str] = {}

    async def get(self, path: str) -> httpx2.Response:
        """Ask for something of the service, with the cookies of this browser only."""
        self.client.cookies.clear()
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        answer = await self.client.get(path, headers=headers if self.cookies else {})
        for header in answer.headers.get_list("set-cookie"):
            for name, cookie in SimpleCookie(header).items():
                self.cookies.pop(name, None)
                if cookie["max-age"] != "0":
                    self.cookies[name] = cookie.value
        return answer

    async def begin(self, path: str = "/login/corp") -> str:
        """Begin a sign-in; return the address of the provider."""
        answer = await self.get(path)
        assert answer.status_code == 303
        return answer.headers["location"]

    async def come_back(self, login: str, path: str = "/login/corp") -> str:
        """Sign in at the provider; return the address at which it sends the browser back."""
        address = await self.begin(path)

        def sign_in() -> str:
            with httpx2.Client(timeout=PATIENCE_SECONDS) as browser:
                return self.provider.sign_in(browser, address, login)

        return await anyio.to_thread.run_sync(sign_in)

    async def sign_in(self, login: str, path: str = "/login/corp") -> str:
        """Sign in; return where the browser ends."""
        return (await self.get(await self.come_back(login, path))).headers["location"]


class House:
    """A service with accounts and two providers."""

    def __init__(
        self, client: httpx2.AsyncClient, service: Service, provider: RealProvider, forging: ForgingProvider
    ) -> None:
        self.client = client
        self.service = service
        self.provider = provider
        self.forging = forging

    def visitor(self) -> Visitor:
        return Visitor(self.client, self.provider)

    async def lines(self) -> list[tuple]:
        """Return actor, action, result, reason and details of the lines about signing in."""
        found = await stored(
            self.service.database,
            "SELECT actor_kind, actor_name, address, action, reason, details FROM audit_lines "
            "WHERE action IN ('login', 'login_failed') ORDER BY seq",
        )
        return [tuple(line) for line in found]


@pytest.fixture
async def house(
    settings: Settings, provider: RealProvider, forging: ForgingProvider, tmp_path: Path
) -> AsyncIterator[House]:
    (tmp_path / "secret.txt").write_text(SECRET)
    providers = tmp_path / "oidc.toml"
    providers.write_text(PROVIDERS.format(real=provider.issuer, forging=forging.issuer))
    forging.calls.clear()
    async with started(settings.model_copy(update={"oidc_file": providers})) as (client, service):
        await add_user(service.database, "root", "admin", password_hash="x")
        yield House(client, service, provider, forging)


async def test_a_person_signs_in_and_gets_an_account_with_the_role_of_the_groups(house: House) -> None:
    visitor = house.visitor()
    assert (
        await visitor.sign_in("ada", "/login/corp?next=/exports%3Fpage%3D2%23files")
        == "/exports?page=2#files"
    )
    session = (await visitor.get("/session")).json()
    account = session["account"]
    assert (account["name"], account["email"], account["role"]) == ("Ada", "ada@example.org", "admin")
    assert account["has_password"] is False
    assert session["providers"] == [
        {"id": "corp", "name": "Example Corp", "login_url": "/api/v1/login/corp"},
        {"id": "other", "name": "Other", "login_url": "/api/v1/login/other"},
    ]
    (line,) = await house.lines()
    assert line[:5] == ("user", "Ada", "127.0.0.1", "login", None)
    assert json.loads(line[5]) == {"method": "corp", "session": session["session"]["id"]}
    assert await house.visitor().sign_in("bob") == "/"
    # Nothing of the sign-in stays.
    assert await stored(house.service.database, "SELECT * FROM pending_logins") == []
    assert visitor.cookies.keys() == {"lumber_session"}


async def test_a_stranger_does_not_become_the_account_of_that_name(house: House) -> None:
    visitor = house.visitor()
    assert await visitor.sign_in("eve", "/login/corp?next=/exports") == (
        "/sign-in?error=not_allowed&next=%2Fexports"
    )
    assert (await visitor.get("/session")).json()["account"] is None
    (line,) = await house.lines()
    assert line[:5] == ("system", "provider corp", "127.0.0.1", "login_failed", "wrong_domain")


async def test_an_address_of_somebody_else_signs_nobody_in(house: House) -> None:
    attacker, victim = house.visitor(), house.visitor()
    address = await attacker.come_back("ada")
    # The victim's browser began no sign-in, or another one (login CSRF).
    assert (await victim.get(address)).headers["location"] == "/sign-in?error=sign_in_expired"
    await victim.begin()
    assert (await victim.get(address)).headers["location"] == "/sign-in?error=sign_in_expired"
    assert (await victim.get("/session")).json()["account"] is None
    # The attacker's own sign-in still works, once.
    assert (await attacker.get(address)).headers["location"] == "/"
    assert (await attacker.get(address)).headers["location"] == "/sign-in?error=sign_in_expired"


async def test_a_code_of_one_provider_is_not_sent_to_another(house: House) -> None:
    visitor = house.visitor()
    state = parse_qs(urlsplit(await visitor.begin("/login/corp")).query)["state"][0]
    answer = await visitor.get(f"/login/other/callback?state={state}&code=stolen")
    assert answer.headers["location"] == "/sign-in?error=sign_in_expired"
    # The provider that the browser was sent to must also be the one that answers (RFC 9207).
    state = parse_qs(urlsplit(await visitor.begin("/login/other")).query)["state"][0]
    issuer = house.provider.issuer
    answer = await visitor.get(f"/login/other/callback?state={state}&code=stolen&iss={issuer}")
    assert answer.headers["location"] == "/sign-in?error=provider_answer_invalid"
    assert house.forging.count("/token") == 0
    assert [line[4] for line in await house.lines()] == ["other_provider", "wrong_issuer"]


@pytest.mark.parametrize(
    "elsewhere",
    ["//evil.example", "/%5Cevil.example"],
)
async def test_no_address_leads_to_another_site(house: House, elsewhere: str) -> None:
    visitor = house.visitor()
    assert await visitor.sign_in("ada", f"/login/corp?next={elsewhere}") == "/"


async def test_failures_are_told_by_a_code_and_nothing_else(house: House) -> None:
    visitor = house.visitor()
    state = parse_qs(urlsplit(await visitor.begin()).query)["state"][0]
    issuer = house.provider.issuer
    answer = await visitor.get(
        f"/login/corp/callback?state={state}&error=access_denied&error_description=secret&iss={issuer}"
    )
    assert answer.headers["location"] == "/sign-in?error=access_denied"
    assert answer.headers["cache-control"] == "no-store"
    # What is there twice is nobody's answer.
    address = await visitor.come_back("ada")
    assert (await visitor.get(f"{address}&code=other")).headers[
        "location"
    ] == "/sign-in?error=sign_in_expired"
    missing = await visitor.get("/login/nobody")
    assert (missing.status_code, missing.json()["code"]) == (404, "provider_not_found")
    # One line in a minute.
    for _ in range(3):
        await visitor.get("/login/corp/callback?state=a&code=b")
    assert [line[4] for line in await house.lines()] == ["denied_by_provider", "unknown_state"]


async def test_neither_the_log_nor_the_audit_trail_has_a_secret(house: House) -> None:
    visitor = house.visitor()
    with capture_logs() as logged:
        first = await visitor.come_back("ada")
        await visitor.get(first)
        # A code that was used before, one that is made up, and one without a browser.
        state = parse_qs(urlsplit(await visitor.begin()).query)["state"][0]
        issuer, code = house.provider.issuer, parse_qs(urlsplit(first).query)["code"][0]
        used = await visitor.get(f"/login/corp/callback?state={state}&code={code}&iss={issuer}")
        await house.visitor().get(f"/login/corp/callback?state={state}&code=made-up-code&iss={issuer}")
    assert used.headers["location"] == "/sign-in?error=sign_in_expired"
    assert {entry["reason"] for entry in logged} == {"code_refused", "unknown_state"}
    lines = await stored(house.service.database, "SELECT * FROM audit_lines")
    texts = [str(logged), str(lines)]
    for secret in (code, state, SECRET, "made-up-code", *visitor.cookies.values()):
        assert [text for text in texts if secret in text] == []


async def test_a_disabled_account_and_one_that_is_linked(house: House) -> None:
    async with house.service.database.session() as session:
        carol = await add_user(house.service.database, "carol", "viewer")
        await link(session, "carol", "corp", house.provider.issuer, "bob")
    visitor = house.visitor()
    assert await visitor.sign_in("bob") == "/"
    account = (await visitor.get("/session")).json()["account"]
    assert (account["user_id"], account["role"]) == (carol.user_id, "exporter")
    async with house.service.database.session() as session:
        await set_disabled(session, "carol", True)
    assert (await visitor.get("/session")).json()["account"] is None
    assert await visitor.sign_in("bob") == "/sign-in?error=account_disabled"


async def test_a_changed_role_ends_older_sessions(house: House) -> None:
    older, newer = house.visitor(), house.visitor()
    await older.sign_in("ada")
    house_role = (await older.get("/session")).json()["account"]["role"]
    async with house.service.database.session() as session:
        await set_role(session, "Ada", "viewer")
    assert (await older.get("/session")).json()["account"] is None
    assert await newer.sign_in("ada") == "/"
    assert (await newer.get("/session")).json()["account"]["role"] == house_role == "admin"


async def test_an_unlinked_person_is_signed_out(house: House) -> None:
    visitor = house.visitor()
    await visitor.sign_in("ada")
    async with house.service.database.session() as session:
        await unlink(session, "Ada", "corp")
    assert (await visitor.get("/session")).json()["account"] is None
    # The next sign-in makes another account: the name is taken.
    await visitor.sign_in("ada")
    assert (await visitor.get("/session")).json()["account"]["name"] == "Ada-2"


async def test_the_cookie_is_for_this_host_only(
    settings: Settings, forging: ForgingProvider, tmp_path: Path
) -> None:
    (tmp_path / "secret.txt").write_text(SECRET)
    (tmp_path / "oidc.toml").write_text(PROVIDERS.format(real=forging.issuer, forging=forging.issuer))
    public = {"public_url": "https://lumber.example.org", "oidc_file": tmp_path / "oidc.toml"}
    async with started(settings.model_copy(update=public)) as (client, _):
        answer = await client.get("/login/corp", headers={"Host": "lumber.example.org"})
    query = {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}
    assert query["redirect_uri"] == "https://lumber.example.org/api/v1/login/corp/callback"
    assert (query["client_id"], query["code_challenge_method"], query["response_type"]) == (
        CLIENT_ID,
        "S256",
        "code",
    )
    cookie = answer.headers["set-cookie"]
    assert re.fullmatch(
        r"__Host-lumber_login=[\w-]{43}; HttpOnly; Max-Age=600; Path=/; SameSite=lax; Secure", cookie
    )


async def test_a_provider_that_is_down_is_told(settings: Settings, tmp_path: Path) -> None:
    with forging_provider() as gone:
        pass
    (tmp_path / "secret.txt").write_text(SECRET)
    (tmp_path / "oidc.toml").write_text(PROVIDERS.format(real=gone.issuer, forging=gone.issuer))
    async with started(settings.model_copy(update={"oidc_file": tmp_path / "oidc.toml"})) as (client, _):
        answer = await client.get("/login/corp")
    assert answer.headers["location"] == "/sign-in?error=provider_unavailable"
    assert "set-cookie" not in answer.headers


async def test_a_network_of_ipv6_gets_one_line_in_a_minute(house: House) -> None:
    transport = house.client._transport
    assert isinstance(transport, httpx2.ASGITransport)
    for host in ("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"):
        transport.client = (host, 9)
        await house.client.get("/login/corp/callback?state=a&code=b")
    assert [line[2] for line in await house.lines()] == ["2001:db8::1", "2001:db8:0:1::1"]
