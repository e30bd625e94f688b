"""A folder that doesn't exist isn't made by accident, and a probe leaves nothing in one that does."""

import threading
from pathlib import Path

import pytest

from lumber.destinations.adding import Wanted
from lumber.destinations.address import parse_address
from lumber.destinations.opening import open_store
from lumber.destinations.probing import probe
from lumber.destinations.promises import Status
from lumber.errors import ConfigError, DestinationUnreachable


def everything(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_folder_is_made_only_if_somebody_says_so(tmp_path: Path) -> None:
    wanted = Wanted.parse("nas", str(tmp_path / "missing"), {})
    with pytest.raises(ConfigError, match="doesn't exist: mount its disk, correct the path, or let Lumber"):
        wanted.require_folder(creates=False, how="--create")
    wanted.require_folder(creates=True, how="--create")
    Wanted.parse("nas", str(tmp_path), {}).require_folder(creates=False, how="--create")
    bucket = Wanted.parse("lake", "s3://lake", {})
    bucket.require_folder(creates=False, how="--create")
    with pytest.raises(ConfigError, match="--create: has no effect for a bucket"):
        bucket.require_folder(creates=True, how="--create")


def test_a_destination_whose_disk_is_away_is_not_written_beside_it(tmp_path: Path) -> None:
    store = open_store(parse_address(str(tmp_path / "away")), must_exist=True)
    for call in (
        lambda: store.create("plant/lumber.json", b"x"),
        lambda: store.replace("plant/lumber.json", b"x"),
        lambda: store.upload("plant/data/x", iter((b"x",)), 1),
        lambda: store.find("plant/lumber.json"),
        lambda: list(store.list("")),
        store.folders,
        lambda: store.delete(["plant/lumber.json"]),
    ):
        with pytest.raises(DestinationUnreachable, match="away doesn't exist: mount its disk"):
            call()
    assert everything(tmp_path) == []
    found = probe(lambda: store)
    assert found.status is Status.FAILING
    assert "mount its disk, or make the folder" in found.message
    (tmp_path / "away").mkdir()
    assert store.find("plant/lumber.json") is None
    store.create("plant/lumber.json", b"x")


def test_a_probe_leaves_nothing_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "plant").mkdir()
    found = probe(lambda: open_store(parse_address(str(tmp_path))))
    assert found.status is Status.OK
    assert everything(tmp_path) in (["plant"], [".lumber-lock", "plant"])


def test_a_folder_for_uploads_that_goes_meanwhile_is_made_again(tmp_path: Path) -> None:
    """One thread makes and deletes the only file of a root, the other writes into it."""
    store = open_store(parse_address(str(tmp_path)))
    is_done = threading.Event()

    def come_and_go() -> None:
        while not is_done.is_set():
            store.replace("plant/a", b"a")
            store.delete(["plant/a"])

    other = threading.Thread(target=come_and_go)
    other.start()
    try:
        for number in range(200):
            store.create(f"plant/b/{number}", b"b")
            store.delete([f"plant/b/{number}"])
    finally:
        is_done.set()
        other.join()
    assert all(not name.startswith("plant/b") for name in everything(tmp_path))
