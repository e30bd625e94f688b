"""The service on a network: the names that it knows, and the forwarded headers that it believes."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from lumber.api import create_app
from lumber.settings import Settings
from tests.integration.accounts import add_key, add_user
from tests.integration.api.serving import started

PUBLIC = "https://lumber.example.org"
EXPORTS = "/api/v1/export/"


@pytest.fixture
def public(settings: Settings) -> Iterator[TestClient]:
    """A client of a service with a public URL, at which it arrives from a proxy on this machine."""
    app = create_app(settings.model_copy(update={"public_url": PUBLIC}))
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        yield client


@pytest.mark.parametrize("host", ["lumber.example.org", "LUMBER.example.org.", "lumber.example.org:443"])
def test_the_public_name_may_call(public: TestClient, host: str) -> None:
    # Nobody has an account here, and still nobody is taken for the machine itself.
    assert public.get(EXPORTS, headers={"Host": host}).json()["code"] == "authentication_failed"


@pytest.mark.parametrize(
    "host", ["evil.example", "lumber.example.org:80", "lumber.example.org.evil.example", "::1", ""]
)
def test_another_name_is_refused(public: TestClient, host: str) -> None:
    answer = public.get(EXPORTS, headers={"Host": host})
    assert (answer.status_code, answer.json()["code"]) == (403, "host_refused")


def test_this_machine_may_use_the_loopback(public: TestClient) -> None:
    assert public.get("/health/live").status_code == 200
    assert public.get("/health/live", headers={"Host": "localhost:8000"}).status_code == 200


def test_the_loopback_is_no_name_for_others(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"public_url": PUBLIC}))
    with TestClient(app, base_url="http://10.0.0.7:8000") as client:
        for host in ("localhost:8000", "127.0.0.1:8000", "10.0.0.7:8000"):
            assert client.get("/health/live", headers={"Host": host}).json()["code"] == "host_refused", host


@pytest.mark.parametrize(
    ("origin", "code"),
    [
        (PUBLIC, "authentication_failed"),
        ("http://lumber.example.org", "origin_refused"),
        ("https://lumber.example.org:8443", "origin_refused"),
        ("https://evil.example", "origin_refused"),
    ],
)
def test_only_pages_of_the_public_url_change_data(public: TestClient, origin: str, code: str) -> None:
    headers = {"Host": "lumber.example.org", "Origin": origin}
    assert public.post(EXPORTS, json={"data_types": ["logs"]}, headers=headers).json()["code"] == code


@pytest.mark.parametrize(
    ("proxies", "address"),
    [
        ("", "127.0.0.1"),
        ("10.0.0.1", "127.0.0.1"),
        ("127.0.0.1", "10.1.2.3"),
        ("127.0.0.0/8, ::1", "10.1.2.3"),
    ],
)
async def test_forwarded_headers_are_believed_from_named_proxies_only(
    settings: Settings, proxies: str, address: str
) -> None:
    chosen = settings.model_copy(update={"trusted_proxies": proxies})
    async with started(chosen) as (client, service):
        await add_user(service.database, "ada")
        key = await add_key(service.database, "ada", ["exports:write", "audit:read"])
        client.headers["Authorization"] = f"Bearer {key.text.text}"
        await client.post(
            "/export/",
            json={"data_types": ["logs"]},
            # The first is what the client wrote itself.
            headers={"X-Forwarded-For": "6.6.6.6, 10.1.2.3", "X-Forwarded-Host": "evil.example"},
        )
        lines = (await client.get("/audit", params={"action": "export_created"})).json()["lines"]
    assert [line["address"] for line in lines] == [address]
