"""Many creations at once: one export for one key, a full queue says so, and nothing breaks."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from lumber.settings import Settings
from tests.integration.api.serving import CONFIG, started


@pytest.mark.parametrize("calls", [100, pytest.param(1_000, marks=pytest.mark.slow)])
async def test_many_creations_at_once(database_url: str, tmp_path: Path, calls: int) -> None:
    max_queued, with_one_key = calls // 10 * 3, calls // 10
    limited = Settings(
        serve_worker=False, data_dir=tmp_path, database_url=database_url, max_queued=max_queued
    )
    async with started(limited) as (client, _):

        async def create(number: int) -> tuple[bool, int, dict, str | None]:
            has_key = number % 10 == 0
            headers = {"Idempotency-Key": "the-key"} if has_key else {}
            answer = await client.post("/export/", json=CONFIG, headers=headers)
            return has_key, answer.status_code, answer.json(), answer.headers.get("Retry-After")

        answers = await asyncio.gather(*(create(number) for number in range(calls)))
        listed = (await client.get("/export/", params={"limit": 1_000})).json()

    keyed = [(status, body["export_id"]) for has_key, status, body, _ in answers if has_key]
    assert len(keyed) == with_one_key
    assert set(keyed) == {(200, keyed[0][1])}
    others = [answer for answer in answers if not answer[0]]
    assert Counter(status for _, status, _, _ in others) == {
        200: max_queued - 1,
        429: calls - with_one_key - max_queued + 1,
    }
    made = {body["export_id"] for _, status, body, _ in others if status == 200}
    assert len(made) == max_queued - 1
    assert {item["export_id"] for item in listed} == {*made, keyed[0][1]}
    refused = [(body["code"], retry_after) for _, status, body, retry_after in others if status == 429]
    assert {code for code, _ in refused} == {"too_many_exports"}
    assert all(int(retry_after) > 0 for _, retry_after in refused)
