"""Downloads from a service: resumed when they break, checked to the last byte, and only in their folder."""

import hashlib
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lumber.errors import DatasetDamaged, DiskFull, OutputOccupied, RemoteError, ServerUnreachable
from lumber.remote import Client
from lumber.remote.staging import Staging, staging_path
from tests.commands import lumber
from tests.integration.datasets import contents
from tests.integration.processes import LUMBER, started, until
from tests.integration.remote.cutting import Door, door
from tests.integration.remote.houses import House
from tests.integration.remote.strangers import Answer, stranger


@pytest.fixture(scope="module")
def made(house: House) -> tuple[str, Path]:
    """An export at the service, and its folder there."""
    words = ("export", "-d", "logs", "--format", "jsonl")
    found = house.answer(*words, who="exporter")
    return found["export_id"], Path(found["path"])


@pytest.fixture
def broken(house: House) -> Iterator[Door]:
    with door(house.address) as opened:
        yield opened


def through(house: House, way: Door) -> Client:
    return Client(way.address, house.keys["exporter"])


def largest(folder: Path) -> Path:
    return max(folder.rglob("*.jsonl"), key=lambda path: path.stat().st_size)


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_broken_download_goes_on_where_it_broke(
    house: House, made: tuple[str, Path], broken: Door, tmp_path: Path
) -> None:
    export_id, folder = made
    size = largest(folder).stat().st_size
    broken.most_bytes, broken.cuts = 5_000, 4
    with through(house, broken) as client:
        client.download(export_id, tmp_path / "out")
    assert contents(tmp_path / "out") == contents(folder)
    assert lumber("verify", tmp_path / "out").returncode == 0
    # What had come wasn't sent again.
    assert "bytes=5000-" in broken.ranges()
    assert any("if-range" in request.lower() for request in broken.requests)
    assert size > 10_000


def test_a_download_that_is_interrupted_is_resumed_by_the_same_command(
    house: House, made: tuple[str, Path], broken: Door, tmp_path: Path
) -> None:
    export_id, folder = made
    target = tmp_path / "out"
    broken.most_bytes, broken.cuts = 7_000, 1_000_000
    # After the first part, nothing comes any more.
    broken.is_stuck = True
    words = ["exports", "download", export_id, "--output", target, "--server", broken.address]
    with started(LUMBER, *words, **house.environment("exporter")) as download:
        staged = staging_path(target, export_id)
        until(lambda: download.assert_runs() or 7_000 in [path.stat().st_size for path in files_in(staged)])
        download.signal_group(signal.SIGINT)
        assert download.wait() == 130, download.stderr
        assert f"Resume: lumber exports download {export_id} --output {target}" in download.stderr
        assert "Traceback" not in download.stderr
    assert not target.exists()
    broken.cuts = 0
    assert house.there(*words, who="exporter").returncode == 0
    assert contents(target) == contents(folder)
    assert "bytes=7000-" in broken.ranges()
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("damage", ["changed", "longer", "another file", "a link"])
def test_what_is_wrong_in_the_staging_folder_is_fetched_again(
    house: House, made: tuple[str, Path], tmp_path: Path, damage: str
) -> None:
    export_id, folder = made
    target, name = tmp_path / "out", str(largest(folder).relative_to(folder))
    outside = tmp_path / "outside"
    outside.write_text("mine")
    with Staging.open(target, export_id) as staging, staging.file(name) as file:
        file.write(b"x" * (len((folder / name).read_bytes()) + (5 if damage == "longer" else -5)))
    place = staging_path(target, export_id) / "dataset"
    if damage == "another file":
        (place / "logs" / "stranger.jsonl").write_text("x")
    if damage == "a link":
        (place / name).unlink()
        (place / name).symlink_to(outside)
    with Client(house.address, house.keys["exporter"]) as client:
        client.download(export_id, target)
    assert contents(target) == contents(folder)
    assert outside.read_text() == "mine"


def test_a_wrong_byte_is_found(house: House, made: tuple[str, Path], broken: Door, tmp_path: Path) -> None:
    export_id, folder = made
    broken.wrong_at = largest(folder).stat().st_size - 3
    with through(house, broken) as client, pytest.raises(DatasetDamaged, match="instead of"):
        client.download(export_id, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    broken.wrong_at = None
    with through(house, broken) as client:
        client.download(export_id, tmp_path / "out")
    assert contents(tmp_path / "out") == contents(folder)


def test_two_downloads_do_not_share_a_folder(house: House, made: tuple[str, Path], tmp_path: Path) -> None:
    with (
        Client(house.address, house.keys["exporter"]) as client,
        Staging.open(tmp_path / "out", made[0]),
        pytest.raises(OutputOccupied, match="Another process"),
    ):
        client.download(made[0], tmp_path / "out")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").write_text("mine")
    with Client(house.address, house.keys["exporter"]) as client, pytest.raises(OutputOccupied):
        client.download(made[0], tmp_path / "mine")
    assert contents(tmp_path / "mine") == {"file": b"mine"}


# Services that aren't ours


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


def test_a_disk_without_room_is_told_before_the_download(tmp_path: Path) -> None:
    told = answers({**RECORD, "size_bytes": 2**62})
    with stranger(told) as service, Client(service.address) as client, pytest.raises(DiskFull, match="free"):
        client.dataset("e1").download(tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_key_does_not_follow_a_redirect(house: House) -> None:
    with stranger({}) as other:
        moved = Answer(b"", 307, {"Location": f"{other.address}/api/v1/export/"})
        with stranger({"/export/": moved}) as service:
            found = house.answer("exports", "list", "--server", service.address, code=1)["error"]
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
def test_a_service_that_is_not_ours_is_told(house: House, answer: Answer, text: str) -> None:
    document = {"info": {"version": "9.9.9"}}
    with stranger({"/export/": answer, "/openapi.json": document}) as service:
        found = house.answer("exports", "list", "--server", service.address, code=1)["error"]
    assert found["code"] == "remote_error"
    assert text in found["message"]
    assert "9.9.9" in found["message"] or text != "can't read"


def test_only_calls_that_read_are_repeated() -> None:
    away = Answer(b"", 502, {"Content-Type": "text/html"})
    told = {"/export/e1": away, "/export/e1/retry": away}
    with stranger(told) as service, Client(service.address) as client:
        for call in (client.state, client.retry, client.delete):
            with pytest.raises(ServerUnreachable, match="502"):
                call("e1")
        sent = [(method, path) for method, path, _ in service.requests]
    assert sent == [("GET", "/export/e1")] * 4 + [("POST", "/export/e1/retry"), ("DELETE", "/export/e1")]


def test_a_repeated_create_has_the_same_idempotency_key() -> None:
    away = Answer(b"", 503, {"Content-Type": "text/html"})
    with stranger({"/export/": away}) as service, Client(service.address) as client:
        with pytest.raises(ServerUnreachable):
            client.create_export({"data_types": ["logs"]})
        keys = [headers["Idempotency-Key"] for _, _, headers in service.requests]
    assert len(keys) == 4
    assert len(set(keys)) == 1


def test_no_key_is_sent_where_none_is_chosen_and_none_is_shown(house: House) -> None:
    key = house.keys["viewer"]
    with stranger({"/export/": []}) as service:
        with Client(service.address, key) as client:
            client.exports()
            assert key[20:] not in repr(client) + repr(vars(client)) + repr(vars(client.connection))
        with Client(service.address) as client:
            client.exports()
        sent = [headers.get("Authorization") for _, _, headers in service.requests]
    assert sent == [f"Bearer {key}", None]
