"""The benchmarks of the service run, with the same measures on both databases."""

from pathlib import Path

import pytest

from benchmarks import rows, service, strain
from benchmarks.samples import DATABASES


@pytest.mark.slow
def test_the_service_is_measured(tmp_path: Path) -> None:
    load = service.Load(rows=1_000, exports=50, calls=5, cancels=1, followed=1)
    results = service.run(tmp_path, load, DATABASES)
    assert [result["database"] for result in results] == list(DATABASES)
    for result in results:
        assert list(result) == list(results[0])
        assert result["exports"] == 50
        assert result["rows"] > 900
        for name in ("list", "failed", "stats", "list_meanwhile", "create", "event"):
            assert 0 < result[f"{name}_p50_ms"] <= result[f"{name}_p95_ms"]
        assert result["folders_left"] == 0
    lines = service.table(results).splitlines()
    assert lines[0] == f"| measure | {' | '.join(DATABASES)} |"
    assert len(lines) == 2 + len(results[0]) - 1


@pytest.mark.slow
@pytest.mark.parametrize("database", DATABASES)
def test_the_service_bears_strain(tmp_path: Path, database: str) -> None:
    """A short run of what the benchmark does for ten minutes, with the same seed."""
    short = strain.Strain(
        seconds=40,
        rows=2_000,
        creates=150,
        clients=20,
        streams=50,
        readers=5,
        uploaders=4,
        upload_lines=1_000,
    )
    (result,) = strain.run(tmp_path, short, [database])
    assert result["status_5xx"] == 0, result
    assert result["broken_connections"] == 0, result
    assert result["failed_exports_seen"] == 0, result
    assert min(result["exports"], result["events"], result["lines_loaded"]) > 0
    # It may still fill its caches, but it doesn't grow with requests.
    assert result["memory_last_quarter_mb"] < result["memory_second_quarter_mb"] + 30, result
    assert strain.table([result]).startswith(f"| measure | {database} |")


@pytest.mark.slow
def test_looking_at_rows_is_measured(tmp_path: Path) -> None:
    cases = rows.run(tmp_path, tmp_path, 2_000)
    assert [case["look"] for case in cases if case["limit_ms"] == rows.MOST_PAGE_MS] == list(rows.PAGES)
    assert all(0 < case["median_ms"] <= case["p95_ms"] <= case["max_ms"] for case in cases)
    lines = rows.table(cases).splitlines()
    assert lines[4].startswith("| page | 60 |")
    assert len(lines) == 4 + len(cases)
