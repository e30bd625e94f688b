"""The verdict on the service under strain."""

from typing import Any

import pytest

from benchmarks.strain import Seen, summary, verdict


def result(memory: list[float], statuses: dict[int, int]) -> dict[str, Any]:
    seen = Seen(memory=memory, exports=["one"])
    seen.statuses.update(statuses)
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
