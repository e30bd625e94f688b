"""Notices of a real `lumber worker`: it is killed or stopped while it sends, and its log has no secrets."""

import json
import re
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.commands import lumber
from tests.integration.datasets import execute, fill, query
from tests.integration.notices.receiver import ALLOWED, KEY, SECRET, Received, is_signed, receiving
from tests.integration.processes import forked, until

PATH = "/hook/path-secret?token=query-secret"


def settings_of(url: str, folder: Path) -> dict[str, Any]:
    return {
        "LUMBER_DATABASE_URL": url,
        "LUMBER_DATA_DIR": folder,
        "LUMBER_WORKERS": 1,
        "LUMBER_NOTICE_ALLOWED_NETWORKS": f"{ALLOWED}/32",
        "LUMBER_NOTICE_SECRET_OPERATIONS": SECRET,
    }


def test_a_worker_that_is_killed_while_it_sends_is_followed_by_one_that_sends(
    either_database_url: str, tmp_path: Path
) -> None:
    url = either_database_url
    fill(url, 20)
    values, may_answer = settings_of(url, tmp_path), threading.Event()
    with receiving() as receiver:

        def hang(_: Received) -> tuple[int, dict[str, str]]:
            may_answer.wait()
            return 204, {}

        receiver.answer = hang
        made = lumber(
            "notice",
            "add",
            "operations",
            "--url",
            receiver.url(PATH),
            "--event",
            "completed",
            "--secret-env",
            "LUMBER_NOTICE_SECRET_OPERATIONS",
            **values,
        )
        assert made.returncode == 0, made.stderr
        done = lumber("export", "--data-type", "logs", "--output", tmp_path / "out", **values)
        assert done.returncode == 0, done.stderr
        with forked("worker", **values) as first:
            until(lambda: first.assert_runs() or receiver.requests)
            first.kill()
        assert states(url) == [("pending", 1)]
        execute(url, f"UPDATE notice_deliveries SET lease_until = {past(url)}")
        may_answer.set()
        with forked("worker", **values) as second:
            until(lambda: second.assert_runs() or states(url) == [("delivered", 2)])
            logs = second.stdout + second.stderr
    one, two = receiver.requests
    assert one.headers["webhook-id"] == two.headers["webhook-id"]
    assert one.body == two.body
    assert is_signed(one, KEY)
    assert is_signed(two, KEY)
    assert two.message["type"] == "completed"
    assert two.message["data"]["rows"] == 20
    listed = lumber("notice", "deliveries", "operations", "--json", **values).stdout
    assert json.loads(listed)["deliveries"][0]["status"] == "delivered"
    trail = query(url, "SELECT action, details FROM audit_lines")
    for text in (
        logs,
        str(trail),
        listed,
        str(query(url, "SELECT * FROM notice_deliveries")),
    ):
        assert not re.search(r"path-secret|query-secret|whsec_", text)
    # By the source alone, the database has no secret.
    assert query(url, "SELECT secret, secret_source FROM notices") == [
        (None, "env:LUMBER_NOTICE_SECRET_OPERATIONS")
    ]


@pytest.mark.slow
def test_a_worker_that_is_stopped_while_it_sends_ends_in_time(sqlite_url: str, tmp_path: Path) -> None:
    values, may_answer = settings_of(sqlite_url, tmp_path), threading.Event()
    with receiving() as receiver:
        receiver.answer = lambda _: (204, {}) if may_answer.wait(60) else (500, {})
        lumber("notice", "add", "operations", "--url", receiver.url(), "--event", "completed", **values)
        fill(sqlite_url, 20)
        lumber("export", "--data-type", "logs", "--output", tmp_path / "out", **values)
        with forked("worker", **values) as running:
            until(lambda: running.assert_runs() or receiver.requests)
            running.process.terminate()
            assert running.wait(15) == 0
            assert "Traceback" not in running.stdout + running.stderr
        may_answer.set()
    assert states(sqlite_url) == [("pending", 1)]


def states(url: str) -> list[tuple[str, int]]:
    return [
        (status, attempts)
        for status, attempts in query(url, "SELECT status, attempts FROM notice_deliveries")
    ]


def past(url: str) -> str:
    return "0" if url.startswith("sqlite") else "timestamptz '2020-01-01 00:00:00+00'"
