"""The contract of a store, which a folder and a bucket keep alike."""

import threading
from pathlib import Path

import pytest

from lumber.destinations.address import parse_address
from lumber.destinations.opening import open_store
from lumber.destinations.store import PART_BYTES, KeyChanged, KeyExists, KeyMissing, Store


def test_a_new_object_is_never_overwritten(store: Store) -> None:
    store.create("a/b.json", b"one")
    with pytest.raises(KeyExists):
        store.create("a/b.json", b"two")
    assert store.read("a/b.json", 10)[0] == b"one"


def test_of_many_that_create_at_once_one_succeeds(store: Store) -> None:
    won: list[int] = []
    barrier = threading.Barrier(8)

    def create(number: int) -> None:
        barrier.wait()
        try:
            store.create("race", str(number).encode())
        except KeyExists:
            return
        won.append(number)

    threads = [threading.Thread(target=create, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [store.read("race", 10)[0]] == [str(number).encode() for number in won]


def test_a_replacement_compares_first(store: Store) -> None:
    store.create("latest.json", b"one")
    _, first = store.read("latest.json", 10)
    store.replace("latest.json", b"two", etag=first)
    with pytest.raises(KeyChanged):
        store.replace("latest.json", b"three", etag=first)
    assert store.read("latest.json", 10)[0] == b"two"
    store.replace("latest.json", b"four")
    assert store.read("latest.json", 10)[0] == b"four"


def test_what_is_missing_is_said_to_be_missing(store: Store) -> None:
    assert store.find("nothing") is None
    assert list(store.list("nothing/")) == []
    store.delete(["nothing", "nothing/else"])
    with pytest.raises(KeyMissing):
        store.read("nothing", 10)
    with pytest.raises(KeyMissing):
        next(iter(store.stream("nothing")))


def test_a_large_object_is_read_from_any_place(store: Store) -> None:
    parts = [bytes([number]) * PART_BYTES for number in (1, 2)] + [b"end"]
    store.upload("large", iter(parts), 2 * PART_BYTES + 3)
    found = store.find("large")
    assert found is not None
    assert found.size_bytes == 2 * PART_BYTES + 3
    assert b"".join(store.stream("large", start=2 * PART_BYTES - 1)) == b"\x02end"


def test_an_upload_that_stops_leaves_nothing(store: Store) -> None:
    def parts() -> object:
        yield b"1" * PART_BYTES
        yield b"2" * PART_BYTES
        raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        store.upload("large", parts(), 3 * PART_BYTES)  # type: ignore[arg-type]
    assert store.find("large") is None
    assert list(store.unfinished("") or ()) == []


def test_a_listing_has_all_below_a_prefix_and_nothing_else(store: Store) -> None:
    for key in ("plant/data/a", "plant/data/b/c", "plants/data/d"):
        store.create(key, key.encode())
    assert {(each.key, each.size_bytes) for each in store.list("plant/")} == {
        ("plant/data/a", 12),
        ("plant/data/b/c", 14),
    }
    assert set(store.folders()) == {"plant", "plants"}
    store.delete(["plant/data/a", "plant/data/b/c"])
    assert list(store.list("plant/")) == []


def test_a_folder_is_not_left_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "lake").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "lake" / "plant").symlink_to(tmp_path / "other")
    store = open_store(parse_address(str(tmp_path / "lake")))
    with pytest.raises(Exception, match="leads through a link"):
        store.create("plant/a", b"x")
    assert list((tmp_path / "other").iterdir()) == []


def test_files_are_written_while_others_remove_their_empty_folder(tmp_path: Path) -> None:
    """A folder goes with its last file: a file that is written just then has to make it again."""
    store = open_store(parse_address(str(tmp_path / "lake")))
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for _ in range(100):
                store.replace(f"plant/claims/{number}.json", b"x")
                store.delete([f"plant/claims/{number}.json"])
        except BaseException as error:  # noqa: BLE001
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert list(store.list("")) == []


def test_what_a_killed_process_wrote_in_part_is_found_in_its_root_only(tmp_path: Path) -> None:
    store = open_store(parse_address(str(tmp_path / "lake")))
    store.create("plant/a", b"x")
    store.create("mill/a", b"x")
    (tmp_path / "lake" / "plant" / ".lumber-uploads" / "half").write_bytes(b"half")
    assert list(store.unfinished("mill/") or ()) == []
    (found,) = store.unfinished("plant/") or ()
    assert [each.key for each in store.list("")] in (["plant/a", "mill/a"], ["mill/a", "plant/a"])
    store.abandon(found)
    store.abandon(found)
    assert list(store.unfinished("") or ()) == []
