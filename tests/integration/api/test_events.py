"""Server-sent events through a real server."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2

from lumber.api import create_app
from lumber.settings import Settings
from tests.integration.api.serving import (
    LONG_SECONDS,
    advance,
    completed_export,
    listening,
    running_export,
    served,
    started,
    until,
)


async def events_of(answer: httpx2.Response) -> AsyncIterator[dict[str, Any]]:
    """Yield each event's fields, with its data read."""
    event: dict[str, Any] = {}
    async for line in answer.aiter_lines():
        if line == "" and event:
            event["data"] = json.loads(event["data"])
            yield event
            event = {}
        elif line and not line.startswith(":"):
            name, _, value = line.partition(": ")
            event[name] = value


async def next_of(events: AsyncIterator[dict[str, Any]]) -> dict[str, Any]:
    return await asyncio.wait_for(anext(events), LONG_SECONDS)


async def test_events_tell_the_present_each_change_and_the_end(settings: Settings) -> None:
    async with served(settings) as (client, service):
        claim = await running_export(service.ledger)
        await advance(service.ledger, claim, 10)
        async with client.stream("GET", f"/export/{claim.export_id}/events") as answer:
            assert answer.status_code == 200
            assert answer.headers["Content-Type"].startswith("text/event-stream")
            assert answer.headers["Cache-Control"] == "no-store"
            events = events_of(answer)
            first = await next_of(events)
            progress = (await client.get(f"/export/{claim.export_id}/progress")).json()
            assert (first["event"], first["data"]) == ("progress", progress)
            assert first["data"]["processed_records"] == 10

            await advance(service.ledger, claim, 60)
            second = await next_of(events)
            assert second["data"]["progress"] == {"logs": 60.0}
            assert second["id"] != first["id"]

            await service.ledger.fail(claim, "disk_full", "The disk is full.")
            last = [event async for event in events]
        assert [event["data"]["status"] for event in last] == ["failed"]
        assert last[0]["data"]["error_message"] == "The disk is full."


async def test_a_client_that_comes_again_hears_only_what_is_new(settings: Settings) -> None:
    async with served(settings) as (client, service):
        claim = await running_export(service.ledger)
        address = f"/export/{claim.export_id}/events"
        async with client.stream("GET", address) as answer:
            first = await next_of(events_of(answer))
        again = {"Last-Event-ID": first["id"]}

        async with client.stream("GET", address, headers=again) as answer:
            await until(lambda: service.watch.followers == 1)
            await advance(service.ledger, claim, 30)
            assert (await next_of(events_of(answer)))["data"]["processed_records"] == 30

        async with client.stream("GET", address, headers=again) as answer:
            assert (await next_of(events_of(answer)))["data"]["processed_records"] == 30


async def test_a_client_that_knows_the_end_is_told_not_to_come_again(
    settings: Settings, tmp_path: Path
) -> None:
    async with started(settings) as (client, service):
        export_id = await completed_export(service.ledger, tmp_path / "done", {})
        address = f"/export/{export_id}/events"

        whole = await client.get(address)
        [event] = [line for line in whole.text.splitlines() if line.startswith("id: ")]
        again = await client.get(address, headers={"Last-Event-ID": event.removeprefix("id: ")})
        other = await client.get(address, headers={"Last-Event-ID": "something-else"})

    assert '"status":"completed"' in whole.text
    assert (again.status_code, again.content) == (204, b"")
    assert other.status_code == 200
    assert '"status":"completed"' in other.text


async def test_two_services_tell_the_same(settings: Settings) -> None:
    async with served(settings) as (client, service), served(settings) as (other_client, _):
        claim = await running_export(service.ledger)
        address = f"/export/{claim.export_id}/events"
        async with client.stream("GET", address) as one, other_client.stream("GET", address) as two:
            events, other_events = events_of(one), events_of(two)
            assert await next_of(events) == await next_of(other_events)
            await advance(service.ledger, claim, 70)
            assert await next_of(events) == await next_of(other_events)


async def test_a_client_that_vanishes_is_forgotten(settings: Settings) -> None:
    async with served(settings) as (client, service):
        claim = await running_export(service.ledger)
        address = f"/export/{claim.export_id}/events"
        async with client.stream("GET", address) as stays:
            events = events_of(stays)
            await next_of(events)
            vanishing = []
            for _ in range(20):
                answer = await client.send(client.build_request("GET", address), stream=True)
                vanishing.append((answer, events_of(answer)))
                await next_of(vanishing[-1][1])
            assert service.watch.followers == 21
            for answer, _ in vanishing:
                await answer.aclose()
            await until(lambda: service.watch.followers == 1)

            await advance(service.ledger, claim, 50)
            assert (await next_of(events))["data"]["processed_records"] == 50


async def test_a_stopping_server_ends_the_streams(settings: Settings) -> None:
    app = create_app(settings)
    async with httpx2.AsyncClient(timeout=LONG_SECONDS) as client:
        async with listening(app) as (port, server):
            service = app.state.service
            claim = await running_export(service.ledger)
            address = f"http://127.0.0.1:{port}/api/v1/export/{claim.export_id}/events"
            request = client.build_request("GET", address)
            answer = await client.send(request, stream=True)
            events = events_of(answer)
            await next_of(events)
            server.should_exit = True
        rest = [event async for event in events]
    assert rest == []
