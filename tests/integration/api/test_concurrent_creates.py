"""Many creations at once: one export for one key, a full queue says so, and nothing breaks."""

import asyncio
from collections import Counter

from lumber.settings import Settings
from tests.integration.api.serving import CONFIG, started

CALLS = 1_000
WITH_ONE_KEY = 100
MAX_QUEUED = 300


async def test_a_thousand_creations_at_once(settings: Settings) -> None:
    limited = settings.model_copy(update={"max_queued": MAX_QUEUED})
    async with started(limited) as (client, _):

        async def create(number: int) -> tuple[bool, int, dict, str | None]:
            has_key = number % (CALLS // WITH_ONE_KEY) == 0
            headers = {"Idempotency-Key": "the-key"} if has_key else {}
            answer = await client.post("/export/", json=CONFIG, headers=headers)
            return has_key, answer.status_code, answer.json(), answer.headers.get("Retry-After")

        answers = await asyncio.gather(*(create(number) for number in range(CALLS)))
        listed = (await client.get("/export/", params={"limit": 1_000})).json()

    keyed = [(status, body["export_id"]) for has_key, status, body, _ in answers if has_key]
    assert len(keyed) == WITH_ONE_KEY
    assert set(keyed) == {(200, keyed[0][1])}
    others = [answer for answer in answers if not answer[0]]
    assert Counter(status for _, status, _, _ in others) == {
        200: MAX_QUEUED - 1,
        429: CALLS - WITH_ONE_KEY - MAX_QUEUED + 1,
    }
    made = {body["export_id"] for _, status, body, _ in others if status == 200}
    assert len(made) == MAX_QUEUED - 1
    assert {item["export_id"] for item in listed} == {*made, keyed[0][1]}
    refused = [(body["code"], retry_after) for _, status, body, retry_after in others if status == 429]
    assert {code for code, _ in refused} == {"too_many_exports"}
    assert all(int(retry_after) > 0 for _, retry_after in refused)
