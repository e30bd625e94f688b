"""Who may make which call: access.md says it for every call and everybody. Nobody reads what others have."""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter
from structlog.testing import capture_logs

from lumber.api import create_app
from lumber.api.access.guarded_route import GuardedRoute, guarded
from lumber.api.access.needs import Needs, Public
from lumber.api.access.recent_refusals import RecentRefusals
from lumber.exports import ExportConfig
from lumber.identity.rights import Scope
from lumber.identity.users import set_disabled, set_role
from lumber.settings import Settings
from tests.integration.accounts import CHEAP, add_key, add_user
from tests.integration.api.everybody import FORMAT, MARK, POLICY, House, inhabited
from tests.integration.api.serving import started

BUDGET_REASON = "Every call of the OpenAPI document is made as each of sixteen principals."

TABLE = Path(__file__).with_name("access.md")
LOGS = {"data_types": ["logs"]}
BODIES: dict[str, Any] = {
    "put_tag": {"version": "v1"},
    "put_keep": {},
    "put_tables": {"to": "lake"},
    "post_backfill": {"start": "2026-01-01", "window": "1month"},
    "clean_up_exports": {"is_dry_run": True},
    "create_export": LOGS,
    "preview_export": LOGS,
    "create_upload": {"kind": "logs", "name": "a.log"},
    "preview_file": {"kind": "ips"},
    "save_format": FORMAT,
    "try_format": {**FORMAT, "text": "2026-01-01T00:00:00Z hello"},
    "change_own_password": {"current_password": "wrong", "new_password": "a long password"},
    "create_own_key": {"name": "mine", "scopes": ["exports:read"]},
    "post_user": {"name": "local", "role": "viewer"},
    "patch_user": {},
    "put_password": {"password": "short"},
    "post_user_key": {"name": "mine", "scopes": ["exports:read"], "kinds": ["none such"]},
    "sign_in": {"name": "nobody"},  # a wrong password would slow down the next one
    "set_up": {"name": "first", "password": "a long password", "token": "wrong"},
    "post_policy": {"name": "mine", "applies_to": {}},
    "put_policy": POLICY,
    "post_destination": {"name": "new", "url": "/nowhere"},
    "post_source": {"name": "new", "url": "sqlite:///nowhere", "password": "x"},
    "post_check": {"text": "kind = 1"},
    "put_mapping": {"text": "kind = 1"},
    "post_notice": {"name": "team", "channel": "email", "to": []},
    "patch_notice": {},
    "post_schedule": {"name": "hourly", "config": LOGS, "cron": "wrong"},
    "preview_timetable": {"every_seconds": 3600},
    "patch_schedule": {},
    "post_preset": {"name": " ", "config": LOGS},
    "patch_preset": {},
    "put_shares": {"users": ["exporter"]},
    "name_export": {"name": "mine"},
    "change_many": {"action": "tag", "tags": ["mine"], "matching": {}, "is_dry_run": True},
}
LOGIN = ("/login/{provider}", "/login/{provider}/callback")
# Who may see the exporter's export, or the audit trail, which tells of all.
SEE_IT = frozenset({"exporter", "admin", "only admin", "auditor", *(scope.value for scope in Scope)})


@pytest.fixture
async def house(settings: Settings, tmp_path: Path) -> AsyncIterator[House]:
    async with inhabited(settings.model_copy(update={"max_uploads": 64, **CHEAP}), tmp_path) as house:
        yield house


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return create_app(Settings(data_dir=Path("nowhere"))).openapi()


def table() -> dict[str, dict[str, str]]:
    """Return access.md: the cells of each call by their column."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in TABLE.read_text().splitlines()
        if line.startswith("|")
    ]
    (_, *names), _, *calls = rows
    return {call: dict(zip(names, cells, strict=True)) for call, *cells in calls}


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield method, path and description of every call."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield method.upper(), path.removeprefix("/api/v1"), operation


def needs(operation: dict[str, Any]) -> str:
    """Return the scope of a call as the document says it."""
    if "security" not in operation:
        return "public"
    if len(operation["security"]) == 2:
        assert operation["security"] == [{"sessionCookie": []}, {}]
        return "a session"
    key, cookie, without_accounts = operation["security"]
    assert without_accounts == {}
    assert cookie == {"sessionCookie": key["apiKey"]}
    ((scope,),) = key.values()
    return scope


async def test_every_call_answers_everybody_as_the_table_says(house: House, document: dict[str, Any]) -> None:
    expected, wrong, leaks = table(), [], []
    # Nobody can delete an unfinished export, and what isn't there.
    others = {
        "delete_export": {"export_id": house.running_id},
        "delete_format": {"name": "gone"},
        "remove_policy": {"policy_id": "gone"},
        "delete_destination": {"name": "gone"},
        "delete_source": {"name": "gone"},
        "remove_notice": {"notice_id": "gone"},
        "remove_schedule": {"schedule_id": "gone"},
        "remove_preset": {"preset_id": "gone"},
        "remove_user": {"user_id": "gone"},
    }
    for method, path, operation in operations(document):
        call, operation_id = f"{method} {path}", operation["operationId"]
        names = house.names | others.get(operation_id, {})
        body = {"json": BODIES[operation_id]} if operation_id in BODIES else {}
        cells = expected.pop(call, {"needs": "?"})
        if cells.pop("needs") != needs(operation):
            wrong.append(f"{call}: needs {needs(operation)}")
        for who, status in cells.items():
            if operation_id == "sign_in":  # failures of one name slow it down
                name = re.sub(r"\W", "-", who)
                body = {"json": {**BODIES[operation_id], "name": name}}
            answer = await house.call(who, method, path.format(**names), **body)
            if str(answer.status_code) != status:
                wrong.append(f"{call} as {who}: {answer.status_code}, not {status}: {answer.text[:200]}")
            hidden = [MARK] if "{export_id}" in path else [MARK, house.export_id, house.running_id]
            if who not in SEE_IT:
                leaks += [f"{call} tells {who} {text}" for text in hidden if text in answer.text]
    assert not wrong, "\n".join(wrong)
    assert not leaks, "\n".join(leaks)
    assert not expected, f"the document has no such calls: {sorted(expected)}"


def test_every_call_of_the_document_says_what_it_needs(document: dict[str, Any]) -> None:
    public = {path for _, path, operation in operations(document) if "security" not in operation}
    assert public == {"/health/live", "/health/ready", "/session", "/setup", *LOGIN}
    for _, path, operation in operations(document):
        if path not in public:
            assert "`authentication_failed`" in operation["responses"]["401"]["description"], path
            assert "`not_permitted`" in operation["responses"]["403"]["description"], path
    assert document["components"]["securitySchemes"]["apiKey"]["scheme"] == "bearer"


def test_a_route_without_a_declaration_is_not_built() -> None:
    router = APIRouter(route_class=GuardedRoute)
    with pytest.raises(RuntimeError, match="/secrets must declare what it needs"):
        router.get("/secrets")(lambda: None)
    with pytest.raises(RuntimeError, match="/secrets must declare what it needs"):
        router.get("/secrets", dependencies=[Public(), Needs(Scope.ADMIN)])(lambda: None)
    with pytest.raises(RuntimeError, match="who may use what 'secret_id' names"):
        router.get("/secrets/{secret_id}", dependencies=[Needs(Scope.ADMIN)])(lambda: None)
    open_router = APIRouter()
    open_router.get("/secrets")(lambda: None)
    with pytest.raises(RuntimeError, match="must be a GuardedRoute"):
        guarded(open_router)


async def test_lists_counts_and_totals_have_only_what_is_one_s_own(house: House) -> None:
    for who, exports in (("exporter", 2), ("admin", 2), ("other", 0), ("viewer", 0), ("only ips", 0)):
        for query in ({}, {"text": MARK}, {"kind": "logs"}, {"status": ["completed", "running"]}):
            found = await house.call(who, "GET", "/export/", params=query)
            assert (len(found.json()), found.headers["X-Total-Count"]) == (exports, str(exports)), (
                who,
                query,
            )
        stats = (await house.call(who, "GET", "/export/stats")).json()
        assert sum(stats["by_status"].values()) == exports, who
        assert stats["totals"]["exports"] == exports // 2, who
        assert stats["last_day"]["totals"]["rows"] == (98 if exports else 0), who
        assert bool(stats["kinds"]) is bool(exports), who


async def test_exports_of_the_machine_itself_are_for_admins(house: House) -> None:
    local = await house.service.ledger.create(ExportConfig(data_types=["logs"]))
    path = f"/export/{local.export_id}"
    assert (await house.call("admin", "GET", path)).status_code == 200
    assert (await house.call("exporter", "GET", path)).status_code == 404


async def test_a_retry_and_a_copy_have_the_right_owner(house: House) -> None:
    made = (await house.call("exporter", "POST", "/export/", json=LOGS)).json()
    path = f"/export/{made['export_id']}"
    for step in ("cancel", "retry"):
        assert (await house.call("admin", "POST", f"{path}/{step}")).status_code == 200
    assert (await house.call("exporter", "GET", path)).json()["status"] == "pending"
    copy = (await house.call("other", "POST", "/export/", json=made["export_config"])).json()
    assert (await house.call("exporter", "GET", f"/export/{copy['export_id']}")).status_code == 404
    assert (await house.call("other", "GET", f"/export/{copy['export_id']}")).status_code == 200


async def test_each_account_has_its_own_idempotency_keys(house: House) -> None:
    async def create(who: str, config: dict[str, Any]) -> Any:
        headers = {"Idempotency-Key": "nightly"}
        return await house.call(who, "POST", "/export/", json=config, headers=headers)

    first = (await create("exporter", LOGS)).json()["export_id"]
    assert (await create("exporter", LOGS)).json()["export_id"] == first
    other = (await create("other", {"data_types": ["ips"]})).json()["export_id"]
    assert other != first
    conflict = await create("other", LOGS)
    assert conflict.status_code == 409
    assert "'nightly' belongs to export " + other in conflict.json()["detail"]
    assert first not in conflict.text


async def test_a_key_for_some_data_types_uses_no_other(house: House) -> None:
    scopes = ["exports:read", "exports:write"]
    key = await add_key(house.service.database, "admin", scopes, kinds=["logs", "ips"])
    limited = replace(house, keys={**house.keys, "logs and ips": key.text.text})

    async def create(config: dict[str, Any], who: str = "logs and ips") -> Any:
        return await limited.call(who, "POST", "/export/", json=config)

    for config in ({"data_types": ["logs", "anomalies"]}, {"data_types": ["logs"], "labels": True}):
        for path in ("/export/", "/export/preview"):
            refused = await limited.call("logs and ips", "POST", path, json=config)
            assert (refused.status_code, refused.json()["code"]) == (403, "not_permitted")
            assert "may not use the data type 'anomalies'. It may use: ips, logs." in refused.json()["detail"]
    assert [line["details"]["route"] for line in await house.lines(action="access_refused")] == [
        "/export/",
        "/export/preview",
    ]
    labelled = (await create({"data_types": ["logs"], "labels": True}, "admin")).json()["export_id"]
    both = (await create({"data_types": ["logs", "ips"]}, "admin")).json()["export_id"]
    listed = {item["export_id"] for item in (await limited.call("logs and ips", "GET", "/export/")).json()}
    assert listed == {both, house.export_id, house.running_id}
    assert (await limited.call("logs and ips", "GET", f"/export/{labelled}")).status_code == 404
    ips = await house.call("only ips", "GET", "/datasets")
    assert [item["kind"] for item in ips.json()] == ["ips"]
    assert (await house.call("only ips", "GET", "/loads")).json()["total"] == 0
    assert (await house.call("only ips", "GET", "/ingest/sources")).json()["total"] == 0


async def test_rights_are_those_of_the_moment_of_the_call(house: House) -> None:
    path = f"/export/{house.export_id}"
    assert (await house.call("exporter", "POST", f"{path}/cancel")).status_code == 409
    async with house.service.database.session() as session:
        await set_role(session, "exporter", "viewer")
    assert (await house.call("exporter", "POST", f"{path}/cancel")).status_code == 403
    assert (await house.call("exporter", "GET", path)).status_code == 200
    async with house.service.database.session() as session:
        await set_disabled(session, "exporter", True)
    refused = await house.call("exporter", "GET", path)
    assert (refused.status_code, refused.json()["detail"]) == (401, "The account of the API key is disabled.")


async def test_accounts_count_from_the_first_one(settings: Settings) -> None:
    async with started(settings) as (client, service):
        assert (await client.get("/export/")).status_code == 200
        # Without accounts, a header that isn't needed changes nothing.
        stray = await client.get("/export/", headers={"Authorization": "Bearer lmb_nonsense"})
        assert stray.status_code == 200
        await add_user(service.database, "ada")
        refused = await client.get("/export/")
        assert (refused.status_code, refused.json()["code"]) == (401, "authentication_failed")
        assert refused.headers["WWW-Authenticate"] == 'Bearer realm="Lumber"'
        assert refused.headers["Content-Type"] == "application/problem+json"
        for header in ("Bearer lmb_nonsense", "Basic YTpi", "Bearer", "bearer  "):
            again = await client.get("/export/", headers={"Authorization": header})
            assert again.status_code == 401, header
        key = await add_key(service.database, "ada", ["exports:read"])
        allowed = await client.get("/export/", headers={"Authorization": f"bearer {key.text.text}"})
        assert allowed.status_code == 200
        assert (await client.get("http://127.0.0.1/openapi.json")).status_code == 200
        for path in ("/metrics", "/api/v1/metrics"):
            assert (await client.get(f"http://127.0.0.1{path}")).status_code == 401
        assert (await client.get("http://127.0.0.1/health/live")).status_code == 200


async def test_nothing_is_read_before_the_call_is_admitted(house: House) -> None:
    async def receive() -> Any:
        raise AssertionError("the body was read")

    async def status(method: str, path: str, given: list[tuple[bytes, bytes]]) -> int:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": method,
            "path": f"/api/v1{path}".format(**house.names),
            "raw_path": b"",
            "query_string": b"",
            "headers": [(b"host", b"127.0.0.1"), (b"transfer-encoding", b"chunked"), *given],
            "scheme": "http",
            "server": ("127.0.0.1", 80),
            "client": ("127.0.0.1", 1),
        }
        app: Any = house.client._transport.app  # type: ignore[attr-defined]
        await app(scope, receive, send)
        # A client that is still sending is stopped.
        assert (b"connection", b"close") in sent[0]["headers"]
        return int(sent[0]["status"])

    auditor = [(b"authorization", f"Bearer {house.keys['auditor']}".encode())]
    for method, path in (
        ("POST", "/export/"),
        ("POST", "/export/preview"),
        ("PUT", "/ingest/uploads/{upload_id}/content"),
        ("GET", "/export/{export_id}/download"),
        ("GET", "/export/{export_id}/events"),
    ):
        assert await status(method, path, []) == 401
        assert await status(method, path, auditor) == 403


async def test_the_key_is_the_actor_of_the_lines_of_a_call(house: House) -> None:
    made = (await house.call("exporter", "POST", "/export/", json=LOGS)).json()
    await house.call("exporter", "GET", f"/export/{house.export_id}/manifest")
    key_id = house.keys["exporter"].split("_")[1]
    lines = [line for line in await house.lines(actor="exporter") if line["address"] is not None]
    assert [line["action"] for line in lines] == ["export_created", "download_started", "download"]
    assert {(line["actor_kind"], line["actor_id"], line["key_id"]) for line in lines} == {
        ("key", house.users["exporter"], key_id)
    }
    assert lines[0]["target_id"] == made["export_id"]


async def test_refused_calls_of_known_keys_are_recorded_once_a_minute(house: House) -> None:
    for _ in range(3):
        await house.call("viewer", "POST", "/export/", json=LOGS)
        await house.call("revoked", "GET", "/export/")
        await house.call("nobody", "GET", "/export/")
        await house.client.get("/export/", headers={"Authorization": "Bearer lmb_nonsense"})
    lines = await house.lines(action="access_refused")
    assert [(line["actor_name"], line["result"], line["reason"]) for line in lines] == [
        ("viewer", "refused", "not_permitted"),
        (house.keys["revoked"].split("_")[1], "refused", "revoked_key"),
    ]
    assert lines[0]["details"] == {"method": "POST", "route": "/export/", "scope": "exports:write"}


def test_so_many_refusals_are_remembered_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lumber.api.access.recent_refusals._MOST", 2)
    recent = RecentRefusals()
    assert [recent.is_new(name) for name in ("a", "a", "b", "c", "a")] == [True, False, True, False, False]


async def test_a_key_in_a_url_is_refused_and_not_logged(house: House) -> None:
    key = house.keys["exporter"]
    secret = key.split("_")[2][:12]
    for place in ("/export/?key={}", "/export/{}", "/datasets?search={}"):
        for written in (key, key.replace("_", "%5F"), key[:-8]):
            with capture_logs() as logged:
                answer = await house.call("admin", "GET", place.format(written))
            assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
            assert "Revoke this one" in answer.json()["detail"]
            assert secret not in answer.text + str(answer.headers) + str(logged)
