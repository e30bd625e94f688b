"""`lumber notice`, as a shell sees it, and what `lumber doctor` says about notices."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.commands import lumber
from tests.integration.accounts import add_user
from tests.integration.datasets import execute, query
from tests.integration.ledgers import with_database
from tests.integration.notices.receiver import ALLOWED, SECRET, is_signed, receiving


@pytest.fixture
def notices(sqlite_url: str, tmp_path: Path):
    """Run a command about notices."""

    def call(*arguments: object, group: str = "notice", **values: Any):
        environment = {
            "LUMBER_DATA_DIR": tmp_path,
            "LUMBER_NOTICE_ALLOWED_NETWORKS": f"{ALLOWED}/32",
            **values,
        }
        return lumber(group, *arguments, "--database-url", sqlite_url, **environment)

    call.url = sqlite_url
    return call


def test_a_notice_is_added_shown_changed_and_removed(notices) -> None:
    made = notices(
        "add", "operations", "--url", "https://hooks.example.org/path-secret", "--dataset", "plant"
    )
    assert made.returncode == 0, made.stderr
    first, *_ = made.stdout.splitlines()
    assert first == "Created the notice operations to hooks.example.org: failed, held, paused, tables_failed."
    (secret,) = re.findall(r"whsec_\S+", made.stdout)
    assert "path-secret" not in notices("list").stdout
    shown = notices("show", "operations")
    assert "https://hooks.example.org/path-secret" in shown.stdout
    changed = notices("set", "operations", "--event", "completed", "--disabled")
    assert changed.stdout == "Changed the notice operations. It is disabled, so it tells nothing.\n"
    report = json.loads(notices("show", "operations", "--json").stdout)
    assert (report["events"], report["is_enabled"], report["datasets"]) == (["completed"], False, ["plant"])
    renewed = notices("set", "operations", "--renew-secret", "--json")
    assert json.loads(renewed.stdout)["secret"] not in (None, secret)
    for answer in (shown.stdout, changed.stdout, notices("list", "--json").stdout, json.dumps(report)):
        assert "whsec_" not in answer
    assert notices("remove", "operations").returncode == 2
    assert notices("remove", "operations", "--yes").stdout == "Deleted the notice operations.\n"
    gone = notices("show", "operations")
    assert (gone.returncode, gone.stderr) == (
        4,
        "error: There is no notice 'operations'. `lumber notice list` shows all notices.\n",
    )
    trail = query(notices.url, "SELECT action, details FROM audit_lines ORDER BY seq")
    assert [action for action, _ in trail] == [
        *("notice_created", "notice_changed", "notice_changed", "notice_deleted")
    ]
    assert not re.search("whsec_|path-secret", str(trail))


def test_a_test_says_how_it_went_and_prints_one_object(notices, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    with receiving() as receiver:
        made = notices("add", "ops", "--url", receiver.url(), "--secret-file", tmp_path / "secret")
        assert "whsec_" not in made.stdout
        sent = notices("test", "ops")
        receiver.answer = lambda _: (500, {})
        failed = notices("test", "ops", "--json")
    assert (sent.returncode, sent.stdout) == (0, f"Delivered to {ALLOWED}.\n")
    assert is_signed(receiver.requests[0])
    assert failed.returncode == 1
    report = json.loads(failed.stdout)
    assert (report["status"], report["error"], report["attempts"]) == (
        "failed",
        "the receiver answered 500",
        1,
    )
    (tmp_path / "secret").unlink()
    unsigned = notices("test", "ops")
    assert unsigned.returncode == 1
    assert "No such file" in unsigned.stdout
    table = notices("deliveries", "ops", "--limit", 2).stdout
    assert table.endswith("2 deliveries.\n")


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["--url", "ftp://example.org"], 3, "url: must be an address like https://"),
        (["--url", "https://user:word@example.org"], 3, "without a user, a password"),
        (["--url", "https://example.org/a b"], 3, "without spaces"),
        (["--to", "nobody"], 3, "'nobody' is not an e-mail address"),
        (["--url", "https://example.org", "--to", "a@example.org"], 2, "either --url or --to"),
        ([], 2, "either --url or --to"),
        (["--url", "https://example.org", "--secret-env", "PATH"], 3, "begins with LUMBER_NOTICE_SECRET_"),
        (["--url", "https://example.org", "--secret-env", "LUMBER_NOTICE_SECRET_X"], 3, "isn't set"),
        (["--url", "https://example.org", "--secret-file", "/etc/hostname"], 3, "random bytes in base64"),
        (["--to", "a@example.org", "--secret-file", "{secret}"], 3, "has no effect with the channel email"),
        (["--url", "https://example.org", "--event", "gone"], 2, "gone"),
        (["--url", "https://example.org", "--user", "gone"], 4, "gone"),
    ],
)
def test_what_is_wrong_is_said(notices, tmp_path: Path, arguments: list[str], code: int, text: str) -> None:
    (tmp_path / "secret").write_text(SECRET)
    given = [each.format(secret=tmp_path / "secret") for each in arguments]
    done = notices("add", "ops", *given)
    assert done.returncode == code, done.stderr
    assert text in done.stderr
    assert query(notices.url, "SELECT count(*) FROM notices") == [(0,)]
    for hidden in (SECRET, "word@", Path("/etc/hostname").read_text().strip()):
        assert hidden not in done.stderr


def test_names_are_unique_for_an_owner_and_only_admins_hear_of_all(notices) -> None:
    async def people(database: Any) -> None:
        await add_user(database, "ada")
        await add_user(database, "bob", "exporter")

    with_database(notices.url, people)
    mine = ["add", "ops", "--to", "ops@example.org"]
    assert notices(*mine).returncode == 0
    assert notices(*mine).returncode == 3
    assert notices(*mine, "--user", "bob").returncode == 0
    refused = notices("add", "all", "--to", "ops@example.org", "--user", "bob", "--for-all")
    assert (refused.returncode, "only a notice of an admin" in refused.stderr) == (3, True)
    assert notices("add", "all", "--to", "ops@example.org", "--user", "ada", "--for-all").returncode == 0
    several = notices("show", "ops")
    assert several.returncode == 2
    assert "Give the id" in several.stderr


def test_the_doctor_says_what_keeps_notices_from_arriving(notices, tmp_path: Path) -> None:
    def told(**values: Any) -> list[tuple[str, str]]:
        checks = json.loads(notices("--json", group="doctor", **values).stdout)["checks"]
        return [(each["outcome"], each["text"]) for each in checks if each["name"] == "notices"]

    assert told() == [("ok", "0 notices")]
    (tmp_path / "secret").write_text(SECRET)
    notices("add", "signed", "--url", "https://example.org", "--secret-file", tmp_path / "secret")
    notices("add", "mail", "--to", "ops@example.org", "--event", "held")
    (tmp_path / "secret").unlink()
    columns = "notice_id, event, payload, attempts, created_at, id, status, finished_at"
    for ending in ("'a', 'pending', NULL", "'b', 'failed', unixepoch() * 1000000"):
        values = f"SELECT id, 'held', '{{}}', 1, 0, {ending} FROM notices WHERE name = 'mail'"
        execute(notices.url, f"INSERT INTO notice_deliveries ({columns}) {values}")
    found = told(LUMBER_NOTICE_ALLOWED_NETWORKS="10.0.0.0/8")
    assert {outcome for outcome, _ in found} == {"warning"}
    assert [text.split(":")[0] for _, text in found] == [
        "webhooks may reach every machine in 10.0.0.0/8",
        "1 notice by e-mail and no SMTP server",
        "the notice 'signed' can't be signed",
        "1 message of the last day did not arrive",
        "1 message could not be sent for an hour",
    ]
    plain = {"LUMBER_SMTP_URL": "smtp://mail.example.org", "LUMBER_SMTP_FROM": "a@example.org"}
    open_ = told(**plain, LUMBER_SMTP_PASSWORD="hidden-word", LUMBER_SMTP_STARTTLS="false")
    assert ("warning", "the password for mail.example.org is sent without encryption") in open_
    assert "hidden-word" not in str(open_)
