"""The same config over the same rows gives the same bytes: again, with other workers, on another database."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lumber.dataset.verify import verify_dataset
from lumber.formats import all_formats
from tests.acceptance.exporting import KINDS, export, fill_with_sample
from tests.acceptance.reading import manifest_of, plain_bytes, shards
from tests.databases import PostgresServer

BUDGET_REASON = "Every format is exported several times, with other workers, batches and databases."

# Small enough for several partitions, and for more than one file in each of them.
ROWS = 1_600
SETTINGS = {"partition_rows": 450, "shard_size_bytes": 40_000}
VOLATILE = ("export_id", "created_at")
# They hold the hashes of other files, of documents that tell runs apart too.
HASHING = ("croissant.json", "SHA256SUMS")
ABOUT_THE_RUN = ("export_id", "created_at", "started_at", "finished_at", "duration_seconds")


@pytest.fixture(scope="module")
def sqlite_sample(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('rows') / 'lumber.db'}"
    fill_with_sample(url, ROWS, damaged=0.02)
    return url


@pytest.fixture(scope="module")
def postgres_sample(postgres_server: PostgresServer) -> Iterator[str]:
    name = "repeatability"
    postgres_server.create_migrated(name)
    fill_with_sample(postgres_server.url(name), ROWS, damaged=0.02)
    yield postgres_server.url(name)
    postgres_server.drop_database(name)


def run(url: str, folder: Path, format_: str, **options: Any) -> Path:
    options = {"settings": SETTINGS, "batch_size": 300, "validation_level": "strict", **options}
    compression = "gzip" if format_ in ("json", "jsonl", "csv") else "zstd"
    export(url, folder, output_format=format_, compression=compression, **options)
    return folder


def content(folder: Path) -> dict[str, str]:
    """Return a hash of every file but the manifest; JSON documents without what tells runs apart.

    And the hash that the manifest gives of it all.
    """
    result = {}
    has_volatile = False
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = str(path.relative_to(folder))
        data = path.read_bytes()
        if ".json" in path.suffixes and path.parent.name in KINDS:
            document = json.loads(plain_bytes(path))
            if isinstance(document, dict):
                has_volatile = True
                assert all(document["export_metadata"].pop(key) for key in VOLATILE)
                data = json.dumps(document).encode()
        result[name] = hashlib.sha256(data).hexdigest()
    for name in ["manifest.json", *(HASHING if has_volatile else ())]:
        del result[name]
    return {**result, "reproducibility_hash": manifest_of(folder)["reproducibility_hash"]}


def steady_manifest(folder: Path) -> dict[str, Any]:
    """Return what the manifest says of the data and not of the run."""
    manifest = manifest_of(folder)
    for name in ABOUT_THE_RUN:
        assert manifest.pop(name) is not None
    manifest["versions"].pop("database")
    manifest["plan"].pop("cutoff")
    manifest["plan"].pop("database")
    return manifest


@pytest.mark.parametrize("format_", list(all_formats()))
def test_another_run_with_other_workers_or_another_database_gives_the_same_bytes(
    sqlite_sample: str, postgres_sample: str, tmp_path: Path, format_: str
) -> None:
    first = run(sqlite_sample, tmp_path / "first", format_, workers=1)
    expected = content(first)
    assert len(shards(first, "logs")) > 3
    assert {"README.md", "quality_report.json", "rejects/logs.jsonl", "rejects/ips.jsonl"} < set(expected)
    again = run(sqlite_sample, tmp_path / "again", format_, workers=2)
    assert content(again) == expected
    elsewhere = run(postgres_sample, tmp_path / "elsewhere", format_, workers=2)
    assert content(elsewhere) == expected
    if format_ != "json":  # the hashes of documents cover what tells runs apart
        assert steady_manifest(again) == steady_manifest(first)
        assert steady_manifest(elsewhere) == steady_manifest(first)


def test_the_files_in_folders_are_the_same_of_another_database(
    sqlite_sample: str, postgres_sample: str, tmp_path: Path
) -> None:
    """Also those of times far off, which the sample's damaged rows have."""
    first, elsewhere = (
        run(url, tmp_path / str(number), "parquet", partition_by="date", split="time")
        for number, url in enumerate([sqlite_sample, postgres_sample])
    )
    assert content(elsewhere) == content(first)
    assert len(list(first.glob("logs/*/date=*"))) > 3
    assert verify_dataset(elsewhere).problems == []


def test_json_without_metadata_is_the_same_to_the_byte(
    sqlite_sample: str, postgres_sample: str, tmp_path: Path
) -> None:
    folders = [
        run(url, tmp_path / str(number), "json", include_metadata=False, workers=1)
        for number, url in enumerate([sqlite_sample, sqlite_sample, postgres_sample])
    ]
    assert content(folders[0]) == content(folders[1]) == content(folders[2])
    first, *others = ({p.name: p.read_bytes() for p in shards(folder, "logs")} for folder in folders)
    assert len(first) > 1
    assert all(other == first for other in others)


def test_the_size_of_batches_leaves_no_trace(sqlite_sample: str, tmp_path: Path) -> None:
    settings = {"partition_rows": 450}  # files roll at the end of a batch
    folders = [
        run(sqlite_sample, tmp_path / str(size), "parquet", batch_size=size, settings=settings)
        for size in (37, 50_000)
    ]
    assert content(folders[0]) == content(folders[1])
