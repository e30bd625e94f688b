"""Browsers that are signed in, for tests of calls that need a session."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2

from lumber.api.service import Service
from lumber.settings import Settings
from tests.integration.accounts import CHEAP, PASSWORD, add_user, stored
from tests.integration.api.serving import started

OURS = {"Origin": "http://127.0.0.1"}


@dataclass(frozen=True)
class Office:
    """A service with the accounts `ada` (admin), `bob` (viewer) and `nightly` (a service account)."""

    client: httpx2.AsyncClient
    service: Service
    hashed: str
    ids: dict[str, str]

    async def sign_in(self, name: str = "ada", password: str = PASSWORD, **headers: str) -> httpx2.Response:
        body = {"name": name, "password": password}
        return await self.client.post("/session", json=body, headers={**OURS, **headers})

    async def call(self, method: str, path: str, body: Any = None, **values: Any) -> httpx2.Response:
        """Make a call as the page of whoever is signed in last."""
        content = {} if body is None else {"json": body}
        return await self.client.request(method, path, headers=OURS, **content, **values)

    async def actions(self, *, about: str = "%") -> list[tuple]:
        """Return the action, the actor and the target of the lines of the audit trail."""
        question = "SELECT action, actor_name, target_id FROM audit_lines WHERE target_id LIKE "
        return await stored(self.service.database, f"{question}'{about}' ORDER BY seq")


@asynccontextmanager
async def office(settings: Settings) -> AsyncIterator[Office]:
    """Yield a running service with accounts."""
    async with started(settings.model_copy(update=CHEAP)) as (client, service):
        service.admission.passwords._memory_kib = 32  # less than settings allow
        hashed = await service.admission.passwords.hashed(PASSWORD)
        made = [
            await add_user(service.database, "ada", password_hash=hashed),
            await add_user(service.database, "bob", "viewer", password_hash=hashed),
            await add_user(service.database, "nightly", "exporter", is_service=True),
        ]
        yield Office(client, service, hashed, {each.name: each.user_id for each in made})
