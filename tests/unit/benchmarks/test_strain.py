"""The verdict on the service under strain."""

from typing import Any

import pytest
from httpx2 import Response

from benchmarks.strain import Seen, Strain, summary, table, verdict


def result(memory: list[float], statuses: dict[int, int]) -> dict[str, Any]:
    seen = Seen(memory=memory, exports=["one"], done=["one"])
    seen.statuses.update({("list", status): count for status, count in statuses.items()})
    return {"database": "sqlite", **summary(seen, 600)}


def test_flat_memory_without_5xx_passes() -> None:
    memory = [200.0 + min(second, 50) for second in range(600)]
    said = verdict(result(memory, {200: 9}))
    assert said == (
        "strain on sqlite passed: no status 5xx, flat memory "
        "(250.0 MB at minute 1, 250.0 MB at minute 5, 250.0 MB at minute 10)"
    )


@pytest.mark.parametrize(
    ("memory", "statuses", "reason"),
    [
        ([200.0] * 600, {200: 9, 503: 2}, "2 answers with a status 5xx"),
        ([200.0 + second / 4 for second in range(600)], {200: 9}, "memory grew from "),
    ],
)
def test_a_5xx_or_growing_memory_fails(memory: list[float], statuses: dict[int, int], reason: str) -> None:
    assert f"FAILED: {reason}" in verdict(result(memory, statuses))


async def test_statuses_are_counted_by_route_and_the_text_of_a_5xx_is_kept() -> None:
    seen = Seen(done=["one"])
    for route, status, text in [("list", 200, "[]"), ("list", 503, "busy"), ("create", 429, "full")]:
        await seen.count(route, Response(status, text=text))
    found = {"database": "sqlite", **summary(seen, 600), "log": ["the end"]}

    assert (found["list_statuses"], found["create_statuses"]) == ("200: 1, 503: 1", "429: 1")
    printed = table([found])
    assert "list 503: busy" in printed
    assert "the end" in printed


def test_a_run_without_completed_exports_or_with_failed_ones_fails() -> None:
    nothing = {"database": "sqlite", **summary(Seen(failed={"one"}), 600)}
    assert "FAILED: no client saw an export complete; clients saw 1 exports fail" in verdict(nothing)


def test_a_short_strain_has_as_many_creates_a_second() -> None:
    assert Strain.lasting(60) == Strain(seconds=60, creates=100)
