"""What workers leave for each other in staging holds no secret, and nobody else's files are read."""

import hashlib
import os
import pickle
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lumber.engine.partition import PartitionSpec
from lumber.engine.source import SourceSpec
from lumber.engine.work import PartitionWork
from lumber.exports.helping.facts import (
    OfferFacts,
    difference,
    find_staging,
    present_versions,
    write_marker,
)
from lumber.exports.helping.parcel import Own, ParcelRefused, read_parcel, write_parcel
from lumber.files.staged import STAGING
from lumber.formats import Compression, WriteOptions
from lumber.privacy.rule import PrivacyRule
from lumber.steps.cast import Cast
from lumber.steps.recipe import Recipe
from lumber.steps.transform import Transform
from lumber.steps.validate import Validate

KEY = bytes(range(32))
OTHER_KEY = bytes(range(1, 33))
URI = "postgresql://lumber:hunter2@db/lumber"


def staging_in(folder: Path) -> Path:
    staging = folder / STAGING / "export.1"
    staging.mkdir(parents=True)
    return staging


def a_partition(staging: Path) -> PartitionWork:
    rule = PrivacyRule(key=KEY)
    spec = PartitionSpec(
        kind="logs",
        ordinal=3,
        attempt=1,
        planned_rows=10,
        source=SourceSpec("postgresql", URI, "snapshot"),
        statement="SELECT 1",
        batch_size=5,
        options=WriteOptions("csv", Compression.NONE),
        shard_size_bytes=100,
        staging=staging,
        now=datetime(2026, 1, 1, tzinfo=UTC),
        recipe=Recipe((Cast(), Validate(), Transform(), rule)),
    )
    return PartitionWork(spec)


def test_a_parcel_has_neither_key_nor_password_and_each_worker_puts_in_its_own(tmp_path: Path) -> None:
    staging = staging_in(tmp_path / "one")
    work = a_partition(staging)
    place = write_parcel([work], Own(staging, work.spec.source, PrivacyRule(key=KEY)))
    content = (staging / place["file"]).read_bytes()
    for secret in (KEY, b"hunter2", tmp_path.name.encode()):
        assert secret not in content
        assert secret in pickle.dumps(work)
    # Another machine has the folder elsewhere, and its own way to the database.
    (tmp_path / "one").rename(tmp_path / "two")
    there = tmp_path / "two" / STAGING / "export.1"
    source = SourceSpec("postgresql", "postgresql://other@db/lumber", "snapshot")
    (found,) = read_parcel(place, Own(there, source, PrivacyRule(key=OTHER_KEY)))
    assert found.spec.staging == there
    assert found.spec.source == source
    assert found.spec.recipe.step("privacy") == PrivacyRule(key=OTHER_KEY)
    assert found.spec.ordinal == 3
    with pytest.raises(ParcelRefused, match="needs the privacy of this worker"):
        read_parcel(place, Own(there, source))


def test_a_parcel_that_was_changed_is_not_read(tmp_path: Path) -> None:
    staging = staging_in(tmp_path)
    place = write_parcel(["work"], Own(staging))
    (staging / place["file"]).write_bytes(pickle.dumps(["other work"]))
    with pytest.raises(ParcelRefused, match="isn't the file that the ledger names"):
        read_parcel(place, Own(staging))


def test_a_parcel_of_another_user_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    staging = staging_in(tmp_path)
    place = write_parcel(["work"], Own(staging))
    content = (staging / place["file"]).read_bytes()
    assert place["sha256"] == hashlib.sha256(content).hexdigest()
    user = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: user)
    with pytest.raises(ParcelRefused, match="written by another user"):
        read_parcel(place, Own(staging))


def facts_of(staging: Path) -> OfferFacts:
    return OfferFacts(present_versions(), "hash", "sqlite", staging.name, write_marker(staging))


def test_a_staging_folder_is_known_by_its_marker(tmp_path: Path) -> None:
    here, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    staging = staging_in(here)
    facts = facts_of(staging)
    assert OfferFacts.load(facts.as_json()) == facts
    assert find_staging(facts, [elsewhere, here]) == staging
    assert find_staging(facts, [elsewhere]) is None
    # A folder of the same path on a machine that doesn't share it.
    facts_of(staging_in(elsewhere))
    assert find_staging(facts, [elsewhere]) is None


def test_a_difference_of_versions_names_what_differs() -> None:
    ours = present_versions()
    assert difference(ours, ours, what="this worker") is None
    other = {**ours, "lumber": "9.9.9"}
    text = difference(ours, other, what="the Dask worker tcp://10.0.0.7:4001")
    assert text == f"the Dask worker tcp://10.0.0.7:4001 has lumber 9.9.9 instead of {ours['lumber']}"
