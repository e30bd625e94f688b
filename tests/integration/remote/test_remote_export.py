"""`lumber export` and downloads on a service: as on its database, and resumed when a connection breaks."""

import json
import re
import signal
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lumber.errors import DatasetDamaged, OutputOccupied
from lumber.remote import Client
from lumber.remote.staging import Staging, staging_path
from tests.commands import lumber
from tests.integration.datasets import contents, query
from tests.integration.processes import LUMBER, started, until
from tests.integration.remote.cutting import Door, door
from tests.integration.remote.houses import House
from tests.integration.remote.strangers import stranger
from tests.integration.serving import SLOW_CONFIG

BUDGET_REASON = "Exports run at a real service, and are interrupted in real processes."

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
    # Each line begins with the time of day.
    lines = [line[8:] for line in house.here("exports", "watch", made).stdout.splitlines()]
    assert [line[8:] for line in watched.stdout.splitlines()] == lines
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


def test_exports_of_an_account_are_tagged_and_deleted_all_at_once(house: House) -> None:
    mine = {house.answer(*EXPORT, who="exporter")["export_id"] for _ in range(2)}
    admins = house.answer(*EXPORT)["export_id"]
    words = ("exports", "tag", "--data-type", "logs", "--add", "plant")
    counted = house.answer(*words, "--dry-run", who="exporter")
    assert (counted["matched"], counted["done"]) == (len(counted_ids(house)), 0)
    done = house.answer(*words, "--yes", who="exporter")
    assert (done["matched"], done["done"], done["errors"]) == (counted["matched"], counted["matched"], [])
    assert mine <= counted_ids(house, "--tag", "plant")
    assert admins not in counted_ids(house, "--tag", "plant")
    some = house.answer("exports", "tag", *mine, "--remove", "plant", "--add", "done", who="exporter")
    assert (some["done"], counted_ids(house, "--tag", "done")) == (2, mine)
    answer = house.answer("exports", "tag", admins, "--add", "plant", who="exporter", code=4)
    assert answer["error"]["code"] == "export_not_found"
    assert house.answer("exports", "delete", "--tag", "done", "-y", who="exporter")["done"] == 2
    assert not mine & counted_ids(house)
    assert query(house.url, f"SELECT count(*) FROM exports WHERE id = '{admins}'") == [(1,)]


def counted_ids(house: House, *filters: str) -> set[str]:
    """Return the exports of the account `exporter` that match."""
    listed = house.answer("exports", "list", "--limit", "1000", *filters, who="exporter")
    return {each["export_id"] for each in listed["exports"]}


def without_times(text: str) -> str:
    """Return a preview without the times of sample rows: JSON has another form of them."""
    return re.sub(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+(?:Z|\+00:00) *", "TIME ", text)


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


# Downloads


@pytest.fixture(scope="module")
def made(house: House) -> tuple[str, Path]:
    """An export that stays at the service: its id, and its folder there."""
    done = house.there("export", "-d", "logs", "--format", "jsonl", who="exporter")
    (found,) = house.answer("exports", "list", "--limit", "1", who="exporter")["exports"]
    assert found["status"] == "completed"
    assert f"at {house.address}" in done.stdout
    assert f"lumber exports download {found['export_id']} --output FOLDER" in done.stdout
    return found["export_id"], Path(found["path"])


@pytest.fixture
def broken(house: House) -> Iterator[Door]:
    with door(house.address) as opened:
        yield opened


def through(house: House, way: Door) -> Client:
    return Client(way.address, house.keys["exporter"])


def largest(folder: Path) -> Path:
    return max(folder.rglob("*.jsonl"), key=lambda path: path.stat().st_size)


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_broken_download_goes_on_where_it_broke(
    house: House, made: tuple[str, Path], broken: Door, tmp_path: Path
) -> None:
    export_id, folder = made
    size = largest(folder).stat().st_size
    broken.most_bytes, broken.cuts = 5_000, 4
    with through(house, broken) as client:
        client.download(export_id, tmp_path / "out")
    assert contents(tmp_path / "out") == contents(folder)
    assert lumber("verify", tmp_path / "out").returncode == 0
    # What had come wasn't sent again.
    assert "bytes=5000-" in broken.ranges()
    assert any("if-range" in request.lower() for request in broken.requests)
    assert size > 10_000


def test_a_download_that_is_interrupted_is_resumed_by_the_same_command(
    house: House, made: tuple[str, Path], broken: Door, tmp_path: Path
) -> None:
    export_id, folder = made
    target = tmp_path / "out"
    broken.most_bytes, broken.cuts = 7_000, 1_000_000
    # After the first part, nothing comes any more.
    broken.is_stuck = True
    words = ["exports", "download", export_id, "--output", target, "--server", broken.address]
    with started(LUMBER, *words, **house.environment("exporter")) as download:
        staged = staging_path(target, export_id)
        until(lambda: download.assert_runs() or 7_000 in [path.stat().st_size for path in files_in(staged)])
        download.signal_group(signal.SIGINT)
        assert download.wait() == 130, download.stderr
        assert f"Resume: lumber exports download {export_id} --output {target}" in download.stderr
        assert "Traceback" not in download.stderr
    assert not target.exists()
    broken.cuts = 0
    assert house.there(*words, who="exporter").returncode == 0
    assert contents(target) == contents(folder)
    assert "bytes=7000-" in broken.ranges()
    assert list(tmp_path.iterdir()) == [target]


def test_a_download_prints_what_a_copy_on_the_machine_does(
    house: House, made: tuple[str, Path], tmp_path: Path
) -> None:
    export_id, folder = made
    archive = tmp_path / "a.zip"
    there = house.answer("exports", "download", export_id[:8], "--zip", archive, who="exporter")
    here = house.here("exports", "download", export_id, "--output", tmp_path / "out", "--json")
    assert there == json.loads(here.stdout) | {"path": str(archive)}
    with zipfile.ZipFile(archive) as opened:
        found = {name: opened.read(name) for name in opened.namelist()}
    assert found == contents(folder) | {"manifest.json": (folder / "manifest.json").read_bytes()}
    assert {path.name for path in tmp_path.iterdir()} == {"a.zip", "out"}


def test_what_is_wrong_in_the_staging_folder_is_fetched_again(
    house: House, made: tuple[str, Path], tmp_path: Path
) -> None:
    export_id, folder = made
    target, outside = tmp_path / "out", tmp_path / "outside"
    outside.write_text("mine")
    changed, longer, linked, *_ = sorted(path.name for path in (folder / "logs").iterdir())
    with Staging.open(target, export_id) as staging:
        for name, more in ((changed, -5), (longer, 5)):
            with staging.file(f"logs/{name}") as file:
                file.write(b"x" * ((folder / "logs" / name).stat().st_size + more))
    place = staging_path(target, export_id) / "dataset" / "logs"
    (place / "stranger.jsonl").write_text("x")
    (place / linked).symlink_to(outside)
    with Client(house.address, house.keys["exporter"]) as client:
        client.download(export_id, target)
    assert contents(target) == contents(folder)
    assert outside.read_text() == "mine"


def test_a_wrong_byte_is_found(house: House, made: tuple[str, Path], broken: Door, tmp_path: Path) -> None:
    export_id, folder = made
    broken.wrong_at = largest(folder).stat().st_size - 3
    with through(house, broken) as client, pytest.raises(DatasetDamaged, match="instead of"):
        client.download(export_id, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    broken.wrong_at = None
    with through(house, broken) as client:
        client.download(export_id, tmp_path / "out")
    assert contents(tmp_path / "out") == contents(folder)


def test_two_downloads_do_not_share_a_folder(house: House, made: tuple[str, Path], tmp_path: Path) -> None:
    with (
        Client(house.address, house.keys["exporter"]) as client,
        Staging.open(tmp_path / "out", made[0]),
        pytest.raises(OutputOccupied, match="Another process"),
    ):
        client.download(made[0], tmp_path / "out")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").write_text("mine")
    with Client(house.address, house.keys["exporter"]) as client, pytest.raises(OutputOccupied):
        client.download(made[0], tmp_path / "mine")
    assert contents(tmp_path / "mine") == {"file": b"mine"}


def test_plain_http_goes_through_no_proxy(house: House) -> None:
    with stranger({}) as proxy:
        values = dict.fromkeys(("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"), proxy.address)
        assert house.there("exports", "list", **values).returncode == 0
        assert proxy.requests == []


@pytest.mark.slow
def test_an_export_is_shared_and_then_others_can_download_it(
    house: House, made: tuple[str, Path], tmp_path: Path
) -> None:
    export_id, folder = made
    words = ("exports", "share", export_id[:8])
    shared = house.answer(*words, "--user", "viewer", who="exporter")
    assert [each["user_name"] for each in shared["shares"]] == ["viewer"]
    assert shared == json.loads(house.here(*words, "--json").stdout)
    house.answer("exports", "download", export_id, "--output", tmp_path / "out", who="viewer")
    assert contents(tmp_path / "out") == contents(folder)
    assert house.answer(*words, "--none", who="exporter")["shares"] == []
    assert house.answer("exports", "show", export_id, who="viewer", code=4)
