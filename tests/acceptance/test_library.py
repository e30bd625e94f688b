"""Lumber as a library: a few lines in a plain script."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.exporting import fill_with_sample
from tests.acceptance.reading import manifest_of, rows_of
from tests.integration.processes import PATIENCE_SECONDS

# No `if __name__ == "__main__"` on purpose: worker processes must not run the script again.
SCRIPT = """
import asyncio
import json
from lumber.exports import DataExporter, ExportConfig, ExportMetadata, ExportStatusManager

config = ExportConfig({arguments})
done = asyncio.run(DataExporter(config).export_data(config))
assert isinstance(done, ExportMetadata)
print(json.dumps([done.status, done.path, done.record_count]))
"""


@pytest.fixture
def filled(database: str, request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(database)
    fill_with_sample(url, 400, damaged=0)
    return url


def on(usual: str, other: str) -> pytest.MarkDecorator:
    """Run a test on one database, and the slow suite on the other one too."""
    return pytest.mark.parametrize("database", [usual, pytest.param(other, marks=[pytest.mark.slow])])


def run_script(script: Path, url: str, arguments: str) -> tuple[str, Path, int]:
    script.write_text(SCRIPT.format(arguments=arguments))
    environment = os.environ | {
        "LUMBER_DATABASE_URL": url,
        "LUMBER_DATA_DIR": str(script.parent / "data"),
        "LUMBER_WORKERS": "2",
    }
    done = subprocess.run(
        [sys.executable, script.name],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        env=environment,
        cwd=script.parent,
    )
    assert (done.returncode, done.stderr) == (0, "")
    status, path, rows = json.loads(done.stdout)
    return status, Path(path), rows


@on("sqlite_url", "postgres_url")
def test_a_plain_script_exports_everything(filled: str, tmp_path: Path) -> None:
    status, path, rows = run_script(tmp_path / "job.py", filled, 'data_types=["logs", "anomalies", "ips"]')
    assert status == "completed"
    kinds = manifest_of(path)["kinds"]
    assert kinds["logs"]["written"] == 400
    assert rows == sum(kind["written"] for kind in kinds.values())
    assert path.is_relative_to(tmp_path / "data")


@on("postgres_url", "sqlite_url")
def test_a_plain_script_exports_a_range_of_dates(filled: str, tmp_path: Path) -> None:
    status, path, rows = run_script(
        tmp_path / "job.py",
        filled,
        'data_types=["logs"], start_date="2026-01-10", end_date="2026-01-12", output_format="jsonl"',
    )
    assert status == "completed"
    written = rows_of(path, "logs")
    assert 0 < rows == len(written) < 400
    assert {row["timestamp"].date().isoformat() for row in written} == {
        "2026-01-10",
        "2026-01-11",
        "2026-01-12",
    }
