"""Services that aren't ours: nothing of what they send gets out of its folder, and no key goes astray."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from lumber.errors import DatasetDamaged, DiskFull, RemoteError, ServerUnreachable, TooManyRequests
from lumber.identity.keys import new_key
from lumber.remote import Client
from tests.commands import lumber
from tests.integration.remote.strangers import Answer, Stranger, stranger

KEY = new_key().text
SHORT = (0.0, 0.0, 0.0)
DATA = b"some rows\n"
RECORD: dict[str, Any] = {
    "file_id": "f1",
    "path": "logs/a.jsonl",
    "kind": "logs",
    "split": None,
    "rows": 1,
    "size_bytes": len(DATA),
    "sha256": hashlib.sha256(DATA).hexdigest(),
}


def answers(*records: dict[str, Any]) -> dict[str, Any]:
    """Return what a service says about an export with these files."""
    chosen = records or (RECORD,)
    entries = [{"path": r["path"], "bytes": r["size_bytes"], "sha256": r["sha256"]} for r in chosen]
    octets = {"Content-Type": "application/octet-stream"}
    return {
        "/export/e1/files": list(chosen),
        "/export/e1/manifest": {"files": entries},
        **{f"/export/e1/files/{record['file_id']}": Answer(DATA, 200, octets) for record in chosen},
    }


@pytest.mark.parametrize("has_pages", [True, False])
def test_a_client_asks_for_all_pages_of_files(monkeypatch: pytest.MonkeyPatch, has_pages: bool) -> None:
    records = [{**RECORD, "file_id": f"f{n}", "path": f"logs/{n:02}.jsonl"} for n in range(7)]
    asked: list[Any] = []

    def call(_method: str, _path: str, *, params: dict[str, Any], is_repeatable: bool) -> Any:
        asked.append(params["after"])
        if not has_pages:
            return records, {}
        after = [each for each in records if params["after"] is None or each["path"] > params["after"]]
        return after[: params["limit"]], {"X-Total-Count": "7"}

    monkeypatch.setattr("lumber.remote.client.MOST_FILES", 3)
    with Client("http://127.0.0.1:1", KEY) as client:
        monkeypatch.setattr(client.connection, "call", call)
        assert [each.path for each in client.files("e1")] == [each["path"] for each in records]
    assert asked == ([None, "logs/02.jsonl", "logs/05.jsonl"] if has_pages else [None])


@pytest.mark.parametrize(
    "path",
    [
        "../outside",
        "/etc/outside",
        "logs/../../outside",
        "logs//a",
        "logs/./a",
        "logs\\..\\a",
        "~/a",
        "logs/a\x00b",
        "logs/a\nb",
        "logs/\u202egnp.exe",
        "logs/CON",
        "aux.txt",
        "logs/a.",
        "logs/a:stream",
        "x" * 256,
        "manifest.json",
        "Manifest.JSON",
        ".lumber-staging/a",
        "",
    ],
)
def test_a_hostile_name_is_refused_before_anything_is_written(tmp_path: Path, path: str) -> None:
    target = tmp_path / "inside" / "out"
    with (
        stranger(answers({**RECORD, "path": path})) as service,
        Client(service.address) as client,
        pytest.raises(RemoteError, match="Nothing was downloaded"),
    ):
        client.dataset("e1").download(target)
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize(
    "others",
    [
        [{**RECORD}],
        [{**RECORD, "path": "LOGS/A.jsonl"}],
        [{**RECORD, "path": "logs/a.jsonl/b"}],
        [{**RECORD, "path": "b", "size_bytes": -1}],
        [{**RECORD, "path": "b", "sha256": "no"}],
        [{**RECORD, "path": "b", "file_id": "../../x"}],
    ],
    ids=str,
)
def test_files_that_exclude_each_other_are_refused(tmp_path: Path, others: list[dict[str, Any]]) -> None:
    with (
        stranger(answers(RECORD, *others)) as service,
        Client(service.address) as client,
        pytest.raises(RemoteError),
    ):
        client.dataset("e1").download(tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_manifest_that_lists_other_files_is_refused(tmp_path: Path) -> None:
    told = {**answers(), "/export/e1/manifest": {"files": []}}
    with stranger(told) as service, Client(service.address) as client, pytest.raises(DatasetDamaged):
        client.dataset("e1")


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (Answer(DATA + b"more", 200, {}), "more than the 10 bytes"),
        (Answer(DATA[:-1] + b"X", 200, {}), "instead of"),
        (Answer(DATA, 206, {"Content-Range": "bytes 5-9/10"}), "another part"),
        (Answer(DATA, 200, {"Content-Encoding": "gzip"}), "compressed"),
        (Answer(b"", 302, {"Location": "http://127.0.0.1:9/"}), "redirects"),
        (Answer(b"<html>", 404, {"Content-Type": "text/html"}), "doesn't answer like a Lumber"),
    ],
    ids=["longer", "changed", "another part", "compressed", "redirect", "web page"],
)
def test_a_hostile_file_is_not_kept(tmp_path: Path, answer: Answer, text: str) -> None:
    told = {**answers(), "/export/e1/files/f1": answer}
    with (
        stranger(told) as service,
        Client(service.address) as client,
        pytest.raises((RemoteError, DatasetDamaged), match=text),
    ):
        client.dataset("e1").download(tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("refusals", [3, 7, 1_000])
def test_a_file_that_is_refused_for_now_is_fetched_after_the_others(tmp_path: Path, refusals: int) -> None:
    records = [{**RECORD, "path": f"logs/{name}", "file_id": name} for name in ("f1", "f2", "f3", "f4")]
    told = answers(*records)
    problem = {"code": "too_many_requests", "detail": "2 downloads are open already."}
    headers = {"Content-Type": "application/problem+json", "Retry-After": "0"}
    refusal = Answer(json.dumps(problem).encode(), 429, headers)
    told["/export/e1/files/f2"] = (*[refusal] * refusals, told["/export/e1/files/f2"])
    with stranger(told) as service, Client(service.address) as client:
        client.connection.download_waits = SHORT
        if refusals > 7:
            with pytest.raises(TooManyRequests, match="2 downloads"):
                client.dataset("e1").download(tmp_path / "out")
            return
        counted: list[int] = []
        client.dataset("e1").download(tmp_path / "out", counted.append)
    names = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("f*")}
    assert names == {record["path"] for record in records}
    assert sum(counted) == size_of(tmp_path / "out")


def size_of(folder: Path) -> int:
    """Return the bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_a_disk_without_room_is_told_before_the_download(tmp_path: Path) -> None:
    told = answers({**RECORD, "size_bytes": 2**62})
    with stranger(told) as service, Client(service.address) as client, pytest.raises(DiskFull, match="free"):
        client.dataset("e1").download(tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def answer_of(service: Stranger, folder: Path) -> dict[str, Any]:
    """Return the error of a command on a service, run with a key."""
    environment = {"LUMBER_API_KEY": KEY, "XDG_CONFIG_HOME": folder}
    done = lumber("exports", "list", "--server", service.address, "--json", **environment)
    assert done.returncode == 1
    found: dict[str, Any] = json.loads(done.stdout)["error"]
    return found


def test_a_key_does_not_follow_a_redirect(tmp_path: Path) -> None:
    with stranger({}) as other:
        moved = Answer(b"", 307, {"Location": f"{other.address}/api/v1/export/"})
        with stranger({"/export/": moved}) as service:
            found = answer_of(service, tmp_path)
        assert "redirects to another address" in found["message"]
        assert other.requests == []


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (Answer(b"<html>", 200, {"Content-Type": "text/html"}), "doesn't answer like a Lumber"),
        (Answer(b"{", 200), "isn't JSON"),
        (Answer(b'[{"export_id": 5}]', 200), "can't read"),
        (Answer(b"[" * 100_000, 200), "isn't JSON"),
    ],
    ids=["web page", "broken", "another version", "deep"],
)
def test_a_service_that_is_not_ours_is_told(tmp_path: Path, answer: Answer, text: str) -> None:
    document = {"info": {"version": "9.9.9"}}
    with stranger({"/export/": answer, "/openapi.json": document}) as service:
        found = answer_of(service, tmp_path)
    assert found["code"] == "remote_error"
    assert text in found["message"]
    assert "9.9.9" in found["message"] or text != "can't read"


def test_only_calls_that_read_are_repeated() -> None:
    away = Answer(b"", 502, {"Content-Type": "text/html"})
    told = {"/export/e1": away, "/export/e1/retry": away}
    with stranger(told) as service, Client(service.address) as client:
        client.connection.waits = SHORT
        for call in (client.state, client.retry, client.delete):
            with pytest.raises(ServerUnreachable, match="502"):
                call("e1")
        sent = [(method, path) for method, path, _ in service.requests]
    assert sent == [("GET", "/export/e1")] * 4 + [("POST", "/export/e1/retry"), ("DELETE", "/export/e1")]


def test_a_repeated_create_has_the_same_idempotency_key() -> None:
    away = Answer(b"", 503, {"Content-Type": "text/html"})
    with stranger({"/export/": away}) as service, Client(service.address) as client:
        client.connection.waits = SHORT
        with pytest.raises(ServerUnreachable):
            client.create_export({"data_types": ["logs"]})
        keys = [headers["Idempotency-Key"] for _, _, headers in service.requests]
    assert len(keys) == 4
    assert len(set(keys)) == 1


def test_no_key_is_sent_where_none_is_chosen_and_none_is_shown() -> None:
    key = KEY
    with stranger({"/export/": []}) as service:
        with Client(service.address, key) as client:
            client.exports()
            assert key[20:] not in repr(client) + repr(vars(client)) + repr(vars(client.connection))
        with Client(service.address) as client:
            client.exports()
        sent = [headers.get("Authorization") for _, _, headers in service.requests]
    assert sent == [f"Bearer {key}", None]
