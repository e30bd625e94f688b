"""`lumber policy`, as a shell sees it."""

import json
from pathlib import Path
from typing import Any

import pytest

from lumber.store.database import Database
from tests.commands import lumber
from tests.integration.accounts import add_user
from tests.integration.ledgers import with_database

YAML = """
name: support
applies_to: {roles: [exporter]}
kinds: [logs]
latest: 2026-03-01
max_rows: 10
"""


@pytest.fixture
def policies(either_database_url: str, tmp_path: Path):
    """Run a command about policies."""

    async def people(database: Database) -> None:
        await add_user(database, "ada")
        await add_user(database, "bob", "exporter")

    with_database(either_database_url, people)

    def call(*arguments: object):
        given = [*arguments, "--database-url", either_database_url]
        return lumber("policy", *given, LUMBER_DATA_DIR=tmp_path)

    return call


def written(folder: Path, name: str, content: Any) -> Path:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_a_policy_is_set_shown_changed_and_deleted(policies, tmp_path: Path) -> None:
    made = policies("set", written(tmp_path, "support.yaml", YAML))
    assert made.stdout == "Created the policy support, version 1: kinds, latest, max_rows.\n"
    shown = policies("show", "SUPPORT")
    assert json.loads(shown.stdout)["latest"] == "2026-03-01T23:59:59.999999Z"
    again = policies("set", written(tmp_path, "again.json", shown.stdout))
    assert again.stdout == "The policy support is the same as before: version 1.\n"
    stricter = {**json.loads(shown.stdout), "max_rows": 5, "is_enabled": False}
    changed = policies("set", written(tmp_path, "stricter.json", stricter))
    assert changed.stdout.splitlines()[0] == "Changed the policy support, version 2: kinds, latest, max_rows."
    assert "support  2        disabled  exporter  kinds, latest, max_rows" in policies("list").stdout
    assert policies("delete", "support").returncode == 2
    assert policies("delete", "support", "--yes").stdout == "Deleted the policy support.\n"
    assert policies("show", "support").returncode == 4
    assert json.loads(policies("list", "--json").stdout) == {"policies": []}


def test_a_check_says_what_would_be_refused(policies, tmp_path: Path) -> None:
    policies("set", written(tmp_path, "support.yaml", YAML))
    config = written(tmp_path, "export.json", {"data_types": ["ips"]})
    refused = policies("check", config, "--user", "bob")
    assert refused.returncode == 3
    assert refused.stdout.splitlines() == [
        "data_types: rule kinds: data_types reads ips, which isn't allowed (policy 'support', version 1)",
        "end_date: rule latest: the export must end at 2026-03-01T23:59:59.999999Z or earlier (policy "
        "'support', version 1)",
    ]
    assert (
        policies("check", config, "--user", "ada").stdout == "Allowed: no policy applies to this account.\n"
    )
    fine = written(tmp_path, "fine.json", {"data_types": ["logs"], "end_date": "2026-02-01"})
    assert json.loads(policies("check", fine, "--user", "bob", "--json").stdout)["is_allowed"] is True
    assert policies("check", fine, "--user", "eve").returncode == 4


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            {"name": "a", "applies_to": {"roles": ["exporter"]}, "kind": ["logs"]},
            "kind: is not a field (allowed: name,",
        ),
        (
            {"name": "a", "applies_to": {"role": "x"}},
            "applies_to.role: is not a field (allowed: roles, users)",
        ),
        ({"applies_to": {"roles": ["exporter"]}}, "name: is required"),
        (
            {"name": "a", "applies_to": {"roles": ["exporter"]}, "max_rows": "5"},
            "max_rows: Input should be a valid int",
        ),
        ({"name": "a", "applies_to": {"users": ["eve"]}}, "applies_to.users: there is no account 'eve'"),
        (["name"], "must have an object of fields"),
        ("{", "can't read"),
    ],
)
def test_a_wrong_file_is_refused_with_its_field(policies, tmp_path: Path, content: Any, message: str) -> None:
    answer = policies("set", written(tmp_path, "wrong.json", content))
    assert answer.returncode == 3
    assert message in answer.stderr


def test_all_faults_of_a_file_are_told_at_once(policies, tmp_path: Path) -> None:
    wrong = {"applies_to": {"role": "x"}, "kinds": ["cats"], "columns": {"logs": ["fur"], "dogs": ["bark"]}}
    answer = policies("set", written(tmp_path, "wrong.json", wrong), "--json")
    fields = [field["field"] for field in json.loads(answer.stdout)["error"]["fields"]]
    assert sorted(fields) == ["applies_to.role", "columns", "columns.logs", "kinds", "name"]
    shapeless = {"name": "a", "applies_to": {"roles": ["exporter"]}, "kinds": 5, "columns": [["logs"]]}
    assert policies("set", written(tmp_path, "shapeless.json", shapeless)).returncode == 3
