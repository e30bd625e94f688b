"""What the processes of an export load, and what they do without."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lumber.engine.pool import WorkerPool
from tests.acceptance.exporting import export, fill_with_sample
from tests.integration.processes import LUMBER, PATIENCE_SECONDS
from tests.worker_server import server_of_product

OPTIONS: dict[str, dict[str, Any]] = {
    "csv": {"output_format": "csv"},
    "private": {
        "output_format": "jsonl",
        "split": "time",
        "labels": True,
        "deduplicate": "burst",
        "privacy": {"addresses": "truncate", "identifiers": [], "secrets": True},
    },
    "shuffled": {
        "output_format": "parquet",
        "split": "random",
        "order": "shuffle",
        "sample": {"rows": 150, "stratify": "log_level"},
        "sequences": True,
        "privacy": {"addresses": "drop", "identifiers": [], "secrets": False},
    },
}


@pytest.mark.parametrize("name", [pytest.param("csv", marks=pytest.mark.slow), "private", "shuffled"])
def test_no_process_of_an_export_loads_pandas(tmp_path: Path, name: str) -> None:
    """It takes half a second and much memory in each of them, and none needs it."""
    url = f"sqlite:///{tmp_path / 'rows.db'}"
    fill_with_sample(url, 200)
    (tmp_path / "config.json").write_text(json.dumps({"data_types": ["logs", "anomalies"], **OPTIONS[name]}))
    arguments = ["export", "--config", tmp_path / "config.json", "--database-url", url]
    done = subprocess.run(
        [LUMBER, *arguments, "--output", tmp_path / "out"],
        env={**os.environ, "PYTHONPROFILEIMPORTTIME": "1"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    loaded = set(re.findall(r"import time: .*\| *([\w.]+)\n", done.stderr))
    # That of the workers is told as well.
    assert "lumber.engine.partition" in loaded
    assert "lumber.formats.text_shard" in loaded or name == "shuffled"
    assert {"pandas", "argon2", "httpx2", "aiosmtplib", "lumber.notices"} & loaded == set()


@pytest.fixture(scope="module")
def as_installed() -> Iterator[None]:
    with server_of_product():
        yield


@pytest.mark.usefixtures("as_installed")
@pytest.mark.parametrize("name", ["plain", *OPTIONS])
def test_workers_load_nothing_of_the_coordinators_for_what_they_are_sent(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A type of the config in a spec once cost every worker 370 modules and half a second of CPU."""
    url = f"sqlite:///{tmp_path / 'rows.db'}"
    fill_with_sample(url, 200)
    loaded: list[str] = []
    close = WorkerPool.close

    def close_after_a_look(pool: WorkerPool) -> None:
        if pool._executor is not None:
            loaded.extend(pool._submit(eval, "list(__import__('sys').modules)").result())
        close(pool)

    monkeypatch.setattr(WorkerPool, "close", close_after_a_look)
    options = {"output_format": "parquet", **OPTIONS.get(name, {})}
    export(url, tmp_path / "out", workers=1, kinds=["logs", "anomalies"], **options)
    assert "lumber.engine.partition" in loaded
    # obstore hangs in a process whose parent has used it.
    heavy = ("pydantic", "sqlalchemy", "lumber.exports", "lumber.store.database", "obstore")
    assert [module for module in loaded if module.startswith(heavy)] == []


def test_pandas_is_there_to_be_loaded() -> None:
    """Without it the test above could not fail."""
    probe = "import sys, pyarrow; pyarrow.array([1]); print('pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


def test_workers_load_no_models_and_no_ledger() -> None:
    """The manifest and the ledger belong to the coordinator; their libraries cost every worker memory."""
    probe = """
import importlib, sys
from lumber.engine import forkserver
for names in (forkserver._PRELOADED, *forkserver._OF_OPTIONS.values()):
    for name in names:
        importlib.import_module(name)
unwanted = {"lumber.engine.partition", "pydantic", "sqlalchemy", "fastapi", "obstore"}
print(*sorted(unwanted & sys.modules.keys()))
"""
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout == "lumber.engine.partition\n"


@pytest.mark.parametrize(
    ("noun", "module"), [("exports", "lumber.exports.history"), ("loads", "lumber.ingest.loads")]
)
def test_a_history_loads_no_library_of_rows(tmp_path: Path, noun: str, module: str) -> None:
    """They take as long to load as all the rest of the command."""
    url = f"sqlite:///{tmp_path / 'rows.db'}"
    subprocess.run([LUMBER, "migrate", "--database-url", url], check=True, capture_output=True)
    probe = """
import sys
from lumber.cli.main import run
code = run([sys.argv[2], "list", "--database-url", sys.argv[1]])
unwanted = {"polars", "pyarrow", "numpy", "dotenv", "lumber.exports.config", "lumber.cli.exports.watch"}
unwanted |= {"argon2", "httpx2"}
print(code, sys.argv[3] in sys.modules, *sorted(unwanted & sys.modules.keys()))
"""
    if noun == "exports":
        probe = probe.replace('"dotenv",', '"dotenv", "lumber.store.models.observation",')
    command = [sys.executable, "-c", probe, url, noun, module]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [f"0 {noun}.", "0 True"]
