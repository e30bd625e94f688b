"""`lumber export` on a service: the same summary, errors and exit codes as on its database."""

import json
import re
import signal
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.commands import lumber
from tests.integration.datasets import contents, query
from tests.integration.processes import LUMBER, started, until
from tests.integration.remote.houses import House
from tests.integration.serving import SLOW_CONFIG

EXPORT = ("export", "-d", "logs", "--format", "jsonl", "--split", "random")


def without_names(text: str, folder: Path) -> str:
    """Return what a command prints without the folder, ids, and the size, which differs with the ids."""
    return re.sub(r"\([0-9,]+ bytes\)", "(some bytes)", text.replace(str(folder), "FOLDER"))


def rows_of(folder: Path) -> dict[str, bytes]:
    """Return the files of the rows."""
    return {path: data for path, data in contents(folder).items() if path.startswith("logs/")}


def test_an_export_of_a_service_is_the_one_of_its_database(house: House, tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    by_database = house.here(*EXPORT, "--output", here)
    by_service = house.there(*EXPORT, "--output", there, who="exporter")
    assert by_service.returncode == by_database.returncode == 0, by_service.stderr
    assert without_names(by_service.stdout, there) == without_names(by_database.stdout, here)
    assert by_service.stderr == by_database.stderr
    assert rows_of(there) == rows_of(here)
    assert lumber("verify", there).returncode == 0
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    assert there.stat().st_mode & 0o077 == 0


def test_an_export_can_stay_at_the_service_and_be_downloaded_later(house: House, tmp_path: Path) -> None:
    found = house.answer(*EXPORT, who="exporter")
    assert found["status"] == "completed"
    assert found["kinds"]["logs"]["written"] > 0
    done = house.there(*EXPORT, who="exporter")
    assert f"at {house.address}" in done.stdout
    assert "lumber exports download" in done.stdout
    words = ("exports", "download", found["export_id"][:8])
    answer = house.answer(*words, "--zip", tmp_path / "a.zip", who="exporter")
    local = house.here("exports", "download", found["export_id"], "--output", tmp_path / "local", "--json")
    assert answer == {**json.loads(local.stdout), "path": str(tmp_path / "a.zip")}
    house.answer("exports", "download", found["export_id"], "-o", tmp_path / "out", who="exporter")
    assert contents(tmp_path / "out") == contents(tmp_path / "local")
    with zipfile.ZipFile(tmp_path / "a.zip") as opened:
        manifest = {"manifest.json": (tmp_path / "out/manifest.json").read_bytes()}
        found = {name: opened.read(name) for name in opened.namelist()}
        assert found == contents(tmp_path / "out") | manifest


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--filter", "no_such_column=1"], 3),
        (["--process", "nobody"], 4),
        (["--set", "split.seed=no"], 3),
    ],
    ids=str,
)
def test_an_export_fails_as_on_the_database(
    house: House, tmp_path: Path, arguments: list[str], code: int
) -> None:
    words = ["export", "-d", "logs", *arguments, "--output", tmp_path / "out", "--json"]
    here, there = house.here(*words), house.there(*words, who="exporter")
    assert (there.returncode, there.stdout) == (here.returncode, here.stdout)
    assert there.returncode == code
    assert not (tmp_path / "out").exists()
    assert house.answer("exports", "list", "--search", "nobody", who="exporter")["total"] == 0


def test_a_service_that_refuses_a_config_names_the_field(house: House) -> None:
    found = house.answer("exports", "list", "--data-type", "flows", code=3)["error"]
    assert found["code"] == "config_invalid"
    assert found["fields"][0]["value"] == "flows"
    assert "logs" in found["fields"][0]["allowed"]


def test_a_key_without_the_right_gives_the_sentence_of_the_service(house: House, tmp_path: Path) -> None:
    found = house.answer(*EXPORT, "--output", tmp_path / "out", who="viewer", code=1)["error"]
    assert found["code"] == "not_permitted"
    assert "exports:write" in found["message"]
    assert list(tmp_path.iterdir()) == []


def test_a_full_folder_is_refused_before_anything_runs(house: House, tmp_path: Path) -> None:
    before = house.answer("exports", "list")["total"]
    found = house.answer(*EXPORT, "--output", tmp_path.parent, code=1)["error"]
    assert found["code"] == "output_occupied"
    assert house.answer("exports", "list")["total"] == before


def slow_export(house: House, folder: Path) -> list[Any]:
    (folder / "slow.json").write_text(json.dumps(SLOW_CONFIG))
    return [LUMBER, "export", "--config", folder / "slow.json", "--output", folder / "out"]


def test_ctrl_c_cancels_the_export_at_the_service(house: House, tmp_path: Path) -> None:
    running = "SELECT id FROM exports WHERE status IN ('pending', 'running')"
    with started(*slow_export(house, tmp_path), **house.environment("exporter")) as export:
        until(lambda: export.assert_runs() or query(house.url, running))
        (found,) = query(house.url, running)
        # The key is in the environment only, which other users can't read.
        command = Path(f"/proc/{export.pid}/cmdline").read_text()
        assert house.keys["exporter"] not in command + export.stdout + export.stderr
        export.signal_group(signal.SIGINT)
        assert export.wait() == 130, export.stderr
        assert "interrupted" in export.stderr
        assert "Traceback" not in export.stderr
    assert query(house.url, f"SELECT status FROM exports WHERE id = '{found[0]}'") == [("cancelled",)]
    assert not (tmp_path / "out").exists()


def test_an_export_is_watched_cancelled_retried_and_deleted(house: House) -> None:
    made = house.answer(*EXPORT, who="exporter")["export_id"]
    watched = house.there("exports", "watch", made[:8], who="exporter")
    assert watched.returncode == 0
    assert watched.stdout == house.here("exports", "watch", made).stdout
    for command, code in (("cancel", 1), ("retry", 1)):
        found = house.answer("exports", command, made, who="exporter", code=code)
        assert found["error"]["code"] == "export_state"
    words = ("exports", "delete", made[:8], "--yes")
    assert house.answer(*words, who="exporter") == {
        "deleted": [
            {"export_id": made, "files_deleted": True, "path": str(house.folder / "served/exports" / made)}
        ],
        "errors": [],
    }
    assert house.answer(*words, who="exporter", code=4)["error"]["code"] == "export_not_found"


def without_times(text: str) -> str:
    """Return a preview without the times of sample rows: JSON has another form of them."""
    return re.sub(r"2026-01-01[T ][0-9:.]+(?:Z|\+00:00) *", "TIME ", text)


@pytest.mark.parametrize(
    "arguments", [["--process", "nobody"], ["--split", "random", "--samples", "2"]], ids=str
)
def test_a_preview_shows_what_the_database_has(house: House, arguments: list[str]) -> None:
    for more in ([], ["--json"]):
        here, there = (run("preview", "-d", "logs", *arguments, *more) for run in (house.here, house.there))
        assert (there.returncode, there.stderr) == (here.returncode, here.stderr)
        assert without_times(there.stdout) == without_times(here.stdout)


def test_options_that_only_a_database_has_are_refused(house: House, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("ab" * 32)
    done = house.there("export", "-d", "logs", "--privacy", "on", "--privacy-key-file", tmp_path / "key")
    assert done.returncode == 2
    assert "--privacy-key-file" in done.stderr
    both = house.there("exports", "list", "--server", house.address, "--database-url", house.url)
    assert both.returncode == 2
    assert "not both" in both.stderr
