"""A service with accounts: everybody has a key, and one account has an export, an upload and a load."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import sqlalchemy as sa

from lumber.api.service import Service
from lumber.audit.actor import Actor, ActorKind
from lumber.destinations.address import parse_address
from lumber.destinations.credentials import Credentials
from lumber.destinations.options import DestinationOptions
from lumber.destinations.promises import Promises, Status
from lumber.destinations.registry import Probe, add_destination
from lumber.exports.presets.preset import parse_preset
from lumber.exports.presets.stored import create_preset
from lumber.identity.api_keys import NewKey, create_key, revoke_key
from lumber.identity.policies.document import PolicyDocument
from lumber.identity.policies.stored import create_policy
from lumber.identity.rights import ROLE_SCOPES, Principal, Role, Scope
from lumber.identity.users import create_account, set_disabled
from lumber.ingest.uploads.request import UploadRequest
from lumber.notices.document import NoticeDocument
from lumber.notices.stored import create_notice
from lumber.schedules.definition import parse_definition
from lumber.schedules.stored import create_schedule
from lumber.settings import Settings
from lumber.sources.password import Password
from lumber.sources.registry import add_source
from lumber.store.database import Database
from lumber.store.models import ApiKey, IngestSource
from lumber.store.models.base import utc_now
from lumber.store.url import DatabaseUrl
from tests.integration.api.serving import completed_export, running_export, started

# It is in the config, the files and the folder of the exporter's export, and in the name of the upload.
MARK = "onlyforexporters"
REJECT = {"kind": "logs", "id": 1, "rule": "required", "column": "message", "value": None, "reason": MARK}
ACCOUNTS = {
    "admin": Role.ADMIN,
    "viewer": Role.VIEWER,
    "exporter": Role.EXPORTER,
    "other": Role.EXPORTER,
    "auditor": Role.AUDITOR,
}
# It restricts nothing that the tests do.
POLICY = {"name": "viewers", "applies_to": {"roles": ["viewer"]}, "max_rows": 5}
# Without a server for mail, it is never sent.
SCHEDULE = {"name": "hourly", "config": {"data_types": ["logs"]}, "overlap": "queue"}
NOTICE = {"name": "team", "channel": "email", "to": [f"{MARK}@example.org"]}
# Nobody answers there: each sign-in ends at the page of the sign-in.
PROVIDER = """
[[providers]]
id = "corp"
name = "Example Corp"
issuer = "http://127.0.0.1:1"
client_id = "lumber"
public_client = true
"""
FORMAT = {"pattern": "%{TIMESTAMP_ISO8601:timestamp} %{GREEDYDATA:message}"}


@dataclass(frozen=True)
class House:
    """The service, a client without a key, and the key of everybody by the columns of access.md."""

    client: httpx2.AsyncClient
    service: Service
    keys: Mapping[str, str]
    users: Mapping[str, str]
    names: dict[str, str]
    running_id: str

    @property
    def export_id(self) -> str:
        """The completed export of the exporter."""
        return self.names["export_id"]

    async def call(self, who: str, method: str, path: str, **request: Any) -> httpx2.Response:
        """Make a call as somebody."""
        headers = dict(request.pop("headers", {}))
        if who != "nobody":
            headers["Authorization"] = f"Bearer {self.keys[who]}"
        return await self.client.request(method, path, headers=headers, **request)

    async def lines(self, **filters: Any) -> list[dict[str, Any]]:
        """Return lines of the audit trail, oldest first."""
        answer = await self.call("auditor", "GET", "/audit", params={"limit": 1000, **filters})
        return list(reversed(answer.json()["lines"]))


@asynccontextmanager
async def inhabited(settings: Settings, folder: Path) -> AsyncIterator[House]:
    """Yield a running service with accounts."""
    (folder / "oidc.toml").write_text(PROVIDER)
    settings = settings.model_copy(update={"oidc_file": folder / "oidc.toml"})
    async with started(settings) as (client, service):
        users, keys = await _everybody(service.database)
        by = Actor(ActorKind.USER, "exporter", users["exporter"])
        ledger = service.ledger
        files = {
            "logs/train-00000-of-00001.json": f'[\n{{"message":"{MARK}"}}\n]'.encode(),
            "quality_report.json": f'{{"name": "{MARK}"}}'.encode(),
            "rejects/logs.jsonl": f"{json.dumps(REJECT)}\n".encode(),
        }
        export_id = await completed_export(ledger, folder / MARK, files, by=by, processes=[MARK])
        running = await running_export(ledger, by=by, processes=[MARK])
        upload = service.uploads.create(UploadRequest("logs", f"{MARK}.log"), owner_id=users["exporter"])
        upload.expire()
        await _add_load(service.database)
        names = {
            "export_id": export_id,
            "other_id": export_id,
            "file_id": (await ledger.files(export_id))[0].id,
            "upload_id": upload.upload_id,
            "source_id": "a-load",
            "kind": "logs",
            "name": "mine",
            "number": "1",
            "provider": "corp",
            "tag": "production",
            "format": "delta",
            "backfill_id": "gone",
            "user_id": users["viewer"],
            "key_id": "gone",
            "session_id": "gone",
        }
        async with service.database.session() as session:
            policy = await create_policy(session, PolicyDocument(**POLICY))
            exporter = Principal.of_user(users["exporter"], "exporter", Role.EXPORTER)
            await add_destination(
                session,
                "mine",
                parse_address(f"{folder}/lake"),
                DestinationOptions(),
                Credentials(),
                Probe(Status.OK, Promises(), "", utc_now()),
            )
            nowhere = DatabaseUrl.parse(f"sqlite:///{folder}/theirs.db")
            await add_source(session, "mine", nowhere, Password())
            made = await create_notice(session, NoticeDocument(**NOTICE), exporter)
            hourly = parse_definition({**SCHEDULE, "cron": "@yearly"})
            schedule = await create_schedule(session, hourly, owner_id=users["exporter"])
            stated = parse_preset({"name": "hourly logs", "config": SCHEDULE["config"]})
            preset = await create_preset(session, stated, owner_id=users["exporter"])
        names["preset_id"] = preset.id
        names["schedule_id"] = schedule.id
        names["policy_id"] = policy.policy_id
        names["notice_id"] = made.notice.notice_id
        house = House(client, service, keys, users, names, running.export_id)
        saved = await house.call("admin", "PUT", "/formats/mine", json=FORMAT)
        assert saved.status_code == 200, saved.text
        yield house


async def _everybody(database: Database) -> tuple[dict[str, str], dict[str, str]]:
    """Create accounts and keys, in one transaction. Return the ids of the accounts, and the keys."""
    roles = {**ACCOUNTS, "left": Role.EXPORTER}
    of_exporter = _scopes(Role.EXPORTER)
    async with database.session() as session:
        users = {name: await create_account(session, name, role.value) for name, role in roles.items()}

        async def key(owner: str, scopes: list[str], **values: Any) -> NewKey:
            return await create_key(session, users[owner], "key", scopes, **values)

        made = {name: await key(name, _scopes(role)) for name, role in ACCOUNTS.items()}
        for scope in Scope:
            name = "only admin" if scope is Scope.ADMIN else scope.value
            made[name] = await key("admin", [scope.value])
        made["only ips"] = await key("exporter", of_exporter, kinds=["ips"])
        made["expired"] = await key("exporter", of_exporter, expires_at=utc_now() + timedelta(days=1))
        made["revoked"] = await key("exporter", of_exporter)
        made["disabled"] = await key("left", of_exporter)
        expired = sa.update(ApiKey).where(ApiKey.id == made["expired"].key.key_id)
        await session.execute(expired.values(expires_at=utc_now() - timedelta(seconds=1)))
        await revoke_key(session, made["revoked"].key.key_id)
        await set_disabled(session, "left", True)
    ids = {name: account.user_id for name, account in users.items()}
    return ids, {name: new.text.text for name, new in made.items()}


async def _add_load(database: Database) -> None:
    """Add a load of log lines. It can't be deleted while the exporter's export is running."""
    row = IngestSource(source_id="a-load", kind="logs", name="a.log", fingerprint="x", content_sha256="x")
    async with database.session() as session:
        session.add(row)


def _scopes(role: Role) -> list[str]:
    return sorted(scope.value for scope in ROLE_SCOPES[role])
