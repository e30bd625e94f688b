"""Notices over HTTP: made, changed, tried out and deleted by their owners, and sent by the service."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from lumber.audit.actor import Actor, ActorKind
from lumber.settings import Settings
from tests.integration.accounts import CHEAP
from tests.integration.api.everybody import House, inhabited
from tests.integration.api.serving import completed_export, started, until
from tests.integration.notices.receiver import ALLOWED, SECRET, is_signed, receiving

HOOK: dict[str, Any] = {"name": "hook", "channel": "webhook", "url": "https://hooks.example.org/path-secret"}


@pytest.fixture
def own_settings(sqlite_url: str, tmp_path: Path) -> Settings:
    """A service that may send to one address of this machine."""
    allowed = {"notice_allowed_networks": f"{ALLOWED}/32", "notice_seconds": 10.0}
    return Settings(serve_worker=False, data_dir=tmp_path, database_url=sqlite_url, **CHEAP, **allowed)


@pytest.fixture
async def house(own_settings: Settings, tmp_path: Path) -> AsyncIterator[House]:
    async with inhabited(own_settings, tmp_path) as house:
        yield house


async def test_the_secret_is_shown_once(own_settings: Settings) -> None:
    async with started(own_settings) as (client, _):
        made = await client.post("/notices", json=HOOK)
        assert made.status_code == 201
        secret, notice_id = made.json()["secret"], made.json()["notice_id"]
        assert secret.startswith("whsec_")
        given = await client.post("/notices", json={**HOOK, "name": "given", "secret": SECRET})
        assert given.json()["secret"] is None
        assert given.json()["has_secret"] is True
        renewed = await client.patch(f"/notices/{notice_id}", json={"renew_secret": True})
        assert renewed.json()["secret"] not in (None, secret)
        set_again = await client.patch(f"/notices/{notice_id}", json={"secret": SECRET})
        shown = await client.get(f"/notices/{notice_id}")
        listed = await client.get("/notices")
        trail = await client.get("/audit", params={"limit": 100})
        for answer in (given, set_again, shown, listed, trail):
            assert answer.status_code < 300
            assert "whsec_" not in answer.text
        assert "path-secret" not in trail.text


async def test_a_message_is_sent_by_the_service(own_settings: Settings, tmp_path: Path) -> None:
    with receiving() as receiver:
        async with started(own_settings) as (client, service):
            body = {**HOOK, "url": receiver.url(), "events": ["completed"], "secret": SECRET}
            notice_id = (await client.post("/notices", json=body)).json()["notice_id"]
            export_id = await completed_export(service.ledger, tmp_path / "done", {"a.json": b"[]"})
            await until(lambda: bool(receiver.requests))
            request = receiver.requests[0]
            assert is_signed(request)
            assert request.message["data"]["export_id"] == export_id

            async def delivered() -> bool:
                found = (await client.get(f"/notices/{notice_id}/deliveries")).json()["deliveries"]
                return [(each["event"], each["status"]) for each in found] == [("completed", "delivered")]

            while not await delivered():
                pass


async def test_a_test_answers_how_it_went(own_settings: Settings) -> None:
    with receiving() as receiver:
        receiver.answer = lambda _: (503, {})
        async with started(own_settings) as (client, _):
            body = {**HOOK, "url": receiver.url(), "is_enabled": False}
            notice_id = (await client.post("/notices", json=body)).json()["notice_id"]
            tried = (await client.post(f"/notices/{notice_id}/test")).json()
            assert (tried["event"], tried["status"], tried["response_status"]) == ("test", "failed", 503)
            listed = (await client.get(f"/notices/{notice_id}/deliveries", params={"limit": 1})).json()
            assert listed == {"deliveries": [tried]}


async def test_changes_are_checked_as_a_whole(own_settings: Settings) -> None:
    async with started(own_settings) as (client, _):
        notice_id = (await client.post("/notices", json={**HOOK, "datasets": ["plant"]})).json()["notice_id"]
        wrong = await client.patch(f"/notices/{notice_id}", json={"to": ["ann@example.org"]})
        assert wrong.status_code == 422
        assert wrong.json()["errors"][0]["field"] == "to"
        kept = await client.patch(f"/notices/{notice_id}", json={"is_enabled": False})
        assert (kept.json()["datasets"], kept.json()["is_enabled"]) == (["plant"], False)
        cleared = await client.patch(f"/notices/{notice_id}", json={"datasets": None, "name": None})
        assert (cleared.json()["datasets"], cleared.json()["name"]) == (None, "hook")
        twice = await client.post("/notices", json=HOOK)
        assert "there is a notice 'hook' already" in twice.json()["errors"][0]["message"]
        for url in ("file:///etc/passwd", "https://u:path-secret@example.org", "https://a b", "https://"):
            refused = await client.post("/notices", json={**HOOK, "name": "x", "url": url})
            assert refused.status_code == 422, url
            assert "path-secret" not in refused.text
        bad = await client.post("/notices", json={**HOOK, "name": "x", "secret": "whsec_shortsecret"})
        assert bad.status_code == 422
        assert "shortsecret" not in bad.text
        assert (await client.delete(f"/notices/{notice_id}")).status_code == 204
        assert (await client.get(f"/notices/{notice_id}")).json()["code"] == "notice_not_found"


async def test_notices_of_others_are_not_found_and_admins_see_all(house: House) -> None:
    made = await house.call("other", "POST", "/notices", json=HOOK)
    path = f"/notices/{made.json()['notice_id']}"
    assert made.json()["owner"] == "other"
    for method, place in (
        ("GET", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("POST", "/test"),
        ("GET", "/deliveries"),
    ):
        body = {"json": {}} if method == "PATCH" else {}
        answer = await house.call("exporter", method, path + place, **body)
        assert answer.status_code == 404, (method, place)
    mine = (await house.call("other", "GET", "/notices")).json()["notices"]
    everyones = (await house.call("admin", "GET", "/notices")).json()["notices"]
    assert [each["owner"] for each in mine] == ["other"]
    assert {each["owner"] for each in everyones} == {"other", "exporter"}


async def test_only_admins_hear_of_all_and_keys_for_some_data_types_of_nothing(house: House) -> None:
    wide = {**HOOK, "is_for_all": True}
    refused = await house.call("exporter", "POST", "/notices", json=wide)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "is_for_all")
    made = await house.call("admin", "POST", "/notices", json=wide)
    assert made.status_code == 201
    narrow = await house.call("only ips", "POST", "/notices", json=HOOK)
    assert (narrow.status_code, narrow.json()["code"]) == (403, "not_permitted")
    by = Actor(ActorKind.USER, "other", house.users["other"])
    mine = await house.call("exporter", "POST", "/notices", json={**HOOK, "events": ["completed"]})
    await completed_export(
        house.service.ledger, house.service.settings.data_dir / "o", {"a.json": b"[]"}, by=by
    )
    path = f"/notices/{mine.json()['notice_id']}/deliveries"
    assert (await house.call("exporter", "GET", path)).json() == {"deliveries": []}
    path = f"/notices/{made.json()['notice_id']}"
    patched = await house.call("admin", "PATCH", path, json={"events": ["completed"]})
    assert patched.status_code == 200
    await completed_export(
        house.service.ledger, house.service.settings.data_dir / "p", {"a.json": b"[]"}, by=by
    )
    (delivery,) = (await house.call("admin", "GET", f"{path}/deliveries")).json()["deliveries"]
    assert delivery["event"] == "completed"
    assert not re.search("path-secret|whsec_", str(delivery))
