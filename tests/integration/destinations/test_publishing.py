"""Publishing a dataset: whole or not at all, continued, and never over another one."""

import hashlib
import json
import threading
from pathlib import Path

import pytest

from lumber.destinations.layout import data_key, manifest_key
from lumber.destinations.naming import name_version, point_latest, withdraw
from lumber.destinations.promises import Promises
from lumber.destinations.publishing import publish
from lumber.destinations.store import Store
from lumber.errors import DatasetDamaged, DestinationConflict, ExportCancelled
from tests.integration.destinations.finished import FILES, finished, large
from tests.integration.destinations.servers import Server

ALL = Promises(conditional_put=True, conditional_update=True, multipart=True, list=True, delete=True)


def keys(store: Store) -> list[str]:
    return sorted(each.key for each in store.list(""))


def test_a_dataset_is_published_byte_for_byte(store: Store, tmp_path: Path) -> None:
    files = {**FILES, "logs/large.parquet": large()}
    export_id = finished(tmp_path / "out", files)
    told: list[tuple[int, int]] = []
    made = publish(store, ALL, tmp_path / "out", "plant", on_progress=lambda *each: told.append(each))
    manifest = (tmp_path / "out" / "manifest.json").read_bytes()
    assert store.read(manifest_key("plant", export_id), 10_000)[0] == manifest
    for entry in json.loads(manifest)["files"]:
        key = data_key("plant", entry["sha256"], entry["path"])
        assert b"".join(store.stream(key)) == files[entry["path"]]
    total = sum(map(len, files.values()))
    assert (made.files, made.size_bytes, made.uploaded_bytes, made.was_there) == (5, total, total, False)
    assert made.manifest_sha256 == hashlib.sha256(manifest).hexdigest()
    assert told[-1] == (total, total)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    # No claim, no clean-up and no unfinished upload is left.
    assert len(keys(store)) == len(files) + len(("manifest", "mark"))
    assert list(store.unfinished("") or ()) == []


def test_a_second_publication_sends_nothing_again(store: Store, tmp_path: Path) -> None:
    finished(tmp_path / "one")
    publish(store, ALL, tmp_path / "one", "plant")
    again = publish(store, ALL, tmp_path / "one", "plant")
    assert (again.was_there, again.uploaded_files) == (True, 0)
    finished(tmp_path / "two", {**FILES, "new.csv": b"new"})
    second = publish(store, ALL, tmp_path / "two", "plant")
    assert (second.was_there, second.uploaded_files, second.uploaded_bytes) == (False, 1, 3)


@pytest.mark.parametrize("promises", [ALL, Promises(multipart=True, list=True, delete=True)])
def test_another_manifest_of_the_export_is_never_overwritten(
    store: Store, tmp_path: Path, promises: Promises
) -> None:
    export_id = finished(tmp_path / "one")
    publish(store, promises, tmp_path / "one", "plant")
    finished(tmp_path / "two", export_id=export_id, note="another")
    with pytest.raises(DestinationConflict, match="Nothing was overwritten"):
        publish(store, promises, tmp_path / "two", "plant")
    kept = store.read(manifest_key("plant", export_id), 10_000)[0]
    assert kept == (tmp_path / "one" / "manifest.json").read_bytes()


def test_on_a_careless_server_the_result_says_what_is_not_promised(
    careless: Server, prefix: str, tmp_path: Path
) -> None:
    store, promises = careless.store(prefix), Promises(multipart=True, list=True, delete=True)
    export_id = finished(tmp_path / "one")
    made = publish(store, promises, tmp_path / "one", "plant")
    assert any("If-None-Match" in text for text in made.not_promised)
    finished(tmp_path / "two", export_id=export_id, note="another")
    with pytest.raises(DestinationConflict):
        publish(store, promises, tmp_path / "two", "plant")


@pytest.mark.parametrize("path", ["README.md", "large.bin"])
def test_a_file_that_was_changed_after_the_export_is_not_published(
    store: Store, tmp_path: Path, path: str
) -> None:
    export_id = finished(tmp_path / "out", {"README.md": b"hello", "large.bin": large()})
    content = bytearray((tmp_path / "out" / path).read_bytes())
    content[-1] ^= 1
    (tmp_path / "out" / path).write_bytes(content)
    with pytest.raises(DatasetDamaged, match=f"{path} isn't what the manifest lists"):
        publish(store, ALL, tmp_path / "out", "plant")
    assert store.find(manifest_key("plant", export_id)) is None
    changed = hashlib.sha256(content).hexdigest()
    assert not any(changed in key for key in keys(store))
    assert list(store.unfinished("") or ()) == []


def test_a_key_with_another_size_is_not_taken_for_the_file(store: Store, tmp_path: Path) -> None:
    finished(tmp_path / "out", {"a.csv": b"whole"})
    key = data_key("plant", hashlib.sha256(b"whole").hexdigest(), "a.csv")
    store.create(key, b"who")
    publish(store, ALL, tmp_path / "out", "plant")
    assert store.read(key, 10)[0] == b"whole"


def test_a_cancelled_publication_leaves_no_manifest_and_continues_later(store: Store, tmp_path: Path) -> None:
    export_id = finished(tmp_path / "out", {"a.bin": large(1), "b.csv": b"small"})
    cancelled = threading.Event()

    def tell(done: int, _: int) -> None:
        if done:
            cancelled.set()

    try:
        publish(store, ALL, tmp_path / "out", "plant", on_progress=tell, is_cancelled=cancelled.is_set)
    except ExportCancelled:
        pass
    else:
        pytest.fail("it was published")
    assert store.find(manifest_key("plant", export_id)) is None
    assert list(store.list("plant/claims/")) == []
    assert list(store.unfinished("") or ()) == []
    publish(store, ALL, tmp_path / "out", "plant")
    assert store.find(manifest_key("plant", export_id)) is not None


def test_the_latest_version_only_goes_forward(store: Store) -> None:
    def name(number: int, export_id: str) -> None:
        name_version(
            store,
            ALL,
            "plant",
            number=number,
            data_version=f"1.{number}.0",
            export_id=export_id,
            manifest_sha256="0" * 64,
        )

    def latest() -> str:
        return str(json.loads(store.read("plant/latest.json", 1_000)[0])["export_id"])

    name(2, "two")
    name(1, "one")
    assert latest() == "two"
    name(2, "two")
    with pytest.raises(DestinationConflict):
        name(2, "other")
    name(3, "three")
    assert latest() == "three"
    withdraw(store, "plant", export_id="three", number=3)
    assert store.find("plant/versions/v3.json") is None
    two = {"number": 2, "data_version": "1.2.0", "export_id": "two", "manifest_sha256": "0" * 64}
    point_latest(store, ALL, "plant", **two)
    assert latest() == "three"
    point_latest(store, ALL, "plant", **two, is_forced=True)
    assert latest() == "two"


def test_many_that_name_versions_at_once_agree_on_the_latest(store: Store) -> None:
    def name(number: int) -> None:
        name_version(
            store,
            ALL,
            "plant",
            number=number,
            data_version="1.0.0",
            export_id=f"e{number}",
            manifest_sha256="0" * 64,
        )

    threads = [threading.Thread(target=name, args=(number,)) for number in range(1, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert json.loads(store.read("plant/latest.json", 1_000)[0])["number"] == 6
