"""The benchmarks of the service run, with the same measures on both databases."""

from pathlib import Path

import pytest

from benchmarks import service
from benchmarks.samples import DATABASES


@pytest.mark.parametrize("databases", [("sqlite",), pytest.param(DATABASES, marks=[pytest.mark.slow])])
def test_the_service_is_measured(tmp_path: Path, databases: tuple[str, ...]) -> None:
    load = service.Load(rows=1_000, exports=50, calls=5, cancels=1, followed=1)
    results = service.run(tmp_path, load, databases)
    assert [result["database"] for result in results] == list(databases)
    for result in results:
        assert list(result) == list(results[0])
        assert result["exports"] == 50
        assert result["rows"] > 900
        for name in ("list", "failed", "stats", "list_meanwhile", "create", "event"):
            assert 0 < result[f"{name}_p50_ms"] <= result[f"{name}_p95_ms"]
        assert result["folders_left"] == 0
    lines = service.table(results).splitlines()
    assert lines[0] == f"| measure | {' | '.join(databases)} |"
    assert len(lines) == 2 + len(results[0]) - 1
