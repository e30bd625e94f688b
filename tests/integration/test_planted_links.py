"""Links that are planted in staging while workers write there: nothing behind them is touched."""

from pathlib import Path

import pytest

from tests.integration.datasets import STAGING, fill
from tests.integration.exports_in_motion import ROWS, exporting, wait_for_partitions


@pytest.mark.parametrize("is_whole", [True, False])
def test_workers_write_nothing_through_a_link_in_place_of_staging(
    sqlite_url: str, tmp_path: Path, is_whole: bool
) -> None:
    fill(sqlite_url, ROWS)
    output, victim = tmp_path / "out", tmp_path / "victim"
    with exporting(sqlite_url, output, tmp_path) as running:
        wait_for_partitions(running, output)
        attempt = next(path for path in (output / STAGING).iterdir() if path.is_dir())
        replaced = output / STAGING if is_whole else attempt
        # The names inside stay the same, so that only the link is in the way.
        (victim / attempt.name).mkdir(parents=True)
        replaced.rename(tmp_path / "aside")
        replaced.symlink_to(victim if is_whole else victim / attempt.name)
        assert running.wait() != 0
        assert "Traceback" not in running.stderr
    assert [*victim.rglob("*")] == [victim / attempt.name]
