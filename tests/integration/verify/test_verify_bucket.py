"""Reading a dataset where it lies in a bucket: one file at a time, checked while it arrives."""

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import lumber
from lumber.dataset.files import Unlike
from lumber.dataset.manifest import FileEntry
from lumber.dataset.verify import verify_dataset
from lumber.destinations.reading.download import download
from lumber.destinations.store import Store, Stored
from lumber.errors import DestinationDenied, DestinationUnreachable
from lumber.exports.places import dataset_at
from lumber.settings import load_settings
from tests.integration.destinations.servers import BUCKET, KEY, SECRET, Server, seaweed
from tests.integration.verify.datasets import WRITTEN, Dataset
from tests.integration.verify.published import problems, publish_version, verified

BUDGET_REASON = "A real object store takes some seconds to start."


@pytest.fixture(scope="module")
def weed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with seaweed(tmp_path_factory.mktemp("weed")) as server:
        yield server


@pytest.fixture
def url(weed: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a prefix of this test; the environment has the credentials."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", weed.endpoint)
    return f"s3://{BUCKET}/{tmp_path.name}"


def bucket_store(weed: Server, url: str) -> Store:
    return weed.store(url.removeprefix(f"s3://{BUCKET}/"))


def deleted_files(folder: str) -> set[str]:
    """Return the open files of this process that have no name, in a folder."""
    found = []
    for handle in Path("/proc/self/fd").iterdir():
        try:
            found.append(os.readlink(handle))  # noqa: PTH115 - it isn't a path
        except FileNotFoundError:
            continue
    return {name for name in found if name.startswith(f"{folder}/") and name.endswith("(deleted)")}


def test_a_dataset_in_a_bucket_is_read_without_a_copy(
    weed: Server, url: str, dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_version(bucket_store(weed, url), dataset, 1, "1.0.0")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "disk"))
    (tmp_path / "disk").mkdir()
    most = 0

    def look(_done: int, _total: int, _path: str) -> None:
        nonlocal most
        most = max(most, len(deleted_files(str(tmp_path / "disk"))))
        assert list((tmp_path / "disk").iterdir()) == []

    report = verify_dataset(dataset_at(f"{url}/plant@v1", load_settings()), look)
    assert [each for each in report.problems if "reproducibility_hash" not in each.problem] == []
    assert report.rows["logs"] == WRITTEN
    assert most == 1
    there, here = lumber.open(f"{url}/plant"), lumber.open(dataset.folder)
    assert there.to_arrow("logs").equals(here.to_arrow("logs"))
    assert lumber.diff(there, here).is_same
    assert deleted_files(str(tmp_path / "disk")) == set()


def test_objects_that_are_missing_or_changed_in_a_bucket_are_found(
    weed: Server, url: str, dataset: Dataset
) -> None:
    store = bucket_store(weed, url)
    publish_version(store, dataset, 1, "1.0.0")
    assert problems(f"{url}/plant@v1") == []
    shards = [entry for entry in dataset_files(dataset) if entry["kind"] == "logs"]
    keys = [f"plant/data/{e['sha256'][:2]}/{e['sha256']}.jsonl" for e in shards[:3]]
    store.delete(keys[:1])
    store.replace(keys[1], b"x" * shards[1]["bytes"])
    store.replace(keys[2], b"x")
    report = verified(f"{url}/plant@v1")
    assert [(each.path, each.problem.partition(":")[0]) for each in report.problems] == [
        (shards[0]["path"], "is missing"),
        (shards[1]["path"], "was changed"),
        (shards[2]["path"], f"has 1 byte, the manifest lists {shards[2]['bytes']:,}"),
    ]


def test_wrong_credentials_are_an_error_and_no_damage(
    weed: Server, url: str, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_version(bucket_store(weed, url), dataset, 1, "1.0.0")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-the-secret-of-this-server")
    with pytest.raises(DestinationDenied) as caught:
        lumber.open(f"{url}/plant")
    assert "not-the-secret" not in str(caught.value)


def dataset_files(dataset: Dataset) -> list[dict[str, Any]]:
    return list(lumber.open(dataset.folder).manifest["files"])


CONTENT = bytes(range(256)) * 100


@dataclass
class Broken:
    """A store with one object, whose connection breaks after some bytes, or which sends something else."""

    sent: Callable[[int], Iterator[bytes]]
    size: int = len(CONTENT)

    def find(self, key: str) -> Stored | None:
        from datetime import UTC, datetime

        return Stored(key, self.size, datetime.now(UTC), None)

    def stream(self, key: str, *, start: int = 0) -> Iterator[bytes]:
        return self.sent(start)


def entry() -> FileEntry:
    import hashlib

    return FileEntry(
        path="logs/train-00000-of-00001.csv",
        kind="logs",
        split="train",
        rows=1,
        size_bytes=len(CONTENT),
        sha256=hashlib.sha256(CONTENT).hexdigest(),
        first_key=None,
        last_key=None,
    )


def fetch(sent: Callable[[int], Iterator[bytes]], size: int = len(CONTENT)) -> bytes:
    with download(Broken(sent, size), "key", entry()) as file:  # type: ignore[arg-type]
        return file.read()


def test_a_connection_that_breaks_continues_where_it_broke() -> None:
    starts = []

    def sent(start: int) -> Iterator[bytes]:
        starts.append(start)
        yield CONTENT[start : start + 10_000]
        raise DestinationUnreachable("gone")

    assert fetch(sent) == CONTENT
    assert starts == [0, 10_000, 20_000]


def test_a_connection_over_which_nothing_arrives_is_an_error() -> None:
    def sent(start: int) -> Iterator[bytes]:
        if start == 0:
            yield CONTENT[:100]
        raise DestinationUnreachable("gone")

    with pytest.raises(DestinationUnreachable):
        fetch(sent)


def test_an_object_that_grows_ends_at_its_listed_size() -> None:
    asked = 0

    def endless(start: int) -> Iterator[bytes]:
        nonlocal asked
        while True:
            asked += 1
            yield CONTENT

    with pytest.raises(Unlike, match="has more than the 25,600 bytes"):
        fetch(endless)
    assert asked == 2


def test_an_object_of_another_size_is_not_asked_for() -> None:
    def never(start: int) -> Iterator[bytes]:
        raise AssertionError("it was asked for")

    with pytest.raises(Unlike, match="has 1 byte, the manifest lists 25,600"):
        fetch(never, 1)


def test_an_object_that_ends_early_is_unlike_the_listed_one() -> None:
    with pytest.raises(Unlike, match="has 7 bytes"):
        fetch(lambda start: iter([CONTENT[:7]]))
