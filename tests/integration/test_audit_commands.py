"""`lumber audit`, and what other commands write into the trail."""

import json
from pathlib import Path
from typing import Any

import pytest

from lumber.audit.actor import local_actor
from tests.commands import lumber
from tests.integration.datasets import execute

LINES = "<34>Oct 11 22:14:15 web1 su: 'su root' failed\n" * 3


def answer(*arguments: object, code: int = 0, **environment: object) -> dict[str, Any]:
    done = lumber(*arguments, "--json", **environment)
    assert done.returncode == code, (done.stdout, done.stderr)
    return json.loads(done.stdout)


def trail(url: str, *arguments: object) -> list[dict[str, Any]]:
    return list(reversed(answer("audit", "list", *arguments, "--limit", 100, "--database-url", url)["lines"]))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "auth.log"
    path.write_text(LINES)
    return path


def test_commands_tell_what_they_did(either_database_url: str, tmp_path: Path, log: Path) -> None:
    url, out = either_database_url, tmp_path / "out"
    at = ("--database-url", url)
    place = {"LUMBER_DATA_DIR": tmp_path, "LUMBER_DATABASE_URL": url}
    assert lumber("ingest", "logs", log, *at, **place).returncode == 0
    assert lumber("ingest", "logs", log, *at, **place).returncode == 0  # nothing new
    assert lumber("preview", "-d", "logs", "--process", "su", *at).returncode == 0
    exported = answer("export", "-d", "logs", "--output", out, *at, **place)
    copied = answer("exports", "download", exported["export_id"], "--output", tmp_path / "copy", *at)
    assert lumber("verify", out, **place).returncode == 0
    assert lumber("exports", "delete", exported["export_id"], "--yes", *at).returncode == 0
    source_id = answer("loads", "list", *at)["loads"][0]["source_id"]
    assert lumber("loads", "delete", source_id, "--yes", *at).returncode == 0
    lines = trail(url)
    assert [line["action"] for line in lines] == [
        "load_created",
        "preview",
        "export_created",
        "export_completed",
        "download_started",
        "download",
        "dataset_verified",
        "export_deleted",
        "load_deleted",
    ]
    assert {(line["actor_kind"], line["actor_name"]) for line in lines} == {("local", local_actor().name)}
    assert {line["result"] for line in lines} == {"ok"}
    load, preview, created, completed, started, download, verified, deleted, unloaded = (
        line["details"] for line in lines
    )
    assert load == {"kind": "logs", "name": str(log), "rows": 3, "rejected": 0, "lines": 3}
    assert lines[0]["target_id"] == lines[8]["target_id"] == source_id
    assert (preview["rows"], preview["sample_rows"]) == (3, 3)
    assert preview["filters"] == ["logs.process_name in"]
    assert (created["kinds"], completed["rows"], completed["folder"]) == (["logs"], 3, str(out))
    assert download["started_seq"] == lines[4]["seq"]
    assert download["is_complete"]
    assert download["bytes_sent"] == started["bytes"] == copied["size_bytes"]
    assert download["sha256"] == completed["files_sha256"]
    assert (verified["problems"], deleted["rows"], unloaded["rows"]) == (0, 3, 3)
    left = answer("audit", "outgoing", *at)["outgoing"]
    assert [(item["file"], item["bytes_sent"], item["is_complete"]) for item in left] == [
        ("dataset", copied["size_bytes"], True),
        (str(out), completed["bytes"], True),
    ]
    for item in left:
        assert (item["kinds"], item["is_private"], item["created_by"]) == (
            ["logs"],
            False,
            local_actor().name,
        )
        assert (item["target_id"], item["sha256"]) == (exported["export_id"], completed["files_sha256"])
    shown = lumber("audit", "outgoing", "--limit", 1, *at).stdout
    assert "Next page: add --before" in shown
    checked = answer("audit", "verify", "--expect", lines[2]["hash"].upper(), *at)
    assert (checked["is_ok"], checked["lines"], checked["hash"]) == (True, 9, lines[-1]["hash"])


def test_a_load_that_fails_halfway_is_told(sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(LINES)
    (tmp_path / "b.log.gz").write_bytes(b"\x1f\x8bbroken")
    done = lumber(
        "ingest", "logs", tmp_path / "a.log", tmp_path / "b.log.gz", "--database-url", sqlite_url,
        LUMBER_DATA_DIR=tmp_path,
    )  # fmt: skip
    assert done.returncode == 1
    assert [(line["details"]["name"], line["result"]) for line in trail(sqlite_url)] == [
        (str(tmp_path / "a.log"), "ok")
    ]


def test_a_preview_or_download_that_cannot_be_recorded_shows_nothing(
    sqlite_url: str, tmp_path: Path, log: Path
) -> None:
    at = ("--database-url", sqlite_url)
    lumber("ingest", "logs", log, *at, LUMBER_DATA_DIR=tmp_path)
    exported = answer("export", "-d", "logs", "--output", tmp_path / "out", *at)
    execute(sqlite_url, "ALTER TABLE audit_lines RENAME TO gone")
    for command in (
        ["preview", "-d", "logs"],
        ["export", "-d", "logs", "--output", tmp_path / "other"],
        ["exports", "download", exported["export_id"], "--output", tmp_path / "copy"],
        ["audit", "export", "--output", tmp_path / "audit.jsonl"],
    ):
        done = lumber(*command, *at)
        assert done.returncode == 1
        assert "audit trail can't be written" in done.stderr
        assert "su root" not in done.stdout
    assert {path.name for path in tmp_path.iterdir()} & {"other", "copy", "audit.jsonl"} == set()


def test_a_load_that_cannot_be_recorded_stays_with_a_note(sqlite_url: str, tmp_path: Path, log: Path) -> None:
    execute(sqlite_url, "ALTER TABLE audit_lines RENAME TO gone")
    done = lumber("ingest", "logs", log, "--database-url", sqlite_url, LUMBER_DATA_DIR=tmp_path)
    assert done.returncode == 0
    assert "this is missing in the audit trail" in done.stderr


def test_a_dataset_is_verified_without_a_database(sqlite_url: str, tmp_path: Path, log: Path) -> None:
    lumber("ingest", "logs", log, "--database-url", sqlite_url, LUMBER_DATA_DIR=tmp_path)
    answer("export", "-d", "logs", "--output", tmp_path / "out", "--database-url", sqlite_url)
    for url in (f"sqlite:///{tmp_path / 'none.db'}", "postgresql://127.0.0.1:1/none", "what:is/this"):
        done = lumber("verify", tmp_path / "out", LUMBER_DATABASE_URL=url)
        assert (done.returncode, done.stderr) == (0, "")
    assert not (tmp_path / "none.db").exists()


def test_the_trail_is_listed_exported_and_checked(sqlite_url: str, tmp_path: Path, log: Path) -> None:
    at = ("--database-url", sqlite_url)
    assert answer("audit", "verify", *at)["lines"] == 0
    assert "has no lines" in lumber("audit", "verify", *at).stdout
    for number in range(3):
        name = f"{number}.log"
        (tmp_path / name).write_text(LINES.replace("root", name))
        lumber("ingest", "logs", tmp_path / name, *at, LUMBER_DATA_DIR=tmp_path)
    page = answer("audit", "list", "--limit", 2, *at)
    assert (len(page["lines"]), page["next_before"]) == (2, 2)
    shown = lumber("audit", "list", "--before", 2, "--actor", local_actor().name, *at).stdout
    assert "load_created" in shown
    assert "1 line." in shown
    for filters in (["--until", "2020-01-01"], ["--since", "2999-01-01"], ["--action", "login"]):
        assert answer("audit", "list", *filters, *at)["lines"] == []
    file = tmp_path / "audit.jsonl"
    assert answer("audit", "export", "--output", file, *at)["lines"] == 4
    assert [json.loads(line).get("action") for line in file.read_text().splitlines()] == [
        *["load_created"] * 3,
        "audit_exported",
        None,
    ]
    assert answer("audit", "verify", "--file", file)["is_ok"]
    assert lumber("audit", "export", "--output", file, *at).returncode == 1
    execute(sqlite_url, "DROP TRIGGER audit_no_update")
    execute(sqlite_url, "UPDATE audit_lines SET address = '10.0.0.1' WHERE seq = 2")
    found = answer("audit", "verify", *at, code=1)
    assert [(problem["kind"], problem["seq"]) for problem in found["problems"]] == [("changed", 2)]
    assert "Line 2 was changed" in lumber("audit", "verify", *at).stdout
    file.write_text(file.read_text().replace("2.log", "3.log"))
    assert answer("audit", "verify", "--file", file, code=1)["problem_count"] == 1


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["verify", "--expect", "abc"], 2, "64 hexadecimal digits"),
        (["verify", "--file", "/none.jsonl"], 1, "can't be read"),
        (["list", "--since", "yesterday"], 2, "isn't a time"),
        (
            ["list", "--action", "nothing"],
            2,
            "Invalid value for '--action': 'nothing' is not one of 'login', ",
        ),
    ],
)
def test_wrong_arguments_are_refused(sqlite_url: str, arguments: list[str], code: int, words: str) -> None:
    at = [] if "--file" in arguments else ["--database-url", sqlite_url]
    done = lumber("audit", *arguments, *at)
    assert done.returncode == code
    assert words in done.stderr
