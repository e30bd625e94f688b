"""Who gets to the tools for agents at `/mcp`, and what those are told who don't."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from lumber.api.service import Service
from lumber.mcp import needed
from lumber.settings import Settings
from tests.integration.accounts import CHEAP, PASSWORD, add_key, add_user
from tests.integration.api.serving import CONFIG, started

MCP = "http://127.0.0.1/mcp"
ACCEPTED = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-11-25"}


@pytest.fixture
async def house(settings: Settings) -> AsyncIterator[tuple[httpx2.AsyncClient, Service]]:
    async with started(settings.model_copy(update=CHEAP)) as house:
        yield house


async def test_a_browser_that_is_signed_in_is_no_agent(house: tuple[httpx2.AsyncClient, Service]) -> None:
    """A page that runs in it could else use all tools."""
    client, service = house
    hashed = await service.admission.passwords.hashed(PASSWORD)
    await add_user(service.database, "ada", password_hash=hashed)
    ours = {"Origin": "http://127.0.0.1"}
    signed_in = await client.post("/session", json={"name": "ada", "password": PASSWORD}, headers=ours)
    assert signed_in.status_code == 200
    answer = await client.post(MCP, json={}, headers=ours)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    assert "Agents use an API key" in answer.json()["detail"]


async def test_a_service_without_the_sdk_says_what_to_install(
    house: tuple[httpx2.AsyncClient, Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, _ = house
    monkeypatch.setattr(needed, "find_spec", lambda _name: None)
    answer = await client.post(MCP, json={})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert "pip install 'lumber[mcp]'" in answer.json()["detail"]


async def test_without_accounts_an_agent_needs_no_key(house: tuple[httpx2.AsyncClient, Service]) -> None:
    client, _ = house
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    answer = await client.post(MCP, json=message, headers=ACCEPTED)
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["result"]["tools"]) == 10


async def test_links_have_the_address_that_people_use(settings: Settings) -> None:
    public = settings.model_copy(update={**CHEAP, "public_url": "https://lumber.example.org"})
    async with started(public) as (client, service):
        await add_user(service.database, "ada")
        key = await add_key(service.database, "ada", ["exports:read", "exports:write"])
        arguments = {"config": CONFIG, "idempotency_key": "once"}
        call = {"name": "create_export", "arguments": arguments}
        message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
        headers = {**ACCEPTED, "Host": "lumber.example.org", "Authorization": f"Bearer {key.text.text}"}
        answer = await client.post(MCP, json=message, headers=headers)
        found = answer.json()["result"]["structuredContent"]
        page = f"https://lumber.example.org/exports/{found['export_id']}"
        assert (found["status"], found["links"]["page"]) == ("pending", page)
