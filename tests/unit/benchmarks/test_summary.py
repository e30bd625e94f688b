"""What the comparison makes of its runs."""

from typing import Any

from benchmarks.summary import summarize, table


def run(contender: str, seconds: float, **changes: Any) -> dict[str, Any]:
    where = {"database": "postgresql", "rows": 1000, "format": "csv", "contender": contender, "round": 0}
    cost = {"cpu_seconds": seconds, "server_cpu_seconds": 1.0, "peak_pss_bytes": 2e6, "output_bytes": 3e6}
    return where | {"seconds": seconds} | cost | changes


def test_medians_are_compared_with_ours() -> None:
    ours = [run("lumber basic", seconds) for seconds in (3.0, 1.0, 2.0)]
    theirs = [run("duckdb", seconds, peak_pss_bytes=8e6) for seconds in (9.0, 4.0, 1.0)]
    (own, other) = summarize([*ours, *theirs])
    assert (own["seconds"], own["seconds_range"], own["ratio"]) == (2.0, [1.0, 3.0], None)
    assert (other["seconds"], other["ratio"], other["memory_ratio"]) == (4.0, 0.5, 0.25)
    # Of client and server together.
    assert other["cpu_ratio"] == 0.6


def test_only_runs_of_the_same_work_are_compared() -> None:
    cases = summarize([run("lumber basic", 1.0), run("duckdb", 2.0, format="parquet")])
    assert [case["ratio"] for case in cases] == [None, None]


def test_a_failed_run_is_counted_and_not_measured() -> None:
    failed = {name: run("psql", 0.0)[name] for name in ("database", "rows", "format", "contender", "round")}
    failed["error"] = "no luck"
    (ours, theirs) = summarize([run("lumber basic", 2.0), run("psql", 4.0), failed][::-1])[::-1]
    assert (theirs["runs"], theirs["failed"], theirs["seconds"], theirs["ratio"]) == (1, 1, 4.0, 0.5)
    assert "| 1, 1 failed |" in table([ours, theirs])
    (never,) = summarize([failed])
    assert never["seconds"] is None
    assert "| 0, 1 failed |" in table([never])
