"""`lumber ingest --follow`: a growing file, its rotation, and a restart."""

import errno
import gzip
import io
import os
import random
import shutil
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from lumber.errors import DatabaseUnreachable
from lumber.ingest import options as checks
from lumber.ingest.follow.pace import Pace
from lumber.ingest.options import Format
from lumber.ingest.patient_loader import PatientLoader
from tests.commands import lumber
from tests.integration.following import AT_ONCE, Run, append, following, line, messages
from tests.integration.loading import rows
from tests.integration.processes import LUMBER, started, until


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "logs" / "app.log"
    path.parent.mkdir()
    path.write_text(line("1") + line("2"))
    return path


def test_only_whole_lines_are_loaded_and_each_once(sqlite_url: str, tmp_path: Path, log: Path) -> None:
    with following(sqlite_url, tmp_path, log) as run:
        assert messages(sqlite_url) == ["1", "2"]
        append(log, line("3") + line("four")[:-3])
        run.step()
        assert messages(sqlite_url) == ["1", "2", "3"]
        append(log, "ur\n" + line("5")[:9])
        run.step()
        assert messages(sqlite_url) == ["1", "2", "3", "four"]
    append(log, line("5")[9:])
    with following(sqlite_url, tmp_path, log) as run:
        assert messages(sqlite_url) == ["1", "2", "3", "four", "5"]
    (report,) = run.follower.reports
    assert (report.lines, report.loaded, report.skipped) == (1, 1, 4)
    assert len(rows(sqlite_url, "SELECT source_id FROM ingest_sources")) == 1


def test_a_renamed_file_is_read_to_its_end_and_then_the_new_one(
    sqlite_url: str, tmp_path: Path, log: Path
) -> None:
    with following(sqlite_url, tmp_path, log) as run:
        log.rename(log.with_name("app.log.1"))
        append(log.with_name("app.log.1"), line("3") + line("4").rstrip("\n"))
        log.write_text(line("5"))
        run.step()
        assert sorted(messages(sqlite_url)) == ["1", "2", "3", "4", "5"]
        append(log, line("6"))
    assert sorted(messages(sqlite_url)) == ["1", "2", "3", "4", "5", "6"]
    assert sum(report.lines for report in run.follower.reports) == 6


def test_a_truncated_file_is_read_from_its_start_and_its_copy_to_the_end(
    sqlite_url: str, tmp_path: Path, log: Path
) -> None:
    with following(sqlite_url, tmp_path, log) as run:
        append(log, line("3"))
        shutil.copy(log, log.with_name("app.log.1"))
        os.truncate(log, 0)
        append(log, line("4"))
        run.step()
        assert sorted(messages(sqlite_url)) == ["1", "2", "3", "4"]
        log.write_text(line("5") + line("another line, so it is no shorter than before"))
        run.step()
        assert messages(sqlite_url)[4:] == ["5", "another line, so it is no shorter than before"]
    assert any("was truncated" in text for text in run.said)


def test_a_file_that_is_not_there_is_waited_for(sqlite_url: str, tmp_path: Path) -> None:
    log = tmp_path / "late.log"
    with following(sqlite_url, tmp_path, log) as run:
        assert "isn't there yet" in run.said[0]
        log.write_text(line("1"))
    assert messages(sqlite_url) == ["1"]


def test_what_was_rotated_while_nobody_followed_is_loaded(sqlite_url: str, tmp_path: Path, log: Path) -> None:
    with following(sqlite_url, tmp_path, log):
        pass
    append(log, line("3"))
    log.with_name("app.log.2.gz").write_bytes(gzip.compress(log.read_bytes()))
    log.with_name("app.log.1").write_text(line("4"))
    os.utime(log.with_name("app.log.2.gz"), (1, 1))
    log.write_text(line("5"))
    with following(sqlite_url, tmp_path, log) as run:
        assert messages(sqlite_url) == ["1", "2", "3", "4", "5"]
    assert sum("was rotated: loaded 1 line of" in text for text in run.said) == 2
    with following(sqlite_url, tmp_path, log) as run:
        assert run.said == []
    assert len(messages(sqlite_url)) == 5


def test_what_was_written_to_a_rotated_file_after_the_new_one_began_is_loaded(
    sqlite_url: str, tmp_path: Path, log: Path
) -> None:
    with following(sqlite_url, tmp_path, log):
        log.rename(log.with_name("app.log.1"))
        log.write_text(line("4"))
    append(log.with_name("app.log.1"), line("3"))
    with following(sqlite_url, tmp_path, log):
        assert sorted(messages(sqlite_url)) == ["1", "2", "3", "4"]


def test_a_rotated_file_that_is_gone_is_told(sqlite_url: str, tmp_path: Path, log: Path) -> None:
    with following(sqlite_url, tmp_path, log):
        pass
    log.write_text(line("9"))
    with following(sqlite_url, tmp_path, log) as run:
        assert "no file beside it begins with its 2 loaded lines" in run.said[0]
    assert messages(sqlite_url) == ["1", "2", "9"]


@pytest.mark.parametrize("name", ["", "*.log*"], ids=["folder", "pattern"])
def test_new_files_are_found_and_rotated_ones_are_not_loaded_again(
    sqlite_url: str, tmp_path: Path, log: Path, name: str
) -> None:
    with following(sqlite_url, tmp_path, log.parent / name) as run:
        (log.parent / "other.log").write_text(line("a"))
        log.rename(log.with_name("app.log.1"))
        log.write_text(line("3"))
        run.step()
        append(log, line("4"))
        append(log.parent / "other.log", line("b"))
        (log.parent / "old.log.gz").write_bytes(gzip.compress(line("zipped").encode()))
        run.step()
    assert sorted(messages(sqlite_url)) == ["1", "2", "3", "4", "a", "b", "zipped"]


def test_a_pattern_that_does_not_match_is_told_and_loads_nothing(
    sqlite_url: str, tmp_path: Path, log: Path
) -> None:
    mapping = checks.check_mapping({}, "logs", Format.AUTO)
    pattern = checks.check_pattern("%{INT:time} %{GREEDYDATA:message}", "logs", Format.AUTO, mapping)
    with following(sqlite_url, tmp_path, log, pattern=pattern) as run:
        assert "the pattern, so nothing was loaded" in run.said[0]
        assert len(run.said) == 1
    assert messages(sqlite_url) == []
    assert [str(log)] == list(run.follower.failed)


def test_a_binary_file_is_told_once_and_the_others_are_loaded(
    sqlite_url: str, tmp_path: Path, log: Path
) -> None:
    (log.parent / "image.log").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9)
    with following(sqlite_url, tmp_path, log.parent) as run:
        append(log, line("3"))
        run.step()
    assert messages(sqlite_url) == ["1", "2", "3"]
    assert [text for text in run.said if "image.log" in text] == run.said
    assert len(run.said) == len(run.follower.failed) == 1


def test_a_folder_that_cannot_be_read_is_told_once_and_loaded_when_it_can_be(
    sqlite_url: str, tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The operating system says no also if the test runs as root."""
    locked, scan = log.parent / "locked", os.scandir
    locked.mkdir()
    (locked / "b.log").write_text(line("b"))

    def refuse(path: str) -> Any:
        if str(path) == str(locked):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return scan(path)

    run = Run(sqlite_url, tmp_path, log.parent, locked)
    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", refuse)
        run.step()
        append(log, line("3"))
        run.step()
    assert messages(sqlite_url) == ["1", "2", "3"]
    assert run.said == [f"{locked} cannot be read: Permission denied."]
    run.end()
    assert messages(sqlite_url) == ["1", "2", "3", "b"]


ONE = "<13>1 2024-01-02T03:04:05Z h app 1 - - first\nand second"
CSV = 'timestamp,message\n2024-01-01T00:00:00Z,"a\nb"\n'
DOCKER = '{"log":"%s","stream":"stdout","time":"2024-01-01T00:00:00Z"}\n'


@pytest.mark.parametrize(
    ("pieces", "expected", "format_"),
    [
        ([f"{len(ONE)} {ONE[:-30]}", ONE[-30:] + f"{len(ONE)}", f" {ONE}"], [ONE[-16:]] * 2, Format.AUTO),
        ([CSV[:-4], CSV[-4:] + "2024-01-01T00:00:00Z,c\n"], ["a\nb", "c"], Format.AUTO),
        ([DOCKER % "be", DOCKER % "gin\\n" + DOCKER % "end\\n"], ["begin", "end"], Format.AUTO),
    ],
    ids=["counted", "csv", "docker"],
)
def test_a_record_whose_end_has_not_come_waits_for_it(
    sqlite_url: str, tmp_path: Path, pieces: list[str], expected: list[str], format_: Format
) -> None:
    log = tmp_path / "app.log"
    with following(sqlite_url, tmp_path, log, format=format_) as run:
        for piece in pieces:
            append(log, piece)
            run.step()
        assert messages(sqlite_url) == expected
    (report,) = run.follower.reports
    assert report.rejected == 0


def test_a_stack_trace_waits_for_its_last_line(sqlite_url: str, tmp_path: Path, log: Path) -> None:
    pace = replace(AT_ONCE, settle_seconds=3_600)
    with following(sqlite_url, tmp_path, log, pace=pace) as run:
        assert messages(sqlite_url) == ["1"]
        append(log, line("boom") + "Traceback (most recent call last):\n")
        run.step()
        append(log, '  File "a.py", line 1, in <module>\nValueError: x\n')
        run.step()
        assert messages(sqlite_url) == ["1", "2"]
        append(log, line("3"))
        run.step()
    trace = 'boom\nTraceback (most recent call last):\n  File "a.py", line 1, in <module>\nValueError: x'
    assert messages(sqlite_url) == ["1", "2", trace, "3"]
    assert [report.rejected for report in run.follower.reports] == [0]


def test_a_batch_waits_for_its_size_or_its_time(sqlite_url: str, tmp_path: Path, log: Path) -> None:
    pace = Pace(batch_lines=4, batch_seconds=3_600, scan_seconds=0, settle_seconds=0)
    run = Run(sqlite_url, tmp_path, log, pace=pace)
    run.step()
    assert messages(sqlite_url) == []
    append(log, line("3") + line("4"))
    run.step()
    assert messages(sqlite_url) == ["1", "2", "3", "4"]
    append(log, line("5"))
    run.end()
    assert messages(sqlite_url)[4:] == ["5"]


def test_a_lost_connection_is_replaced_and_nothing_is_loaded_twice(
    postgres_url: str, tmp_path: Path, log: Path
) -> None:
    run = Run(postgres_url, tmp_path, log)
    assert run.follower.step() is False
    append(log, line("3"))
    rows(
        postgres_url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    run.step()
    append(log, line("4"))
    run.end()
    assert messages(postgres_url) == ["1", "2", "3", "4"]
    (report,) = run.follower.reports
    assert (report.lines, report.loaded, report.rejected) == (4, 4, 0)


def test_a_database_that_is_away_is_waited_for_and_told_once() -> None:
    said: list[str] = []
    away = [DatabaseUnreachable("It is away.")] * 3

    def connect() -> Any:
        if away:
            raise away.pop()
        return io.BytesIO()

    loader = PatientLoader(connect, lambda connection: connection, Event(), said.append)
    assert loader.run(lambda made: made.getvalue()) == b""
    assert said == ["It is away. Waiting for it; nothing is lost.", "The database is back."]


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)])
def test_a_signal_loads_what_is_complete_and_prints_the_summary(
    sqlite_url: str, tmp_path: Path, log: Path, number: signal.Signals
) -> None:
    command = ("ingest", "logs", log, "--follow", "--database-url", sqlite_url)
    with started(LUMBER, *command, LUMBER_DATA_DIR=tmp_path, LUMBER_LIVE_BATCH_SECONDS=3600) as running:
        until(lambda: running.assert_runs() or "Following." in running.stderr)
        append(log, line("3") + "half a")
        running.process.send_signal(number)
        assert running.wait() == 0, running.stderr
        assert "3 lines, 3 loaded as log" in running.stdout
    assert messages(sqlite_url) == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("options", "field"),
    [
        (["-"], "standard input"),
        (["x.log", "--source-id", "x"], "source_id"),
        (["x.log", "--dry-run"], "dry"),
    ],
)
def test_what_cannot_be_followed_is_refused(tmp_path: Path, options: list[str], field: str) -> None:
    done = lumber("ingest", "logs", "--follow", *options, LUMBER_DATA_DIR=tmp_path)
    assert done.returncode == 3
    assert field in done.stderr


# Writes numbered lines, and rotates every hundred, one time by renaming and the next by copying.
WRITER = """
import os, shutil, sys, time
path, count = sys.argv[1], int(sys.argv[2])
file = open(path, "a")
for n in range(count):
    text = f"2024-05-01T10:00:00Z host app: {n}\\n"
    for piece in (text[:20], text[20:]):
        file.write(piece)
        file.flush()
    if n % 100 == 99:
        kept = f"{path}.{n:05d}"
        if n % 200 == 99:
            os.rename(path, kept)
            file = open(path, "a")
        else:
            shutil.copy(path, kept)
            os.truncate(path, 0)
        time.sleep(0.05)
    time.sleep(0.001)
"""


@pytest.mark.slow
def test_killed_again_and_again_while_the_log_rotates(sqlite_url: str, tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    log.write_text(line("-1"))
    command = (LUMBER, "ingest", "logs", log, "--follow", "--database-url", sqlite_url)
    values = {"LUMBER_DATA_DIR": tmp_path, "LUMBER_LIVE_BATCH_SECONDS": 0.02}
    with following(sqlite_url, tmp_path, log):
        pass
    chance = random.Random(7)
    with started(sys.executable, "-c", WRITER, log, 3_000) as writer:
        while writer.process.poll() is None:
            with started(*command, **values) as running:
                until(lambda: running.assert_runs() or "Following." in running.stderr)
                time.sleep(chance.random() * 2)  # no proof: only when the kill comes
                running.kill()
                running.wait()
    with started(*command, **values) as running:
        until(lambda: running.assert_runs() or "Following." in running.stderr)
        running.process.send_signal(signal.SIGTERM)
        assert running.wait() == 0, running.stderr
    found = [int(message) for message in messages(sqlite_url)]
    assert sorted(found) == list(range(-1, 3_000))
