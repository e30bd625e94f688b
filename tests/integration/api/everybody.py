"""A service with accounts: everybody has a key, and one account has an export, an upload and a load."""

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
from lumber.identity.api_keys import NewKey, revoke_key
from lumber.identity.rights import ROLE_SCOPES, Role, Scope
from lumber.identity.users import set_disabled
from lumber.ingest.uploads.request import UploadRequest
from lumber.settings import Settings
from lumber.store.database import Database
from lumber.store.models import ApiKey, IngestSource
from lumber.store.models.base import utc_now
from tests.integration.accounts import add_key, add_user
from tests.integration.api.serving import completed_export, running_export, started

# It is in the config, the files and the folder of the exporter's export, and in the name of the upload.
MARK = "onlyforexporters"
ACCOUNTS = {
    "admin": Role.ADMIN,
    "viewer": Role.VIEWER,
    "exporter": Role.EXPORTER,
    "other": Role.EXPORTER,
    "auditor": Role.AUDITOR,
}
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
    async with started(settings) as (client, service):
        users, keys = await _everybody(service.database)
        by = Actor(ActorKind.USER, "exporter", users["exporter"])
        ledger = service.ledger
        files = {
            "logs/train-00000-of-00001.json": f'["{MARK}"]'.encode(),
            "quality_report.json": f'{{"name": "{MARK}"}}'.encode(),
            "rejects/logs.jsonl": f'{{"reason": "{MARK}"}}\n'.encode(),
        }
        export_id = await completed_export(ledger, folder / MARK, files, by=by, processes=[MARK])
        running = await running_export(ledger, by=by, processes=[MARK])
        upload = service.uploads.create(UploadRequest("logs", f"{MARK}.log"), owner_id=users["exporter"])
        upload.expire()
        await _add_load(service.database)
        names = {
            "export_id": export_id,
            "file_id": (await ledger.files(export_id))[0].id,
            "upload_id": upload.upload_id,
            "source_id": "a-load",
            "kind": "logs",
            "name": "mine",
        }
        house = House(client, service, keys, users, names, running.export_id)
        saved = await house.call("admin", "PUT", "/formats/mine", json=FORMAT)
        assert saved.status_code == 200, saved.text
        yield house


async def _everybody(database: Database) -> tuple[dict[str, str], dict[str, str]]:
    """Create accounts and keys. Return the ids of the accounts, and the keys."""
    users = {name: (await add_user(database, name, role.value)).user_id for name, role in ACCOUNTS.items()}
    await add_user(database, "left", "exporter")
    made = {name: await add_key(database, name, _scopes(role)) for name, role in ACCOUNTS.items()}
    for scope in Scope:
        name = "only admin" if scope is Scope.ADMIN else scope.value
        made[name] = await add_key(database, "admin", [scope.value])
    of_exporter = _scopes(Role.EXPORTER)
    made["only ips"] = await add_key(database, "exporter", of_exporter, kinds=["ips"])
    later = utc_now() + timedelta(days=1)
    made["expired"] = await add_key(database, "exporter", of_exporter, expires_at=later)
    made["revoked"] = await add_key(database, "exporter", of_exporter)
    made["disabled"] = await add_key(database, "left", of_exporter)
    await _end(database, made)
    return users, {name: key.text.text for name, key in made.items()}


async def _end(database: Database, made: Mapping[str, NewKey]) -> None:
    """Let some keys stop working."""
    async with database.session() as session:
        expired = sa.update(ApiKey).where(ApiKey.id == made["expired"].key.key_id)
        await session.execute(expired.values(expires_at=utc_now() - timedelta(seconds=1)))
        await revoke_key(session, made["revoked"].key.key_id)
        await set_disabled(session, "left", True)


async def _add_load(database: Database) -> None:
    """Add a load of log lines. It can't be deleted while the exporter's export is running."""
    row = IngestSource(source_id="a-load", kind="logs", name="a.log", fingerprint="x", content_sha256="x")
    async with database.session() as session:
        session.add(row)


def _scopes(role: Role) -> list[str]:
    return sorted(scope.value for scope in ROLE_SCOPES[role])
