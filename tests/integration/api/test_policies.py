"""Export policies over HTTP: what they refuse when an export is created, previewed, retried and run."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from lumber.api.service import Service
from lumber.audit.actions import Action
from lumber.audit.actor import Actor, ActorKind
from lumber.audit.reading import AuditQuery, find_lines
from lumber.dataset.verify import verify_dataset
from lumber.errors import PolicyRefused, QuotaExceeded
from lumber.exports.attempt import ExportRun
from lumber.exports.policies.quotas import add_use, day_of
from lumber.identity.api_keys import create_key
from lumber.identity.rights import ROLE_SCOPES, Role
from lumber.identity.users import create_account, delete_account, set_role
from lumber.settings import Settings
from lumber.store.clock import database_now
from lumber.store.models import IngestSource
from tests.integration.api.serving import LONG_SECONDS, completed_export, started
from tests.integration.datasets import fill
from tests.unit.exports.test_policies import RULES

LOGS = {"data_types": ["logs"]}
MESSAGES = {**LOGS, "fields": {"logs": ["message"]}}


@dataclass
class Office:
    """A service with an admin and an exporter."""

    client: httpx2.AsyncClient
    service: Service
    keys: dict[str, str]
    exporter_id: str

    async def completed(self, folder: Path) -> str:
        """Return a completed export of the exporter, which nobody ran."""
        by = Actor(ActorKind.USER, "exporter", self.exporter_id)
        files = {"logs/train-00000-of-00001.json": b"[]" * 50, "rejects/logs.jsonl": b""}
        return await completed_export(self.service.ledger, folder / "done", files, by=by)

    async def call(self, who: str, method: str, path: str, body: Any = None) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {self.keys[who]}"}
        return await self.client.request(method, path, headers=headers, json=body)

    async def policy(self, name: str = "support", **rules: Any) -> dict[str, Any]:
        """State a policy for exporters."""
        body = {"name": name, "applies_to": {"roles": ["exporter"]}, **rules}
        answer = await self.call("admin", "POST", "/policies", body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def created(self, config: dict[str, Any], who: str = "exporter") -> str:
        answer = await self.call(who, "POST", "/export/", config)
        assert answer.status_code == 200, answer.text
        return answer.json()["export_id"]

    async def run(self, export_id: str) -> dict[str, Any]:
        """Let a worker run an export, and return it. Raises what ended it."""
        claim = await self.service.ledger.claim(export_id, "a worker", LONG_SECONDS)
        await ExportRun(claim, self.service.database, self.service.settings).run()
        return (await self.call("admin", "GET", f"/export/{export_id}")).json()

    async def lines(self, action: Action) -> list[dict[str, Any]]:
        page = await find_lines(self.service.database, AuditQuery(action=(action,), limit=1_000))
        return [line.members for line in reversed(page.lines)]


@pytest.fixture
def filled(settings: Settings) -> Settings:
    fill(str(settings.database_url), 3)
    return settings


@pytest.fixture
async def office(filled: Settings) -> AsyncIterator[Office]:
    async with started(filled) as (client, service):
        keys, ids = {}, {}
        async with service.database.session() as session:
            for name, role in (("admin", Role.ADMIN), ("exporter", Role.EXPORTER), ("viewer", Role.VIEWER)):
                account = await create_account(session, name, role.value)
                scopes = sorted(scope.value for scope in ROLE_SCOPES[role])
                keys[name] = (await create_key(session, account, "key", scopes)).text.text
                ids[name] = account.user_id
        yield Office(client, service, keys, ids["exporter"])


def refusal(answer: httpx2.Response, field: str) -> None:
    """Check that an answer is the refusal of a policy, and names the field."""
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (403, "policy_refused"), answer.text
    assert problem["policy"] == {"name": "support", "version": 1}
    assert field in [error["field"] for error in problem["errors"]], answer.text
    assert all("(policy 'support', version 1)" in error["message"] for error in problem["errors"])


async def test_each_rule_holds_for_creation_preview_retry_and_the_worker(office: Office) -> None:
    for rules, refusals, _ in RULES.values():
        # The others of a rule differ only in what is judged.
        configs = [({**LOGS, **config}, field) for config, field in refusals[:1]]
        waiting = [await office.created(config) for config, _ in configs]
        stopped = [await office.created(config) for config, _ in configs]
        for export_id in stopped:
            assert (await office.call("exporter", "POST", f"/export/{export_id}/cancel")).status_code == 200
        policy = await office.policy(**rules)
        for (config, field), export_id, retried in zip(configs, waiting, stopped, strict=True):
            refusal(await office.call("exporter", "POST", "/export/", config), field)
            if field != "destination":
                refusal(await office.call("exporter", "POST", "/export/preview", config), field)
            refusal(await office.call("exporter", "POST", f"/export/{retried}/retry"), field)
            # Somebody else's right doesn't help.
            refusal(await office.call("admin", "POST", f"/export/{retried}/retry"), field)
            with pytest.raises(PolicyRefused):
                await office.run(export_id)
            export = (await office.call("exporter", "GET", f"/export/{export_id}")).json()
            assert (export["status"], export["error_code"]) == ("failed", "policy_refused")
            assert export["attempt"] == 1
            assert "policy 'support', version 1" in export["error_message"]
            assert (await office.call("admin", "POST", "/export/", config)).status_code == 200
        gone = await office.call("admin", "DELETE", f"/policies/{policy['policy_id']}")
        assert gone.status_code == 204
    refused = await office.lines(Action.ACCESS_REFUSED)
    assert {line["reason"] for line in refused} == {"policy_refused"}
    assert {line["actor_name"] for line in refused} == {"admin", "exporter"}


async def test_admins_are_subject_to_policies_that_name_them(office: Office) -> None:
    await office.policy(applies_to={"users": ["ADMIN"]}, kinds=["ips"])
    refusal(await office.call("admin", "POST", "/export/", LOGS), "data_types")
    assert (await office.call("exporter", "POST", "/export/", LOGS)).status_code == 200


async def test_exports_of_a_deleted_account_are_subject_to_every_policy(office: Office) -> None:
    export_id = await office.created(LOGS)
    await office.policy(applies_to={"roles": ["viewer"]}, kinds=["ips"])
    async with office.service.database.session() as session:
        await delete_account(session, "exporter")
    with pytest.raises(PolicyRefused):
        await office.run(export_id)


async def test_versions_rise_and_each_change_is_in_the_audit_trail(office: Office) -> None:
    first = await office.policy(max_rows=10)
    path = f"/policies/{first['policy_id']}"
    body = {"name": "Support", "applies_to": {"roles": ["exporter"]}, "max_rows": 20}
    changed = await office.call("admin", "PUT", path, body)
    same = await office.call("admin", "PUT", path, body)
    assert [changed.json()["version"], same.json()["version"]] == [2, 2]
    assert (await office.call("admin", "GET", path)).json() == same.json()
    taken = await office.call("admin", "POST", "/policies", body)
    assert (taken.status_code, taken.json()["errors"][0]["field"]) == (422, "name")
    off = await office.call("admin", "PUT", path, {**body, "is_enabled": False})
    assert off.json()["version"] == 3
    assert (await office.call("exporter", "GET", "/policies/mine")).json() == {"rules": [], "use": None}
    lines = await office.lines(Action.POLICY_CHANGED)
    assert [(line["details"]["version"], line["actor_name"]) for line in lines] == [
        (1, "admin"),
        (2, "admin"),
        (3, "admin"),
    ]
    assert lines[1]["details"]["changes"] == ['name: "support" -> "Support"', "max_rows: 10 -> 20"]
    assert (await office.call("admin", "DELETE", path)).status_code == 204
    assert (await office.call("admin", "DELETE", path)).status_code == 404
    assert [line["details"]["version"] for line in await office.lines(Action.POLICY_DELETED)] == [3]


async def test_an_unknown_account_or_field_is_refused(office: Office) -> None:
    people = {"name": "a", "applies_to": {"users": ["nobody"]}}
    extra = {"name": "a", "applies_to": {"roles": ["viewer"]}, "version": 7}
    for body, field in ((people, "applies_to.users"), (extra, "version")):
        answer = await office.call("admin", "POST", "/policies", body)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


async def test_the_dataset_says_which_policies_allowed_it(office: Office, tmp_path: Path) -> None:
    policy = await office.policy(max_rows=3, columns={"logs": ["message"]})
    await office.policy("for others", applies_to={"roles": ["viewer"]})
    statement = "UPDATE log_entries SET message = '', process_name = 'cron' WHERE id = 2"
    async with office.service.database.connect() as connection, connection.begin():
        await connection.exec_driver_sql(statement)
        await connection.exec_driver_sql("UPDATE log_entries SET severity_text = 'loud' WHERE id = 3")
    config = {**MESSAGES, "output_format": "jsonl", "validation_level": "strict"}
    done = await office.run(await office.created(config))
    assert (done["status"], done["record_count"]) == ("completed", 1), done
    folder = Path(done["path"])
    named = {"policy_id": policy["policy_id"], "name": "support", "version": 1}
    manifest = json.loads((folder / "manifest.json").read_text())
    assert (manifest["policies"], manifest["volatile"][-1]) == ([named], "policies, also in README.md")
    assert 'Allowed by the export policies "support" (version 1).' in (folder / "README.md").read_text()
    assert verify_dataset(folder).problems == []
    # Nothing tells a value of a column that the policy hides.
    quality = json.loads((folder / "quality_report.json").read_text())
    assert (quality["logs"]["processes"], quality["logs"]["levels"]) == (None, None)
    rejects = [json.loads(line) for line in (folder / "rejects/logs.jsonl").read_text().splitlines()]
    assert [(each["column"], each["value"]) for each in rejects] == [("message", ""), ("severity_text", None)]
    (created,) = await office.lines(Action.EXPORT_CREATED)
    assert created["details"]["policies"] == ["support, version 1"]


async def test_more_rows_than_allowed_are_refused_by_the_plan(office: Office) -> None:
    await office.policy(max_rows=2)
    with pytest.raises(PolicyRefused, match="rule max_rows: the export has 3 rows, and 2 are allowed"):
        await office.run(await office.created(MESSAGES))
    done = await office.run(await office.created({**MESSAGES, "sample": 2}))
    assert done["record_count"] == 2
    # Which rows a share keeps is only known when they are written.
    with pytest.raises(PolicyRefused, match="rule max_rows: the export wrote 3 rows, and 2 are allowed"):
        await office.run(await office.created({**MESSAGES, "sample": 0.99}))


async def test_a_version_of_a_dataset_counts_with_the_rows_of_earlier_ones(office: Office) -> None:
    growing = {**MESSAGES, "dataset": "web", "incremental": True}
    assert (await office.run(await office.created(growing)))["record_count"] == 3
    async with office.service.database.connect() as connection, connection.begin():
        columns = "timestamp, message FROM log_entries WHERE id = 3"
        statement = f"INSERT INTO log_entries (id, timestamp, message) SELECT 4, {columns}"
        await connection.exec_driver_sql(statement)
    await office.policy(max_rows=3)
    with pytest.raises(PolicyRefused, match="rule max_rows: the export has 4 rows, and 3 are allowed"):
        await office.run(await office.created(growing))


async def test_relative_dates_are_judged_as_the_dates_that_they_are_now(office: Office) -> None:
    await office.policy(earliest=(datetime.now(UTC) - timedelta(days=3)).isoformat())
    for path in ("/export/", "/export/preview"):
        config = {**MESSAGES, "date_range": "last 7 days"}
        refusal(await office.call("exporter", "POST", path, config), "start_date")
    await office.created({**MESSAGES, "date_range": "last 24 hours"})


async def test_the_role_counts_as_it_is_when_the_export_runs(office: Office) -> None:
    await office.policy(applies_to={"roles": ["viewer"]}, kinds=["ips"])
    export_id = await office.created(MESSAGES)
    async with office.service.database.session() as session:
        await set_role(session, "exporter", "viewer")
    with pytest.raises(PolicyRefused, match="rule kinds"):
        await office.run(export_id)


async def test_rejects_of_a_private_export_show_no_hidden_value_either(office: Office) -> None:
    statement = "UPDATE log_entries SET message = '', severity_text = 'loud', host_name = 'h' WHERE id = 2"
    async with office.service.database.connect() as connection, connection.begin():
        await connection.exec_driver_sql(statement)
    private = {"addresses": "drop", "identifiers": []}
    config = {**MESSAGES, "output_format": "jsonl", "validation_level": "strict", "privacy": private}
    done = await office.run(await office.created(config))
    rejects = (Path(done["path"]) / "rejects/logs.jsonl").read_text().splitlines()
    assert [(json.loads(line)["column"], json.loads(line)["value"]) for line in rejects] == [
        ("message", ""),
        ("severity_text", None),
    ]


async def test_a_preview_shows_no_hidden_column_and_nothing_that_privacy_replaces(office: Office) -> None:
    await office.policy(columns={"logs": ["message"]})
    preview = (await office.call("exporter", "POST", "/export/preview", MESSAGES)).json()
    assert {name for row in preview["kinds"]["logs"]["sample"]["before"] for name in row} == {
        "id",
        "timestamp",
        "message",
    }
    async with office.service.database.connect() as connection, connection.begin():
        await connection.exec_driver_sql("UPDATE log_entries SET message = 'from 77.12.30.198' WHERE id = 1")
    private = {**MESSAGES, "privacy": {"addresses": "drop", "identifiers": []}}
    logs = (await office.call("exporter", "POST", "/export/preview", private)).json()["kinds"]["logs"]
    example = {"before": "… 77.12.30.198", "after": "… [address]"}
    replacement = {"column": "message", "type": "address", "values": 1}
    assert logs["replacements"] == [{**replacement, "examples": [example]}]
    await office.policy("private", privacy_required=True, privacy_modules=["irreversible_addresses"])
    logs = (await office.call("exporter", "POST", "/export/preview", private)).json()["kinds"]["logs"]
    assert (logs["sample"]["before"], len(logs["sample"]["after"])) == ([], 3)
    assert logs["replacements"] == [{**replacement, "examples": []}]


async def test_rejected_lines_of_loads_are_whole_rows(office: Office) -> None:
    row = IngestSource(source_id="load", kind="logs", name="a.log", fingerprint="x", content_sha256="x")
    async with office.service.database.session() as session:
        session.add(row)
    path = "/ingest/sources/load/rejects"
    assert (await office.call("exporter", "GET", path)).status_code == 200
    limits = (
        {"columns": {"logs": ["message"]}},
        {"processes": ["a"]},
        {"privacy_required": True},
        {"kinds": ["ips"]},
    )
    for rules in limits:
        policy = await office.policy(**rules)
        refusal(await office.call("exporter", "GET", path), "kind")
        await office.call("admin", "DELETE", f"/policies/{policy['policy_id']}")
    await office.policy(max_rows=1, columns={"ips": ["address"]})
    assert (await office.call("exporter", "GET", path)).status_code == 200


async def test_the_form_learns_the_rules_and_sees_no_hidden_values(office: Office) -> None:
    everything = (await office.call("exporter", "GET", "/datasets/logs")).json()
    columns = {"logs": ["message", "process_name"]}
    await office.policy(columns=columns, processes=["sshd"], kinds=["logs"])
    mine = (await office.call("exporter", "GET", "/policies/mine")).json()["rules"]
    assert [(rule["rule"], rule["kind"]) for rule in mine] == [
        ("kinds", None),
        ("columns", "logs"),
        ("processes", None),
    ]
    logs = (await office.call("exporter", "GET", "/datasets/logs")).json()
    assert len(everything["filters"]) > 4
    assert [each["name"] for each in logs["filters"]] == ["id", "timestamp", "process_name", "message"]
    known = {each["name"]: each["known"] for each in logs["filters"]}
    assert known["process_name"]["values"] == []
    refused = await office.call("exporter", "GET", "/datasets/ips")
    assert (refused.status_code, refused.json()["code"]) == (403, "policy_refused")


def used_up(answer: httpx2.Response, rule: str) -> None:
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (429, "quota_exceeded"), answer.text
    assert problem["policy"] == {"name": "support", "version": 1}
    assert f"rule {rule}:" in problem["detail"]
    assert 1 <= int(answer.headers["Retry-After"]) <= 86_400


async def test_a_quota_of_rows_counts_exports_also_deleted_ones(office: Office) -> None:
    await office.policy(rows_per_day=5)
    stopped, waiting = await office.created(MESSAGES), await office.created(MESSAGES)
    await office.call("exporter", "POST", f"/export/{stopped}/cancel")
    done = await office.run(await office.created(MESSAGES))
    assert done["record_count"] == 3
    # Three more rows would be six.
    with pytest.raises(QuotaExceeded, match="rule rows_per_day: exports of this account would have 6 rows"):
        await office.run(waiting)
    failed = (await office.call("exporter", "GET", f"/export/{waiting}")).json()
    assert (failed["status"], failed["error_code"], failed["attempt"]) == ("failed", "quota_exceeded", 1)
    await office.run(await office.created({**MESSAGES, "sample": 2}))
    assert (await office.call("exporter", "DELETE", f"/export/{done['export_id']}")).status_code == 200
    use = (await office.call("exporter", "GET", "/policies/mine")).json()["use"]
    assert (use["rows"], use["running_rows"]) == (5, 0)
    used_up(await office.call("exporter", "POST", "/export/", MESSAGES), "rows_per_day")
    used_up(await office.call("exporter", "POST", f"/export/{stopped}/retry"), "rows_per_day")
    used_up(await office.call("admin", "POST", f"/export/{stopped}/retry"), "rows_per_day")
    # Others have quotas of their own, and nothing is written by a preview.
    assert (await office.call("admin", "POST", "/export/", MESSAGES)).status_code == 200
    assert (await office.call("exporter", "POST", "/export/preview", MESSAGES)).status_code == 200


async def test_a_quota_of_bytes_stops_exports_and_downloads(office: Office, tmp_path: Path) -> None:
    done = f"/export/{await office.completed(tmp_path)}"
    files = (await office.call("exporter", "GET", f"{done}/files")).json()
    data = next(file for file in files if file["path"].startswith("logs/"))
    size = data["size_bytes"]
    await office.policy(bytes_per_day=2 * size)
    async with office.service.database.session() as session:
        today = day_of(await database_now(session))
        await add_use(session, office.exporter_id, today, written_bytes=2 * size)
    # What was written before the policy counts too.
    used_up(await office.call("exporter", "POST", "/export/", MESSAGES), "bytes_per_day")
    path = f"{done}/files/{data['file_id']}"
    for _ in range(2):
        assert (await office.call("exporter", "GET", path)).status_code == 200
    used_up(await office.call("exporter", "GET", path), "bytes_per_day")
    used_up(await office.call("exporter", "GET", f"{done}/download"), "bytes_per_day")
    assert (await office.call("admin", "GET", path)).status_code == 200
    use = (await office.call("exporter", "GET", "/policies/mine")).json()["use"]
    assert (use["written_bytes"], use["downloaded_bytes"]) == (3 * size, 2 * size)
    assert "quota_exceeded" in {line["reason"] for line in await office.lines(Action.ACCESS_REFUSED)}


async def test_an_export_that_writes_more_bytes_than_are_left_is_stopped(office: Office) -> None:
    await office.policy(bytes_per_day=1)
    with pytest.raises(QuotaExceeded, match="rule bytes_per_day: exports of this account would have"):
        await office.run(await office.created(MESSAGES))
    use = (await office.call("exporter", "GET", "/policies/mine")).json()["use"]
    assert (use["rows"], use["written_bytes"]) == (0, 0)


async def test_an_account_without_the_destination_reads_about_an_export_and_gets_no_file(
    office: Office, tmp_path: Path
) -> None:
    path = f"/export/{await office.completed(tmp_path)}"
    shared = await office.call("exporter", "PUT", f"{path}/shares", {"users": ["viewer"]})
    assert shared.status_code == 200
    await office.policy(applies_to={"roles": ["viewer"]}, destinations=["output_folder"])
    assert (await office.call("viewer", "GET", path)).status_code == 200
    for rest in ("/download", "/rejects"):
        refusal(await office.call("viewer", "GET", path + rest), "destination")
    assert (await office.call("exporter", "GET", f"{path}/download")).status_code == 200
