"""The clean-up: it deletes what nobody names, and never what a publication counts on."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest

from lumber.destinations import claims as claims_module
from lumber.destinations.claims import Claim, Cleaning
from lumber.destinations.janitor import clean
from lumber.destinations.layout import data_key
from lumber.destinations.naming import withdraw
from lumber.destinations.promises import Promises
from lumber.destinations.publishing import publish
from lumber.destinations.store import Store
from lumber.errors import DestinationUnreachable
from tests.integration.destinations.finished import FILES, finished
from tests.integration.destinations.test_publishing import ALL, keys

NOW = timedelta(0)
ORPHAN = data_key("plant", "ab" * 32, "x.csv")


@pytest.fixture
def published(store: Store, tmp_path: Path) -> Store:
    finished(tmp_path / "out")
    publish(store, ALL, tmp_path / "out", "plant")
    return store


def test_what_no_manifest_names_goes_and_all_else_stays(published: Store) -> None:
    before = keys(published)
    strangers = ["plant/data/notes.txt", "plant/data/ab/readme.md", "other/data/ab/" + "ab" * 32, "top.txt"]
    for key in (ORPHAN, *strangers):
        published.create(key, b"12345")
    dry = clean(published, ALL, grace=NOW, is_dry_run=True)
    assert (dry.files, dry.size_bytes) == (1, 5)
    assert published.find(ORPHAN) is not None
    assert clean(published, ALL, grace=timedelta(hours=1)).files == 0
    done = clean(published, ALL, grace=NOW)
    assert (done.roots, done.files, done.size_bytes, done.skipped) == (1, 1, 5, ())
    assert keys(published) == sorted([*before, *strangers])


def test_a_withdrawn_version_loses_the_files_that_no_other_has(published: Store, tmp_path: Path) -> None:
    second = finished(tmp_path / "two", {**FILES, "new.csv": b"new"})
    publish(published, ALL, tmp_path / "two", "plant")
    withdraw(published, "plant", export_id=second)
    assert clean(published, ALL, grace=NOW).files == 1


def test_nothing_is_deleted_while_a_publication_runs(published: Store) -> None:
    published.create(ORPHAN, b"being sent")
    claim = Claim(published, "plant", "running")
    claim.hold(lambda: None)
    done = clean(published, ALL, grace=NOW)
    assert done.files == 0
    assert done.skipped == ("plant: a publication runs.",)
    claim.release()
    assert clean(published, ALL, grace=NOW).files == 1


def test_a_claim_that_a_killed_publication_left_expires(published: Store) -> None:
    Claim(published, "plant", "killed").hold(lambda: None)
    assert clean(published, ALL, grace=NOW, claim_limit=NOW).claims == 1
    assert list(published.list("plant/claims/")) == []


def test_a_publication_that_was_taken_for_abandoned_does_not_commit(published: Store) -> None:
    claim = Claim(published, "plant", "asleep")
    claim.hold(lambda: None)
    clean(published, ALL, grace=NOW, claim_limit=NOW)
    with pytest.raises(DestinationUnreachable, match="took this publication for abandoned"):
        claim.require()


def test_a_publication_waits_for_a_running_clean_up(
    published: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims_module, "_WAIT_SECONDS", 0.05)
    cleaning = Cleaning(published, "plant")
    assert cleaning.begin() is not None
    assert Cleaning(published, "plant").begin() is None
    finished(tmp_path / "two", {"new.csv": b"new"})
    waiting = threading.Event()

    def is_cancelled() -> bool:
        waiting.set()
        return False

    thread = threading.Thread(
        target=publish,
        args=(published, ALL, tmp_path / "two", "plant"),
        kwargs={"is_cancelled": is_cancelled},
    )
    thread.start()
    assert waiting.wait(60)
    assert not any(key.endswith(".csv") for key in keys(published))
    cleaning.end()
    thread.join(60)
    assert any(key.endswith(".csv") for key in keys(published))


def test_a_manifest_that_can_not_be_read_stops_the_clean_up(published: Store) -> None:
    published.create(ORPHAN, b"x")
    published.create("plant/manifests/broken.json", b"{")
    done = clean(published, ALL, grace=NOW)
    assert done.files == 0
    assert "can't be read" in done.skipped[0]


def test_a_folder_without_the_mark_is_not_lumbers(store: Store) -> None:
    store.create(ORPHAN, b"x")
    assert clean(store, ALL, grace=NOW).roots == 0
    assert store.find(ORPHAN) is not None


def test_a_store_that_can_not_list_is_not_cleaned(store: Store) -> None:
    assert "can't list" in clean(store, Promises(), grace=NOW).skipped[0]
