"""The classes of holes that services of this kind had in public: each is an attack on one running service."""

import http.client
import json
import socket
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.audit.actor import Actor, ActorKind
from lumber.identity.api_keys import revoke_key
from lumber.identity.users import find_account, set_disabled, set_role
from lumber.store.models import ApiKey
from lumber.store.models.base import utc_now
from tests.integration.accounts import add_key, add_user
from tests.integration.api.attacked import PUBLIC_HOST, Attacked, attacked_service
from tests.integration.api.serving import LONG_SECONDS, completed_export, running_export
from tests.integration.processes import until

STREAMS = 2
NAVIGATION = "text/html,application/xhtml+xml,*/*;q=0.8"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attacked]:
    with attacked_service(tmp_path_factory.mktemp("attacked"), max_streams=STREAMS) as site:
        yield site


def export_path(site: Attacked, rest: str = "") -> str:
    return f"/api/v1/export/{site.house.export_id}{rest}"


# What a browser may do with an answer.


def answers_of_every_sort(site: Attacked) -> dict[str, object]:
    file = f"/files/{site.house.names['file_id']}"
    host, key = f"127.0.0.1:{site.port}", site.house.keys["exporter"]
    return {
        "a page": site.call("/", Accept=NAVIGATION),
        "data": site.call("/api/v1/export/", "exporter"),
        "a file": site.call(export_path(site, file), "exporter"),
        "a part of a file": site.call(export_path(site, file), "exporter", Range="bytes=0-1"),
        "the zip": site.call(export_path(site, "/download"), "exporter"),
        "the document": site.call("/openapi.json"),
        "health": site.call("/health/live"),
        "nothing there": site.call("/api/v1/nothing"),
        "a wrong method": site.call("/api/v1/export/", "exporter", method="PUT"),
        "nobody": site.call("/api/v1/export/"),
        "no right": site.call("/api/v1/audit", "viewer"),
        "another host": site.raw("GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"),
        "a key in the URL": site.raw(
            f"GET /?key={key} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        ),
        "no HTTP": site.raw("nonsense\r\n\r\n"),
    }


def test_every_answer_forbids_frames_and_sniffing_and_says_who_may_keep_it(site: Attacked) -> None:
    for name, answer in answers_of_every_sort(site).items():
        headers = answer.headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"], name
        assert "default-src 'none'" in headers["content-security-policy"], name
        assert "unsafe" not in headers["content-security-policy"], name
        assert headers["referrer-policy"] == "no-referrer", name
        assert headers["x-content-type-options"] == "nosniff", name
        kept = "private, no-cache" if "file" in name else "no-store"
        assert headers["cache-control"] == kept, name
        assert "server" not in headers, name
        assert not [header for header in headers if header.startswith("access-control")], name
        if name != "no HTTP":
            assert headers["cross-origin-opener-policy"] == "same-origin", name
            assert headers["cross-origin-resource-policy"] == "same-origin", name
            assert "camera=()" in headers["permissions-policy"], name
            assert headers["strict-transport-security"].startswith("max-age="), name


def test_no_other_origin_is_told_that_it_may_read(site: Attacked) -> None:
    for method in ("OPTIONS", "GET"):
        answer = site.call(
            "/api/v1/export/",
            "exporter",
            method=method,
            Origin="https://evil.example",
            Access_Control_Request_Method="GET",
        )
        assert not [header for header in answer.headers if header.startswith("access-control")]
        assert answer.status == (405 if method == "OPTIONS" else 200)


# Exhaustion.


def test_a_key_has_so_many_streams_open_and_others_have_their_own(site: Attacked) -> None:
    path = f"/api/v1/export/{site.house.running_id}/events"
    with ExitStack() as streams:
        for _ in range(STREAMS):
            assert streams.enter_context(site.opened(path, "exporter")).status == 200
        refused = site.call(path, "exporter")
        assert (refused.status, refused.code) == (429, "too_many_requests")
        assert int(refused.headers["retry-after"]) > 0
        with site.opened(path, "admin") as other:
            assert other.status == 200

    def is_free() -> bool:
        with site.opened(path, "exporter") as stream:
            return stream.status == 200

    # A client that is gone takes no place.
    until(is_free)


# Access that goes on after it ended.


async def revoke(session: AsyncSession, key_id: str, name: str) -> None:
    await revoke_key(session, key_id)


async def expire(session: AsyncSession, key_id: str, name: str) -> None:
    before = utc_now() - timedelta(seconds=1)
    await session.execute(sa.update(ApiKey).where(ApiKey.id == key_id).values(expires_at=before))


async def disable(session: AsyncSession, key_id: str, name: str) -> None:
    await set_disabled(session, name, True)


async def demote(session: AsyncSession, key_id: str, name: str) -> None:
    await set_role(session, name, "auditor")


Ending = Callable[[AsyncSession, str, str], Coroutine[Any, Any, None]]


@dataclass(frozen=True)
class Leaver:
    """An account whose access ends during a test, with an export of its own."""

    site: Attacked
    name: str
    key_id: str
    export_id: str

    def end(self, ending: Ending) -> None:
        async def change() -> None:
            async with self.site.house.service.database.session() as session:
                await ending(session, self.key_id, self.name)

        self.site.run(change())


@pytest.fixture
def leaver(site: Attacked, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Leaver:
    """An account with a running service that looks at each message, and whose streams send many."""
    monkeypatch.setattr("lumber.api.events._HEARTBEAT_SECONDS", 0.05)
    monkeypatch.setattr(site.house.service.standings, "seconds", 0.0)
    name = f"leaver-{len(site.house.keys)}"

    async def make() -> tuple[str, str, str]:
        service = site.house.service
        account = await add_user(service.database, name, "exporter")
        key = await add_key(service.database, name, ["exports:read", "exports:write", "ingest:write"])
        by = Actor(ActorKind.USER, name, account.user_id)
        claim = await running_export(service.ledger, by=by)
        return key.text.text, key.key.key_id, claim.export_id

    key, key_id, export_id = site.run(make())
    cast("dict[str, str]", site.house.keys)[name] = key
    return Leaver(site, name, key_id, export_id)


@pytest.mark.parametrize("ending", [revoke, expire, disable, demote])
def test_a_stream_ends_when_its_key_stops_working(site: Attacked, leaver: Leaver, ending: Ending) -> None:
    path = f"/api/v1/export/{leaver.export_id}/events"
    with site.opened(path, leaver.name) as stream:
        assert stream.readline().startswith(b"id:")
        leaver.end(ending)
        stream.read()  # to its end
    assert site.call(path, leaver.name).status == (403 if ending is demote else 401)


def test_a_download_breaks_off_when_its_key_is_revoked(
    site: Attacked, leaver: Leaver, tmp_path: Path
) -> None:
    size = 30 * 1024**2
    by = Actor(ActorKind.USER, leaver.name, site.run(account_id(site, leaver.name)))
    files = {"logs/train-00000-of-00001.json": bytes(size)}
    export_id = site.run(completed_export(site.house.service.ledger, tmp_path / "big", files, by=by))
    with site.opened(f"/api/v1/export/{export_id}/download", leaver.name) as answer:
        assert (answer.status, int(answer.headers["content-length"]) > size) == (200, True)
        answer.read(1_000)
        leaver.end(revoke)
        with pytest.raises(http.client.IncompleteRead):
            answer.read()
    until(lambda: [line for line in site.audit(action="download") if line["target_id"] == export_id])
    (line,) = [line for line in site.audit(action="download") if line["target_id"] == export_id]
    assert line["details"]["is_complete"] is False
    assert line["details"]["bytes_sent"] < size


def test_an_upload_is_refused_when_its_key_is_revoked(site: Attacked, leaver: Leaver) -> None:
    announced = site.call(
        "/api/v1/ingest/uploads", leaver.name, method="POST", body={"kind": "logs", "name": "a.log"}
    )
    upload_id = json.loads(announced.body)["upload_id"]
    with socket.create_connection(("127.0.0.1", site.port), LONG_SECONDS) as client:
        head = (
            f"PUT /api/v1/ingest/uploads/{upload_id}/content HTTP/1.1",
            f"Host: {PUBLIC_HOST}",
            f"Authorization: Bearer {site.house.keys[leaver.name]}",
            "Transfer-Encoding: chunked",
        )
        client.sendall("\r\n".join([*head, "", "1\r\n\n\r\n"]).encode())
        until(lambda: site.house.service.uploads.get(upload_id).bytes_received)
        leaver.end(revoke)
        client.sendall(b"1\r\n\n\r\n")
        answer = http.client.HTTPResponse(client)
        answer.begin()
        assert (answer.status, json.load(answer)["code"]) == (401, "authentication_failed")


async def account_id(site: Attacked, name: str) -> str:
    async with site.house.service.database.session() as session:
        return (await find_account(session, name)).user_id
