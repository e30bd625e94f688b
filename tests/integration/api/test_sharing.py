"""A shared export over HTTP, as those who have a share see it."""

import io
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lumber.api import row_explaining
from lumber.settings import Settings
from tests.integration.api.everybody import MARK, House, inhabited

READS = (
    "",
    "/status",
    "/progress",
    "/files",
    "/files/{file_id}",
    "/download",
    "/manifest",
    "/verdicts",
    "/rows",
    "/rows/one",
    "/rows/columns",
    "/rows/rejects",
    "/quality",
    "/rejects",
)


@pytest.fixture
async def house(settings: Settings, tmp_path: Path) -> AsyncIterator[House]:
    async with inhabited(settings, tmp_path) as house:
        yield house


async def test_who_has_a_share_reads_all_of_an_export_and_changes_nothing(house: House) -> None:
    path = f"/export/{house.export_id}"
    assert (await house.call("viewer", "GET", f"{path}/download")).status_code == 404
    body = {"users": ["other"], "roles": ["viewer"]}
    given = await house.call("exporter", "PUT", f"{path}/shares", json=body)
    assert [(each["user_name"], each["role"]) for each in given.json()["shares"]] == [
        ("other", None),
        (None, "viewer"),
    ]
    assert (await house.call("admin", "GET", f"{path}/shares")).json() == given.json()
    for who in ("viewer", "other"):
        for read in READS:
            answer = await house.call(who, "GET", path + read.format(**house.names))
            assert answer.status_code == 200, (who, read, answer.text)
        names = zipfile.ZipFile(
            io.BytesIO((await house.call(who, "GET", f"{path}/download")).content)
        ).namelist()
        assert any(name.endswith("quality_report.json") for name in names)
        events = await house.call(who, "GET", f"{path}/events")
        assert "completed" in events.text
        listed = await house.call(who, "GET", "/export/")
        assert listed.headers["X-Total-Count"] == "1"
        (export,) = listed.json()
        assert (export["owner"]["name"], export["is_shared"]) == ("exporter", True)
        assert (await house.call(who, "GET", "/export/stats")).json()["by_status"]["completed"] == 1
        # The exporter's other export isn't shared.
        assert (await house.call(who, "GET", f"/export/{house.running_id}")).status_code == 404
    refused = 403, 404
    for who, status in zip(("viewer", "other"), refused, strict=True):
        for method, rest in (
            ("POST", "/cancel"),
            ("POST", "/retry"),
            ("DELETE", ""),
            ("GET", "/shares"),
            ("PUT", "/shares"),
        ):
            request = {"json": {}} if method == "PUT" else {}
            answer = await house.call(who, method, path + rest, **request)
            assert answer.status_code == status, (who, method, rest)
    nobody = await house.call("exporter", "PUT", f"{path}/shares", json={})
    assert nobody.json() == {"shares": []}
    hidden = await house.call("viewer", "GET", "/export/")
    assert (hidden.json(), MARK in hidden.text) == ([], False)


async def test_a_wrong_share_is_refused_with_its_field(house: House) -> None:
    for body, field in (({"users": ["nobody"]}, "users"), ({"roles": ["root"]}, "roles.0"), ({"x": 1}, "x")):
        answer = await house.call("exporter", "PUT", f"/export/{house.export_id}/shares", json=body)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


async def test_why_a_row_is_missing_is_for_those_who_may_preview_the_export(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The files of this export have no ids, and its plan is of another form.
    monkeypatch.setattr(row_explaining, "find_in_dataset", lambda *_args, **_more: None)
    path = f"/export/{house.export_id}"
    await house.call("exporter", "PUT", f"{path}/shares", json={"users": ["viewer"], "roles": []})

    async def explained(who: str) -> str:
        answer = await house.call(who, "GET", f"{path}/rows/explain", params={"row": 10**9, "kind": "logs"})
        assert answer.status_code == 200, answer.text
        assert answer.json()["outcome"] == "unknown"
        return str(answer.json()["text"])

    hidden = "Only accounts that may preview the export can ask why."
    assert hidden in await explained("viewer")
    assert "The plan of the export is gone" in await explained("exporter")
    assert (await house.call("exporter", "GET", "/datasets/logs/rows")).status_code == 200
    policy = {"name": "sshd", "applies_to": {"roles": ["exporter"]}, "processes": ["sshd"]}
    made = await house.call("admin", "POST", "/policies", json=policy)
    assert made.status_code < 300, made.text
    assert hidden in await explained("exporter")
    for rest in ("", "/columns", "/one?row=1"):
        refused = await house.call("exporter", "GET", f"/datasets/logs/rows{rest}")
        assert (refused.status_code, refused.json()["code"]) == (403, "policy_refused")
