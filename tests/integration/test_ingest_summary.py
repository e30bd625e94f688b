"""The summary of `lumber ingest`: what was rejected and why, and how much is known of the loaded lines."""

import json

from lumber.cli.main import run
from tests.integration.loading import load, rows

_LINE = "Jun 14 15:16:{:02d} combo sshd[7]: opened\n"


def test_the_summary_groups_rejects_and_tells_shares(sqlite_url, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("LUMBER_DATA_DIR", str(tmp_path / "data"))
    path = tmp_path / "a.log"
    path.write_text("Feb 30 10:00:00 a b: c\n<34>" + _LINE.format(1) + "nonsense\nFeb 31 10:00:00 a b: c\n"
                    + _LINE.format(2) + "[bold]evil\x1b\n")  # fmt: skip
    assert run(["ingest", "logs", str(path), "--database-url", sqlite_url]) == 0
    printed = capsys.readouterr().out
    assert "2 rejected: timestamp: … is not a time, for example line 1: Feb 30 10:00:00" in printed
    assert "2 rejected: does not start like a log line" in printed
    assert "line 3: nonsense" in printed
    assert "level 50%, process 100%, host 100%" in printed
    assert "50% have no level: use --default-level" in printed
    assert "years were guessed" in printed
    assert "recognised: 4 lines as syslog (RFC 3164), 2 not recognised" in printed
    assert "to load it with other options, first run: lumber loads delete logs-" in printed
    assert run(["ingest", "logs", str(path), "--database-url", sqlite_url, "--dry-run"]) == 0
    assert "lumber loads delete" not in capsys.readouterr().out
    assert "\x1b" not in printed


def test_the_summary_says_how_records_get_a_level(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("LUMBER_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "a.csv").write_text("time,text,gravity,service,host\n2024-03-01,a,bad,x,y\n")
    command = ["ingest", "logs", str(tmp_path / "a.csv"), "--dry-run"]
    assert run(command) == 0
    assert "no line has a level: if a field has it, name it with --map log_level=" in capsys.readouterr().out
    assert run([*command, "--map", "log_level=gravity"]) == 0
    assert "name it with" not in capsys.readouterr().out


def test_a_file_of_which_nothing_loads_says_what_to_check(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("LUMBER_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "a.csv").write_text('Date,Time,Content\n2015-10-18,"18:01:47,978",a\n')
    (tmp_path / "b.log").write_text("nonsense\n" * 3)
    for name, advice in (("a.csv", "--map timestamp=FIELD"), ("b.log", "form of its lines with --pattern")):
        assert run(["ingest", "logs", str(tmp_path / name), "--dry-run"]) == 1
        assert advice in capsys.readouterr().err


def test_the_summary_in_json(sqlite_url, tmp_path) -> None:
    answer = load(sqlite_url, tmp_path, "logs", _LINE.format(1) + "x\ny\n", options=("--year", "2005"))
    report = answer["sources"][0]
    assert [(group["count"], group["line"], group["example"]) for group in report["reasons"]] == [(2, 2, "x")]
    assert report["filled"] == {"log_level": 0, "process_name": 1, "host_name": 1}
    assert report["are_years_guessed"] is False


def test_almost_all_rejected_is_a_failure_and_the_rows_stay(
    sqlite_url, tmp_path, monkeypatch, capsys
) -> None:
    text = _LINE.format(1) + "nonsense\n" * 19
    answer = load(sqlite_url, tmp_path, "logs", text, code=1)
    assert (answer["loaded"], answer["sources"][0]["is_mostly_rejected"]) == (1, True)
    assert rows(sqlite_url, "SELECT count(*) FROM log_entries") == [(1,)]
    again = ("ingest", "logs", str(tmp_path / "1.log"), "--database-url", sqlite_url)
    monkeypatch.setenv("LUMBER_DATA_DIR", str(tmp_path / "data"))
    assert run(list(again)) == 1
    assert "19 of 20 lines" in capsys.readouterr().err
    assert run([*again, "--max-rejected", "0.95"]) == 0
    monkeypatch.setenv("LUMBER_MAX_REJECTED_SHARE", "0.95")
    assert run(list(again)) == 0
    assert run([*again, "--max-rejected", "0.5"]) == 1


def test_a_tiny_source_with_rejects_is_no_failure(sqlite_url, tmp_path) -> None:
    load(sqlite_url, tmp_path, "logs", _LINE.format(1) + "nonsense\n" * 10)


def test_a_share_outside_0_to_1_is_refused(tmp_path, capsys) -> None:
    assert run(["ingest", "logs", "-", "--max-rejected", "7", "--json"]) == 2
    assert "max-rejected" in json.loads(capsys.readouterr().out)["error"]["message"]


def test_the_files_of_a_folder_are_loaded_and_one_that_fails_does_not_stop_the_others(
    sqlite_url, tmp_path, monkeypatch, capsys
) -> None:
    monkeypatch.setenv("LUMBER_DATA_DIR", str(tmp_path / "data"))
    folder = tmp_path / "logs"
    (folder / "web").mkdir(parents=True)
    (folder / "a.log").write_text(_LINE.format(1))
    (folder / "b.log").write_bytes(b"\x1f\x8b damaged")
    (folder / "web" / "c.log").write_text(_LINE.format(3))
    command = ["ingest", "logs", str(folder), f"{tmp_path}/*.none", "--database-url", sqlite_url]
    assert run([*command, "--json"]) == 1
    printed = capsys.readouterr()
    answer = json.loads(printed.out)
    assert [each["source"].removeprefix(str(folder)) for each in answer["sources"]] == [
        "/a.log",
        "/web/c.log",
    ]
    assert {each["source"].rpartition("/")[2] for each in answer["failed"]} == {"b.log", "*.none"}
    assert "logs: 3 files" in printed.err
    assert rows(sqlite_url, "SELECT count(*) FROM log_entries") == [(2,)]
    (folder / "b.log").unlink()
    assert run(["ingest", "logs", str(folder), "--database-url", sqlite_url]) == 0


def test_a_folder_without_files_creates_nothing(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("LUMBER_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "empty").mkdir()
    assert run(["ingest", "logs", str(tmp_path / "empty")]) == 4
    assert run(["ingest", "logs", str(tmp_path / "*.none")]) == 4
    assert not (tmp_path / "data").exists()
    assert "no files to load" in capsys.readouterr().err


_ERROR = "2024-03-01 10:00:00 ERROR a.b: failed\n"
_FRAME = "\tat a.b(c:1)\n"


def test_the_summary_tells_how_many_lines_were_joined(sqlite_url, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("LUMBER_DATA_DIR", str(tmp_path / "data"))
    path = tmp_path / "a.log"
    path.write_text(_ERROR + _FRAME * 2 + _ERROR + _FRAME)
    command = ["ingest", "logs", str(path), "--database-url", sqlite_url]
    assert run([*command, "--dry-run", "--lines", "1"]) == 0
    assert "joined 2 continuation lines into 1 record" in capsys.readouterr().out
    assert run(command) == 0
    printed = capsys.readouterr().out
    assert "joined 3 continuation lines into 2 records" in printed
    assert "2 lines, 2 loaded" in printed
    with path.open("a") as file:
        file.write(_FRAME + _ERROR)
    assert run(command) == 0
    assert (
        "1 rejected: continues a line that was loaded before, for example line 6" in capsys.readouterr().out
    )
    assert rows(sqlite_url, "SELECT message FROM log_entries ORDER BY id") == [
        (f"failed\n{_FRAME * 2}".rstrip(),), (f"failed\n{_FRAME}".rstrip(),), ("failed",),
    ]  # fmt: skip


def test_lines_are_joined_only_if_that_is_wanted(sqlite_url, tmp_path, capsys) -> None:
    answer = load(sqlite_url, tmp_path, "logs", _ERROR + _FRAME, options=("--multiline", "none"))
    assert (answer["rejected"], answer["sources"][0]["joined_lines"]) == (1, 0)
    assert run(["ingest", "logs", "-", "--multiline", "some", "--json"]) == 3
    assert "auto" in json.loads(capsys.readouterr().out)["error"]["message"]
