"""`lumber exports delete` and `lumber exports tag` for all exports that match filters, and by ids."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lumber.exports import bulk
from lumber.store.models.base import utc_now
from tests.integration.book import OTHER_CONFIG
from tests.integration.datasets import query
from tests.integration.test_cli_exports import Shell, on_terminal

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def shell(either_database_url: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Iterator[Shell]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LUMBER_DATA_DIR", str(tmp_path / "data"))
        # Several batches for a few exports.
        patch.setattr(bulk, "MOST_AT_ONCE", 2)
        yield Shell(either_database_url, capsys)


def old(shell: Shell, days: int, end: str = "failed") -> str:
    return shell.ended(end, created_at=NOW - timedelta(days=days))


def left(shell: Shell) -> set[str]:
    return {row[0] for row in query(shell.url, "SELECT id FROM exports")}


def tagged(shell: Shell, tag: str) -> set[str]:
    return {each["export_id"] for each in shell.answer("list", "--tag", tag)["exports"]}


def test_all_that_match_are_counted_and_then_deleted(shell: Shell) -> None:
    gone = {old(shell, days) for days in (5, 6, 7, 8, 9)}
    kept = {old(shell, 1), old(shell, 7, "completed"), shell.pending()}
    filters = ("--status", "failed", "--until", "2026-02-24")
    counted = shell.answer("delete", *filters, "--dry-run")
    assert counted == {"matched": 5, "done": 0, "errors": [], "is_dry_run": True}
    assert left(shell) == gone | kept
    done = shell.answer("delete", *filters, "--yes")
    assert done == {"matched": 5, "done": 5, "errors": [], "is_dry_run": False}
    assert left(shell) == kept
    assert shell.answer("delete", *filters, "--yes", code=4)["error"]["code"] == "export_not_found"


def test_those_that_cant_be_deleted_are_told_and_the_others_are_gone(shell: Shell) -> None:
    old(shell, 1)
    waiting = shell.pending(OTHER_CONFIG)
    code, out, errors = shell.run("delete", "--all", "--yes")
    assert (code, out) == (1, "Deleted 1 export.\n")
    assert f"Export {waiting} is pending: cancel it" in errors
    assert left(shell) == {waiting}


def test_tags_of_all_that_match_are_added_and_removed(shell: Shell) -> None:
    drafts = {old(shell, days) for days in (1, 2, 3)}
    other = old(shell, 4, "completed")
    assert shell.answer("tag", *drafts, "--add", "Draft")["done"] == 3
    assert tagged(shell, "draft") == drafts
    done = shell.answer("tag", "--tag", "draft", "--remove", "draft", "--add", "final", "-y")
    assert (done["matched"], done["done"], done["errors"]) == (3, 3, [])
    assert (tagged(shell, "final"), tagged(shell, "draft")) == (drafts, set())
    code, out, _ = shell.run("tag", "--search", other, "--add", "final", "--yes")
    assert (code, out) == (0, "Tagged 1 export.\n")
    assert tagged(shell, "final") == drafts | {other}
    lines = query(shell.url, "SELECT count(*) FROM audit_lines WHERE action = 'export_named'")
    assert lines == [(3 + 3 + 3 + 1,)]


def test_a_tag_that_an_export_has_no_room_for_is_told(shell: Shell) -> None:
    full, other = old(shell, 1), old(shell, 2)
    many = [word for number in range(20) for word in ("--add", f"t{number}")]
    assert shell.answer("tag", full, *many)["done"] == 1
    answer = shell.answer("tag", full, other, "--add", "more", code=3)
    assert (answer["done"], [each["export_id"] for each in answer["errors"]]) == (1, [full])


def test_exports_that_are_created_after_the_count_stay(shell: Shell) -> None:
    before = old(shell, 1)
    later = shell.ended("failed", created_at=utc_now() + timedelta(hours=1))
    assert shell.answer("delete", "--status", "failed", "--yes")["done"] == 1
    assert before not in left(shell)
    assert left(shell) == {later}


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
@pytest.mark.parametrize(("key", "code", "number"), [(b"y\r", 0, 0), (b"\r", 1, 2)])
def test_the_count_is_shown_and_confirmed(shell: Shell, key: bytes, code: int, number: int) -> None:
    old(shell, 1), old(shell, 2)
    arguments = ["exports", "delete", "--status", "failed", "--database-url", shell.url]
    found, shown = on_terminal(arguments, lambda _shown: None, keys=key)
    assert found == code, shown.decode()
    assert b"2 exports match." in shown
    assert b"Delete these 2 exports and the files?" in shown
    assert len(left(shell)) == number


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (("delete",), "ID"),
        (("delete", "--search", ""), "ID"),
        (("delete", "3f2a", "--all"), "ID"),
        (("delete", "3f2a", "--status", "failed"), "ID"),
        (("delete", "3f2a", "--dry-run"), "--dry-run"),
        (("delete", "--status", "failed"), "--yes"),
        (("delete", "--until", "soon", "--yes"), "--until"),
        (("tag", "--all", "--yes"), "--add"),
        (("tag", "--all", "--yes", "--add", "a", "--remove", "A"), "--remove"),
    ],
)
def test_a_command_without_sense_changes_nothing(
    shell: Shell, arguments: tuple[str, ...], option: str
) -> None:
    export_id = old(shell, 1)
    code, out, errors = shell.run(*arguments)
    assert code == 2, (out, errors)
    assert option in errors
    assert left(shell) == {export_id}
    assert shell.answer("delete", "--data-type", "none", "--yes", code=3)["error"]["code"] == "config_invalid"
