"""The command `lumber verify`: what it prints and answers."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from lumber.dataset.verify import verify_dataset
from lumber.errors import DatasetMissing
from tests.commands import lumber
from tests.integration.processes import LUMBER, PATIENCE_SECONDS
from tests.integration.verify.datasets import WRITTEN, Dataset


def test_the_command_answers_with_one_json_object_and_an_exit_code(dataset: Dataset) -> None:
    done = lumber("verify", dataset.folder, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {
        "ok": True,
        "problems": [],
        "files": 13,
        "rows": {"logs": WRITTEN, "anomalies": 7, "ips": 5},
    }
    (dataset.folder / "README.md").unlink()
    done = lumber("verify", dataset.folder, "--json")
    assert (done.returncode, done.stderr) == (1, "")
    assert json.loads(done.stdout)["problems"] == [{"path": "README.md", "problem": "is missing"}]


def test_the_command_speaks_to_people_without_control_characters(dataset: Dataset) -> None:
    done = lumber("verify", dataset.folder)
    assert done.returncode == 0
    assert done.stdout.startswith("ok: ")
    (dataset.folder / "a\x1b[31mb").touch()
    done = lumber("verify", dataset.folder)
    assert done.returncode == 1
    assert "\x1b" not in done.stdout + done.stderr
    assert "is not listed in the manifest" in done.stdout


def test_a_folder_is_verified_without_what_destinations_need(dataset: Dataset) -> None:
    done = subprocess.run(
        [LUMBER, "verify", dataset.folder],
        env={**os.environ, "PYTHONPROFILEIMPORTTIME": "1", "LUMBER_DATA_DIR": str(dataset.folder.parent)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    loaded = set(re.findall(r"import time: .*\| *([\w.]+)\n", done.stderr))
    assert "lumber.dataset.folder_files" in loaded
    assert {"obstore", "deltalake", "pyiceberg", "lumber.destinations", "httpx2"} & loaded == set()


def test_a_folder_without_a_manifest_is_no_dataset(tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    bare.mkdir()
    with pytest.raises(DatasetMissing, match="not a dataset, or the export into it was not finished"):
        verify_dataset(bare)
    for path in (bare, bare / "nothing"):
        done = lumber("verify", path, "--json")
        assert done.returncode == 4
        assert json.loads(done.stdout)["error"]["code"] == "dataset_missing"
        assert "Traceback" not in done.stderr
