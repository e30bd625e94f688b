"""docs/example-detector.md, as it stands there: what it prints, and what the page says it prints."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from statistics import mean

import pytest

from tests.integration.processes import CHECKOUT

PAGE = Path(CHECKOUT, "docs", "example-detector.md")
ROW = re.compile(r"\| (\d+) \| (time|random) \| (\d+)% \| (\d+)% \| (\d+)% \|")


@pytest.mark.slow
def test_a_random_split_flatters_the_detector_of_the_example(tmp_path: Path) -> None:
    page = PAGE.read_text()
    (program,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    (tmp_path / "detector.py").write_text(program)
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "LUMBER_DATA_DIR": str(tmp_path / "data"),
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", "detector.py"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0, done.stderr
    printed, told = (
        {row[:2]: [int(value) for value in row[2:]] for row in ROW.findall(text)}
        for text in (done.stdout, page)
    )
    assert printed.keys() == told.keys()
    # The same rows and labels everywhere; what a model makes of them may differ by a rounding.
    for key, values in printed.items():
        assert all(abs(value - other) <= 3 for value, other in zip(values, told[key], strict=True)), key
    found, given_away = (
        {
            mode: [values[at] for (_, each), values in printed.items() if each == mode]
            for mode in ("time", "random")
        }
        for at in (0, 2)
    )
    assert mean(found["random"]) > mean(found["time"]) + 20
    # The address of who is attacked may come back; those of attackers don't.
    assert max(given_away["time"]) <= 6
    assert min(given_away["random"]) > 75
