"""Files and folders belong to their owner only, unless LUMBER_UMASK says otherwise."""

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import lumber as library
from lumber.api.service import open_service
from lumber.settings import Settings
from tests.commands import lumber


@pytest.fixture(autouse=True)
def open_umask() -> Iterator[None]:
    """Let the shell's umask be the usual one, which lets everybody read."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def modes(*folders: Path) -> dict[str, set[str]]:
    """Return the modes of all files and of all folders, the given ones included."""
    found: dict[str, set[str]] = {"files": set(), "folders": set()}
    for path in (item for folder in folders for item in (folder, *folder.rglob("*"))):
        found["folders" if path.is_dir() else "files"].add(f"{path.stat().st_mode & 0o777:04o}")
    return found


def private() -> dict[str, set[str]]:
    return {"files": {"0600"}, "folders": {"0700"}}


@pytest.mark.parametrize(
    ("umask", "files", "folders"), [(None, "0600", "0700"), ("027", "0640", "0750"), ("0022", "0644", "0755")]
)
def test_what_commands_write_has_the_rights_of_the_setting(
    tmp_path: Path, umask: str | None, files: str, folders: str
) -> None:
    data, out = tmp_path / "data", tmp_path / "sets" / "out"
    environment = {"LUMBER_DATA_DIR": data, "LUMBER_WORKERS": 1, "LUMBER_UMASK": umask or ""}
    (tmp_path / "a.jsonl").write_text('{"timestamp": "2026-01-01T00:00:00Z", "message": "x"}\nbroken\n')
    for arguments in (
        ("ingest", "logs", tmp_path / "a.jsonl"),
        ("export", "-d", "logs", "--format", "csv", "--output", out),
        ("export", "-d", "logs", "--format", "parquet"),
        ("verify", out),
    ):
        done = lumber(*arguments, **environment)
        assert done.returncode == 0, done.stderr
    assert len([*data.rglob("manifest.json")]) == 1
    assert len([*data.rglob("*.jsonl")]) == 1
    assert modes(data, tmp_path / "sets") == {"files": {files}, "folders": {folders}}
    assert os.umask(0o022) == 0o022


def test_a_program_that_exports_keeps_its_umask_and_gets_a_private_dataset(
    sqlite_url: str, tmp_path: Path
) -> None:
    library.export(
        {"data_types": ["logs"], "output_format": "jsonl"}, database_url=sqlite_url, output=tmp_path / "out"
    )
    assert modes(tmp_path / "out") == private()
    assert os.umask(0o022) == 0o022


@pytest.mark.parametrize(("umask", "mode"), [("077", "0600"), ("027", "0640")])
async def test_a_service_makes_its_database_with_the_rights_of_the_setting(
    tmp_path: Path, umask: str, mode: str
) -> None:
    async with open_service(Settings(data_dir=tmp_path / "data", umask=umask)):
        assert {path.name for path in (tmp_path / "data").iterdir()} == {
            f"lumber.db{suffix}" for suffix in ("", "-wal", "-shm")
        }
        assert modes(tmp_path / "data")["files"] == {mode}
    assert os.umask(0o022) == 0o022


def test_doctor_names_files_that_are_more_open_and_changes_nothing() -> None:
    # Not in `tmp_path`, which lies in a folder that keeps others out.
    with tempfile.TemporaryDirectory(prefix="lumber-test-") as name:
        Path(name).chmod(0o755)
        data = Path(name) / "data"
        assert lumber("migrate", LUMBER_DATA_DIR=data).returncode == 0
        assert rights(data)["outcome"] == "ok"
        data.chmod(0o755)
        (data / "lumber.db").chmod(0o644)
        found = rights(data)
        assert found["outcome"] == "warning"
        assert f"{data} (0755), {data / 'lumber.db'} (0644)" in found["text"]
        assert f"chmod 700 {data} && chmod 600 {data / 'lumber.db'}" in found["advice"]
        assert modes(data) == {"files": {"0644"}, "folders": {"0755"}}
        assert rights(data, LUMBER_UMASK="022")["outcome"] == "ok"


def rights(data: Path, **environment: str) -> dict[str, str]:
    """Return what `lumber doctor` says about rights."""
    done = lumber("doctor", "--json", LUMBER_DATA_DIR=data, **environment)
    assert done.returncode == 0, done.stderr
    (found,) = [check for check in json.loads(done.stdout)["checks"] if check["name"] == "rights"]
    return dict(found)
