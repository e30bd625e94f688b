"""The names of versions in a destination: the ledger decides, and what others named meanwhile stays."""

from pathlib import Path

import pytest

from lumber.destinations.address import parse_address
from lumber.destinations.credentials import Credentials
from lumber.destinations.layout import latest_key, manifest_key
from lumber.destinations.opening import open_store
from lumber.destinations.options import DestinationOptions
from lumber.destinations.promises import Promises
from lumber.destinations.reading.pointers import numbers, read_pointer
from lumber.destinations.store import Store
from lumber.errors import DestinationConflict
from lumber.exports.versions.naming import PlacedVersion, PlacedVersions, write_names

ALL = Promises(True, True, True, True, True)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A folder with the manifests of three versions."""
    store = open_store(parse_address(str(tmp_path)), DestinationOptions(), Credentials())
    for number in (1, 2, 3):
        store.create(manifest_key("plant", f"e{number}"), b"{}")
    return store


def versions(**states: str) -> PlacedVersions:
    found = PlacedVersions()
    for number, state in enumerate(states.values(), start=1):
        found.add(PlacedVersion(number, state, f"1.{number}.0", f"e{number}", "0" * 64))
    return found


def latest(store: Store) -> int | None:
    found = read_pointer(store, latest_key("plant"))
    return None if found is None else found.number


def test_published_versions_with_a_manifest_are_named_once(store: Store) -> None:
    store.delete([manifest_key("plant", "e2")])
    known = versions(a="published", b="published", c="held")
    assert [write_names(store, ALL, "plant", known) for _ in range(2)] == [1, 0]
    assert (numbers(store, "plant"), latest(store)) == ([1], 1)


def test_a_later_version_that_another_process_named_stays_the_latest(store: Store) -> None:
    write_names(store, ALL, "plant", versions(a="published", b="published", c="published"))
    assert write_names(store, ALL, "plant", versions(a="published", b="published")) == 0
    assert latest(store) == 3


@pytest.mark.parametrize("state", ["dropped", "deleted"])
def test_what_the_ledger_withdrew_is_not_the_latest(store: Store, state: str) -> None:
    write_names(store, ALL, "plant", versions(a="published", b="published"))
    write_names(store, ALL, "plant", versions(a="published", b=state))
    assert latest(store) == 1


def test_a_latest_version_without_its_manifest_is_replaced(store: Store) -> None:
    write_names(store, ALL, "plant", versions(a="published", b="published"))
    store.delete([manifest_key("plant", "e2")])
    write_names(store, ALL, "plant", versions(a="published"))
    assert latest(store) == 1


def test_a_damaged_latest_pointer_is_written_again(store: Store) -> None:
    write_names(store, ALL, "plant", versions(a="published"))
    store.replace(latest_key("plant"), b"?", etag=None)
    write_names(store, ALL, "plant", versions(a="published"))
    assert latest(store) == 1


def test_a_name_that_another_export_took_is_told(store: Store) -> None:
    write_names(store, ALL, "plant", versions(a="published"))
    other = PlacedVersions([PlacedVersion(1, "published", "1.1.0", "e2", "0" * 64)])
    with pytest.raises(DestinationConflict):
        write_names(store, ALL, "plant", other)
