"""`lumber destination`, as a shell sees it."""

import json
from pathlib import Path

import pytest

from tests.acceptance.exporting import fill_with_sample
from tests.commands import lumber
from tests.integration.destinations.finished import finished
from tests.integration.destinations.servers import BUCKET, SECRET, Server


@pytest.fixture
def call(sqlite_url: str, tmp_path: Path):
    """Run a command on a database with some rows."""
    fill_with_sample(sqlite_url, 50)

    def run(*arguments: object):
        chosen = {"LUMBER_DATA_DIR": tmp_path / "data", "LUMBER_WORKERS": 1}
        return lumber(*arguments, "--database-url", sqlite_url, **chosen)

    return run


def test_a_bucket_is_added_used_checked_and_removed(call, s3: Server, prefix: str, tmp_path: Path) -> None:
    url = f"s3://{BUCKET}/{prefix}"
    options = ("--endpoint", s3.endpoint, "--secret-file", s3.secrets)
    added = call("destination", "add", "lake", url, *options)
    assert added.returncode == 0, added.stderr
    assert "It promises everything" in added.stdout
    assert "there is a destination 'LAKE' already" in call("destination", "add", "LAKE", url, *options).stderr
    done = call("export", "-d", "logs", "--destination", "lake", "--output", tmp_path / "out", "--json")
    assert done.returncode == 0, done.stderr
    export_id = json.loads(done.stdout)["export_id"]
    shown = call("exports", "show", export_id)
    assert f"lake: {url}/exports (sent " in shown.stdout
    assert call("destination", "probe", "Lake").returncode == 0
    cleaned = json.loads(call("destination", "clean", "lake", "--older-than", "0", "--json").stdout)
    assert (cleaned["files"], cleaned["skipped"]) == (0, [])
    (listed,) = json.loads(call("destination", "list", "--json").stdout)["destinations"]
    assert (listed["name"], listed["status"], listed["credentials"]) == ("lake", "ok", "file")
    for answer in (added, shown, call("destination", "show", "lake", "--json"), call("audit", "list")):
        assert SECRET not in answer.stdout + answer.stderr
    assert call("destination", "remove", "lake").returncode == 2
    assert call("destination", "remove", "lake", "--yes").returncode == 0
    gone = call("destination", "show", "lake")
    assert (gone.returncode, gone.stderr) == (
        4,
        "error: There is no destination 'lake'. `lumber destination list` shows all destinations.\n",
    )
    assert s3.secrets.exists()


def test_what_can_not_be_used_is_not_registered(call, s3: Server, tmp_path: Path) -> None:
    (tmp_path / "wrong.env").write_text("access_key_id=x\nsecret_access_key=se-cret\n")
    options = ("--endpoint", s3.endpoint, "--secret-file", tmp_path / "wrong.env")
    refused = call("destination", "add", "lake", f"s3://{BUCKET}", *options)
    assert refused.returncode == 1
    assert "refuses the credentials" in refused.stderr
    assert "se-cret" not in refused.stderr
    inside = call("destination", "add", "own", tmp_path / "data" / "exports" / "lake")
    assert inside.returncode == 3
    assert "may not share a folder with the exports" in inside.stderr
    both = call(
        "destination", "add", "lake", "s3://lake", "--secret-file", "x", "--secret-env", "access_key_id=X"
    )
    assert both.returncode == 2
    in_clear = call("destination", "add", "lake", "s3://lake", "--secret-env", "se-cret")
    assert in_clear.returncode == 3
    assert "se-cret" not in in_clear.stderr
    assert json.loads(call("destination", "list", "--json").stdout) == {"destinations": []}


def test_a_finished_dataset_is_published_later(call, tmp_path: Path) -> None:
    missing = call("destination", "add", "nas", tmp_path / "lake")
    assert missing.returncode == 3
    assert "doesn't exist: mount its disk, correct the path, or let Lumber make it with --create" in (
        missing.stderr
    )
    assert not (tmp_path / "lake").exists()
    call("destination", "add", "nas", tmp_path / "lake", "--create")
    assert [path.name for path in (tmp_path / "lake").iterdir()] == [".lumber-lock"]
    assert call("destination", "publish", "nas", tmp_path).returncode == 4
    out = tmp_path / "out"
    assert call("export", "-d", "logs", "--output", out).returncode == 0
    for was_there in (False, True):
        made = call("destination", "publish", "nas", out, "--json")
        assert json.loads(made.stdout)["was_there"] is was_there
    other = tmp_path / "other"
    finished(other)
    assert call("destination", "publish", "nas", other).returncode == 1
