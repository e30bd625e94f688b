"""`lumber exports`: list, show, watch, cancel, retry, delete and download, as a shell sees them."""

import asyncio
import json
import os
import pty
import re
import select
import signal
import zipfile
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any, TypeVar

import pytest

from lumber.cli.main import run
from lumber.exports import ExportConfig, ExportStatusManager
from lumber.exports.stored import PROGRESS
from lumber.store.database import open_database
from lumber.store.url import DatabaseUrl
from tests.integration.book import CONFIG, COUNTS, FILES, LEASE_SECONDS, OTHER_CONFIG, Book, progress
from tests.integration.datasets import contents, execute, fill, query
from tests.integration.processes import LUMBER, PATIENCE_SECONDS, forked, until
from tests.integration.workers import create, settings_for, worker

BUDGET_REASON = "Watching and cancelling take a real worker process, and a real terminal."

ROWS = 400
HOSTILE = "\x1b]0;owned\x07[red]\x1b[2J\u202e"
# Small enough steps that a test can come in between.
SLOW = ExportConfig(data_types=["logs"], output_format="jsonl", batch_size=1)

T = TypeVar("T")


@dataclass
class Shell:
    """Runs commands in this process, on one database."""

    url: str
    capsys: pytest.CaptureFixture[str]

    def run(self, *arguments: object) -> tuple[int, str, str]:
        """Return exit code, standard output and standard error."""
        self.capsys.readouterr()
        code = run(["exports", *map(str, arguments), "--database-url", self.url])
        done = self.capsys.readouterr()
        return code, done.out, done.err

    def answer(self, *arguments: object, code: int = 0) -> dict[str, Any]:
        """Run with --json; return the one object on standard output."""
        found, out, errors = self.run(*arguments, "--json")
        assert found == code, (out, errors)
        assert out.count("\n") == 1
        return json.loads(out)

    def do(self, work: Callable[[Book], Awaitable[T]]) -> T:
        """Work on the ledger."""

        async def inside() -> T:
            database = open_database(DatabaseUrl.parse(self.url))
            try:
                return await work(Book(ExportStatusManager(database), database))
            finally:
                await database.close()

        return asyncio.run(inside())

    def pending(self, config: ExportConfig = CONFIG) -> str:
        return create(self.url, [config])[0]

    def ended(self, end: str, **values: Any) -> str:
        """Make an export that has ended, and set columns of it."""

        async def make(book: Book) -> str:
            claim = await book.running()
            if end == "completed":
                await book.ledger.complete(claim, COUNTS, FILES)
            elif end == "failed":
                await book.ledger.fail(claim, "disk_full", "The disk is full. Free some space.")
            else:
                await book.ledger.cancelled(claim)
            if values:
                await book.set(claim.export_id, **values)
            return claim.export_id

        return self.do(make)


@pytest.fixture
def shell(either_database_url: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Iterator[Shell]:
    """A shell on a database with tables."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LUMBER_DATA_DIR", str(tmp_path / "data"))
        yield Shell(either_database_url, capsys)


@pytest.fixture
def sqlite_shell(sqlite_url: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Iterator[Shell]:
    """A shell on a SQLite database with tables."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LUMBER_DATA_DIR", str(tmp_path / "data"))
        yield Shell(sqlite_url, capsys)


# list


def test_the_history_is_listed_newest_first_and_narrowed(shell: Shell) -> None:
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    old = shell.ended("failed", created_at=now - timedelta(days=2))
    middle = shell.ended("completed", created_at=now - timedelta(days=1))
    new = shell.pending(OTHER_CONFIG)
    shell.do(lambda book: book.set(new, created_at=now))

    def ids(*arguments: object) -> tuple[list[str], int]:
        answer = shell.answer("list", *arguments)
        return [export["export_id"] for export in answer["exports"]], answer["total"]

    assert ids() == ([new, middle, old], 3)
    assert ids("--limit", 1, "--offset", 1) == ([middle], 3)
    assert ids("--status", "failed", "--status", "pending") == ([new, old], 2)
    assert ids("--data-type", "anomalies") == ([new], 1)
    assert ids("--search", "DISK is full") == ([old], 1)
    assert ids("--since", "2026-02-28T12:00:00+00:00") == ([new, middle], 2)
    assert ids("--since", "2026-03-01") == ([new], 1)
    assert ids("--since", "2026-03-02") == ([], 0)
    assert ids("--order", "oldest", "--limit", 2) == ([old, middle], 3)
    # What waits has no size yet.
    assert ids("--order", "largest") == ([middle, old, new], 3)
    assert ids("--order", "smallest") == ([old, middle, new], 3)
    code, out, _ = shell.run("list", "--limit", 2)
    assert code == 0
    lines = out.splitlines()
    assert [line.split()[:2] for line in lines[1:3]] == [[new[:8], "pending"], [middle[:8], "completed"]]
    assert lines[3] == "3 exports; showing 1 to 2."


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--since", "soon"], 2),
        (["--status", "lost"], 2),
        (["--limit", "0"], 2),
        (["--order", "biggest"], 2),
        (["--data-type", "flows"], 3),
    ],
    ids=lambda value: str(value),
)
def test_a_list_that_cannot_be_is_refused(sqlite_shell: Shell, arguments: list[str], code: int) -> None:
    assert "error" in sqlite_shell.answer("list", *arguments, code=code)


def test_the_history_has_what_a_command_exported(sqlite_shell: Shell, tmp_path: Path) -> None:
    fill(sqlite_shell.url, 5)
    out = tmp_path / "out"
    assert run(["export", "-d", "logs", "-o", str(out), "--database-url", sqlite_shell.url]) == 0
    (export,) = sqlite_shell.answer("list")["exports"]
    assert (export["status"], export["executor"], export["path"]) == ("completed", "command", str(out))
    assert export["record_count"] == 5


def test_a_missing_database_is_said_with_the_next_step(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'none.db'}"
    for name in ("list", "show", "watch", "cancel", "retry", "download"):
        arguments = [] if name == "list" else ["abcd"]
        extra = ["--zip", "x.zip"] if name == "download" else []
        answer = Shell(url, capsys).answer(name, *arguments, *extra, code=1)
        assert answer["error"]["code"] == "database_missing"
    assert list(tmp_path.iterdir()) == []


# Ids


def test_the_beginning_of_an_id_is_enough_when_it_means_one(shell: Shell) -> None:
    ids = [shell.pending() for _ in range(3)]
    for export_id, name in zip(ids, ("abcd1111", "abcd2222", "ab_d3333"), strict=True):
        # An id never changes outside of tests, so the search table has no rule for it.
        execute(shell.url, f"DELETE FROM export_search WHERE export_id = '{export_id}'")
        execute(shell.url, f"UPDATE exports SET id = '{name}-rest' WHERE id = '{export_id}'")
    assert shell.answer("show", "abcd1")["export_id"] == "abcd1111-rest"
    assert shell.answer("show", "ABCD2222")["export_id"] == "abcd2222-rest"
    assert (
        shell.answer("show", "ab_d")["export_id"] == "ab_d3333-rest"
    )  # and no character stands for any other
    several = shell.answer("show", "abcd", code=2)["error"]["message"]
    assert "abcd1111-rest (pending)" in several
    assert "abcd2222-rest (pending)" in several
    assert "4 characters" in shell.answer("show", "abc", code=2)["error"]["message"]
    for unknown in ("abcd1111-rest-and-more", "nothing", "%%%%", "a\x00bc", "\udcffabc"):
        assert shell.answer("show", unknown, code=4)["error"]["code"] == "export_not_found"


def test_a_whole_id_means_itself(sqlite_shell: Shell) -> None:
    ids = [sqlite_shell.pending() for _ in range(2)]
    for export_id, name in zip(ids, ("abc", "abcdef"), strict=True):
        execute(sqlite_shell.url, f"UPDATE exports SET id = '{name}' WHERE id = '{export_id}'")
    assert sqlite_shell.answer("show", "abc")["export_id"] == "abc"


# show


def test_everything_about_an_export_is_shown(shell: Shell) -> None:
    export_id = shell.ended("completed", output_path="/data/out")
    answer = shell.answer("show", export_id[:6])
    assert (answer["export_id"], answer["status"], answer["kinds"]) == (export_id, "completed", COUNTS)
    assert [(each["owner"], each["outcome"]) for each in answer["attempts"]] == [("a", "completed")]
    assert {file["path"]: file["sha256"] for file in answer["files"]} == {
        file.path: file.sha256 for file in FILES
    }
    assert {file["kind"] for file in answer["files"]} == {"logs", "ips", None}
    code, out, _ = shell.run("show", export_id)
    assert code == 0
    assert f"lumber exports download {export_id}" in out
    assert re.search(r"logs +10 +7 +3", out)
    assert all(file.path in out for file in FILES)


def test_a_failure_is_shown_with_what_to_do(sqlite_shell: Shell) -> None:
    export_id = sqlite_shell.ended("failed")
    _, out, _ = sqlite_shell.run("show", export_id)
    assert "disk_full: The disk is full. Free some space." in out
    assert f"lumber exports retry {export_id}" in out
    assert re.search(r"1 +a +.*failed +disk_full", out)


def test_a_running_export_is_shown_with_its_progress(sqlite_shell: Shell) -> None:
    async def work(book: Book) -> str:
        claim = await book.running()
        await book.ledger.renew(claim, LEASE_SECONDS, progress(40))
        await book.ledger.request_cancel(claim.export_id)
        return claim.export_id

    export_id = sqlite_shell.do(work)
    assert sqlite_shell.answer("show", export_id)["progress"] == PROGRESS.dump(progress(40))
    _, out, _ = sqlite_shell.run("show", export_id)
    assert "running (being cancelled), exporting" in out
    assert "logs: 40 of 100 rows, 40 %" in out


@pytest.mark.parametrize("command", ["list", "show", "watch"])
def test_hostile_text_of_an_export_cannot_steer_a_terminal(sqlite_shell: Shell, command: str) -> None:
    export_id = sqlite_shell.pending(ExportConfig(data_types=["logs"], processes=[HOSTILE]))

    async def fail(book: Book) -> None:
        claim = await book.claimed(export_id, HOSTILE)
        await book.ledger.placed(claim, f"/data/{HOSTILE}")
        await book.ledger.fail(claim, "unexpected", f"It failed: {HOSTILE}")

    sqlite_shell.do(fail)
    _, out, errors = sqlite_shell.run(command, *([] if command == "list" else [export_id]))
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202e]", out + errors)
    assert command == "list" or "[red]" in out


# watch


@pytest.mark.parametrize(("end", "code"), [("completed", 0), ("failed", 1), ("cancelled", 130)])
def test_watching_what_has_ended_says_how(shell: Shell, end: str, code: int) -> None:
    export_id = shell.ended(end)
    found, out, _ = shell.run("watch", export_id)
    assert found == code
    assert f"{end}: export {export_id}" in out
    assert shell.answer("watch", export_id, code=code)["status"] == end


def test_what_is_completed_is_shown_as_done(shell: Shell) -> None:
    # What it last said of itself, before it was quicker than the next look at it.
    export_id = shell.ended("completed", progress=PROGRESS.dump(progress(80, total=100)))
    _, out, _ = shell.run("watch", export_id)
    assert "completed, logs 100 % of 100 rows" in out


def watching(shell: Shell, export_id: str) -> Any:
    return forked("exports", "watch", export_id[:8], "--database-url", shell.url)


def test_each_change_is_a_line_and_the_end_an_exit_code(shell: Shell) -> None:
    export_id = shell.pending()
    with watching(shell, export_id) as watch:
        until(lambda: watch.assert_runs() or " pending\n" in watch.stdout)
        claim = shell.do(lambda book: book.claimed(export_id))
        shell.do(lambda book: book.ledger.renew(claim, LEASE_SECONDS, progress(40)))
        until(lambda: watch.assert_runs() or " exporting, logs 40 % of 100 rows\n" in watch.stdout)
        shell.do(lambda book: book.ledger.complete(claim, COUNTS, FILES))
        assert watch.wait() == 0
        assert f"completed: export {export_id}, 9 rows" in watch.stdout
        assert watch.stderr == ""


def test_ctrl_c_ends_the_watching_and_not_the_export(sqlite_shell: Shell) -> None:
    export_id = sqlite_shell.pending()
    with watching(sqlite_shell, export_id) as watch:
        until(lambda: watch.assert_runs() or "pending" in watch.stdout)
        watch.signal_group(signal.SIGINT)
        assert watch.wait() == 130
        assert "the export continues" in watch.stderr
        assert "Traceback" not in watch.stderr
    assert query(sqlite_shell.url, "SELECT status, cancel_requested_at FROM exports") == [("pending", None)]


def test_an_export_that_is_deleted_while_it_is_watched_is_gone(sqlite_shell: Shell) -> None:
    export_id = sqlite_shell.pending()
    with watching(sqlite_shell, export_id) as watch:
        until(lambda: watch.assert_runs() or "pending" in watch.stdout)
        execute(sqlite_shell.url, "DELETE FROM exports")
        assert watch.wait() == 4
        assert "was deleted" in watch.stderr


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # pty.fork in a process with threads
def test_a_terminal_shows_a_bar_for_each_kind(sqlite_shell: Shell) -> None:
    async def begin(book: Book) -> str:
        claim = await book.running()
        await book.ledger.renew(claim, LEASE_SECONDS, progress(40))
        return claim.export_id

    export_id = sqlite_shell.do(begin)
    arguments = ["exports", "watch", export_id, "--database-url", sqlite_shell.url]

    def cancel_once_shown(shown: bytes) -> None:
        if b"40/100" in shown:
            execute(sqlite_shell.url, "UPDATE exports SET status = 'cancelled', finished_at = started_at")

    code, shown = on_terminal(arguments, cancel_once_shown)
    assert code == 130
    assert b"logs" in shown
    assert b"ips" in shown
    assert f"cancelled: export {export_id}" in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode())


def on_terminal(arguments: list[str], react: Callable[[bytes], None], keys: bytes = b"") -> tuple[int, bytes]:
    """Run on a terminal; `react` sees all that it showed, each time that it shows more."""
    variables = os.environ | {"TERM": "xterm-256color", "COLUMNS": "120"}
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(LUMBER, ["lumber", *arguments], variables)
    shown = bytearray()
    try:
        os.write(terminal, keys)
        while select.select([terminal], [], [], PATIENCE_SECONDS)[0]:
            try:
                data = os.read(terminal, 65_536)
            except OSError:  # the other end is closed
                break
            shown += data
            react(bytes(shown))
    finally:
        os.close(terminal)
        _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), bytes(shown)


# cancel and retry


def test_what_waits_is_cancelled_at_once_and_again(shell: Shell) -> None:
    export_id = shell.pending()
    assert shell.answer("cancel", export_id[:8])["status"] == "cancelled"
    code, out, _ = shell.run("cancel", export_id)
    assert code == 0
    assert f"lumber exports retry {export_id}" in out


@pytest.mark.parametrize("end", ["completed", "failed"])
def test_what_has_ended_cannot_be_cancelled(sqlite_shell: Shell, end: str) -> None:
    assert sqlite_shell.answer("cancel", sqlite_shell.ended(end), code=1)["error"]["code"] == "export_state"


def test_a_cancel_may_only_be_asked_for(sqlite_shell: Shell) -> None:
    claim = sqlite_shell.do(lambda book: book.running())
    answer = sqlite_shell.answer("cancel", claim.export_id, "--no-wait")
    assert (answer["status"], answer["is_cancelling"]) == ("running", True)


def test_a_cancel_waits_for_whoever_runs_it(sqlite_shell: Shell) -> None:
    claim = sqlite_shell.do(lambda book: book.running())
    command = ("exports", "cancel", claim.export_id, "--json", "--database-url", sqlite_shell.url)
    asked = "SELECT 1 FROM exports WHERE cancel_requested_at IS NOT NULL"
    with forked(*command) as cancel:
        until(lambda: cancel.assert_runs() or query(sqlite_shell.url, asked))
        cancel.assert_runs()
        sqlite_shell.do(lambda book: book.ledger.cancelled(claim))
        assert cancel.wait() == 0
        assert json.loads(cancel.stdout)["status"] == "cancelled"


def test_a_cancel_reaches_an_export_that_was_handed_back(sqlite_shell: Shell) -> None:
    claim = sqlite_shell.do(lambda book: book.running())
    command = ("exports", "cancel", claim.export_id, "--database-url", sqlite_shell.url)
    asked = "SELECT 1 FROM exports WHERE cancel_requested_at IS NOT NULL"
    with forked(*command) as cancel:
        until(lambda: cancel.assert_runs() or query(sqlite_shell.url, asked))
        sqlite_shell.do(lambda book: book.ledger.hand_back(claim))
        assert cancel.wait() == 0
    assert query(sqlite_shell.url, "SELECT status FROM exports") == [("cancelled",)]


def test_a_cancel_that_comes_too_late_says_so(sqlite_shell: Shell) -> None:
    claim = sqlite_shell.do(lambda book: book.running())
    command = ("exports", "cancel", claim.export_id, "--database-url", sqlite_shell.url)
    asked = "SELECT 1 FROM exports WHERE cancel_requested_at IS NOT NULL"
    with forked(*command) as cancel:
        until(lambda: cancel.assert_runs() or query(sqlite_shell.url, asked))
        sqlite_shell.do(lambda book: book.ledger.complete(claim, COUNTS, FILES))
        assert cancel.wait() == 1
        assert "ended before it could be cancelled: completed" in cancel.stderr


def test_a_worker_stops_an_export_and_runs_it_again(shell: Shell, tmp_path: Path) -> None:
    fill(shell.url, ROWS)
    settings = settings_for(shell.url, tmp_path / "data", partition_rows=10, workers=1)
    export_id = shell.pending(SLOW)
    with worker(settings) as running:
        until(lambda: running.assert_runs() or query(shell.url, "SELECT 1 FROM export_partitions"))
        assert shell.answer("cancel", export_id)["status"] == "cancelled"
        assert not (settings.effective_exports_dir / export_id).exists()
        code, out, errors = shell.run("retry", export_id)
        assert (code, errors) == (0, "")
        assert "a worker has taken it" in out
        assert shell.answer("watch", export_id)["record_count"] == ROWS
    assert (settings.effective_exports_dir / export_id / "manifest.json").exists()


@pytest.mark.parametrize("end", ["failed", "cancelled"])
def test_a_retry_says_that_a_worker_must_run(sqlite_shell: Shell, end: str) -> None:
    export_id = sqlite_shell.ended(end)
    code, out, errors = sqlite_shell.run("retry", export_id)
    assert code == 0
    assert f"Export {export_id} is queued." in out
    assert "No worker has taken it yet" in errors
    assert query(sqlite_shell.url, "SELECT status, executor FROM exports") == [("pending", "service")]


def test_what_did_not_fail_cannot_be_retried(sqlite_shell: Shell) -> None:
    for export_id in (sqlite_shell.pending(), sqlite_shell.ended("completed")):
        assert sqlite_shell.answer("retry", export_id, code=1)["error"]["code"] == "export_state"


# delete


def test_several_exports_are_deleted_with_their_files(shell: Shell, tmp_path: Path) -> None:
    ids = [shell.ended("completed"), shell.ended("failed")]
    kept = shell.ended("completed")
    for export_id in (*ids, kept):
        folder = tmp_path / "data" / "exports" / export_id
        folder.mkdir(parents=True)
        (folder / "manifest.json").write_text("{}")
        shell.do(lambda book, id_=export_id, path=folder: book.set(id_, output_path=str(path)))
    answer = shell.answer("delete", ids[0], ids[1][:8], ids[0][:8], "--yes")
    assert [(each["export_id"], each["files_deleted"]) for each in answer["deleted"]] == [
        (export_id, True) for export_id in ids
    ]
    assert answer["errors"] == []
    assert [folder.name for folder in (tmp_path / "data" / "exports").iterdir()] == [kept]
    assert query(shell.url, "SELECT id FROM exports") == [(kept,)]


def test_a_folder_that_a_user_chose_stays(sqlite_shell: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "manifest.json").write_text("{}")
    export_id = sqlite_shell.ended("completed", output_path=str(folder))
    code, out, _ = sqlite_shell.run("delete", export_id, "-y")
    assert code == 0
    assert f"stays: {folder}" in out
    assert (folder / "manifest.json").exists()


def test_what_runs_is_not_deleted_and_the_others_are(sqlite_shell: Shell) -> None:
    waiting, done = sqlite_shell.pending(), sqlite_shell.ended("failed")
    answer = sqlite_shell.answer("delete", waiting, done, "--yes", code=1)
    assert [each["export_id"] for each in answer["deleted"]] == [done]
    assert [(each["export_id"], each["code"]) for each in answer["errors"]] == [(waiting, "export_state")]


def test_nothing_is_deleted_when_one_is_not_found(sqlite_shell: Shell) -> None:
    export_id = sqlite_shell.ended("failed")
    assert sqlite_shell.answer("delete", export_id, "nothing", "--yes", code=4)["error"]
    assert query(sqlite_shell.url, "SELECT count(*) FROM exports") == [(1,)]


@pytest.mark.parametrize("flag", [[], ["--json"]])
def test_nothing_is_deleted_when_there_is_nobody_to_ask(sqlite_shell: Shell, flag: list[str]) -> None:
    export_id = sqlite_shell.ended("failed")
    code, out, errors = sqlite_shell.run("delete", export_id, *flag)
    assert code == 2
    assert "--yes" in out + errors
    assert query(sqlite_shell.url, "SELECT count(*) FROM exports") == [(1,)]


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
@pytest.mark.parametrize(
    ("key", "code", "left"),
    [(b"y\r", 0, 0), pytest.param(b"n\r", 1, 1, marks=pytest.mark.slow), (b"\r", 1, 1)],
)
def test_a_terminal_is_asked_first(sqlite_shell: Shell, key: bytes, code: int, left: int) -> None:
    export_id = sqlite_shell.ended("failed")
    arguments = ["exports", "delete", export_id, "--database-url", sqlite_shell.url]
    found, shown = on_terminal(arguments, lambda _shown: None, keys=key)
    assert found == code, shown.decode()
    assert b"Delete this export and the files?" in shown
    assert query(sqlite_shell.url, "SELECT count(*) FROM exports") == [(left,)]


# download


@pytest.fixture
def dataset(sqlite_shell: Shell, tmp_path: Path) -> tuple[str, Path]:
    """A finished export of real rows: its id and its folder."""
    fill(sqlite_shell.url, ROWS)
    folder = tmp_path / "dataset"
    arguments = ["export", "-d", "logs", "-o", str(folder), "--json", "--database-url", sqlite_shell.url]
    sqlite_shell.capsys.readouterr()
    assert run(arguments) == 0
    return json.loads(sqlite_shell.capsys.readouterr().out)["export_id"], folder


def test_an_export_leaves_how_long_its_phases_took_and_what_happened(
    sqlite_shell: Shell, dataset: tuple[str, Path]
) -> None:
    export_id, _ = dataset
    journal = sqlite_shell.answer("show", export_id)["progress"]["journal"]
    assert [phase["phase"] for phase in journal["phases"]] == ["planning", "exporting", "packing"]
    assert all(phase["ended_at"] >= phase["started_at"] for phase in journal["phases"])
    assert journal["readings"][-1]["rows"] == ROWS
    texts = [line["text"] for line in journal["lines"]]
    assert texts[:2] == ["Attempt 1 began.", f"Planned {ROWS:,} rows of logs in 1 partition."]
    assert texts[2].startswith(f"Partition 1 of 1 of logs: {ROWS:,} rows read, ")
    assert re.fullmatch(r"Wrote \d+ files, [\d,]+ bytes\.", texts[3])
    _, out, _ = sqlite_shell.run("show", export_id)
    assert re.search(r"phases +planning .*, exporting .*, packing ", out)
    assert texts[1] in out


def all_files(folder: Path) -> dict[str, bytes]:
    return contents(folder) | {"manifest.json": (folder / "manifest.json").read_bytes()}


def test_a_dataset_is_copied_byte_for_byte(
    sqlite_shell: Shell, dataset: tuple[str, Path], tmp_path: Path
) -> None:
    export_id, folder = dataset
    target, archive = tmp_path / "deep" / "copy", tmp_path / "copy.zip"
    answer = sqlite_shell.answer("download", export_id[:8], "--output", target)
    expected = all_files(folder)
    assert all_files(target) == expected
    assert answer == {
        "export_id": export_id,
        "path": str(target),
        "files": len(expected),
        "size_bytes": sum(map(len, expected.values())),
    }
    assert run(["verify", str(target)]) == 0
    code, out, _ = sqlite_shell.run("download", export_id, "--zip", archive)
    assert code == 0
    assert str(archive) in out
    with zipfile.ZipFile(archive) as opened:
        assert {name: opened.read(name) for name in opened.namelist()} == expected
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


def test_an_empty_folder_is_filled_and_a_full_one_left_alone(
    sqlite_shell: Shell, dataset: tuple[str, Path], tmp_path: Path
) -> None:
    export_id, folder = dataset
    target = tmp_path / "copy"
    target.mkdir()
    assert sqlite_shell.run("download", export_id, "-o", target)[0] == 0
    (tmp_path / "file.zip").write_text("mine")
    for arguments in (["-o", target], ["-o", tmp_path / "file.zip"], ["--zip", tmp_path / "file.zip"]):
        answer = sqlite_shell.answer("download", export_id, *arguments, code=1)
        assert answer["error"]["code"] == "output_occupied"
    assert all_files(target) == all_files(folder)
    assert (tmp_path / "file.zip").read_text() == "mine"


# Each damage once, and each way.
QUICK_DAMAGES = {("changed", "--zip"), ("shorter", "--output"), ("gone", "--zip")}


@pytest.mark.parametrize(
    ("damage", "way"),
    [
        pytest.param(*pair, marks=() if pair in QUICK_DAMAGES else pytest.mark.slow)
        for pair in product(("changed", "shorter", "gone"), ("--output", "--zip"))
    ],
)
def test_a_damaged_dataset_is_not_handed_out(
    sqlite_shell: Shell, dataset: tuple[str, Path], tmp_path: Path, way: str, damage: str
) -> None:
    export_id, folder = dataset
    (shard,) = (folder / "logs").iterdir()
    content = shard.read_bytes()
    if damage == "gone":
        shard.unlink()
    else:
        shard.write_bytes(content[:-1] if damage == "shorter" else content[:-2] + b" \n")
    before = set(tmp_path.iterdir())
    answer = sqlite_shell.answer("download", export_id, way, tmp_path / "copy", code=1)
    assert answer["error"]["code"] == "export_file_not_found"
    assert "Export again" in answer["error"]["message"]
    assert set(tmp_path.iterdir()) == before


def test_what_is_not_completed_has_no_files(sqlite_shell: Shell, tmp_path: Path) -> None:
    for export_id in (sqlite_shell.pending(), sqlite_shell.ended("failed")):
        answer = sqlite_shell.answer("download", export_id, "-o", tmp_path / "out", code=1)
        assert answer["error"]["code"] == "export_state"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("arguments", [[], ["--output", "a", "--zip", "b"]])
def test_a_download_goes_to_one_place(sqlite_shell: Shell, arguments: list[str]) -> None:
    assert "--zip" in sqlite_shell.answer("download", "abcd", *arguments, code=2)["error"]["message"]


# name


def test_an_export_is_named_listed_by_its_tag_and_shown(shell: Shell) -> None:
    first, other = shell.pending(), shell.pending(OTHER_CONFIG)
    named = shell.answer("name", first[:8], "Errors of January", "--tag", "Plant", "--note", "Twice.")
    assert (named["name"], named["tags"], named["note"]) == ("Errors of January", ["plant"], "Twice.")
    assert shell.answer("name", first)["name"] == "Errors of January"
    assert [each["export_id"] for each in shell.answer("list", "--tag", "plant")["exports"]] == [first]
    assert [each["export_id"] for each in shell.answer("list", "--search", "JANUARY")["exports"]] == [first]
    listed = shell.run("list")[1]
    assert "Errors of January" in listed
    assert f"{named['what']} #plant" in listed
    shown = shell.run("show", first)[1]
    for line in ("name       Errors of January", f"what       {named['what']}", "note       Twice."):
        assert line in shown
    assert shell.answer("name", first, "", "--no-tags")["tags"] == []
    assert shell.run("name", first)[1].startswith(f"Export {first} has no name.")
    assert shell.run("name", other, HOSTILE)[0] == 3
    assert shell.run("name", other, "--tag", "a", "--no-tags")[0] == 2
    assert shell.run("name", "00000000", "x")[0] == 4
