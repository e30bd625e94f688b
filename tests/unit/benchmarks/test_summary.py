"""What the comparison makes of its runs."""

from pathlib import Path
from typing import Any

from benchmarks.contenders import PEERS, ours
from benchmarks.summary import summarize, table


def run(contender: str, seconds: float, **changes: Any) -> dict[str, Any]:
    where = {"database": "postgresql", "rows": 1000, "format": "csv", "contender": contender, "round": 0}
    cost = {"cpu_seconds": seconds, "server_cpu_seconds": 1.0, "peak_pss_bytes": 2e6, "output_bytes": 3e6}
    return where | {"seconds": seconds} | cost | changes


def test_medians_are_compared_with_ours() -> None:
    own_runs = [run("lumber basic", seconds) for seconds in (3.0, 1.0, 2.0)]
    theirs = [run("duckdb", seconds, peak_pss_bytes=8e6) for seconds in (9.0, 4.0, 1.0)]
    (own, other) = summarize([*own_runs, *theirs])
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
    (own, theirs) = summarize([run("lumber basic", 2.0), run("psql", 4.0), failed][::-1])[::-1]
    assert (theirs["runs"], theirs["failed"], theirs["seconds"], theirs["ratio"]) == (1, 1, 4.0, 0.5)
    assert "| 1, 1 failed |" in table([own, theirs])
    (never,) = summarize([failed])
    assert never["seconds"] is None
    assert "| 0, 1 failed |" in table([never])


def test_the_compression_is_named() -> None:
    assert "| csv | gzip 6 (fixed) | duckdb |" in table(
        summarize([run("duckdb", 1.0, compression="gzip 6 (fixed)")])
    )


def test_all_compress_alike_unless_a_level_is_fixed() -> None:
    (lumber,) = ours(["basic"])
    for name in ("duckdb", "duckdb-500mb", "duckdb-duties", "duckdb-duties-500mb", "polars", "pandas"):
        assert PEERS[name].compression("parquet") == lumber.compression("parquet") == "zstd 1"
        assert "--level 1" in " ".join(PEERS[name].command("sqlite:///a.db", "parquet", Path("out")))
    assert PEERS["duckdb"].compression("jsonl.gz") == "gzip 6 (fixed)"
    assert "--level" not in PEERS["duckdb"].command("sqlite:///a.db", "jsonl.gz", Path("out"))
