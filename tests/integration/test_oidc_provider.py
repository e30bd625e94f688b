"""The code flow with a real provider on loopback."""

import time
from collections.abc import AsyncIterator, Iterator
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from lumber.identity.oidc.attempt import Attempt
from lumber.identity.oidc.callback import Callback
from lumber.identity.oidc.client import ProviderClient
from lumber.identity.oidc.failures import SignInFailed
from lumber.identity.oidc.flow import CodeFlow
from lumber.identity.oidc.person import Person
from tests.integration.oidc import RealProvider, provider_of, real_provider
from tests.integration.processes import PATIENCE_SECONDS

REDIRECT = "http://127.0.0.1:8000/api/v1/login/corp/callback"
ACCOUNTS = {
    "ada": {
        "email": "ada@example.org",
        "email_verified": True,
        "preferred_username": "Ada",
        "groups": ["analysts"],
    }
}


@pytest.fixture(scope="module")
def provider() -> Iterator[RealProvider]:
    with real_provider(ACCOUNTS, [REDIRECT]) as running:
        yield running


class Visit:
    """A browser that signs in through one code flow, whose clock a test can set forward."""

    def __init__(self, provider: RealProvider, client: ProviderClient) -> None:
        self.provider = provider
        self.later = 0.0
        scopes = ["openid", "profile", "email", "groups"]
        configured = provider_of(provider.issuer, scopes=scopes, allowed_groups=["analysts"])
        self.flow = CodeFlow(configured, client, clock=lambda: time.monotonic() + self.later)

    async def come_back(self, attempt: Attempt) -> Callback:
        """Sign in as ada; return with what the browser comes back."""
        url = await self.flow.authorization_url(attempt, REDIRECT)
        with httpx2.Client(timeout=PATIENCE_SECONDS) as browser:
            back = urlsplit(self.provider.sign_in(browser, url, "ada"))
        assert f"{back.scheme}://{back.netloc}{back.path}" == REDIRECT
        query = {name: values[0] for name, values in parse_qs(back.query).items()}
        assert query["state"] == attempt.state
        return Callback(query.get("code"), query.get("error"), query.get("iss"))

    async def sign_in(self) -> Person:
        attempt = Attempt.new(None)
        return await self.flow.person(attempt, REDIRECT, await self.come_back(attempt))


@pytest.fixture
async def visit(provider: RealProvider) -> AsyncIterator[Visit]:
    client = ProviderClient()
    yield Visit(provider, client)
    await client.close()


async def test_a_person_signs_in_and_a_rotated_key_is_followed(visit: Visit, provider: RealProvider) -> None:
    ada = Person(provider.issuer, "ada", "Ada", "ada@example.org", True, ("analysts",))
    assert await visit.sign_in() == ada
    provider.rotate()
    visit.later = 6
    assert await visit.sign_in() == ada


async def test_a_code_is_used_once_and_only_with_its_verifier(visit: Visit) -> None:
    attempt = Attempt.new(None)
    callback = await visit.come_back(attempt)
    assert (await visit.flow.person(attempt, REDIRECT, callback)).subject == "ada"
    stolen = await visit.come_back(attempt)
    for other, answer in ((attempt, callback), (Attempt.new(None), stolen)):
        with pytest.raises(SignInFailed) as refused:
            await visit.flow.person(other, REDIRECT, answer)
        assert refused.value.reason.value == "code_refused"


async def test_a_person_who_gives_up_comes_back_with_that(visit: Visit) -> None:
    attempt = Attempt.new(None)
    url = await visit.flow.authorization_url(attempt, REDIRECT)
    assert url.startswith(visit.provider.issuer)
    for error, reason in (("access_denied", "denied_by_provider"), ("invalid_scope", "client_refused")):
        with pytest.raises(SignInFailed) as refused:
            await visit.flow.person(attempt, REDIRECT, Callback(None, error, visit.provider.issuer))
        assert refused.value.reason.value == reason
