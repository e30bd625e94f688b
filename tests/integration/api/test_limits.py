"""Limits on the calls of keys, accounts and addresses, and on what they keep open."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from lumber.api import create_app
from lumber.api.documents import operation_id
from lumber.api.limits.callers import address_of
from lumber.api.limits.rate import RateLimit
from lumber.api.limits.slots import Slots
from lumber.errors import TooManyRequests
from lumber.identity.users import set_disabled
from lumber.settings import Settings
from tests.integration.api.everybody import House, inhabited
from tests.integration.api.serving import started
from tests.integration.api.test_access import operations

# So few that the next one is allowed only after ten seconds, also on a slow machine.
FEW = 6
LOGS = {"data_types": ["logs"]}


@pytest.fixture
async def house(sqlite_url: str, tmp_path: Path) -> AsyncIterator[House]:
    settings = Settings(
        serve_worker=False,
        data_dir=tmp_path,
        database_url=sqlite_url,
        requests_per_minute=FEW,
        address_requests_per_minute=FEW,
        creates_per_minute=3,
        max_streams=1,
        max_downloads=1,
    )
    async with inhabited(settings, tmp_path) as house:
        yield house


async def called_from(
    house: House, address: str, path: str, key: str | None = None, **forged: str
) -> httpx2.Response:
    """Make a call from another address."""
    app: Any = house.client._transport.app  # type: ignore[attr-defined]
    headers = forged if key is None else {"Authorization": f"Bearer {house.keys[key]}", **forged}
    transport = httpx2.ASGITransport(app=app, client=(address, 1))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1/api/v1") as client:
        return await client.get(path, headers=headers)


def check_refused(answer: httpx2.Response) -> None:
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_requests")
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert answer.headers["x-request-id"]


async def test_a_key_with_too_many_calls_is_told_when_to_come_back(house: House) -> None:
    for number in range(FEW):
        # From many addresses: the key counts.
        assert (await called_from(house, f"10.0.0.{number}", "/export/", "viewer")).status_code == 200
    check_refused(await called_from(house, "10.0.1.1", "/export/", "viewer"))
    # Other keys of the same address have their own limits.
    assert (await called_from(house, "10.0.0.1", "/export/", "exporter")).status_code == 200


async def test_who_has_no_key_counts_by_address_and_locks_out_nobody_who_has_one(house: House) -> None:
    assert (await called_from(house, "10.0.0.1", "/export/", "viewer")).status_code == 200
    for number in range(FEW):
        # Pages and calls of nobody count alike, whatever they ask for.
        path = ("/export/", "/nothing", "http://127.0.0.1/openapi.json", "http://127.0.0.1/")[number % 4]
        forged = {"X-Forwarded-For": f"10.9.9.{number}", "X-Real-IP": f"10.9.9.{number}"}
        assert (await called_from(house, "10.0.0.1", path, **forged)).status_code != 429
    check_refused(await called_from(house, "10.0.0.1", "/export/"))
    check_refused(await called_from(house, "10.0.0.1", "http://127.0.0.1/health/ready"))
    # Otherwise whoever watches the service would restart it.
    assert (await called_from(house, "10.0.0.1", "http://127.0.0.1/health/live")).status_code == 200
    assert (await called_from(house, "10.0.0.1", "/export/", "viewer")).status_code == 200
    assert (await called_from(house, "10.0.0.2", "/export/")).status_code == 401


async def test_guesses_of_keys_are_refused_before_the_database_is_asked(house: House) -> None:
    for _ in range(FEW):
        assert (await called_from(house, "10.0.0.1", "/export/", "revoked")).status_code == 401
    check_refused(await called_from(house, "10.0.0.1", "/export/", "revoked"))
    # It has not called before, so nothing tells it from another guess.
    check_refused(await called_from(house, "10.0.0.1", "/export/", "viewer"))


async def test_a_key_that_stops_working_counts_for_its_address_again(house: House) -> None:
    assert (await called_from(house, "10.0.0.1", "/export/", "viewer")).status_code == 200
    async with house.service.database.session() as session:
        await set_disabled(session, "viewer", True)
    for _ in range(FEW):
        assert (await called_from(house, "10.0.0.1", "/export/", "viewer")).status_code == 401
    check_refused(await called_from(house, "10.0.0.1", "/export/", "viewer"))


async def test_calls_that_start_work_have_a_limit_of_their_own(house: House) -> None:
    made = [await house.call("exporter", "POST", "/export/", json=LOGS) for _ in range(4)]
    assert [answer.status_code for answer in made[:3]] == [200] * 3
    check_refused(made[3])
    assert (await house.call("exporter", "GET", "/export/")).status_code == 200


async def test_without_accounts_nothing_is_counted(sqlite_url: str, tmp_path: Path) -> None:
    settings = Settings(
        serve_worker=False,
        data_dir=tmp_path,
        database_url=sqlite_url,
        requests_per_minute=1,
        address_requests_per_minute=1,
        creates_per_minute=1,
        max_streams=1,
        max_downloads=1,
    )
    async with started(settings) as (client, _):
        for _ in range(5):
            assert (await client.post("/export/", json=LOGS)).status_code == 200


def test_what_is_open_counts_until_it_ends() -> None:
    slots = Slots(2, "downloads")
    slots.take("a")
    slots.take("a")
    slots.take("b")
    with pytest.raises(TooManyRequests, match=r"2 downloads of this key or account are open already"):
        slots.take("a")
    slots.release("a")
    slots.take("a")


def test_every_answer_that_takes_long_counts_while_it_is_open() -> None:
    app = create_app(Settings(data_dir=Path("nowhere")))
    held = {
        operation_id(route): route.need.holds
        for router in app.routes
        for route in getattr(getattr(router, "original_router", None), "routes", [router])
        if getattr(route, "need", None) is not None and "GET" in route.methods
    }
    found = set()
    for _, path, operation in operations(app.openapi()):
        content = operation["responses"].get("200", {}).get("content", {})
        wanted = "stream" if "text/event-stream" in content else None
        if {"application/octet-stream", "application/zip", "application/x-ndjson"} & content.keys():
            wanted = "download"
        if wanted is not None:
            assert held[operation["operationId"]] == wanted, path
            found.add(wanted)
    assert found == {"stream", "download"}


def test_the_address_of_ipv6_is_the_network_of_a_customer() -> None:
    def of(host: str | None) -> str:
        return address_of({"client": None if host is None else (host, 1)})

    assert of("2001:db8:1:2::1") == of("2001:db8:1:2:ffff:ffff:ffff:ffff")
    assert of("2001:db8:1:2::1") != of("2001:db8:1:3::1")
    assert of("::ffff:10.0.0.1") == of("10.0.0.1") != of("10.0.0.2")
    # What a proxy passes on without a look is one address.
    assert of("nonsense") == of("x" * 10_000) == of(None)


def test_a_limit_holds_for_every_minute_and_forgets_the_oldest_key() -> None:
    moment = 0.0
    limit = RateLimit(60, most_keys=3, now=lambda: moment)
    assert [limit.take("a") for _ in range(60)] == [0.0] * 60
    assert limit.take("a") == pytest.approx(1.0)
    moment = 0.5
    assert limit.take("a") == pytest.approx(0.5)
    moment = 1.0
    assert limit.take("a") == 0.0
    assert limit.take("a") > 0
    limit.give_back("a")
    assert limit.take("a") == 0.0
    for number in range(1_000_000 // 100):
        limit.take(str(number))
    assert len(limit) == 3
