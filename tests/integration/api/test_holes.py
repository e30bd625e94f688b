"""The classes of holes that services of this kind had in public: each is an attack on one running service."""

import asyncio
import http.client
import json
import logging
import re
import socket
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException

from lumber.api.middleware import BodyLimit
from lumber.audit.actor import Actor, ActorKind
from lumber.cli.http_protocol import HttpProtocol
from lumber.identity.api_keys import revoke_key
from lumber.identity.sessions import open_session
from lumber.identity.users import find_account, set_disabled, set_role
from lumber.store.models import ApiKey
from lumber.store.models.base import utc_now
from tests.integration.accounts import add_key, add_user
from tests.integration.api.attacked import PUBLIC_HOST, Answer, Attacked, attacked_service
from tests.integration.api.everybody import MARK
from tests.integration.api.serving import LONG_SECONDS, completed_export, running_export
from tests.integration.processes import until

STREAMS = 2
LOGS = {"data_types": ["logs"]}
NAVIGATION = "text/html,application/xhtml+xml,*/*;q=0.8"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attacked]:
    with attacked_service(tmp_path_factory.mktemp("attacked"), max_streams=STREAMS) as site:
        yield site


def export_path(site: Attacked, rest: str = "") -> str:
    return f"/api/v1/export/{site.house.export_id}{rest}"


async def signed_in(site: Attacked, name: str) -> str:
    """Return the cookie of a new session."""
    service = site.house.service
    async with service.database.session() as session:
        account = await find_account(session, name)
        token, _ = await open_session(session, account, service.admission.session_limits)
    return f"{service.admission.cookies.name}={token}"


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


# Who sends a request, and to whom.


def test_forged_forwarded_headers_change_neither_address_nor_host(site: Attacked) -> None:
    forged = {
        "X_Forwarded_For": "6.6.6.6",
        "X_Real_IP": "6.6.6.6",
        "Forwarded": "for=6.6.6.6;host=evil.example;proto=http",
        "X_Forwarded_Host": "evil.example",
        "X_Forwarded_Proto": "http",
        "X_Original_URL": "/api/v1/audit",
        "X_Rewrite_URL": "/api/v1/audit",
    }
    made = site.call("/api/v1/export/", "exporter", method="POST", body=LOGS, **forged)
    (line,) = [
        line
        for line in site.audit(action="export_created", actor="exporter")
        if line["target_id"] == json.loads(made.body)["export_id"]
    ]
    assert line["address"] == "127.0.0.1"
    assert site.call("/health/live", **forged).body == b'{"status":"alive"}'


@pytest.mark.parametrize(
    "host",
    ["evil.example", "lumber.example.org.evil.example", "lumber.example.org@evil.example", "127.0.0.1.nip.io",
     "lumber.example.org, evil.example", "lumber.example.org:80", "0.0.0.0", "[::]", "", "a" * 5_000],
)  # fmt: skip
def test_a_rebound_name_reaches_neither_pages_nor_data(site: Attacked, host: str) -> None:
    for path in ("/", "/api/v1/export/", "/health/live", "/openapi.json", "/nothing"):
        answer = site.call(path, "admin", Host=host)
        assert (answer.status, answer.code) == (403, "host_refused"), path
        assert "location" not in answer.headers


# Requests that two readers understand differently.


def test_requests_with_two_meanings_are_refused_and_hide_no_second_one(site: Attacked) -> None:
    key, host = f"Authorization: Bearer {site.house.keys['admin']}", f"Host: {PUBLIC_HOST}"
    hidden = f"GET /api/v1/audit HTTP/1.1\r\n{host}\r\n{key}\r\n\r\n"
    post, get = "POST /api/v1/export/ HTTP/1.1", "GET /api/v1/export/ HTTP/1.1"
    coding = "Transfer-Encoding: chunked"
    requests = {
        "two lengths": (post, host, key, "Content-Length: 5", coding, "", f"0\r\n\r\n{hidden}"),
        "different lengths": (post, host, key, "Content-Length: 0", "Content-Length: 90", "", hidden),
        "unknown coding": (post, host, key, "Transfer-Encoding: xchunked", "", f"0\r\n\r\n{hidden}"),
        "two codings": (post, host, key, "Transfer-Encoding: identity", coding, "", "0\r\n\r\n"),
        "two hosts": (get, host, "Host: evil.example", key, "", ""),
        "no host": (get, key, "", ""),
        "a space in a name": (get, host, "Authorization : x", key, "", ""),
        "two keys": (get, host, key, "Authorization: Bearer x", "", ""),
        "two keys, the other way": (get, host, "Authorization: Bearer x", key, "", ""),
    }  # fmt: skip
    for name, lines in requests.items():
        answers = site.raw_bytes("\r\n".join(lines))
        statuses = re.findall(rb"^HTTP/1.1 (\d+)", answers, re.MULTILINE)
        assert statuses == [b"401" if "keys" in name else b"400"], (name, answers)


def test_large_heads_are_refused_and_the_service_goes_on(site: Attacked) -> None:
    for large in (f"X: {'a' * 300_000}\r\n", "".join(f"X-{n}: 1\r\n" for n in range(50_000))):
        text = f"GET / HTTP/1.1\r\nHost: {PUBLIC_HOST}\r\n{large}\r\n"
        with suppress(ConnectionError):  # it is refused while it is sent
            assert site.raw(text).status == 400
    assert site.call("/health/live").status == 200


# Ways around the guard of a route.


def test_no_spelling_of_a_path_goes_around_its_guard(site: Attacked) -> None:
    for path in (
        "//api/v1/export/", "/api//v1/export/", "/api/v1//export/", "/API/v1/export/", "/api/v1/Export/",
        "/api/v1/export", "/api/v1/export//", "/api/v1/./export/", "/api/v1/health/../export/",
        "/%61pi/v1/%65xport/", "/api%2fv1%2fexport%2f", "/api/v1/export;x=/", "/api/v1/export/.json",
        "/api/v1/health/live/../../export/", "/health/live/..;/api/v1/export/",
        "/api/v1/export/?x=/health/live",
        "/metrics", "/metrics/", "//metrics", "/Metrics", "/metrics%00", "/metrics;", "/%6detrics",
        "/api/v1/metrics/",
        "http://lumber.example.org/api/v1/export/", "http://evil.example/metrics",
    ):  # fmt: skip
        for method in ("GET", "HEAD"):
            answer = site.call(path, method=method)
            assert answer.status in (401, 404), (method, path)
            assert "location" not in answer.headers, path  # nothing repeats the name that was called
            assert MARK.encode() not in answer.body


def test_no_method_goes_around_the_guard_of_a_route(site: Attacked) -> None:
    path = export_path(site)
    for method in (
        "HEAD",
        "OPTIONS",
        "TRACE",
        "CONNECT",
        "PUT",
        "patch",
        "get",
        "delete",
        "PROPFIND",
        "PURGE",
        "X" * 300,
    ):
        assert site.call(path, method=method).status == 401, method
        answer = site.call(path, "exporter", method=method)
        assert answer.status == 405, method
        assert MARK.encode() not in answer.body
    assert site.call(path, method="PATCH", body={"name": "mine"}).status == 401
    assert site.call(path, "other", method="PATCH", body={"name": "mine"}).status == 404
    for name in ("X_HTTP_Method_Override", "X_HTTP_Method", "X_Method_Override"):
        site.call(f"{path}/status?_method=DELETE", "exporter", method="POST", **{name: "DELETE"})
        site.call(f"{path}/status?_method=DELETE", "exporter", **{name: "DELETE"})
    assert site.call(f"{path}/status", "exporter").status == 200  # it is still there


# Files that are nobody's business.


def test_no_path_leads_out_of_a_dataset_or_the_pages(site: Attacked) -> None:
    (site.home / "secret.txt").write_text("secret of the house")
    file_id = site.house.names["file_id"]
    for name in (
        "../../secret.txt", "..%2f..%2fsecret.txt", "%2e%2e/%2e%2e/secret.txt", "..%252f..%252fsecret.txt",
        "....//....//secret.txt", "..\\..\\secret.txt", "..%5c..%5csecret.txt", "%2fetc%2fpasswd",
        "/etc/passwd",
        "file:///etc/passwd", "%c0%ae%c0%ae/secret.txt", "secret.txt%00", f"{file_id}/..", f"{file_id}%00",
        f"{file_id}%2f..%2f..%2fsecret.txt", "manifest.json", "logs/train-00000-of-00001.json", "%", "*",
    ):  # fmt: skip
        places = [
            export_path(site, f"/files/{name}"),
            f"/api/v1/export/{name}/download",
            f"/{name}",
            f"/assets/{name}",
        ]
        for path in (*places, f"/api/v1/formats/{name}", f"/api/v1/ingest/sources/{name}/rejects"):
            answer = site.call(path, "admin")
            assert answer.status in (400, 404), path
            assert b"secret of" not in answer.body
            assert b"root:" not in answer.body
            assert str(site.home).encode() not in answer.body, path


def test_no_range_gives_more_than_the_file_and_each_is_recorded(site: Attacked) -> None:
    path = export_path(site, f"/files/{site.house.names['file_id']}")
    whole = site.call(path, "exporter").body
    before = len(site.audit(action="download", actor="exporter"))
    ranges = {
        "bytes=0-0": whole[:1], "bytes=-1": whole[-1:], "bytes=5-": whole[5:], "bytes=0-0,1-1": whole,
        "bytes=5-2": whole, "bytes=abc": whole, "bytes=-99999999999999999": whole, "items=0-1": whole,
        f"bytes=0-{'9' * 400}": whole, "bytes=0-," * 2_000: whole,
    }  # fmt: skip
    for wanted, content in ranges.items():
        answer = site.call(path, "exporter", Range=wanted)
        assert (answer.status in (200, 206), answer.body) == (True, content), wanted
    assert site.call(path, "exporter", Range="bytes=999-").status == 416
    assert site.call(path, "other", Range="bytes=0-0").status == 404
    until(lambda: len(site.audit(action="download", actor="exporter")) >= before + len(ranges), seconds=20)


# Keys where others can read them.


def test_keys_in_urls_and_headers_are_neither_taken_nor_logged(
    site: Attacked, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    key = site.house.keys["exporter"]
    secret = key.rpartition("_")[2]
    odd = key.replace("lmb", "%6c%6db")
    for path in (f"/?key={key}", f"/api/v1/export/?api_key={odd}", f"/api/v1/export/{key}/status", f"/{key}"):
        answer = site.call(path)
        assert (answer.status, answer.code) == (400, "bad_request"), path
        assert secret.encode() not in answer.body
    for name in (
        "X_Request_ID",
        "Referer",
        "User_Agent",
        "X_API_Key",
        "Last_Event_ID",
        "Idempotency_Key",
        "Cookie",
    ):
        answer = site.call("/api/v1/nothing", "viewer", **{name: key})
        assert secret not in str(answer)
        answer = site.call("/api/v1/export/", **{name: key})
        assert (answer.status, secret in str(answer)) == (401, False), name
    site.call(export_path(site), "exporter")
    site.call("/api/v1/export/", Authorization=f"Basic {key}")
    out, err = capfd.readouterr()
    assert secret not in out + err + caplog.text
    assert secret not in json.dumps(site.audit())


# What a body may say.


def test_no_body_may_name_what_it_does_not_have(site: Attacked) -> None:
    document = json.loads(site.call("/openapi.json").body)
    for path, item in document["paths"].items():
        for method, operation in item.items():
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            for name in re.findall(r"#/components/schemas/(\w+)", json.dumps(body)):
                schema = document["components"]["schemas"][name]
                if "enum" not in schema:
                    assert schema.get("additionalProperties") is False, (method, path, name)


def test_an_export_belongs_to_who_makes_it_whatever_the_call_says(site: Attacked) -> None:
    admin = site.house.users["admin"]
    for field in (
        "owner_id",
        "user_id",
        "role",
        "status",
        "export_id",
        "folder",
        "is_shared",
        "policy",
        "__proto__",
    ):
        answer = site.call("/api/v1/export/", "exporter", method="POST", body={**LOGS, field: admin})
        assert (answer.status, answer.code) == (422, "config_invalid"), field
    path = f"/api/v1/export/?owner_id={admin}&role=admin&user_id={admin}"
    made = json.loads(site.call(path, "exporter", method="POST", body=LOGS, X_User=admin).body)["export_id"]
    assert site.call(f"/api/v1/export/{made}", "exporter").status == 200
    assert site.call(f"/api/v1/export/{made}", "other").status == 404


def test_nobody_gives_themselves_a_role_or_a_right(site: Attacked) -> None:
    cookie = site.run(signed_in(site, "exporter"))
    me, admin = site.house.users["exporter"], site.house.users["admin"]
    headers = {"Cookie": cookie, "Origin": f"https://{PUBLIC_HOST}"}
    key = {"name": "mine", "scopes": ["exports:read"]}
    attempts: list[tuple[str, str, Any]] = [
        ("PATCH", f"/users/{me}", {"role": "admin"}),
        ("POST", "/users", {"name": "me-too", "role": "admin"}),
        ("POST", f"/users/{admin}/keys", key),
        ("PUT", f"/users/{admin}/password", {"password": "correct horse battery"}),
        ("POST", "/account/keys", {**key, "scopes": ["admin"]}),
        ("POST", "/account/keys", {**key, "user_id": admin}),
        ("POST", "/account/keys", {**key, "role": "admin"}),
        ("PUT", "/account/password", {"current_password": "x", "new_password": "y" * 20, "role": "admin"}),
        ("POST", "/session", {"name": "exporter", "password": "x", "role": "admin"}),
        ("POST", "/setup", {"name": "me-too", "password": "correct horse battery", "token": "x"}),
    ]
    for method, path, body in attempts:
        answer = site.call(f"/api/v1{path}", method=method, body=body, **headers)
        assert answer.status in (403, 409, 422), (method, path, answer.body)
    document = json.loads(site.call("/api/v1/session", Cookie=cookie).body)
    assert document["account"]["role"] == "exporter"
    assert "admin" not in document["account"]["scopes"]


def test_what_somebody_else_has_is_answered_as_what_is_not_there(site: Attacked) -> None:
    there, nowhere = site.house.export_id, str(uuid4())
    for method, rest in (
        ("GET", ""), ("GET", "/status"), ("GET", "/files"), ("GET", f"/files/{site.house.names['file_id']}"),
        ("GET", "/download"), ("GET", "/manifest"), ("GET", "/quality"), ("GET", "/rejects"),
        ("GET", "/events"), ("GET", "/shares"), ("POST", "/cancel"), ("POST", "/retry"),
        ("DELETE", ""), ("HEAD", "/download"),
    ):  # fmt: skip
        bodies = []
        for export_id in (there, nowhere):
            answer = site.call(
                f"/api/v1/export/{export_id}{rest}", "other", method=method, X_Request_ID="same"
            )
            assert answer.status == 404, (method, rest)
            bodies.append(answer.body.replace(export_id.encode(), b""))
        assert bodies[0] == bodies[1], (method, rest)


def test_the_idempotency_key_of_somebody_else_tells_nothing(site: Attacked) -> None:
    def create(who: str, **config: Any) -> Answer:
        body = {**LOGS, **config}
        return site.call("/api/v1/export/", who, method="POST", body=body, Idempotency_Key="nightly")

    mine = create("exporter", processes=[MARK])
    theirs = create("other")
    assert (mine.status, theirs.status) == (200, 200)
    assert json.loads(mine.body)["export_id"] != json.loads(theirs.body)["export_id"]
    assert MARK.encode() not in theirs.body


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


def test_a_stream_ends_when_its_browser_signs_out(site: Attacked, leaver: Leaver) -> None:
    cookie, path = site.run(signed_in(site, leaver.name)), f"/api/v1/export/{leaver.export_id}/events"
    with site.opened(path, Cookie=cookie) as stream:
        assert (stream.status, stream.readline()[:3]) == (200, b"id:")
        origin = f"https://{PUBLIC_HOST}"
        assert site.call("/api/v1/session", method="DELETE", Cookie=cookie, Origin=origin).status == 204
        stream.read()  # to its end
    assert site.call(path, Cookie=cookie).status == 401


def test_a_stream_ends_when_a_share_is_taken_back(site: Attacked, leaver: Leaver) -> None:
    path = f"/api/v1/export/{site.house.running_id}"

    def share(users: list[str]) -> None:
        shared = site.call(f"{path}/shares", "exporter", method="PUT", body={"users": users, "roles": []})
        assert shared.status == 200, shared.body

    share([leaver.name])
    with site.opened(f"{path}/events", leaver.name) as stream:
        assert stream.readline().startswith(b"id:")
        share([])
        stream.read()  # to its end
    assert site.call(f"{path}/events", leaver.name).status == 404


def test_a_download_breaks_off_when_its_key_is_revoked(
    site: Attacked, leaver: Leaver, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
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
    # It was meant, so the server's word about it is no error.
    until(lambda: "without completing response" in caplog.text)
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []


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


# Clients that keep what they don't use.


@pytest.mark.parametrize("sent", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: lumber.example.org\r\nX: "])
def test_a_connection_that_sends_no_request_is_closed(
    site: Attacked, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(HttpProtocol, "head_seconds", 0.05)
    with socket.create_connection(("127.0.0.1", site.port), LONG_SECONDS) as client:
        client.sendall(sent)
        with suppress(ConnectionResetError):
            assert client.recv(100) == b""


def test_a_second_request_may_not_be_slow_either_and_a_stream_may(
    site: Attacked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HttpProtocol, "head_seconds", 0.05)
    monkeypatch.setattr("lumber.api.events._HEARTBEAT_SECONDS", 0.02)
    head = f"GET /health/live HTTP/1.1\r\nHost: {PUBLIC_HOST}\r\n".encode()
    with socket.create_connection(("127.0.0.1", site.port), LONG_SECONDS) as client:
        client.sendall(head + b"\r\n")
        answer = http.client.HTTPResponse(client)
        answer.begin()
        assert answer.read() == b'{"status":"alive"}'
        client.sendall(head)
        with suppress(ConnectionResetError):
            assert client.recv(100) == b""
    with site.opened(f"/api/v1/export/{site.house.running_id}/events", "admin") as stream:
        found = [stream.readline() for _ in range(30)]
    assert sum(line.startswith(b": ping") for line in found) > 5


async def test_a_body_may_not_take_forever() -> None:
    async def receive() -> Any:
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b" ", "more_body": True}

    async def read_all(scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass

    limited = BodyLimit(read_all, unlimited=re.compile("/free"), seconds=0.05)
    scope = {"type": "http", "method": "POST", "path": "/api/v1/session", "headers": []}
    with pytest.raises(HTTPException, match=r"didn't arrive within 0.05 s") as refused:
        await limited(scope, receive, receive)
    assert refused.value.status_code == 408
