"""The benchmarks of the service run, on both databases, with the same measures."""

from pathlib import Path

import pytest

from benchmarks import service


@pytest.mark.slow  # tests/unit/benchmarks holds what its measures are made of
def test_the_service_is_measured_on_both_databases(tmp_path: Path) -> None:
    load = service.Load(rows=1_000, exports=50, calls=5, cancels=1, followed=1)
    results = service.run(tmp_path, load)
    assert [result["database"] for result in results] == ["sqlite", "postgresql"]
    first, second = results
    assert list(first) == list(second)
    for result in results:
        assert result["exports"] == 50
        assert result["rows"] > 900
        for name in ("list", "failed", "stats", "list_meanwhile", "create", "event"):
            assert 0 < result[f"{name}_p50_ms"] <= result[f"{name}_p95_ms"]
        assert result["folders_left"] == 0
    lines = service.table(results).splitlines()
    assert lines[0] == "| measure | sqlite | postgresql |"
    assert len(lines) == 2 + len(first) - 1
